"""
When to look at a run again, from how long runs like it usually take.

A run that began a minute ago and usually takes an hour needs no look every few seconds; one that is about to
end is worth a look sooner. The rule is bounded on both sides whatever the figures say, so a wrong figure
costs a few looks, or a few intervals of delay for a run that ends in less than half its usual time.
"""

from __future__ import annotations

from airflow_lineage_provider.hooks.crawl_records import UsualTime

__all__ = ["LONGEST_PAUSE", "SHORTEST_PAUSE", "bounded_pause", "ending_pause", "pause_seconds"]

SHORTEST_PAUSE = 0.5
"""The shortest pause, in intervals of the waiter."""

LONGEST_PAUSE = 4.0
"""The longest pause, in intervals of the waiter."""

_UNLIKELY = 0.5
_SOONEST_END = 0.85
_LATEST_END = 1.15
_SHORTEST_SECONDS = 1.0


def pause_seconds(interval: float, *, elapsed: float, usual: UsualTime | None) -> float:
    """
    Return how long to wait before the next look at a run.

    - Before half of the usual time, up to :data:`LONGEST_PAUSE` intervals, but not beyond that half.
    - From there on, one interval.
    - Around the usual time (15 % on either side), half an interval.
    - After that, one interval again, for ever: a run may take any time.

    Where the median and the last run differ, the earlier counts for what must not be missed and the later for
    how long the end is expected.

    :param interval: Seconds between two looks, as the waiter wants them.
    :param elapsed: For how many seconds the run has been going.
    :param usual: What runs like it take; ``None`` if that is not known.
    """
    if usual is None or not usual.shorter > 0 or not elapsed >= 0:
        return interval
    until_likely = _UNLIKELY * usual.shorter - elapsed
    if until_likely > interval:
        return min(until_likely, LONGEST_PAUSE * interval)
    if _SOONEST_END * usual.shorter <= elapsed + interval and elapsed <= _LATEST_END * usual.longer:
        return ending_pause(interval)
    return interval


def ending_pause(interval: float) -> float:
    """Return the pause before a look at what is about to end: half an interval, but not under a second."""
    return max(SHORTEST_PAUSE * interval, min(interval, _SHORTEST_SECONDS))


def bounded_pause(pause: float, interval: float) -> float:
    """Return a pause within what an interval allows, whatever it was; the interval if it is no number."""
    if pause != pause:  # noqa: PLR0124 - not a number
        return interval
    return min(max(pause, SHORTEST_PAUSE * interval), LONGEST_PAUSE * interval)
