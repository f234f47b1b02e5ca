"""Whose turn it is, on a clock that the test sets."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_lineage_provider.triggers.poll_queue import LAST_LOOK_SECONDS, PollQueue, Waiter

Queue = PollQueue[str, int]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that makes futures and never runs."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def make_waiter(loop: asyncio.AbstractEventLoop) -> Callable[..., Waiter[int]]:
    """Build a waiter that wants to see a number above 0."""

    def make(**overrides: Any) -> Waiter[int]:
        arguments: dict[str, Any] = {
            "verdict": lambda seen: seen or None,
            "interval": 10.0,
            "deadline": 1000.0,
            "future": loop.create_future(),
            **overrides,
        }
        return Waiter(**arguments)

    return make


def every(interval: float) -> Callable[[str, float], float]:
    """Return a pause that is the same for every subject."""
    return lambda subject, shortest: interval


class TestTurns:
    def test_come_an_interval_after_the_wait_began_or_on_the_tick_before(
        self, make_waiter: Callable[..., Waiter[int]]
    ) -> None:
        queue = Queue(began=100.0)

        queue.add("a", make_waiter(), 100.0, soon=False)
        queue.add("b", make_waiter(), 103.0, soon=False)
        queue.add("c", make_waiter(), 106.0, soon=False)

        assert queue.next_turn() == 110.0
        assert queue.take(109.9, 100) == []
        assert queue.take(110.0, 100) == ["a", "b", "c"]  # c comes along, for its turn is near

    def test_come_at_once_where_that_is_wanted(self, make_waiter: Callable[..., Waiter[int]]) -> None:
        queue = Queue(began=0.0)

        queue.add("a", make_waiter(), 3.0, soon=True)

        assert queue.take(3.0, 100) == ["a"]

    def test_the_longest_overdue_comes_first_and_no_call_has_more_than_fit(
        self, make_waiter: Callable[..., Waiter[int]]
    ) -> None:
        queue = Queue(began=0.0)
        for number, subject in enumerate("cab"):
            queue.add(subject, make_waiter(), 10.0 * number, soon=False)

        assert queue.take(100.0, 2) == ["c", "a"]
        assert queue.take(100.0, 2) == ["b"]
        assert queue.take(100.0, 2) == []

    def test_nothing_is_asked_for_twice_at_a_time(self, make_waiter: Callable[..., Waiter[int]]) -> None:
        queue = Queue(began=0.0)
        queue.add("a", make_waiter(), 0.0, soon=True)
        queue.take(0.0, 1)

        queue.add("a", make_waiter(interval=1.0), 0.0, soon=True)

        assert queue.take(500.0, 1) == []
        assert queue.next_turn() == float("inf")

    def test_follow_the_most_impatient_of_a_line(self, make_waiter: Callable[..., Waiter[int]]) -> None:
        queue = Queue(began=0.0)
        hasty = make_waiter(interval=2.0)
        queue.add("a", make_waiter(interval=60.0), 0.0, soon=False)
        queue.add("a", hasty, 0.0, soon=False)

        assert queue.take(2.0, 1) == ["a"]
        queue.put_back("a", 2.0, lambda subject, interval: interval)
        assert queue.next_turn() == 4.0
        queue.remove("a", hasty)
        assert queue.take(4.0, 1) == ["a"]
        queue.put_back("a", 4.0, lambda subject, interval: interval)
        assert queue.next_turn() == 60.0

    def test_are_gone_with_the_last_waiter(self, make_waiter: Callable[..., Waiter[int]]) -> None:
        queue = Queue(began=0.0)
        waiter = make_waiter()
        queue.add("a", waiter, 0.0, soon=False)
        queue.remove("a", waiter)

        assert (len(queue), queue.next_turn(), queue.take(100.0, 1)) == (0, float("inf"), [])
        queue.put_back("a", 100.0, every(1.0))
        assert queue.next_turn() == float("inf")

    def test_of_a_line_that_is_new_are_not_those_of_the_old_one(
        self, make_waiter: Callable[..., Waiter[int]]
    ) -> None:
        queue = Queue(began=0.0)
        old = make_waiter()
        queue.add("a", old, 0.0, soon=False)
        queue.remove("a", old)

        queue.add("a", make_waiter(interval=100.0), 0.0, soon=False)

        assert queue.take(50.0, 1) == []
        assert queue.next_turn() == 100.0

    def test_a_pause_longer_than_the_interval_ends_on_a_tick(
        self, make_waiter: Callable[..., Waiter[int]]
    ) -> None:
        queue = Queue(began=0.0)
        queue.add("a", make_waiter(interval=10.0), 0.0, soon=True)
        queue.take(0.0, 1)

        queue.put_back("a", 1.0, every(37.0))

        assert queue.next_turn() == 35.0


class TestDeadlines:
    def test_bring_the_last_look_forward_and_end_the_wait_after_it(
        self, make_waiter: Callable[..., Waiter[int]]
    ) -> None:
        queue = Queue(began=0.0)
        waiter = make_waiter(interval=1000.0, deadline=20.0)
        queue.add("a", waiter, 0.0, soon=False)

        assert queue.next_deadline() == 20.0
        queue.expire(20.0)
        assert queue.take(20.0, 1) == ["a"]
        waiter.tell(0)

        assert isinstance(waiter.future.exception(), TimeoutError)

    def test_a_last_look_counts(self, make_waiter: Callable[..., Waiter[int]]) -> None:
        queue = Queue(began=0.0)
        waiter = make_waiter(deadline=20.0)
        queue.add("a", waiter, 0.0, soon=False)
        queue.expire(20.0)

        waiter.tell(7)

        assert waiter.future.result() == 7

    def test_end_the_wait_when_even_the_last_look_brings_nothing(
        self, make_waiter: Callable[..., Waiter[int]]
    ) -> None:
        queue = Queue(began=0.0)
        waiter = make_waiter(deadline=20.0)
        queue.add("a", waiter, 0.0, soon=False)
        queue.expire(20.0)

        queue.expire(20.0 + LAST_LOOK_SECONDS)

        assert isinstance(waiter.future.exception(), TimeoutError)

    def test_of_those_that_left_take_no_room(self, make_waiter: Callable[..., Waiter[int]]) -> None:
        queue = Queue(began=0.0)
        for _ in range(5000):
            waiter = make_waiter(deadline=1e6)
            queue.add("a", waiter, 0.0, soon=True)
            waiter.future.cancel()
            queue.remove("a", waiter)

        assert len(queue._deadlines) < 200
        assert len(queue._turns) < 200


class TestWaiter:
    def test_an_error_of_its_verdict_is_its_own(self, make_waiter: Callable[..., Waiter[int]]) -> None:
        waiter = make_waiter(verdict=lambda seen: 1 // seen)

        waiter.tell(0)

        assert isinstance(waiter.future.exception(), ZeroDivisionError)

    def test_hears_nothing_more_once_it_is_over(self, make_waiter: Callable[..., Waiter[int]]) -> None:
        waiter = make_waiter()
        waiter.tell(1)

        waiter.tell(2)
        waiter.fail(RuntimeError())

        assert waiter.future.result() == 1

    def test_judges_in_the_context_it_was_made_in(self, make_waiter: Callable[..., Waiter[int]]) -> None:
        variable: contextvars.ContextVar[str] = contextvars.ContextVar("trigger", default="nobody")
        variable.set("mine")
        waiter = make_waiter(verdict=lambda seen: variable.get())

        contextvars.Context().run(waiter.tell, 1)

        assert waiter.future.result() == "mine"
