"""What happens later: one worker that carries out actions when they are due."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from itertools import count

from airflow_lineage_provider.local_aws.clock import Appointment
from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["Steps", "Timeline"]

Steps = Generator[float, None, None]
"""Work in stages: each yielded value is how many seconds to wait before going on."""


class Timeline:
    """
    Carry out actions at their time, one after the other, under one lock.

    What is due now is carried out before :meth:`after` or :meth:`play` returns, so with all durations at 0
    everything is done when a call is answered.

    :param lock: Held while an action runs; the caller may hold it already.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self._alarm: Appointment | None = None
        self._epoch = RUNTIME.epoch

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Carry out ``action`` in so many seconds; at once if that is now."""
        with self._lock:
            if seconds <= 0:
                action()
                return
            if self._epoch != RUNTIME.epoch:
                self._due.clear()
                self._epoch = RUNTIME.epoch
            moment = RUNTIME.now() + timedelta(seconds=seconds)
            earliest = self._due[0][0] if self._due else None
            heapq.heappush(self._due, (moment, next(self._order), action))
            if earliest is None or moment < earliest:
                self._set_alarm()

    def play(self, steps: Steps) -> None:
        """Run ``steps`` up to their end, waiting where they say so."""
        with self._lock:
            for seconds in steps:
                if seconds > 0:
                    self.after(seconds, lambda: self.play(steps))
                    return

    def _set_alarm(self) -> None:
        """Have the clock call when the earliest action is due."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = RUNTIME.at(self._due[0][0], self._carry_out_due, name="datazone") if self._due else None

    def _carry_out_due(self) -> None:
        """Carry out what is due; a reset has forgotten what was planned before it."""
        with self._lock:
            try:
                while self._due and self._epoch == RUNTIME.epoch and self._due[0][0] <= RUNTIME.now():
                    heapq.heappop(self._due)[2]()
            finally:
                if self._epoch == RUNTIME.epoch:
                    self._set_alarm()
