"""What the tests of setting up and cleaning up SageMaker Catalog have in common."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.datazone import DataZoneDataSourceRunOperator
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from tests.unit.operators.driving import run

__all__ = ["BOTH", "assets", "common", "execute", "import_tables", "publish", "sources", "wanted"]

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])


def common(estate: EcommerceEstate, **overrides: Any) -> dict[str, Any]:
    """Return what every task is given."""
    return {
        "domain_identifier": estate.domain,
        "waiter_delay": 0.1,
        "timeout": 30,
        "aws_conn_id": None,
        "botocore_config": {"retries": {"total_max_attempts": 1}},
        **overrides,
    }


def wanted(estate: EcommerceEstate, **overrides: Any) -> dict[str, Any]:
    """Return the arguments for a new data source."""
    return common(
        estate,
        **{"project_identifier": estate.project, "name": "sales", "databases": estate.database, **overrides},
    )


def execute(operator: type[Any], arguments: dict[str, Any]) -> Any:
    """Run a task; return its value, or its error."""
    try:
        return run(operator, arguments)[0]
    except LineageError as error:
        return error


def sources(local_aws: LocalAws, estate: EcommerceEstate) -> dict[str, str]:
    """Return the states of the project's data sources by name."""
    listed = local_aws.client("datazone").list_data_sources(
        domainIdentifier=estate.domain, projectIdentifier=estate.project
    )
    return {item["name"]: item["status"] for item in listed["items"]}


def assets(local_aws: LocalAws, estate: EcommerceEstate) -> set[str]:
    """Return the ids of the project's assets."""
    found = local_aws.client("datazone").search(
        domainIdentifier=estate.domain, searchScope="ASSET", owningProjectIdentifier=estate.project
    )
    return {item["assetItem"]["identifier"] for item in found["items"]}


def import_tables(estate: EcommerceEstate) -> dict[str, Any]:
    """Crawl and import the estate's two tables."""
    run(GlueCrawlOperator, {"crawler_name": estate.crawler, "aws_conn_id": None, "waiter_delay": 0.1})
    result: dict[str, Any]
    result, _ = run(
        DataZoneDataSourceRunOperator,
        common(estate, data_source_identifier=estate.data_source, require_lineage=False),
    )
    return result


def publish(local_aws: LocalAws, estate: EcommerceEstate, asset: str) -> None:
    """Publish an asset."""
    local_aws.client("datazone").create_listing_change_set(
        domainIdentifier=estate.domain, entityIdentifier=asset, entityType="ASSET", action="PUBLISH"
    )
