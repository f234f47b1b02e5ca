"""
Who goes on first of the tasks of one triggerer that waited for the same thing, such as a stale crawl's end.

Resumed together on many machines, each would find the crawler READY and start it. So one goes, and the others
wait until it has started a crawl, which they join, or until it had time enough for that; then the next goes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable
from weakref import WeakKeyDictionary

__all__ = ["HEAD_START_SECONDS", "seconds_until_next"]

HEAD_START_SECONDS = 60.0
"""How long the others wait for what the first one starts, in seconds."""

_went: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, float]] = WeakKeyDictionary()


def seconds_until_next(what: Hashable, *, head_start: float = HEAD_START_SECONDS) -> float:
    """
    Go now, if nobody has gone lately, or return how long the one who went may still take.

    :param what: What was waited for.
    :param head_start: How long that is after somebody went, in seconds.
    :returns: 0 to whoever may go; it counts as gone then.
    """
    went, now = _went.setdefault(asyncio.get_running_loop(), {}), time.monotonic()
    for old in [each for each, since in went.items() if now - since >= head_start]:
        del went[old]
    if what in went:
        return head_start - (now - went[what])
    went[what] = now
    return 0.0
