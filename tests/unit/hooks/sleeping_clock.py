"""A clock that moves when somebody sleeps, and only then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class SleepingClock:
    """Seconds since the epoch; ``read`` and ``sleep`` take the place of ``time.time`` and ``time.sleep``."""

    now: float = 0.0

    def read(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.now += seconds
