"""
Which crawl a task waits for that starts none itself, and when it is over.

As in :mod:`~airflow_lineage_provider.hooks.crawl_protocol` the rules are functions of what was seen, so that
a look in the worker and one in the triggerer cannot disagree. The answer is the *first* fresh crawl that
counts: however late or seldom one looks, it is the same crawl.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from airflow_lineage_provider.exceptions import FreshCrawlTimeoutError, ResourceNotFoundError
from airflow_lineage_provider.hooks.crawl_records import CRAWLER_READY, Crawl, Crawler, Sighting, iso_utc

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

__all__ = ["AwaitedCrawl", "CrawlWait", "look_for_crawl", "look_for_crawls"]


@dataclass(frozen=True, slots=True)
class AwaitedCrawl:
    """
    Any crawl that has seen the data, whoever starts it.

    :param data_as_of: The crawl must have started at or after it; on the service's clock.
    :param failures_count: Whether the first fresh crawl that ends is the answer, whatever came of it.
        Otherwise crawls that failed or were stopped are passed over, because a later one may complete.
    """

    data_as_of: datetime
    failures_count: bool = False

    def is_stale(self, crawl: Crawl) -> bool:
        """Tell whether a crawl started before the data it must have seen."""
        return crawl.started_at < self.data_as_of

    def is_answered_by(self, crawl: Crawl) -> bool:
        """Tell whether a crawl is an answer, once the crawler has cleaned up after it."""
        counts = crawl.state == "COMPLETED" or (self.failures_count and crawl.has_ended)
        return counts and not self.is_stale(crawl)

    def choose(self, crawls: Sequence[Crawl]) -> Crawl | None:
        """
        Return the first crawl that is an answer, else the newest fresh one, else ``None``.

        :param crawls: Newest first, at least back to the first stale one.
        """
        for crawl in reversed(crawls):
            if self.is_answered_by(crawl):
                return crawl
        return next((crawl for crawl in crawls if not self.is_stale(crawl)), None)


def look_for_crawl(hook: GlueCrawlHook, awaited: AwaitedCrawl, crawler: Crawler) -> Sighting:
    """
    Look for an awaited crawl in the history (``ListCrawls``).

    :param crawler: The crawler, as it was seen a moment ago.
    :raises ResourceNotFoundError: If there is no such crawler any more.
    """
    return look_for_crawls(hook, [awaited], crawler)[awaited]


def look_for_crawls(
    hook: GlueCrawlHook, awaited: Collection[AwaitedCrawl], crawler: Crawler
) -> dict[AwaitedCrawl, Sighting]:
    """
    Look for several awaited crawls of one crawler in one reading of its history.

    :raises ResourceNotFoundError: If there is no such crawler any more; ``GetCrawler`` says it, always.
    """
    oldest = min(awaited, key=lambda each: each.data_as_of)
    try:
        crawls = hook.recent_crawls(crawler.name, until=oldest.is_stale)
    except ResourceNotFoundError:
        hook.get_crawler(crawler.name)
        crawls = ()  # it was made anew this very moment
    newest_id = crawls[0].crawl_id if crawls else None
    return {
        each: Sighting(crawler.state, each.choose(crawls), newest_id=newest_id, crawler=crawler)
        for each in awaited
    }


class CrawlWait:
    """
    Follow a crawler from sighting to sighting until an awaited crawl is over.

    Over means ended *and* the crawler READY, or back at work already: Glue reports the end of a crawl before
    it has cleaned up.

    :param state: What was logged already, in the words of :meth:`change`.
    """

    def __init__(self, crawler_name: str, awaited: AwaitedCrawl, *, state: str = "") -> None:
        self.crawler_name = crawler_name
        self.awaited = awaited
        self.state = state

    def see(self, sighting: Sighting) -> Crawl | None:
        """Take a sighting in and return the awaited crawl once it is over."""
        crawl = sighting.crawl
        if crawl is None or not self.awaited.is_answered_by(crawl):
            return None
        moved_on = sighting.newest_id not in {None, crawl.crawl_id}
        return crawl if sighting.crawler_state == CRAWLER_READY or moved_on else None

    def change(self, sighting: Sighting) -> str | None:
        """Return what is seen in words, with the age of the crawl, if it is something else than last time."""
        state = self._in_words(sighting)
        if state == self.state:
            return None
        self.state = state
        if sighting.crawl is None:
            return state
        newest = sighting.newest_id in {None, sighting.crawl.crawl_id}
        elapsed = sighting.crawler.elapsed_seconds if sighting.crawler is not None and newest else 0.0
        name = f"crawl {sighting.crawl.crawl_id} {sighting.crawl.state}"
        return state.replace(name, f"{name}{sighting.crawl.age(elapsed)}", 1)

    def timeout_error(self, waited_seconds: float) -> FreshCrawlTimeoutError:
        """Return the error of a deadline that has passed."""
        return FreshCrawlTimeoutError(
            crawler_name=self.crawler_name,
            data_as_of=str(iso_utc(self.awaited.data_as_of)),
            seen=self.state or "nothing, as AWS did not answer",
            waited_seconds=waited_seconds,
        )

    def _in_words(self, sighting: Sighting) -> str:
        """Say what is seen."""
        crawl = sighting.crawl
        if not sighting.looked and self.state:
            return self.state
        if crawl is None:
            return "no such crawl yet"
        if not crawl.has_ended:
            return f"crawl {crawl.crawl_id} {crawl.state}"
        if not self.awaited.is_answered_by(crawl):
            return f"crawl {crawl.crawl_id} {crawl.state}, waiting for a later one"
        if sighting.crawler_state == CRAWLER_READY or sighting.newest_id not in {None, crawl.crawl_id}:
            return f"crawl {crawl.crawl_id} {crawl.state}"
        return f"crawl {crawl.crawl_id} {crawl.state} (crawler {sighting.crawler_state})"
