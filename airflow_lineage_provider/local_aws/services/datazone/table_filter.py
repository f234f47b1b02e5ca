"""Which tables a data source's relational filter selects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

__all__ = ["is_selected"]


def is_selected(table: str, expressions: Iterable[Mapping[str, Any]]) -> bool:
    """
    Tell whether a table is imported.

    :param expressions: ``{"type": "INCLUDE" | "EXCLUDE", "expression": …}``; ``*`` stands for any text, so
        ``*corporate`` takes the tables that end in ``corporate``.
    """
    rules = list(expressions)
    includes = [rule["expression"] for rule in rules if rule["type"] == "INCLUDE"]
    excludes = [rule["expression"] for rule in rules if rule["type"] == "EXCLUDE"]
    included = not includes or any(_matches(expression, table) for expression in includes)
    return included and not any(_matches(expression, table) for expression in excludes)


def _matches(expression: str, table: str) -> bool:
    return _compiled(expression).fullmatch(table) is not None


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in expression.split("*")), re.DOTALL)
