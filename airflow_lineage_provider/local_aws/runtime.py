"""
What all simulated services share: the clock, the durations, ids and worker threads.

Nothing in :mod:`airflow_lineage_provider.local_aws` asks the operating system for the time or sleeps by
itself; it asks :data:`RUNTIME`, whose clock can be advanced. A reset ends every worker and makes catalog ids
start over, so the same calls after a reset give the same domain, project and data-source ids.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime

from airflow_lineage_provider.local_aws.clock import Appointment, Clock, StopEvent

__all__ = ["RUNTIME", "Runtime", "RuntimeSettings"]

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(slots=True)
class RuntimeSettings:
    """How long simulated work takes, in seconds, which limits of AWS hold, and how a crawl words types."""

    crawl_seconds: float = 2.0
    """From StartCrawler until the tables are written."""
    stopping_seconds: float = 0.5
    """How long a crawler stays STOPPING before it is READY."""
    schedule_seconds: float = 0.0
    """How long a crawler's schedule is TRANSITIONING when it is started or stopped."""
    state_lag_seconds: float = 0.0
    """How long GetCrawler still says READY after a crawl has started: the stale READY of a busy service."""
    history_lag_seconds: float = 0.0
    """How long a new crawl is missing in ListCrawls."""
    import_seconds: float = 1.0
    """From the start of a data-source run until its assets are written."""
    lineage_seconds: float = 0.5
    """From the end of a data-source run, or from PostLineageEvent, until lineage is processed."""
    enforce: bool = False
    """Whether IAM policies and Lake Formation grants are evaluated."""
    stack_seconds: float = 0.0
    """From CreateStack, UpdateStack or DeleteStack until the resources are worked on; at 0 a call is answered
    when its operation is over, if that does not take long."""
    function_slack_seconds: float = 5.0
    """What a Lambda function gets on top of its time limit: this machine may be slower than Lambda's."""
    enforce_quotas: bool = False
    """Whether DataZone's quotas hold, such as :attr:`data_source_runs_per_day`."""
    api_rate_limits: bool = False
    """Whether calls above DataZone's published rates are throttled."""
    max_running_crawlers: int = 150
    """How many crawlers of an account and region run at the same time."""
    data_source_runs_per_day: int = 25
    """How many runs a data source may have in a day where quotas hold."""
    choice_types: bool = True
    """Whether a crawl makes a struct of mixed types, as Glue does, or ``double`` and ``string``."""

    def checked(self, name: str, value: object) -> float | int | bool:
        """
        Return a new value for a setting.

        :raises ValueError: If there is no such setting, or the value is not of its kind.
        """
        known = {field.name: field.type for field in fields(self)}
        kind = known.get(name)
        if kind is None:
            raise ValueError(f"unknown setting {name!r}; known: {', '.join(sorted(known))}")
        if kind == "bool":
            if isinstance(value, bool):
                return value
            raise ValueError(f"setting {name!r} must be true or false, not {value!r}")
        if kind == "int":
            if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
                return value
            raise ValueError(f"setting {name!r} must be a whole number ≥ 1, not {value!r}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"setting {name!r} must be a number of seconds ≥ 0, not {value!r}")
        return float(value)


class Runtime:
    """
    The shared state of one process.

    ``epoch`` grows with every reset; a worker that was started in an earlier epoch must not write.
    ``endpoint_url`` is where programs on this machine reach the stack, ``None`` while nobody serves it;
    ``allow_lambda`` says whether Lambda functions may run on this machine. Both are the server's to say.
    """

    def __init__(self) -> None:
        self._initial = RuntimeSettings()
        self.settings = replace(self._initial)
        self.epoch = 0
        self.endpoint_url: str | None = None
        self.allow_lambda = False
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._workers: dict[threading.Thread, threading.Event] = {}
        self.clock = Clock(lambda name, action: self.run_worker(name, lambda _: action()))

    def now(self) -> datetime:
        """Return the current time of the stack's clock, aware, in UTC."""
        return self.clock.now()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait until ``stop`` is set or ``seconds`` have passed on the clock; tell whether it was set."""
        return self.clock.wait(seconds, stop)

    def at(self, moment: datetime, action: Callable[[], None], *, name: str) -> Appointment:
        """Call ``action`` in a worker when the clock reaches ``moment``; a reset forgets it."""
        return self.clock.at(moment, action, name=name)

    def advance(self, seconds: float) -> datetime:
        """
        Let the clock go on by ``seconds`` at once, with everything that becomes due in between.

        :return: The clock's time afterwards.
        :raises ValueError: If ``seconds`` is negative or no finite number: the clock never goes back.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ValueError(f"the clock goes on by a number of seconds, not {seconds!r}")
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"the clock goes on by a number of seconds ≥ 0, not {seconds!r}")
        self.clock.advance(seconds)
        return self.now()

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
        stop = StopEvent(self.clock)

        def run() -> None:
            try:
                with self.clock.working():
                    work(stop)
            finally:
                with self._lock:
                    self._workers.pop(threading.current_thread(), None)

        thread = threading.Thread(target=run, name=f"local-aws-{name}", daemon=True)
        with self._lock:
            self._workers[thread] = stop
        self.clock.expect_worker()
        thread.start()
        return stop

    def configure(self, changes: dict[str, object]) -> dict[str, object]:
        """
        Change settings by name and return all of them.

        :raises ValueError: If a name is unknown or a value is not of its kind; nothing changes then.
        """
        checked = {name: self.settings.checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self.settings, name, value)
        return asdict(self.settings)

    def begin_with(self, **changes: object) -> None:
        """
        Change what the settings are now and after every reset.

        :raises ValueError: As :meth:`configure`.
        """
        self.configure(changes)
        self._initial = replace(self.settings)

    def reset(self) -> None:
        """End all workers, forget ids and appointments, bring settings and clock back."""
        with self._lock:
            self.epoch += 1
            workers = dict(self._workers)
        self.clock.reset()
        for stop in workers.values():
            stop.set()
        for thread in workers:
            if thread is not threading.current_thread():
                thread.join(timeout=5)
        with self._lock:
            self._counts.clear()
            self.settings = replace(self._initial)

    def _next_digest(self, label: str) -> bytes:
        with self._lock:
            self._counts[label] += 1
            count = self._counts[label]
        return hashlib.sha256(f"{label}\0{count}".encode()).digest()


RUNTIME = Runtime()
