"""
What all simulated services share: the clock, the durations, ids and worker threads.

Nothing in :mod:`airflow_lineage_provider.local_aws` asks the operating system for the time or sleeps by
itself; it asks :data:`RUNTIME`. A reset ends every worker and makes catalog ids start over, so the same calls
after a reset give the same domain, project and data-source ids.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

__all__ = ["RUNTIME", "Runtime", "RuntimeSettings"]

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(slots=True)
class RuntimeSettings:
    """How long simulated work takes, in seconds."""

    crawl_seconds: float = 2.0
    """From StartCrawler until the tables are written."""
    stopping_seconds: float = 0.5
    """How long a crawler stays STOPPING before it is READY."""
    import_seconds: float = 1.0
    """From the start of a data-source run until its assets are written."""
    lineage_seconds: float = 0.5
    """From the end of a data-source run, or from PostLineageEvent, until lineage is processed."""


class Runtime:
    """
    The shared state of one process.

    ``epoch`` grows with every reset; a worker that was started in an earlier epoch must not write.
    ``endpoint_url`` is where programs on this machine reach the stack, ``None`` while nobody serves it;
    ``allow_lambda`` says whether Lambda functions may run on this machine. Both are the server's to say.
    """

    def __init__(self) -> None:
        self.settings = RuntimeSettings()
        self.epoch = 0
        self.endpoint_url: str | None = None
        self.allow_lambda = False
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._workers: dict[threading.Thread, threading.Event] = {}

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.fromtimestamp(time.time(), tz=UTC)

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait until ``stop`` is set or ``seconds`` have passed; tell whether it was set."""
        return stop.wait(max(0.0, seconds))

    def new_id(self, label: str = "") -> str:
        """
        Return an id as the DataZone API makes them: 14 lower-case letters and digits.

        :param label: What the id is for, such as ``domain/ecommerce``. The n-th id of a label is the same
            after every reset, whatever else was made in between.
        """
        number = int.from_bytes(self._next_digest(label), "big")
        letters = []
        for _ in range(14):
            number, index = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[index])
        return "".join(letters)

    def new_uuid(self) -> str:
        """Return a random UUID, as Glue names its crawls; never the same again, not even after a restart."""
        return str(uuid.uuid4())

    def run_worker(self, name: str, work: Callable[[threading.Event], None]) -> threading.Event:
        """
        Run ``work(stop)`` in a daemon thread and return the event that asks it to stop.

        The event is set by :meth:`reset`, too.
        """
        stop = threading.Event()

        def run() -> None:
            try:
                work(stop)
            finally:
                with self._lock:
                    self._workers.pop(threading.current_thread(), None)

        thread = threading.Thread(target=run, name=f"local-aws-{name}", daemon=True)
        with self._lock:
            self._workers[thread] = stop
        thread.start()
        return stop

    def configure(self, changes: dict[str, object]) -> dict[str, object]:
        """
        Change settings by name and return all of them.

        :raises ValueError: If a name is unknown or a value is not a number of seconds ≥ 0.
        """
        known = {field.name for field in fields(RuntimeSettings)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}; known: {', '.join(sorted(known))}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                raise ValueError(f"setting {name!r} must be a number of seconds ≥ 0, not {value!r}")
        for name, value in changes.items():
            setattr(self.settings, name, float(value))  # type: ignore[arg-type]
        return asdict(self.settings)

    def reset(self) -> None:
        """End all workers, forget all ids and bring the settings back to their defaults."""
        with self._lock:
            self.epoch += 1
            workers = dict(self._workers)
        for stop in workers.values():
            stop.set()
        for thread in workers:
            if thread is not threading.current_thread():
                thread.join(timeout=5)
        with self._lock:
            self._counts.clear()
            self.settings = RuntimeSettings()

    def _next_digest(self, label: str) -> bytes:
        with self._lock:
            self._counts[label] += 1
            count = self._counts[label]
        return hashlib.sha256(f"{label}\0{count}".encode()).digest()


RUNTIME = Runtime()
