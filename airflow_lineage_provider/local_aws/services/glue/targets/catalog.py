"""Catalog targets of crawlers: tables that are in the Data Catalog already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.catalog_target import (
    CatalogSources,
    crawl_catalog_table,
    source_kind,
)
from airflow_lineage_provider.local_aws.engine.folders import FolderContent
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.plan import Message
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.definition import (
    EVENT_MODE,
    TARGET_KINDS,
    CrawlerDefinition,
)
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    TargetContent,
)
from airflow_lineage_provider.local_aws.services.glue.targets.paths import check_connection

__all__ = ["CatalogTargets"]


class CatalogTargets:
    """``CatalogTargets``: tables of the Data Catalog whose data is crawled for columns and partitions."""

    member = "CatalogTargets"

    def check(self, definition: CrawlerDefinition, surroundings: Surroundings) -> None:
        """Check that the targets stand alone, are not to delete, and name tables crawlers can read."""
        targets = definition.targets[self.member]
        if not targets:
            return
        if any(definition.targets.get(kind) for kind in TARGET_KINDS if kind != self.member):
            raise InvalidInputError("Catalog targets cannot be mixed with targets of other kinds.")
        if definition.delete_behavior != "LOG":
            raise InvalidInputError(
                "The SchemaChangePolicy for Catalog target can have only LOG DeleteBehavior value."
            )
        for target in targets:
            _check(target, surroundings)
        if definition.recrawl_behavior == EVENT_MODE and not all(_lie_on_s3(targets, surroundings)):
            raise InvalidInputError("Only S3 targets are allowed for event based crawlers.")

    def read(self, reading: Reading) -> TargetContent:
        """Read the data of every table; a table that is gone, or without data, is left to the log."""
        backend = reading.backend
        sources = CatalogSources(
            objects=reading.objects,
            items=reading.items,
            configuration=reading.configuration,
            formats=reading.formats,
            known=reading.known,
        )
        tables: list[FoundTable] = []
        messages: list[Message] = []
        folders: dict[str, FolderContent] = {}
        for database, name in _names(reading.definition):
            entry = backend.find_entry(database, name)
            if entry is None:
                messages.append(Message("WARN", f"Table {database}.{name} is not in the catalog"))
                continue
            crawled = crawl_catalog_table(entry, database, sources, cancelled=reading.cancelled)
            folders |= crawled.folders
            if crawled.table is None:
                text = f"Table {database}.{name} has no data of its kind at {entry.location}"
                messages.append(Message("WARN", text))
            else:
                tables.append(crawled.table)
        return TargetContent(tuple(tables), folders, tuple(messages))

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a location is that of one of the tables."""
        entries = (backend.find_entry(database, name) for database, name in _names(definition))
        return any(entry is not None and entry.location == location for entry in entries)


def _names(definition: CrawlerDefinition) -> Iterator[tuple[str, str]]:
    """Yield database and name of every table, each once."""
    for database, names in definition.catalog_tables.items():
        for name in dict.fromkeys(names):
            yield database, name


def _lie_on_s3(targets: Iterable[Mapping[str, Any]], surroundings: Surroundings) -> Iterator[bool]:
    for target in targets:
        for name in target["Tables"]:
            entry = surroundings.catalog_table(target["DatabaseName"], name)
            yield entry is not None and source_kind(entry) == "s3"


def _check(target: Mapping[str, Any], surroundings: Surroundings) -> None:
    database = target.get("DatabaseName", "")
    if not database or not target.get("Tables"):
        raise InvalidInputError("A catalog target must have a database and at least one table.")
    for name in target["Tables"]:
        entry = surroundings.catalog_table(database, name)
        if entry is None:
            raise InvalidInputError(f"Table {database}.{name} does not exist in the Data Catalog.")
        if source_kind(entry) is None:
            raise InvalidInputError(
                f"Table {database}.{name} cannot be a catalog target: only tables over Amazon S3, "
                "Amazon DynamoDB or Delta Lake data can."
            )
    check_connection(target, surroundings)
