"""The operators for SageMaker Catalog inside Airflow, against the local AWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    DataSourceRunFailedError,
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
from tests.integration.dag_running import run_dag

pytestmark = pytest.mark.usefixtures("airflow_database")
BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate, in which an import takes a moment."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.settings(import_seconds=0.3, lineage_seconds=0.3)
    return seeded


def switch(estate: EcommerceEstate, aws: LocalAws, *, on: bool) -> None:
    """Switch lineage import on or off."""
    aws.client("datazone").update_connection(
        domainIdentifier=estate.domain,
        identifier=estate.connection,
        props={"lakehouseProperties": {"glueLineageSyncEnabled": on}},
    )


def runs(estate: EcommerceEstate, aws: LocalAws) -> list[dict[str, Any]]:
    """Return the runs of the data source, newest first."""
    listed = aws.client("datazone").list_data_source_runs(
        domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
    )
    return list(listed["items"])


def make_import(estate: EcommerceEstate, **overrides: Any) -> DataZoneDataSourceRunOperator:
    """Build a task that imports the estate."""
    arguments: dict[str, Any] = {
        "task_id": "import",
        "domain_identifier": estate.domain,
        "data_source_identifier": estate.data_source,
        "waiter_delay": 0.1,
        "timeout": 30,
        "aws_conn_id": None,
        **overrides,
    }
    return DataZoneDataSourceRunOperator(**arguments)


def make_crawl(estate: EcommerceEstate) -> GlueCrawlOperator:
    """Build a task that crawls the estate."""
    return GlueCrawlOperator(
        task_id="crawl", crawler_name=estate.crawler, waiter_delay=0.1, timeout=30, aws_conn_id=None
    )


@BOTH
def test_switches_lineage_on_crawls_and_imports(estate: EcommerceEstate, deferrable: bool) -> None:
    def build() -> None:
        enabled = DataZoneEnableLineageOperator(
            task_id="enable",
            domain_identifier=estate.domain,
            data_source_identifier=estate.data_source,
            aws_conn_id=None,
        )
        crawl = make_crawl(estate)
        enabled >> crawl >> make_import(estate, data_as_of=crawl.output, deferrable=deferrable)

    outcome = run_dag(build, link_keys=("datazone_data_source_run",))

    result, crawl = outcome.values["import"], outcome.values["crawl"]
    assert outcome.state == "success"
    assert outcome.values["enable"]["changed"] is True
    assert (result["status"], result["lineage_status"], result["joined"]) == ("SUCCESS", "SUCCESS", False)
    assert crawl["ended_at"] <= result["started_at"] <= result["stopped_at"]
    assert result["statistics"]["added"] == 2
    assert [(asset["table"], asset["lineage_status"]) for asset in result["assets"]] == [
        ("clickstream", "SUCCESS"),
        ("ordertransactiontable", "SUCCESS"),
    ]
    assert estate.project in outcome.links["import"]["datazone_data_source_run"]


def test_fails_before_anything_is_started_when_lineage_import_is_off(
    estate: EcommerceEstate, local_aws: LocalAws
) -> None:
    outcome = run_dag(lambda: make_import(estate))

    (error,) = outcome.errors["import"]
    assert isinstance(error, LineageImportOffError)
    assert error.connection_id == estate.connection
    assert "StartDataSourceRun" not in local_aws.calls()["datazone"]


@BOTH
def test_fails_when_the_lineage_of_a_table_fails_although_the_run_succeeds(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    switch(estate, local_aws, on=True)
    run_dag(lambda: make_crawl(estate))
    local_aws.client("glue").delete_crawler(Name=estate.crawler)

    outcome = run_dag(lambda: make_import(estate, deferrable=deferrable))

    (error,) = outcome.errors["import"]
    assert isinstance(error, DataSourceRunFailedError)
    assert (error.status, error.lineage_status) == ("SUCCESS", "FAILED")
    assert [problem.partition(":")[0] for problem in error.problems] == [
        "the lineage import failed",
        f"the lineage of table {estate.database}.clickstream is FAILED",
        f"the lineage of table {estate.database}.ordertransactiontable is FAILED",
    ]


@BOTH
def test_two_tasks_on_one_data_source_share_a_run(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    switch(estate, local_aws, on=True)
    as_of = datetime.now(tz=UTC) - timedelta(seconds=1)

    outcome = run_dag(
        lambda: [
            make_import(estate, task_id=name, data_as_of=as_of, deferrable=deferrable)
            for name in ("one", "two")
        ]
    )

    results = [outcome.values[name] for name in ("one", "two")]
    assert outcome.state == "success"
    assert len({result["run_id"] for result in results}) == 1
    assert sorted(result["joined"] for result in results) == [False, True]
    assert local_aws.calls()["datazone"]["StartDataSourceRun"] == 1


@BOTH
def test_waits_for_a_run_that_began_before_the_data_and_starts_its_own(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    switch(estate, local_aws, on=True)
    local_aws.settings(import_seconds=20)
    datazone = local_aws.client("datazone")
    stale = datazone.start_data_source_run(
        domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
    )
    while (
        datazone.get_data_source_run(domainIdentifier=estate.domain, identifier=stale["id"])["status"]
        != "RUNNING"
    ):
        pass
    local_aws.settings(import_seconds=0.2)

    outcome = run_dag(lambda: make_import(estate, deferrable=deferrable, timeout=90))

    result = outcome.values["import"]
    assert outcome.state == "success"
    assert (result["run_id"] == stale["id"], result["joined"]) == (False, False)
    assert datetime.fromisoformat(result["started_at"]) >= stale["createdAt"] + timedelta(seconds=20)


@BOTH
def test_a_retry_goes_on_with_the_run_of_the_first_try(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    switch(estate, local_aws, on=True)
    local_aws.settings(import_seconds=16)

    outcome = run_dag(lambda: make_import(estate, deferrable=deferrable, timeout=12), retries=1)

    assert outcome.state == "success"
    assert outcome.tries["import"] == 2
    assert [run["id"] for run in runs(estate, local_aws)] == [outcome.values["import"]["run_id"]]
    assert outcome.values["import"]["joined"] is False


@BOTH
def test_outlasts_throttling(estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool) -> None:
    switch(estate, local_aws, on=True)
    local_aws.fault(
        service="datazone", operation="ListDataSourceRuns", error_code="ThrottlingException", times=6
    )
    local_aws.fault(
        service="datazone", operation="GetDataSourceRun", error_code="ThrottlingException", times=6
    )

    assert run_dag(lambda: make_import(estate, deferrable=deferrable, timeout=60)).state == "success"


@pytest.mark.parametrize(
    "overrides, error, said",
    [
        pytest.param(
            {"data_source_identifier": "nowhere0000001"},
            ResourceNotFoundError,
            "data source 'nowhere0000001'",
            id="unknown data source",
        ),
        pytest.param(
            {"domain_identifier": "dzd-nowhere0000001"},
            ResourceNotFoundError,
            "domain 'dzd-nowhere0000001'",
            id="unknown domain",
        ),
    ],
)
def test_names_what_does_not_exist(
    estate: EcommerceEstate, overrides: dict[str, Any], error: type[Exception], said: str
) -> None:
    outcome = run_dag(lambda: make_import(estate, **overrides))

    (raised,) = outcome.errors["import"]
    assert isinstance(raised, error)
    assert said in str(raised)
    assert "Check the name, the region" in str(raised)


def test_names_the_action_that_is_not_allowed(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    local_aws.fault(service="datazone", operation="GetConnection", error_code="AccessDeniedException")

    outcome = run_dag(lambda: make_import(estate))

    (error,) = outcome.errors["import"]
    assert isinstance(error, PermissionDeniedError)
    assert "datazone:GetConnection" in str(error)
