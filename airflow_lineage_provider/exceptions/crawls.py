"""Errors of crawls."""

from __future__ import annotations

from airflow_lineage_provider.exceptions.root import LineageError

__all__ = [
    "CrawlError",
    "CrawlFailedError",
    "CrawlNotVisibleError",
    "CrawlStoppedError",
    "CrawlTimeoutError",
    "CrawlerBusyError",
    "CrawlerDeletedError",
    "FreshCrawlTimeoutError",
]


class CrawlError(LineageError):
    """Something went wrong with a crawl."""


class CrawlFailedError(CrawlError):
    """The crawl ended in FAILED."""

    def __init__(
        self, *, crawler_name: str, crawl_id: str, message: str, log_url: str = "", state: str = "FAILED"
    ) -> None:
        super().__init__(
            crawler_name=crawler_name, crawl_id=crawl_id, message=message, log_url=log_url, state=state
        )
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.message = message
        self.log_url = log_url
        self.state = state

    def __str__(self) -> str:
        """Name crawler and crawl, give Glue's message and the log."""
        log = f" Log: {self.log_url}" if self.log_url else ""
        said = self.message or "Glue gave no message."
        return (
            f"Crawl {self.crawl_id} of {self.crawler_name!r} ended in {self.state}: {said} "
            "Fix the cause (often the crawler's role or its Lake Formation grants), then clear the task."
            f"{log}"
        )


class CrawlStoppedError(CrawlError):
    """Somebody stopped the crawl."""

    def __init__(self, *, crawler_name: str, crawl_id: str, message: str = "", log_url: str = "") -> None:
        super().__init__(crawler_name=crawler_name, crawl_id=crawl_id, message=message, log_url=log_url)
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.message = message
        self.log_url = log_url

    def __str__(self) -> str:
        """Name crawler and crawl and say that a person or a program stopped it."""
        log = f" Log: {self.log_url}" if self.log_url else ""
        return (
            f"Crawl {self.crawl_id} of {self.crawler_name!r} was stopped (StopCrawler) before it finished. "
            f"Find out who stopped it (CloudTrail), then clear the task to crawl again.{log}"
        )


class CrawlerBusyError(CrawlError):
    """A crawl is running that this task may not use."""

    def __init__(self, *, crawler_name: str, crawl_id: str, started_at: str, data_as_of: str) -> None:
        super().__init__(
            crawler_name=crawler_name, crawl_id=crawl_id, started_at=started_at, data_as_of=data_as_of
        )
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.started_at = started_at
        self.data_as_of = data_as_of

    def __str__(self) -> str:
        """Name the crawl in the way, when it started and what was wanted."""
        return (
            f"Crawler {self.crawler_name!r} is running crawl {self.crawl_id!r}, started {self.started_at}, "
            f"and if_running is 'fail' (data as of {self.data_as_of}). "
            "Use if_running='join_if_fresh' to join it or wait for its end."
        )


class CrawlerDeletedError(CrawlError, LookupError):
    """The crawler was deleted, renamed or made anew while a crawl of it was awaited."""

    def __init__(self, *, crawler_name: str, crawl_id: str) -> None:
        super().__init__(crawler_name=crawler_name, crawl_id=crawl_id)
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id

    def __str__(self) -> str:
        """Name the crawler and the crawl whose verdict is lost."""
        return (
            f"Crawler {self.crawler_name!r} was deleted or renamed while crawl {self.crawl_id} was awaited; "
            "what became of the crawl cannot be known. Bring the crawler back or correct crawler_name, then "
            "clear the task."
        )


class CrawlNotVisibleError(CrawlError):
    """StartCrawler was accepted, but no new crawl appeared in the history."""

    def __init__(self, *, crawler_name: str, newest_crawl_id: str, waited_seconds: float) -> None:
        super().__init__(
            crawler_name=crawler_name, newest_crawl_id=newest_crawl_id, waited_seconds=waited_seconds
        )
        self.crawler_name = crawler_name
        self.newest_crawl_id = newest_crawl_id
        self.waited_seconds = waited_seconds

    def __str__(self) -> str:
        """Name the crawler and what was last seen of it."""
        return (
            f"Crawler {self.crawler_name!r} was started, but ListCrawls showed no new crawl for "
            f"{self.waited_seconds:.0f} s (newest known: {self.newest_crawl_id or 'none'}). "
            "Clear the task: it joins the crawl if it has appeared by then."
        )


class CrawlTimeoutError(CrawlError, TimeoutError):
    """The crawl did not end in time."""

    def __init__(self, *, crawler_name: str, crawl_id: str, state: str, waited_seconds: float) -> None:
        super().__init__(
            crawler_name=crawler_name, crawl_id=crawl_id, state=state, waited_seconds=waited_seconds
        )
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.state = state
        self.waited_seconds = waited_seconds

    def __str__(self) -> str:
        """Name the crawl, its state and how long was waited."""
        which = f"Crawl {self.crawl_id}" if self.crawl_id else "A fresh crawl"
        return (
            f"{which} of {self.crawler_name!r} was still {self.state} after {self.waited_seconds:.0f} s. "
            "Raise timeout, or look at the crawl in the Glue console."
        )


class FreshCrawlTimeoutError(CrawlError, TimeoutError):
    """No crawl that started late enough ended in time, whoever should have started it."""

    def __init__(self, *, crawler_name: str, data_as_of: str, seen: str, waited_seconds: float) -> None:
        super().__init__(
            crawler_name=crawler_name, data_as_of=data_as_of, seen=seen, waited_seconds=waited_seconds
        )
        self.crawler_name = crawler_name
        self.data_as_of = data_as_of
        self.seen = seen
        self.waited_seconds = waited_seconds

    def __str__(self) -> str:
        """Name the crawler, what was wanted of it, and what was seen last."""
        return (
            f"No crawl of {self.crawler_name!r} that started at or after {self.data_as_of} completed within "
            f"{self.waited_seconds:.0f} s (last seen: {self.seen}). See who starts the crawler (its "
            "schedule, a trigger, another DAG), or raise timeout."
        )
