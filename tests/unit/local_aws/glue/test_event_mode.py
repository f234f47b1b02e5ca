from __future__ import annotations

import json
from typing import Any

import pytest
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from airflow_lineage_provider.local_aws.services.glue import event_mode
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from tests.unit.local_aws.glue.conftest import ACCOUNT, REGION, GlueWorld

EVENT_MODE = {"RecrawlBehavior": "CRAWL_EVENT_MODE"}
LISTING = "INFO : Crawl is not running in S3 event mode"
CONSUMING = "INFO : The crawl is running by consuming Amazon S3 events."


class EventWorld:
    """A world whose bucket tells a queue of every change."""

    def __init__(self, world: GlueWorld) -> None:
        self.world = world
        self.sqs: Any = sqs_backends[ACCOUNT][REGION]
        self.queue = self.sqs.create_queue("changes").queue_arn
        self.dead = self.sqs.create_queue("dead").queue_arn
        queues = [{"Queue": self.queue, "Event": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]
        s3: Any = s3_backends[ACCOUNT]["aws"]
        s3.put_bucket_notification_configuration("lake", {"QueueConfiguration": queues})

    def make_crawler(self, **members: Any) -> None:
        self.world.make_crawler(**{"Targets": self.targets(), "RecrawlPolicy": EVENT_MODE} | members)

    def targets(self, **members: Any) -> dict[str, Any]:
        target = {"Path": "s3://lake/data/", "EventQueueArn": self.queue, "DlqEventQueueArn": self.dead}
        return {"S3Targets": [target | members]}

    def waiting(self, queue: str = "changes") -> int:
        return len(self.sqs.get_queue(queue).messages)

    def lines(self, wanted: str) -> int:
        return sum(wanted in line for line in self.world.log())


@pytest.fixture
def events(world: GlueWorld) -> EventWorld:
    """Two days of data, and a queue that knows of them."""
    events = EventWorld(world)
    for day in (1, 2):
        world.put_object(f"data/day={day}/1.json", '{"a":1}')
    return events


def names(crawl: dict[str, Any], subject: str, action: str) -> list[str]:
    summary = json.loads(crawl.get("Summary", "{}"))
    text = summary.get(subject, {}).get(action, '{"Details":{"names":[]}}')
    return list(json.loads(text)["Details"]["names"])


class TestFirstCrawl:
    def test_lists_everything(self, events: EventWorld) -> None:
        events.make_crawler()

        crawl = events.world.crawl()

        assert names(crawl, "PARTITION", "ADD") == ["data/day=1", "data/day=2"]
        assert (events.lines(LISTING), events.lines(CONSUMING)) == (1, 0)


class TestLaterCrawls:
    @pytest.fixture(autouse=True)
    def crawled(self, events: EventWorld) -> None:
        """A first crawl, and a second that takes what was in the queue before."""
        events.make_crawler()
        events.world.crawl()
        events.world.crawl()

    def test_take_the_messages_away(self, events: EventWorld) -> None:
        assert events.waiting() == 0
        assert events.lines(CONSUMING) == 1

    def test_see_what_came(self, events: EventWorld) -> None:
        events.world.put_object("data/day=3/1.json", '{"a":1}')

        crawl = events.world.crawl()

        assert names(crawl, "PARTITION", "ADD") == ["data/day=3"]
        assert events.waiting() == 0

    def test_see_what_went(self, events: EventWorld) -> None:
        events.world.delete_object("data/day=2/1.json")

        crawl = events.world.crawl()

        assert names(crawl, "PARTITION", "UPDATE") == ["data/day=2"]
        (partition,) = events.world.backend.get_partitions("lab", "data", "day = '2'")
        assert "DEPRECATED_BY_CRAWLER" in partition.as_dict()["Parameters"]

    def test_see_what_changed(self, events: EventWorld) -> None:
        events.world.put_object("data/day=2/1.json", '{"a":1,"b":2}')
        events.world.put_object("data/day=1/1.json", '{"a":1,"b":2}')

        crawl = events.world.crawl()

        assert names(crawl, "TABLE", "UPDATE") == ["data"]

    def test_do_nothing_when_nothing_happened(self, events: EventWorld) -> None:
        before = events.world.table("data")

        crawl = events.world.crawl()

        assert (crawl["State"], "Summary" in crawl) == ("COMPLETED", False)
        assert events.world.table("data") == before

    def test_do_not_look_at_what_no_event_told_of(self, events: EventWorld) -> None:
        s3: Any = s3_backends[ACCOUNT]["aws"]
        s3.put_bucket_notification_configuration("lake", {})
        events.world.put_object("data/day=3/1.json", '{"a":1}')

        crawl = events.world.crawl()

        assert "Summary" not in crawl

    def test_ignore_events_outside_the_target(self, events: EventWorld) -> None:
        events.world.put_object("other/1.json", '{"a":1}')

        crawl = events.world.crawl()

        assert "Summary" not in crawl
        assert events.waiting() == 0

    def test_make_a_deleted_partition_again_while_its_objects_are_there(self, events: EventWorld) -> None:
        events.world.backend.delete_partition("lab", "data", ["1"])
        events.world.put_object("data/day=3/1.json", '{"a":1}')

        crawl = events.world.crawl()

        assert sorted(names(crawl, "PARTITION", "ADD")) == ["data/day=1", "data/day=3"]

    def test_move_messages_that_are_none_of_s3s_to_the_dead_letters(self, events: EventWorld) -> None:
        events.sqs.send_message("changes", "hello")

        events.world.crawl()

        assert (events.waiting(), events.waiting("dead")) == (0, 1)
        assert events.lines("WARN : Ignored 1 messages that are no Amazon S3 events") == 1

    def test_leave_the_messages_when_they_fail(self, events: EventWorld) -> None:
        events.world.put_object("data/day=3/1.json.gz", b"\x1f\x8b\x08broken")

        failed = events.world.crawl()
        waiting = events.waiting()
        events.world.put_object("data/day=3/1.json.gz", '{"a":1}')
        crawl = events.world.crawl()

        assert (failed["State"], waiting) == ("FAILED", 1)
        assert names(crawl, "PARTITION", "ADD") == ["data/day=3"]

    def test_list_everything_once_more_after_a_change_of_the_crawler(self, events: EventWorld) -> None:
        events.world.store.update({"Name": "crawler", "TablePrefix": "new_"})

        crawl = events.world.crawl()
        events.world.crawl()

        assert names(crawl, "TABLE", "ADD") == ["new_data"]
        assert (events.lines(LISTING), events.lines(CONSUMING)) == (2, 2)

    def test_do_not_list_after_a_change_that_does_not_matter(self, events: EventWorld) -> None:
        events.world.store.update({"Name": "crawler", "Description": "changed"})

        events.world.crawl()

        assert events.lines(LISTING) == 1

    def test_take_no_more_messages_than_they_may(
        self, events: EventWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_mode, "MAX_MESSAGES", 2)
        for day in (3, 4, 5):
            events.world.put_object(f"data/day={day}/1.json", '{"a":1}')

        crawl = events.world.crawl()

        assert names(crawl, "PARTITION", "ADD") == ["data/day=3", "data/day=4"]
        assert events.waiting() == 1


class TestCatalogTargets:
    def test_bring_new_partitions_to_tables_of_the_catalog(self, events: EventWorld) -> None:
        events.world.make_crawler("maker")
        events.world.crawl("maker")
        target = {"DatabaseName": "lab", "Tables": ["data"], "EventQueueArn": events.queue}
        events.make_crawler(
            Targets={"CatalogTargets": [target]},
            SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
        )
        events.world.crawl()
        events.world.put_object("data/day=3/1.json", '{"a":1}')

        crawl = events.world.crawl()

        assert names(crawl, "PARTITION", "ADD") == ["data/day=3"]
        assert events.lines(CONSUMING) == 1


class TestRefusals:
    def test_of_a_target_without_a_queue(self, events: EventWorld) -> None:
        with pytest.raises(InvalidInputError, match="Event queue ARN is required when event crawler"):
            events.world.make_crawler(RecrawlPolicy=EVENT_MODE)

    @pytest.mark.parametrize("member", ["EventQueueArn", "DlqEventQueueArn"])
    @pytest.mark.parametrize("arn", ["arn:aws:sqs:us-east-1:123456789012:gone", "changes"])
    def test_of_a_queue_that_is_not_there(self, events: EventWorld, member: str, arn: str) -> None:
        with pytest.raises(InvalidInputError) as raised:
            events.make_crawler(Targets=events.targets(**{member: arn}))

        assert raised.value.message == (
            f"SQS queue {arn} does not exist or the role provided does not have access to it."
        )

    def test_of_a_second_target(self, events: EventWorld) -> None:
        targets = {"S3Targets": events.targets()["S3Targets"] * 2}

        with pytest.raises(InvalidInputError, match="Only one target"):
            events.make_crawler(Targets=targets)

    def test_of_a_sample(self, events: EventWorld) -> None:
        with pytest.raises(InvalidInputError, match="SampleSize is not supported"):
            events.make_crawler(Targets=events.targets(SampleSize=5))

    def test_of_another_kind_of_target(self, events: EventWorld) -> None:
        events.world.make_table()

        with pytest.raises(InvalidInputError, match="Only S3 targets are allowed for event based crawlers"):
            events.make_crawler(Targets=events.targets() | {"DynamoDBTargets": [{"Path": "Orders"}]})


class TestCatalogTarget:
    def test_is_read_again_only_where_events_say_so(self, events: EventWorld) -> None:
        world = events.world
        self.make_table(world, "s3://lake/data/")
        events.make_crawler(Targets=self.targets(events), DatabaseName="")
        world.crawl()
        world.put_object("data/day=3/1.json", '{"a":1}')

        crawl = world.crawl()

        assert names(crawl, "PARTITION", "ADD") == ["sales/day=3"]
        assert (events.lines(LISTING), events.lines(CONSUMING)) == (1, 1)

    def test_must_lie_on_s3(self, events: EventWorld) -> None:
        self.make_table(events.world, "arn:aws:dynamodb:us-east-1:123456789012:table/Orders")

        with pytest.raises(InvalidInputError, match="Only S3 targets are allowed"):
            events.make_crawler(Targets=self.targets(events))

    @staticmethod
    def targets(events: EventWorld) -> dict[str, Any]:
        target = {"DatabaseName": "own", "Tables": ["sales"], "EventQueueArn": events.queue}
        return {"CatalogTargets": [target]}

    @staticmethod
    def make_table(world: GlueWorld, location: str) -> None:
        world.backend.create_database("own", {"Name": "own"})
        definition = {
            "StorageDescriptor": {"Columns": [], "Location": location},
            "PartitionKeys": [{"Name": "day", "Type": "string"}],
            "Parameters": {},
        }
        world.backend.create_table("own", "sales", definition)
