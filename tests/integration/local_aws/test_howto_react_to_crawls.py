"""The examples of the how-to page on schedules, event mode and events do what the page says."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws

PAGE = Path(__file__).resolve().parents[3] / "docs" / "howto" / "react-to-crawls.rst"
BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", re.MULTILINE)


@pytest.fixture
def example() -> Callable[[str], Callable[[LocalAws], Any]]:
    """Return the functions of the page, by name."""
    names: dict[str, Any] = {}
    for code in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        exec(compile(textwrap.dedent(code), PAGE.name, "exec"), names)
    return names.__getitem__


def test_a_crawl_every_noon(local_aws: LocalAws, example: Callable[[str], Any]) -> None:
    crawls = example("crawl_every_noon")(local_aws)

    assert [(crawl["State"], crawl["StartTime"].hour) for crawl in crawls] == [("COMPLETED", 12)] * 3


def test_a_crawl_of_what_changed(local_aws: LocalAws, example: Callable[[str], Any]) -> None:
    partitions = example("crawl_what_changed")(local_aws)

    assert sorted(partition["Values"] for partition in partitions) == [["1"], ["2"]]


def test_hearing_of_new_tables(local_aws: LocalAws, example: Callable[[str], Any]) -> None:
    event = example("hear_of_new_tables")(local_aws)

    assert event["detail"]["changedTables"] == ["orders"]
