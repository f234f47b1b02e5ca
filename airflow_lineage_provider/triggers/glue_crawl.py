"""The wait for a crawl, in the triggerer, through the poller that all of them share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow.triggers.base import TriggerEvent

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.hooks.crawl_awaiting import AwaitedCrawl
from airflow_lineage_provider.hooks.crawl_patience import Clock, stop_crawl
from airflow_lineage_provider.hooks.crawl_records import Sighting
from airflow_lineage_provider.hooks.loading import load_hook
from airflow_lineage_provider.triggers.base import LineageAwsTrigger, error_payload
from airflow_lineage_provider.triggers.crawl_fetcher import CrawlFetcher
from airflow_lineage_provider.triggers.crawl_followers import (
    AwaitedCrawlFollower,
    EndedCrawl,
    KnownCrawlFollower,
)
from airflow_lineage_provider.triggers.crawl_hints import QUEUE_HOOK, CrawlHints
from airflow_lineage_provider.triggers.going_first import HEAD_START_SECONDS, seconds_until_next
from airflow_lineage_provider.triggers.poller import SharedPoller

if TYPE_CHECKING:
    import logging

    from airflow_lineage_provider.hooks.crawl_queue import SqsCrawlEventHook
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

__all__ = ["GlueCrawlTrigger"]

_BATCH = 100
_LOOK_SECONDS = 10.0
_FOLLOW_SECONDS = 5.0
_SeenT = TypeVar("_SeenT")


def _has_moved_on(sighting: Sighting) -> bool | None:
    """Tell whether there is a newer crawl than the one looked for, or none to wait for any more."""
    crawl = sighting.crawl
    if sighting.crawler_state is None:
        return True
    is_newer = crawl is not None and sighting.newest_id not in {None, crawl.crawl_id}
    return True if is_newer else None


class GlueCrawlTrigger(LineageAwsTrigger):
    """
    Wait until a crawl is over and hand over what is known of it, whatever came of it.

    Either the crawl is known by its id, or it is the first that started late enough, whoever starts it.

    The event's ``status`` is ``ended``, with the crawl's row of the history under ``crawl`` and, where the
    crawl was unknown, the crawler under ``crawler``; or ``error``, with the error. ``carry`` and ``deadline``
    come back as they were.

    :param crawler_name: The crawler.
    :param crawl_id: The crawl; ``None`` waits for one that started at or after ``data_as_of``.
    :param data_as_of: ISO 8601 text of the time that an unknown crawl must not have started before.
    :param fail_on_crawl_failure: Whether an unknown crawl that fails or is stopped is handed over, too, and
        not passed over.
    :param deadline: When to give up, in seconds since the epoch.
    :param timeout: The whole budget of the task in seconds, for the message.
    :param waiter_delay: Seconds between two looks.
    :param cancel_on_kill: Stop the crawl when a user kills, clears or marks the task (Airflow 3.3 and newer).
        Pass ``True`` only for a crawl that the task started.
    :param event_queue_url: SQS queue whose events make the trigger look at once; ``None`` polls only.
    :param seen: What the task logged last of the crawl, in words; only another state is logged.
    :param in_turn: Whether the task wants to start the next crawl. Of all tasks in this triggerer that wait
        for the same crawl one goes on at its end, and the others when there is a newer crawl to join.
    :param carry: Whatever the task needs when it resumes, as JSON.
    :param aws_conn_id: Airflow connection with the AWS credentials; ``None`` leaves them to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param botocore_config: Options of the botocore client.
    """

    hook_class_path = "airflow_lineage_provider.hooks.glue_crawl.GlueCrawlHook"

    head_start_seconds = HEAD_START_SECONDS
    """How long others wait for the crawl of the one who goes first."""

    def __init__(
        self,
        *,
        crawler_name: str,
        crawl_id: str | None = None,
        data_as_of: str | None = None,
        fail_on_crawl_failure: bool = False,
        deadline: float,
        timeout: float,
        waiter_delay: float = 30,
        cancel_on_kill: bool = False,
        event_queue_url: str | None = None,
        seen: str = "",
        in_turn: bool = False,
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
        self.data_as_of = data_as_of
        self.fail_on_crawl_failure = fail_on_crawl_failure
        self.deadline = deadline
        self.timeout = timeout
        self.waiter_delay = waiter_delay
        self.cancel_on_kill = cancel_on_kill
        self.event_queue_url = event_queue_url
        self.seen = seen
        self.in_turn = in_turn
        self.carry = carry

    def own_arguments(self) -> dict[str, Any]:
        """Return the arguments that are not about the AWS connection."""
        return {
            "crawler_name": self.crawler_name,
            "crawl_id": self.crawl_id,
            "data_as_of": self.data_as_of,
            "fail_on_crawl_failure": self.fail_on_crawl_failure,
            "deadline": self.deadline,
            "timeout": self.timeout,
            "waiter_delay": self.waiter_delay,
            "cancel_on_kill": self.cancel_on_kill,
            "event_queue_url": self.event_queue_url,
            "seen": self.seen,
            "in_turn": self.in_turn,
            "carry": self.carry,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait and send one event."""
        event: dict[str, Any] = {"carry": self.carry, "deadline": self.deadline}
        try:
            crawl, crawler = await self._wait()
        except LineageError as error:
            event |= {"status": "error", "error": error_payload(error)}
        else:
            event |= {"status": "ended", "crawl": crawl.to_payload()}
            if crawler is not None:
                event["crawler"] = crawler.to_payload()
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Stop the crawl, if the task started it and it is the one that is running."""
        crawl_id = self.crawl_id
        if not self.cancel_on_kill or crawl_id is None:
            return
        try:
            stopped = await asyncio.to_thread(self._stop, crawl_id)
        except LineageError as error:
            self.log.warning("The crawl could not be stopped: %s", error)
        else:
            if stopped:
                self.log.info("Stopped crawl %s of %r", crawl_id, self.crawler_name)

    def _stop(self, crawl_id: str) -> str | None:
        """Stop the crawl; blocks."""
        return stop_crawl(self._crawl_hook(), self.crawler_name, lambda _: crawl_id, Clock())

    def _crawl_hook(self) -> GlueCrawlHook:
        """Make the hook; blocks."""
        return cast("GlueCrawlHook", self.make_hook())

    async def _wait(self) -> EndedCrawl:
        """
        Wait for the end of the crawl.

        :raises CrawlTimeoutError: At the deadline, if the crawl is known.
        :raises FreshCrawlTimeoutError: At the deadline, if it is not.
        """
        follower = self._follower()
        try:
            if self.event_queue_url is None:
                ended = await self._watch(follower.wanted, follower.see)
            else:
                async with self._heeding_events(self.event_queue_url, follower.wanted):
                    ended = await self._watch(follower.wanted, follower.see)
        except TimeoutError:
            raise follower.timeout_error(self.timeout) from None
        if self.in_turn:
            await self._let_another_go_first(follower.wanted)
        return ended

    def _follower(self) -> KnownCrawlFollower | AwaitedCrawlFollower:
        """Return what judges what the poller sees, and logs it."""
        log = cast("logging.Logger", self.log)
        if self.crawl_id is not None:
            return KnownCrawlFollower(self.crawler_name, self.crawl_id, log, seen=self.seen)
        awaited = AwaitedCrawl(
            datetime.fromisoformat(str(self.data_as_of)), failures_count=self.fail_on_crawl_failure
        )
        return AwaitedCrawlFollower(self.crawler_name, awaited, log, seen=self.seen)

    def _watch(
        self,
        wanted: str | AwaitedCrawl,
        see: Callable[[Sighting], _SeenT | None],
        *,
        deadline: float | None = None,
        soon: bool = False,
        longest_delay: float = float("inf"),
    ) -> Coroutine[Any, Any, _SeenT]:
        """Ask the shared poller; ``soon`` makes it look at once, for everybody who waits for the same."""
        return SharedPoller.watch(
            ("Glue crawls", *self.client_key),
            lambda: CrawlFetcher(self.poller_hook()),
            (self.crawler_name, wanted),
            see,
            interval=min(self.waiter_delay, longest_delay),
            deadline=self.deadline if deadline is None else deadline,
            batch_size=_BATCH,
            soon=soon,
        )

    async def _let_another_go_first(self, wanted: str | AwaitedCrawl) -> None:
        """Wait until there is a newer crawl to join, unless this task is the one that shall start it."""
        what = (self.client_key, self.crawler_name, wanted)
        with suppress(LineageError):
            while left := seconds_until_next(what, head_start=self.head_start_seconds):
                until = min(self.deadline, time.time() + left)
                try:
                    await self._watch(wanted, _has_moved_on, deadline=until, longest_delay=_FOLLOW_SECONDS)
                except TimeoutError:
                    if time.time() < self.deadline:
                        continue
                return

    @asynccontextmanager
    async def _heeding_events(self, queue_url: str, wanted: str | AwaitedCrawl) -> AsyncIterator[None]:
        """Look at once when an event of the queue says that a crawl is over."""

        async def look() -> None:
            with suppress(TimeoutError, LineageError):
                await self._watch(wanted, lambda _: True, deadline=time.time() + _LOOK_SECONDS, soon=True)

        async with CrawlHints.heeded(
            self.client_key, queue_url, self._queue_hook, crawler_name=self.crawler_name, look=look
        ):
            yield

    def _queue_hook(self) -> SqsCrawlEventHook:
        """Make the hook of the event queue; blocks."""
        return cast("SqsCrawlEventHook", load_hook(QUEUE_HOOK, **self.aws_arguments))
