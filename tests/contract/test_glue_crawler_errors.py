"""Every exception that the model names for crawlers comes in its situation, with AWS's text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.glue.models import glue_backends

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.shape_validation import watch

DAILY = "cron(15 12 * * ? *)"
TARGETS = {"S3Targets": [{"Path": "s3://lake/data/"}]}
OPERATIONS = (
    "BatchGetCrawlers",
    "CreateCrawler",
    "DeleteCrawler",
    "GetCrawler",
    "GetCrawlerMetrics",
    "GetCrawlers",
    "ListCrawlers",
    "ListCrawls",
    "StartCrawler",
    "StartCrawlerSchedule",
    "StopCrawler",
    "StopCrawlerSchedule",
    "UpdateCrawler",
    "UpdateCrawlerSchedule",
)
ONLY_AS_A_FAULT = {"OperationTimeoutException", "VersionMismatchException"}
"""A request carries no version and nothing here takes too long: only a fault brings these."""


class Crawlers:
    """A Glue client whose answers are checked against the model, and the bucket ``lake``."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.glue = aws.client("glue")
        watch(self.glue)
        aws.client("s3").create_bucket(Bucket="lake")

    def make(self, name: str = "c", **members: Any) -> None:
        self.glue.create_crawler(
            **{"Name": name, "Role": "role", "DatabaseName": "db", "Targets": TARGETS} | members
        )

    def make_running(self) -> None:
        self.aws.settings(crawl_seconds=3600, stopping_seconds=3600)
        self.make()
        self.glue.start_crawler(Name="c")

    def make_stopping(self) -> None:
        self.make_running()
        self.glue.stop_crawler(Name="c")

    def make_switching(self) -> None:
        self.aws.settings(schedule_seconds=3600)
        self.make(Schedule=DAILY)
        self.glue.stop_crawler_schedule(CrawlerName="c")

    def make_scheduled(self) -> None:
        self.make(Schedule=DAILY)


def nothing(_: Crawlers) -> None:
    """Leave the account empty."""


Situation = Callable[[Crawlers], None]
Call = Callable[[Any], Any]

SITUATIONS: list[tuple[str, Situation, Call, str, str]] = [
    (
        "CreateCrawler",
        Crawlers.make,
        lambda glue: glue.create_crawler(Name="c", Role="role", DatabaseName="db", Targets=TARGETS),
        "AlreadyExistsException",
        "c already exists",
    ),
    (
        "CreateCrawler",
        nothing,
        lambda glue: glue.create_crawler(
            Name="c", Role="role", Targets={"S3Targets": [{"Path": "s3://gone/"}]}
        ),
        "InvalidInputException",
        "S3 bucket gone does not exist.",
    ),
    (
        "UpdateCrawler",
        Crawlers.make,
        lambda glue: glue.update_crawler(Name="c", Schedule="every day"),
        "InvalidInputException",
        "Invalid schedule cron expression. Expected format: Cron(CRON_EXPRESSION)",
    ),
    (
        "UpdateCrawler",
        nothing,
        lambda glue: glue.update_crawler(Name="c"),
        "EntityNotFoundException",
        "Crawler with name c does not exist",
    ),
    (
        "UpdateCrawler",
        Crawlers.make_running,
        lambda glue: glue.update_crawler(Name="c", Description="x"),
        "CrawlerRunningException",
        "Cannot update Crawler while running. Please stop crawl or wait until it completes to update.",
    ),
    (
        "DeleteCrawler",
        nothing,
        lambda glue: glue.delete_crawler(Name="c"),
        "EntityNotFoundException",
        "Crawler with name c does not exist",
    ),
    (
        "DeleteCrawler",
        Crawlers.make_stopping,
        lambda glue: glue.delete_crawler(Name="c"),
        "CrawlerRunningException",
        "Cannot delete c while it's running",
    ),
    (
        "DeleteCrawler",
        Crawlers.make_switching,
        lambda glue: glue.delete_crawler(Name="c"),
        "SchedulerTransitioningException",
        "The schedule of crawler c is transitioning",
    ),
    (
        "StartCrawler",
        nothing,
        lambda glue: glue.start_crawler(Name="c"),
        "EntityNotFoundException",
        "Crawler with name c does not exist",
    ),
    (
        "StartCrawler",
        Crawlers.make_stopping,
        lambda glue: glue.start_crawler(Name="c"),
        "CrawlerRunningException",
        "Crawler with name c has already started",
    ),
    (
        "StopCrawler",
        nothing,
        lambda glue: glue.stop_crawler(Name="c"),
        "EntityNotFoundException",
        "Crawler with name c does not exist",
    ),
    (
        "StopCrawler",
        Crawlers.make,
        lambda glue: glue.stop_crawler(Name="c"),
        "CrawlerNotRunningException",
        "Crawler with name c isn't running",
    ),
    (
        "StopCrawler",
        Crawlers.make_stopping,
        lambda glue: glue.stop_crawler(Name="c"),
        "CrawlerStoppingException",
        "Crawler with name c is stopping",
    ),
    (
        "GetCrawler",
        nothing,
        lambda glue: glue.get_crawler(Name="c"),
        "EntityNotFoundException",
        "Crawler entry with name c does not exist",
    ),
    (
        "BatchGetCrawlers",
        nothing,
        lambda glue: glue.batch_get_crawlers(CrawlerNames=[str(number) for number in range(101)]),
        "InvalidInputException",
        "At most 100 crawler names are allowed, not 101.",
    ),
    (
        "ListCrawls",
        nothing,
        lambda glue: glue.list_crawls(CrawlerName="c"),
        "EntityNotFoundException",
        "Crawler entry with name c does not exist",
    ),
    (
        "ListCrawls",
        Crawlers.make,
        lambda glue: glue.list_crawls(
            CrawlerName="c",
            Filters=[{"FieldName": "STATE", "FilterOperator": "GT", "FieldValue": "RUNNING"}],
        ),
        "InvalidInputException",
        "Filter STATE supports the operators EQ and NE, not GT.",
    ),
    (
        "StartCrawlerSchedule",
        nothing,
        lambda glue: glue.start_crawler_schedule(CrawlerName="c"),
        "EntityNotFoundException",
        "Crawler with name c does not exist",
    ),
    (
        "StartCrawlerSchedule",
        Crawlers.make,
        lambda glue: glue.start_crawler_schedule(CrawlerName="c"),
        "NoScheduleException",
        "Crawler with name c has no schedule",
    ),
    (
        "StartCrawlerSchedule",
        Crawlers.make_scheduled,
        lambda glue: glue.start_crawler_schedule(CrawlerName="c"),
        "SchedulerRunningException",
        "The schedule of crawler c is already running",
    ),
    (
        "StartCrawlerSchedule",
        Crawlers.make_switching,
        lambda glue: glue.start_crawler_schedule(CrawlerName="c"),
        "SchedulerTransitioningException",
        "The schedule of crawler c is transitioning",
    ),
    (
        "StopCrawlerSchedule",
        nothing,
        lambda glue: glue.stop_crawler_schedule(CrawlerName="c"),
        "EntityNotFoundException",
        "Crawler with name c does not exist",
    ),
    (
        "StopCrawlerSchedule",
        Crawlers.make,
        lambda glue: glue.stop_crawler_schedule(CrawlerName="c"),
        "SchedulerNotRunningException",
        "The schedule of crawler c is not running",
    ),
    (
        "StopCrawlerSchedule",
        Crawlers.make_switching,
        lambda glue: glue.stop_crawler_schedule(CrawlerName="c"),
        "SchedulerTransitioningException",
        "The schedule of crawler c is transitioning",
    ),
    (
        "UpdateCrawlerSchedule",
        nothing,
        lambda glue: glue.update_crawler_schedule(CrawlerName="c", Schedule=DAILY),
        "EntityNotFoundException",
        "Crawler with name c does not exist",
    ),
    (
        "UpdateCrawlerSchedule",
        Crawlers.make,
        lambda glue: glue.update_crawler_schedule(CrawlerName="c", Schedule="rate(1 day)"),
        "InvalidInputException",
        "Invalid schedule cron expression. Expected format: Cron(CRON_EXPRESSION)",
    ),
    (
        "UpdateCrawlerSchedule",
        Crawlers.make_switching,
        lambda glue: glue.update_crawler_schedule(CrawlerName="c", Schedule=DAILY),
        "SchedulerTransitioningException",
        "The schedule of crawler c is transitioning",
    ),
]


