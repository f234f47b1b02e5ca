"""The shared reader of an event queue, on a queue in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, cast

from airflow_lineage_provider.exceptions import PermissionDeniedError
from airflow_lineage_provider.hooks.crawl_messages import KEPT_SECONDS, QueueMessage
from airflow_lineage_provider.hooks.crawl_queue import SqsCrawlEventHook
from airflow_lineage_provider.triggers.crawl_hints import CrawlHints


class Queue:
    """A queue in memory, in place of the hook."""

    def __init__(self, *messages: QueueMessage, error: Exception | None = None) -> None:
        self.waiting = list(messages)
        self.deleted: list[QueueMessage] = []
        self.error = error
        self.made = 0
        self.reads = 0

    def make(self) -> SqsCrawlEventHook:
        """Take the place of a hook."""
        self.made += 1
        return cast("SqsCrawlEventHook", self)

    def receive(self, queue_url: str) -> list[QueueMessage]:
        """Return all messages, once."""
        self.reads += 1
        if self.error is not None:
            raise self.error
        messages, self.waiting = self.waiting, []
        return messages

    def delete(self, queue_url: str, messages: Iterable[QueueMessage]) -> None:
        """Note what is deleted."""
        self.deleted += messages


class Wait:
    """A trigger that waits for a crawler until it is told to look."""

    def __init__(self, queue: Queue, crawler_name: str) -> None:
        self.queue = queue
        self.crawler_name = crawler_name
        self.looked = asyncio.Event()
        self.deleted_before_look: int | None = None

    async def look(self) -> None:
        """Note the look, and what was deleted by then."""
        self.deleted_before_look = len(self.queue.deleted)
        self.looked.set()

    async def run(self, until: Callable[[], bool] | None = None) -> None:
        """Wait until there was a look, or until something else holds."""
        key = ("connection",)
        async with CrawlHints.heeded(
            key, "url", self.queue.make, crawler_name=self.crawler_name, look=self.look
        ):
            if until is None:
                await self.looked.wait()
            while until is not None and not until():  # noqa: ASYNC110 - it is no event
                await asyncio.sleep(0.001)


def run(*waits: Any) -> None:
    async def scenario() -> None:
        async with asyncio.timeout(20):
            await asyncio.gather(*waits)

    asyncio.run(scenario())


def message(crawler_name: str, *, has_ended: bool = True, age_seconds: float = 3600.0) -> QueueMessage:
    name = f"message about {crawler_name}"
    return QueueMessage(name, f"receipt of the {name}", crawler_name, has_ended, age_seconds)


def test_has_everybody_look_who_waits_for_the_crawler() -> None:
    queue = Queue(message("sales"))
    first, second = Wait(queue, "sales"), Wait(queue, "sales")

    run(first.run(), second.run())

    assert first.looked.is_set()
    assert second.looked.is_set()
    assert queue.made == 1


def test_deletes_an_old_message_after_the_look() -> None:
    queue = Queue(message("sales"))
    wait = Wait(queue, "sales")

    run(wait.run(until=lambda: bool(queue.deleted)))

    assert wait.deleted_before_look == 0
    assert queue.deleted == [message("sales")]


def test_leaves_a_young_message_to_others_for_a_while_and_deletes_it_then() -> None:
    young = message("sales", age_seconds=KEPT_SECONDS - 2)
    queue = Queue(young)
    deleted_at_the_end: list[QueueMessage] = []

    async def scenario() -> None:
        async with asyncio.timeout(20):
            await Wait(queue, "sales").run()
            deleted_at_the_end.extend(queue.deleted)
            while not queue.deleted:  # noqa: ASYNC110 - it is no event
                await asyncio.sleep(0.01)

    asyncio.run(scenario())

    assert deleted_at_the_end == []
    assert queue.deleted == [young]


def test_looks_once_however_often_a_message_comes() -> None:
    queue = Queue(message("sales", age_seconds=0.0))
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        queue.waiting = [message("sales", age_seconds=1.0)] if queue.reads < 2 else []

    async def scenario() -> None:
        async with (
            asyncio.timeout(20),
            CrawlHints.heeded(("again",), "url", queue.make, crawler_name="sales", look=look),
        ):
            while queue.reads < 3:  # noqa: ASYNC110 - it is no event
                await asyncio.sleep(0.001)

    asyncio.run(scenario())

    assert looks == 1


def test_leaves_alone_what_nobody_here_waits_for() -> None:
    queue = Queue(message("other"), QueueMessage("m", "about something else"))

    run(Wait(queue, "sales").run(until=lambda: queue.reads > 0 and not queue.waiting))

    assert queue.deleted == []


def test_deletes_the_start_of_a_crawl_without_a_look() -> None:
    queue = Queue(message("sales", has_ended=False))
    wait = Wait(queue, "sales")

    run(wait.run(until=lambda: bool(queue.deleted)))

    assert not wait.looked.is_set()


def test_the_wait_goes_on_where_the_queue_cannot_be_read() -> None:
    error = PermissionDeniedError(
        service="sqs", operation="ReceiveMessage", code="AccessDenied", message="no.", subject="queue url"
    )
    queue = Queue(error=error)

    run(Wait(queue, "sales").run(until=lambda: queue.reads == 1))

    assert queue.deleted == []


def test_a_reader_ends_with_its_last_wait() -> None:
    queue = Queue(message("sales"))

    run(Wait(queue, "sales").run())

    assert not [key for key in CrawlHints._readers if "url" in key]
