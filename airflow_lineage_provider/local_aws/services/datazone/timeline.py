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

_LONGEST_NAP_SECONDS = 0.05


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
        self._running = False

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Carry out ``action`` in so many seconds; at once if that is now."""
        with self._lock:
            if seconds <= 0:
                action()
                return
            moment = RUNTIME.now() + timedelta(seconds=seconds)
            heapq.heappush(self._due, (moment, next(self._order), action))
            if not self._running:
                self._running = True
                RUNTIME.run_worker("datazone", self._work)

    def play(self, steps: Steps) -> None:
        """Run ``steps`` up to their end, waiting where they say so."""
        with self._lock:
            for seconds in steps:
                if seconds > 0:
                    self.after(seconds, lambda: self.play(steps))
                    return

    def _work(self, stop: threading.Event) -> None:
        """Serve the queue until it is empty or the stack is reset, which forgets what is left."""
        while not RUNTIME.wait(self._nap(), stop):
            if not self._carry_out_next():
                return
        with self._lock:
            self._due.clear()
            self._running = False

    def _nap(self) -> float:
        with self._lock:
            if not self._due:
                return 0.0
            return min((self._due[0][0] - RUNTIME.now()).total_seconds(), _LONGEST_NAP_SECONDS)

    def _carry_out_next(self) -> bool:
        """Carry out what is due; tell whether anything is left to wait for."""
        with self._lock:
            try:
                while self._due and self._due[0][0] <= RUNTIME.now():
                    heapq.heappop(self._due)[2]()
            except BaseException:
                self._running = False
                raise
            self._running = bool(self._due)
            return self._running
