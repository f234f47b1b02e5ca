"""What the shared poller asks Glue about crawls, and how seldom it needs the history of one."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.hooks.crawl_awaiting import AwaitedCrawl, look_for_crawls
from airflow_lineage_provider.hooks.crawl_records import Crawler, Sighting, UsualTime
from airflow_lineage_provider.hooks.error_codes import is_transient
from airflow_lineage_provider.triggers.closer_looks import CloserLook
from airflow_lineage_provider.triggers.poller_hooks import PollerHook
from airflow_lineage_provider.triggers.rhythm import ending_pause, pause_seconds

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

__all__ = ["PATIENCE_SECONDS", "CrawlFetcher", "Subject"]

Subject = tuple[str, str | AwaitedCrawl]
"""A crawler's name, and the id of a crawl or what is wanted of one."""

PATIENCE_SECONDS = 120.0
"""For how long the history may lag behind the crawler."""

_LOOK_ANYWAY_SECONDS = 600.0
_METRICS_AGAIN_SECONDS = 60.0
_NEVER = float("inf")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    """
    What the poller remembers of a subject between two looks.

    :param first: ``LastCrawl`` of the crawler when it was first seen.
    :param crawler: The crawler as it was seen last; ``None`` if it is gone.
    :param since: When its state and its ``LastCrawl`` became what they are.
    :param looked_at: When the history was asked.
    """

    first: str
    crawler: Crawler | None
    since: float
    looked_at: float
    usual: UsualTime | None = None

    def note(self, crawler: Crawler, now: float) -> None:
        """Note what the crawler is like now."""
        before, self.crawler = self.crawler, crawler
        if before is None or (before.state, before.last_crawl) != (crawler.state, crawler.last_crawl):
            self.since = now


class CrawlFetcher:
    """
    Ask for up to a hundred crawls with one ``BatchGetCrawlers``, and for the history of those that need it.

    A crawl whose crawler is RUNNING and has the same ``LastCrawl`` as before goes on: its history is not
    asked for, except now and then. Nor is that of a crawler which is STOPPING, for that passes. A crawler
    that is READY, or RUNNING after another crawl ended, is looked at. The history of a crawler that rests is
    looked at until it can lag no more.

    How long a crawler's crawls take (``GetCrawlerMetrics``) tells when the next look is worth while. It is
    asked for once per wait; without the permission every pause is an interval.

    :param hook: Used until :meth:`close`.
    """

    def __init__(self, hook: PollerHook[GlueCrawlHook]) -> None:
        self._hook = hook
        self._known: dict[Subject, _Known] = {}
        self._metrics_from = 0.0

    def __call__(self, subjects: Sequence[Subject]) -> Mapping[Subject, Sighting | CloserLook]:
        """Return what is seen of each crawl."""
        crawlers = self._hook().batch_get_crawlers(sorted({name for name, _ in subjects}))
        now = time.monotonic()
        seen = {subject: self._judge(subject, crawlers.get(subject[0]), now) for subject in subjects}
        self._learn_usual_times(subjects, now)
        return seen

    def look_closer(self, subjects: Sequence[Subject]) -> Mapping[Subject, Sighting]:
        """
        Look at one crawler's history.

        :raises AwsCallError: If it cannot be read; that concerns these subjects only.
        """
        hook, (name, _) = self._hook(), subjects[0]
        crawler = next((known.crawler for known in map(self._known.get, subjects) if known), None)
        if crawler is None:  # gone; this says it in AWS's words
            crawler, _ = hook.get_crawler(name)
        seen = {
            (name, wanted): hook.sight(name, wanted, crawler_state=crawler.state)
            for _, wanted in subjects
            if isinstance(wanted, str)
        }
        awaited = [wanted for _, wanted in subjects if isinstance(wanted, AwaitedCrawl)]
        found = look_for_crawls(hook, awaited, crawler) if awaited else {}
        return seen | {(name, wanted): sighting for wanted, sighting in found.items()}

    def pause(self, subject: Subject, interval: float) -> float:
        """Return how many seconds to wait before the next look at a crawl."""
        known = self._known.get(subject)
        if known is None or known.crawler is None:
            return interval
        if known.crawler.state == "STOPPING":
            return ending_pause(interval)
        if known.crawler.state != "RUNNING":
            return interval
        elapsed = max(known.crawler.elapsed_seconds, time.monotonic() - known.since)
        return pause_seconds(interval, elapsed=elapsed, usual=known.usual)

    def forget(self, subject: Subject) -> None:
        """Drop what is known of a crawl."""
        self._known.pop(subject, None)

    def close(self) -> None:
        """Let the client go."""
        self._hook.release()

    def _judge(self, subject: Subject, crawler: Crawler | None, now: float) -> Sighting | CloserLook:
        """Say what a crawler shows of a crawl, or that its history must be asked."""
        name, wanted = subject
        if crawler is None and isinstance(wanted, str):
            return Sighting(None)
        if crawler is not None and not self._needs_look(subject, crawler, now):
            return Sighting(crawler.state, looked=False)
        # One look at a crawler's history is enough for all who want any crawl of it.
        return CloserLook(subject if isinstance(wanted, str) else name)

    def _needs_look(self, subject: Subject, crawler: Crawler, now: float) -> bool:
        """Tell whether the history must be asked, as far as the crawler alone can tell."""
        known = self._known.get(subject)
        if known is None:
            # A crawl that is known by its id was looked at by the task a moment ago.
            looked_at = now if isinstance(subject[1], str) else -_NEVER
            known = self._known[subject] = _Known(crawler.last_crawl, crawler, now, looked_at)
        known.note(crawler, now)
        if isinstance(subject[1], str):
            unchanged = self._goes_on(subject[1], crawler, known)
        else:
            unchanged = self._rests(crawler, known)
        if unchanged and now - known.looked_at <= _LOOK_ANYWAY_SECONDS:
            return False
        known.looked_at = now
        return True

    @staticmethod
    def _goes_on(crawl_id: str, crawler: Crawler, known: _Known) -> bool:
        """Tell whether a crawl still runs, or is about to show that it ended."""
        if crawler.state == "STOPPING":
            return True
        return (
            crawler.state == "RUNNING"
            and crawler.last_crawl == known.first
            and crawl_id not in crawler.last_crawl.split()
        )

    @staticmethod
    def _rests(crawler: Crawler, known: _Known) -> bool:
        """Tell whether no crawl has begun or ended since a look at a history that did not lag."""
        if crawler.state == "STOPPING":
            return known.looked_at > -_NEVER
        lag = 0.0 if crawler.state == "RUNNING" else PATIENCE_SECONDS
        return known.looked_at >= known.since + lag

    def _learn_usual_times(self, subjects: Iterable[Subject], now: float) -> None:
        """Ask once for each subject how long crawls of its crawler take; that nobody knows is no error."""
        waiting = [
            (subject[0], known)
            for subject in subjects
            if (known := self._known.get(subject)) is not None
            and known.usual is None
            and known.crawler is not None
            and known.crawler.state == "RUNNING"
        ]
        if not waiting or now < self._metrics_from:
            return
        try:
            found = self._hook().usual_times(sorted({name for name, _ in waiting}))
        except LineageError as error:
            self._metrics_from = now + _METRICS_AGAIN_SECONDS if is_transient(error) else _NEVER
            _log.debug("Looking once per interval, as usual run times are not known: %s", error)
            return
        for name, known in waiting:
            known.usual = found.get(name, UsualTime(0.0))
