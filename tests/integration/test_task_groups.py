"""The task group crawl_import_verify inside Airflow, against the local AWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import ExpectationViolatedError
from airflow_lineage_provider.lineage.expectations import AllColumnsTraced, HasOrigin
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.task_groups import crawl_import_verify
from tests.integration.dag_running import run_dag

pytestmark = pytest.mark.usefixtures("airflow_database")
BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    return seeded


def chain(estate: EcommerceEstate, **overrides: Any) -> dict[str, Any]:
    """Return arguments of the group for the estate."""
    return {
        "domain_identifier": estate.domain,
        "data_source_identifier": estate.data_source,
        "waiter_delay": 0.05,
        "timeout": 60,
        "aws_conn_id": None,
        "enable_lineage": True,
        **overrides,
    }


@BOTH
def test_crawls_imports_and_verifies(estate: EcommerceEstate, deferrable: bool) -> None:
    orders = f"{estate.database}.ordertransactiontable"
    expectations = [
        HasOrigin(f"{estate.database}.clickstream", f"s3://{estate.bucket}/clickstream"),
        HasOrigin(orders, f"arn:aws:dynamodb:us-east-1:{estate.account}:table/OrderTransactionTable"),
        AllColumnsTraced(orders),
    ]

    outcome = run_dag(
        lambda: crawl_import_verify(
            **chain(
                estate,
                crawler_name=estate.crawler,
                group_id="orders",
                expectations=expectations,
                data_as_of=datetime.now(tz=UTC) - timedelta(seconds=1),
                deferrable=deferrable,
            )
        )
    )

    assert outcome.state == "success"
    crawl, extracted = outcome.values["orders.crawl"], outcome.values["orders.extract"]
    assert outcome.values["orders.verify"] == {
        "verified": True,
        "expectations": 3 + 2 * 2,
        "tables": [f"{estate.database}.clickstream", orders],
        "crawls": [crawl["crawl_id"]],
    }
    assert extracted["history"][orders][0]["crawl_id"] == crawl["crawl_id"]
    assert outcome.values["orders.import"]["lineage_status"] == "SUCCESS"


def test_maps_over_crawlers(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    definition = local_aws.client("glue").get_crawler(Name=estate.crawler)["Crawler"]
    targets = {"s3": {"S3Targets": definition["Targets"]["S3Targets"]}}
    targets["dynamodb"] = {"DynamoDBTargets": definition["Targets"]["DynamoDBTargets"]}
    for name, target in targets.items():
        local_aws.client("glue").create_crawler(
            Name=name, Role=estate.role_arn, DatabaseName=estate.database, Targets=target
        )

    outcome = run_dag(
        lambda: crawl_import_verify.partial(**chain(estate)).expand(crawler_name=["s3", "dynamodb"])
    )

    assert outcome.state == "success"
    assert local_aws.calls()["glue"]["StartCrawler"] == 2
    verified = [outcome.states[f"crawl_import_verify.verify[{index}]"] for index in range(2)]
    assert (verified, outcome.errors) == (["success", "success"], {})


def test_fails_when_an_expectation_is_broken(estate: EcommerceEstate) -> None:
    wrong = HasOrigin(f"{estate.database}.clickstream", f"s3://{estate.bucket}/elsewhere")

    outcome = run_dag(
        lambda: crawl_import_verify(
            **chain(estate, crawler_name=estate.crawler, expectations=[wrong], tables="clickstream"),
            database=estate.database,
        )
    )

    (error,) = outcome.errors["crawl_import_verify.verify"]
    assert outcome.state == "failed"
    assert isinstance(error, ExpectationViolatedError)
    assert [violation["expectation"]["type"] for violation in error.violations] == ["has_origin"]
