"""Tests of the clock that can be advanced."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from airflow_lineage_provider.local_aws.runtime import Runtime

PATIENCE_SECONDS = 10


def a_day() -> float:
    return timedelta(days=1).total_seconds()


class TestAdvance:
    def test_moves_the_time(self) -> None:
        runtime = Runtime()
        before = runtime.now()

        after = runtime.advance(a_day())

        assert timedelta(days=1) <= after - before < timedelta(days=1, seconds=5)

    def test_ends_a_wait_of_a_worker_at_its_own_time(self) -> None:
        runtime = Runtime()
        ended: list[datetime] = []

        def work(stop: threading.Event) -> None:
            for _ in range(3):
                runtime.wait(100, stop)
                ended.append(runtime.now())

        begun = runtime.now()
        runtime.run_worker("test", work)
        runtime.advance(a_day())

        elapsed = [(moment - begun).total_seconds() for moment in ended]
        assert [round(seconds, -2) for seconds in elapsed] == [100, 200, 300]

    def test_does_not_end_a_wait_that_is_longer(self) -> None:
        runtime = Runtime()
        ended = threading.Event()

        def work(stop: threading.Event) -> None:
            if not runtime.wait(100, stop):
                ended.set()

        runtime.run_worker("test", work)
        runtime.advance(50)
        short = ended.is_set()
        runtime.advance(51)

        assert (short, ended.is_set()) == (False, True)
        runtime.reset()

    def test_keeps_the_order_of_two_workers(self) -> None:
        runtime = Runtime()
        order: list[str] = []

        def sleeper(name: str, seconds: float) -> None:
            def work(stop: threading.Event) -> None:
                runtime.wait(seconds, stop)
                order.append(name)

            runtime.run_worker(name, work)

        for name, seconds in (("third", 300), ("first", 100), ("second", 200)):
            sleeper(name, seconds)
        runtime.advance(a_day())

        assert order == ["first", "second", "third"]

    @pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), True, "10"])
    def test_takes_no_step_back_and_no_nonsense(self, seconds: float) -> None:
        with pytest.raises(ValueError, match="goes on by a number of seconds"):
            Runtime().advance(seconds)

    def test_is_undone_by_a_reset(self) -> None:
        runtime = Runtime()
        runtime.advance(a_day())

        runtime.reset()

        assert abs((runtime.now() - datetime.now(tz=UTC)).total_seconds()) < 5


class TestAppointments:
    def test_are_kept_in_order_at_their_own_time(self) -> None:
        runtime = Runtime()
        start = runtime.now()
        kept: list[tuple[str, float]] = []

        def keep(name: str) -> None:
            kept.append((name, round((runtime.now() - start).total_seconds(), -1)))

        for hours, name in ((3, "late"), (1, "early"), (2, "middle")):
            runtime.at(start + timedelta(hours=hours), lambda name=name: keep(name), name=name)  # type: ignore[misc]
        runtime.advance(a_day())

        assert kept == [("early", 3600), ("middle", 7200), ("late", 10800)]

    def test_can_make_the_next_one_while_the_clock_is_advanced(self) -> None:
        runtime = Runtime()
        fired: list[datetime] = []

        def fire() -> None:
            fired.append(runtime.now())
            runtime.at(runtime.now() + timedelta(hours=1), fire, name="hourly")

        runtime.at(runtime.now() + timedelta(hours=1), fire, name="hourly")
        runtime.advance(timedelta(hours=5, minutes=30).total_seconds())

        assert len(fired) == 5
        runtime.reset()

    def test_are_kept_in_real_time_too(self) -> None:
        runtime = Runtime()
        kept = threading.Event()

        runtime.at(runtime.now() + timedelta(milliseconds=20), kept.set, name="soon")

        assert kept.wait(PATIENCE_SECONDS)

    def test_of_the_past_are_kept_at_once(self) -> None:
        runtime = Runtime()
        kept = threading.Event()

        runtime.at(runtime.now() - timedelta(days=1), kept.set, name="past")

        assert kept.wait(PATIENCE_SECONDS)

    def test_are_forgotten_when_cancelled_or_reset(self) -> None:
        runtime = Runtime()
        kept: list[str] = []
        soon = runtime.now() + timedelta(seconds=10)
        runtime.at(soon, lambda: kept.append("cancelled"), name="cancelled").cancel()
        runtime.advance(20)
        runtime.at(runtime.now() + timedelta(seconds=10), lambda: kept.append("reset"), name="reset")
        runtime.reset()

        runtime.advance(40)

        assert kept == []


class TestSettings:
    def test_take_switches_and_limits(self) -> None:
        runtime = Runtime()

        settings = runtime.configure({"enforce_quotas": True, "max_running_crawlers": 3})

        assert (settings["enforce_quotas"], settings["max_running_crawlers"]) == (True, 3)

    @pytest.mark.parametrize(
        "name, value, wanted",
        [
            ("enforce_quotas", 1, "true or false"),
            ("max_running_crawlers", 0, "whole number"),
            ("max_running_crawlers", True, "whole number"),
            ("max_running_crawlers", 1.5, "whole number"),
        ],
    )
    def test_refuse_what_is_not_of_their_kind(self, name: str, value: object, wanted: str) -> None:
        with pytest.raises(ValueError, match=wanted):
            Runtime().configure({name: value})
