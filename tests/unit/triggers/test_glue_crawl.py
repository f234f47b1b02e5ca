"""GlueCrawlTrigger on a double of the AWS client, through the shared poller."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import CrawlerDeletedError, CrawlTimeoutError, PermissionDeniedError
from airflow_lineage_provider.hooks.crawl_records import Crawl
from airflow_lineage_provider.triggers.base import error_from_payload
from airflow_lineage_provider.triggers.glue_crawl import GlueCrawlTrigger
from tests.unit.hooks.scripted_glue import (
    CRAWLER,
    NINE,
    ScriptedCrawl,
    ScriptedGlue,
    client_error,
)

HOUR = 3600.0


def make_trigger(**overrides: Any) -> GlueCrawlTrigger:
    """Build a trigger that waits for the crawl ``ours`` as shortly as it can."""
    arguments: dict[str, Any] = {
        "crawler_name": CRAWLER,
        "crawl_id": "ours",
        "deadline": time.time() + 10,
        "timeout": 10.0,
        "waiter_delay": 0.002,
        "aws_conn_id": None,
        **overrides,
    }
    return GlueCrawlTrigger(**arguments)


async def first_event(trigger: GlueCrawlTrigger) -> dict[str, Any]:
    """Return the payload of a trigger's event."""
    async for event in trigger.run():
        payload: dict[str, Any] = event.payload
        return payload
    raise AssertionError("no event")


def fire(glue: ScriptedGlue, *triggers: GlueCrawlTrigger) -> list[dict[str, Any]]:
    """Run triggers in one loop and return the payloads of their events."""

    async def scenario() -> list[dict[str, Any]]:
        return await asyncio.gather(*map(first_event, triggers))

    with glue.installed():
        return asyncio.run(scenario())


class TestSerialize:
    def test_gives_back_every_argument(self) -> None:
        given: dict[str, Any] = {
            "crawler_name": "sales",
            "crawl_id": "c",
            "data_as_of": "2025-06-04T09:00:00+00:00",
            "fail_on_crawl_failure": True,
            "deadline": 123.5,
            "timeout": 60.0,
            "waiter_delay": 7.0,
            "cancel_on_kill": True,
            "event_queue_url": "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/crawls",
            "seen": "RUNNING",
            "in_turn": True,
            "carry": {"pursuit": {"owned": True}},
            "aws_conn_id": "my_aws",
            "region_name": "cn-north-1",
            "verify": "/etc/ca.pem",
            "botocore_config": {"retries": {"mode": "standard"}},
        }
        assert set(given) == set(inspect.signature(GlueCrawlTrigger.__init__).parameters) - {"self"}

        path, kwargs = GlueCrawlTrigger(**given).serialize()

        assert path == "airflow_lineage_provider.triggers.glue_crawl.GlueCrawlTrigger"
        assert json.loads(json.dumps(kwargs)) == given
        assert GlueCrawlTrigger(**kwargs).serialize() == (path, kwargs)


class TestRun:
    def test_hands_over_the_crawl_and_what_it_carries(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)])

        (payload,) = fire(glue, make_trigger(carry={"region": "x"}))

        assert payload["status"] == "ended"
        assert payload["carry"] == {"region": "x"}
        crawl = Crawl.from_payload(json.loads(json.dumps(payload["crawl"])))
        assert (crawl.crawl_id, crawl.state) == ("ours", "COMPLETED")
        assert glue.state() == "READY"

    @pytest.mark.parametrize("state", ["FAILED", "STOPPED"])
    def test_hands_over_a_crawl_that_did_not_complete_just_the_same(self, state: str) -> None:
        (payload,) = fire(ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, state=state)]), make_trigger())

        assert (payload["status"], payload["crawl"]["state"]) == ("ended", state)

    def test_says_that_the_crawler_is_gone(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)], deleted_at=NINE + 10)

        (payload,) = fire(glue, make_trigger())

        assert error_from_payload(payload["error"]) == CrawlerDeletedError(
            crawler_name="sales", crawl_id="ours"
        )

    def test_says_that_the_right_to_read_was_taken_away(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)])
        glue.faults["batch_get_crawlers"] = [client_error("BatchGetCrawlers", "AccessDeniedException")]

        (payload,) = fire(glue, make_trigger())

        assert type(error_from_payload(payload["error"])) is PermissionDeniedError

    def test_ends_at_the_deadline(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=1e9)])

        (payload,) = fire(glue, make_trigger(deadline=time.time() + 0.05))

        assert error_from_payload(payload["error"]) == CrawlTimeoutError(
            crawler_name="sales", crawl_id="ours", state="RUNNING", waited_seconds=10.0
        )

    def test_throttling_ends_no_wait(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=5, stopping=5)])
        throttled = client_error("BatchGetCrawlers", "ThrottlingException", "Rate exceeded")
        glue.faults["batch_get_crawlers"] = [throttled, None] * 10
        glue.faults["list_crawls"] = [client_error("ListCrawls", "ThrottlingException")] * 2

        (payload,) = fire(glue, make_trigger())

        assert payload["status"] == "ended"


