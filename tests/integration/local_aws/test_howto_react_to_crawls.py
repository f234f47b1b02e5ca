"""The examples of the how-to page on schedules, event mode and events do what the page says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.integration.local_aws.howto_examples import examples_of


@pytest.fixture
def example() -> Callable[[str], Callable[[LocalAws], Any]]:
    """Return the functions of the page, by name."""
    return examples_of("react-to-crawls.rst")


def test_a_crawl_every_noon(local_aws: LocalAws, example: Callable[[str], Any]) -> None:
    crawls = example("crawl_every_noon")(local_aws)

    assert [(crawl["State"], crawl["StartTime"].hour) for crawl in crawls] == [("COMPLETED", 12)] * 3


def test_a_crawl_of_what_changed(local_aws: LocalAws, example: Callable[[str], Any]) -> None:
    partitions = example("crawl_what_changed")(local_aws)

    assert sorted(partition["Values"] for partition in partitions) == [["1"], ["2"]]


def test_hearing_of_new_tables(local_aws: LocalAws, example: Callable[[str], Any]) -> None:
    event = example("hear_of_new_tables")(local_aws)

    assert event["detail"]["changedTables"] == ["orders"]
