"""
Crawlers and crawls as values: their states, and the forms the API shows them in.

.. seealso:: AWS Glue Web API Reference, ``Crawler``, ``LastCrawlInfo``, ``CrawlerHistory`` and
    ``CrawlerMetrics``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from airflow_lineage_provider.local_aws.engine.folders import FolderContent
from airflow_lineage_provider.local_aws.engine.summary import summary_text
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition

__all__ = ["Crawl", "Crawler"]

_LAST_CRAWL_STATUS = {"COMPLETED": "SUCCEEDED", "FAILED": "FAILED", "STOPPED": "CANCELLED"}
_MAX_MESSAGE = 2048
_LEAST_SECONDS = 1.0
_HISTORY = timedelta(days=365)


@dataclass(slots=True)
class Crawl:
    """
    One crawl.

    ``state`` is the history's word: RUNNING, COMPLETED, FAILED or STOPPED. ``tables`` are the names of the
    tables it wrote or confirmed, ``changes`` what it changed by subject and action.
    """

    crawl_id: str
    crawler_name: str
    log_group: str
    log_stream: str
    started_at: datetime
    state: str = "RUNNING"
    ended_at: datetime | None = None
    error_message: str | None = None
    tables: tuple[str, ...] = ()
    changes: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long it ran; 0 while it runs."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else 0.0

    @property
    def dpu_hours(self) -> float:
        """What it cost: one DPU for its time (AWS's factor is unknown), never nothing."""
        return round(max(self.seconds, _LEAST_SECONDS) / 3600, 6)

    def count(self, subject: str, action: str) -> int:
        """Return how many tables or partitions were added, updated or deleted."""
        return len(self.changes.get(subject, {}).get(action, ()))

    def end(self, state: str, ended_at: datetime, error_message: str | None = None) -> None:
        """Close the crawl's record."""
        self.state = state
        self.ended_at = ended_at
        self.error_message = error_message[:_MAX_MESSAGE] if error_message else None

    def describe(self) -> dict[str, Any]:
        """Return its ``CrawlerHistory``."""
        described: dict[str, Any] = {
            "CrawlId": self.crawl_id,
            "State": self.state,
            "StartTime": self.started_at,
            "LogGroup": self.log_group,
            "LogStream": self.log_stream,
            "MessagePrefix": self.crawl_id,
        }
        if self.ended_at is not None:
            described |= {"EndTime": self.ended_at, "DPUHour": self.dpu_hours}
        summary = summary_text(self.changes)
        if summary is not None:
            described["Summary"] = summary
        if self.error_message is not None:
            described["ErrorMessage"] = self.error_message
        return described

    def describe_as_last(self) -> dict[str, Any]:
        """Return its ``LastCrawlInfo``; only for a crawl that ended."""
        described: dict[str, Any] = {
            "Status": _LAST_CRAWL_STATUS[self.state],
            "LogGroup": self.log_group,
            "LogStream": self.log_stream,
            "MessagePrefix": self.crawl_id,
            "StartTime": self.started_at,
        }
        if self.error_message is not None:
            described["ErrorMessage"] = self.error_message
        return described


@dataclass(slots=True)
class Crawler:
    """
    One crawler.

    ``state`` is READY, RUNNING or STOPPING; STOPPING follows every crawl, also a good one. ``crawls`` are in
    the order they started. ``folders`` is what earlier crawls saw, ``crawled_as`` the definition of the
    last that succeeded: for crawlers that do not look at everything again.
    """

    definition: CrawlerDefinition
    created_at: datetime
    updated_at: datetime
    version: int = 1
    state: str = "READY"
    scheduled: bool = False
    transitioning: bool = False
    crawls: list[Crawl] = field(default_factory=list)
    folders: dict[str, FolderContent] = field(default_factory=dict)
    crawled_as: CrawlerDefinition | None = None
    stop: threading.Event | None = None

    @property
    def last_crawl(self) -> Crawl | None:
        """The newest crawl that has ended: while one runs, the one before it."""
        return next((crawl for crawl in reversed(self.crawls) if crawl.ended_at is not None), None)

    def redefine(self, definition: CrawlerDefinition, at: datetime) -> None:
        """Take a new definition: a new version of the crawler."""
        if definition.schedule and not self.definition.schedule:
            self.scheduled = True
        self.definition = definition
        self.scheduled = self.scheduled and bool(definition.schedule)
        self.version += 1
        self.updated_at = at

    def describe(self, at: datetime) -> dict[str, Any]:
        """Return its ``Crawler`` form, as of now."""
        lagging = self._lags_behind(at)
        described = self.definition.describe() | {
            "State": "READY" if lagging else self.state,
            "CrawlElapsedTime": 0 if lagging else self._elapsed(at),
            "CreationTime": self.created_at,
            "LastUpdated": self.updated_at,
            "Version": self.version,
        }
        if self.definition.schedule:
            described["Schedule"] = {
                "ScheduleExpression": self.definition.schedule,
                "State": self._schedule_state(),
            }
        if self.last_crawl is not None:
            described["LastCrawl"] = self.last_crawl.describe_as_last()
        return described

    def describe_metrics(self, at: datetime) -> dict[str, Any]:
        """Return its ``CrawlerMetrics``; numbers of tables are those of the last crawl that ended."""
        last = self.last_crawl
        past = [crawl.seconds for crawl in self.crawls if crawl.state == "COMPLETED"]
        typical = median(past) if past else 0.0
        running = self.state == "RUNNING"
        left = max(0.0, typical - self._elapsed(at) / 1000) if running else 0.0
        return {
            "CrawlerName": self.definition.name,
            "TimeLeftSeconds": left,
            "StillEstimating": running and not past,
            "LastRuntimeSeconds": last.seconds if last else 0.0,
            "MedianRuntimeSeconds": typical,
            "TablesCreated": last.count("TABLE", "ADD") if last else 0,
            "TablesUpdated": last.count("TABLE", "UPDATE") if last else 0,
            "TablesDeleted": last.count("TABLE", "DELETE") if last else 0,
        }

    def history(self, at: datetime) -> list[Crawl]:
        """Return the crawls that ListCrawls shows by now, newest first: those of the last twelve months."""
        visible, oldest = at - timedelta(seconds=RUNTIME.settings.history_lag_seconds), at - _HISTORY
        return [crawl for crawl in reversed(self.crawls) if oldest <= crawl.started_at <= visible]

    def _lags_behind(self, at: datetime) -> bool:
        """Tell whether GetCrawler does not show yet that the crawler runs."""
        lag = timedelta(seconds=RUNTIME.settings.state_lag_seconds)
        return self.state == "RUNNING" and at - self.crawls[-1].started_at < lag

    def _schedule_state(self) -> str:
        if self.transitioning:
            return "TRANSITIONING"
        return "SCHEDULED" if self.scheduled else "NOT_SCHEDULED"

    def _elapsed(self, at: datetime) -> int:
        """Return milliseconds since the current crawl began; 0 for an idle crawler."""
        if self.state == "READY" or not self.crawls:
            return 0
        return (at - self.crawls[-1].started_at) // timedelta(milliseconds=1)
