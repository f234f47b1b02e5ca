"""
The types a crawler infers, how they combine, and how the Data Catalog writes them.

Types are kept by their names on the data's side (``int``, ``long``, ``double``, ``string`` …), because Glue
names the members of a choice type by them; :func:`hive_type` gives the catalog's text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

__all__ = [
    "NOTHING",
    "ArrayOf",
    "DataType",
    "MapOf",
    "Nothing",
    "OneOf",
    "Scalar",
    "SetOf",
    "StructOf",
    "UnionOf",
    "columns_of",
    "decimal",
    "hive_type",
    "lower_cased",
    "merge",
    "merge_all",
]

_HIVE = {"long": "bigint"}
_KINDS = {"tinyint": "byte", "smallint": "short", "bigint": "long"}
_NAMES = {"byte": "tinyint", "short": "smallint"}
_FAMILIES = (("byte", "short", "int", "long"), ("float", "double"))
_NUMBERS = (("byte", "short", "int", "long", "float", "double"),)
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_MOST_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Nothing:
    """Only nulls, or nothing at all, has been seen."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """
    A single value.

    ``name`` is one of int, long, double, boolean, string, binary, or, from sources that know more types, the
    catalog's own text: ``tinyint``, ``smallint``, ``float``, ``date``, ``timestamp``, ``decimal(10,2)`` …
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
class MapOf:
    """Values by key."""

    key: DataType
    value: DataType


@dataclass(frozen=True, slots=True)
class StructOf:
    """Named values, in the order they were first seen."""

    fields: tuple[tuple[str, DataType], ...]


@dataclass(frozen=True, slots=True)
class UnionOf:
    """A value of one of several types, told apart by the file itself: Hive's ``uniontype``."""

    options: tuple[DataType, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Values of different kinds: Glue's choice type. Options are ordered by kind."""

    options: tuple[DataType, ...]


DataType = Nothing | Scalar | ArrayOf | SetOf | MapOf | StructOf | UnionOf | OneOf
NOTHING = Nothing()


def decimal(precision: int, scale: int) -> Scalar:
    """Return the type of exact numbers with so many digits, so many of them after the point."""
    return Scalar(f"decimal({precision},{scale})")


def merge(left: DataType, right: DataType, *, widen_numbers: bool = False) -> DataType:
    """
    Return the type that covers both.

    Nulls are neutral, integers take the widest integer type and floating-point numbers the widest of theirs,
    decimals keep all digits of both, structs unite their fields, and kinds that have nothing in common make a
    choice.

    :param widen_numbers: Make ``double`` of ``long`` and ``double``, as for DynamoDB's single number type,
        instead of a choice, as for files.
    """
    if isinstance(right, Nothing) or left == right:
        return left
    if isinstance(left, Nothing):
        return right
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
        case MapOf(key, value):
            return f"map<{hive_type(key)},{hive_type(value)}>"
        case UnionOf(options):
            return "uniontype<" + ",".join(hive_type(option) for option in options) + ">"
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


def lower_cased(record: StructOf) -> StructOf:
    """
    Return a record whose fields are named as their columns, so that files that differ only in case agree.

    Names that would become the same stay as they are written: :func:`columns_of` tells which are dropped.
    """
    taken = Counter(name.lower() for name, _ in record.fields)
    return StructOf(
        tuple((name.lower() if taken[name.lower()] == 1 else name, field) for name, field in record.fields)
    )


def _options(data_type: DataType) -> tuple[DataType, ...]:
    if isinstance(data_type, OneOf):
        return data_type.options
    return () if isinstance(data_type, Nothing) else (data_type,)


def _kind(data_type: DataType) -> str:
    match data_type:
        case Scalar(name):
            plain = name.partition("(")[0]
            return _KINDS.get(plain, plain)
        case ArrayOf():
            return "array"
        case SetOf():
            return "set"
        case MapOf():
            return "map"
        case UnionOf():
            return "union"
        case _:
            return "struct"


def _add_option(options: dict[str, DataType], option: DataType, *, widen_numbers: bool) -> None:
    """Add one option to those seen, combining it with the one it goes together with."""
    kind = _kind(option)
    for family in _NUMBERS if widen_numbers else _FAMILIES:
        relatives = [seen for seen in options if seen in family and seen != kind]
        if kind in family and relatives:
            widest = max(*relatives, kind, key=family.index)
            for seen in relatives:
                del options[seen]
            _add_option(options, Scalar(_NAMES.get(widest, widest)), widen_numbers=widen_numbers)
            return
    known = options.get(kind)
    options[kind] = option if known is None else _unite(known, option, widen_numbers=widen_numbers)


def _unite(left: DataType, right: DataType, *, widen_numbers: bool) -> DataType:
    """Combine two types of the same kind."""
    if isinstance(left, ArrayOf) and isinstance(right, ArrayOf):
        return ArrayOf(merge(left.element, right.element, widen_numbers=widen_numbers))
    if isinstance(left, MapOf) and isinstance(right, MapOf):
        return MapOf(
            merge(left.key, right.key, widen_numbers=widen_numbers),
            merge(left.value, right.value, widen_numbers=widen_numbers),
        )
    if isinstance(left, UnionOf) and isinstance(right, UnionOf):
        return UnionOf(tuple(dict.fromkeys((*left.options, *right.options))))
    if isinstance(left, SetOf) and isinstance(right, SetOf):
        return SetOf(merge(left.element, right.element, widen_numbers=widen_numbers))
    if isinstance(left, StructOf) and isinstance(right, StructOf):
        fields = dict(left.fields)
        for name, field in right.fields:
            fields[name] = merge(fields.get(name, NOTHING), field, widen_numbers=widen_numbers)
        return StructOf(tuple(fields.items()))
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return _wider_decimal(left, right)
    return left


def _wider_decimal(left: Scalar, right: Scalar) -> Scalar:
    """Return the decimal that keeps all digits of both, up to 38 as in Hive; ``left`` for other kinds."""
    found = [_DECIMAL.fullmatch(scalar.name) for scalar in (left, right)]
    digits = [(int(match[1]), int(match[2])) for match in found if match is not None]
    if len(digits) < len(found):
        return left
    whole = max(precision - scale for precision, scale in digits)
    scale = min(max(scale for _, scale in digits), _MOST_DIGITS - whole)
    return decimal(whole + scale, scale)
