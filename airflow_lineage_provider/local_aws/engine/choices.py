"""
Types without choices: what engines that cannot read a struct over scalars are given instead.

Glue's crawlers model mixed types as a struct with one member per type, which Athena does not read. Where the
setting ``choice_types`` is off, mixed numbers are the number that covers both, every other mix is ``string``.
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.engine.schema import (
    ArrayOf,
    DataType,
    MapOf,
    OneOf,
    Scalar,
    SetOf,
    StructOf,
    merge_all,
)

__all__ = ["record_without_choices", "without_choices"]


def without_choices(data_type: DataType) -> DataType:
    """Return a type with every choice in it, at any depth, replaced by one type."""
    match data_type:
        case OneOf(options):
            number = merge_all(options, widen_numbers=True)
            return Scalar("string") if isinstance(number, OneOf) else without_choices(number)
        case ArrayOf(element):
            return ArrayOf(without_choices(element))
        case SetOf(element):
            return SetOf(without_choices(element))
        case MapOf(key, value):
            return MapOf(without_choices(key), without_choices(value))
        case StructOf():
            return record_without_choices(data_type)
        case _:
            return data_type


def record_without_choices(record: StructOf) -> StructOf:
    """Return a record type without choices in its fields."""
    return StructOf(tuple((name, without_choices(field)) for name, field in record.fields))
