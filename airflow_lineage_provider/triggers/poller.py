"""
One poll loop per event loop, kind of wait and AWS client, shared by every trigger of the process.

A thousand tasks that wait for a thousand crawls ask ten times per interval, through one client, and the event
loop never blocks: the calls run in threads of the poller's own, several at a time, and what they bring is
handed out in small portions. A subject that tells when it will end is asked for less often until then, and
more often around that time. Throttling makes the poller ask less, for all, with jitter and a ceiling; no wait
fails because of it before the deadline of that wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar, cast, runtime_checkable

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.hooks.error_codes import is_transient
from airflow_lineage_provider.triggers.closer_looks import CloserLook, CloserLooks
from airflow_lineage_provider.triggers.pace import Pace
from airflow_lineage_provider.triggers.poll_queue import PollQueue, Waiter
from airflow_lineage_provider.triggers.rhythm import bounded_pause

__all__ = [
    "CONCURRENT_BATCHES",
    "CONCURRENT_CALLS",
    "AttentiveFetch",
    "ClosingFetch",
    "Fetch",
    "SharedPoller",
]

SubjectT = TypeVar("SubjectT", bound=Hashable)
SeenT = TypeVar("SeenT")
VerdictT = TypeVar("VerdictT")

Seen = Mapping[SubjectT, SeenT | LineageError | CloserLook]
Fetch = Callable[[Sequence[SubjectT]], Seen[SubjectT, SeenT] | Awaitable[Seen[SubjectT, SeenT]]]
"""
Asks for some subjects and returns what it saw of each, or the error that concerns that subject alone.

