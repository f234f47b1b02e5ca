"""Schedules, event mode and EventBridge events of crawlers, as unmodified clients meet them over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws

DAY = 24 * 3600
ENVELOPE = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}


class Lake:
    """The bucket ``lake``, a queue, and clients for both."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.s3, self.glue, self.sqs = (aws.client(name) for name in ("s3", "glue", "sqs"))
        self.s3.create_bucket(Bucket="lake")
        self.queue = self.sqs.create_queue(QueueName="queue")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])
        self.queue_arn = attributes["Attributes"]["QueueArn"]

    def put(self, key: str, content: bytes = b'{"a":1}') -> None:
        self.s3.put_object(Bucket="lake", Key=key, Body=content)

    def make_crawler(self, **members: Any) -> None:
        arguments = {
            "Name": "crawler",
            "Role": "glue-crawler-role",
            "DatabaseName": "shop",
            "Targets": {"S3Targets": [{"Path": "s3://lake/data/"}]},
        }
        self.glue.create_crawler(**arguments | members)

    def crawl(self) -> dict[str, Any]:
        """Run a crawl to its end and return its record."""
        self.glue.start_crawler(Name="crawler")
        self.aws.advance(60)
        newest: dict[str, Any] = self.glue.list_crawls(CrawlerName="crawler")["Crawls"][0]
        return newest

    def send_to_queue(self, pattern: dict[str, Any]) -> None:
        """Let the events of a pattern go to the queue."""
        events = self.aws.client("events")
        events.put_rule(Name="rule", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": self.queue_arn}])

    def received(self) -> list[dict[str, Any]]:
        """Take all messages from the queue."""
        bodies = []
        while messages := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            bodies += [json.loads(message["Body"]) for message in messages]
        return bodies


@pytest.fixture
def lake(local_aws: LocalAws) -> Lake:
    return Lake(local_aws)


class TestSchedule:
    def test_starts_a_crawl_every_day_at_its_time(self, lake: Lake) -> None:
        lake.put("data/1.json")
        lake.aws.settings(crawl_seconds=300, stopping_seconds=60)
        lake.make_crawler(Schedule="cron(15 12 * * ? *)")

        lake.aws.advance(3 * DAY)

        crawls = lake.glue.list_crawls(CrawlerName="crawler")["Crawls"]
        assert [crawl["State"] for crawl in crawls] == ["COMPLETED"] * 3
        assert {(crawl["StartTime"].hour, crawl["StartTime"].minute) for crawl in crawls} == {(12, 15)}
        assert lake.glue.get_table(DatabaseName="shop", Name="data")["Table"]["VersionId"] == "0"

    def test_that_finds_the_crawler_at_work_is_told_of(self, lake: Lake) -> None:
        lake.aws.settings(crawl_seconds=1.5 * DAY)
        lake.send_to_queue({"detail-type": ["Glue Scheduled Crawler Invocation Failure"]})
        lake.make_crawler(Schedule="cron(0 0 * * ? *)")

        lake.aws.advance(2 * DAY)

        (event,) = lake.received()
        assert event["detail"]["crawlerName"] == "crawler"
        assert len(lake.glue.list_crawls(CrawlerName="crawler")["Crawls"]) == 1


class TestEventMode:
    @pytest.fixture(autouse=True)
    def crawler(self, lake: Lake) -> None:
        """A crawler in event mode, after its first crawl."""
        configuration = {
            "QueueConfigurations": [
                {"QueueArn": lake.queue_arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
            ]
        }
        lake.s3.put_bucket_notification_configuration(Bucket="lake", NotificationConfiguration=configuration)
        lake.put("data/day=1/1.json")
        lake.put("data/day=2/1.json")
        lake.make_crawler(
            Targets={"S3Targets": [{"Path": "s3://lake/data/", "EventQueueArn": lake.queue_arn}]},
            RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVENT_MODE"},
            SchemaChangePolicy={
                "UpdateBehavior": "UPDATE_IN_DATABASE",
                "DeleteBehavior": "DELETE_FROM_DATABASE",
            },
        )
        lake.crawl()

    @staticmethod
    def days(lake: Lake) -> list[str]:
        partitions = lake.glue.get_partitions(DatabaseName="shop", TableName="data")["Partitions"]
        return sorted(partition["Values"][0] for partition in partitions)

    def test_follows_objects_that_come_and_go(self, lake: Lake) -> None:
        lake.put("data/day=3/1.json")
        lake.s3.delete_object(Bucket="lake", Key="data/day=1/1.json")

        crawl = lake.crawl()

        assert self.days(lake) == ["2", "3"]
        assert set(json.loads(json.loads(crawl["Summary"])["PARTITION"]["DELETE"])["Details"]["names"]) == {
            "data/day=1"
        }
        assert lake.received() == []

    def test_says_in_the_log_how_it_crawls(self, lake: Lake) -> None:
        crawl = lake.crawl()

        events = lake.aws.client("logs").get_log_events(
            logGroupName=crawl["LogGroup"], logStreamName=crawl["LogStream"], startFromHead=True
        )["events"]
        lines = [event["message"].partition("] ")[2] for event in events]
        assert "INFO : Crawl is not running in S3 event mode" in lines
        assert "INFO : The crawl is running by consuming Amazon S3 events." in lines


class TestEvents:
    def test_of_a_crawl_tell_its_story_in_whole_envelopes(self, lake: Lake) -> None:
        lake.put("data/day=1/1.json")
        lake.send_to_queue({"source": ["aws.glue"]})
        lake.make_crawler()

        lake.crawl()

        received = lake.received()
        told = [(event["detail-type"], event["detail"].get("typeOfChange")) for event in received]
        assert told == [
            ("Glue Crawler State Change", None),
            ("Glue Data Catalog Database State Change", "CreateDatabase"),
            ("Glue Data Catalog Database State Change", "CreateTable"),
            ("Glue Data Catalog Table State Change", "BatchCreatePartition"),
            ("Glue Crawler State Change", None),
        ]
        assert {frozenset(event) for event in received} == {frozenset(ENVELOPE)}
        assert {(event["account"], event["region"], event["version"]) for event in received} == {
            ("123456789012", "us-east-1", "0")
        }

    def test_are_chosen_by_what_they_are_about(self, lake: Lake) -> None:
        lake.glue.create_database(DatabaseInput={"Name": "shop"})
        lake.send_to_queue(
            {
                "source": ["aws.glue"],
                "account": ["123456789012"],
                "detail": {"typeOfChange": ["CreateTable"], "changedTables": [{"prefix": "ord"}]},
            }
        )

        for name in ("customers", "orders"):
            lake.glue.create_table(DatabaseName="shop", TableInput={"Name": name})

        (event,) = lake.received()
        assert event["resources"] == ["arn:aws:glue:us-east-1:123456789012:table/shop/orders"]
