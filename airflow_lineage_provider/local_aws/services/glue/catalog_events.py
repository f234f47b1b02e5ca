"""
EventBridge events about the Data Catalog, for what clients change and for what crawlers write.

Their members are as AWS sends them: tables by name, a partition as the text of its list of values, no crawl.
UpdateDatabase, versions, indexes and column statistics have no event. A table that a crawl only confirms is
not changed, so there is none, either.

.. seealso:: Amazon EventBridge User Guide, "Events from AWS services: AWS Glue"; AWS Glue Developer Guide,
    "Automating AWS Glue with EventBridge".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.services import event_bus

__all__ = ["CatalogEvents"]

_MOST_TABLES = 100


@dataclass(frozen=True, slots=True)
class CatalogEvents:
    """The sender of one region's events; ``partition`` is AWS's, as ``aws`` or ``aws-cn``."""

    account_id: str
    region: str
    partition: str

    def database_changed(self, database: str, change: str) -> None:
        """Tell of a database; ``change`` is the name of the operation."""
        self._send_database(database, change, (), [f"database/{database}"])

    def tables_changed(self, database: str, change: str, tables: Sequence[str]) -> None:
        """Tell of tables that came or went, at most 100 in one event."""
        for start in range(0, len(tables), _MOST_TABLES):
            names = tables[start : start + _MOST_TABLES]
            self._send_database(database, change, names, [f"table/{database}/{name}" for name in names])

    def table_changed(
        self, database: str, table: str, change: str, partitions: Iterable[Sequence[str]] = ()
    ) -> None:
        """Tell of a table's new definition or of its partitions, each by its values."""
        detail = {
            "databaseName": database,
            "changedPartitions": [f"[{', '.join(values)}]" for values in partitions],
            "typeOfChange": change,
            "tableName": table,
        }
        event_bus.send(
            self.account_id,
            self.region,
            source="aws.glue",
            detail_type="Glue Data Catalog Table State Change",
            detail=detail,
            resources=[self._arn(f"table/{database}/{table}")],
        )

    def _send_database(
        self, database: str, change: str, tables: Sequence[str], resources: Sequence[str]
    ) -> None:
        detail = {"databaseName": database, "typeOfChange": change, "changedTables": list(tables)}
        event_bus.send(
            self.account_id,
            self.region,
            source="aws.glue",
            detail_type="Glue Data Catalog Database State Change",
            detail=detail,
            resources=[self._arn(resource) for resource in resources],
        )

    def _arn(self, resource: str) -> str:
        return f"arn:{self.partition}:glue:{self.region}:{self.account_id}:{resource}"
