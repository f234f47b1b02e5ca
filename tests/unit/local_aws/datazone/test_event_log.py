"""Events are found by time and by status."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.event_log import EventLog, LineageEvent, window
from tests.unit.local_aws.datazone.builders import NOON


def _add(
    log: EventLog, event_id: str, *, minutes: float = 0, processing_at: datetime | None = None
) -> LineageEvent:
    event = LineageEvent(
        id=event_id,
        number=log.next_number(),
        packed=LineageEvent.pack(b'{"a": 1}'),
        summary_json=b'{"runId":"r1"}',
        event_time=NOON + timedelta(minutes=minutes),
        created_at=NOON,
        created_by="tester",
        document=None,
    )
    log.add(event, processing_at=processing_at or RUNTIME.now() + timedelta(hours=1))
    return event


def _ids(log: EventLog, status: str | None = None) -> list[str]:
    return [key[2] for key in log.keys(status)]


def test_events_are_sorted_by_event_time_then_by_arrival() -> None:
    log = EventLog()
    for event_id, minutes in (("late", 5), ("b", 0), ("a", 0), ("early", -5)):
        _add(log, event_id, minutes=minutes)

    assert _ids(log) == ["early", "b", "a", "late"]


def test_event_moves_from_one_status_to_the_next() -> None:
    log = EventLog()
    event = _add(log, "a")
    _add(log, "b")

    log.move(event, "SUCCESS")

    assert (_ids(log, "REQUESTED"), _ids(log, "SUCCESS"), _ids(log, "FAILED")) == (["b"], ["a"], [])


def test_event_is_processing_when_its_time_has_come() -> None:
    log = EventLog()
    waiting, due = _add(log, "a"), _add(log, "b", processing_at=RUNTIME.now())

    assert (_ids(log, "REQUESTED"), _ids(log, "PROCESSING")) == (["a"], ["b"])
    assert log.get("b") is due
    assert (waiting.status, due.status) == ("REQUESTED", "PROCESSING")


@pytest.mark.parametrize("status", ["SUCCESS", "FAILED"])
def test_event_that_is_done_early_does_not_begin_again(status: str) -> None:
    log = EventLog()
    event = _add(log, "a", processing_at=RUNTIME.now())

    log.move(event, status)

    assert (_ids(log, status), _ids(log, "PROCESSING")) == (["a"], [])


def test_event_removed_before_it_begins_stays_away() -> None:
    log = EventLog()
    log.remove(_add(log, "a", processing_at=RUNTIME.now()))

    assert (_ids(log), _ids(log, "PROCESSING")) == ([], [])


def test_removed_event_is_in_no_list() -> None:
    log = EventLog()
    event = _add(log, "a")

    log.remove(event)

    assert log.get("a") is None
    assert (_ids(log), _ids(log, "REQUESTED")) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"a": "\xc3\xa4"}', id="text"),
        pytest.param(bytes(range(256)) * 1200, id="300 kB that no text is"),
    ],
)
def test_body_comes_back_byte_for_byte(body: bytes) -> None:
    event = _add(EventLog(), "a")
    event.packed = LineageEvent.pack(body)

    assert event.body == body


def test_bodies_take_less_room_than_they_have_bytes() -> None:
    inputs = [{"namespace": "s3://shop", "name": f"raw/{number}"} for number in range(40)]
    body = json.dumps({"inputs": inputs}).encode()

    assert len(LineageEvent.pack(body)) < len(body) / 4


@pytest.mark.parametrize(
    "after, before, expected",
    [
        pytest.param(None, None, ["0", "1", "2"], id="no bounds"),
        pytest.param(NOON, None, ["1", "2"], id="after is exclusive"),
        pytest.param(None, NOON + timedelta(minutes=2), ["0", "1"], id="before is exclusive"),
        pytest.param(NOON + timedelta(minutes=5), NOON, [], id="nothing between"),
        pytest.param(NOON - timedelta(microseconds=1), None, ["0", "1", "2"], id="a microsecond counts"),
    ],
)
def test_window_holds_the_events_between_two_times(
    after: datetime | None, before: datetime | None, expected: list[str]
) -> None:
    log = EventLog()
    for minutes in range(3):
        _add(log, str(minutes), minutes=minutes)

    low, high = window(log.keys(None), after, before)

    assert _ids(log)[low:high] == expected
