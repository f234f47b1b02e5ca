"""
The stack's clock: real time until somebody advances it, and everything that waits for it.

Two things wait: workers in :meth:`Clock.wait`, and appointments made with :meth:`Clock.at`. Advancing goes
from one due moment to the next, in order of time, and lets the workers that become busy finish or wait again
before it goes on. So a crawl of five minutes that is followed by half a minute of stopping has gone through
all its states, each at its own time, when ``advance(330)`` returns.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

__all__ = ["Appointment", "Clock", "StopEvent"]

_LOG = logging.getLogger(__name__)
_SETTLE_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.05


@dataclass(slots=True)
class Appointment:
    """Something to do at a moment of the clock."""

    moment: float
    name: str
    action: Callable[[], None] = field(repr=False)
    cancelled: bool = False

    def cancel(self) -> None:
        """Do it not; an action that has begun goes on."""
        self.cancelled = True


class StopEvent(threading.Event):
    """
    An event whose setting is noticed at once by a thread in :meth:`Clock.wait`; other events are looked at.

    :param clock: The clock that is waited for.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def set(self) -> None:
        """Set it, and wake who waits."""
        super().set()
        self._clock.wake()


@dataclass(slots=True)
class _Waiter:
    """A thread in :meth:`Clock.wait`; ``counted`` if it is a worker whose work advancing waits for."""

    deadline: float
    counted: bool
    woken: bool = False


class Clock:
    """
    A clock that can be advanced, never set back but by :meth:`reset`.

    :param run: Runs an appointment's action in a worker thread: ``run(name, action)``.
    """

    def __init__(self, run: Callable[[str, Callable[[], None]], object]) -> None:
        self._run = run
        self._condition = threading.Condition()
        self._advancing = threading.Lock()
        self._offset = 0.0
        self._waiters: list[_Waiter] = []
        self._agenda: list[tuple[float, int, Appointment]] = []
        self._order = itertools.count()
        self._busy = 0
        self._worker = threading.local()
        self._secretary: threading.Thread | None = None

    @property
    def offset(self) -> float:
        """How far the clock is ahead of real time, in seconds."""
        return self._offset

    def now(self) -> datetime:
        """Return the clock's time, aware, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), tz=UTC)

    def timestamp(self) -> float:
        """Return the clock's time as seconds since 1970."""
        return time.time() + self._offset

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait until ``stop`` is set or ``seconds`` have passed on the clock; tell whether it was set."""
        if seconds <= 0 or stop.is_set():
            return stop.is_set()
        with self._condition:
            waiter = _Waiter(self.timestamp() + seconds, counted=self._is_worker())
            self._waiters.append(waiter)
            self._busy -= waiter.counted
            self._condition.notify_all()
            longest = threading.TIMEOUT_MAX if isinstance(stop, StopEvent) else _LOOK_AGAIN_SECONDS
            while not (waiter.woken or stop.is_set() or self.timestamp() >= waiter.deadline):
                self._condition.wait(min(longest, max(0.0, waiter.deadline - self.timestamp())))
            self._waiters.remove(waiter)
            self._busy += waiter.counted and not waiter.woken
        return stop.is_set()

    def at(self, moment: datetime, action: Callable[[], None], *, name: str) -> Appointment:
        """
        Call ``action`` in a worker thread when the clock reaches ``moment``; at once if it has.

        :param name: What it is, for the thread's name.
        :return: The appointment, which can be cancelled.
        """
        appointment = Appointment(moment.timestamp(), name, action)
        with self._condition:
            heapq.heappush(self._agenda, (appointment.moment, next(self._order), appointment))
            if self._secretary is None:
                self._secretary = threading.Thread(target=self._keep, name="local-aws-clock", daemon=True)
                self._secretary.start()
            self._condition.notify_all()
        return appointment

    def advance(self, seconds: float) -> None:
        """
        Let the clock go on by ``seconds`` and everything that becomes due happen, in order of time.

        Returns when the work that became due is done or waits for a later moment; work that takes more than
        half a minute of real time is not waited for any longer.
        """
        with self._advancing:
            target = self.timestamp() + seconds
            self._settle()
            while self._step(target):
                self._settle()
            self._settle()

    def reset(self) -> None:
        """Forget all appointments and go back to real time."""
        with self._condition:
            self._agenda.clear()
            self._offset = 0.0
            self._condition.notify_all()

    def wake(self) -> None:
        """Let everything that waits look at its stop event now."""
        with self._condition:
            self._condition.notify_all()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Mark what the calling thread does inside as work that advancing waits for."""
        self._worker.is_one = True
        try:
            yield
        finally:
            self._worker.is_one = False
            with self._condition:
                self._busy -= 1
                self._condition.notify_all()

    def expect_worker(self) -> None:
        """Count a worker that is about to begin; it must enter :meth:`working`."""
        with self._condition:
            self._busy += 1

    def _is_worker(self) -> bool:
        return bool(getattr(self._worker, "is_one", False))

    def _settle(self) -> None:
        """Wait until no worker is at work: each has ended or waits for the clock."""
        own = int(self._is_worker())
        with self._condition:
            if not self._condition.wait_for(lambda: self._busy <= own, timeout=_SETTLE_SECONDS):
                _LOG.warning("The clock goes on although work in the background is not done")

    def _step(self, target: float) -> bool:
        """Go to the next due moment, or to the target; tell whether there may be more before it."""
        with self._condition:
            self._drop_cancelled()
            moments = [waiter.deadline for waiter in self._waiters if not waiter.woken]
            moments += [moment for moment, _, _ in self._agenda[:1]]
            due = min(moments, default=target)
            self._offset += max(0.0, min(due, target) - self.timestamp())
            self._wake_due()
            started = self._take_due()
        for appointment in started:
            self._run(appointment.name, appointment.action)
        return due < target

    def _wake_due(self) -> None:
        """Wake who has waited long enough, and count them as busy from now on; the caller holds the lock."""
        now = self.timestamp()
        for waiter in self._waiters:
            if not waiter.woken and waiter.deadline <= now:
                waiter.woken = True
                self._busy += waiter.counted
        self._condition.notify_all()

    def _take_due(self) -> list[Appointment]:
        """Take the appointments that are due off the agenda; the caller holds the lock."""
        taken = []
        now = self.timestamp()
        self._drop_cancelled()
        while self._agenda and self._agenda[0][0] <= now:
            taken.append(heapq.heappop(self._agenda)[2])
            self._drop_cancelled()
        return taken

    def _drop_cancelled(self) -> None:
        """Make the head of the agenda one that will be kept; the caller holds the lock."""
        while self._agenda and self._agenda[0][2].cancelled:
            heapq.heappop(self._agenda)

    def _keep(self) -> None:
        """Keep the agenda as real time goes by."""
        while True:
            with self._condition:
                due = self._take_due()
                if not due:
                    nap = self._agenda[0][0] - self.timestamp() if self._agenda else None
                    self._condition.wait(nap if nap is None else max(0.0, nap))
            for appointment in due:
                self._run(appointment.name, appointment.action)
