"""Waiting for events of EventBridge in an SQS queue, against the local AWS."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    InvalidArgumentError,
    PermissionDeniedError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.hooks.crawl_queue import ListeningPause, QueueMessage, SqsCrawlEventHook
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from tests.integration.dag_running import run_dag

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
OTHER = {"detail-type": "Glue Crawler State Change", "detail": {"crawlerName": "other", "state": "Succeeded"}}


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
        assert count(local_aws, queue_url) == 1  # the other crawler's

    def test_starts_nothing_if_the_queue_cannot_be_read(
        self, estate: EcommerceEstate, local_aws: LocalAws, queue_url: str, deferrable: bool
    ) -> None:
        local_aws.fault(service="sqs", operation="ReceiveMessage", error_code="AccessDenied", times=9)

        outcome = crawl(estate, queue_url, deferrable=deferrable)

        (error,) = outcome.errors["crawl"]
        assert type(error) is PermissionDeniedError
        assert "sqs:ReceiveMessage" in str(error)
        assert "StartCrawler" not in local_aws.calls()["glue"]


@pytest.mark.usefixtures("airflow_database")
class TestGlueCrawlSensor:
    def make(self, estate: EcommerceEstate, queue_url: str) -> GlueCrawlSensor:
        return GlueCrawlSensor(
            task_id="wait",
            crawler_name=estate.crawler,
            aws_conn_id=None,
            waiter_delay=300,
            timeout=900,
            deferrable=True,
            event_queue_url=queue_url,
        )

    def test_hears_of_somebody_elses_crawl_long_before_the_next_look_is_due(
        self, estate: EcommerceEstate, local_aws: LocalAws, queue_url: str
    ) -> None:
        began = time.monotonic()
        local_aws.settings(crawl_seconds=10)

        def build() -> None:
            started = GlueCrawlOperator(
                task_id="start", crawler_name=estate.crawler, aws_conn_id=None, wait_for_completion=False
            )
            waiting = self.make(estate, queue_url)
            waiting.data_as_of = "2025-01-01"
            started >> waiting

        outcome = run_dag(build)

        assert outcome.state == "success"
        assert outcome.values["wait"]["crawl_id"] == outcome.values["start"]["crawl_id"]
        assert time.monotonic() - began < 120

    def test_does_not_wait_for_a_queue_that_it_may_not_read(
        self, estate: EcommerceEstate, local_aws: LocalAws, queue_url: str
    ) -> None:
        local_aws.fault(service="sqs", operation="ReceiveMessage", error_code="AccessDenied", times=9)

        outcome = run_dag(lambda: self.make(estate, queue_url))

        (error,) = outcome.errors["wait"]
        assert type(error) is PermissionDeniedError
        assert "sqs:ReceiveMessage" in str(error)


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
        assert count(local_aws, queue_url) == 0

    def test_deletes_the_message_only_after_the_look(self, local_aws: LocalAws, queue_url: str) -> None:
        pause = self.make(queue_url, [])
        send(local_aws, queue_url, self.ended())
        pause(300)
        before = count(local_aws, queue_url)

        pause.close()

        assert (before, count(local_aws, queue_url)) == (1, 0)

    def test_sleeps_as_ever_where_the_queue_cannot_be_read(self, local_aws: LocalAws, queue_url: str) -> None:
        slept: list[float] = []
        local_aws.fault(service="sqs", operation="ReceiveMessage", error_code="AccessDenied", times=99)

        self.make(queue_url, slept)(300)

        assert 290 < slept[0] <= 300


class TestQueueMessage:
    def read(self, body: object) -> QueueMessage:
        text = body if isinstance(body, str) else json.dumps(body)
        return QueueMessage.from_message({"ReceiptHandle": "r", "Body": text})

    def test_says_whose_crawl_is_over(self) -> None:
        assert self.read(OTHER) == QueueMessage("r", "other", has_ended=True)

    def test_a_start_is_no_end(self) -> None:
        started = {**OTHER, "detail": {"crawlerName": "other", "state": "Started"}}

        assert self.read(started) == QueueMessage("r", "other", has_ended=False)

    @pytest.mark.parametrize(
        "body",
        ["no JSON", "[]", "7", {"detail-type": "Glue Crawler State Change"}, {**OTHER, "detail-type": "x"}],
        ids=["no JSON", "a list", "a number", "no detail", "another event"],
    )
    def test_anything_else_is_about_no_crawler(self, body: object) -> None:
        assert self.read(body) == QueueMessage("r")
