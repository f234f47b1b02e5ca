"""
Finding tables as SearchTables does: by words of their metadata, by members, by parameters, by times.

A text is cut into words at everything that is no letter, digit or underscore, and a word is found if a text
has it, in any case: ``link`` finds ``customer-link`` and not ``customerlink``. A search text in quotes must
be a member's whole text. Which members AWS searches is not said; here these are the name, database,
description, owner, the columns' names and comments, and the values of the parameters.

.. seealso:: AWS Glue Web API Reference, ``SearchTables``, ``PropertyPredicate``, ``SortCriterion``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError

__all__ = ["found_tables"]

_Table = Mapping[str, Any]
_TEXTS = {
    "name": "Name",
    "tablename": "Name",
    "databasename": "DatabaseName",
    "description": "Description",
    "owner": "Owner",
    "tabletype": "TableType",
    "createdby": "CreatedBy",
}
_TIMES = {"createtime": "CreateTime", "updatetime": "UpdateTime", "lastaccesstime": "LastAccessTime"}
_COMPARATORS: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "EQUALS": operator.eq,
    "GREATER_THAN": operator.gt,
    "LESS_THAN": operator.lt,
    "GREATER_THAN_EQUALS": operator.ge,
    "LESS_THAN_EQUALS": operator.le,
}


def found_tables(tables: Iterable[_Table], request: Mapping[str, Any]) -> list[_Table]:
    """
    Return the tables, in the form of GetTable, that a request looks for, in the order it asks for.

    :raises InvalidInputError: If a time cannot be read, or a comparator stands at a text.
    """
    text = request.get("SearchText", "")
    filters = [_filter(given) for given in request.get("Filters", ())]
    chosen = [
        table for table in tables if _has_text(table, text) and all(matches(table) for matches in filters)
    ]
    chosen.sort(key=lambda table: (table["DatabaseName"], table["Name"]))
    for criterion in request.get("SortCriteria", ()):
        name = criterion.get("FieldName", "Name")
        descending = criterion.get("Sort") == "DESC"
        chosen.sort(key=lambda table, name=name: _sort_key(table, name), reverse=descending)  # type: ignore[misc]
    return chosen


def _has_text(table: _Table, text: str) -> bool:
    quoted = re.fullmatch(r'\s*"(?P<text>.*)"\s*', text, re.DOTALL)
    if quoted is not None:
        return any(quoted["text"].lower() == member.lower() for member in _searched(table))
    words = _words(text)
    return words <= {word for member in _searched(table) for word in _words(member)}


def _searched(table: _Table) -> Iterator[str]:
    yield from (table[name] for name in ("Name", "DatabaseName", "Description", "Owner") if table.get(name))
    columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
    for column in [*columns, *(table.get("PartitionKeys") or [])]:
        yield from (column[name] for name in ("Name", "Comment") if column.get(name))
    yield from (table.get("Parameters") or {}).values()


def _filter(given: Mapping[str, str]) -> Callable[[_Table], bool]:
    name, value, comparator = given.get("Key", ""), given.get("Value", ""), given.get("Comparator")
    key = name.lower()
    if key in _TIMES:
        wanted, compare = _time(value), _COMPARATORS[comparator or "EQUALS"]
        return lambda table: compare(_time(table.get(_TIMES[key]) or 0), wanted)
    if comparator not in (None, "EQUALS"):
        raise InvalidInputError(f"Comparator {comparator} is for time fields only, not for {name}.")
    words = _words(value)
    return lambda table: words <= _words(_member(table, name)) or _member(table, name) == value


def _member(table: _Table, name: str) -> str:
    """Return a text member of a table, or a parameter of that name."""
    if name.lower() in _TEXTS:
        return str(table.get(_TEXTS[name.lower()]) or "")
    return str((table.get("Parameters") or {}).get(name, ""))


def _sort_key(table: _Table, name: str) -> tuple[str, float]:
    if name.lower() in _TIMES:
        return "", _time(table.get(_TIMES[name.lower()]) or 0).timestamp()
    return _member(table, name).lower(), 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


def _time(value: datetime | float | str) -> datetime:
    """Read a time: ISO 8601, or seconds since 1970."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromtimestamp(float(value), tz=UTC)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidInputError(f"{value!r} is not a time; use ISO 8601 or seconds since 1970.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
