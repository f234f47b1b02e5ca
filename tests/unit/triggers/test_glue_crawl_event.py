"""GlueCrawlEventTrigger on a double of the AWS client, through the shared poller."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

import pytest

from airflow_lineage_provider.triggers.glue_crawl_event import GlueCrawlEventTrigger
from tests.unit.hooks.scripted_glue import CRAWLER, NINE, ScriptedCrawl, ScriptedGlue, client_error


class AssetStore:
    """Airflow's store for the state of one asset, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def aget(self, key: str) -> Any:
        """Return what is kept."""
        return json.loads(self.kept[key]) if key in self.kept else None

    async def aset(self, key: str, value: Any) -> None:
        """Keep a value."""
        self.kept[key] = json.dumps(value)


def make_trigger(*, store: AssetStore | None = None, **overrides: Any) -> GlueCrawlEventTrigger:
    """Build a trigger that looks as often as it can."""
    arguments: dict[str, Any] = {
        "crawler_name": CRAWLER,
        "waiter_delay": 0.002,
        "aws_conn_id": None,
        **overrides,
    }
    trigger = GlueCrawlEventTrigger(**arguments)
    trigger.handover_seconds = 0.0
    trigger.asset_state_store = store  # type: ignore[assignment]
    return trigger


def events(
    glue: ScriptedGlue, trigger: GlueCrawlEventTrigger, *, count: int, more: int = 0
) -> list[dict[str, Any]]:
    """
    Return the payloads of the first events of a trigger.

    :param more: After them, go on until the clock of Glue is so many seconds later, and expect no event.
    """

    async def scenario() -> list[dict[str, Any]]:
        payloads: list[dict[str, Any]] = []
        async with aclosing(cast("AsyncIterator[Any]", trigger.run())) as stream:  # type: ignore[type-var]
            async with asyncio.timeout(30):
                while len(payloads) < count:
                    payloads.append((await anext(stream)).payload)
            if more:
                following = asyncio.ensure_future(anext(stream))
                end = glue.now + more
                while glue.now < end and not following.done():  # noqa: ASYNC110 - a clock of its own
                    await asyncio.sleep(0)
                if following.done():
                    payloads.append(following.result().payload)
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
        return payloads

    with glue.installed():
        return asyncio.run(scenario())


def ids(payloads: list[dict[str, Any]]) -> list[str]:
    return [payload["crawl_id"] for payload in payloads]


class TestSerialize:
    def test_gives_back_every_argument(self) -> None:
        given: dict[str, Any] = {
            "crawler_name": "sales",
            "states": ["FAILED"],
            "waiter_delay": 7.0,
            "event_queue_url": "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/crawls",
            "aws_conn_id": "my_aws",
            "region_name": "cn-north-1",
            "verify": False,
            "botocore_config": {"retries": {"mode": "standard"}},
        }
        assert set(given) == set(inspect.signature(GlueCrawlEventTrigger.__init__).parameters) - {"self"}

        path, kwargs = GlueCrawlEventTrigger(**given).serialize()

        assert path == "airflow_lineage_provider.triggers.glue_crawl_event.GlueCrawlEventTrigger"
        assert json.loads(json.dumps(kwargs)) == given
        assert GlueCrawlEventTrigger(**kwargs).serialize() == (path, kwargs)


@pytest.mark.airflow3
class TestWatcher:
    def test_takes_the_trigger(self) -> None:
        from airflow.sdk import Asset, AssetWatcher

        asset = Asset("crawls", watchers=[AssetWatcher(name="w", trigger=make_trigger())])

        assert asset.watchers[0].trigger.serialize()[1]["crawler_name"] == CRAWLER


