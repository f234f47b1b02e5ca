"""
ListCrawls' filters.

.. seealso:: AWS Glue Web API Reference, ``CrawlsFilter``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.services.glue.crawlers import Crawl
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError

__all__ = ["matching"]

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "GE": operator.ge,
    "GT": operator.gt,
    "LE": operator.le,
    "LT": operator.lt,
    "NE": operator.ne,
}
_WORDS = ("CRAWL_ID", "STATE")
_STATES = ("RUNNING", "COMPLETED", "FAILED", "STOPPED")


def matching(crawls: Sequence[Crawl], filters: Sequence[Mapping[str, str]]) -> list[Crawl]:
    """
    Return the crawls that all filters let through, in their order.

    Times are epoch milliseconds as text. A crawl that has not ended has no END_TIME and no DPU_HOUR and
    matches only ``NE``.

    :raises InvalidInputError: If a filter compares what cannot be compared.
    """
    tests = [_test(given) for given in filters]
    return [crawl for crawl in crawls if all(test(crawl) for test in tests)]


def _test(given: Mapping[str, str]) -> Callable[[Crawl], bool]:
    missing = [key for key in ("FieldName", "FilterOperator", "FieldValue") if not given.get(key)]
    if missing:
        raise InvalidInputError(f"A filter lacks {', '.join(missing)}.")
    name, symbol, text = given["FieldName"], given["FilterOperator"], given["FieldValue"]
    if name in _WORDS and symbol not in ("EQ", "NE"):
        raise InvalidInputError(f"Filter {name} supports the operators EQ and NE, not {symbol}.")
    wanted = _value(name, text)
    compare = _OPERATORS[symbol]

    def test(crawl: Crawl) -> bool:
        actual = _field(name, crawl)
        return symbol == "NE" if actual is None else compare(actual, wanted)

    return test


def _value(name: str, text: str) -> str | float | int:
    if name == "STATE" and text not in _STATES:
        raise InvalidInputError(f"Filter STATE must be one of {', '.join(_STATES)}, not {text}.")
    if name in _WORDS:
        return text
    try:
        return float(text) if name == "DPU_HOUR" else int(text)
    except ValueError:
        kind = "a number" if name == "DPU_HOUR" else "a time in epoch milliseconds"
        raise InvalidInputError(f"Filter {name} must be {kind}, not {text!r}.") from None


def _field(name: str, crawl: Crawl) -> str | float | int | None:
    match name:
        case "CRAWL_ID":
            return crawl.crawl_id
        case "STATE":
            return crawl.state
        case "START_TIME":
            return _milliseconds(crawl.started_at)
        case "END_TIME":
            return _milliseconds(crawl.ended_at) if crawl.ended_at else None
        case _:
            return crawl.dpu_hours if crawl.ended_at else None


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
