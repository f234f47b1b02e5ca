"""An event loop whose time is no time: whatever waits is over at once, and minutes pass in milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any, TypeVar

import pytest

__all__ = ["VirtualTime"]

_EPOCH = 1_750_000_000.0
_TICK = 1e-6
AnswerT = TypeVar("AnswerT")


class _Selector(selectors.DefaultSelector):
    """Lets time pass instead of waiting for files."""

    pass_time: Callable[[float], None]

    def select(self, timeout: float | None = None) -> Any:
        """Return what is ready; if nothing is, let the time pass that would have been waited."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everything waits, and for nothing that a clock could bring")
        if not ready and timeout:
            self.pass_time(max(timeout, _TICK))
        return ready


class _Loop(asyncio.SelectorEventLoop):
    """Tells virtual time; what is run in a thread is run at once."""

    def __init__(self, clock: VirtualTime) -> None:
        selector = _Selector()
        selector.pass_time = clock.sleep
        super().__init__(selector)
        self.clock = clock
        self._clock_resolution = _TICK

    def time(self) -> float:
        """Return the time."""
        return self.clock.now

    def run_in_executor(self, executor: object, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        """Call a function at once; no thread can be ahead of the clock."""
        del executor
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - handed to who waits for it, as an executor does
            future.set_exception(error)
        return future


class VirtualTime:
    """
    A clock in place of :mod:`time`, for one event loop and for what sleeps in no loop.

    ``now`` are the seconds since it was made: few enough for a float to tell microseconds apart.
    """

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        """Return the time in seconds since the epoch."""
        return _EPOCH + self.now

    def monotonic(self) -> float:
        """Return the time in seconds since the clock was made."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def replace_in(self, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
        """Let modules take this clock for :mod:`time`."""
        for module in modules:
            monkeypatch.setattr(module, "time", self)

    def run(self, scenario: Coroutine[Any, Any, AnswerT]) -> AnswerT:
        """Run a scenario in a loop of this time."""
        with asyncio.Runner(loop_factory=lambda: _Loop(self)) as runner:
            return runner.run(scenario)
