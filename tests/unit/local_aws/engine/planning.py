"""Planning crawls over objects in memory, and applying what was planned to a catalog in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_lineage_provider.local_aws.engine.changes import plan_changes
from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.definitions import Stamp
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry, ChangePlan, ChangePolicy, Write
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target, crawl_s3
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

FIRST = Stamp("crawler", "crawl-1", datetime(2025, 1, 1, tzinfo=UTC))
SECOND = Stamp("crawler", "crawl-2", FIRST.written_at + timedelta(hours=1))
TARGET = S3Target("s3://bucket/data/")

Objects = Mapping[str, str | bytes]


def found(objects: Objects, target: S3Target = TARGET, configuration: str = "") -> tuple[FoundTable, ...]:
    return crawl_s3(MemoryObjects(objects), target, CrawlerConfiguration.parse(configuration)).tables


def plan(
    tables: Sequence[FoundTable],
    existing: Sequence[CatalogEntry] = (),
    stamp: Stamp = SECOND,
    **policy: Any,
) -> ChangePlan:
    configuration = CrawlerConfiguration.parse(policy.pop("configuration", ""))
    wanted = ChangePolicy("crawler", configuration=configuration, **policy)
    return plan_changes(tables, existing, wanted, stamp, TARGET.covers)


def applied(entries: Sequence[CatalogEntry], writes: Sequence[Write]) -> list[CatalogEntry]:
    """Return the catalog after a plan's writes."""
    tables = {entry.name: dict(entry.definition) for entry in entries}
    partitions = {entry.name: {tuple(p["Values"]): p for p in entry.partitions} for entry in entries}
    for write in writes:
        if write.subject == "PARTITION":
            held = partitions.setdefault(write.table, {})
            held.pop(write.values, None)
            if write.action != "DELETE":
                held[write.values] = write.definition
        elif write.action == "DELETE":
            del tables[write.table]
        else:
            tables[write.table] = dict(write.definition)
    return [
        CatalogEntry(name, definition, tuple(partitions.get(name, {}).values()))
        for name, definition in tables.items()
    ]


def crawled(objects: Objects, **policy: Any) -> list[CatalogEntry]:
    """Return the catalog after a first crawl."""
    return applied([], plan(found(objects), stamp=FIRST, **policy).writes)


def actions(outcome: ChangePlan) -> list[tuple[str, str, str]]:
    return [(write.subject, write.action, write.label) for write in outcome.writes]


def names(write: Write) -> list[str]:
    return [column["Name"] for column in write.definition["StorageDescriptor"]["Columns"]]
