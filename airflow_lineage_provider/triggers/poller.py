"""
One poll loop per event loop, kind of wait and AWS client, shared by every trigger of the process.

A thousand tasks that wait for a thousand crawls ask ten times per interval, through one client, and the event
loop never blocks: the calls run in threads. Throttling makes the poller ask less often, for all, with jitter
and a ceiling; no wait fails because of it before the deadline of that wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import random
import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.hooks.error_codes import is_transient

__all__ = ["SharedPoller"]

SubjectT = TypeVar("SubjectT", bound=Hashable)
SeenT = TypeVar("SeenT")
VerdictT = TypeVar("VerdictT")

Fetch = Callable[[Sequence[SubjectT]], Awaitable[Mapping[SubjectT, SeenT | LineageError]]]

_CONCURRENT_BATCHES = 4
_SLOWEST = 16.0
_MOST_JITTER_SECONDS = 5.0
_LAST_LOOK_SECONDS = 15.0
_log = logging.getLogger(__name__)


class _Waiter(Generic[SeenT]):
    """One waiting trigger: how often it wants news, and the newest news it has not read."""

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self._news = asyncio.Event()
        self._seen: SeenT | None = None
        self._error: Exception | None = None

    def tell(self, seen: SeenT) -> None:
        """Leave an observation; an older one that was not read is replaced."""
        self._seen, self._error = seen, None
        self._news.set()

    def fail(self, error: Exception) -> None:
        """Leave an error that asking again would not cure."""
        self._error = error
        self._news.set()

    async def next(self) -> SeenT:
        """Wait for the next observation."""
        await self._news.wait()
        self._news.clear()
        if self._error is not None:
            raise self._error
        return self._seen  # type: ignore[return-value]


class SharedPoller(Generic[SubjectT, SeenT]):
    """
    Ask for many subjects together and hand every waiting trigger what was seen of its own.

    Use :meth:`watch`; it finds or makes the poller. A poller lives as long as somebody waits, and its AWS
    client (which belongs to ``fetch``) as long as the poller.

    :param key: What makes two waits share a poller: the kind, the hook, connection, region, client options.
    :param fetch: Asks for at most ``batch_size`` subjects and returns what it saw of each, or the error that
        concerns that subject alone. A subject that it leaves out counts as not seen this time. It must not
        block: blocking calls belong in a thread.
    :param batch_size: How many subjects one call of ``fetch`` may take.
    """

    _pollers: dict[tuple[Hashable, ...], SharedPoller[Any, Any]] = {}  # noqa: RUF012

    def __init__(self, key: tuple[Hashable, ...], fetch: Fetch[SubjectT, SeenT], batch_size: int) -> None:
        self.key = key
        self.fetch = fetch
        self.batch_size = batch_size
        self.slowdown = 1.0
        self._waiters: dict[SubjectT, set[_Waiter[SeenT]]] = {}
        self._due: dict[SubjectT, float] = {}
        self._began = time.monotonic()
        self._loop = asyncio.get_running_loop()  # kept alive, so that its id is not given to another loop
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def watch(
        cls,
        key: tuple[Hashable, ...],
        make_fetch: Callable[[], Fetch[SubjectT, SeenT]],
        subject: SubjectT,
        verdict: Callable[[SeenT], VerdictT | None],
        *,
        interval: float,
        deadline: float,
        batch_size: int = 100,
    ) -> VerdictT:
        """
        Wait for ``verdict`` to return something about what is seen of ``subject``.

        ``verdict`` runs in the calling task, so what it logs appears in the log of that trigger.

        :param key: See the class; the event loop is added to it.
        :param make_fetch: Makes the ``fetch`` of a new poller; not called when there is one already.
        :param subject: What to ask for.
        :param verdict: Returns ``None`` as long as the wait goes on.
        :param interval: Seconds between two looks.
        :param deadline: When to give up, in seconds since the epoch.
        :param batch_size: How many subjects one call of ``fetch`` may take.
        :raises TimeoutError: At the deadline, after one last look. Throttling never ends a wait earlier.
        :raises LineageError: If AWS refuses the call for a reason that does not pass.
        """
        full_key = (id(asyncio.get_running_loop()), *key)
        poller: SharedPoller[SubjectT, SeenT] | None = cls._pollers.get(full_key)
        if poller is None:
            poller = cls._pollers[full_key] = cls(full_key, make_fetch(), batch_size)
        waiter: _Waiter[SeenT] = _Waiter(max(interval, 0.001))
        poller._add(subject, waiter)
        try:
            return await poller._wait(subject, waiter, verdict, deadline)
        finally:
            poller._remove(subject, waiter)

    async def _wait(
        self,
        subject: SubjectT,
        waiter: _Waiter[SeenT],
        verdict: Callable[[SeenT], VerdictT | None],
        deadline: float,
    ) -> VerdictT:
        """Judge what is seen until the deadline, and once more then."""
        try:
            async with asyncio.timeout(max(0.0, deadline - time.time())):
                while True:
                    result = verdict(await waiter.next())
                    if result is not None:
                        return result
        except TimeoutError:
            self._due[subject] = 0.0
            self._arrived.set()
            async with asyncio.timeout(_LAST_LOOK_SECONDS):
                result = verdict(await waiter.next())
            if result is None:
                raise
            return result

    def _add(self, subject: SubjectT, waiter: _Waiter[SeenT]) -> None:
        """Take a waiter in and make sure that the loop runs."""
        self._waiters.setdefault(subject, set()).add(waiter)
        due = self._next_tick(waiter.interval)
        self._due[subject] = min(due, self._due.get(subject, due))
        self._arrived.set()
        if self._task is None or self._task.done():
            # A context of its own: the loop must not log into the task log of the first trigger that came.
            self._task = self._loop.create_task(
                self._run(), name=f"shared-poller {self.key[1]}", context=contextvars.Context()
            )

    def _remove(self, subject: SubjectT, waiter: _Waiter[SeenT]) -> None:
        """Let a waiter go; the loop ends by itself when it was the last."""
        waiters = self._waiters[subject]
        waiters.discard(waiter)
        if not waiters:
            del self._waiters[subject], self._due[subject]
            self._arrived.set()

    def _next_tick(self, interval: float) -> float:
        """
        Return when subjects with this interval are asked for next.

        Ticks are counted from the poller's own beginning, so that waits which begin at different times are
        asked for together, while several triggerers do not ask at the same moment.
        """
        stretched = interval * self.slowdown
        return self._began + ((time.monotonic() - self._began) // stretched + 1) * stretched

    async def _run(self) -> None:
        """Sweep as long as anybody waits."""
        try:
            while self._waiters:
                self._arrived.clear()
                pause = min(self._due.values()) - time.monotonic()
                if pause > 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._arrived.wait(), pause)
                    continue
                if self.slowdown > 1:
                    jitter = min(_MOST_JITTER_SECONDS, self.slowdown * min(self._intervals()) / 4)
                    await asyncio.sleep(random.uniform(0, jitter))  # noqa: S311 - no secret, only spread
                await self._sweep()
        finally:
            if self._pollers.get(self.key) is self:
                del self._pollers[self.key]

    def _intervals(self) -> list[float]:
        """Return the interval of every waiter."""
        return [waiter.interval for waiters in self._waiters.values() for waiter in waiters]

    async def _sweep(self) -> None:
        """Ask once for every subject whose time has come, several batches at a time."""
        now = time.monotonic()
        subjects = [subject for subject, due in self._due.items() if due <= now]
        for subject in subjects:
            self._due[subject] = self._next_tick(min(w.interval for w in self._waiters[subject]))
        gate = asyncio.Semaphore(_CONCURRENT_BATCHES)

        async def ask(batch: list[SubjectT]) -> bool:
            async with gate:
                return await self._ask(batch)

        batches = [subjects[i : i + self.batch_size] for i in range(0, len(subjects), self.batch_size)]
        passed = await asyncio.gather(*(ask(batch) for batch in batches))
        self._adapt(calm=all(passed))

    async def _ask(self, batch: list[SubjectT]) -> bool:
        """
        Fetch one batch and tell its waiters; return ``False`` if AWS asked to slow down.

        An error that does not pass may concern one subject only (a permission on one crawler): the subjects
        are then asked for one by one, and only the waiters of the one at fault hear of it.
        """
        pending = [batch]
        calm = True
        while pending:
            asked = [subject for subject in pending.pop() if subject in self._waiters]
            if not asked:
                continue
            try:
                seen = await self.fetch(asked)
            except LineageError as error:
                if is_transient(error):
                    _log.debug("Asking %d subject(s) again later: %s", len(asked), error)
                    calm = False
                elif len(asked) > 1:
                    pending.extend([subject] for subject in asked)
                else:
                    self._fail(asked, error)
            except Exception as error:  # noqa: BLE001 - the last line of defence: nobody may wait for ever
                _log.exception("A shared poller failed; every task that waits on it hears of it")
                self._fail(asked, error)
            else:
                calm = self._tell(seen) and calm
        return calm

    def _tell(self, seen: Mapping[SubjectT, SeenT | LineageError]) -> bool:
        """Tell the waiters what was seen; return ``False`` if AWS asked to slow down for one of them."""
        calm = True
        for subject, observation in seen.items():
            if not isinstance(observation, LineageError):
                for waiter in self._waiters.get(subject, ()):
                    waiter.tell(observation)
            elif is_transient(observation):
                calm = False
            else:
                self._fail([subject], observation)
        return calm

    def _fail(self, subjects: Iterable[SubjectT], error: Exception) -> None:
        """Let the waiters of these subjects fail."""
        for subject in subjects:
            for waiter in self._waiters.get(subject, ()):
                waiter.fail(error)

    def _adapt(self, *, calm: bool) -> None:
        """Ask half as often after throttling, up to a ceiling, and come back step by step."""
        before = self.slowdown
        self.slowdown = max(1.0, self.slowdown / 2) if calm else min(_SLOWEST, self.slowdown * 2)
        if before == 1.0 < self.slowdown:
            _log.warning("AWS throttles: polling %s less often until it stops", self.key[1])
