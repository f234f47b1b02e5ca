"""
Filter clauses of Search, SearchTypes and QueryGraph: ``filter``, ``and``, ``or``.

.. seealso:: DataZone API reference, ``FilterClause``
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError

__all__ = ["Attributes", "contains_text", "matches"]

Attributes = Callable[[str], Iterable[str | int]]
"""Values of an attribute of one item; raises :class:`KeyError` for an attribute that does not exist."""


def matches(clause: Mapping[str, Any] | None, attributes: Attributes) -> bool:
    """
    Tell whether an item passes a filter; ``None`` lets everything pass.

    :raises ValidationError: If the filter names an unknown attribute or has no value.
    """
    if clause is None:
        return True
    if clause.get("filter") is not None:
        return _passes(clause["filter"], attributes)
    if clause.get("and") is not None:
        results = [matches(each, attributes) for each in clause["and"]]
        return all(results)
    results = [matches(each, attributes) for each in clause["or"]]
    return any(results)


def contains_text(text: str, values: Iterable[str | int]) -> bool:
    """
    Tell whether every word of ``text`` occurs in one of the values, whatever its case.

    Double quotes, which ask for lexical search, are the same as none: there is no other here.
    """
    haystack = " ".join(str(value) for value in values).lower()
    return all(word in haystack for word in text.replace('"', " ").lower().split())


def _passes(wanted: Mapping[str, Any], attributes: Attributes) -> bool:
    name, operator = wanted["attribute"], wanted.get("operator", "EQ")
    value = wanted.get("value") if wanted.get("intValue") is None else wanted["intValue"]
    if value is None:
        raise ValidationError(f"The filter on {name} needs value or intValue")
    try:
        found = list(attributes(name))
    except KeyError:
        raise ValidationError(f"There is no attribute {name} to filter by") from None
    if operator == "TEXT_SEARCH":
        return contains_text(str(value), found)
    return any(_compare(operator, each, value) for each in found)


def _compare(operator: str, found: str | int, value: str | int) -> bool:
    left: Any
    right: Any
    if isinstance(found, int):
        try:
            left, right = found, int(value)
        except ValueError:
            raise ValidationError(f"{value!r} is not a number") from None
    else:
        left, right = found, str(value)
    results: dict[str, bool] = {
        "EQ": left == right,
        "LT": left < right,
        "LE": left <= right,
        "GT": left > right,
        "GE": left >= right,
    }
    return results[operator]
