"""Putting a crawl's planned writes into the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.local_aws.engine.plan import Message, Write
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.exceptions import AlreadyExistsError, InvalidInputError

__all__ = ["INDEX_NAME", "WriteRefusedError", "apply_writes", "log_text"]

INDEX_NAME = "crawler_partition_index"
"""What a crawler calls its partition index; AWS's name is unknown."""

_VERBS = {"ADD": "Created", "UPDATE": "Updated", "DELETE": "Deleted"}
_BATCH = 100


class WriteRefusedError(LineageError):
    """The catalog refused partitions that the crawl planned to write."""

    def __init__(self, *, table: str, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(table=table, errors=errors)
        self.table = table
        self.errors = errors

    def __str__(self) -> str:
        """Name the table and the first of the catalog's errors."""
        detail = self.errors[0]["ErrorDetail"]
        return (
            f"{len(self.errors)} partitions of table {self.table} were refused, the first with "
            f"{detail['ErrorCode']}: {detail['ErrorMessage']}"
        )


def apply_writes(
    backend: CatalogBackend, database: str, writes: Iterable[Write], *, created_by: str
) -> list[Message]:
    """
    Do writes in their order; the caller holds the backend's lock.

    Partitions of one table go in batches of 100, as crawlers write them; each batch is one event.

    :return: What to log of indexes that could not be made.
    :raises WriteRefusedError: If the catalog refuses a partition.
    """
    messages: list[Message] = []
    for (subject, action, table), group in groupby(
        writes, key=lambda write: (write.subject, write.action, write.table)
    ):
        if subject == "PARTITION":
            partitions = list(group)
            for start in range(0, len(partitions), _BATCH):
                _write_partitions(backend, database, table, action, partitions[start : start + _BATCH])
        else:
            for write in group:
                _write_table(backend, database, write, created_by=created_by)
                messages += _index(backend, database, write)
    return messages


def log_text(write: Write, database: str) -> str | None:
    """Return the log line of a write; a touch has none."""
    verb = _VERBS.get(write.action)
    if verb is None:
        return None
    if write.subject == "TABLE":
        return f"{verb} table {write.table} in database {database}"
    return f"{verb} partition {write.label} in database {database}"


def _write_table(backend: CatalogBackend, database: str, write: Write, *, created_by: str) -> None:
    definition = dict(write.definition)
    if write.action == "ADD":
        backend.create_table(database, write.table, definition, created_by=created_by)
    elif write.action == "UPDATE":
        backend.change_table(database, definition)
    elif write.action == "TOUCH":
        backend.get_table(database, write.table).put_in_place(definition)
    else:
        backend.delete_table(database, write.table)


def _write_partitions(
    backend: CatalogBackend, database: str, name: str, action: str, writes: Sequence[Write]
) -> None:
    definitions = [dict(write.definition) for write in writes]
    if action == "ADD":
        errors = backend.batch_create_partition(database, name, definitions)
    elif action == "UPDATE":
        entries = [
            {"PartitionValueList": list(write.values), "PartitionInput": dict(write.definition)}
            for write in writes
        ]
        errors = backend.batch_update_partition(database, name, entries)
    elif action == "DELETE":
        parts = [{"Values": list(write.values)} for write in writes]
        errors = backend.batch_delete_partition(database, name, parts)
    else:
        table, errors = backend.get_table(database, name), []
        for write in writes:
            table.replace_partition(write.values, dict(write.definition))
    if errors:
        raise WriteRefusedError(table=name, errors=errors)


def _index(backend: CatalogBackend, database: str, write: Write) -> list[Message]:
    """Put an index over all partition keys where a write asks for it, unless the crawler did so before."""
    if not write.indexed:
        return []
    keys = [key["Name"] for key in write.definition["PartitionKeys"]]
    table = backend.get_table(database, write.table)
    if INDEX_NAME in table.indexes and table.indexes[INDEX_NAME] != keys:
        table.delete_index(INDEX_NAME)
    try:
        table.create_index(INDEX_NAME, keys)
    except AlreadyExistsError:
        return []
    except InvalidInputError as error:
        text = f"Created no partition index on table {write.table}: {error.message}"
        return [Message("WARN", text)]
    return []
