"""The operations on partitions and their indexes that moto lacks or answers differently from AWS."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from airflow_lineage_provider.local_aws.services.glue.paging import page
from airflow_lineage_provider.local_aws.services.glue.requests import GlueOperations, next_token

__all__ = ["PartitionOperations"]

_PARTITIONS_PAGE = 1000


class PartitionOperations(GlueOperations):
    """Partitions and their indexes."""

    def get_partition(self) -> ActionResult:
        """GetPartition."""
        names, request = self._of_table()
        partition = self.glue_backend.get_partition(*names, request["PartitionValues"])
        return ActionResult({"Partition": partition.as_dict()})

    def get_partitions(self) -> ActionResult:
        """GetPartitions."""
        names, request = self._of_table()
        partitions = list(self.glue_backend.get_partitions(*names, request.get("Expression", "")))
        segment = request.get("Segment")
        if segment is not None:
            partitions = partitions[segment["SegmentNumber"] :: segment["TotalSegments"]]
        chosen, token = page(
            partitions,
            key=lambda partition: json.dumps(partition.values),
            limit=request.get("MaxResults", _PARTITIONS_PAGE),
            token=next_token(request),
            scope=f"GetPartitions/{'/'.join(names)}",
        )
        shown = [item.as_dict() for item in chosen]
        if request.get("ExcludeColumnSchema"):
            shown = [_without_columns(partition) for partition in shown]
        return ActionResult({"Partitions": shown, "NextToken": token})

    def batch_get_partition(self) -> ActionResult:
        """BatchGetPartition; what is not there is left out, as it is no key that failed."""
        names, request = self._of_table()
        found = self.glue_backend.batch_get_partition(*names, request["PartitionsToGet"])
        return ActionResult({"Partitions": found, "UnprocessedKeys": []})

    def create_partition(self) -> ActionResult:
        """CreatePartition."""
        names, request = self._of_table()
        self.glue_backend.create_partition(*names, request["PartitionInput"])
        return EmptyResult()

    def batch_create_partition(self) -> ActionResult:
        """BatchCreatePartition."""
        names, request = self._of_table()
        errors = self.glue_backend.batch_create_partition(*names, request["PartitionInputList"])
        return ActionResult({"Errors": errors})

    def update_partition(self) -> ActionResult:
        """UpdatePartition."""
        names, request = self._of_table()
        self.glue_backend.update_partition(*names, request["PartitionInput"], request["PartitionValueList"])
        return EmptyResult()

    def batch_update_partition(self) -> ActionResult:
        """BatchUpdatePartition."""
        names, request = self._of_table()
        return ActionResult({"Errors": self.glue_backend.batch_update_partition(*names, request["Entries"])})

    def delete_partition(self) -> ActionResult:
        """DeletePartition."""
        names, request = self._of_table()
        self.glue_backend.delete_partition(*names, request["PartitionValues"])
        return EmptyResult()

    def batch_delete_partition(self) -> ActionResult:
        """BatchDeletePartition."""
        names, request = self._of_table()
        errors = self.glue_backend.batch_delete_partition(*names, request["PartitionsToDelete"])
        return ActionResult({"Errors": errors})

    def create_partition_index(self) -> ActionResult:
        """CreatePartitionIndex."""
        names, request = self._of_table()
        index = request["PartitionIndex"]
        self.glue_backend.get_table(*names).create_index(index["IndexName"], index["Keys"])
        return EmptyResult()

    def delete_partition_index(self) -> ActionResult:
        """DeletePartitionIndex."""
        names, request = self._of_table()
        self.glue_backend.get_table(*names).delete_index(request["IndexName"])
        return EmptyResult()

    def get_partition_indexes(self) -> ActionResult:
        """GetPartitionIndexes."""
        names, _ = self._of_table()
        indexes = self.glue_backend.get_table(*names).describe_indexes()
        return ActionResult({"PartitionIndexDescriptorList": indexes})

    def _of_table(self) -> tuple[tuple[str, str], dict[str, Any]]:
        """Return the names of the request's database and table, and the request."""
        request = self.request_members()
        return (request["DatabaseName"], request["TableName"]), request


def _without_columns(partition: dict[str, Any]) -> dict[str, Any]:
    """Return a partition as ``ExcludeColumnSchema`` asks for it."""
    descriptor = dict(partition.get("StorageDescriptor") or {})
    descriptor.pop("Columns", None)
    return {**partition, "StorageDescriptor": descriptor}
