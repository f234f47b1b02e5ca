"""S3 targets of crawlers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.folders import FolderContent
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.s3_target import crawl_s3
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    TargetContent,
)
from airflow_lineage_provider.local_aws.services.glue.targets.paths import (
    check_connection,
    check_exclusions,
    check_s3_path,
)

__all__ = ["S3Targets"]

_MAX_SAMPLE = 249


class S3Targets:
    """``S3Targets``: folders and objects of the local S3."""

    member = "S3Targets"

    def check(self, definition: CrawlerDefinition, surroundings: Surroundings) -> None:
        """Check include paths, buckets, sample sizes, connections and exclusions."""
        for target in definition.targets[self.member]:
            _check(target, surroundings)

    def read(self, reading: Reading) -> TargetContent:
        """Read every include path."""
        objects = reading.objects
        tables: list[FoundTable] = []
        folders: dict[str, FolderContent] = {}
        for target in reading.definition.s3_targets:
            crawled = crawl_s3(
                objects,
                target,
                reading.configuration,
                known=reading.known,
                formats=reading.formats,
                cancelled=reading.cancelled,
            )
            folders |= crawled.folders
            tables += crawled.tables
        return TargetContent(tuple(tables), folders)

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a location lies in an include path."""
        del backend
        return any(target.covers(location) for target in definition.s3_targets)


def _check(target: Mapping[str, Any], surroundings: Surroundings) -> None:
    check_s3_path(target.get("Path", ""), surroundings)
    sample = target.get("SampleSize")
    if sample is not None and not 1 <= sample <= _MAX_SAMPLE:
        raise InvalidInputError(f"SampleSize must be between 1 and {_MAX_SAMPLE}, not {sample}.")
    check_connection(target, surroundings)
    check_exclusions(target)
