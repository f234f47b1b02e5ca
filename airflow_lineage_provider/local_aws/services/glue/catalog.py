"""
The Data Catalog as AWS keeps it, over moto's: databases, tables, partitions and their events.

Everything not overridden here and in :mod:`.table_catalog` is moto's.

.. seealso:: AWS Glue Web API Reference, "Partition API".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.glue.models import FakePartition

from airflow_lineage_provider.local_aws.services.glue.connections import ConnectionStore
from airflow_lineage_provider.local_aws.services.glue.exceptions import GlueServiceError
from airflow_lineage_provider.local_aws.services.glue.table_catalog import TableCatalog
from airflow_lineage_provider.local_aws.services.glue.tables import CatalogTable

__all__ = ["CatalogBackend"]

_Errors = list[dict[str, Any]]


class CatalogBackend(TableCatalog):
    """
    moto's Glue backend with a Data Catalog as AWS has it.

    ``connection_store`` takes the place of moto's connections.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.connection_store = ConnectionStore(self)

    def get_partitions(self, database_name: str, table_name: str, expression: str) -> list[FakePartition]:
        """Return the partitions of a table for which an expression holds."""
        with self.lock:
            return super().get_partitions(database_name, table_name, expression)

    def create_partition(self, database_name: str, table_name: str, part_input: dict[str, Any]) -> None:
        """Add a partition."""
        with self.lock:
            table = self.get_table(database_name, table_name)
            table.create_partition(part_input)
            values = part_input["Values"]
            self.events.table_changed(table.database_name, table.name, "CreatePartition", [values])

    def update_partition(
        self,
        database_name: str,
        table_name: str,
        part_input: dict[str, Any],
        part_to_update: Sequence[str],
    ) -> None:
        """Give a partition another definition."""
        with self.lock:
            table = self.get_table(database_name, table_name)
            table.replace_partition(part_to_update, part_input)
            self.events.table_changed(table.database_name, table.name, "UpdatePartition", [part_to_update])

    def delete_partition(self, database_name: str, table_name: str, part_to_delete: Any) -> None:
        """Delete a partition, named by its values."""
        with self.lock:
            table = self.get_table(database_name, table_name)
            table.delete_partition(part_to_delete)
            self.events.table_changed(table.database_name, table.name, "DeletePartition", [part_to_delete])

    def batch_create_partition(
        self, database_name: str, table_name: str, partition_input: list[dict[str, Any]]
    ) -> _Errors:
        """Add partitions and return what could not be added, as ``PartitionError``."""
        with self.lock:
            table = self.get_table(database_name, table_name)
            batch = _Batch(table.create_partition)
            for item in partition_input:
                batch.do(item.get("Values") or [], item)
            self._tell(table, "BatchCreatePartition", batch)
            return batch.errors

    def batch_update_partition(
        self, database_name: str, table_name: str, entries: list[dict[str, Any]]
    ) -> _Errors:
        """Change partitions and return what could not be, as ``BatchUpdatePartitionFailureEntry``."""
        with self.lock:
            table = self.get_table(database_name, table_name)
            batch = _Batch(table.replace_partition, named="PartitionValueList")
            for entry in entries:
                values = entry["PartitionValueList"]
                batch.do(values, values, entry["PartitionInput"])
            self._tell(table, "BatchUpdatePartition", batch)
            return batch.errors

    def batch_delete_partition(
        self, database_name: str, table_name: str, parts: list[dict[str, Any]]
    ) -> _Errors:
        """Delete partitions and return what could not be deleted, as ``PartitionError``."""
        with self.lock:
            table = self.get_table(database_name, table_name)
            batch = _Batch(table.delete_partition)
            for item in parts:
                batch.do(item["Values"], item["Values"])
            self._tell(table, "BatchDeletePartition", batch)
            return batch.errors

    def _tell(self, table: CatalogTable, change: str, batch: _Batch) -> None:
        if batch.done:
            self.events.table_changed(table.database_name, table.name, change, batch.done)


class _Batch:
    """The same done to many partitions; an error of one does not keep it from the others."""

    def __init__(self, act: Callable[..., None], *, named: str = "PartitionValues") -> None:
        self._act = act
        self._named = named
        self.done: list[Sequence[str]] = []
        self.errors: _Errors = []

    def do(self, values: Sequence[str], *arguments: Any) -> None:
        """Do it to the partition of these values."""
        try:
            self._act(*arguments)
        except JsonRESTError as error:
            self._note(values, error.error_type, error.message)
        except GlueServiceError as error:
            self._note(values, error.code, error.message)
        else:
            self.done.append(values)

    def _note(self, values: Sequence[str], code: str, message: str) -> None:
        detail = {"ErrorCode": code, "ErrorMessage": message}
        self.errors.append({self._named: list(values), "ErrorDetail": detail})
