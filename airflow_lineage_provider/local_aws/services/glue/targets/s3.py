"""S3 targets of crawlers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.errors import InvalidPatternError
from airflow_lineage_provider.local_aws.engine.folders import FolderContent
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.globs import Exclusions
from airflow_lineage_provider.local_aws.engine.s3_target import crawl_s3, split_s3_path
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.sources import S3Objects
from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    TargetContent,
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
        objects = S3Objects(reading.backend.account_id, reading.backend.region_name)
        tables: list[FoundTable] = []
        folders: dict[str, FolderContent] = {}
        for target in reading.definition.s3_targets:
            crawled = crawl_s3(
                objects, target, reading.configuration, known=reading.known, cancelled=reading.cancelled
            )
            folders |= crawled.folders
            tables += crawled.tables
        return TargetContent(tuple(tables), folders)

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a location lies in an include path."""
        del backend
        return any(target.covers(location) for target in definition.s3_targets)


def _check(target: Mapping[str, Any], surroundings: Surroundings) -> None:
    path = target.get("Path", "")
    try:
        bucket, _ = split_s3_path(path)
    except ValueError:
        raise InvalidInputError(
            f"The S3 target path {path!r} is not valid. It must look like s3://bucket/folder/."
        ) from None
    if not surroundings.bucket_exists(bucket):
        raise InvalidInputError(f"S3 bucket {bucket} does not exist.")
    sample = target.get("SampleSize")
    if sample is not None and not 1 <= sample <= _MAX_SAMPLE:
        raise InvalidInputError(f"SampleSize must be between 1 and {_MAX_SAMPLE}, not {sample}.")
    connection = target.get("ConnectionName")
    if connection and not surroundings.connection_exists(connection):
        raise InvalidInputError(f"Unable to retrieve connection {connection}: Connection not found.")
    try:
        Exclusions(target.get("Exclusions") or ())
    except InvalidPatternError as error:
        raise InvalidInputError(str(error)) from error
