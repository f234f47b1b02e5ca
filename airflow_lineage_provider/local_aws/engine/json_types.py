"""
The types of JSON values.

.. seealso:: AWS Glue Developer Guide, "Built-in classifiers" and "Writing JSON custom classifiers".
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.engine.schema import (
    NOTHING,
    ArrayOf,
    DataType,
    Scalar,
    StructOf,
    merge_all,
)

__all__ = ["covers", "infer"]

_INT, _LONG, _DOUBLE = Scalar("int"), Scalar("long"), Scalar("double")
_BOOLEAN, _STRING = Scalar("boolean"), Scalar("string")
_SIMPLE: dict[type, Scalar] = {str: _STRING, float: _DOUBLE, bool: _BOOLEAN}
_INT_END = 2**31
_LONG_END = 2**63


def infer(value: object) -> DataType:
    """
    Return the type of one parsed JSON value.

    Integers are ``int`` up to 32 bits, ``long`` up to 64, and ``double`` beyond (AWS's choice is unknown).
    """
    match value:
        case None:
            return NOTHING
        case bool():
            return _BOOLEAN
        case int():
            return _integer(value)
        case float():
            return _DOUBLE
        case list():
            return ArrayOf(merge_all(infer(item) for item in value))
        case dict():
            return StructOf(tuple((str(name), infer(item)) for name, item in value.items()))
        case _:
            return _STRING


def covers(known: DataType, value: object) -> bool:
    """
    Tell whether a value is sure to add nothing to a type, so that its own type need not be made and merged.

    Most records of a file look like those before them: this is many times faster. ``False`` means only that
    it takes a closer look.
    """
    simple = _SIMPLE.get(type(value))
    if simple is not None:
        return known is simple or known == simple
    if isinstance(value, dict):
        return isinstance(known, StructOf) and _covers_fields(known.fields, value)
    if isinstance(value, int):
        integer = _integer(value)
        return known is integer or known == integer or (known == _LONG and integer is _INT)
    if isinstance(value, list):
        return isinstance(known, ArrayOf) and all(covers(known.element, item) for item in value)
    return value is None


def _covers_fields(fields: tuple[tuple[str, DataType], ...], value: dict[str, object]) -> bool:
    """Compare with the fields an object is known to have, as long as they come in the same order."""
    if len(fields) != len(value):
        return False
    for (name, field), (key, item) in zip(fields, value.items(), strict=True):
        if name != key:
            return False
        # Text and fractions, the most frequent values, need no call.
        if field is not _SIMPLE.get(type(item)) and not covers(field, item):
            return False
    return True


def _integer(value: int) -> Scalar:
    if -_INT_END <= value < _INT_END:
        return _INT
    return _LONG if -_LONG_END <= value < _LONG_END else _DOUBLE
