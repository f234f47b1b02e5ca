"""The control plane's clock and dropped connections, as a client of the stack meets them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws

FIVE_MINUTES = 300


def control(aws: LocalAws, name: str, document: object | None = None) -> Any:
    data = json.dumps(document).encode() if document is not None else None
    request = urllib.request.Request(f"{aws.endpoint_url}/_local/{name}", data=data)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    return local_aws.seed("ecommerce")


class TestClock:
    def test_lets_a_crawl_of_five_minutes_end_at_once(
        self, local_aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        local_aws.settings(crawl_seconds=FIVE_MINUTES, stopping_seconds=60)
        glue = local_aws.client("glue")
        glue.start_crawler(Name=estate.crawler)

        local_aws.advance(FIVE_MINUTES)
        stopping = glue.get_crawler(Name=estate.crawler)["Crawler"]["State"]
        local_aws.advance(60)

        crawl = glue.list_crawls(CrawlerName=estate.crawler)["Crawls"][0]
        assert stopping == "STOPPING"
        assert glue.get_crawler(Name=estate.crawler)["Crawler"]["State"] == "READY"
        assert crawl["State"] == "COMPLETED"
        assert FIVE_MINUTES <= (crawl["EndTime"] - crawl["StartTime"]).total_seconds() < FIVE_MINUTES + 5

    def test_lets_a_crawl_and_its_stopping_end_in_one_step(
        self, local_aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        local_aws.settings(crawl_seconds=FIVE_MINUTES, stopping_seconds=60)
        glue = local_aws.client("glue")
        glue.start_crawler(Name=estate.crawler)

        control(local_aws, "clock", {"advance_seconds": FIVE_MINUTES + 61})

        assert glue.get_crawler(Name=estate.crawler)["Crawler"]["State"] == "READY"

    def test_lets_an_import_and_its_lineage_end_at_once(
        self, local_aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        local_aws.client("glue").start_crawler(Name=estate.crawler)
        local_aws.advance(1)
        local_aws.settings(import_seconds=600, lineage_seconds=600)
        datazone = local_aws.client("datazone")
        datazone.update_connection(
            domainIdentifier=estate.domain,
            identifier=estate.connection,
            props={"lakehouseProperties": {"glueLineageSyncEnabled": True}},
        )
        run = datazone.start_data_source_run(
            domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
        )

        local_aws.advance(1300)

        ended = datazone.get_data_source_run(domainIdentifier=estate.domain, identifier=run["id"])
        assert (ended["status"], ended["lineageSummary"]["importStatus"]) == ("SUCCESS", "SUCCESS")
        assert timedelta(seconds=500) < ended["stoppedAt"] - ended["startedAt"] <= timedelta(seconds=600)

    def test_is_the_time_of_every_answer_and_of_every_service(self, local_aws: LocalAws) -> None:
        s3, glue = local_aws.client("s3"), local_aws.client("glue")
        s3.create_bucket(Bucket="lake")

        now = local_aws.advance(timedelta(days=30).total_seconds())
        put = s3.put_object(Bucket="lake", Key="k", Body=b"{}")
        listed = s3.list_objects_v2(Bucket="lake")["Contents"][0]
        asked = glue.get_crawlers()

        for answer in (put, asked):
            date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
            assert abs(date - now) < timedelta(seconds=10)
        assert abs(listed["LastModified"] - now) < timedelta(seconds=10)

    def test_is_shown_and_refuses_to_go_back(self, local_aws: LocalAws) -> None:
        control(local_aws, "clock", {"advance_seconds": 60})

        assert control(local_aws, "clock")["ahead_seconds"] == pytest.approx(60, abs=1)
        with pytest.raises(urllib.error.HTTPError) as raised:
            control(local_aws, "clock", {"advance_seconds": -1})
        assert raised.value.code == 400
        raised.value.close()


class TestDroppedConnections:
    def test_before_the_effect_leave_nothing_behind(
        self, local_aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        glue = local_aws.client("glue")
        local_aws.fault(service="glue", operation="StartCrawler", drop="before", times=1)

        with pytest.raises(ConnectionClosedError):
            glue.start_crawler(Name=estate.crawler)

        assert glue.list_crawls(CrawlerName=estate.crawler)["Crawls"] == []

    def test_after_the_effect_lose_the_reply_only(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        glue = local_aws.client("glue")
        local_aws.fault(service="glue", operation="StartCrawler", drop="after", times=1)

        with pytest.raises(ConnectionClosedError):
            glue.start_crawler(Name=estate.crawler)

        assert len(glue.list_crawls(CrawlerName=estate.crawler)["Crawls"]) == 1

    def test_make_a_client_that_retries_meet_its_own_crawl(
        self, local_aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        local_aws.settings(crawl_seconds=FIVE_MINUTES)
        glue = local_aws.client("glue", config=Config(retries={"total_max_attempts": 2}))
        control(
            local_aws, "faults", {"service": "glue", "operation": "StartCrawler", "drop": "after", "times": 1}
        )

        with pytest.raises(glue.exceptions.CrawlerRunningException):
            glue.start_crawler(Name=estate.crawler)

        assert local_aws.calls()["glue"]["StartCrawler"] == 2
        assert len(glue.list_crawls(CrawlerName=estate.crawler)["Crawls"]) == 1

    def test_carry_no_error(self, local_aws: LocalAws) -> None:
        with pytest.raises(ValueError, match="carries no error"):
            local_aws.fault(service="glue", drop="after", error_code="ThrottlingException")
        with pytest.raises(ValueError, match="one of before, after"):
            local_aws.fault(service="glue", drop="during")


class TestFaultsOfCrawls:
    def test_make_a_crawl_fail_with_the_message(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        glue = local_aws.client("glue")
        local_aws.fault(
            service="glue-worker", operation="RunCrawl", error_code="InternalFailure", message="Boom", times=1
        )

        for _ in range(2):
            glue.start_crawler(Name=estate.crawler)
            local_aws.advance(1)

        crawls = glue.list_crawls(CrawlerName=estate.crawler)["Crawls"]
        assert [crawl["State"] for crawl in crawls] == ["COMPLETED", "FAILED"]
        assert crawls[1]["ErrorMessage"] == "Boom"


class TestLag:
    def test_shows_a_stale_ready_and_an_old_history(
        self, local_aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        local_aws.settings(crawl_seconds=60, state_lag_seconds=5, history_lag_seconds=10)
        glue = local_aws.client("glue")

        def seen() -> tuple[str, int]:
            state = glue.get_crawler(Name=estate.crawler)["Crawler"]["State"]
            return state, len(glue.list_crawls(CrawlerName=estate.crawler)["Crawls"])

        glue.start_crawler(Name=estate.crawler)
        at_once = seen()
        local_aws.advance(6)
        later = seen()
        local_aws.advance(6)

        assert (at_once, later, seen()) == (("READY", 0), ("RUNNING", 0), ("RUNNING", 1))
        with pytest.raises(glue.exceptions.CrawlerRunningException):
            glue.start_crawler(Name=estate.crawler)
