"""GlueCrawlOperator inside Airflow, against the local AWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from airflow_lineage_provider.exceptions import CrawlFailedError, PermissionDeniedError, ResourceNotFoundError
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.operators.lake_formation import LakeFormationGrantPermissionsOperator
from tests.integration.dag_running import run_dag

pytestmark = pytest.mark.usefixtures("airflow_database")
BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate, in which a crawl takes a moment."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.settings(crawl_seconds=0.3, stopping_seconds=0.1)
    return seeded


def make_task(estate: EcommerceEstate, task_id: str = "crawl", **overrides: Any) -> GlueCrawlOperator:
    """Build a task that crawls the estate."""
    arguments: dict[str, Any] = {"waiter_delay": 0.1, "timeout": 30, "aws_conn_id": None, **overrides}
    return GlueCrawlOperator(
        task_id=task_id, crawler_name=arguments.pop("crawler_name", estate.crawler), **arguments
    )


@BOTH
def test_crawls_and_tells_what_it_did(estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool) -> None:
    outcome = run_dag(
        lambda: make_task(estate, deferrable=deferrable), link_keys=("glue_crawler", "glue_crawl_log")
    )

    (crawl,) = local_aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"]
    result = outcome.values["crawl"]
    assert outcome.state == "success"
    assert {name: result[name] for name in ("crawl_id", "state", "joined", "database")} == {
        "crawl_id": crawl["CrawlId"],
        "state": "COMPLETED",
        "joined": False,
        "database": estate.database,
    }
    assert sorted(result["tables"]["added"]) == [
        f"{estate.database}.clickstream",
        f"{estate.database}.ordertransactiontable",
    ]
    assert result["data_as_of"] <= result["started_at"] <= result["ended_at"]
    assert estate.crawler in outcome.links["crawl"]["glue_crawler"]
    assert crawl["CrawlId"] in outcome.links["crawl"]["glue_crawl_log"]


def test_links_of_a_mapped_task_lead_to_its_own_crawl(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    glue = local_aws.client("glue")
    glue.create_crawler(
        Name="second",
        Role="crawler",
        DatabaseName=estate.database,
        Targets={"S3Targets": [{"Path": f"s3://{estate.bucket}/clickstream/"}]},
    )
    crawlers = [estate.crawler, "second"]

    outcome = run_dag(
        lambda: GlueCrawlOperator.partial(
            task_id="crawl", aws_conn_id=None, waiter_delay=0.1, timeout=30
        ).expand(crawler_name=crawlers),
        link_keys=("glue_crawler", "glue_crawl_log"),
    )

    for index, crawler in enumerate(crawlers):
        (crawl,) = glue.list_crawls(CrawlerName=crawler)["Crawls"]
        links = outcome.links[f"crawl[{index}]"]
        assert links["glue_crawler"].endswith(f"/view/{crawler}")
        assert crawl["CrawlId"] in links["glue_crawl_log"]


@BOTH
def test_outlasts_a_stale_crawl_and_starts_its_own(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    local_aws.settings(crawl_seconds=2)
    local_aws.client("glue").start_crawler(Name=estate.crawler)
    (stale,) = local_aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"]

    outcome = run_dag(lambda: make_task(estate, deferrable=deferrable))

    result = outcome.values["crawl"]
    assert outcome.state == "success"
    assert result["crawl_id"] != stale["CrawlId"]
    assert result["joined"] is False
    assert datetime.fromisoformat(result["started_at"]) >= stale["StartTime"] + timedelta(seconds=2)


@BOTH
def test_uses_a_crawl_that_succeeded_since_the_data_was_written(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    data_as_of = datetime.now(tz=UTC) - timedelta(seconds=1)
    first = run_dag(lambda: make_task(estate)).values["crawl"]

    second = run_dag(
        lambda: make_task(estate, data_as_of=data_as_of.isoformat(), deferrable=deferrable)
    ).values["crawl"]

    assert (second["crawl_id"], second["joined"]) == (first["crawl_id"], True)
    assert local_aws.calls()["glue"]["StartCrawler"] == 1


@BOTH
@pytest.mark.airflow3
def test_a_retry_goes_on_with_the_crawl_of_the_first_try(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    local_aws.settings(crawl_seconds=3)

    outcome = run_dag(lambda: make_task(estate, deferrable=deferrable, timeout=2), retries=4)

    assert outcome.state == "success"
    assert outcome.tries["crawl"] >= 2
    assert outcome.values["crawl"]["joined"] is False
    assert local_aws.calls()["glue"]["StartCrawler"] == 1


@BOTH
def test_a_retry_for_the_same_data_starts_no_second_crawl(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    local_aws.settings(crawl_seconds=3)
    as_of = datetime.now(tz=UTC)

    outcome = run_dag(
        lambda: make_task(estate, data_as_of=as_of, deferrable=deferrable, timeout=2), retries=4
    )

    assert outcome.state == "success"
    assert outcome.tries["crawl"] >= 2
    assert local_aws.calls()["glue"]["StartCrawler"] == 1


@BOTH
def test_a_retry_after_a_failed_crawl_crawls_again(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    s3 = local_aws.client("s3")
    s3.delete_object(Bucket=estate.bucket, Key="clickstream/data.json")
    s3.delete_bucket(Bucket=estate.bucket)

    outcome = run_dag(lambda: make_task(estate, deferrable=deferrable), retries=1)

    assert outcome.state == "failed"
    assert {type(error) for error in outcome.errors["crawl"]} == {CrawlFailedError}
    assert len({error.crawl_id for error in outcome.errors["crawl"]}) == 2  # type: ignore[attr-defined]
    assert local_aws.calls()["glue"]["StartCrawler"] == 2


@BOTH
def test_names_a_crawler_that_does_not_exist(estate: EcommerceEstate, deferrable: bool) -> None:
    outcome = run_dag(lambda: make_task(estate, crawler_name="nobody", deferrable=deferrable))

    (error,) = outcome.errors["crawl"]
    assert type(error) is ResourceNotFoundError
    assert "crawler 'nobody'" in str(error)


@BOTH
@pytest.mark.parametrize("operation", ["GetCrawler", "ListCrawls"])
def test_starts_nothing_that_it_cannot_watch(
    estate: EcommerceEstate, local_aws: LocalAws, operation: str, deferrable: bool
) -> None:
    local_aws.fault(service="glue", operation=operation, error_code="AccessDeniedException", times=100)

    outcome = run_dag(lambda: make_task(estate, deferrable=deferrable))

    (error,) = outcome.errors["crawl"]
    assert type(error) is PermissionDeniedError
    assert f"glue:{operation}" in str(error)
    assert "StartCrawler" not in local_aws.calls()["glue"]


@BOTH
def test_tasks_at_the_same_time_share_a_crawl_that_is_fresh(
    estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
) -> None:
    as_of = datetime.now(tz=UTC).isoformat()

    outcome = run_dag(
        lambda: [
            make_task(estate, task_id=f"crawl_{number}", data_as_of=as_of, deferrable=deferrable)
            for number in range(3)
        ]
    )

    assert outcome.state == "success"
    assert len({value["crawl_id"] for value in outcome.values.values()}) == 1
    assert local_aws.calls()["glue"]["StartCrawler"] == 1


def test_changes_nothing_but_the_crawl(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    before = dict(local_aws.calls().get("glue", {}))

    run_dag(lambda: make_task(estate, deferrable=True))

    called = {
        operation
        for operation, count in local_aws.calls()["glue"].items()
        if count > before.get(operation, 0)
    }
    # Usual run times are read only for crawls that go on for a while.
    assert called - {"GetCrawlerMetrics"} == {"BatchGetCrawlers", "GetCrawler", "ListCrawls", "StartCrawler"}


def test_grants_can_be_made_twice(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    def build() -> None:
        for number in range(2):
            LakeFormationGrantPermissionsOperator(
                task_id=f"grant_{number}",
                aws_conn_id=None,
                principal=estate.role_arn,
                resource={"Database": {"Name": estate.database}},
                permissions=["CREATE_TABLE", "DESCRIBE"],
            )

    outcome = run_dag(build)

    assert outcome.state == "success"
    assert outcome.values == {"grant_0": {"granted": 1}, "grant_1": {"granted": 1}}
    listed = local_aws.client("lakeformation").list_permissions(
        Principal={"DataLakePrincipalIdentifier": estate.role_arn},
        Resource={"Database": {"Name": estate.database}},
    )["PrincipalResourcePermissions"]
    granted = {permission for row in listed for permission in row["Permissions"]}
    assert granted >= {"CREATE_TABLE", "DESCRIBE"}


def test_the_connection_of_airflow_is_used(
    estate: EcommerceEstate, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = quote(local_aws.endpoint_url, safe="")
    monkeypatch.setenv(
        "AIRFLOW_CONN_ELSEWHERE", f"aws://testing:testing@/?region_name=us-east-1&endpoint_url={endpoint}"
    )
    monkeypatch.delenv("AWS_ENDPOINT_URL")

    outcome = run_dag(lambda: make_task(estate, aws_conn_id="elsewhere", deferrable=True))

    assert outcome.state == "success"
