"""``MergeNewColumns``: what is new comes in, what is there stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_lineage_provider.local_aws.engine.definitions import DEPRECATED_PARAMETER
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.hive_types import add_new_fields

__all__ = ["merged_definition"]

_Columns = Sequence[Mapping[str, Any]]
_KEPT = ("Description", "Owner", "PartitionKeys", "Retention", "TableType")


def merged_definition(
    current: Mapping[str, Any], wanted: Mapping[str, Any], table_format: TableFormat
) -> dict[str, Any]:
    """
    Return a table's definition with new columns added, also inside nested ones.

    No column goes and no type changes; formats stay; the SerDe's parameters follow only where it is the
    crawler's own SerDe. Parameters a user added stay, too.

    :param table_format: Knows how a parameter that depends on the columns covers old and new ones.
    """
    held, found = current["StorageDescriptor"], wanted["StorageDescriptor"]
    descriptor = {
        **held,
        "Columns": _merged_columns(held.get("Columns") or [], found["Columns"]),
        "SerdeInfo": _merged_serde(held.get("SerdeInfo") or {}, found["SerdeInfo"], table_format),
        "Parameters": _merged_parameters(held, found, table_format),
    }
    kept = {key: current[key] for key in _KEPT if current.get(key) is not None}
    return {
        **wanted,
        **kept,
        "StorageDescriptor": descriptor,
        "Parameters": _merged_parameters(current, wanted, table_format),
    }


def _merged_columns(
    held: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    columns = {column["Name"]: dict(column) for column in held}
    for column in found:
        name, data_type = column["Name"], column["Type"]
        if name in columns:
            columns[name]["Type"] = add_new_fields(columns[name].get("Type", ""), data_type)
        else:
            columns[name] = dict(column)
    return list(columns.values())


def _merged_serde(
    held: Mapping[str, Any], found: Mapping[str, Any], table_format: TableFormat
) -> dict[str, Any]:
    library = held.get("SerializationLibrary")
    if library != found.get("SerializationLibrary"):
        return dict(held)
    return {**held, "Parameters": _merged_parameters(held, found, table_format)}


def _merged_parameters(
    held: Mapping[str, Any], found: Mapping[str, Any], table_format: TableFormat
) -> dict[str, str]:
    merged = dict(held.get("Parameters") or {})
    for name, value in (found.get("Parameters") or {}).items():
        known = merged.get(name)
        merged[name] = value if known is None else table_format.merged_parameter(name, known, value)
    merged.pop(DEPRECATED_PARAMETER, None)
    return merged
