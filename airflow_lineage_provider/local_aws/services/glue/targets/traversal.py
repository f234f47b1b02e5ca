"""Iceberg and Hudi targets of crawlers: tables that are looked for below paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.hudi_target import crawl_hudi
from airflow_lineage_provider.local_aws.engine.iceberg_target import crawl_iceberg
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader
from airflow_lineage_provider.local_aws.engine.table_folders import (
    DEFAULT_DEPTH,
    MAX_DEPTH,
    TraversalTarget,
)
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

__all__ = ["HUDI_TARGETS", "ICEBERG_TARGETS", "TraversalTargets"]


class _Crawl(Protocol):
    """Finds the tables of one format below a path."""

    def __call__(
        self, reader: ObjectReader, target: TraversalTarget, *, cancelled: Callable[[], bool]
    ) -> tuple[FoundTable, ...]: ...


class TraversalTargets:
    """
    Paths of the local S3 below which tables of one format lie.

    :param member: The member of ``CrawlerTargets``.
    :param format_name: The format, for messages.
    :param crawl: Finds and reads the tables below one path.
    """

    def __init__(self, member: str, format_name: str, crawl: _Crawl) -> None:
        self.member = member
        self._format_name = format_name
        self._crawl = crawl

    def check(self, definition: CrawlerDefinition, surroundings: Surroundings) -> None:
        """Check paths, buckets, depths, connections and exclusions."""
        for target in definition.targets[self.member]:
            self._check(target, surroundings)

    def read(self, reading: Reading) -> TargetContent:
        """Find and read every table below the paths."""
        objects = reading.objects
        tables: list[FoundTable] = []
        for target in self._targets(reading.definition):
            tables += self._crawl(objects, target, cancelled=reading.cancelled)
        return TargetContent(tuple(tables))

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a location lies below one of the paths."""
        del backend
        folder = f"{location.rstrip('/')}/"
        return any(target.scope.covers(folder) for target in self._targets(definition))

    def _check(self, target: Mapping[str, Any], surroundings: Surroundings) -> None:
        paths = target.get("Paths") or []
        if not paths:
            raise InvalidInputError(f"A target of the kind {self._format_name} must have at least one path.")
        for path in paths:
            check_s3_path(path, surroundings, kind=self._format_name)
        depth = target.get("MaximumTraversalDepth")
        if depth is not None and not 1 <= depth <= MAX_DEPTH:
            raise InvalidInputError(f"MaximumTraversalDepth must be between 1 and {MAX_DEPTH}, not {depth}.")
        check_connection(target, surroundings)
        check_exclusions(target)

    def _targets(self, definition: CrawlerDefinition) -> Iterator[TraversalTarget]:
        for target in definition.targets.get(self.member, []):
            exclusions = tuple(target.get("Exclusions") or ())
            depth = target.get("MaximumTraversalDepth") or DEFAULT_DEPTH
            for path in target["Paths"]:
                yield TraversalTarget(path, exclusions, depth)


ICEBERG_TARGETS = TraversalTargets("IcebergTargets", "Iceberg", crawl_iceberg)
HUDI_TARGETS = TraversalTargets("HudiTargets", "Hudi", crawl_hudi)
