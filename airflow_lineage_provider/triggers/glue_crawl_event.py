"""
An event for every crawl of a crawler that ends, whoever started it: for an ``AssetWatcher`` (Airflow 3).

On Airflow 2 the trigger can be imported, and nothing there takes it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow.triggers import base as airflow_triggers
from airflow.triggers.base import TriggerEvent

from airflow_lineage_provider.exceptions import LineageError, ResourceNotFoundError
from airflow_lineage_provider.hooks.crawl_endings import Endings, Place, ending_payload, read_endings
from airflow_lineage_provider.hooks.crawl_records import CRAWL_ENDED, Crawler
from airflow_lineage_provider.hooks.error_codes import is_transient
from airflow_lineage_provider.hooks.loading import load_hook
from airflow_lineage_provider.triggers.base import LineageAwsTrigger
from airflow_lineage_provider.triggers.closer_looks import CloserLook
from airflow_lineage_provider.triggers.crawl_hints import QUEUE_HOOK, CrawlHints
from airflow_lineage_provider.triggers.poller import SharedPoller
from airflow_lineage_provider.triggers.poller_hooks import PollerHook

if TYPE_CHECKING:
    from airflow.triggers.base import BaseEventTrigger as _EventTrigger

    from airflow_lineage_provider.hooks.crawl_queue import SqsCrawlEventHook
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
else:
    _EventTrigger = getattr(airflow_triggers, "BaseEventTrigger", airflow_triggers.BaseTrigger)

__all__ = ["EndingsFetcher", "GlueCrawlEventTrigger"]

Subject = tuple[str, Place]
"""A crawler's name, and up to where its crawls were told."""

_BATCH = 100
_LAG_SECONDS = 120.0
_LOOK_ANYWAY_SECONDS = 600.0
_DAY_SECONDS = 24 * 60 * 60.0
_LOOK_SECONDS = 10.0
_SeenT = TypeVar("_SeenT")


@dataclass(slots=True)
class _Known:
    """What was seen of a crawler: state and ``LastCrawl``, since when, and the last look at its history."""

    state: tuple[str, str]
    since: float
    looked_at: float = 0.0
    place: Place | None = None
    crawler: Crawler | None = None


class EndingsFetcher:
    """
    Ask for up to a hundred crawlers with one ``BatchGetCrawlers``, and for the history of those that moved.

    A crawler's history is read at first, as long as it may lag behind a change of the crawler's state or
    ``LastCrawl``, and now and then.

    :param hook: Used until :meth:`close`.
    """

    def __init__(self, hook: PollerHook[GlueCrawlHook]) -> None:
        self._hook = hook
        self._known: dict[str, _Known] = {}

    def __call__(self, subjects: Sequence[Subject]) -> Mapping[Subject, Endings | CloserLook]:
        """Say of which crawlers the history must be read; of those that did not move, return no crawls."""
        crawlers = self._hook().batch_get_crawlers(sorted({name for name, _ in subjects}))
        now = time.monotonic()
        seen: dict[Subject, Endings | CloserLook] = {}
        for subject in subjects:
            crawler = crawlers.get(subject[0])
            if self._may_have_ended(subject, crawler, now):
                seen[subject] = CloserLook(subject)
            elif crawler is not None:
                seen[subject] = Endings(crawler, ())
        return seen

    def look_closer(self, subjects: Sequence[Subject]) -> Mapping[Subject, Endings]:
        """
        Read one crawler's history.

        :raises AwsCallError: If it cannot be read, or there is no such crawler.
        """
        hook = self._hook()
        seen = {}
        for name, place in subjects:
            known = self._known.get(name)
            crawler = (known and known.crawler) or hook.get_crawler(name)[0]
            seen[name, place] = read_endings(hook, crawler, place)
        return seen

    def pause(self, subject: Subject, interval: float) -> float:  # noqa: ARG002
        """Look once per interval: a crawl may begin and end at any time."""
        return interval

    def forget(self, subject: Subject) -> None:
        """Keep what is known: the same crawler is waited for again from the next place on."""

    def close(self) -> None:
        """Let the client go."""
        self._hook.release()

    def _may_have_ended(self, subject: Subject, crawler: Crawler | None, now: float) -> bool:
        """Tell whether the history must be read, as far as the crawler alone can tell."""
        name, place = subject
        state = ("", "") if crawler is None else (crawler.state, crawler.last_crawl)
        known = self._known.get(name)
        if known is None or known.state != state:
            known = self._known[name] = _Known(state, now)
        known.crawler = crawler
        lags = now - known.since <= _LAG_SECONDS
        if lags or known.place != place or now - known.looked_at > _LOOK_ANYWAY_SECONDS:
            known.place, known.looked_at = place, now
            return True
        return False


