"""The operators called by hand, as in a notebook or a test of a user: ``execute`` with an empty context."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    InvalidArgumentError,
    LineageImportOffError,
    PermissionDeniedError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.datazone import (
    DataZoneDataSourceRunOperator,
    DataZoneEnableLineageOperator,
)
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.operators.lineage import LineageExtractOperator, LineageVerifyOperator

pytestmark = pytest.mark.airflow3
AWS: dict[str, Any] = {"aws_conn_id": None}
QUICK: dict[str, Any] = {**AWS, "waiter_delay": 0.05, "timeout": 60}


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    return local_aws.seed("ecommerce")


def run(operator: Any) -> Any:
    return operator.execute({})


def test_the_chain_works_and_a_second_import_is_another_run(estate: EcommerceEstate) -> None:
    catalog: dict[str, Any] = {
        "domain_identifier": estate.domain,
        "data_source_identifier": estate.data_source,
    }
    run(DataZoneEnableLineageOperator(task_id="enable", **catalog, **AWS))

    crawl = run(GlueCrawlOperator(task_id="crawl", crawler_name=estate.crawler, **QUICK))
    imports = [run(DataZoneDataSourceRunOperator(task_id="import", **catalog, **QUICK)) for _ in range(2)]
    extracted = run(
        LineageExtractOperator(
            task_id="extract",
            domain_identifier=estate.domain,
            tables=[f"{estate.database}.clickstream"],
            **AWS,
        )
    )
    verified = run(LineageVerifyOperator(task_id="verify", snapshot=extracted, crawl=crawl, **AWS))

    assert verified["verified"] is True
    assert imports[0]["run_id"] != imports[1]["run_id"]


class TestBadInput:
    """Each mistake gives one error that names the thing."""

    def test_unknown_crawler(self, estate: EcommerceEstate) -> None:
        with pytest.raises(ResourceNotFoundError, match=r"'nobody'.*Check the name, the region"):
            run(GlueCrawlOperator(task_id="crawl", crawler_name="nobody", **QUICK))

    def test_unknown_domain(self, estate: EcommerceEstate) -> None:
        operator = DataZoneDataSourceRunOperator(
            task_id="import",
            domain_identifier="dzd-nowhere0000001",
            data_source_identifier=estate.data_source,
            **QUICK,
        )

        with pytest.raises(ResourceNotFoundError, match="dzd-nowhere0000001"):
            run(operator)

    def test_lineage_import_is_off(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        operator = DataZoneDataSourceRunOperator(
            task_id="import",
            domain_identifier=estate.domain,
            data_source_identifier=estate.data_source,
            **QUICK,
        )

        with pytest.raises(LineageImportOffError, match=rf"{estate.connection}.*DataZoneEnableLineage"):
            run(operator)
        assert "StartDataSourceRun" not in local_aws.calls()["datazone"]

    def test_no_permission(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        local_aws.fault(service="glue", operation="GetCrawler", error_code="AccessDeniedException")

        with pytest.raises(PermissionDeniedError, match=rf"glue:GetCrawler.*{estate.crawler}"):
            run(GlueCrawlOperator(task_id="crawl", crawler_name=estate.crawler, **QUICK))
        assert "StartCrawler" not in local_aws.calls()["glue"]

    def test_template_that_was_not_rendered(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        operator = GlueCrawlOperator(
            task_id="crawl", crawler_name=estate.crawler, data_as_of="{{ nothing }}", **QUICK
        )

        with pytest.raises(InvalidArgumentError, match=r"'data_as_of' is '\{\{ nothing \}\}'"):
            run(operator)
        assert local_aws.calls()["glue"] == {"CreateCrawler": 1}
