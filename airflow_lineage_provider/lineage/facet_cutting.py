"""
Cut what an event says about where columns come from into pieces that say the same together.

Two things have the same shape: the facet ``columnLineage`` of a dataset, and an entry of the job's facet
``lineage``. Both say for each column which columns it is made of, and name sources that have a say in all of
them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["COLUMN_LINEAGE", "LINEAGE_ENTRY", "ColumnShape", "cut_columns"]

_Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """
    What the members are called.

    :param sources: Member of a column that lists what it is made of.
    :param whole: Member that lists what has a say in every column.
    """

    sources: str
    whole: str


COLUMN_LINEAGE = ColumnShape(sources="inputFields", whole="dataset")
"""ColumnLineageDatasetFacet 1-2-0."""

LINEAGE_ENTRY = ColumnShape(sources="inputs", whole="inputs")
"""An entry of LineageJobFacet 1-0-0."""


def cut_columns(
    facet: Mapping[str, Any], shape: ColumnShape, *, columns: Sequence[str], most_bytes: int
) -> Iterator[_Object]:
    """
    Yield pieces of about ``most_bytes``, which can stand apart from the dataset's schema.

    What has a say in every column comes first, with the names of the columns: a later piece that says more
    of a column may take the place of what was said of it before.

    :param facet: The facet or the entry.
    :param shape: Which of them it is.
    :param columns: The columns of the dataset, which the facet need not all name.
    :param most_bytes: How large a piece should be.
    """
    fields = facet.get("fields")
    if fields is not None and not isinstance(fields, Mapping):
        yield dict(facet)
        return
    whole = facet.get(shape.whole)
    all_of_it = dict(facet)
    named: dict[str, Any] = {}
    if isinstance(whole, list) and whole:
        named = {name: {shape.sources: []} for name in dict.fromkeys([*columns, *(fields or {})])}
        all_of_it["fields"] = {**named, **(fields or {})}
    if _size(all_of_it) <= most_bytes:
        yield all_of_it
        return
    rest = {name: value for name, value in facet.items() if name not in ("fields", shape.whole)}
    room = max(1, most_bytes - _size(rest))
    if isinstance(whole, list) and whole:
        for names in _packed(named, room // 2) if named else ({},):
            for sources in _packed_list(whole, room // 2):
                yield {**rest, "fields": names, shape.whole: sources}
    for piece in _packed(dict(_small_columns(fields or {}, shape, room)), room):
        yield {**rest, "fields": {name: value for (name, _), value in piece.items()}}


def _small_columns(
    fields: Mapping[str, Any], shape: ColumnShape, room: int
) -> Iterator[tuple[tuple[str, int], Any]]:
    """Yield the columns, one that is made of too many others in several steps; numbered per column."""
    for name, column in fields.items():
        sources = column.get(shape.sources) if isinstance(column, Mapping) else None
        if _size(column) <= room or not isinstance(sources, list):
            yield (name, 0), column
            continue
        for number, some in enumerate(_packed_list(sources, room // 2)):
            yield (name, number), {**column, shape.sources: some}


def _packed(members: Mapping[Any, Any], room: int) -> Iterator[dict[Any, Any]]:
    """Yield the members of an object in groups of about the given size; a name occurs once in a group."""
    group: dict[Any, Any] = {}
    left = room
    for name, value in members.items():
        needed = _size(name) + _size(value)
        again = isinstance(name, tuple) and name[1] > 0
        if group and (needed > left or again):
            yield group
            group, left = {}, room
        group[name] = value
        left -= needed
    if group:
        yield group


def _packed_list(items: Iterable[Any], room: int) -> Iterator[list[Any]]:
    """Yield the items of a list in groups of about the given size."""
    group: list[Any] = []
    left = room
    for item in items:
        needed = _size(item)
        if group and needed > left:
            yield group
            group, left = [], room
        group.append(item)
        left -= needed
    if group:
        yield group


def _size(value: object) -> int:
    """Return how many bytes a value takes as JSON, with the comma after it."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()) + 1
