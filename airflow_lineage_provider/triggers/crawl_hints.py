"""
One reader per event loop, event queue and AWS client, shared by every trigger of the process.

It tells a trigger that a crawl of its crawler is over; the trigger then looks at once. See
:mod:`~airflow_lineage_provider.hooks.crawl_queue` for what becomes of the messages.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.hooks.crawl_messages import HeardMessages, QueueMessage

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.crawl_queue import SqsCrawlEventHook

__all__ = ["QUEUE_HOOK", "CrawlHints"]

QUEUE_HOOK = "airflow_lineage_provider.hooks.crawl_queue.SqsCrawlEventHook"
"""Path of the hook, whose module imports boto3."""

Look = Callable[[], Awaitable[object]]

_PAUSE_AFTER_OTHERS_SECONDS = 1.0
_PAUSE_AFTER_ERROR_SECONDS = 60.0
_log = logging.getLogger(__name__)


class CrawlHints:
    """
    Read a queue as long as anybody waits for a crawler.

    Use :meth:`heeded`. A queue that cannot be read is logged once and tried again every minute; polling goes
    on all the while.

    :param key: What makes two waits share a reader.
    :param queue_url: The queue.
    :param make_hook: Makes the hook; blocks, so it is called in a thread.
    """

    _readers: dict[tuple[Hashable, ...], CrawlHints] = {}  # noqa: RUF012
    _leaving: set[asyncio.Task[None]] = set()  # noqa: RUF012 - so that they are not collected

    def __init__(
        self, key: tuple[Hashable, ...], queue_url: str, make_hook: Callable[[], SqsCrawlEventHook]
    ) -> None:
        self.key = key
        self.queue_url = queue_url
        self._make_hook = make_hook
        self._hook: SqsCrawlEventHook | None = None
        self._looks: dict[str, list[Look]] = {}
        self._heard = HeardMessages()
        self._following: dict[str, asyncio.Task[None]] = {}
        self._loop = asyncio.get_running_loop()  # kept alive, so that its id is not given to another loop
        self._task: asyncio.Task[None] | None = None
        self._complained = ""

    @classmethod
    @asynccontextmanager
    async def heeded(
        cls,
        key: tuple[Hashable, ...],
        queue_url: str,
        make_hook: Callable[[], SqsCrawlEventHook],
        *,
        crawler_name: str,
        look: Look,
    ) -> AsyncIterator[None]:
        """
        Call ``look`` whenever a crawl of the crawler is over, and a few times after that.

        :param key: What makes two waits share a reader; the event loop and the queue are added to it.
        :param queue_url: The queue.
        :param make_hook: Makes the hook of a new reader.
        :param crawler_name: The crawler.
        :param look: Looks at once; must not raise.
        """
        full_key = (id(asyncio.get_running_loop()), queue_url, *key)
        reader = cls._readers.get(full_key)
        if reader is None:
            reader = cls._readers[full_key] = cls(full_key, queue_url, make_hook)
        reader._add(crawler_name, look)
        try:
            yield
        finally:
            reader._remove(crawler_name, look)

    def _add(self, crawler_name: str, look: Look) -> None:
        """Take a wait in and make sure that the queue is read."""
        self._looks.setdefault(crawler_name, []).append(look)
        if self._task is None:
            self._task = self._loop.create_task(
                self._run(), name=f"crawl-hints {self.queue_url}", context=contextvars.Context()
            )

    def _remove(self, crawler_name: str, look: Look) -> None:
        """Let a wait go; the last one ends the reader."""
        self._looks[crawler_name].remove(look)
        if not self._looks[crawler_name]:
            del self._looks[crawler_name]
        if not self._looks and self._task is not None:
            self._task.cancel()
            self._readers.pop(self.key, None)
            self._leave()

    async def _run(self) -> None:
        """Read the queue until the last wait is over."""
        try:
            while self._looks:
                try:
                    await self._read()
                except LineageError as error:
                    self._complain(error)
                    await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
        finally:
            for task in self._following.values():
                task.cancel()

    async def _read(self) -> None:
        """Read some messages, have the crawls looked at, and delete the messages that were heeded."""
        messages = await asyncio.to_thread(self._receive)
        self._complained = ""
        news = self._heard.hear(messages, self._looks, self._loop.time())
        for name in {message.crawler_name for message in news if message.has_ended}:
            await self._look_at(name)
            self._follow(name)
        await self._delete_due()
        if messages and not news:
            await asyncio.sleep(_PAUSE_AFTER_OTHERS_SECONDS)

    async def _delete_due(self) -> None:
        """Delete the messages that were heeded and that others had the time to hear, too."""
        due, hook = self._heard.take_due(self._loop.time()), self._hook
        if due and hook is not None:
            try:
                await asyncio.to_thread(hook.delete, self.queue_url, due)
            except LineageError as error:
                _log.debug("A message was not deleted and may come again: %s", error)

    def _leave(self) -> None:
        """Have the rest of what was heeded deleted when it is time, without reading the queue until then."""
        last = self._heard.last_due()
        if last is None:
            return

        async def delete_later() -> None:
            await asyncio.sleep(max(0.0, last - self._loop.time()))
            await self._delete_due()

        task = self._loop.create_task(delete_later(), name=f"crawl-hints {self.queue_url}, last deletion")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _receive(self) -> list[QueueMessage]:
        """Read the queue, in a thread."""
        if self._hook is None:
            self._hook = self._make_hook()
        return self._hook.receive(self.queue_url)

    async def _look_at(self, crawler_name: str) -> None:
        """Have every wait for a crawler look at once."""
        await asyncio.gather(*(look() for look in tuple(self._looks.get(crawler_name, ()))))

    def _follow(self, crawler_name: str) -> None:
        """Have a crawler looked at a few times more."""
        before = self._following.pop(crawler_name, None)
        if before is not None:
            before.cancel()
        self._following[crawler_name] = self._loop.create_task(self._look_again(crawler_name))

    async def _look_again(self, crawler_name: str) -> None:
        """Look a few times more, because the crawler may lag behind its event."""
        from airflow_lineage_provider.hooks.crawl_queue import LOOKS_AFTER_EVENT

        for pause in LOOKS_AFTER_EVENT[1:]:
            await asyncio.sleep(pause)
            if crawler_name not in self._looks:
                return
            await self._look_at(crawler_name)

    def _complain(self, error: LineageError) -> None:
        """Log what is wrong with the queue, once."""
        if str(error) != self._complained:
            self._complained = str(error)
            _log.warning("The event queue cannot be read; waits go on by polling alone: %s", error)
