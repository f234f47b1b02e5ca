"""What the shared poller asks Glue about crawls, and how seldom it needs the history of one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.hooks.crawl_awaiting import AwaitedCrawl, look_for_crawls
from airflow_lineage_provider.hooks.crawl_records import Crawler, Sighting

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

__all__ = ["PATIENCE_SECONDS", "CrawlFetcher", "Subject"]

Subject = tuple[str, str | AwaitedCrawl]
"""A crawler's name, and the id of a crawl or what is wanted of one."""

PATIENCE_SECONDS = 120.0
"""For how long the history may lag behind the crawler."""

_CONCURRENT_LOOKS = 8
_LOOK_ANYWAY_SECONDS = 600.0
_MOST_KNOWN = 20_000


@dataclass(slots=True)
class _Known:
    """What the poller remembers of a subject between two looks."""

    crawler: tuple[str, str]
    """State and ``LastCrawl`` of the crawler."""
    since: float
    looked_at: float
    asked_at: float = 0.0


class CrawlFetcher:
    """
    Ask for up to a hundred crawls with one ``BatchGetCrawlers``, and for the history of those that need it.

    A crawl whose crawler is RUNNING and has the same ``LastCrawl`` as before goes on: its history is not
    asked for, except now and then. A crawler that left RUNNING, even if it is back by now, is looked at. The
    history of a crawler that rests is looked at until it can lag no more.

    :param make_hook: Makes the hook; blocks, so it is called in a thread.
    """

    def __init__(self, make_hook: Callable[[], GlueCrawlHook]) -> None:
        self._make_hook = make_hook
        self._hook: GlueCrawlHook | None = None
        self._known: dict[Subject, _Known] = {}

    async def __call__(self, subjects: Sequence[Subject]) -> Mapping[Subject, Sighting | LineageError]:
        """Return what is seen of each crawl."""
        self._forget_old()
        crawlers = await asyncio.to_thread(self._crawlers, sorted({name for name, _ in subjects}))
        seen: dict[Subject, Sighting | LineageError] = {}
        looks: dict[Subject | str, list[Subject]] = {}
        for subject in subjects:
            name, wanted = subject
            crawler = crawlers.get(name)
            if crawler is None and isinstance(wanted, str):
                seen[subject] = Sighting(None)
            elif crawler is not None and not self._needs_look(subject, crawler):
                seen[subject] = Sighting(crawler.state, looked=False)
            else:  # one look at a crawler's history is enough for all who want any crawl of it
                looks.setdefault(subject if isinstance(wanted, str) else name, []).append(subject)
        gate = asyncio.Semaphore(_CONCURRENT_LOOKS)

        async def look(together: list[Subject]) -> None:
            async with gate:
                seen.update(await asyncio.to_thread(self._sight, together, crawlers.get(together[0][0])))

        await asyncio.gather(*map(look, looks.values()))
        return seen

    def _crawlers(self, names: Sequence[str]) -> dict[str, Crawler]:
        """Return the crawlers by name; the hook is made here, in the thread, when it is first needed."""
        if self._hook is None:
            self._hook = self._make_hook()
        return self._hook.batch_get_crawlers(names)

    def _needs_look(self, subject: Subject, crawler: Crawler) -> bool:
        """Tell whether the history must be asked, as far as the crawler alone can tell."""
        now = time.monotonic()
        known = self._known.get(subject)
        if known is None:
            # A crawl that is known by its id was looked at by the task a moment ago.
            looked_at = now if isinstance(subject[1], str) else float("-inf")
            known = self._known[subject] = _Known((crawler.state, crawler.last_crawl), now, looked_at)
        known.asked_at = now
        if isinstance(subject[1], str):
            unchanged = self._goes_on(subject[1], crawler, known)
        else:
            unchanged = self._rests(crawler, known, now)
        if unchanged and now - known.looked_at <= _LOOK_ANYWAY_SECONDS:
            return False
        known.looked_at = now
        return True

    @staticmethod
    def _goes_on(crawl_id: str, crawler: Crawler, known: _Known) -> bool:
        """Tell whether a crawl still runs."""
        return (
            crawler.state == "RUNNING"
            and crawler.last_crawl == known.crawler[1]
            and crawl_id not in crawler.last_crawl.split()
        )

    @staticmethod
    def _rests(crawler: Crawler, known: _Known, now: float) -> bool:
        """Tell whether no crawl has begun or ended since a look at a history that did not lag."""
        if known.crawler != (crawler.state, crawler.last_crawl):
            known.crawler, known.since = (crawler.state, crawler.last_crawl), now
        lag = 0.0 if crawler.state == "RUNNING" else PATIENCE_SECONDS
        return known.looked_at >= known.since + lag

    def _forget_old(self) -> None:
        """Drop what is known of crawls that nobody has asked for in a while."""
        if len(self._known) > _MOST_KNOWN:
            oldest = time.monotonic() - 2 * _LOOK_ANYWAY_SECONDS
            self._known = {
                subject: known for subject, known in self._known.items() if known.asked_at > oldest
            }

    def _sight(
        self, subjects: Sequence[Subject], crawler: Crawler | None
    ) -> Mapping[Subject, Sighting | LineageError]:
        """Look at one crawler's history; an error concerns these subjects only."""
        hook = cast("GlueCrawlHook", self._hook)
        name = subjects[0][0]
        try:
            if crawler is None:  # gone; this says it in AWS's words
                crawler, _ = hook.get_crawler(name)
            awaited = [wanted for _, wanted in subjects if isinstance(wanted, AwaitedCrawl)]
            seen: dict[Subject, Sighting | LineageError] = {
                (name, wanted): hook.sight(name, wanted, crawler_state=crawler.state)
                for _, wanted in subjects
                if isinstance(wanted, str)
            }
            if awaited:
                found = look_for_crawls(hook, awaited, crawler)
                seen |= {(name, wanted): sighting for wanted, sighting in found.items()}
        except LineageError as error:
            return dict.fromkeys(subjects, error)
        return seen
