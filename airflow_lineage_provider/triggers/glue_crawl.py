"""The wait for a crawl, in the triggerer, through the poller that all of them share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from airflow.triggers.base import TriggerEvent

from airflow_lineage_provider.exceptions import CrawlTimeoutError, LineageError
from airflow_lineage_provider.hooks.crawl_protocol import CrawlWatch
from airflow_lineage_provider.hooks.crawl_records import Crawl, Crawler, Sighting
from airflow_lineage_provider.triggers.base import LineageAwsTrigger, error_payload
from airflow_lineage_provider.triggers.poller import SharedPoller

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

__all__ = ["CrawlFetcher", "GlueCrawlTrigger"]

Subject = tuple[str, str]
"""A crawler's name and a crawl's id."""

_BATCH = 100
_CONCURRENT_LOOKS = 8
_LOOK_ANYWAY_SECONDS = 600.0
_PATIENCE_SECONDS = 120.0
_MOST_KNOWN = 20_000


@dataclass(slots=True)
class _Known:
    """What the poller remembers of a crawl between two looks."""

    last_crawl: str
    looked_at: float
    asked_at: float = 0.0


class CrawlFetcher:
    """
    Ask for up to a hundred crawls with one ``BatchGetCrawlers``, and for the history of those that need it.

    A crawl whose crawler is RUNNING and has the same ``LastCrawl`` as before goes on: its history is not
    asked for, except now and then. A crawler that left RUNNING, even if it is back by now, is looked at.

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
        to_look_at = []
        for subject in subjects:
            crawler = crawlers.get(subject[0])
            if crawler is None:
                seen[subject] = Sighting(None)
            elif self._goes_on(subject, crawler):
                seen[subject] = Sighting(crawler.state, looked=False)
            else:
                to_look_at.append((subject, crawler.state))
        gate = asyncio.Semaphore(_CONCURRENT_LOOKS)

        async def look(subject: Subject, state: str) -> None:
            async with gate:
                seen[subject] = await asyncio.to_thread(self._sight, subject, state)

        await asyncio.gather(*(look(subject, state) for subject, state in to_look_at))
        return seen

    def _crawlers(self, names: Sequence[str]) -> dict[str, Crawler]:
        """Return the crawlers by name; the hook is made here, in the thread, when it is first needed."""
        if self._hook is None:
            self._hook = self._make_hook()
        return self._hook.batch_get_crawlers(names)

    def _goes_on(self, subject: Subject, crawler: Crawler) -> bool:
        """Tell whether a crawl still runs, as far as the crawler alone can tell."""
        now = time.monotonic()
        known = self._known.setdefault(subject, _Known(crawler.last_crawl, looked_at=now))
        known.asked_at = now
        ended = subject[1] in crawler.last_crawl.split()
        if crawler.state != "RUNNING" or known.last_crawl != crawler.last_crawl or ended:
            return False
        if now - known.looked_at > _LOOK_ANYWAY_SECONDS:
            known.looked_at = now
            return False
        return True

    def _forget_old(self) -> None:
        """Drop what is known of crawls that nobody has asked for in a while."""
        if len(self._known) > _MOST_KNOWN:
            oldest = time.monotonic() - 2 * _LOOK_ANYWAY_SECONDS
            self._known = {
                subject: known for subject, known in self._known.items() if known.asked_at > oldest
            }

    def _sight(self, subject: Subject, state: str) -> Sighting | LineageError:
        """Look at one crawl's history; an error concerns this crawl only."""
        try:
            return cast("GlueCrawlHook", self._hook).sight(*subject, crawler_state=state)
        except LineageError as error:
            return error


class GlueCrawlTrigger(LineageAwsTrigger):
    """
    Wait until one crawl is over and hand over what is known of it, whatever came of it.

    The event's ``status`` is ``ended``, with the crawl's row of the history under ``crawl`` and ``carry``
    unchanged, or ``error``, with the error.

    :param crawler_name: The crawler.
    :param crawl_id: The crawl.
    :param deadline: When to give up, in seconds since the epoch.
    :param timeout: The whole budget of the task in seconds, for the message.
    :param waiter_delay: Seconds between two looks.
    :param cancel_on_kill: Stop the crawl when a user kills, clears or marks the task (Airflow 3.3 and newer).
        Pass ``True`` only for a crawl that the task started.
    :param carry: Whatever the task needs when it resumes, as JSON.
    :param aws_conn_id: Airflow connection with the AWS credentials; ``None`` leaves them to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param botocore_config: Options of the botocore client.
    """

    hook_class_path = "airflow_lineage_provider.hooks.glue_crawl.GlueCrawlHook"

    def __init__(
        self,
        *,
        crawler_name: str,
        crawl_id: str,
        deadline: float,
        timeout: float,
        waiter_delay: float = 30,
        cancel_on_kill: bool = False,
        carry: dict[str, Any] | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=botocore_config,
        )
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.deadline = deadline
        self.timeout = timeout
        self.waiter_delay = waiter_delay
        self.cancel_on_kill = cancel_on_kill
        self.carry = carry

    def own_arguments(self) -> dict[str, Any]:
        """Return the arguments that are not about the AWS connection."""
        return {
            "crawler_name": self.crawler_name,
            "crawl_id": self.crawl_id,
            "deadline": self.deadline,
            "timeout": self.timeout,
            "waiter_delay": self.waiter_delay,
            "cancel_on_kill": self.cancel_on_kill,
            "carry": self.carry,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait and send one event."""
        try:
            crawl = await self._wait()
        except LineageError as error:
            event = {"status": "error", "error": error_payload(error), "carry": self.carry}
        else:
            event = {"status": "ended", "crawl": crawl.to_payload(), "carry": self.carry}
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Stop the crawl, if the task started it and it is the one that is running."""
        if self.cancel_on_kill:
            stopped = await asyncio.to_thread(
                lambda: self._crawl_hook().stop_crawl(self.crawler_name, self.crawl_id)
            )
            if stopped:
                self.log.info("Stopped crawl %s of %r", self.crawl_id, self.crawler_name)

    def _crawl_hook(self) -> GlueCrawlHook:
        """Make the hook; blocks."""
        return cast("GlueCrawlHook", self.make_hook())

    async def _wait(self) -> Crawl:
        """
        Wait for the end of the crawl.

        :raises CrawlTimeoutError: At the deadline.
        """
        watch = CrawlWatch(self.crawler_name, self.crawl_id, patience=_PATIENCE_SECONDS)

        def verdict(sighting: Sighting) -> Crawl | None:
            change = watch.change(sighting)
            if change:
                self.log.info("Crawl %s of %r is %s", self.crawl_id, self.crawler_name, change)
            return watch.see(sighting, time.monotonic())

        try:
            return await SharedPoller.watch(
                ("Glue crawls", *self.client_key),
                lambda: CrawlFetcher(self._crawl_hook),
                (self.crawler_name, self.crawl_id),
                verdict,
                interval=self.waiter_delay,
                deadline=self.deadline,
                batch_size=_BATCH,
            )
        except TimeoutError:
            raise CrawlTimeoutError(
                crawler_name=self.crawler_name,
                crawl_id=self.crawl_id,
                state=watch.state or "unknown",
                waited_seconds=self.timeout,
            ) from None
