"""
How a worker waits: what a task asks for, until when, and what it does when Glue throttles.

Throttling and other passing errors never end a read before the task's deadline; they slow it down, with
jitter and a ceiling.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import sleep as _sleep
from time import time as _time
from typing import TYPE_CHECKING, TypeVar

from airflow_lineage_provider.exceptions import AwsCallError, CrawlTimeoutError
from airflow_lineage_provider.hooks.crawl_protocol import CrawlWatch
from airflow_lineage_provider.hooks.error_codes import is_throttled, is_transient

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

__all__ = ["Clock", "CrawlAsk", "Patience", "stop_crawl"]

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 20.0
_SPREAD_AFTER_STALE_SECONDS = 10.0
_SHORTEST_RETRY_SECONDS = 0.01
_INSIST_SECONDS = 20.0
ReplyT = TypeVar("ReplyT")


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of the worker; tests bring one that need not be waited for."""

    time: Callable[[], float] = _time
    sleep: Callable[[float], None] = _sleep

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.fromtimestamp(self.time(), tz=UTC)


@dataclass(frozen=True, slots=True)
class CrawlAsk:
    """
    What a task asks for, before anything was called.

    :param data_as_of: What the DAG author gave, or the start of the first try by this machine's clock.
    :param by_worker_clock: The latter: the first reply of the service corrects it.
    :param deadline: When to give up, in seconds since the epoch.
    :param timeout: The whole budget in seconds, for messages.
    :param waiter_delay: Seconds between two looks.
    :param start_spread: A crawl is started after a random time of up to so many seconds, if there still is
        none to join then.
    """

    crawler_name: str
    data_as_of: datetime
    by_worker_clock: bool
    if_running: str
    deadline: float
    timeout: float
    waiter_delay: float
    start_spread: float = 0.0


