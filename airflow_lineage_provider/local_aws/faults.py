"""
Faults on demand, and a count of every call: what tests steer and read through ``/_local/``.

Besides calls, work in the background can fail: the services ``glue-worker`` (``RunCrawl``: the crawl ends
FAILED with the fault's message) and ``datazone-worker`` (see the DataZone service's ``worker_faults``).
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["CALLS", "FAULTS", "CallCounter", "Fault", "FaultBook"]

_MEMBERS = {
    "service": str,
    "operation": str,
    "error_code": str,
    "message": str,
    "status": int,
    "times": int,
    "probability": float,
    "latency_seconds": float,
    "drop": str,
}
_DROPS = ("before", "after")


@dataclass(slots=True)
class Fault:
    """
    What shall go wrong with calls of one service.

    Without ``operation`` it concerns all operations; without ``error_code`` and ``drop`` the call is only
    slowed down; without ``times`` it lasts until it is removed. ``drop`` closes the connection without an
    answer: ``before`` the call has had any effect, or ``after`` it, which is the case of the lost reply.
    """

    service: str
    operation: str | None = None
    error_code: str | None = None
    message: str | None = None
    status: int | None = None
    times: int | None = None
    probability: float = 1.0
    latency_seconds: float = 0.0
    drop: str | None = None

    @classmethod
    def parse(cls, document: object) -> Fault:
        """
        Read a fault from JSON.

        :raises ValueError: If a member is missing, unknown, of the wrong type or out of range.
        """
        if not isinstance(document, Mapping):
            raise ValueError("a fault is a JSON object")
        members = {name: value for name, value in document.items() if value is not None}
        for name, value in members.items():
            wanted = _MEMBERS.get(name)
            if wanted is None:
                raise ValueError(f"unknown member {name!r}; known: {', '.join(_MEMBERS)}")
            accepted: Any = (int, float) if wanted is float else wanted
            if isinstance(value, bool) or not isinstance(value, accepted):
                raise ValueError(f"member {name!r} must be of type {wanted.__name__}, not {value!r}")
        if "service" not in members:
            raise ValueError("member 'service' is missing")
        fault = cls(**members)
        fault._check()
        return fault

    def _check(self) -> None:
        if self.error_code is None and self.drop is None and self.latency_seconds == 0:
            raise ValueError("give 'error_code', 'drop' or 'latency_seconds' > 0")
        if self.error_code is not None and self.drop is not None:
            raise ValueError("give 'error_code' or 'drop': a dropped connection carries no error")
        if self.drop not in (None, *_DROPS):
            raise ValueError(f"member 'drop' must be one of {', '.join(_DROPS)}, not {self.drop!r}")
        if not 0 <= self.probability <= 1:
            raise ValueError("member 'probability' must be from 0 to 1")
        if self.latency_seconds < 0 or (self.times is not None and self.times < 1):
            raise ValueError("'latency_seconds' must be ≥ 0 and 'times' ≥ 1")
        if self.status is not None and not 400 <= self.status <= 599:
            raise ValueError("member 'status' must be an HTTP error status, 400 to 599")


class FaultBook:
    """The faults in force; the first that fits a call is used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._random = random.Random(20250604)  # noqa: S311 - reproducible chance, not a secret

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        """Return the faults in force as JSON objects; ``times`` is what is left."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(self, service: str, operation: str | None) -> Fault | None:
        """Return the fault that hits this call, and count it down."""
        with self._lock:
            for fault in self._faults:
                if fault.service != service or fault.operation not in (None, operation):
                    continue
                if self._random.random() >= fault.probability:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._faults.remove(fault)
                return fault
        return None


class CallCounter:
    """How often each operation was called, faults included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, service: str, operation: str | None) -> None:
        """Count one call."""
        with self._lock:
            self._counts[service, operation or "?"] += 1

    def clear(self) -> None:
        """Start over."""
        with self._lock:
            self._counts.clear()

    def counted(self) -> dict[str, dict[str, int]]:
        """Return the counts as ``{service: {operation: count}}``, sorted by name."""
        with self._lock:
            counts = sorted(self._counts.items())
        result: dict[str, dict[str, int]] = {}
        for (service, operation), count in counts:
            result.setdefault(service, {})[operation] = count
        return result


FAULTS = FaultBook()
CALLS = CallCounter()
