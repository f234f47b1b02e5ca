"""
The types a crawler infers, how they combine, and how the Data Catalog writes them.

Types are kept by their names on the data's side (``int``, ``long``, ``double``, ``string`` …), because Glue
names the members of a choice type by them; :func:`hive_type` gives the catalog's text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

__all__ = [
    "NOTHING",
    "ArrayOf",
    "DataType",
    "Nothing",
    "OneOf",
    "Scalar",
    "SetOf",
    "StructOf",
    "columns_of",
    "hive_type",
    "merge",
    "merge_all",
]

_HIVE = {"long": "bigint"}
_WIDER = {("int", "long"): "long", ("long", "int"): "long"}
_WIDEST = {("double", "long"): "double", ("long", "double"): "double"}


@dataclass(frozen=True, slots=True)
class Nothing:
    """Only nulls, or nothing at all, has been seen."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """
    A single value.

    ``name`` is one of int, long, double, boolean, string, binary, or, from sources that know more types, the
    catalog's own text: ``smallint``, ``float``, ``date``, ``timestamp``, ``decimal(10,2)`` …
    """

    name: str


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """A list of values."""

    element: DataType


@dataclass(frozen=True, slots=True)
class SetOf:
    """A DynamoDB set."""

    element: DataType


@dataclass(frozen=True, slots=True)
class StructOf:
    """Named values, in the order they were first seen."""

    fields: tuple[tuple[str, DataType], ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Values of different kinds: Glue's choice type. Options are ordered by kind."""

    options: tuple[DataType, ...]


DataType = Nothing | Scalar | ArrayOf | SetOf | StructOf | OneOf
NOTHING = Nothing()


def merge(left: DataType, right: DataType, *, widen_numbers: bool = False) -> DataType:
    """
    Return the type that covers both.

    Nulls are neutral, ``int`` and ``long`` make ``long``, structs unite their fields, and kinds that have
    nothing in common make a choice.

    :param widen_numbers: Make ``double`` of ``long`` and ``double``, as for DynamoDB's single number type,
        instead of a choice, as for JSON.
    """
    if left == right:
        return left
    options: dict[str, DataType] = {}
    for option in (*_options(left), *_options(right)):
        _add_option(options, option, widen_numbers=widen_numbers)
    if len(options) > 1:
        return OneOf(tuple(options[kind] for kind in sorted(options)))
    return next(iter(options.values()), NOTHING)


def merge_all(types: Iterable[DataType], *, widen_numbers: bool = False) -> DataType:
    """Return the type that covers all; :data:`NOTHING` for none."""
    merged: DataType = NOTHING
    for item in types:
        merged = merge(merged, item, widen_numbers=widen_numbers)
    return merged


def hive_type(data_type: DataType) -> str:
    """
    Return the catalog's text for a type, without spaces.

    Where nothing was seen Glue's choice is unknown; ``string`` is ours, also for an empty object.
    """
    match data_type:
        case Nothing():
            return "string"
        case Scalar(name):
            return _HIVE.get(name, name)
        case ArrayOf(element):
            return f"array<{hive_type(element)}>"
        case SetOf(element):
            return f"set<{hive_type(element)}>"
        case StructOf(fields):
            inner = ",".join(f"{name}:{hive_type(field)}" for name, field in fields)
            return f"struct<{inner}>" if inner else "string"
        case OneOf(options):
            return "struct<" + ",".join(f"{_kind(option)}:{hive_type(option)}" for option in options) + ">"
        case _:
            assert_never(data_type)


def columns_of(record: StructOf) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """
    Return the columns of a record type, and the field names that had to be dropped.

    Column names are in lower case. Of names that then are the same the first wins; what AWS does with
    them is unknown.

    :return: ``(name, Hive type)`` pairs in order, and the dropped field names as they were written.
    """
    columns: dict[str, str] = {}
    dropped = []
    for name, field in record.fields:
        column = name.lower()
        if column in columns:
            dropped.append(name)
        else:
            columns[column] = hive_type(field)
    return tuple(columns.items()), tuple(dropped)


def _options(data_type: DataType) -> tuple[DataType, ...]:
    if isinstance(data_type, OneOf):
        return data_type.options
    return () if isinstance(data_type, Nothing) else (data_type,)


def _kind(data_type: DataType) -> str:
    match data_type:
        case Scalar(name):
            return name.partition("(")[0]
        case ArrayOf():
            return "array"
        case SetOf():
            return "set"
        case _:
            return "struct"


def _add_option(options: dict[str, DataType], option: DataType, *, widen_numbers: bool) -> None:
    """Add one option to those seen, combining it with the one it goes together with."""
    kind = _kind(option)
    wider = {**_WIDER, **_WIDEST} if widen_numbers else _WIDER
    for seen in options:
        if (seen, kind) in wider:
            del options[seen]
            _add_option(options, Scalar(wider[seen, kind]), widen_numbers=widen_numbers)
            return
    known = options.get(kind)
    options[kind] = option if known is None else _unite(known, option, widen_numbers=widen_numbers)


def _unite(left: DataType, right: DataType, *, widen_numbers: bool) -> DataType:
    """Combine two types of the same kind."""
    if isinstance(left, ArrayOf) and isinstance(right, ArrayOf):
        return ArrayOf(merge(left.element, right.element, widen_numbers=widen_numbers))
    if isinstance(left, SetOf) and isinstance(right, SetOf):
        return SetOf(merge(left.element, right.element, widen_numbers=widen_numbers))
    if isinstance(left, StructOf) and isinstance(right, StructOf):
        fields = dict(left.fields)
        for name, field in right.fields:
            fields[name] = merge(fields.get(name, NOTHING), field, widen_numbers=widen_numbers)
        return StructOf(tuple(fields.items()))
    return left
