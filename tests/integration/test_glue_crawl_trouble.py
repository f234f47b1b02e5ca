"""GlueCrawlOperator and GlueCrawlSensor against a local AWS that refuses, throttles and loses replies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import PermissionDeniedError
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from tests.integration.signing import become_user
from tests.unit.operators.driving import run

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
READS = {"glue:GetCrawler", "glue:ListCrawls", "glue:BatchGetCrawlers"}


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    return seeded


def make_arguments(estate: EcommerceEstate, **overrides: Any) -> dict[str, Any]:
    """Return the arguments of a task; boto3 repeats no call by itself unless a test wants it to."""
    return {
        "crawler_name": estate.crawler,
        "data_as_of": datetime.now(tz=UTC),
        "aws_conn_id": None,
        "waiter_delay": 0.05,
        "timeout": 60,
        "botocore_config": {"retries": {"total_max_attempts": 1}},
        **overrides,
    }


def started(local_aws: LocalAws) -> int:
    """Return how often StartCrawler was called."""
    return local_aws.calls()["glue"].get("StartCrawler", 0)


class TestRights:
    @BOTH
    def test_reading_and_starting_is_enough(
        self,
        estate: EcommerceEstate,
        local_aws: LocalAws,
        monkeypatch: pytest.MonkeyPatch,
        deferrable: bool,
    ) -> None:
        become_user(local_aws, monkeypatch, {*READS, "glue:StartCrawler"})

        result, _ = run(GlueCrawlOperator, make_arguments(estate, deferrable=deferrable))

        assert result["state"] == "COMPLETED"

    @pytest.mark.parametrize(
        "action, deferrable",
        [
            ("GetCrawler", False),
            ("GetCrawler", True),
            ("ListCrawls", False),
            ("ListCrawls", True),
            ("BatchGetCrawlers", True),
        ],
    )
    def test_nothing_is_started_that_could_not_be_watched(
        self,
        estate: EcommerceEstate,
        local_aws: LocalAws,
        monkeypatch: pytest.MonkeyPatch,
        action: str,
        deferrable: bool,
    ) -> None:
        become_user(local_aws, monkeypatch, {*READS, "glue:StartCrawler"} - {f"glue:{action}"})

        with pytest.raises(PermissionDeniedError, match=f"glue:{action}"):
            run(GlueCrawlOperator, make_arguments(estate, deferrable=deferrable))

        assert started(local_aws) == 0

    def test_the_right_to_start_is_named(
        self, estate: EcommerceEstate, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        become_user(local_aws, monkeypatch, READS)

        with pytest.raises(PermissionDeniedError, match="glue:StartCrawler"):
            run(GlueCrawlOperator, make_arguments(estate))

        assert local_aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"] == []

    @BOTH
    def test_the_sensor_needs_to_read_only(
        self,
        estate: EcommerceEstate,
        local_aws: LocalAws,
        monkeypatch: pytest.MonkeyPatch,
        deferrable: bool,
    ) -> None:
        arguments = make_arguments(estate, deferrable=deferrable)
        local_aws.settings(crawl_seconds=0.5)
        local_aws.client("glue").start_crawler(Name=estate.crawler)
        become_user(local_aws, monkeypatch, READS)

        result, _ = run(GlueCrawlSensor, arguments)

        assert (result["state"], result["joined"]) == ("COMPLETED", True)


class TestLostReply:
    @BOTH
    def test_the_crawl_is_joined_and_no_other_is_started(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.settings(crawl_seconds=2)
        local_aws.fault(service="glue", operation="StartCrawler", drop="after", times=1)

        result, _ = run(GlueCrawlOperator, make_arguments(estate, deferrable=deferrable))

        (crawl,) = local_aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"]
        assert (result["crawl_id"], result["joined"]) == (crawl["CrawlId"], True)


class TestThrottling:
    @BOTH
    def test_of_every_second_call_is_no_failure(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.settings(crawl_seconds=1)
        local_aws.fault(service="glue", error_code="ThrottlingException", probability=0.5)

        result, _ = run(GlueCrawlOperator, make_arguments(estate, deferrable=deferrable))

        local_aws.clear_faults()
        (crawl,) = local_aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"]
        assert (result["crawl_id"], result["state"]) == (crawl["CrawlId"], "COMPLETED")
