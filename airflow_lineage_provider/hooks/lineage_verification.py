"""What a verification checks besides the expectations it is given, as pure functions of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from airflow_lineage_provider.exceptions import InvalidArgumentError
from airflow_lineage_provider.hooks.crawl_records import parse_time
from airflow_lineage_provider.lineage.diagnosis import cause_in_import
from airflow_lineage_provider.lineage.expectations import CrawledBy, Expectation, FreshWithin
from airflow_lineage_provider.lineage.identifiers import DatasetId, RunId
from airflow_lineage_provider.lineage.naming import glue_table_of
from airflow_lineage_provider.lineage.snapshot import CrawlFact, Snapshot

__all__ = [
    "crawl_fact",
    "crawled_subjects",
    "failed_imports",
    "implied_expectations",
    "subjects_of",
    "table_name",
]


def crawl_fact(crawl: object) -> CrawlFact:
    """Read what GlueCrawlOperator returned."""
    if not isinstance(crawl, Mapping) or not crawl.get("crawl_id") or not crawl.get("crawler_name"):
        raise InvalidArgumentError(
            argument="crawl", value=crawl, wanted="what GlueCrawlOperator returned (pass its .output)"
        )
    times = {
        name: None if crawl.get(name) is None else parse_time(crawl[name], argument=f"crawl[{name!r}]")
        for name in ("started_at", "ended_at", "data_as_of")
    }
    started = times["started_at"]
    if started is None:
        raise InvalidArgumentError(argument="crawl", value=crawl, wanted="a crawl with started_at")
    return CrawlFact(
        crawl_id=str(crawl["crawl_id"]),
        crawler_name=str(crawl["crawler_name"]),
        state=str(crawl.get("state") or "RUNNING"),
        started_at=started,
        ended_at=times["ended_at"],
        data_as_of=times["data_as_of"],
    )


def table_name(subject: str) -> str:
    """Return how a DAG author names a dataset."""
    found = glue_table_of(DatasetId.parse(subject))
    return ".".join(found) if found else subject


def subjects_of(snapshot: Snapshot, tables: Iterable[str]) -> list[str]:
    """Return what is checked, as source identifiers: the tables that are named, else what was read."""
    roots = {root.source_identifier: None for root in snapshot.roots}
    named = []
    for table in tables:
        fits = (root for root in roots if table in (root, table_name(root)))
        named.append(next(fits, table))
    return named or list(roots)


def crawled_subjects(snapshot: Snapshot, crawl: object, subjects: list[str]) -> list[str]:
    """
    Return the subjects that a crawl is expected to have made: those it changed and those its crawler made.

    A data source may cover tables of other crawlers, too. If none is this crawler's, all are expected to be.
    """
    facts = crawl if isinstance(crawl, Mapping) else {}
    changes = facts.get("tables") or {}
    changed = {name for change in ("added", "updated") for name in changes.get(change) or ()}
    crawler = facts.get("crawler_name")
    mine = [
        subject
        for subject in subjects
        if table_name(subject) in changed or crawler in _crawlers_of(snapshot, subject)
    ]
    return mine or subjects


def _crawlers_of(snapshot: Snapshot, subject: str) -> set[str]:
    """Return the crawlers whose crawls lead straight to a table."""
    dataset = DatasetId.parse(subject)
    graph = snapshot.graph
    if dataset not in graph:
        return set()
    runs = [graph.node(each) for each in graph.predecessors(dataset) if isinstance(each, RunId)]
    return {run.attributes.text("crawler_name") or run.id.job.name for run in runs}


def implied_expectations(
    subjects: Iterable[str], crawl: CrawlFact | None, as_of: datetime | None
) -> Iterator[Expectation]:
    """Yield what follows from the arguments besides the expectations."""
    for subject in subjects:
        if crawl is not None:
            yield CrawledBy(subject=subject, crawler_name=crawl.crawler_name, crawl_id=crawl.crawl_id)
        if as_of is not None:
            yield FreshWithin(subject=subject, data_as_of=as_of)


def failed_imports(
    snapshot: Snapshot, subjects: Iterable[str], *, known: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """
    Yield what went wrong in importing a table's lineage, unless a broken expectation says so already.

    The lineage an earlier run has left may satisfy every expectation; that this run brought none would pass.
    """
    told = {(each["subject"], each["reason"]) for each in known}
    for subject in subjects:
        cause = cause_in_import(snapshot, subject)
        if cause is None or (subject, str(cause.reason)) in told:
            continue
        yield {
            "expectation": {"type": "lineage_imported", "subject": subject},
            "subject": subject,
            "expected": "its lineage to be imported",
            "actual": cause.found,
            "reason": str(cause.reason),
            "advice": cause.advice,
        }