class Patience:
    """
    Read and pause on behalf of one task, until its deadline.

    :param ask: What the task wants, and until when.
    :param clock: This machine's clock.
    :param log: Where attempts are logged.
    :param poll_sleep: Sleeps between two polls of a crawl, or less if there is news; the clock's by default.

    ``watch`` is the crawl that is waited for, once there is one, for the error at the deadline.
    """

    def __init__(
        self,
        ask: CrawlAsk,
        clock: Clock,
        log: logging.Logger,
        *,
        poll_sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.ask = ask
        self.clock = clock
        self.poll_sleep = poll_sleep or clock.sleep
        self.log = log
        self.watch: CrawlWatch | None = None
        self._pauses = 0

    @property
    def left(self) -> float:
        """Return the seconds until the deadline; negative after it."""
        return self.ask.deadline - self.clock.time()

    def read(self, call: Callable[[], ReplyT]) -> ReplyT:
        """
        Make a call that changes nothing, and make it again when the service throttles or is busy.

        :raises CrawlTimeoutError: If the service was unavailable up to the deadline.
        :raises AwsCallError: If the call fails for a reason that does not pass.
        """
        attempt = 0
        while True:
            try:
                return call()
            except AwsCallError as error:
                if not is_transient(error):
                    raise
                if self.left <= 0:
                    raise self._unanswered(error) from error
                attempt += 1
                first = max(_SHORTEST_RETRY_SECONDS, min(1.0, self.ask.waiter_delay))
                longest = min(_LONGEST_PAUSE_SECONDS, first * 2.0 ** min(attempt, 9))
                self.log.debug("Attempt %d failed, trying again: %s", attempt, error)
                self.clock.sleep(min(self.left, random.uniform(longest / 2, longest)))  # noqa: S311

    def _unanswered(self, error: AwsCallError) -> CrawlTimeoutError:
        """Return the error for a service that was not available up to the deadline."""
        if self.watch is None:
            return self.timeout_error("", f"unknown, as {error.operation} was refused ({error.code}),")
        return self.timeout_error(self.watch.crawl_id, self.watch.state or "unknown")

    def begin(self) -> None:
        """Start with short pauses again."""
        self._pauses = 0

    def pause(self) -> None:
        """
        Wait a moment before looking again: shorter than a poll at first, then as long.

        :raises CrawlTimeoutError: At the deadline.
        """
        if self.left <= 0:
            raise self.timeout_error("", "not startable")
        seconds = min(self.ask.waiter_delay, _FIRST_PAUSE_SECONDS * 1.5**self._pauses, self.left)
        self._pauses = min(self._pauses + 1, 20)
        self.clock.sleep(seconds)

    def spread(self) -> None:
        """Wait for a random part of ``start_spread``: what others start meanwhile can be joined."""
        self._spread(self.ask.start_spread)

    def spread_after_stale(self) -> None:
        """Wait for a random time after a crawl that others wait for, too, so that one of them comes first."""
        self._spread(min(self.ask.waiter_delay, _SPREAD_AFTER_STALE_SECONDS))

    def _spread(self, most: float) -> None:
        """Wait for a random time, but not beyond the deadline."""
        seconds = min(random.uniform(0, most), self.left)  # noqa: S311 - only spread
        if seconds > 0:
            self.clock.sleep(seconds)

    def poll_pause(self, watch: CrawlWatch) -> None:
        """
        Wait until the next poll of a crawl.

        :raises CrawlTimeoutError: At the deadline.
        """
        if self.left <= 0:
            raise self.timeout_error(watch.crawl_id, watch.state or "unknown")
        self.poll_sleep(min(self.ask.waiter_delay, self.left))

    def timeout_error(self, crawl_id: str, state: str) -> CrawlTimeoutError:
        """Return the error of a deadline that has passed."""
        return CrawlTimeoutError(
            crawler_name=self.ask.crawler_name,
            crawl_id=crawl_id,
            state=state,
            waited_seconds=self.ask.timeout,
        )


def stop_crawl(
    hook: GlueCrawlHook, crawler_name: str, find_id: Callable[[GlueCrawlHook], str | None], clock: Clock
) -> str | None:
    """
    Stop one crawl, if it is the one that is running, and insist on it for twenty seconds.

    Airflow gives a task that is killed little more. A call that was throttled had no effect and is made
    again; after a lost reply it is looked at the crawl again, so that no other crawl is stopped.

    :param find_id: Returns the id of the crawl; ``None`` while the history does not show it.
    :returns: Its id if a stop was asked for, an empty text if there was nothing to stop, ``None`` if the
        crawl was not found.
    :raises AwsCallError: If a call fails for a reason that does not pass, or did not pass in time.
    """
    until = clock.time() + _INSIST_SECONDS
    patient = hook.patient(lambda call: _insist(call, clock, until, is_transient))

    def attempt() -> str | None:
        crawl_id = find_id(patient)
        if crawl_id is None or not patient.can_be_stopped(crawler_name, crawl_id):
            return None if crawl_id is None else ""
        stopped = _insist(
            lambda: hook.stop_crawler(crawler_name),
            clock,
            until,
            is_throttled,
        )
        return crawl_id if stopped else ""

    return _insist(attempt, clock, until, is_transient)


def _insist(
    attempt: Callable[[], ReplyT], clock: Clock, until: float, passes: Callable[[AwsCallError], bool]
) -> ReplyT:
    """
    Try something again and again, until a time.

    :param attempt: Returns ``None`` if it is worth another try.
    :param passes: Tells whether it is worth another try after an error.
    :returns: What the last attempt returned.
    """
    pause = _FIRST_PAUSE_SECONDS / 2
    while True:
        late = clock.time() + pause > until
        try:
            done = attempt()
        except AwsCallError as error:
            if late or not passes(error):
                raise
        else:
            if done is not None or late:
                return done
        clock.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - only spread
        pause = min(2 * pause, _INSIST_SECONDS / 5)
