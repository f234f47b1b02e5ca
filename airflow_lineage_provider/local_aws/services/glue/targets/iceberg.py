"""Iceberg targets of crawlers."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.iceberg_target import crawl_iceberg
from airflow_lineage_provider.local_aws.engine.table_folders import TraversalTarget
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.sources import S3Objects
from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    TargetContent,
)
from airflow_lineage_provider.local_aws.services.glue.targets.paths import check_traversal, traversal_targets

__all__ = ["IcebergTargets"]


class IcebergTargets:
    """``IcebergTargets``: paths of the local S3 below which Iceberg tables lie."""

    member = "IcebergTargets"

    def check(self, definition: CrawlerDefinition, surroundings: Surroundings) -> None:
        """Check paths, buckets, depths, connections and exclusions."""
        for target in definition.targets[self.member]:
            check_traversal(target, surroundings, kind="Iceberg")

    def read(self, reading: Reading) -> TargetContent:
        """Read the newest metadata of every table below the paths."""
        objects = S3Objects(reading.backend.account_id, reading.backend.region_name)
        tables: list[FoundTable] = []
        for target in self._targets(reading.definition):
            tables += crawl_iceberg(objects, target, cancelled=reading.cancelled)
        return TargetContent(tuple(tables))

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a location lies below one of the paths."""
        del backend
        folder = f"{location.rstrip('/')}/"
        return any(target.scope.covers(folder) for target in self._targets(definition))

    def _targets(self, definition: CrawlerDefinition) -> list[TraversalTarget]:
        listed = definition.targets.get(self.member, [])
        return [target for each in listed for target in traversal_targets(each)]
