"""Delta targets of crawlers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.delta_target import DeltaCrawl, DeltaTarget, crawl_delta
from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.sources import S3Objects
from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    TargetContent,
)
from airflow_lineage_provider.local_aws.services.glue.targets.paths import check_connection, check_s3_path

__all__ = ["DeltaTargets"]


class DeltaTargets:
    """``DeltaTargets``: Delta tables of the local S3."""

    member = "DeltaTargets"

    def check(self, definition: CrawlerDefinition, surroundings: Surroundings) -> None:
        """Check paths, buckets and connections."""
        for target in definition.targets[self.member]:
            if not target.get("DeltaTables"):
                raise InvalidInputError("A target of the kind Delta must have at least one path.")
            for path in target["DeltaTables"]:
                check_s3_path(path, surroundings, kind="Delta")
            check_connection(target, surroundings)

    def read(self, reading: Reading) -> TargetContent:
        """Read the log of every table, and write the manifests a target asks for."""
        objects = reading.objects
        tables: list[FoundTable] = []
        for target in self._targets(reading.definition):
            crawled = crawl_delta(objects, target, cancelled=reading.cancelled)
            if crawled is not None:
                _write_manifests(reading, crawled)
                tables.append(crawled.table)
        return TargetContent(tuple(tables))

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a location is one of the tables, or its manifests."""
        del backend
        return any(S3Target(target.path).covers(location) for target in self._targets(definition))

    def _targets(self, definition: CrawlerDefinition) -> Iterator[DeltaTarget]:
        for target in definition.targets.get(self.member, []):
            yield from _tables(target)


def _tables(target: Mapping[str, Any]) -> Iterator[DeltaTarget]:
    native = bool(target.get("CreateNativeDeltaTable"))
    write_manifest = bool(target.get("WriteManifest"))
    for path in target["DeltaTables"]:
        yield DeltaTarget(path, native=native, write_manifest=write_manifest)


def _write_manifests(reading: Reading, crawled: DeltaCrawl) -> None:
    """Write what Delta would generate; a crawl that was stopped, or whose world is gone, writes nothing."""
    objects = S3Objects(reading.backend.account_id, reading.backend.region_name)
    if reading.cancelled():
        raise CrawlCancelledError
    if reading.access is not None:
        for key in crawled.manifests:
            reading.access.check_object(crawled.bucket, key, action="PutObject")
        for stored in crawled.stale:
            reading.access.check_object(crawled.bucket, stored.key, action="DeleteObject")
    for key, content in crawled.manifests.items():
        objects.put(crawled.bucket, key, content)
    for stored in crawled.stale:
        objects.delete(stored)
