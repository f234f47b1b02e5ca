"""
Reading a DynamoDB target: one table from the items' attributes.

.. seealso:: AWS Glue Developer Guide, "Crawler target types" (DynamoDB); Amazon DynamoDB API Reference,
    ``AttributeValue``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import FoundTable, Statistics
from airflow_lineage_provider.local_aws.engine.reader import AttributeValue, DynamoTable, ItemReader
from airflow_lineage_provider.local_aws.engine.schema import (
    NOTHING,
    ArrayOf,
    DataType,
    Scalar,
    SetOf,
    StructOf,
    merge,
    merge_all,
)

__all__ = ["SAMPLED_ITEMS", "DynamoTarget", "crawl_dynamodb", "infer_attribute"]

SAMPLED_ITEMS = 1000
"""How many items are read with ``scanAll`` off; AWS's number is unknown."""

_DYNAMODB = TableFormat(classification="dynamodb", type_of_data="table")
_CANCEL_EVERY = 256
_LONG_BITS = 63
_KEY_TYPES = {"S": "string", "N": "long", "B": "binary"}
_SCALARS = {"S": "string", "BOOL": "boolean", "B": "binary"}


@dataclass(frozen=True, slots=True)
class DynamoTarget:
    """One DynamoDB table to crawl."""

    table: str
    scan_all: bool = True


def infer_attribute(value: AttributeValue) -> DataType:
    """Return the type of one attribute; numbers are ``long`` when integral (and 64 bits hold them)."""
    ((kind, content),) = value.items()
    match kind:
        case "NULL":
            return NOTHING
        case "N":
            return _number(content)
        case "M":
            return StructOf(tuple((name, infer_attribute(item)) for name, item in content.items()))
        case "L":
            return ArrayOf(_merged(infer_attribute(item) for item in content))
        case "NS":
            return SetOf(_merged(_number(item) for item in content))
        case "SS" | "BS":
            return SetOf(Scalar(_SCALARS[kind[0]]))
        case _:
            return Scalar(_SCALARS[kind])


def crawl_dynamodb(
    reader: ItemReader, target: DynamoTarget, *, cancelled: Callable[[], bool] = lambda: False
) -> FoundTable | None:
    """
    Read a DynamoDB table and return its catalog table.

    Columns stand in a fixed order: key attributes, then the others by name (AWS's order is not stable). A
    table without items has the columns of its key.

    :return: ``None`` if there is no such table.
    :raises CrawlCancelledError: If ``cancelled`` said yes.
    """
    table = reader.describe(target.table)
    if table is None:
        return None
    types: dict[str, DataType] = {}
    items = reader.scan(target.table)
    for count, item in enumerate(items if target.scan_all else islice(items, SAMPLED_ITEMS)):
        if count % _CANCEL_EVERY == 0 and cancelled():
            raise CrawlCancelledError
        _add_item(types, item)
    if not types:
        types = {name: Scalar(_KEY_TYPES[kind]) for name, kind in table.key_types.items()}
    return FoundTable(
        base_name=table.name,
        location=table.arn,
        format=_DYNAMODB,
        compression="none",
        record=_ordered(types, table),
        statistics=Statistics(
            objects=0,
            size_bytes=table.size_bytes,
            records=table.item_count,
            sampled_records=table.item_count,
            sampled_bytes=table.size_bytes,
        ),
        folders=frozenset({table.arn}),
        parameters=_key_parameters(table),
    )


def _add_item(types: dict[str, DataType], item: Mapping[str, AttributeValue]) -> None:
    for name, value in item.items():
        types[name] = merge(types.get(name, NOTHING), infer_attribute(value), widen_numbers=True)


def _ordered(types: Mapping[str, DataType], table: DynamoTable) -> StructOf:
    keys = [name for name in (table.hash_key, table.range_key) if name is not None and name in types]
    others = sorted((name for name in types if name not in keys), key=lambda name: (name.lower(), name))
    return StructOf(tuple((name, types[name]) for name in (*keys, *others)))


def _key_parameters(table: DynamoTable) -> dict[str, str]:
    parameters = {"hashKey": table.hash_key}
    if table.range_key is not None:
        parameters["rangeKey"] = table.range_key
    return parameters


def _merged(types: Iterable[DataType]) -> DataType:
    return merge_all(types, widen_numbers=True)


def _number(text: str) -> DataType:
    number = Decimal(text)
    if number != number.to_integral_value():
        return Scalar("double")
    integer = int(number)
    bits = (integer if integer >= 0 else ~integer).bit_length()
    return Scalar("long" if bits <= _LONG_BITS else "double")
