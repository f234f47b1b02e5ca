"""Waiting for events of EventBridge in an SQS queue, against the local AWS."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

import pytest

from airflow_lineage_provider.exceptions import (
    InvalidArgumentError,
    PermissionDeniedError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.hooks.crawl_queue import ListeningPause, SqsCrawlEventHook
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from airflow_lineage_provider.triggers.glue_crawl_event import GlueCrawlEventTrigger
from tests.integration.dag_running import run_dag

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
OTHER: dict[str, Any] = {
    "detail-type": "Glue Crawler State Change",
    "detail": {"crawlerName": "other", "state": "Succeeded"},
}


@pytest.fixture
def queue_url(local_aws: LocalAws) -> str:
    """A queue that EventBridge feeds with what crawlers do."""
    sqs, events = local_aws.client("sqs"), local_aws.client("events")
    url: str = sqs.create_queue(QueueName="crawls")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.glue"], "detail-type": ["Glue Crawler State Change"]}
    events.put_rule(Name="crawls", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="crawls", Targets=[{"Id": "queue", "Arn": arn}])
    return url


@pytest.fixture
def estate(local_aws: LocalAws, queue_url: str) -> EcommerceEstate:
    """The e-commerce estate, in which a crawl takes a second."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.settings(crawl_seconds=1, stopping_seconds=0.1)
    return seeded


def send(local_aws: LocalAws, queue_url: str, body: object) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    local_aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody=text)


