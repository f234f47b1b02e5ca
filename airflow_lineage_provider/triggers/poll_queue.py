"""
Who waits for what, and whose turn it is.

Nothing here waits, asks or reads a clock: the shared poller does, and every step of it costs the same however
many wait. Times are seconds on one clock that only goes forward.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Generic, TypeVar

from airflow_lineage_provider.triggers.rhythm import SHORTEST_PAUSE

__all__ = ["LAST_LOOK_SECONDS", "Line", "PollQueue", "Waiter"]

SubjectT = TypeVar("SubjectT", bound=Hashable)
SeenT = TypeVar("SeenT")

LAST_LOOK_SECONDS = 15.0
"""How long after its deadline a wait may take for its last look."""

_NEVER = float("inf")
_SLACK = 64


@dataclass(eq=False, slots=True)
class Waiter(Generic[SeenT]):
    """
    One waiting trigger.

    :param verdict: Returns ``None`` as long as the wait goes on.
    :param interval: Seconds between two looks.
    :param deadline: When the last look is due.
    :param future: What the trigger awaits.
    :param context: The context that verdicts run in, so that what they log belongs to that trigger.
    """

    verdict: Callable[[SeenT], Any]
    interval: float
    deadline: float
    future: asyncio.Future[Any]
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    is_last_look: bool = False

    def tell(self, seen: SeenT) -> None:
        """Judge what was seen; what the verdict raises is the waiter's own."""
        if self.future.done():
            return
        try:
            result = self.context.run(self.verdict, seen)
        except Exception as error:  # noqa: BLE001 - handed to the task that waits
            self.fail(error)
            return
        if result is not None:
            self.future.set_result(result)
        elif self.is_last_look:
            self.fail(TimeoutError())

    def fail(self, error: Exception) -> None:
        """End the wait with an error."""
        if not self.future.done():
            self.future.set_exception(error)


@dataclass(eq=False, slots=True)
class Line(Generic[SubjectT, SeenT]):
    """
    Everybody who waits for one subject.

    :param interval: The shortest of the waiters' intervals.
    :param due: When the subject is asked for next; infinite while it is being asked for.
    """

    subject: SubjectT
    interval: float
    due: float = _NEVER
    waiters: set[Waiter[SeenT]] = field(default_factory=set)


