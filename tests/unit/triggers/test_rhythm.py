"""When a run is looked at again, from how long runs like it take."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.hooks.crawl_records import UsualTime
from airflow_lineage_provider.triggers.rhythm import (
    LONGEST_PAUSE,
    SHORTEST_PAUSE,
    bounded_pause,
    ending_pause,
    pause_seconds,
)

HOUR = UsualTime(median=3600, last=3600)
anything = st.floats(allow_nan=True, allow_infinity=True)
intervals = st.floats(min_value=0.01, max_value=3600)


def looks(interval: float, usual: UsualTime | None, until: float) -> list[float]:
    """Return when a run is looked at, from its beginning to a moment."""
    moments = [0.0]
    while moments[-1] < until:
        moments.append(
            moments[-1] + bounded_pause(pause_seconds(interval, elapsed=moments[-1], usual=usual), interval)
        )
    return moments


@pytest.mark.parametrize(
    "elapsed, pause",
    [
        pytest.param(0, 120, id="just begun"),
        pytest.param(1740, 60, id="not beyond half of the usual time"),
        pytest.param(1790, 30, id="close to half of the usual time"),
        pytest.param(2400, 30, id="in the second half"),
        pytest.param(3100, 15, id="about to end"),
        pytest.param(4000, 15, id="a little over the usual time"),
        pytest.param(4200, 30, id="later than usual"),
        pytest.param(36000, 30, id="ten times the usual time"),
    ],
)
def test_pause_of_a_crawl_that_takes_an_hour(elapsed: float, pause: float) -> None:
    assert pause_seconds(30, elapsed=elapsed, usual=HOUR) == pause


def test_where_the_figures_differ_the_whole_time_between_them_counts_as_the_end() -> None:
    usual = UsualTime(median=1000, last=400)

    assert pause_seconds(10, elapsed=150, usual=usual) == 40
    assert pause_seconds(10, elapsed=250, usual=usual) == 10
    assert [pause_seconds(10, elapsed=seconds, usual=usual) for seconds in (350, 700, 1140)] == [5, 5, 5]
    assert pause_seconds(10, elapsed=1160, usual=usual) == 10


@pytest.mark.parametrize(
    "usual",
    [
        pytest.param(None, id="unknown"),
        pytest.param(UsualTime(0), id="never ran"),
        pytest.param(UsualTime(-1, -1), id="negative"),
        pytest.param(UsualTime(math.nan), id="no number"),
    ],
)
def test_without_figures_every_pause_is_an_interval(usual: UsualTime | None) -> None:
    assert {pause_seconds(30, elapsed=elapsed, usual=usual) for elapsed in range(0, 4000, 7)} == {30}


@pytest.mark.parametrize("median", [300, 1800, 3600, 6 * 3600])
def test_a_crawl_that_takes_its_usual_time_is_looked_at_less_often_and_seen_sooner(median: float) -> None:
    plain = looks(30, None, median)
    ours = looks(30, UsualTime(median, median), median)

    assert len(ours) <= len(plain)
    assert ours[-1] - ours[-2] <= 15


@given(intervals, anything, anything, anything)
def test_no_figures_make_a_pause_that_is_out_of_bounds(
    interval: float, elapsed: float, median: float, last: float
) -> None:
    pause = pause_seconds(interval, elapsed=elapsed, usual=UsualTime(median, last))

    assert SHORTEST_PAUSE * interval <= pause <= LONGEST_PAUSE * interval


@given(
    st.floats(min_value=1, max_value=120),
    st.floats(min_value=1, max_value=1e5),
    st.floats(min_value=0, max_value=2e5),
)
def test_from_half_of_the_usual_time_on_no_pause_is_longer_than_the_interval(
    interval: float, median: float, elapsed: float
) -> None:
    pause = pause_seconds(interval, elapsed=elapsed, usual=UsualTime(median, median))

    assert pause <= max(interval, median / 2 - elapsed)


@given(anything, intervals)
def test_whatever_a_fetch_asks_for_is_kept_in_bounds(pause: float, interval: float) -> None:
    assert SHORTEST_PAUSE * interval <= bounded_pause(pause, interval) <= LONGEST_PAUSE * interval


@pytest.mark.parametrize("interval, pause", [(60, 30), (5, 2.5), (1.5, 1.0), (1, 1), (0.1, 0.1)])
def test_the_pause_before_the_end_is_half_an_interval_but_not_under_a_second(
    interval: float, pause: float
) -> None:
    assert ending_pause(interval) == pause