@pytest.fixture
def crawlers(local_aws: LocalAws) -> Crawlers:
    return Crawlers(local_aws)


@pytest.mark.parametrize(
    "operation, situation, call, code, text",
    SITUATIONS,
    ids=[f"{operation} {code}" for operation, _, _, code, _ in SITUATIONS],
)
def test_errors_come_in_their_situation(
    crawlers: Crawlers, operation: str, situation: Situation, call: Call, code: str, text: str
) -> None:
    situation(crawlers)

    with pytest.raises(ClientError) as raised:
        call(crawlers.glue)

    assert raised.value.operation_name == operation
    assert raised.value.response["Error"] == {"Code": code, "Message": text}
    assert isinstance(raised.value, getattr(crawlers.glue.exceptions, code))
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_of_more_crawlers_than_an_account_may_have(crawlers: Crawlers) -> None:
    backend: Any = glue_backends["123456789012"]["us-east-1"]
    for number in range(1000):
        request = {"Name": f"crawler-{number}", "Role": "role", "DatabaseName": "db", "Targets": TARGETS}
        backend.crawler_store.create(request)

    with pytest.raises(crawlers.glue.exceptions.ResourceNumberLimitExceededException) as raised:
        crawlers.make()

    assert raised.value.response["Error"]["Message"] == (
        "The number of crawlers has exceeded the limit. Your account is limited to 1000 crawlers."
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_modelled_error_is_left_out(crawlers: Crawlers, operation: str) -> None:
    model = crawlers.glue.meta.service_model.operation_model(operation)
    modelled = {shape.name for shape in model.error_shapes} - ONLY_AS_A_FAULT
    if operation == "CreateCrawler":
        modelled.remove("ResourceNumberLimitExceededException")

    assert {code for name, _, _, code, _ in SITUATIONS if name == operation} == modelled


@pytest.mark.parametrize("code", sorted(ONLY_AS_A_FAULT))
def test_the_others_come_as_faults(crawlers: Crawlers, code: str) -> None:
    crawlers.make()
    crawlers.aws.fault(service="glue", operation="UpdateCrawler", error_code=code, times=1)

    with pytest.raises(getattr(crawlers.glue.exceptions, code)):
        crawlers.glue.update_crawler(Name="c", Description="x")
