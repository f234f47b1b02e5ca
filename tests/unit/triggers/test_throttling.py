"""Deferred tasks while Glue refuses every second call, for minutes of a clock that nobody waits for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.exceptions import CrawlTimeoutError
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.triggers import crawl_fetcher, glue_crawl, poller
from airflow_lineage_provider.triggers.base import error_from_payload
from airflow_lineage_provider.triggers.glue_crawl import GlueCrawlTrigger
from tests.unit.triggers.virtual_time import VirtualTime

MINUTE = 60.0
DELAY = 10.0
MANY = pytest.mark.parametrize("crawlers", [1, 50], ids=["on one crawler", "on as many crawlers"])
TASKS = 50


class RefusingGlue:
    """
    Crawlers that all run since the beginning, and end after a time; calls are counted by the minute.

    :param refuses: Whether the call with this number is refused.
    """

    meta = SimpleNamespace(method_to_api_mapping={}, region_name="us-east-1", partition="aws")

    def __init__(
        self, clock: VirtualTime, *, seconds: float, refuses: Any = lambda number: number % 2
    ) -> None:
        self.clock = clock
        self.began = clock.now
        self.seconds = seconds
        self.refuses = refuses
        self.calls = 0
        self.by_minute: Counter[int] = Counter()

    def batch_get_crawlers(self, *, CrawlerNames: list[str]) -> Mapping[str, Any]:  # noqa: N803 - boto3's
        """Return the crawlers."""
        self._enter("BatchGetCrawlers")
        state = "READY" if self._are_over else "RUNNING"
        return {"Crawlers": [{"Name": name, "State": state} for name in CrawlerNames]}

    def get_crawler_metrics(self, **_: Any) -> Mapping[str, Any]:
        """Know nothing of usual times."""
        self._enter("GetCrawlerMetrics")
        return {"CrawlerMetricsList": []}

    def list_crawls(self, **_: Any) -> Mapping[str, Any]:
        """Return the one crawl of a crawler."""
        self._enter("ListCrawls")
        start = datetime.fromtimestamp(self.clock.time() - self.clock.now, tz=UTC)
        row = {"CrawlId": "ours", "StartTime": start, "State": "COMPLETED" if self._are_over else "RUNNING"}
        return {"Crawls": [row]}

    @property
    def _are_over(self) -> bool:
        return self.clock.now - self.began >= self.seconds

    def _enter(self, operation: str) -> None:
        """Count a call, and refuse it."""
        self.calls += 1
        self.by_minute[int((self.clock.now - self.began) // MINUTE)] += 1
        if self.refuses(self.calls):
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "no"}}, operation)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    """A clock for everything that waits in the triggerer."""
    made = VirtualTime()
    made.replace_in(monkeypatch, crawl_fetcher, glue_crawl, poller)
    return made


def wait(clock: VirtualTime, glue: RefusingGlue, *, crawlers: int, timeout: float) -> list[dict[str, Any]]:
    """Let fifty tasks wait, and return the payloads of their events with the time each came after."""

    async def event_of(number: int) -> dict[str, Any]:
        trigger = GlueCrawlTrigger(
            crawler_name=f"crawler{number % crawlers}",
            crawl_id="ours",
            deadline=clock.time() + timeout,
            timeout=timeout,
            waiter_delay=DELAY,
            aws_conn_id=None,
        )
        async for event in trigger.run():
            return {**event.payload, "after": clock.now - glue.began}
        raise AssertionError("no event")

    async def scenario() -> list[dict[str, Any]]:
        return await asyncio.gather(*map(event_of, range(TASKS)))

    with mock.patch.object(GlueCrawlHook, "conn", glue):
        return clock.run(scenario())


@MANY
def test_every_second_call_refused_for_ten_minutes_fails_no_task(clock: VirtualTime, crawlers: int) -> None:
    glue = RefusingGlue(clock, seconds=10 * MINUTE)

    events = wait(clock, glue, crawlers=crawlers, timeout=20 * MINUTE)

    assert {event["status"] for event in events} == {"ended"}
    assert max(event["after"] for event in events) < 11 * MINUTE


@MANY
def test_every_second_call_refused_makes_no_stampede(clock: VirtualTime, crawlers: int) -> None:
    glue = RefusingGlue(clock, seconds=10 * MINUTE)

    wait(clock, glue, crawlers=crawlers, timeout=20 * MINUTE)

    while_running = [glue.by_minute[minute] for minute in range(1, 10)]
    # Six looks a minute, all crawlers in one call, and each made twice.
    assert max(while_running) <= 2 * MINUTE / DELAY + 4
    assert min(while_running) >= MINUTE / DELAY
    assert glue.by_minute[10] <= 3 * (crawlers + MINUTE / DELAY)


@MANY
def test_every_call_refused_makes_the_poller_ask_seldom(clock: VirtualTime, crawlers: int) -> None:
    glue = RefusingGlue(clock, seconds=0, refuses=lambda _: True)

    wait(clock, glue, crawlers=crawlers, timeout=10 * MINUTE)

    assert max(glue.by_minute[minute] for minute in range(3, 10)) <= 6


@MANY
def test_the_deadline_is_the_tasks_own_and_the_error_says_what_was_seen(
    clock: VirtualTime, crawlers: int
) -> None:
    glue = RefusingGlue(clock, seconds=1e9)

    events = wait(clock, glue, crawlers=crawlers, timeout=5 * MINUTE)

    errors = {str(error_from_payload(event["error"])) for event in events}
    assert len(errors) == crawlers
    assert (
        "Crawl ours of 'crawler0' was still RUNNING after 300 s. Raise timeout, or look at the crawl in the "
        "Glue console."
    ) in errors
    assert all(5 * MINUTE <= event["after"] <= 5 * MINUTE + 30 for event in events)


def test_no_answer_up_to_the_deadline_is_a_timeout_as_in_the_worker(clock: VirtualTime) -> None:
    glue = RefusingGlue(clock, seconds=0, refuses=lambda _: True)

    events = wait(clock, glue, crawlers=1, timeout=5 * MINUTE)

    assert error_from_payload(events[0]["error"]) == CrawlTimeoutError(
        crawler_name="crawler0", crawl_id="ours", state="unknown", waited_seconds=5 * MINUTE
    )
