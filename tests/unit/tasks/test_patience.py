"""Operators that bear throttling: how long, and through which of their hooks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import InvalidArgumentError, ThrottledError
from airflow_lineage_provider.hooks import base
from airflow_lineage_provider.hooks.repeating import repeat_while_transient
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.datazone import DataZoneEnableLineageOperator
from airflow_lineage_provider.operators.lake_formation import LakeFormationGrantPermissionsOperator
from airflow_lineage_provider.operators.lineage import LineageExtractOperator
from tests.unit.operators.driving import make_context

ONCE = {"retries": {"total_max_attempts": 1}}


def make_operators(estate: EcommerceEstate, **arguments: Any) -> list[Any]:
    """Build one operator of each kind that makes its calls through a patient hook."""
    common = {"aws_conn_id": None, "botocore_config": ONCE, **arguments}
    return [
        LineageExtractOperator(
            task_id="extract",
            domain_identifier=estate.domain,
            tables=f"{estate.database}.clickstream",
            snapshot_path=f"s3://{estate.bucket}/snapshot.json",
            **common,
        ),
        DataZoneEnableLineageOperator(
            task_id="enable",
            domain_identifier=estate.domain,
            data_source_identifier=estate.data_source,
            **common,
        ),
        LakeFormationGrantPermissionsOperator(
            task_id="grant",
            principal="arn:aws:iam::123456789012:role/reader",
            resource={"Database": {"Name": estate.database}},
            permissions=["DESCRIBE"],
            **common,
        ),
    ]


@pytest.fixture
def estate(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> EcommerceEstate:
    """The e-commerce estate, crawled and imported; pauses between two calls take no time."""
    monkeypatch.setattr(base, "repeat_while_transient", partial(repeat_while_transient, sleep=lambda _: None))
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.client("glue").start_crawler(Name=seeded.crawler)
    local_aws.advance(1)
    local_aws.client("datazone").start_data_source_run(
        domainIdentifier=seeded.domain, dataSourceIdentifier=seeded.data_source
    )
    local_aws.advance(1)
    return seeded


def test_every_second_call_throttled_fails_none(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    for service in ("datazone", "glue", "lakeformation", "s3"):
        local_aws.fault(service=service, error_code="ThrottlingException", probability=0.5)

    read, switched, granted = (
        operator.execute(make_context(operator)) for operator in make_operators(estate)
    )

    assert read["tables"] == [f"{estate.database}.clickstream"]
    assert switched["changed"] is True
    assert granted == {"granted": 1}


@pytest.mark.parametrize("number", range(3))
def test_a_service_that_stays_throttled_fails_them_when_time_is_up(
    estate: EcommerceEstate, local_aws: LocalAws, number: int
) -> None:
    for service in ("datazone", "lakeformation"):
        local_aws.fault(service=service, error_code="ThrottlingException")
    operator = make_operators(estate, timeout=timedelta(seconds=0))[number]

    with pytest.raises(ThrottledError):
        operator.execute(make_context(operator))


@pytest.mark.parametrize("number", range(3))
def test_a_timeout_that_is_no_number_is_named(
    estate: EcommerceEstate, make_calls: Callable[[], int], number: int
) -> None:
    operator = make_operators(estate, timeout="soon")[number]

    with pytest.raises(InvalidArgumentError, match="timeout"):
        operator.execute(make_context(operator))

    assert make_calls() == 0


@pytest.fixture
def make_calls(estate: EcommerceEstate, local_aws: LocalAws) -> Callable[[], int]:
    """Count the calls that were made since the estate was there."""
    before = sum(sum(counts.values()) for counts in local_aws.calls().values())
    return lambda: sum(sum(counts.values()) for counts in local_aws.calls().values()) - before
