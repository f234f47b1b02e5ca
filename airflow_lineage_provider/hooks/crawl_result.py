"""What a crawl did, as the task returns it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.hooks.crawl_records import Crawl, Crawler, iso_utc

__all__ = ["changed_tables", "crawl_result", "log_group_of", "log_stream_of"]

_ACTIONS = {"ADD": "added", "UPDATE": "updated", "DELETE": "deleted"}
_DEFAULT_DATABASE = "default"


def _decoded(value: object) -> Any:
    """Decode JSON in a string; anything else is taken as it is."""
    return json.loads(value) if isinstance(value, str) else value


def _names(action: object) -> list[str]:
    """
    Return the names in one action of a summary.

    :raises ValueError: If they are not where they are known to be.
    """
    decoded = _decoded(action)
    details = decoded.get("Details") if isinstance(decoded, Mapping) else None
    names = details.get("names") if isinstance(details, Mapping) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("no list of names")
    return names


def changed_tables(summary: str | None, crawler: Crawler) -> dict[str, list[str]] | None:
    """
    Return the tables that a crawl added, updated and deleted, as ``database.table``.

    The summary is JSON in JSON in a string, is missing when nothing changed, and may be cut off.

    :param summary: ``Summary`` of a ``CrawlerHistory``.
    :param crawler: Knows the database.
    :returns: ``None`` if the summary cannot be read. That means *unknown*, never *nothing changed*.
    """
    tables: dict[str, list[str]] = {word: [] for word in _ACTIONS.values()}
    if not summary:
        return tables
    try:
        actions = _decoded(_decoded(summary).get("TABLE") or {})
        for key, word in _ACTIONS.items():
            if key in actions:
                tables[word] = [_qualified(name, crawler) for name in _names(actions[key])]
    except (ValueError, AttributeError, TypeError):
        return None
    return tables


def _qualified(table: str, crawler: Crawler) -> str:
    """Name the database of a table, too; tables of catalog targets keep theirs."""
    for database, name in crawler.catalog_tables:
        if name == table:
            return f"{database}.{table}"
    return f"{crawler.database or _DEFAULT_DATABASE}.{table}"


def log_group_of(crawl: Crawl) -> str:
    """Return the CloudWatch log group of a crawl."""
    return crawl.log_group or "/aws-glue/crawlers"


def log_stream_of(crawl: Crawl, crawler_name: str) -> str:
    """Return the CloudWatch log stream of a crawl, which is named for the crawler."""
    return crawl.log_stream or crawler_name


def crawl_result(
    crawler: Crawler, crawl: Crawl, *, joined: bool, data_as_of: str, tables: Mapping[str, list[str]] | None
) -> dict[str, Any]:
    """Return the result of a crawl as JSON, in the shape that ``GlueCrawlOperator`` promises."""
    return {
        "crawler_name": crawler.name,
        "crawl_id": crawl.crawl_id,
        "state": crawl.state,
        "joined": joined,
        "data_as_of": data_as_of,
        "started_at": iso_utc(crawl.started_at),
        "ended_at": iso_utc(crawl.ended_at),
        "tables": dict(tables) if tables is not None else {word: [] for word in _ACTIONS.values()},
        "dpu_hours": crawl.dpu_hours,
        "log_group": log_group_of(crawl),
        "log_stream": log_stream_of(crawl, crawler.name),
        "database": crawler.database or _DEFAULT_DATABASE,
    }