def count(local_aws: LocalAws, queue_url: str) -> int:
    """Return how many messages there are, hidden or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = local_aws.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
    return sum(int(found["Attributes"][name]) for name in names)


def crawlers_of(local_aws: LocalAws, queue_url: str) -> list[str]:
    """Return which crawlers the messages are about, once none is hidden."""
    local_aws.advance(10)
    messages = local_aws.client("sqs").receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [json.loads(message["Body"])["detail"]["crawlerName"] for message in messages.get("Messages", [])]


def crawl(estate: EcommerceEstate, queue_url: str, *, deferrable: bool) -> Any:
    """Crawl with an interval that is longer than any test."""
    return run_dag(
        lambda: GlueCrawlOperator(
            task_id="crawl",
            crawler_name=estate.crawler,
            aws_conn_id=None,
            waiter_delay=300,
            timeout=900,
            deferrable=deferrable,
            event_queue_url=queue_url,
        )
    )


@BOTH
@pytest.mark.usefixtures("airflow_database")
class TestGlueCrawlOperator:
    def test_hears_of_the_end_long_before_the_next_look_is_due(
        self, estate: EcommerceEstate, local_aws: LocalAws, queue_url: str, deferrable: bool
    ) -> None:
        send(local_aws, queue_url, OTHER)
        began = time.monotonic()

        outcome = crawl(estate, queue_url, deferrable=deferrable)

        assert outcome.values["crawl"]["state"] == "COMPLETED"
        assert time.monotonic() - began < 120
        assert OTHER["detail"]["crawlerName"] in crawlers_of(local_aws, queue_url)

    def test_starts_nothing_if_the_queue_cannot_be_read(
        self, estate: EcommerceEstate, local_aws: LocalAws, queue_url: str, deferrable: bool
    ) -> None:
        local_aws.fault(service="sqs", operation="ReceiveMessage", error_code="AccessDenied", times=9)

        outcome = crawl(estate, queue_url, deferrable=deferrable)

        (error,) = outcome.errors["crawl"]
        assert type(error) is PermissionDeniedError
        assert "sqs:ReceiveMessage" in str(error)
        assert "StartCrawler" not in local_aws.calls()["glue"]


@BOTH
@pytest.mark.usefixtures("airflow_database")
class TestGlueCrawlSensor:
    def make(self, estate: EcommerceEstate, queue_url: str, *, deferrable: bool) -> GlueCrawlSensor:
        return GlueCrawlSensor(
            task_id="wait",
            crawler_name=estate.crawler,
            aws_conn_id=None,
            waiter_delay=300,
            timeout=900,
            deferrable=deferrable,
            event_queue_url=queue_url,
        )

    def test_hears_of_somebody_elses_crawl_long_before_the_next_look_is_due(
        self, estate: EcommerceEstate, local_aws: LocalAws, queue_url: str, deferrable: bool
    ) -> None:
        began = time.monotonic()
        local_aws.settings(crawl_seconds=4)

        def build() -> None:
            started = GlueCrawlOperator(
                task_id="start", crawler_name=estate.crawler, aws_conn_id=None, wait_for_completion=False
            )
            waiting = self.make(estate, queue_url, deferrable=deferrable)
            waiting.data_as_of = "2025-01-01"
            started >> waiting

        outcome = run_dag(build)

        assert outcome.state == "success"
        assert outcome.values["wait"]["crawl_id"] == outcome.values["start"]["crawl_id"]
        assert time.monotonic() - began < 120

    def test_does_not_wait_for_a_queue_that_it_may_not_read(
        self, estate: EcommerceEstate, local_aws: LocalAws, queue_url: str, deferrable: bool
    ) -> None:
        local_aws.fault(service="sqs", operation="ReceiveMessage", error_code="AccessDenied", times=9)

        outcome = run_dag(lambda: self.make(estate, queue_url, deferrable=deferrable))

        (error,) = outcome.errors["wait"]
        assert type(error) is PermissionDeniedError
        assert "sqs:ReceiveMessage" in str(error)


class TestGlueCrawlEventTrigger:
    async def first_event(self, estate: EcommerceEstate, queue_url: str, local_aws: LocalAws) -> Any:
        """Watch the crawler, crawl once, and return what is told first."""
        trigger = GlueCrawlEventTrigger(
            crawler_name=estate.crawler, waiter_delay=300, aws_conn_id=None, event_queue_url=queue_url
        )
        async with asyncio.timeout(120), aclosing(cast("AsyncGenerator[Any]", trigger.run())) as events:
            event = asyncio.ensure_future(anext(events))
            while not local_aws.calls()["glue"].get("BatchGetCrawlers"):  # noqa: ASYNC110 - watched since then
                await asyncio.sleep(0.05)
            await asyncio.to_thread(local_aws.client("glue").start_crawler, Name=estate.crawler)
            return (await event).payload

    def test_hears_of_the_end_long_before_the_next_look_is_due(
        self, estate: EcommerceEstate, local_aws: LocalAws, queue_url: str
    ) -> None:
        told = asyncio.run(self.first_event(estate, queue_url, local_aws))

        (crawl,) = local_aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"]
        assert (told["crawl_id"], told["state"]) == (crawl["CrawlId"], "COMPLETED")


class TestCheck:
    def test_passes_and_leaves_messages_where_they_are(self, local_aws: LocalAws, queue_url: str) -> None:
        send(local_aws, queue_url, OTHER)

        SqsCrawlEventHook(None).check(queue_url)

        assert len(SqsCrawlEventHook(None).receive(queue_url, wait_seconds=0)) == 1

    @pytest.mark.parametrize("operation", ["GetQueueAttributes", "ReceiveMessage", "DeleteMessage"])
    def test_names_what_is_not_allowed(self, local_aws: LocalAws, queue_url: str, operation: str) -> None:
        local_aws.fault(service="sqs", operation=operation, error_code="AccessDenied", times=9)

        with pytest.raises(PermissionDeniedError, match=operation):
            SqsCrawlEventHook(None).check(queue_url)

    def test_refuses_a_queue_that_is_not_there(self, local_aws: LocalAws, queue_url: str) -> None:
        with pytest.raises(ResourceNotFoundError, match="nothing"):
            SqsCrawlEventHook(None).check(queue_url.replace("crawls", "nothing"))

    def test_refuses_a_queue_in_which_others_would_be_in_the_way(self) -> None:
        with pytest.raises(InvalidArgumentError, match="FIFO"):
            SqsCrawlEventHook(None).check("https://sqs.eu-west-1.amazonaws.com/123456789012/crawls.fifo")


class TestListeningPause:
    def make(self, queue_url: str, slept: list[float]) -> ListeningPause:
        return ListeningPause(
            lambda: SqsCrawlEventHook(None), queue_url, "sales", sleep=lambda seconds: slept.append(seconds)
        )

    def ended(self, state: str = "Succeeded") -> dict[str, Any]:
        return {**OTHER, "detail": {"crawlerName": "sales", "state": state}}

    @pytest.mark.parametrize("state", ["Succeeded", "Failed"])
    def test_ends_with_an_event_and_looks_a_few_times_more(
        self, local_aws: LocalAws, queue_url: str, state: str
    ) -> None:
        slept: list[float] = []
        pause = self.make(queue_url, slept)
        send(local_aws, queue_url, self.ended(state))

        for _ in range(3):
            pause(300)

        assert slept == [2.0, 3.0]

    def test_every_reader_hears_of_the_same_event(self, local_aws: LocalAws, queue_url: str) -> None:
        send(local_aws, queue_url, self.ended())
        heard = []

        for _ in range(3):
            pause = self.make(queue_url, [])
            began = time.monotonic()
            pause(300)
            pause.close()
            heard.append(time.monotonic() - began < 60)
            local_aws.advance(3)  # SQS hides a message from the others for two seconds

        assert heard == [True, True, True]

    def test_deletes_an_old_message_but_only_after_the_look(
        self, local_aws: LocalAws, queue_url: str
    ) -> None:
        pause = self.make(queue_url, [])
        send(local_aws, queue_url, self.ended())
        local_aws.advance(60)
        pause(300)
        before = count(local_aws, queue_url)

        pause.close()

        assert (before, count(local_aws, queue_url)) == (1, 0)

    def test_survives_what_is_no_event_and_leaves_it_there(
        self, local_aws: LocalAws, queue_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        for body in ("no JSON: s3cret", "[" * 100_000, {"detail-type": "s3cret"}):
            send(local_aws, queue_url, body)
        slept: list[float] = []
        caplog.set_level("DEBUG", logger="airflow_lineage_provider")

        self.make(queue_url, slept)(1.5)

        assert count(local_aws, queue_url) == 3
        assert slept[0] == 1.0  # read, and left to others for a moment
        assert "s3cret" not in caplog.text

    def test_sleeps_as_ever_where_the_queue_cannot_be_read(self, local_aws: LocalAws, queue_url: str) -> None:
        slept: list[float] = []
        local_aws.fault(service="sqs", operation="ReceiveMessage", error_code="AccessDenied", times=99)

        self.make(queue_url, slept)(300)

        assert 290 < slept[0] <= 300
