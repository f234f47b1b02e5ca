"""The runs that made a dataset, and what the crawl history and the runs' own events say of them."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow_lineage_provider.lineage.codec import parse_time
from airflow_lineage_provider.lineage.graph import RunNode
from airflow_lineage_provider.lineage.identifiers import DatasetId, RunId
from airflow_lineage_provider.lineage.snapshot import CrawlFact, Snapshot

__all__ = ["crawl_id_of", "crawler_of", "ended_at", "fact_of", "runs_into", "started_at"]

_CRAWL_JOBS = "glue_crawler"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def runs_into(snapshot: Snapshot, dataset: DatasetId) -> tuple[RunNode, ...]:
    """
    Return the runs one edge upstream of a dataset, newest first.

    A run is as new as the newest time its events or the crawl history tell of it.

    :raises NodeNotFoundError: If the dataset is not there.
    """
    graph = snapshot.graph
    runs = [graph.node(each) for each in graph.predecessors(dataset) if isinstance(each, RunId)]
    return tuple(sorted(runs, key=lambda run: (_newest(snapshot, run), run.id), reverse=True))


def crawl_id_of(run: RunNode) -> str:
    """Return the id of the crawl a run is: its attribute ``crawl_id``, else its run id."""
    return run.attributes.text("crawl_id") or run.id.run_id


def fact_of(snapshot: Snapshot, run: RunNode) -> CrawlFact | None:
    """Return what the crawl history says of a run, ``None`` if nothing."""
    return snapshot.crawl(crawl_id_of(run))


def crawler_of(snapshot: Snapshot, run: RunNode) -> str:
    """Return the crawler whose crawl a run is; empty if it is no crawl as far as is known."""
    fact = fact_of(snapshot, run)
    job = run.id.job
    told = run.attributes.text("crawler_name") or (fact.crawler_name if fact else "")
    return told or (job.name if job.namespace == _CRAWL_JOBS else "")


def started_at(snapshot: Snapshot, run: RunNode) -> datetime | None:
    """Return when a run started, by the crawl history, else by its events; ``None`` if neither says."""
    fact = fact_of(snapshot, run)
    return fact.started_at if fact else _time(run, "started_at")


def ended_at(snapshot: Snapshot, run: RunNode) -> datetime | None:
    """Return when a run ended, by the crawl history, else by its events; ``None`` if neither says."""
    fact = fact_of(snapshot, run)
    return (fact.ended_at if fact else None) or _time(run, "ended_at")


def _newest(snapshot: Snapshot, run: RunNode) -> datetime:
    """Return the newest time known of a run."""
    times = (_time(run, "event_time"), ended_at(snapshot, run), started_at(snapshot, run))
    return max((time for time in times if time is not None), default=_LONG_AGO)


def _time(run: RunNode, name: str) -> datetime | None:
    """Return an attribute as a time, ``None`` if it is none."""
    text = run.attributes.text(name)
    try:
        return parse_time(text) if text else None
    except ValueError:
        return None
