"""Putting a crawl's planned writes into the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.plan import Write
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.exceptions import AlreadyExistsError

__all__ = ["INDEX_NAME", "apply_write", "log_text"]

INDEX_NAME = "crawler_partition_index"
"""What a crawler calls its partition index; AWS's name is unknown."""

_VERBS = {"ADD": "Created", "UPDATE": "Updated", "DELETE": "Deleted"}


def apply_write(backend: CatalogBackend, database: str, write: Write, *, created_by: str) -> None:
    """Do one write; the caller holds the backend's lock."""
    definition = dict(write.definition)
    if write.subject == "PARTITION":
        _apply_to_partition(backend, database, write, definition)
    elif write.action == "ADD":
        backend.create_table(database, write.table, definition, created_by=created_by)
    elif write.action == "UPDATE":
        backend.change_table(database, definition)
    elif write.action == "TOUCH":
        backend.get_table(database, write.table).put_in_place(definition)
    else:
        backend.delete_table(database, write.table)
    if write.indexed:
        _index(backend, database, write.table, definition)


def log_text(write: Write, database: str) -> str | None:
    """Return the log line of a write; a touch has none."""
    verb = _VERBS.get(write.action)
    if verb is None:
        return None
    if write.subject == "TABLE":
        return f"{verb} table {write.table} in database {database}"
    return f"{verb} partition {write.label} in database {database}"


def _apply_to_partition(
    backend: CatalogBackend, database: str, write: Write, definition: dict[str, Any]
) -> None:
    table = backend.get_table(database, write.table)
    if write.action == "ADD":
        table.create_partition(definition)
    elif write.action == "DELETE":
        backend.batch_delete_partition(database, write.table, [{"Values": list(write.values)}])
    else:
        table.put_partition(definition)


def _index(backend: CatalogBackend, database: str, name: str, definition: Mapping[str, Any]) -> None:
    """Put an index over all partition keys, unless the crawler did so before."""
    keys = [key["Name"] for key in definition["PartitionKeys"]]
    table = backend.get_table(database, name)
    if INDEX_NAME in table.indexes and table.indexes[INDEX_NAME] != keys:
        table.delete_index(INDEX_NAME)
    try:
        table.create_index(INDEX_NAME, keys)
    except AlreadyExistsError:
        return
