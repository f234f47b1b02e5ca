from __future__ import annotations

import json

import pytest

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.s3_events import ChangedFolders, touched_folders
from airflow_lineage_provider.local_aws.engine.s3_target import S3Crawl, S3Target, crawl_s3
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

TARGET = S3Target("s3://bucket/data/")
DAYS = {f"data/day={day}/1.json": '{"a":1}' for day in (1, 2)}


def record(key: str, bucket: str = "bucket", name: str = "ObjectCreated:Put") -> dict[str, object]:
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 1}},
    }


class TestTouchedFolders:
    def test_are_those_of_all_records(self) -> None:
        body = json.dumps({"Records": [record("data/a/1"), record("data/b/1", name="ObjectRemoved:Delete")]})

        assert touched_folders(body) == frozenset({"s3://bucket/data/a/", "s3://bucket/data/b/"})

    def test_have_their_names_decoded(self) -> None:
        body = json.dumps({"Records": [record("data/day%3D1/my+folder/f%C3%BCr.json")]})

        assert touched_folders(body) == frozenset({"s3://bucket/data/day=1/my folder/"})

    def test_can_be_the_bucket_itself(self) -> None:
        assert touched_folders(json.dumps({"Records": [record("file")]})) == frozenset({"s3://bucket/"})

    def test_are_found_inside_a_notification_of_a_topic(self) -> None:
        message = json.dumps({"Records": [record("data/1")]})

        notification = json.dumps({"Type": "Notification", "Message": message})

        assert touched_folders(notification) == frozenset({"s3://bucket/data/"})

    def test_are_none_in_the_message_that_tries_a_configuration(self) -> None:
        body = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "bucket"})

        assert touched_folders(body) == frozenset()

    @pytest.mark.parametrize(
        "body",
        ["no json", "[]", "{}", '{"Records": {}}', '{"Records": [{"s3": {}}]}', '{"Message": "hello"}'],
    )
    def test_of_a_message_that_is_none_of_s3s_are_unknown(self, body: str) -> None:
        assert touched_folders(body) is None


class _Listed(MemoryObjects):
    """Objects that remember which prefixes were listed."""

    def __init__(self, objects: dict[str, str]) -> None:
        super().__init__(objects)
        self.listed: list[str] = []

    def list(self, bucket: str, prefix: str):  # type: ignore[no-untyped-def]
        self.listed.append(prefix)
        return super().list(bucket, prefix)


def crawl(reader: MemoryObjects | ChangedFolders, **options: object) -> S3Crawl:
    return crawl_s3(reader, TARGET, CrawlerConfiguration(), **options)  # type: ignore[arg-type]


def crawl_again(before: S3Crawl, reader: MemoryObjects, *changed: str) -> S3Crawl:
    """Crawl in event mode: only changed folders are listed and read."""
    known = {place: content for place, content in before.folders.items() if place not in changed}
    return crawl(ChangedFolders(reader, known, changed), known=known)


class TestChangedFolders:
    def test_are_all_that_is_listed_and_opened(self) -> None:
        before = crawl(MemoryObjects(DAYS))
        reader = _Listed({**DAYS, "data/day=2/2.json": '{"a":2}'})

        after = crawl_again(before, reader, "s3://bucket/data/day=2/")

        assert reader.listed == ["data/day=2/"]
        assert sorted(reader.opened) == ["data/day=2/1.json", "data/day=2/2.json"]
        assert after.tables[0].statistics.objects == 3

    def test_can_be_new(self) -> None:
        before = crawl(MemoryObjects(DAYS))
        reader = MemoryObjects({**DAYS, "data/day=3/1.json": '{"a":1}'})

        (table,) = crawl_again(before, reader, "s3://bucket/data/day=3/").tables

        assert [partition.values for partition in table.partitions] == [("1",), ("2",), ("3",)]

    def test_can_be_gone(self) -> None:
        before = crawl(MemoryObjects(DAYS))

        (table,) = crawl_again(
            before, MemoryObjects({"data/day=1/1.json": '{"a":1}'}), "s3://bucket/data/day=2/"
        ).tables

        assert [partition.values for partition in table.partitions] == [("1",)]

    def test_do_not_include_the_folders_inside_them(self) -> None:
        before = crawl(MemoryObjects({"data/1.json": '{"a":1}', "data/in/1.json": '{"a":1}'}))
        reader = MemoryObjects({"data/1.json": '{"a":1}', "data/in/1.json": '{"changed":1}'})

        after = crawl_again(before, reader, "s3://bucket/data/")

        assert reader.opened == ["data/1.json"]
        assert set(after.folders) == {"s3://bucket/data/", "s3://bucket/data/in/"}

    def test_of_another_bucket_are_none_of_this(self) -> None:
        before = crawl(MemoryObjects(DAYS))
        reader = _Listed(DAYS)

        crawl_again(before, reader, "s3://other/data/day=1/")

        assert reader.listed == []
