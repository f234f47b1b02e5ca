"""
How fast a poller may ask: as fast as it has reason to, until AWS throttles.

AWS publishes no rates for these APIs and a refusal names none, so the pace is found by what AWS accepts:
after a refusal no round has more than three times as many calls as AWS accepted in the rounds before. That is
enough to get through where every second call is refused whatever one does, and settles near the limit where
there is one. When nothing at all is accepted the rounds become longer, up to a ceiling, with a few calls in
each. Calls of a round are spread at random, so that the pollers of several triggerers do not ask in step.
"""

from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["Pace"]

_GAIN = 3
_FEWEST = 4
"""How many calls a round may have at least: where every second is refused, four in a row seldom are."""
_FEWEST_IN_OUTAGE = 3
"""How many calls a round may have after one in which nothing was accepted."""
_LONGEST_ROUND = 256
"""How many beats the longest round has."""
_LONGEST_ROUND_SECONDS = 60.0
_FADING = 0.8
"""How much of the best round counts one round later, when calls must be held back again."""


class Pace:
    """
    Say when the next call may go out, from what became of the earlier ones.

    All times are seconds on one clock that only goes forward.

    :param beat: How long a round is, in seconds; it may be changed at any time.
    :param spread: Draws a random number between two others.
    """

    def __init__(self, beat: float, *, spread: Callable[[float, float], float] = random.uniform) -> None:
        self.beat = beat
        self._spread = spread
        self._allowed: int | None = None
        self._stretch = 1
        self._ends = 0.0
        self._next = 0.0
        self._sent = self._accepted = self._refused = 0
        self._best = 0.0

    @property
    def is_held_back(self) -> bool:
        """Tell whether calls are being held back."""
        return self._allowed is not None

    def delay(self, now: float) -> float:
        """Return how many seconds the next call has to wait; 0 if it may go out now."""
        self._close_round(now)
        if self._allowed is None:
            return 0.0
        if self._sent >= self._allowed:
            return self._ends - now
        return max(0.0, self._next - now)

    def note_sent(self, now: float) -> None:
        """Note that a call goes out."""
        self._close_round(now)
        self._sent += 1
        if self._allowed is not None:
            left = max(0.0, self._ends - now)
            self._next = now + self._spread(0.0, left / max(1, self._allowed - self._sent + 1))

    def note_answer(self, now: float, *, accepted: bool) -> None:
        """Note what became of a call: whether AWS answered it, or asked to come back later."""
        self._close_round(now)
        if accepted:
            self._accepted += 1
            return
        self._refused += 1
        if self._allowed is None:
            self._begin_round(now, max(_FEWEST, int(_GAIN * max(self._accepted, self._best))))

    def _close_round(self, now: float) -> None:
        """Judge a round that is over, and begin the next."""
        if now < self._ends:
            return
        accepted, refused, allowed = self._accepted, self._refused, self._allowed
        if allowed is not None:
            if accepted and not refused and self._sent < allowed:
                allowed = None
            elif accepted:
                allowed = max(_FEWEST, _GAIN * accepted)
            elif refused:
                self._stretch = min(2 * self._stretch, _LONGEST_ROUND)
                allowed = _FEWEST_IN_OUTAGE
        if accepted:
            self._stretch = 1
        self._begin_round(now, allowed)

    def _begin_round(self, now: float, allowed: int | None) -> None:
        """Begin a round with so many calls; one that is held back lasts a random part longer or shorter."""
        self._best = max(self._accepted, _FADING * self._best)
        self._sent = self._accepted = self._refused = 0
        self._allowed = allowed
        self._next = now
        longest = max(self.beat, _LONGEST_ROUND_SECONDS)
        seconds = min(self.beat * self._stretch, longest)
        self._ends = now + (seconds if allowed is None else self._spread(0.75 * seconds, seconds))
