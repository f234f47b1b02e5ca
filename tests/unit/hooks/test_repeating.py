"""Calls that are refused for minutes, on a clock that only sleeping moves."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from airflow_lineage_provider.exceptions import (
    AwsCallError,
    CatalogTimeoutError,
    PermissionDeniedError,
    ThrottledError,
)
from airflow_lineage_provider.hooks.repeating import LONGEST_PAUSE_SECONDS, repeat_while_transient
from tests.unit.hooks.sleeping_clock import SleepingClock

MINUTES = 60.0


def refusal(cls: type[AwsCallError] = ThrottledError, code: str = "ThrottlingException") -> AwsCallError:
    """Build a refusal."""
    return cls(service="datazone", operation="GetAsset", code=code, message="no.", subject="asset a")


def test_half_of_the_calls_refused_for_minutes_fail_nothing(clock: SleepingClock) -> None:
    chance = random.Random(4)
    asked: list[float] = []

    def call() -> str:
        asked.append(clock.now)
        if chance.random() < 0.5:
            raise refusal()
        clock.sleep(1)  # the call itself takes a while
        return "answer"

    answers = [
        repeat_while_transient(call, deadline=60 * MINUTES, clock=clock.read, sleep=clock.sleep)
        for _ in range(300)
    ]

    assert answers == ["answer"] * 300
    assert clock.now > 5 * MINUTES
    per_minute = [sum(minute <= at / MINUTES < minute + 1 for at in asked) for minute in range(5)]
    assert max(per_minute) <= 2 * 60


def test_a_service_that_refuses_everything_is_asked_less_and_less(clock: SleepingClock) -> None:
    asked: list[float] = []

    def call() -> None:
        asked.append(clock.now)
        raise refusal()

    with pytest.raises(ThrottledError):
        repeat_while_transient(call, deadline=10 * MINUTES, clock=clock.read, sleep=clock.sleep)

    assert clock.now == 10 * MINUTES
    assert len(asked) < 50
    assert max(later - earlier for earlier, later in pairwise(asked)) <= LONGEST_PAUSE_SECONDS


def test_the_deadline_has_an_error_of_its_own_if_that_is_wanted(clock: SleepingClock) -> None:
    def late() -> CatalogTimeoutError:
        return CatalogTimeoutError(
            thing="Asset a", domain_id="dzd-1", state="busy", wanted="gone", waited_seconds=60
        )

    def call() -> None:
        raise refusal(AwsCallError, "InternalServerException")

    with pytest.raises(CatalogTimeoutError) as caught:
        repeat_while_transient(call, deadline=60, late=late, clock=clock.read, sleep=clock.sleep)

    assert isinstance(caught.value.__cause__, AwsCallError)


def test_what_is_no_matter_of_waiting_is_raised_at_once(clock: SleepingClock) -> None:
    def call() -> None:
        raise refusal(PermissionDeniedError, "AccessDeniedException")

    with pytest.raises(PermissionDeniedError):
        repeat_while_transient(call, deadline=60, clock=clock.read, sleep=clock.sleep)

    assert clock.now == 0


@pytest.fixture
def clock() -> SleepingClock:
    """A clock at the epoch."""
    return SleepingClock()
