"""What a task tells of its crawl: the links while it runs, the result and one line at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.hooks.crawl_result import (
    changed_tables,
    crawl_result,
    log_group_of,
    log_stream_of,
)
from airflow_lineage_provider.links.glue_crawl import (
    GlueCrawlerLink,
    GlueCrawlLogLink,
    crawl_log_url,
    crawler_url,
)

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_lineage_provider.hooks.crawl_records import Crawl, Crawler

__all__ = ["AwsPlace", "describe_crawl", "push_crawler_link", "push_log_link"]


@dataclass(frozen=True, slots=True)
class AwsPlace:
    """Where a crawler is."""

    region: str
    partition: str


def push_crawler_link(context: Context, crawler_name: str, place: AwsPlace) -> None:
    """Push the address of the crawler in the console."""
    GlueCrawlerLink.push(context, crawler_url(crawler_name, region=place.region, partition=place.partition))


def push_log_link(context: Context, crawler_name: str, crawl: Crawl, place: AwsPlace) -> str:
    """Push the address of the crawl's log and return it."""
    url = crawl_log_url(
        log_group_of(crawl),
        log_stream_of(crawl, crawler_name),
        crawl.crawl_id,
        region=place.region,
        partition=place.partition,
    )
    GlueCrawlLogLink.push(context, url)
    return url


def describe_crawl(
    crawler: Crawler, crawl: Crawl, *, joined: bool, data_as_of: str, log_url: str, log: Any
) -> dict[str, Any]:
    """
    Return the result of a crawl as the task returns it, and log it in one line.

    :param log: The task's logger.
    """
    tables = changed_tables(crawl.summary, crawler)
    if tables is None:
        log.warning(
            "Which tables crawl %s changed is not known: its summary could not be read. See the log: %s",
            crawl.crawl_id,
            log_url,
        )
    result = crawl_result(crawler, crawl, joined=joined, data_as_of=data_as_of, tables=tables)
    _report(result, log)
    return result


def _report(result: Mapping[str, Any], log: Any) -> None:
    """Log what the crawl did, in one line; that it is over was logged already."""
    if result["ended_at"] is None:
        return
    counts = ", ".join(f"{len(names)} {change}" for change, names in result["tables"].items())
    log.info(
        "Tables of crawl %s of %r: %s; DPU hours: %s",
        result["crawl_id"],
        result["crawler_name"],
        counts,
        "unknown" if result["dpu_hours"] is None else result["dpu_hours"],
    )
