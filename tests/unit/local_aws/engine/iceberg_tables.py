"""Iceberg metadata files for tests, made by pyiceberg: no catalog and no data are needed for them."""

from __future__ import annotations

import gzip

from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import AddSchemaUpdate, SetCurrentSchemaUpdate, update_table_metadata
from pyiceberg.types import IcebergType, LongType, NestedField

__all__ = ["ORDERS", "evolved", "metadata_file", "schema", "table_metadata"]


def schema(**types: IcebergType) -> Schema:
    """Return a schema of optional fields."""
    fields = [
        NestedField(number, name, data_type, required=False)
        for number, (name, data_type) in enumerate(types.items(), start=1)
    ]
    return Schema(*fields)


ORDERS = schema(Id=LongType())


def table_metadata(
    columns: Schema = ORDERS,
    location: str = "s3://bucket/lake/orders",
    format_version: int = 2,
    spec: PartitionSpec = UNPARTITIONED_PARTITION_SPEC,
) -> TableMetadata:
    """Return the metadata of a new table of version 1 or 2; its fields are numbered from 1."""
    properties = {"format-version": str(format_version)}
    return new_table_metadata(columns, spec, UNSORTED_SORT_ORDER, location, properties)


def evolved(metadata: TableMetadata, columns: Schema) -> TableMetadata:
    """Return the metadata after the schema was replaced, with the ids the new schema has."""
    added = AddSchemaUpdate(schema=columns.model_copy(update={"schema_id": 1}))
    current = SetCurrentSchemaUpdate.model_validate({"action": "set-current-schema", "schema-id": -1})
    return update_table_metadata(metadata, (added, current))


def metadata_file(metadata: TableMetadata, *, compressed: bool = False) -> bytes:
    """Return the content of a metadata file."""
    content = metadata.model_dump_json().encode()
    return gzip.compress(content) if compressed else content