class TestSharing:
    def test_fifty_waits_for_one_crawl_cost_one_call_per_look(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=8, stopping=0)])

        payloads = fire(glue, *(make_trigger() for _ in range(50)))

        assert {payload["status"] for payload in payloads} == {"ended"}
        assert glue.calls["BatchGetCrawlers"] < 12
        assert glue.calls["ListCrawls"] <= 2

    def test_asks_for_the_history_only_after_the_crawler_left_running(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=30, stopping=0)])

        fire(glue, make_trigger())

        assert glue.calls["BatchGetCrawlers"] >= 25
        assert glue.calls["ListCrawls"] == 1


class TestOnKill:
    def test_stops_its_own_crawl_once(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)])
        trigger = make_trigger(cancel_on_kill=True)

        with glue.installed():
            asyncio.run(trigger.on_kill())
            asyncio.run(trigger.on_kill())

        assert glue.calls["StopCrawler"] == 1

    def test_asks_only_once_while_the_crawl_is_being_stopped(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=1e9)], stop_takes=1e6)
        trigger = make_trigger(cancel_on_kill=True)

        with glue.installed():
            asyncio.run(trigger.on_kill())
            asyncio.run(trigger.on_kill())

        assert glue.state() == "STOPPING"
        assert glue.calls["StopCrawler"] == 1

    def test_is_quiet_when_stopping_is_refused(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)])
        glue.faults["stop_crawler"] = [client_error("StopCrawler", "AccessDeniedException")]

        with glue.installed():
            asyncio.run(make_trigger(cancel_on_kill=True).on_kill())

        assert glue.crawls[-1].state == "COMPLETED"

    def test_never_stops_what_the_task_does_not_own(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)])

        with glue.installed():
            asyncio.run(make_trigger(cancel_on_kill=False).on_kill())

        assert not glue.calls

    def test_never_stops_the_crawl_after_its_own(self) -> None:
        glue = ScriptedGlue(
            now=NINE + 100,
            crawls=[ScriptedCrawl("ours", NINE, seconds=10), ScriptedCrawl("theirs", NINE + 90)],
        )

        with glue.installed():
            asyncio.run(make_trigger(cancel_on_kill=True).on_kill())

        assert "StopCrawler" not in glue.calls

    def test_a_restart_of_the_triggerer_stops_nothing(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=1e9)])
        trigger = make_trigger(cancel_on_kill=True)

        async def restart() -> None:
            running = asyncio.create_task(first_event(trigger))
            await asyncio.sleep(0.02)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            await trigger.cleanup()

        with glue.installed():
            asyncio.run(restart())

        assert "StopCrawler" not in glue.calls


class TestInTurn:
    """Several tasks wait for the end of a stale crawl, to start the next one."""

    def go_on(self, glue: ScriptedGlue, **overrides: Any) -> list[float]:
        """Return when each of five tasks goes on, on Glue's clock, in order."""
        moments: list[float] = []

        async def follow() -> None:
            trigger = make_trigger(crawl_id="stale", in_turn=True, **overrides)
            trigger.head_start_seconds = 0.5
            await first_event(trigger)
            moments.append(glue.now)

        async def scenario() -> None:
            async with asyncio.timeout(30):
                await asyncio.gather(*(follow() for _ in range(5)))

        with glue.installed():
            asyncio.run(scenario())
        return moments

    def test_one_goes_on_and_the_others_when_there_is_a_newer_crawl(self) -> None:
        newer = ScriptedCrawl("newer", NINE + 100, seconds=HOUR)
        glue = ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE - 10, seconds=50)], step=0.5)
        glue.crawls.append(newer)

        first, *others = self.go_on(glue)

        assert first < newer.started
        assert min(others) >= newer.started

    def test_the_next_goes_on_when_the_first_has_started_nothing(self) -> None:
        began = time.monotonic()

        moments = self.go_on(ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE)]))

        assert len(moments) == 5
        assert time.monotonic() - began > 4 * 0.5

    def test_all_go_on_at_the_deadline(self) -> None:
        began = time.time()

        self.go_on(ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE)]), deadline=began + 0.7)

        assert time.time() - began < 20

    def test_all_go_on_when_the_crawler_is_gone(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE)], deleted_at=NINE + 500)

        assert len(self.go_on(glue)) == 5