class PollQueue(Generic[SubjectT, SeenT]):
    """
    The lines of all subjects, in the order of their turns, and the deadlines of all waiters.

    :param began: A moment from which ticks are counted: turns fall on common ticks, so that waits which begin
        at different times are asked for together, while two processes hardly ever ask at the same moment.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._lines: dict[SubjectT, Line[SubjectT, SeenT]] = {}
        self._turns: list[tuple[float, int, Line[SubjectT, SeenT]]] = []
        self._deadlines: list[tuple[float, int, Waiter[SeenT], SubjectT]] = []
        self._intervals: Counter[float] = Counter()
        self._number = count()

    def __len__(self) -> int:
        """Return how many subjects somebody waits for."""
        return len(self._lines)

    @property
    def shortest_interval(self) -> float:
        """Return the shortest interval of all waiters."""
        return min(self._intervals)

    def line(self, subject: SubjectT) -> Line[SubjectT, SeenT] | None:
        """Return who waits for a subject; ``None`` if nobody does any more."""
        return self._lines.get(subject)

    def subjects(self) -> tuple[SubjectT, ...]:
        """Return everything that somebody waits for."""
        return tuple(self._lines)

    def add(self, subject: SubjectT, waiter: Waiter[SeenT], now: float, *, soon: bool) -> None:
        """
        Take a waiter in.

        :param soon: Ask at once, and not an interval later.
        """
        line = self._lines.get(subject)
        asked = line is not None and line.due == _NEVER
        if line is None:
            line = self._lines[subject] = Line(subject, waiter.interval)
        line.waiters.add(waiter)
        line.interval = min(line.interval, waiter.interval)
        self._intervals[waiter.interval] += 1
        heapq.heappush(self._deadlines, (waiter.deadline, next(self._number), waiter, subject))
        if not asked:
            due = now if soon else self._tick(now, waiter.interval, waiter.interval)
            self._set_turn(line, min(due, line.due))

    def remove(self, subject: SubjectT, waiter: Waiter[SeenT]) -> None:
        """Let a waiter go."""
        line = self._lines[subject]
        line.waiters.discard(waiter)
        self._intervals[waiter.interval] -= 1
        if not self._intervals[waiter.interval]:
            del self._intervals[waiter.interval]
        if not line.waiters:
            del self._lines[subject]
        self._compact()

    def take(self, now: float, most: int) -> list[SubjectT]:
        """
        Return the subjects whose turn has come, the longest overdue first, and mark them as being asked for.

        A call that has room costs no more when it is full: it is filled up with those that come next.
        """
        taken: list[SubjectT] = []
        while self._turns and len(taken) < most:
            due, _, line = self._turns[0]
            if self._is_current(due, line):
                early = SHORTEST_PAUSE * line.interval if taken else 0.0
                if due > now + early:
                    break
                line.due = _NEVER
                taken.append(line.subject)
            heapq.heappop(self._turns)
        return taken

    def put_back(self, subject: SubjectT, now: float, pause: Callable[[SubjectT, float], float]) -> None:
        """
        Give a subject that was asked for its next turn, on a tick not later than after a pause.

        :param pause: Returns the seconds to wait for a subject whose waiters want this interval.
        """
        line = self._lines.get(subject)
        if line is not None and line.due == _NEVER:
            line.interval = min(waiter.interval for waiter in line.waiters)
            self._set_turn(line, self._tick(now, pause(subject, line.interval), line.interval))

    def put_back_until(self, subject: SubjectT, due: float) -> None:
        """Give a subject that was asked for in vain its next turn at a moment."""
        line = self._lines.get(subject)
        if line is not None and line.due == _NEVER:
            self._set_turn(line, due)

    def next_turn(self) -> float:
        """Return when the next subject's turn comes; infinity if all are being asked for."""
        while self._turns:
            due, _, line = self._turns[0]
            if self._is_current(due, line):
                return due
            heapq.heappop(self._turns)
        return _NEVER

    def next_deadline(self) -> float:
        """Return when the next wait ends."""
        return self._deadlines[0][0] if self._deadlines else _NEVER

    def expire(self, now: float) -> None:
        """Give every wait whose deadline has come its last look now; end those that had the time for it."""
        while self._deadlines and self._deadlines[0][0] <= now:
            _, _, waiter, subject = heapq.heappop(self._deadlines)
            if waiter.future.done():
                continue
            if waiter.is_last_look:
                waiter.fail(TimeoutError())
                continue
            waiter.is_last_look = True
            until = now + LAST_LOOK_SECONDS
            heapq.heappush(self._deadlines, (until, next(self._number), waiter, subject))
            line = self._lines.get(subject)
            if line is not None and line.due != _NEVER:
                self._set_turn(line, 0.0)

    def _tick(self, now: float, pause: float, interval: float) -> float:
        """Return the last tick within a pause; ticks are half an interval apart."""
        step = SHORTEST_PAUSE * interval
        tick = self._began + (now + pause - self._began) // step * step
        return tick if tick > now else tick + step

    def _set_turn(self, line: Line[SubjectT, SeenT], due: float) -> None:
        """Note a line's turn; an entry for another time is void from now on."""
        if due != line.due:
            line.due = due
            heapq.heappush(self._turns, (due, next(self._number), line))

    def _is_current(self, due: float, line: Line[SubjectT, SeenT]) -> bool:
        """Tell whether an entry of the turns is still true."""
        return line.due == due and self._lines.get(line.subject) is line

    def _compact(self) -> None:
        """Drop entries that are void, before they outnumber the others."""
        waiting = self._intervals.total()
        if len(self._deadlines) > 2 * waiting + _SLACK:
            self._deadlines = [entry for entry in self._deadlines if not entry[2].future.done()]
            heapq.heapify(self._deadlines)
        if len(self._turns) > 2 * len(self._lines) + _SLACK:
            self._turns = [entry for entry in self._turns if self._is_current(entry[0], entry[2])]
            heapq.heapify(self._turns)
