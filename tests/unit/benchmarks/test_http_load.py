"""The client of the benchmarks says what its calls took, and fails with the first that fails."""

from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from benchmarks.http_load import Call, Load, run_load
from benchmarks.lineage_estate import make_estate, plain_walk


def test_percentiles_are_those_of_the_sorted_calls() -> None:
    load = Load(2.0, tuple(number / 1000 for number in range(100)))

    assert (load.calls_per_second, load.percentile_ms(50), load.percentile_ms(95)) == (50.0, 50.0, 95.0)
    assert load.percentile_ms(100) == 99.0


def test_every_call_is_made(local_aws: LocalAws) -> None:
    estate = make_estate(local_aws)

    load = run_load(estate.port, estate.posts(10), threads=2)

    listed = local_aws.client("datazone").list_lineage_events(domainIdentifier=estate.domain.id)["items"]
    assert (len(load.call_seconds), len(listed)) == (10, 10)
    assert load.wall_seconds > 0


def test_call_that_fails_ends_the_load(local_aws: LocalAws) -> None:
    port = int(local_aws.endpoint_url.rpartition(":")[2])

    with pytest.raises(RuntimeError, match="404"):
        run_load(port, [Call("GET", "/_local/nothing", {})])


def test_walk_of_the_stack_finds_what_the_plain_one_does(local_aws: LocalAws) -> None:
    estate = make_estate(local_aws)
    estate.fill(40)

    neighbours = estate.upstream()

    assert [estate.walk(table) for table in range(40)] == [
        plain_walk(neighbours, table) for table in range(40)
    ]
