"""The kinds of crawler targets, one module each."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    Target,
    TargetContent,
)
from airflow_lineage_provider.local_aws.services.glue.targets.catalog import CatalogTargets
from airflow_lineage_provider.local_aws.services.glue.targets.delta import DeltaTargets
from airflow_lineage_provider.local_aws.services.glue.targets.dynamodb import DynamoDBTargets
from airflow_lineage_provider.local_aws.services.glue.targets.jdbc import JdbcTargets
from airflow_lineage_provider.local_aws.services.glue.targets.mongodb import MongoDBTargets
from airflow_lineage_provider.local_aws.services.glue.targets.s3 import S3Targets
from airflow_lineage_provider.local_aws.services.glue.targets.traversal import (
    HUDI_TARGETS,
    ICEBERG_TARGETS,
)

__all__ = ["TARGETS", "Reading", "Surroundings", "Target", "TargetContent"]

TARGETS: tuple[Target, ...] = (
    S3Targets(),
    JdbcTargets(),
    MongoDBTargets(),
    DynamoDBTargets(),
    DeltaTargets(),
    ICEBERG_TARGETS,
    HUDI_TARGETS,
    CatalogTargets(),
)
"""Every kind of target the local stack crawls, in the order in which a crawl reads them."""
