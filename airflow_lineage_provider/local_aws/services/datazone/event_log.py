"""
The lineage events of one domain, in the order of their event times, and by processing status.

An event is kept for as long as its domain, so its body, of which OpenLineage repeats a lot, is kept
compressed, and its summary as JSON. That an event is PROCESSING is found out when somebody looks: nothing but
time has to happen for it.
"""

from __future__ import annotations

import heapq
import json
import zlib
from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["EventKey", "EventLog", "LineageEvent", "window"]

EventKey = tuple[int, int, str]
"""Event time in microseconds, number of the event, event id: sorts, and is different for each event."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOW_BITS, _MEMORY_LEVEL = 13, 5
"""Of zlib: fit for a few kilobytes; its defaults take six times as long, most of it to set up."""


@dataclass(slots=True, eq=False)
class LineageEvent:
    """
    One stored event.

    :param packed: The event as it was posted, byte for byte; made by :meth:`pack`.
    :param summary_json: What ListLineageEvents shows of it.
    :param document: The event parsed; dropped once it has been processed.
    :param error: Why processing failed.
    """

    id: str
    number: int
    packed: bytes
    summary_json: bytes
    event_time: datetime
    created_at: datetime
    created_by: str
    document: Mapping[str, Any] | None
    status: str = "REQUESTED"
    error: str | None = None
    key: EventKey = field(init=False)

    def __post_init__(self) -> None:
        """Compute what sorts the event."""
        self.key = (_microseconds(self.event_time), self.number, self.id)

    @staticmethod
    def pack(body: bytes) -> bytes:
        """Compress the body of an event."""
        compressor = zlib.compressobj(1, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)
        return compressor.compress(body) + compressor.flush()

    @property
    def body(self) -> bytes:
        """Return the event as it was posted."""
        return zlib.decompress(self.packed)

    @property
    def summary(self) -> Mapping[str, Any]:
        """Return what ListLineageEvents shows of the event."""
        summary: Mapping[str, Any] = json.loads(self.summary_json)
        return summary


class EventLog:
    """All events of a domain."""

    def __init__(self) -> None:
        self._events: dict[str, LineageEvent] = {}
        self._added = 0
        self._order: list[EventKey] = []
        self._by_status: dict[str, list[EventKey]] = {}
        self._requested: list[tuple[datetime, int, LineageEvent]] = []

    def next_number(self) -> int:
        """Return the number of the next event."""
        self._added += 1
        return self._added

    def get(self, event_id: str) -> LineageEvent | None:
        """Return the event with this id."""
        self._catch_up()
        return self._events.get(event_id)

    def add(self, event: LineageEvent, *, processing_at: datetime) -> None:
        """Store a new event, which turns from REQUESTED into PROCESSING at a time."""
        self._catch_up()
        heapq.heappush(self._requested, (processing_at, event.number, event))
        self._events[event.id] = event
        insort(self._order, event.key)
        insort(self._by_status.setdefault(event.status, []), event.key)

    def move(self, event: LineageEvent, status: str) -> None:
        """Give the event another status."""
        self._forget_status(event)
        event.status = status
        insort(self._by_status.setdefault(status, []), event.key)

    def remove(self, event: LineageEvent) -> None:
        """Forget the event."""
        del self._events[event.id]
        self._forget_status(event)
        del self._order[bisect_left(self._order, event.key)]

    def keys(self, status: str | None) -> Sequence[EventKey]:
        """Return the keys of all events, or of those with this status, sorted."""
        self._catch_up()
        return self._order if status is None else self._by_status.get(status, [])

    def _catch_up(self) -> None:
        """Let events whose time has come be PROCESSING."""
        while self._requested and self._requested[0][0] <= RUNTIME.now():
            event = heapq.heappop(self._requested)[2]
            if event.status == "REQUESTED" and self._events.get(event.id) is event:
                self.move(event, "PROCESSING")

    def _forget_status(self, event: LineageEvent) -> None:
        keys = self._by_status[event.status]
        del keys[bisect_left(keys, event.key)]


def window(keys: Sequence[EventKey], after: datetime | None, before: datetime | None) -> tuple[int, int]:
    """Return first and end index of the events strictly after and strictly before these times."""
    low = 0 if after is None else bisect_left(keys, (_microseconds(after) + 1, 0, ""))
    high = len(keys) if before is None else bisect_left(keys, (_microseconds(before), 0, ""))
    return low, max(low, high)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
