"""
The simplest shared poller there is, as a yardstick: it asks for all crawlers once per interval, in turn.

``BatchGetCrawlers`` for a hundred crawlers at a time, one call after the other, and a crawl counts as over
when its crawler is READY. It has no verdict about any one crawl, no throttling, no deadlines and no log; so
what it costs is what asking costs, and the difference to ours is what being right costs.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from airflow.triggers.base import TriggerEvent

__all__ = ["PrototypeTrigger"]

_BATCH = 100


class PrototypeTrigger:
    """
    Wait until a crawler is READY.

    :param crawler_name: The crawler.
    :param interval: Seconds between two looks at all crawlers.
    """

    _waiting: ClassVar[dict[str, set[asyncio.Future[None]]]] = defaultdict(set)
    _poller: ClassVar[asyncio.Task[None] | None] = None

    def __init__(self, *, crawler_name: str, interval: float) -> None:
        self.crawler_name = crawler_name
        self.interval = interval

    async def run(self) -> AsyncIterator[Any]:
        """Yield one event."""
        future = asyncio.get_running_loop().create_future()
        self._waiting[self.crawler_name].add(future)
        if PrototypeTrigger._poller is None:
            PrototypeTrigger._poller = asyncio.create_task(self._poll(self.interval))
        await future
        yield TriggerEvent({"status": "ended"})  # type: ignore[no-untyped-call]

    @classmethod
    async def _poll(cls, interval: float) -> None:
        """Ask for everything, interval after interval, as long as anybody waits."""
        client = await asyncio.to_thread(_make_client)
        while cls._waiting:
            await asyncio.sleep(interval)
            names = sorted(cls._waiting)
            for start in range(0, len(names), _BATCH):
                batch = names[start : start + _BATCH]
                found = await asyncio.to_thread(client.batch_get_crawlers, CrawlerNames=batch)
                for crawler in found["Crawlers"]:
                    if crawler["State"] == "READY":
                        for future in cls._waiting.pop(crawler["Name"]):
                            future.set_result(None)
        cls._poller = None


def _make_client() -> Any:
    """Make the client as a hook makes it."""
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    return AwsBaseHook(aws_conn_id=None, client_type="glue").get_conn()
