"""The kinds of crawler targets, one module each."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    Target,
    TargetContent,
)
from airflow_lineage_provider.local_aws.services.glue.targets.delta import DeltaTargets
from airflow_lineage_provider.local_aws.services.glue.targets.dynamodb import DynamoDBTargets
from airflow_lineage_provider.local_aws.services.glue.targets.iceberg import IcebergTargets
from airflow_lineage_provider.local_aws.services.glue.targets.s3 import S3Targets

__all__ = ["TARGETS", "Reading", "Surroundings", "Target", "TargetContent"]

TARGETS: tuple[Target, ...] = (
    S3Targets(),
    DynamoDBTargets(),
    DeltaTargets(),
    IcebergTargets(),
)
"""Every kind of target the local stack crawls, in the order in which a crawl reads them."""
