"""The examples of how-to pages, as functions that tests can call."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airflow_lineage_provider.local_aws import LocalAws

_PAGES = Path(__file__).resolve().parents[3] / "docs" / "howto"
_BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", re.MULTILINE)


def examples_of(page: str) -> Callable[[str], Callable[[LocalAws], Any]]:
    """
    Return the functions of a page, by name.

    :param page: Name of the page's file.
    """
    names: dict[str, Any] = {}
    for code in _BLOCK.findall((_PAGES / page).read_text(encoding="utf-8")):
        exec(compile(textwrap.dedent(code), page, "exec"), names)
    return names.__getitem__
