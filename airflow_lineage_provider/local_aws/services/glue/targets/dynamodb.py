"""DynamoDB targets of crawlers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.dynamodb_target import crawl_dynamodb
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    TargetContent,
)

__all__ = ["DynamoDBTargets"]


class DynamoDBTargets:
    """``DynamoDBTargets``: tables of the local DynamoDB."""

    member = "DynamoDBTargets"

    def check(self, definition: CrawlerDefinition, surroundings: Surroundings) -> None:
        """Check that the tables exist, and the scan rates."""
        for target in definition.targets[self.member]:
            _check(target, surroundings)

    def read(self, reading: Reading) -> TargetContent:
        """Scan every table; one that is gone by now holds nothing."""
        items = reading.items
        found = [
            crawl_dynamodb(items, target, cancelled=reading.cancelled)
            for target in reading.definition.dynamodb_targets
        ]
        return TargetContent(tuple(table for table in found if table is not None))

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a location is the ARN of one of the tables."""
        prefix = f"arn:{backend.partition}:dynamodb:{backend.region_name}:{backend.account_id}:table/"
        tables = {target.table.removeprefix(prefix) for target in definition.dynamodb_targets}
        return location.startswith(prefix) and location.removeprefix(prefix) in tables


def _check(target: Mapping[str, Any], surroundings: Surroundings) -> None:
    table = target.get("Path", "")
    if not table or not surroundings.dynamodb_table_exists(table):
        raise InvalidInputError(f"DynamoDB table {table or '(no name)'} does not exist.")
    rate = target.get("scanRate")
    if rate is not None and not 0.1 <= rate <= 1.5:
        raise InvalidInputError("Invalid scan rate value. Valid values are between 0.1 to 1.5")
