"""The operations on partitions and their indexes that moto lacks or answers differently from AWS."""

from __future__ import annotations

import json

from moto.core.responses import ActionResult, EmptyResult

from airflow_lineage_provider.local_aws.services.glue.paging import page
from airflow_lineage_provider.local_aws.services.glue.requests import GlueOperations, next_token

__all__ = ["PartitionOperations"]

_PARTITIONS_PAGE = 1000


class PartitionOperations(GlueOperations):
    """Partitions and their indexes."""

    def get_partitions(self) -> ActionResult:
        """GetPartitions."""
        request = self.request_members()
        names = request["DatabaseName"], request["TableName"]
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
        return ActionResult({"Partitions": [item.as_dict() for item in chosen], "NextToken": token})

    def create_partition_index(self) -> ActionResult:
        """CreatePartitionIndex."""
        request = self.request_members()
        index = request["PartitionIndex"]
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        table.create_index(index["IndexName"], index["Keys"])
        return EmptyResult()

    def delete_partition_index(self) -> ActionResult:
        """DeletePartitionIndex."""
        request = self.request_members()
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        table.delete_index(request["IndexName"])
        return EmptyResult()

    def get_partition_indexes(self) -> ActionResult:
        """GetPartitionIndexes."""
        request = self.request_members()
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        return ActionResult({"PartitionIndexDescriptorList": table.describe_indexes()})
