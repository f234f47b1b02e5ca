"""The client that all pollers of one connection share."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import RequestInvalidError
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.triggers.base import LineageAwsTrigger
from airflow_lineage_provider.triggers.datazone import DataZoneDataSourceRunTrigger
from airflow_lineage_provider.triggers.glue_crawl import GlueCrawlTrigger
from airflow_lineage_provider.triggers.glue_crawl_event import GlueCrawlEventTrigger
from airflow_lineage_provider.triggers.poller import SharedPoller
from airflow_lineage_provider.triggers.poller_hooks import PollerHook, SingleFetch
from tests.unit.hooks.scripted_catalog import DOMAIN, NOON, SOURCE, ScriptedCatalog, ScriptedRun
from tests.unit.hooks.scripted_glue import CRAWLER, NINE, ScriptedCrawl, ScriptedGlue

KEY = ("hook", "connection")


class Hook:
    """Notes in which thread it was made, and what was asked of it."""

    def __init__(self) -> None:
        self.thread = threading.current_thread()
        self.calls: list[str] = []

    def serve_poller(self) -> None:
        """Get ready."""
        self.calls.append("serve_poller")

    def place(self) -> tuple[str, str]:
        """Make the client."""
        self.calls.append("place")
        return "eu-west-1", "aws"


def shared(made: list[Hook], *, key: tuple[str, ...] = KEY) -> PollerHook[Any]:
    """Take the hook of a connection."""

    def make() -> Any:
        made.append(Hook())
        return made[-1]

    return PollerHook.shared(key, make)


def watch(kind: str, subject: str, made: list[Hook]) -> Any:
    """Wait for something of a kind, once."""

    def ask(hook: Any, asked: str) -> str:
        return asked

    return SharedPoller[str, str].watch(
        (kind, *KEY),
        lambda: SingleFetch(shared(made), ask),
        subject,
        lambda seen: seen,
        interval=0.01,
        deadline=time.time() + 10,
        batch_size=1,
    )


def test_pollers_of_every_kind_share_one_client_that_is_made_in_a_thread() -> None:
    made: list[Hook] = []

    async def scenario() -> list[str]:
        waits = (watch(kind, subject, made) for kind in ("runs", "events", "nodes") for subject in "abcdefgh")
        found: list[str] = await asyncio.gather(*waits)
        return found

    seen = asyncio.run(scenario())

    assert seen == [*"abcdefgh"] * 3
    (hook,) = made
    assert hook.thread is not threading.main_thread()
    assert hook.calls == ["serve_poller", "place"]


def test_the_client_goes_with_the_last_poller() -> None:
    made: list[Hook] = []

    async def scenario() -> None:
        for subject in "ab":
            await watch("runs", subject, made)
            await asyncio.sleep(0.03)

            assert not PollerHook._shared

    asyncio.run(scenario())

    assert len(made) == 2


def test_other_connections_have_clients_of_their_own() -> None:
    made: list[Hook] = []

    async def scenario() -> None:
        hooks = [shared(made), shared(made, key=("hook", "other")), shared(made)]
        await asyncio.to_thread(lambda: [hook() for hook in hooks])
        for hook in hooks:
            hook.release()

    asyncio.run(scenario())

    assert len(made) == 2
    assert not PollerHook._shared


def test_a_client_that_cannot_be_made_is_tried_again() -> None:
    failures = [OSError("no connection")]

    def make() -> Any:
        if failures:
            raise failures.pop()
        return Hook()

    hook = PollerHook[Any](make)

    with pytest.raises(OSError, match="no connection"):
        hook()
    assert hook().calls == ["serve_poller", "place"]


class TestTriggers:
    """No trigger makes a client on the event loop, and waits of one service share it."""

    def run(self, triggers: Sequence[LineageAwsTrigger], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """Run triggers in one loop; return the threads in which hooks were made."""
        threads: list[threading.Thread] = []
        make_hook = LineageAwsTrigger.make_hook

        def noted(trigger: LineageAwsTrigger) -> Any:
            threads.append(threading.current_thread())
            return make_hook(trigger)

        monkeypatch.setattr(LineageAwsTrigger, "make_hook", noted)

        async def first_event(trigger: LineageAwsTrigger) -> Any:
            async for event in trigger.run():
                return event.payload
            raise AssertionError("no event")

        async def scenario() -> None:
            payloads = await asyncio.gather(*map(first_event, triggers))
            assert all(payload.get("status") != "error" for payload in payloads)

        asyncio.run(scenario())
        return threads

    def test_for_crawls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=30, stopping=0)])
        waits = [
            GlueCrawlTrigger(
                crawler_name=CRAWLER,
                crawl_id="ours",
                deadline=time.time() + 10,
                timeout=10.0,
                waiter_delay=0.002,
                aws_conn_id=None,
            )
            for _ in range(20)
        ]

        with glue.installed():
            threads = self.run(waits, monkeypatch)

        assert len(threads) == 1
        assert threads[0] is not threading.main_thread()
        assert waits[0].client_key == GlueCrawlEventTrigger(crawler_name="x", aws_conn_id=None).client_key

    def test_for_imports(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """They ask pollers of two kinds: for the listing first, and for the run by itself in the end."""
        catalog = ScriptedCatalog(ScriptedRun("run1", NOON, run_seconds=10))
        monkeypatch.setattr(DataZoneHook, "conn", catalog)
        waits = [
            DataZoneDataSourceRunTrigger(
                domain_identifier=DOMAIN,
                data_source_identifier=SOURCE,
                run_identifier="run1",
                awaited="verdict",
                require_lineage=True,
                waiter_delay=0.001,
                timeout=30.0,
                deadline=time.time() + 30,
                absent_seconds=0.0,
                carried={},
                aws_conn_id=None,
            )
            for _ in range(5)
        ]

        threads = self.run(waits, monkeypatch)

        assert {"ListDataSourceRuns", "GetDataSourceRun"} <= set(catalog.calls)
        assert len(threads) == 1
        assert threads[0] is not threading.main_thread()


def test_the_client_of_an_unknown_region_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/no/such/file")

    with pytest.raises(RequestInvalidError):
        PollerHook(lambda: GlueCrawlHook(aws_conn_id=None))()