class GlueCrawlEventTrigger(LineageAwsTrigger, _EventTrigger):
    """
    Send an event for every crawl of a crawler that ends: scheduled by Glue, run by hand or by a DAG.

    Give it to an ``AssetWatcher``; it never ends by itself. What stands in its way (a crawler that does not
    exist yet, a permission, throttling) is logged once and tried again.

    Where Airflow keeps the state of assets (3.3 and newer) and the watcher watches one asset, a crawl that
    ends while no triggerer runs is told when one is back, and none is told twice by a restart. If a triggerer
    dies within seconds of an event, that event comes again. Elsewhere only crawls that end after the trigger
    has started are told.

    The payload has ``crawler_name``, ``crawl_id``, ``state``, ``started_at``, ``ended_at``, ``database``,
    ``tables`` (``added``, ``updated``, ``deleted``; ``None`` if that is not known) and ``error_message``.

    .. seealso::
        - Guide: :ref:`howto/assets:watcher`
        - AWS API: `ListCrawls <https://docs.aws.amazon.com/glue/latest/webapi/API_ListCrawls.html>`__

    :param crawler_name: The crawler.
    :param states: How a crawl must have ended to be told: some of ``COMPLETED``, ``FAILED`` and ``STOPPED``;
        ``None`` means any.
    :param waiter_delay: Seconds between two looks.
    :param event_queue_url: An SQS queue to which EventBridge sends ``Glue Crawler State Change``: an event
        about the crawler makes the trigger look at once, so ``waiter_delay`` may be long; see
        :ref:`howto/assets:queue`. ``None`` polls only.
    """

    hook_class_path = "airflow_lineage_provider.hooks.glue_crawl.GlueCrawlHook"

    handover_seconds = 5.0
    """How long an event takes to be stored by the triggerer; only then its crawl counts as told."""

    def __init__(
        self,
        *,
        crawler_name: str,
        states: Sequence[str] | None = None,
        waiter_delay: float = 60,
        event_queue_url: str | None = None,
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
        self.states = None if states is None else list(states)
        self.waiter_delay = waiter_delay
        self.event_queue_url = event_queue_url
        self._place = Place()
        self._complained = ""

    def own_arguments(self) -> dict[str, Any]:
        """Return the arguments that are not about the AWS connection."""
        return {
            "crawler_name": self.crawler_name,
            "states": self.states,
            "waiter_delay": self.waiter_delay,
            "event_queue_url": self.event_queue_url,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Send an event for every crawl that ends, for ever."""
        async with AsyncExitStack() as stack:
            if self.event_queue_url:
                await stack.enter_async_context(
                    CrawlHints.heeded(
                        self.client_key,
                        self.event_queue_url,
                        self._queue_hook,
                        crawler_name=self.crawler_name,
                        look=self._look_now,
                    )
                )
            async for event in await stack.enter_async_context(aclosing(self._events())):
                yield event

    async def _events(self) -> AsyncGenerator[TriggerEvent]:
        """Wait for every crawl that ends; make its event."""
        place = await self._recall()
        while True:
            try:
                if place is None:
                    place = await asyncio.to_thread(self._present)
                    await self._remember(place)
                endings = await self._next(place)
            except LineageError as error:
                self._complain(error)
                await asyncio.sleep(self.waiter_delay)
                continue
            self._complained = ""
            ended = endings.since(place)
            wanted = [crawl for crawl in ended if crawl.state in (self.states or CRAWL_ENDED)]
            for crawl in wanted:
                self.log.info("Crawl %s of %r is %s", crawl.crawl_id, self.crawler_name, crawl.state)
                yield TriggerEvent(ending_payload(endings.crawler, crawl))  # type: ignore[no-untyped-call]
            place = Place.of(ended[-1])
            if wanted and self._store is not None:
                await asyncio.sleep(self.handover_seconds)
            await self._remember(place)

    async def _next(self, place: Place) -> Endings:
        """
        Wait until a crawl after the place has ended.

        :raises LineageError: If AWS refuses the call for a reason that does not pass.
        """
        self._place = place
        while True:
            try:
                # An event may have come while nobody was waiting, so with a queue the first look is now.
                return await self._watch(
                    place,
                    lambda endings: endings if endings.since(place) else None,
                    seconds=_DAY_SECONDS,
                    soon=bool(self.event_queue_url),
                )
            except TimeoutError:
                continue

    async def _watch(
        self, place: Place, see: Callable[[Endings], _SeenT | None], *, seconds: float, soon: bool
    ) -> _SeenT:
        """Ask the shared poller, for so many seconds at most."""
        return await SharedPoller.watch(
            ("ended Glue crawls", *self.client_key),
            lambda: EndingsFetcher(self.poller_hook()),
            (self.crawler_name, place),
            see,
            interval=self.waiter_delay,
            deadline=time.time() + seconds,
            batch_size=_BATCH,
            soon=soon,
        )

    async def _look_now(self) -> None:
        """Look at once, because an event says that a crawl is over."""
        with suppress(TimeoutError, LineageError):
            await self._watch(self._place, lambda _: True, seconds=_LOOK_SECONDS, soon=True)

    def _queue_hook(self) -> SqsCrawlEventHook:
        """Make the hook of the event queue; blocks."""
        return cast("SqsCrawlEventHook", load_hook(QUEUE_HOOK, **self.aws_arguments))

    def _hook(self) -> GlueCrawlHook:
        """Make the hook; blocks."""
        return cast("GlueCrawlHook", self.make_hook())

    def _present(self) -> Place:
        """Return the place after the crawls that have ended by now; blocks."""
        hook = self._hook()
        try:
            return read_endings(hook, hook.get_crawler(self.crawler_name)[0]).now()
        except ResourceNotFoundError:
            return Place()

    def _complain(self, error: LineageError) -> None:
        """Log what is in the way, once."""
        if not is_transient(error) and str(error) != self._complained:
            self._complained = str(error)
            self.log.warning(
                "Crawls of %r cannot be watched; trying again every %s s: %s",
                self.crawler_name,
                self.waiter_delay,
                error,
            )

    @property
    def _store(self) -> Any:
        """Return Airflow's store for the state of the watched asset, where there is one."""
        return getattr(self, "asset_state_store", None)

    @property
    def _store_key(self) -> str:
        """Return the name of our place in the store."""
        return f"airflow_lineage_glue_crawl:{self.region_name or ''}:{self.crawler_name}"

    async def _recall(self) -> Place | None:
        """Return the place that was noted last, if it was."""
        return Place.from_payload(await self._ask("aget", self._store_key))

    async def _remember(self, place: Place) -> None:
        """Note that everything up to a place was told."""
        await self._ask("aset", self._store_key, place.to_payload())

    async def _ask(self, method: str, *arguments: Any) -> Any:
        """Call the store, if there is one; without an answer the trigger goes on as if there were none."""
        if self._store is None:
            return None
        from airflow.sdk.exceptions import AirflowRuntimeError

        try:
            return await getattr(self._store, method)(*arguments)
        except (AirflowRuntimeError, ValueError) as error:
            self.log.warning("The asset state store did not answer %s: %s", method, error)
            return None
