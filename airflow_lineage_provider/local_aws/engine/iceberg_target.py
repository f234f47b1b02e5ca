"""
Reading an Iceberg target: the newest metadata file of every table below the paths.

One file holds all that the Data Catalog says of an Iceberg table, so nothing else of it is read: the engine
opens it through its own reader and leaves the parsing to pyiceberg.

Columns are worded as Iceberg's own Glue catalog words them: those of the current schema, then those that
earlier schemas had and the current one has no more, each with Iceberg's field id. AWS says that crawlers
merge schemas across snapshots. The location has no slash at its end where the table's metadata has none.

.. seealso::
    - AWS Big Data Blog, "Introducing AWS Glue crawler and create table support for Apache Iceberg format"
    - Apache Iceberg 1.5, ``IcebergToGlueConverter`` (types, columns, ``iceberg.field.*``)
    - Apache Iceberg, *Table spec* (format versions, names of metadata files)
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.local_aws.engine.definitions import with_parameters
from airflow_lineage_provider.local_aws.engine.errors import (
    CrawlCancelledError,
    DataUnreadableError,
    TableUnsupportedError,
)
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import NO_STATISTICS, FoundTable
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject
from airflow_lineage_provider.local_aws.engine.schema import (
    ArrayOf,
    DataType,
    MapOf,
    Scalar,
    StructOf,
    decimal,
)
from airflow_lineage_provider.local_aws.engine.table_folders import (
    TableFolder,
    TraversalTarget,
    find_table_folders,
)

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.types import IcebergType, NestedField

__all__ = ["crawl_iceberg"]

_LATEST_FORMAT = 2
_METADATA = "metadata_location"
_PREVIOUS = "previous_metadata_location"
_SUFFIXES = (".metadata.json", ".metadata.json.gz")
_VERSION = re.compile(r"v?(\d+)")
_GZIP = b"\x1f\x8b"
_SCALARS = {
    "binary": "binary",
    "boolean": "boolean",
    "date": "date",
    "double": "double",
    "float": "float",
    "int": "int",
    "long": "long",
    "string": "string",
    "time": "string",
    "timestamp": "timestamp",
    "timestamptz": "timestamp",
    "uuid": "string",
}


class _IcebergFormat(TableFormat):
    """What the catalog says of an Iceberg table: where its metadata is, and where it was before."""

    def succeeding(self, current: Mapping[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
        """Keep the metadata file the catalog names so far as the previous one, once there is a newer one."""
        held = current.get("Parameters") or {}
        newest = wanted["Parameters"][_METADATA]
        previous = held.get(_PREVIOUS) if held.get(_METADATA) == newest else held.get(_METADATA)
        return with_parameters(wanted, {_PREVIOUS: previous} if previous else {})


_ICEBERG = _IcebergFormat("iceberg", parameters=(("table_type", "ICEBERG"),), type_of_data="")


def crawl_iceberg(
    reader: ObjectReader, target: TraversalTarget, *, cancelled: Callable[[], bool] = lambda: False
) -> tuple[FoundTable, ...]:
    """
    Return the Iceberg tables below a path, by location.

    The newest metadata file is the one with the highest version in its name and, among several of one
    version, the one that was written last by its own word.

    :raises SourceMissingError: If the bucket is not there.
    :raises TableUnsupportedError: If a table's format version is newer than crawlers read.
    :raises DataUnreadableError: If a metadata file is broken.
    :raises CrawlCancelledError: If ``cancelled`` said yes; it is asked before every table.
    """
    tables = []
    for folder in find_table_folders(reader, target, "metadata", lambda name: name.endswith(_SUFFIXES)):
        if cancelled():
            raise CrawlCancelledError
        tables.append(_table(folder, *_newest(reader, folder)))
    return tuple(tables)


def _newest(reader: ObjectReader, folder: TableFolder) -> tuple[StoredObject, TableMetadata]:
    latest = max(_version(stored) for stored in folder.metadata)
    candidates = [
        (stored, _parsed(reader, stored)) for stored in folder.metadata if _version(stored) == latest
    ]
    return max(candidates, key=lambda candidate: (candidate[1].last_updated_ms, candidate[0].key))


def _version(stored: StoredObject) -> int:
    """Return the number a metadata file begins with; -1 for a name without one."""
    match = _VERSION.match(stored.key.rpartition("/")[2])
    return int(match[1]) if match else -1


def _parsed(reader: ObjectReader, stored: StoredObject) -> TableMetadata:
    from pyiceberg.exceptions import ValidationError
    from pyiceberg.table.metadata import TableMetadataUtil

    with reader.open(stored) as raw:
        content = raw.read()
    try:
        text = (gzip.decompress(content) if content.startswith(_GZIP) else content).decode()
        version = json.loads(text)["format-version"]
        if version > _LATEST_FORMAT:
            raise TableUnsupportedError(
                location=stored.uri,
                problem=f"its Iceberg format version is {version}, they read up to {_LATEST_FORMAT}",
            )
        return TableMetadataUtil.parse_raw(text)
    except (OSError, EOFError, ValueError, TypeError, KeyError, ValidationError) as error:
        raise DataUnreadableError(uri=stored.uri, problem="it is no metadata of an Iceberg table") from error


def _table(folder: TableFolder, stored: StoredObject, metadata: TableMetadata) -> FoundTable:
    columns = list(_columns(metadata))
    slash = "/" if metadata.location.endswith("/") else ""
    return FoundTable(
        base_name=folder.name,
        location=folder.location.rstrip("/") + slash,
        format=_ICEBERG,
        compression="",
        record=StructOf(tuple((field.name, _type(field.field_type, folder)) for field, _ in columns)),
        statistics=NO_STATISTICS,
        folders=frozenset({folder.location}),
        parameters={_METADATA: stored.uri},
        column_members={
            field.name.lower(): _members(field, is_current=is_current)
            for field, is_current in reversed(columns)
        },
    )


def _columns(metadata: TableMetadata) -> Iterator[tuple[NestedField, bool]]:
    """Yield the fields of all schemas, the current one's first, and whether they are the current one's."""
    seen = set()
    schemas = sorted(metadata.schemas, key=lambda schema: schema.schema_id != metadata.current_schema_id)
    for schema in schemas:
        for field in schema.fields:
            if field.name not in seen:
                seen.add(field.name)
                yield field, schema.schema_id == metadata.current_schema_id


def _members(field: NestedField, *, is_current: bool) -> dict[str, Any]:
    parameters = {
        "iceberg.field.current": str(is_current).lower(),
        "iceberg.field.id": str(field.field_id),
        "iceberg.field.optional": str(field.optional).lower(),
    }
    return {"Parameters": parameters, **({"Comment": field.doc} if field.doc else {})}


def _type(iceberg_type: IcebergType, folder: TableFolder) -> DataType:
    from pyiceberg import types

    match iceberg_type:
        case types.StructType(fields=fields):
            return StructOf(tuple((field.name, _type(field.field_type, folder)) for field in fields))
        case types.ListType(element_type=element):
            return ArrayOf(_type(element, folder))
        case types.MapType(key_type=key, value_type=value):
            return MapOf(_type(key, folder), _type(value, folder))
        case types.DecimalType(precision=precision, scale=scale):
            return decimal(precision, scale)
        case types.FixedType():
            return Scalar("binary")
    name = str(iceberg_type)
    if name not in _SCALARS:
        raise TableUnsupportedError(location=folder.location, problem=f"it has a column of the type {name}")
    return Scalar(_SCALARS[name])
