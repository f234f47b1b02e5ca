"""What a trigger makes of the sightings of its crawl: log lines, the end, the error at the deadline."""

from __future__ import annotations

import logging
import time

from airflow_lineage_provider.exceptions import CrawlTimeoutError, FreshCrawlTimeoutError
from airflow_lineage_provider.hooks.crawl_awaiting import AwaitedCrawl, CrawlWait
from airflow_lineage_provider.hooks.crawl_protocol import CrawlWatch
from airflow_lineage_provider.hooks.crawl_records import Crawl, Crawler, Sighting
from airflow_lineage_provider.triggers.crawl_fetcher import PATIENCE_SECONDS

__all__ = ["AwaitedCrawlFollower", "EndedCrawl", "KnownCrawlFollower"]

EndedCrawl = tuple[Crawl, Crawler | None]
"""A crawl that is over, and the crawler where the task cannot know it."""


class KnownCrawlFollower:
    """
    Follow a crawl by its id.

    :param log: The log of the task.
    :param seen: What was logged of the crawl last, by whoever waited before.
    """

    __slots__ = ("_log", "_watch", "wanted")

    def __init__(self, crawler_name: str, crawl_id: str, log: logging.Logger, *, seen: str) -> None:
        self.wanted = crawl_id
        self._watch = CrawlWatch(crawler_name, crawl_id, patience=PATIENCE_SECONDS, state=seen)
        self._log = log

    def see(self, sighting: Sighting) -> EndedCrawl | None:
        """
        Take a sighting in and return the crawl once it is over.

        :raises CrawlerDeletedError: If the crawler is gone, or its history no longer has the crawl.
        """
        change = self._watch.change(sighting)
        if change:
            self._log.info("Crawl %s of %r is %s", self.wanted, self._watch.crawler_name, change)
        crawl = self._watch.see(sighting, time.monotonic())
        return None if crawl is None else (crawl, None)

    def timeout_error(self, waited_seconds: float) -> CrawlTimeoutError:
        """Return the error of a deadline that has passed."""
        return CrawlTimeoutError(
            crawler_name=self._watch.crawler_name,
            crawl_id=self.wanted,
            state=self._watch.state or "unknown",
            waited_seconds=waited_seconds,
        )


class AwaitedCrawlFollower:
    """
    Follow a crawler until there is a crawl that started late enough.

    :param log: The log of the task.
    :param seen: What was logged of the crawler last, by whoever waited before.
    """

    __slots__ = ("_log", "_wait", "wanted")

    def __init__(self, crawler_name: str, awaited: AwaitedCrawl, log: logging.Logger, *, seen: str) -> None:
        self.wanted = awaited
        self._wait = CrawlWait(crawler_name, awaited, state=seen)
        self._log = log

    def see(self, sighting: Sighting) -> EndedCrawl | None:
        """Take a sighting in and return the crawl once it is over."""
        change = self._wait.change(sighting)
        if change:
            self._log.info("Waiting for a fresh crawl of %r: %s", self._wait.crawler_name, change)
        crawl = self._wait.see(sighting)
        return None if crawl is None else (crawl, sighting.crawler)

    def timeout_error(self, waited_seconds: float) -> FreshCrawlTimeoutError:
        """Return the error of a deadline that has passed."""
        return self._wait.timeout_error(waited_seconds)
