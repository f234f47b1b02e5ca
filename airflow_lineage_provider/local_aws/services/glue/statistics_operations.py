"""
The operations on column statistics, of tables and of partitions; moto has none of them.

They are what clients put there: the local stack computes none (column statistics *tasks* are not there).

.. seealso:: AWS Glue Web API Reference, ``ColumnStatistics``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from airflow_lineage_provider.local_aws.services.glue.exceptions import EntityNotFoundError
from airflow_lineage_provider.local_aws.services.glue.requests import GlueOperations
from airflow_lineage_provider.local_aws.services.glue.tables import CatalogPartition

__all__ = ["StatisticsOperations"]

_Statistics = dict[str, dict[str, Any]]


class StatisticsOperations(GlueOperations):
    """Column statistics, kept with the table or the partition they are about."""

    def update_column_statistics_for_table(self) -> ActionResult:
        """UpdateColumnStatisticsForTable."""
        return self._update(self._of_a_table())

    def get_column_statistics_for_table(self) -> ActionResult:
        """GetColumnStatisticsForTable."""
        return self._get(self._of_a_table())

    def delete_column_statistics_for_table(self) -> ActionResult:
        """DeleteColumnStatisticsForTable."""
        return self._delete(self._of_a_table())

    def update_column_statistics_for_partition(self) -> ActionResult:
        """UpdateColumnStatisticsForPartition."""
        return self._update(self._of_a_partition())

    def get_column_statistics_for_partition(self) -> ActionResult:
        """GetColumnStatisticsForPartition."""
        return self._get(self._of_a_partition())

    def delete_column_statistics_for_partition(self) -> ActionResult:
        """DeleteColumnStatisticsForPartition."""
        return self._delete(self._of_a_partition())

    def _of_a_table(self) -> _Statistics:
        request = self.request_members()
        return self.glue_backend.get_table(request["DatabaseName"], request["TableName"]).statistics

    def _of_a_partition(self) -> _Statistics:
        request = self.request_members()
        partition = self.glue_backend.get_partition(
            request["DatabaseName"], request["TableName"], request["PartitionValues"]
        )
        if not isinstance(partition, CatalogPartition):
            raise TypeError("the partition was not made by this catalog")
        return partition.statistics

    def _update(self, held: _Statistics) -> ActionResult:
        with self.glue_backend.lock:
            for statistics in self.request_members()["ColumnStatisticsList"]:
                held[statistics["ColumnName"].lower()] = _with_bytes(statistics)
        return ActionResult({"Errors": []})

    def _get(self, held: _Statistics) -> ActionResult:
        """Return the statistics of the columns asked for, and an error for each that has none."""
        wanted = self.request_members()["ColumnNames"]
        found = [held[name.lower()] for name in wanted if name.lower() in held]
        missing = [
            {
                "ColumnName": name,
                "Error": {"ErrorCode": "EntityNotFoundException", "ErrorMessage": _text(name)},
            }
            for name in wanted
            if name.lower() not in held
        ]
        return ActionResult({"ColumnStatisticsList": found, "Errors": missing})

    def _delete(self, held: _Statistics) -> ActionResult:
        name = self.request_members()["ColumnName"]
        with self.glue_backend.lock:
            if held.pop(name.lower(), None) is None:
                raise EntityNotFoundError(_text(name))
        return EmptyResult()


def _text(column: str) -> str:
    return f"Column statistics for column {column} do not exist."


def _with_bytes(value: Any, name: str = "") -> Any:
    """Return statistics with the members that are bytes decoded: JSON carries them in Base64."""
    if isinstance(value, Mapping):
        return {key: _with_bytes(item, key) for key, item in value.items()}
    return base64.b64decode(value) if name == "UnscaledValue" else value
