"""
Reading a catalog target: the data behind a table that is in the Data Catalog already.

The table says where its data lies and what it is; a crawl never makes another one of it. Folders below its
location are partitions of it whatever their schemas (``CombineCompatibleSchemas`` cannot be switched off).

Where AWS is silent:

* the partition keys of files are the table's own: partitions found take its names, and a table without keys
  gets none;
* files that are not the table's are left alone, wherever they lie: those of another classification than the
  table names, or, if it names none, than most files have, and those compressed otherwise than most. A table
  that has no files then is left as it is.

.. seealso:: AWS Glue Developer Guide, "Crawler source type" (existing catalog tables).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.delta_target import DeltaTarget, crawl_delta
from airflow_lineage_provider.local_aws.engine.dynamodb_target import DynamoTarget, crawl_dynamodb
from airflow_lineage_provider.local_aws.engine.errors import TableUnsupportedError
from airflow_lineage_provider.local_aws.engine.folders import FolderContent, Grouping, group_folders
from airflow_lineage_provider.local_aws.engine.formats import BUILT_IN_FORMATS, FileFormat
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry
from airflow_lineage_provider.local_aws.engine.reader import ItemReader, ObjectReader
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target, crawl_s3

__all__ = ["CatalogCrawl", "CatalogSources", "crawl_catalog_table", "source_kind"]

_UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class CatalogSources:
    """
    What the data of catalog tables is read with, and how.

    ``known`` are folders of an earlier crawl, by location, that are taken as they were then.
    """

    objects: ObjectReader
    items: ItemReader
    configuration: CrawlerConfiguration
    formats: Sequence[FileFormat] = BUILT_IN_FORMATS
    known: Mapping[str, FolderContent] | None = None


@dataclass(frozen=True, slots=True)
class CatalogCrawl:
    """
    What reading a catalog table's data gave.

    ``table`` is ``None`` if there is no data of the table's kind at its location. ``folders`` holds the
    content of every folder of files by its location.
    """

    table: FoundTable | None
    folders: Mapping[str, FolderContent] = field(default_factory=dict)


def source_kind(entry: CatalogEntry) -> str | None:
    """Return what a table lies over: ``delta``, ``dynamodb`` or ``s3``; ``None`` for what is not crawled."""
    if entry.location.startswith("arn:") and ":dynamodb:" in entry.location:
        return "dynamodb"
    if not entry.location.startswith("s3://"):
        return None
    kinds = {"": "s3", "delta": "delta"}
    return kinds.get(entry.parameters.get("table_type", "").lower())


def crawl_catalog_table(
    entry: CatalogEntry,
    database: str,
    sources: CatalogSources,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> CatalogCrawl:
    """
    Read the data of a catalog table.

    :raises SourceMissingError: If the bucket is not there.
    :raises TableUnsupportedError: If crawlers do not read what the table lies over, or its Delta log.
    :raises UnfitForCrawlError: If an object cannot be read.
    :raises CrawlCancelledError: If ``cancelled`` said yes.
    """
    match source_kind(entry):
        case "delta":
            crawled = CatalogCrawl(_delta_table(entry, sources.objects, cancelled))
        case "dynamodb":
            crawled = CatalogCrawl(_dynamodb_table(entry, sources.items, cancelled))
        case "s3":
            crawled = _crawl_files(entry, sources, cancelled)
        case _:
            problem = "a catalog table must lie over Amazon S3, Amazon DynamoDB or Delta Lake data"
            name = f"{database}.{entry.name}"
            raise TableUnsupportedError(location=entry.location or name, problem=problem)
    if crawled.table is None:
        return crawled
    table = replace(crawled.table, location=entry.location, catalog_table=(database, entry.name))
    return replace(crawled, table=table)


def _delta_table(
    entry: CatalogEntry, objects: ObjectReader, cancelled: Callable[[], bool]
) -> FoundTable | None:
    crawled = crawl_delta(objects, DeltaTarget(entry.location, native=True), cancelled=cancelled)
    return crawled.table if crawled is not None else None


def _dynamodb_table(
    entry: CatalogEntry, items: ItemReader, cancelled: Callable[[], bool]
) -> FoundTable | None:
    name = entry.location.partition(":table/")[2]
    found = crawl_dynamodb(items, DynamoTarget(name), cancelled=cancelled)
    return found if found is not None and found.location == entry.location else None


def _crawl_files(entry: CatalogEntry, sources: CatalogSources, cancelled: Callable[[], bool]) -> CatalogCrawl:
    configuration = replace(sources.configuration, combine_compatible_schemas=True, table_level=None)
    crawled = crawl_s3(
        sources.objects,
        S3Target(entry.location),
        configuration,
        known=sources.known,
        formats=sources.formats,
        cancelled=cancelled,
    )
    contents = _of_the_same_kind(crawled.folders.values(), entry.parameters.get("classification"))
    folder = S3Target(entry.location).folder
    name = folder[5:].rstrip("/").rpartition("/")[2]
    tables = group_folders(contents, Grouping(root=folder, root_name=name, table_depth=0))
    table = _with_keys_of(entry, tables[0]) if tables else None
    return CatalogCrawl(table, crawled.folders)


def _of_the_same_kind(contents: Iterable[FolderContent], classification: str | None) -> list[FolderContent]:
    """
    Return folders with the files that are the table's: of one format and compression.

    :param classification: What the catalog says the files are; ``None`` takes what most of them are.
    """
    folders = list(contents)
    kinds = Counter(
        (file.classification, file.compression)
        for folder in folders
        for file in folder.files
        if (file.classification == classification if classification else file.classification != _UNKNOWN)
    )
    if not kinds:
        return []
    ((kind, _),) = kinds.most_common(1)
    return [
        replace(
            folder,
            files=tuple(file for file in folder.files if (file.classification, file.compression) == kind),
        )
        for folder in folders
    ]


def _with_keys_of(entry: CatalogEntry, found: FoundTable) -> FoundTable:
    """Return what was found with the partition keys the catalog's table has."""
    keys = entry.definition.get("PartitionKeys") or []
    members = {
        key["Name"]: {name: value for name, value in key.items() if name not in ("Name", "Type")}
        for key in keys
    }
    return replace(
        found,
        partition_keys=tuple(key["Name"] for key in keys),
        partition_types={key["Name"]: key.get("Type", "string") for key in keys},
        partitions=found.partitions if keys else (),
        column_members={**found.column_members, **members},
    )
