from __future__ import annotations

import gzip
import json

import pytest
from moto.s3.models import s3_backends

from airflow_lineage_provider.local_aws.services.glue.writing import INDEX_NAME
from tests.unit.local_aws.glue.conftest import ACCOUNT, GlueWorld

BOTH = {
    "S3Targets": [{"Path": "s3://lake/data/"}],
    "DynamoDBTargets": [{"Path": "Orders"}],
}


class TestTables:
    def test_come_from_both_kinds_of_source(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_table()
        world.put_item({"id": {"S": "1"}, "Total": {"N": "7.5"}, "m": {"M": {"L": {"L": [{"N": "1"}]}}}})
        world.make_crawler(Targets=BOTH)

        crawl = world.crawl()

        assert json.loads(json.loads(crawl["Summary"])["TABLE"]["ADD"])["Details"]["names"] == [
            "data",
            "orders",
        ]
        columns = world.table("orders")["StorageDescriptor"]["Columns"]
        assert {column["Name"]: column["Type"] for column in columns} == {
            "id": "string",
            "m": "struct<L:array<bigint>>",
            "total": "double",
        }

    def test_name_crawler_and_crawl_in_both_places(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler()

        crawl = world.crawl()

        table = world.table("data")
        for parameters in (table["Parameters"], table["StorageDescriptor"]["Parameters"]):
            assert parameters["UPDATED_BY_CRAWLER"] == "crawler"
            assert parameters["CRAWL_RUN_ID"] == crawl["CrawlId"] == crawl["MessagePrefix"]

    def test_are_made_by_the_crawlers_role_within_the_crawl(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler(Role="arn:aws:iam::123456789012:role/service-role/My-Role")

        crawl = world.crawl()

        table = world.table("data")
        assert table["CreatedBy"] == "arn:aws:sts::123456789012:assumed-role/My-Role/AWS-Crawler"
        assert table["VersionId"] == "0"
        for stamp in ("CreateTime", "UpdateTime"):
            assert crawl["StartTime"] <= table[stamp] <= crawl["EndTime"]

    def test_that_change_get_a_new_version_within_the_crawl(self, world: GlueWorld) -> None:
        world.make_table()
        world.put_item({"id": {"S": "1"}})
        world.make_crawler(Targets={"DynamoDBTargets": [{"Path": "Orders"}]})
        world.crawl()
        world.put_item({"id": {"S": "2"}, "customerSegment": {"S": "gold"}})

        crawl = world.crawl()

        table = world.table("orders")
        assert table["VersionId"] == "1"
        assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == [
            "id",
            "customersegment",
        ]
        assert crawl["StartTime"] <= table["UpdateTime"] <= crawl["EndTime"]
        assert list(json.loads(crawl["Summary"])["TABLE"]) == ["UPDATE"]

    def test_that_did_not_change_name_the_newest_crawl_in_the_same_version(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler()
        world.crawl()
        before = world.table("data")

        crawl = world.crawl()

        after = world.table("data")
        assert after["Parameters"]["CRAWL_RUN_ID"] == crawl["CrawlId"]
        assert (after["VersionId"], after["UpdateTime"]) == ("0", before["UpdateTime"])
        assert "Summary" not in crawl

    def test_go_to_a_database_that_is_made_when_missing(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler(DatabaseName="NewDatabase")

        world.crawl()

        assert world.table("data", "newdatabase")["DatabaseName"] == "newdatabase"

    def test_go_to_default_without_a_database(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler(DatabaseName="")

        world.crawl()

        assert world.table("data", "default")["Name"] == "data"

    def test_with_partitions_have_them_and_an_index(self, world: GlueWorld) -> None:
        world.put_object("data/year=2024/1.json", '{"a":1}')
        world.put_object("data/year=2025/1.json", '{"a":1}')
        world.make_crawler()

        crawl = world.crawl()

        partitions = world.backend.get_partitions("lab", "data", "year = '2025'")
        assert [partition.values for partition in partitions] == [["2025"]]
        names = json.loads(json.loads(crawl["Summary"])["PARTITION"]["ADD"])["Details"]["names"]
        assert names == ["data/year=2024", "data/year=2025"]
        (index,) = world.backend.get_table("lab", "data").describe_indexes()
        assert index == {
            "IndexName": INDEX_NAME,
            "Keys": [{"Name": "year", "Type": "string"}],
            "IndexStatus": "ACTIVE",
        }

    def test_see_only_the_newest_version_of_an_object(self, world: GlueWorld) -> None:
        s3_backends[ACCOUNT]["aws"].put_bucket_versioning("lake", "Enabled")
        world.put_object("data/1.json", '{"old":1}')
        world.put_object("data/1.json", '{"new":1}')
        world.put_object("data/2.json", '{"deleted":1}')
        world.delete_object("data/2.json")
        world.make_crawler()

        world.crawl()

        assert world.table("data")["StorageDescriptor"]["Columns"] == [{"Name": "new", "Type": "int"}]


class TestMissingSources:
    def test_of_s3_deprecate_the_table(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler()
        world.crawl()
        world.delete_object("data/1.json")

        crawl = world.crawl()

        table = world.table("data")
        assert table["VersionId"] == "1"
        assert table["Parameters"]["DEPRECATED_BY_CRAWLER"].isdigit()
        assert list(json.loads(crawl["Summary"])["TABLE"]) == ["UPDATE"]

    def test_of_dynamodb_follow_delete_behavior(self, world: GlueWorld) -> None:
        world.make_table()
        world.put_item({"id": {"S": "1"}})
        world.make_crawler(
            Targets={"DynamoDBTargets": [{"Path": "Orders"}]},
            SchemaChangePolicy={"DeleteBehavior": "DELETE_FROM_DATABASE"},
        )
        world.crawl()
        world.delete_dynamodb_table()

        crawl = world.crawl()

        assert list(json.loads(crawl["Summary"])["TABLE"]) == ["DELETE"]
        assert world.backend.tables_of("lab") == []

    def test_of_a_whole_bucket_fail_the_crawl(self, world: GlueWorld) -> None:
        world.make_crawler()
        s3_backends[ACCOUNT]["aws"].delete_bucket("lake")

        crawl = world.crawl()

        assert (crawl["State"], crawl["ErrorMessage"]) == ("FAILED", "S3 bucket lake does not exist.")


class TestFailures:
    def test_name_the_object_and_write_nothing(self, world: GlueWorld) -> None:
        world.put_object("data/good/1.json", '{"a":1}')
        world.put_object("data/bad/2.gz", gzip.compress(b'{"a":1}')[:-9])
        world.make_crawler()

        crawl = world.crawl()

        assert crawl["State"] == "FAILED"
        assert "s3://lake/data/bad/2.gz cannot be read" in crawl["ErrorMessage"]
        assert "lab" not in world.backend.databases
        last = world.store.describe("crawler")["LastCrawl"]
        assert (last["Status"], last["ErrorMessage"]) == ("FAILED", crawl["ErrorMessage"])

    def test_come_of_too_many_tables(self, world: GlueWorld) -> None:
        world.put_object("data/a/1.json", '{"a":1}')
        world.put_object("data/b/1.json", '{"b":1}')
        world.make_crawler(Configuration='{"Version":1,"CrawlerOutput":{"Tables":{"TableThreshold":1}}}')

        crawl = world.crawl()

        assert crawl["State"] == "FAILED"
        assert crawl["ErrorMessage"].startswith("The number of tables detected by crawler: 2 is greater")
        assert world.backend.tables_of("lab") == []

    def test_that_nobody_foresaw_say_so_and_log_the_reason(
        self, world: GlueWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def explode(*_: object, **__: object) -> None:
            raise ZeroDivisionError("unforeseen")

        monkeypatch.setattr(
            "airflow_lineage_provider.local_aws.services.glue.crawl_run.plan_changes", explode
        )
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler()

        crawl = world.crawl()

        assert (crawl["State"], crawl["ErrorMessage"]) == ("FAILED", "Internal Service Exception")
        assert any("ZeroDivisionError: unforeseen" in line for line in world.log())


class TestNewFoldersOnly:
    def test_adds_only_what_is_new(self, world: GlueWorld) -> None:
        world.put_object("data/day=1/1.json", '{"a":1}')
        world.make_crawler(
            RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
            SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        )
        world.crawl()
        world.put_object("data/day=1/1.json", '{"changed":"x"}')
        world.put_object("data/day=2/1.json", '{"a":1}')

        crawl = world.crawl()

        summary = json.loads(crawl["Summary"])
        assert list(summary) == ["PARTITION"]
        assert json.loads(summary["PARTITION"]["ADD"])["Details"]["names"] == ["data/day=2"]
        assert world.table("data")["StorageDescriptor"]["Columns"] == [{"Name": "a", "Type": "int"}]


class TestLog:
    def test_has_the_lines_of_a_crawl(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler()

        crawl_id = world.crawl()["CrawlId"]

        policy = '{"UpdateBehavior":"UPDATE_IN_DATABASE","DeleteBehavior":"DEPRECATE_IN_DATABASE"}'
        assert world.log() == [
            f"[{crawl_id}] BENCHMARK : Running Start Crawl for Crawler crawler",
            f"[{crawl_id}] BENCHMARK : Classification complete, writing results to database lab",
            f"[{crawl_id}] INFO : Crawler configured with SchemaChangePolicy {policy}.",
            f"[{crawl_id}] INFO : Created table data in database lab",
            f"[{crawl_id}] BENCHMARK : Finished writing to Catalog",
            f"[{crawl_id}] INFO : Run Summary For TABLE:",
            f"[{crawl_id}] INFO : ADD: 1",
            f"[{crawl_id}] BENCHMARK : Crawler has finished running and is in state READY",
        ]

    def test_warns_of_fields_that_differ_only_in_case(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"userId":1,"userid":2}')
        world.make_crawler()

        world.crawl()

        assert any("WARN : Ignored field userid of s3://lake/data/" in line for line in world.log())

    def test_warns_of_an_index_that_could_not_be_made(self, world: GlueWorld) -> None:
        world.put_object("data/day=1/1.json", '{"a":1}')
        world.make_crawler(Configuration='{"Version":1.0,"CreatePartitionIndex":false}')
        world.crawl()
        table = world.backend.get_table("lab", "data")
        for name in ("a", "b", "c"):
            table.create_index(name, ["day"])
        world.store.update({"Name": "crawler", "Configuration": ""})

        crawl = world.crawl()

        assert crawl["State"] == "COMPLETED"
        assert any("WARN : Created no partition index on table data" in line for line in world.log())

    def test_shows_the_configuration(self, world: GlueWorld) -> None:
        world.make_crawler(Configuration='{"Version": 1}')

        world.crawl()

        assert any('Configuration\n {"Version": 1}\n and SchemaChangePolicy' in line for line in world.log())


class TestEvents:
    def test_tell_of_start_and_success(self, world: GlueWorld) -> None:
        world.listen("Glue Crawler State Change")
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler()

        world.crawl()

        started, succeeded = [event["detail"] for event in world.events()]
        assert started["state"] == "Started"
        assert succeeded["state"] == "Succeeded"
        assert (succeeded["tablesCreated"], succeeded["partitionsCreated"]) == ("1", "0")
        assert succeeded["runningTime (sec)"] == "0"
        assert all(isinstance(value, str) for value in succeeded.values())

    def test_tell_of_failure(self, world: GlueWorld) -> None:
        world.listen("Glue Crawler State Change")
        world.put_object("data/1.bin", gzip.compress(b"{}")[:-9])
        world.make_crawler()

        world.crawl()

        failed = world.events()[1]["detail"]
        assert (failed["state"], failed["message"]) == ("Failed", "Crawler Failed")
        assert "cannot be read" in failed["errorMessage"]