class TestRun:
    def test_tells_of_every_crawl_that_ends_whoever_started_it(self) -> None:
        glue = ScriptedGlue(
            crawls=[
                ScriptedCrawl("old", NINE - 600),
                ScriptedCrawl("first", NINE + 30),
                ScriptedCrawl("second", NINE + 200),
            ]
        )

        payloads = events(glue, make_trigger(), count=2, more=200)

        assert ids(payloads) == ["first", "second"]

    def test_says_what_the_crawl_did(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE + 30)])

        (payload,) = events(glue, make_trigger(), count=1)

        assert payload == {
            "crawler_name": CRAWLER,
            "crawl_id": "ours",
            "state": "COMPLETED",
            "started_at": "2025-06-04T09:00:30.000Z",
            "ended_at": "2025-06-04T09:01:30.000Z",
            "database": "db",
            "tables": {"added": ["db.orders"], "updated": [], "deleted": []},
            "error_message": "",
        }
        assert json.loads(json.dumps(payload)) == payload

    def test_a_crawl_that_runs_when_the_trigger_starts_counts(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("old", NINE - 600), ScriptedCrawl("ours", NINE - 10)])

        assert ids(events(glue, make_trigger(), count=1)) == ["ours"]

    def test_tells_of_failures_too_with_the_message(self) -> None:
        failed = ScriptedCrawl("ours", NINE + 30, state="FAILED", message="AccessDenied on s3://raw")

        (payload,) = events(ScriptedGlue(crawls=[failed]), make_trigger(), count=1)

        assert (payload["state"], payload["error_message"]) == ("FAILED", "AccessDenied on s3://raw")

    def test_leaves_out_what_ended_otherwise_than_wanted(self) -> None:
        glue = ScriptedGlue(
            crawls=[ScriptedCrawl("bad", NINE + 30, state="FAILED"), ScriptedCrawl("good", NINE + 200)]
        )

        assert ids(events(glue, make_trigger(states=["COMPLETED"]), count=1)) == ["good"]

    def test_finds_a_crawl_that_the_history_shows_late(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE + 30, shown_after=90)])

        assert ids(events(glue, make_trigger(), count=1)) == ["ours"]

    def test_goes_on_after_a_permission_came_back(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE + 30)])
        denied = client_error("ListCrawls", "AccessDeniedException")
        glue.faults["list_crawls"] = [denied, denied, denied]

        assert ids(events(glue, make_trigger(), count=1)) == ["ours"]

    def test_goes_on_after_throttling(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE + 30)])
        throttled = client_error("GetCrawler", "ThrottlingException")
        glue.faults["get_crawler"] = [throttled, throttled]

        assert ids(events(glue, make_trigger(), count=1)) == ["ours"]


@pytest.mark.airflow3
class TestRestart:
    CRAWLS = (
        ScriptedCrawl("first", NINE + 30),
        ScriptedCrawl("second", NINE + 200),
        ScriptedCrawl("third", NINE + 400),
    )

    def test_repeats_nothing(self) -> None:
        glue = ScriptedGlue(crawls=list(self.CRAWLS))
        store = AssetStore()
        events(glue, make_trigger(store=store), count=1, more=20)

        again = events(glue, make_trigger(store=store), count=2, more=100)

        assert ids(again) == ["second", "third"]

    def test_tells_what_ended_meanwhile(self) -> None:
        glue = ScriptedGlue(crawls=list(self.CRAWLS))
        store = AssetStore()
        events(glue, make_trigger(store=store), count=1, more=20)
        glue.now = NINE + 1000

        assert ids(events(glue, make_trigger(store=store), count=2)) == ["second", "third"]

    def test_repeats_an_event_that_the_triggerer_may_not_have_stored(self) -> None:
        glue = ScriptedGlue(crawls=list(self.CRAWLS))
        store = AssetStore()
        events(glue, make_trigger(store=store), count=1)  # ends right after the event

        assert ids(events(glue, make_trigger(store=store), count=1)) == ["first"]

    def test_without_a_store_begins_anew(self) -> None:
        glue = ScriptedGlue(crawls=list(self.CRAWLS))
        events(glue, make_trigger(), count=1)
        glue.now = NINE + 300

        assert ids(events(glue, make_trigger(), count=1)) == ["third"]

    @pytest.mark.parametrize("junk", ["text", {"crawl_id": "x"}, {"crawl_id": "x", "started_at": "soon"}])
    def test_begins_anew_where_the_store_holds_something_else(self, junk: Any) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("old", NINE - 600), ScriptedCrawl("ours", NINE + 30)])
        store = AssetStore()
        store.kept[f"airflow_lineage_glue_crawl::{CRAWLER}"] = json.dumps(junk)

        assert ids(events(glue, make_trigger(store=store), count=1)) == ["ours"]

    def test_goes_on_where_the_store_does_not_answer(self) -> None:
        from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
        from airflow.sdk.execution_time.comms import ErrorResponse

        class Unreachable(AssetStore):
            async def aget(self, key: str) -> Any:
                raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))

            async def aset(self, key: str, value: Any) -> None:
                raise ValueError("two assets")

        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE + 30)])

        assert ids(events(glue, make_trigger(store=Unreachable()), count=1)) == ["ours"]
