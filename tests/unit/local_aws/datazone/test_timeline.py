"""What is due is carried out in order, and at once when the duration is 0."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import cast

import pytest

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.timeline import Steps, Timeline

_PATIENCE_SECONDS = 10


@pytest.fixture
def timeline() -> Iterator[Timeline]:
    yield Timeline(threading.RLock())
    RUNTIME.reset()


def test_action_that_is_due_now_is_carried_out_before_the_call_returns(timeline: Timeline) -> None:
    done: list[str] = []

    timeline.after(0, lambda: done.append("now"))

    assert done == ["now"]


def test_later_action_is_not_carried_out_at_once(timeline: Timeline) -> None:
    done = threading.Event()

    timeline.after(3600, done.set)

    assert not done.is_set()


def test_actions_are_carried_out_by_time_then_in_the_order_given(timeline: Timeline) -> None:
    order: list[str] = []
    for seconds, name in ((60, "third"), (20, "first"), (40, "second")):
        timeline.after(seconds, partial(order.append, name))

    RUNTIME.advance(90)

    assert order == ["first", "second", "third"]


def test_action_due_before_what_is_waited_for_is_carried_out_at_its_time(timeline: Timeline) -> None:
    done: list[str] = []
    timeline.after(3600, lambda: done.append("late"))
    timeline.after(60, lambda: done.append("early"))

    RUNTIME.advance(61)
    early = list(done)
    RUNTIME.advance(3600)

    assert (early, done) == (["early"], ["early", "late"])


def test_one_worker_carries_out_all_that_is_planned(timeline: Timeline) -> None:
    workers: set[int] = set()
    for number in range(200):
        timeline.after(1 + number / 1000, lambda: workers.add(threading.get_ident()))

    RUNTIME.advance(2)

    assert len(workers) == 1


class _WatchedLock:
    """A lock that notes when it was free again."""

    def __init__(self, notes: list[str]) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._notes = notes

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._notes.append("free")
        self._lock.release()


def test_lock_is_free_between_two_actions_that_are_due_together() -> None:
    """Somebody who waits for the lock need not wait for everything that is due."""
    notes: list[str] = []
    lock = _WatchedLock(notes)
    timeline = Timeline(cast("threading.RLock", lock))
    with lock:
        for name in ("first", "second"):
            timeline.after(1, partial(notes.append, name))

    RUNTIME.advance(2)
    RUNTIME.reset()

    between = notes[notes.index("first") : notes.index("second")]
    assert "free" in between


def test_action_may_plan_another(timeline: Timeline) -> None:
    finished = threading.Event()

    timeline.after(0.01, lambda: timeline.after(0.01, finished.set))

    assert finished.wait(_PATIENCE_SECONDS)


def test_timeline_goes_on_after_it_was_empty(timeline: Timeline) -> None:
    for _ in range(3):
        finished = threading.Event()
        timeline.after(0.01, finished.set)
        assert finished.wait(_PATIENCE_SECONDS)


def test_reset_forgets_what_was_planned(timeline: Timeline) -> None:
    done = threading.Event()
    timeline.after(0.2, done.set)

    RUNTIME.reset()

    assert not done.wait(0.4)


def test_steps_without_waiting_are_done_when_play_returns(timeline: Timeline) -> None:
    done: list[int] = []

    def steps() -> Steps:
        for number in range(3):
            done.append(number)
            yield 0

    timeline.play(steps())

    assert done == [0, 1, 2]


def test_steps_go_on_after_waiting(timeline: Timeline) -> None:
    finished = threading.Event()

    def steps() -> Steps:
        yield 0.01
        yield 0
        yield 0.01
        finished.set()

    timeline.play(steps())

    assert not finished.is_set()
    assert finished.wait(_PATIENCE_SECONDS)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_timeline_goes_on_after_an_action_failed(timeline: Timeline) -> None:
    failing, finished = threading.Event(), threading.Event()

    def fail() -> None:
        failing.set()
        raise RuntimeError("broken")

    timeline.after(0.01, fail)
    assert failing.wait(_PATIENCE_SECONDS)
    timeline.after(0.01, finished.set)

    assert finished.wait(_PATIENCE_SECONDS)
