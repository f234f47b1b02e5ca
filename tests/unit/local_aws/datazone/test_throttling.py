"""Calls above a rate are throttled."""

from __future__ import annotations

from botocore.session import get_session

from airflow_lineage_provider.local_aws.services.datazone.throttling import RATES, TokenBucket


def test_as_many_calls_as_the_rate_pass_at_once() -> None:
    bucket = TokenBucket(20, 20, 0.0)

    assert [bucket.take(0.0) for _ in range(22)] == [True] * 20 + [False] * 2


def test_bucket_fills_with_time_and_not_beyond_its_rate() -> None:
    bucket = TokenBucket(20, 0, 0.0)

    assert [bucket.take(0.1), bucket.take(0.1), bucket.take(0.1)] == [True, True, False]
    assert [bucket.take(100.0) for _ in range(21)] == [True] * 20 + [False]


def test_clock_that_was_set_back_takes_nothing_away() -> None:
    bucket = TokenBucket(20, 1, 100.0)

    assert [bucket.take(0.0), bucket.take(0.0), bucket.take(0.05)] == [True, False, True]


def test_rates_are_those_of_operations_that_throttle() -> None:
    model = get_session().get_service_model("datazone")

    for name in RATES:
        errors = {each.name for each in model.operation_model(name).error_shapes}
        assert "ThrottlingException" in errors