A subject that it leaves out counts as not seen this time. A function may block, for it is called in a thread;
a coroutine function must not.
"""

CONCURRENT_CALLS = 16
"""
How many calls of one poller may be under way: enough for the ends of ten thousand crawls within a minute.
"""

CONCURRENT_BATCHES = 3
"""
How many of them may ask for several subjects: of threads that read large replies, each keeps the event loop
waiting for five milliseconds at a time.
"""

_PORTION = 50
_PARTS = 10
_SHORTEST_INTERVAL = 0.001
_LONGEST_BEAT = 10.0
_BEATS_PER_INTERVAL = 20
_RETRY = (1 / 16, 1 / 8)
_LONGEST_RETRY_SECONDS = 2.0
_WARN_AGAIN_SECONDS = 600.0
_log = logging.getLogger(__name__)


@runtime_checkable
class AttentiveFetch(Protocol):
    """
    A :data:`Fetch` that knows more than the waiters about when and how a subject is worth another look.

    It is called in threads, several at a time, but :meth:`pause` and :meth:`forget` are not: they must not
    block.
    """

    def look_closer(self, subjects: Sequence[Any]) -> Mapping[Any, Any]:
        """
        Make the call that a :class:`~.closer_looks.CloserLook` asked for, for subjects of one group.

        It answers as the fetch does; what it raises concerns all of them.
        """

    def pause(self, subject: Any, interval: float) -> float:
        """Return how many seconds to wait before the next look; the poller keeps it within its bounds."""

    def forget(self, subject: Any) -> None:
        """Drop what is known of a subject that nobody waits for any more."""


@runtime_checkable
class ClosingFetch(Protocol):
    """A :data:`Fetch` that holds something."""

    def close(self) -> None:
        """Let it go: the poller has ended. Called on the event loop; must not block."""


class SharedPoller(Generic[SubjectT, SeenT]):
    """
    Ask for many subjects together and hand every waiting trigger what was seen of its own.

    Use :meth:`watch`; it finds or makes the poller. A poller lives as long as somebody waits, and its threads
    and its AWS client (which belongs to ``fetch``) as long as the poller.

    :param key: What makes two waits share a poller: the kind, the hook, connection, region, client options.
    :param fetch: See :data:`Fetch`; an :class:`AttentiveFetch` decides about pauses and closer looks, too.
    :param batch_size: How many subjects one call of ``fetch`` may take.
    """

    _pollers: dict[tuple[Hashable, ...], SharedPoller[Any, Any]] = {}  # noqa: RUF012

    def __init__(self, key: tuple[Hashable, ...], fetch: Fetch[SubjectT, SeenT], batch_size: int) -> None:
        self.key = key
        self.fetch = fetch
        self.batch_size = batch_size
        capable: object = fetch
        self._attentive = capable if isinstance(capable, AttentiveFetch) else None
        self._closing = capable if isinstance(capable, ClosingFetch) else None
        self._blocks = not any(map(inspect.iscoroutinefunction, (fetch, getattr(fetch, "__call__", None))))  # noqa: B004
        self._queue: PollQueue[SubjectT, SeenT] = PollQueue(time.monotonic())
        self._closer_looks: CloserLooks[SubjectT] = CloserLooks()
        self._pace, self._closer_pace = Pace(_LONGEST_BEAT), Pace(_LONGEST_BEAT)
        self._loop = asyncio.get_running_loop()  # kept alive, so that its id is not given to another loop
        self._stirred = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        self._fetches: set[asyncio.Task[None]] = set()
        self._most_fetches = CONCURRENT_BATCHES if batch_size > 1 else CONCURRENT_CALLS
        self._threads = ThreadPoolExecutor(CONCURRENT_CALLS, thread_name_prefix="shared-poller")
        self._task: asyncio.Task[None] | None = None
        self._warned_at = float("-inf")

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
        soon: bool = False,
    ) -> VerdictT:
        """
        Wait for ``verdict`` to return something about what is seen of ``subject``.

        ``verdict`` runs on the event loop, in the context of the calling task, so what it logs appears in the
        log of that trigger. It must not block.

        :param key: See the class; the event loop is added to it.
        :param make_fetch: Makes the ``fetch`` of a new poller; not called when there is one already.
        :param subject: What to ask for.
        :param verdict: Returns ``None`` as long as the wait goes on.
        :param interval: Seconds between two looks.
        :param deadline: When to give up, in seconds since the epoch.
        :param batch_size: How many subjects one call of ``fetch`` may take.
        :param soon: Take the first look at once, and not an interval later.
        :raises TimeoutError: At the deadline, after one last look. Throttling never ends a wait earlier.
        :raises LineageError: If AWS refuses the call for a reason that does not pass.
        """
        loop = asyncio.get_running_loop()
        full_key = (id(loop), *key)
        poller: SharedPoller[SubjectT, SeenT] | None = cls._pollers.get(full_key)
        if poller is None:
            poller = cls._pollers[full_key] = cls(full_key, make_fetch(), batch_size)
        now = time.monotonic()
        waiter: Waiter[SeenT] = Waiter(
            verdict, max(interval, _SHORTEST_INTERVAL), now + deadline - time.time(), loop.create_future()
        )
        poller._queue.add(subject, waiter, now, soon=soon)
        poller._stir()
        del key, full_key, make_fetch, verdict, loop  # a wait may take hours, and there may be thousands
        try:
            return cast("VerdictT", await waiter.future)
        finally:
            poller._let_go(subject, waiter)

    def _stir(self) -> None:
        """Make the loop look at the queue again, and start it if it does not run."""
        self._stirred.set()
        if self._task is None:
            # A context of its own: the loop must not log into the task log of the first trigger that came.
            self._task = self._loop.create_task(
                self._run(), name=f"shared-poller {self.key[1]}", context=contextvars.Context()
            )

    def _let_go(self, subject: SubjectT, waiter: Waiter[SeenT]) -> None:
        """Take a waiter out; the loop ends by itself when it was the last."""
        if waiter.future.done() and not waiter.future.cancelled():
            waiter.future.exception()  # seen, even if the task was cancelled in the same moment
        self._queue.remove(subject, waiter)
        if self._queue.line(subject) is None:
            self._forget(subject)
            if not self._queue:
                self._stirred.set()

    def _forget(self, subject: SubjectT) -> None:
        """Let the fetch drop what it knows of a subject."""
        if self._attentive is not None:
            self._attentive.forget(subject)

    async def _run(self) -> None:
        """Ask as long as anybody waits."""
        try:
            while self._queue:
                self._stirred.clear()
                now = time.monotonic()
                beat = self._queue.shortest_interval / _BEATS_PER_INTERVAL
                self._pace.beat = self._closer_pace.beat = min(beat, _LONGEST_BEAT)
                self._queue.expire(now)
                self._send(now)
                await self._sleep_until(self._next_moment(now))
        except Exception as error:  # noqa: BLE001 - the last line of defence: nobody may wait for ever
            _log.exception("A shared poller broke down; every task that waits on it hears of it")
            await self._fail(self._queue.subjects(), error)
        finally:
            if self._pollers.get(self.key) is self:
                del self._pollers[self.key]
            self._threads.shutdown(wait=False)
            if self._closing is not None:
                self._closing.close()

    def _send(self, now: float) -> None:
        """Make the calls whose turn has come, as far as there is room and the pace allows."""
        while self._may_fetch and not self._pace.delay(now):
            batch = self._queue.take(now, self.batch_size)
            if not batch:
                break
            self._pace.note_sent(now)
            self._start(self._ask(batch), self._calls, self._fetches)
        while self._has_room and not self._closer_pace.delay(now):
            group = self._closer_looks.take(now)
            if group is None:
                break
            self._closer_pace.note_sent(now)
            self._start(self._ask_closer(*group), self._calls)

    @property
    def _has_room(self) -> bool:
        """Tell whether another call may be made now."""
        return len(self._calls) < CONCURRENT_CALLS

    @property
    def _may_fetch(self) -> bool:
        """Tell whether another fetch may be made now."""
        return self._has_room and len(self._fetches) < self._most_fetches

    def _start(self, call: Coroutine[Any, Any, None], *among: set[asyncio.Task[None]]) -> None:
        """Let a call go on by itself; it takes room among others until it ends."""
        task = self._loop.create_task(call)
        for calls in among:
            calls.add(task)
            task.add_done_callback(calls.discard)
        task.add_done_callback(lambda _: self._stirred.set())

    def _next_moment(self, now: float) -> float:
        """Return when there is something to do, unless something happens before."""
        moments = [self._queue.next_deadline()]
        for room, turn, pace in (
            (self._may_fetch, self._queue.next_turn(), self._pace),
            (self._has_room, self._closer_looks.next_turn(), self._closer_pace),
        ):
            if room:
                moments.append(now + pace.delay(now) if turn <= now else turn)
        return min(moments)

    async def _sleep_until(self, moment: float) -> None:
        """Wait for a moment, or for something to happen."""
        pause = None if moment == float("inf") else max(0.0, moment - time.monotonic())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), pause)

    async def _ask(self, batch: list[SubjectT]) -> None:
        """
        Fetch one batch and tell its waiters.

        An error that does not pass may concern one subject only (a permission on one crawler): the batch is
        then asked for in ever smaller parts, and only the waiters of the one at fault hear of it.
        """
        try:
            await self._tell(batch, await self._fetch(batch))
        except LineageError as error:
            if is_transient(error):
                self._come_back(batch, error)
            elif len(batch) > 1:
                await self._ask_in_parts(batch)
            else:
                await self._fail(batch, error)
        except Exception as error:  # noqa: BLE001 - the last line of defence: nobody may wait for ever
            await self._fail_for_a_defect(batch, error)
        else:
            self._pace.note_answer(time.monotonic(), accepted=True)

    async def _fetch(self, batch: Sequence[SubjectT]) -> Seen[SubjectT, SeenT]:
        """Call ``fetch``, in a thread if it may block."""
        if not self._blocks:
            return await cast("Awaitable[Seen[SubjectT, SeenT]]", self.fetch(batch))
        found = await self._loop.run_in_executor(self._threads, self.fetch, batch)
        return cast("Seen[SubjectT, SeenT]", found)

    async def _ask_in_parts(self, batch: list[SubjectT]) -> None:
        """Ask for a batch again in parts, one after another, at the pace of all calls."""
        size = -(-len(batch) // _PARTS)
        for start in range(0, len(batch), size):
            part = [each for each in batch[start : start + size] if self._queue.line(each) is not None]
            if not part:
                continue
            while delay := self._pace.delay(time.monotonic()):  # noqa: ASYNC110 - how long is known
                await asyncio.sleep(delay)
            self._pace.note_sent(time.monotonic())
            await self._ask(part)

    async def _ask_closer(self, group: Hashable, subjects: list[SubjectT]) -> None:
        """Take the closer look at one group of subjects and tell their waiters."""
        subjects = [each for each in subjects if self._queue.line(each) is not None]
        if not subjects:
            return
        look_closer = cast("AttentiveFetch", self.fetch).look_closer
        try:
            await self._tell(subjects, await self._loop.run_in_executor(self._threads, look_closer, subjects))
        except LineageError as error:
            if is_transient(error):
                self._note_refusal(self._closer_pace, error)
                self._closer_looks.add(group, subjects, time.monotonic() + self._retry_seconds(subjects[0]))
            else:
                await self._fail(subjects, error)
        except Exception as error:  # noqa: BLE001 - the last line of defence: nobody may wait for ever
            await self._fail_for_a_defect(subjects, error)
        else:
            self._closer_pace.note_answer(time.monotonic(), accepted=True)

    async def _tell(self, subjects: list[SubjectT], seen: Seen[SubjectT, SeenT]) -> None:
        """Tell the waiters what was seen, in portions, and give every subject its next turn."""
        refused: dict[SubjectT, LineageError] = {}
        for subject in subjects:
            if self._queue.line(subject) is None:
                self._forget(subject)  # the last waiter left while the call was under way
                continue
            observation = seen.get(subject)
            if isinstance(observation, CloserLook):
                self._closer_looks.add(observation.group, [subject], time.monotonic())
                continue
            if isinstance(observation, LineageError):
                if is_transient(observation):
                    refused[subject] = observation
                    continue
                await self._fail([subject], observation)
            elif subject in seen:
                await self._hand_out(subject, Waiter.tell, observation)
            self._queue.put_back(subject, time.monotonic(), self._pause)
        if refused:
            self._come_back(refused, next(iter(refused.values())))

    async def _fail(self, subjects: Iterable[SubjectT], error: Exception) -> None:
        """Let the waiters of these subjects fail."""
        for subject in subjects:
            await self._hand_out(subject, Waiter.fail, error)

    async def _fail_for_a_defect(self, subjects: Iterable[SubjectT], error: Exception) -> None:
        """Let the waiters of these subjects fail, and say that it should not have happened."""
        _log.error("A shared poller failed; every task that waits on it hears of it", exc_info=error)
        await self._fail(subjects, error)

    async def _hand_out(
        self, subject: SubjectT, act: Callable[[Waiter[SeenT], Any], None], what: object
    ) -> None:
        """Hand something to every waiter of a subject, and let the event loop breathe in between."""
        line = self._queue.line(subject)
        for number, waiter in enumerate(() if line is None else tuple(line.waiters), start=1):
            act(waiter, what)
            if number % _PORTION == 0:
                await asyncio.sleep(0)

    def _pause(self, subject: SubjectT, interval: float) -> float:
        """Return how long a subject can wait for its next look."""
        if self._attentive is None:
            return interval
        return bounded_pause(self._attentive.pause(subject, interval), interval)

    def _come_back(self, subjects: Iterable[SubjectT], error: LineageError) -> None:
        """Ask for these subjects again soon, as far as the pace allows: AWS throttles or is busy."""
        self._note_refusal(self._pace, error)
        now = time.monotonic()
        for subject in subjects:
            self._queue.put_back_until(subject, now + self._retry_seconds(subject))

    def _note_refusal(self, pace: Pace, error: LineageError) -> None:
        """Slow down."""
        now = time.monotonic()
        pace.note_answer(now, accepted=False)
        _log.debug("Asking again later: %s", error)
        if now - self._warned_at > _WARN_AGAIN_SECONDS:
            self._warned_at = now
            _log.warning("AWS throttles: polling %s at the pace that it accepts", self.key[1])

    def _retry_seconds(self, subject: SubjectT) -> float:
        """Return how long to wait before a subject is asked for again: a random part of its interval."""
        line = self._queue.line(subject)
        interval = 0.0 if line is None else line.interval
        return min(random.uniform(*_RETRY) * interval, _LONGEST_RETRY_SECONDS)  # noqa: S311 - only spread
