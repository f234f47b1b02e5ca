"""What happens later: one worker that carries out actions when they are due."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from itertools import count

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["Steps", "Timeline"]

Steps = Generator[float, None, None]
"""Work in stages: each yielded value is how many seconds to wait before going on."""


class Timeline:
    """
    Carry out actions at their time, one after the other, under one lock.

    What is due now is carried out before :meth:`after` or :meth:`play` returns, so with all durations at 0
    everything is done when a call is answered. As long as anything is planned, one worker waits for what is
    due next: hundreds of actions a second need no thread each. Between two actions whoever wants the lock
    can have it.

    :param lock: Held while an action runs; the caller may hold it already.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self._awaited: datetime | None = None
        self._epoch = RUNTIME.epoch

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Carry out ``action`` in so many seconds; at once if that is now."""
        with self._lock:
            if seconds <= 0:
                action()
                return
            self._forget_what_was_reset()
            moment = RUNTIME.now() + timedelta(seconds=seconds)
            heapq.heappush(self._due, (moment, next(self._order), action))
            if self._awaited is None:
                self._start()
            elif moment < self._awaited:
                RUNTIME.at(moment, self._carry_out_due, name="datazone")

    def play(self, steps: Steps) -> None:
        """Run ``steps`` up to their end, waiting where they say so."""
        with self._lock:
            for seconds in steps:
                if seconds > 0:
                    self.after(seconds, lambda: self.play(steps))
                    return

    def _start(self) -> None:
        """Start the worker that waits for the earliest action."""
        self._awaited = self._due[0][0]
        RUNTIME.run_worker("datazone", self._work)

    def _work(self, stop: threading.Event) -> None:
        """Carry out actions until none is left, or a reset has forgotten them."""
        epoch = self._epoch
        try:
            while not stop.is_set():
                self._carry_out_due()
                with self._lock:
                    if epoch != self._epoch:
                        return
                    self._awaited = self._due[0][0] if self._due else None
                    if self._awaited is None:
                        return
                    seconds = (self._awaited - RUNTIME.now()).total_seconds()
                RUNTIME.wait(seconds, stop)
        except BaseException:
            with self._lock:
                if self._due and epoch == self._epoch == RUNTIME.epoch:
                    self._start()
                elif epoch == self._epoch:
                    self._awaited = None
            raise

    def _carry_out_due(self) -> None:
        """Carry out what is due."""
        while self._carry_out_one():
            pass

    def _carry_out_one(self) -> bool:
        """Carry out the earliest action if it is due; a reset has forgotten what was planned before it."""
        with self._lock:
            if not self._due or self._epoch != RUNTIME.epoch or self._due[0][0] > RUNTIME.now():
                return False
            heapq.heappop(self._due)[2]()
            return True

    def _forget_what_was_reset(self) -> None:
        if self._epoch != RUNTIME.epoch:
            self._due.clear()
            self._awaited = None
            self._epoch = RUNTIME.epoch
