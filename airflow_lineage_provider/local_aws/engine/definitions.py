"""
Tables and partitions worded as Glue words them: the ``TableInput`` and ``PartitionInput`` a crawler writes.

.. seealso:: AWS Glue Web API Reference, ``TableInput``, ``StorageDescriptor``, ``PartitionInput``; AWS Glue
    Developer Guide, "Parameters set on Data Catalog tables by crawler".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import FoundPartition, FoundTable, Statistics
from airflow_lineage_provider.local_aws.engine.schema import StructOf, columns_of

__all__ = [
    "CRAWLER_PARAMETER",
    "CRAWL_ID_PARAMETER",
    "DEPRECATED_PARAMETER",
    "FUNDAMENTAL_PARAMETERS",
    "INDEXED_PARAMETER",
    "VOLATILE_PARAMETERS",
    "Stamp",
    "partition_input",
    "table_input",
    "with_parameters",
]

CRAWLER_PARAMETER = "UPDATED_BY_CRAWLER"
CRAWL_ID_PARAMETER = "CRAWL_RUN_ID"
DEPRECATED_PARAMETER = "DEPRECATED_BY_CRAWLER"
INDEXED_PARAMETER = "partition_filtering.enabled"
FUNDAMENTAL_PARAMETERS = ("classification", "compressionType", "delimiter")
"""Parameters whose change makes data another that its table's new columns cannot be merged into."""

VOLATILE_PARAMETERS = frozenset(
    {
        CRAWLER_PARAMETER,
        CRAWL_ID_PARAMETER,
        "averageRecordSize",
        "objectCount",
        "recordCount",
        "sizeKey",
    }
)
"""Parameters that say who crawled and how much there was; they alone do not make a table a changed one."""

_SERIALIZER = {"CrawlerSchemaSerializerVersion": "1.0", "CrawlerSchemaDeserializerVersion": "1.0"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who crawled: the crawler's name, the crawl's id and the instant of writing."""

    crawler_name: str
    crawl_id: str
    written_at: datetime


def table_input(table: FoundTable, name: str, stamp: Stamp, *, indexed: bool) -> dict[str, Any]:
    """
    Return the ``TableInput`` for a table.

    :param name: The table's name in the catalog.
    :param indexed: Whether the crawler puts an index on the table's partitions.
    """
    parameters = {
        **_parameters(table.format, table.compression, table.statistics),
        **_stamped(stamp),
        **table.parameters,
    }
    if table.is_files and table.statistics.kept:
        parameters["objectCount"] = str(table.statistics.objects)
    if table.exclusions:
        parameters["exclusions"] = json.dumps(list(table.exclusions))
    if table.partition_keys and indexed:
        parameters[INDEXED_PARAMETER] = "true"
    return {
        "Name": name,
        "Owner": "owner",
        "LastAccessTime": stamp.written_at,
        "Retention": 0,
        "StorageDescriptor": _descriptor(table, table.record, table.location, table.format, parameters),
        "PartitionKeys": [
            _column(table, key, table.partition_types.get(key, "string")) for key in table.partition_keys
        ],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": dict(parameters),
        **({"Description": table.description} if table.description else {}),
    }


def partition_input(
    table: FoundTable, partition: FoundPartition, stamp: Stamp, *, inherit: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """
    Return the ``PartitionInput`` for one partition.

    :param inherit: The table's definition whose schema, formats and SerDe the partition takes
        (``InheritFromTable``); ``None`` gives it what its own folder holds.
    """
    parameters = _parameters(partition.format, table.compression, partition.statistics)
    if partition.statistics.kept:
        parameters["objectCount"] = str(partition.statistics.objects)
    descriptor = _descriptor(table, partition.record, partition.location, partition.format, parameters)
    if inherit is not None:
        taken = inherit["StorageDescriptor"]
        for member in ("Columns", "InputFormat", "OutputFormat", "SerdeInfo"):
            if member in taken:
                descriptor[member] = taken[member]
        parameters["classification"] = inherit["Parameters"].get("classification", table.classification)
        descriptor["Parameters"] = dict(parameters)
    return {
        "Values": list(partition.values),
        "LastAccessTime": stamp.written_at,
        "StorageDescriptor": descriptor,
        "Parameters": dict(parameters),
    }


def with_parameters(
    definition: Mapping[str, Any], changed: Mapping[str, str], removed: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a table or partition with parameters changed in both places they stand in."""
    descriptor = definition.get("StorageDescriptor", {})

    def apply(parameters: Mapping[str, str]) -> dict[str, str]:
        return {key: value for key, value in {**parameters, **changed}.items() if key not in removed}

    return {
        **definition,
        "StorageDescriptor": {**descriptor, "Parameters": apply(descriptor.get("Parameters") or {})},
        "Parameters": apply(definition.get("Parameters") or {}),
    }


def _descriptor(
    table: FoundTable,
    record: StructOf,
    location: str,
    table_format: TableFormat,
    parameters: Mapping[str, str],
) -> dict[str, Any]:
    columns, _ = columns_of(record)
    return {
        "Columns": [_column(table, name, data_type) for name, data_type in columns],
        "Location": location,
        **_formats(table_format, record),
        "Compressed": table.compression not in ("", "none"),
        "NumberOfBuckets": -1,
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": dict(parameters),
        "StoredAsSubDirectories": False,
    }


def _column(table: FoundTable, name: str, data_type: str) -> dict[str, Any]:
    return {"Name": name, "Type": data_type, **table.column_members.get(name, {})}


def _formats(table_format: TableFormat, record: StructOf) -> dict[str, Any]:
    """Return input format, output format and SerDe; what a format does not have is left out."""
    serde: dict[str, Any] = {}
    if table_format.serde:
        serde["SerializationLibrary"] = table_format.serde
    parameters = table_format.serde_parameters_for(record)
    if parameters or table_format.keeps_empty_serde:
        serde["Parameters"] = parameters
    formats = {"InputFormat": table_format.input_format, "OutputFormat": table_format.output_format}
    return {**{member: value for member, value in formats.items() if value}, "SerdeInfo": serde}


def _parameters(table_format: TableFormat, compression: str, statistics: Statistics) -> dict[str, str]:
    parameters = {
        **_SERIALIZER,
        "classification": table_format.classification,
        "compressionType": compression,
        "typeOfData": table_format.type_of_data,
    }
    if statistics.kept:
        parameters |= {
            "averageRecordSize": str(statistics.average_record_size),
            "recordCount": str(statistics.records),
            "sizeKey": str(statistics.size_bytes),
        }
    return {key: value for key, value in parameters.items() if value} | dict(table_format.parameters)


def _stamped(stamp: Stamp) -> dict[str, str]:
    return {CRAWLER_PARAMETER: stamp.crawler_name, CRAWL_ID_PARAMETER: stamp.crawl_id}
