"""Crawls of Delta, Iceberg and Hudi tables: from their metadata to the catalog, as the policies say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.s3.models import s3_backends
from pyiceberg.types import LongType, StringType

from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from tests.unit.local_aws.engine.delta_tables import ID, added, commit, log
from tests.unit.local_aws.engine.hudi_tables import avro_record, hudi_table
from tests.unit.local_aws.engine.hudi_tables import commit as commit_metadata
from tests.unit.local_aws.engine.iceberg_tables import evolved, metadata_file, schema, table_metadata
from tests.unit.local_aws.glue.conftest import ACCOUNT, GlueWorld

NOTE = {"name": "note", "type": "string", "nullable": True, "metadata": {}}
DELTA = {"DeltaTargets": [{"DeltaTables": ["s3://lake/orders/"], "CreateNativeDeltaTable": True}]}
MANIFEST = {"DeltaTargets": [{"DeltaTables": ["s3://lake/orders/"], "WriteManifest": True}]}
HUDI = {"HudiTargets": [{"Paths": ["s3://lake/"]}]}
ICEBERG = {"IcebergTargets": [{"Paths": ["s3://lake/"]}]}
FIRST = "ice/metadata/00000-a.metadata.json"
SECOND = "ice/metadata/00001-b.metadata.json"
METADATA = table_metadata(location="s3://lake/ice")
FILE = metadata_file(METADATA)
WIDER = metadata_file(evolved(METADATA, schema(Id=LongType(), note=StringType())))


def put_log(world: GlueWorld, *commits: str) -> None:
    for key, content in log(*commits).items():
        world.put_object(key, content)


def changed_schema() -> str:
    """Return a commit that gives the Delta table another column."""
    lines = commit([ID, NOTE]).splitlines()
    return "\n".join(line for line in lines if "protocol" not in line)


def columns(table: dict[str, Any]) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}


class TestDelta:
    def test_becomes_a_native_table(self, world: GlueWorld) -> None:
        put_log(world, commit([ID]))
        world.make_crawler(Targets=DELTA)

        crawl = world.crawl()

        table = world.table("orders")
        assert (crawl["State"], columns(table)) == ("COMPLETED", {"id": "bigint"})
        assert table["StorageDescriptor"]["Location"] == "s3://lake/orders/"
        assert table["Parameters"]["table_type"] == "delta"
        assert table["Parameters"]["CRAWL_RUN_ID"] == crawl["CrawlId"]
        assert table["Parameters"]["UPDATED_BY_CRAWLER"] == "crawler"
        assert "recordCount" not in table["Parameters"]

    def test_that_got_a_column_is_a_new_version(self, world: GlueWorld) -> None:
        put_log(world, commit([ID]))
        world.make_crawler(Targets=DELTA)
        world.crawl()
        put_log(world, commit([ID]), changed_schema())

        crawl = world.crawl()

        table = world.table("orders")
        assert (table["VersionId"], columns(table)) == ("1", {"id": "bigint", "note": "string"})
        assert list(json.loads(crawl["Summary"])["TABLE"]) == ["UPDATE"]

    def test_that_got_data_only_stays_the_same_version(self, world: GlueWorld) -> None:
        put_log(world, commit([ID]))
        world.make_crawler(Targets=DELTA)
        world.crawl()
        put_log(world, commit([ID]), json.dumps(added()))

        crawl = world.crawl()

        table = world.table("orders")
        assert (table["VersionId"], "Summary" in crawl) == ("0", False)
        assert table["Parameters"]["delta.lastUpdateVersion"] == "1"
        assert table["Parameters"]["CRAWL_RUN_ID"] == crawl["CrawlId"]

    def test_that_changed_is_left_alone_when_changes_are_only_logged(self, world: GlueWorld) -> None:
        put_log(world, commit([ID]))
        world.make_crawler(Targets=DELTA, SchemaChangePolicy={"UpdateBehavior": "LOG"})
        world.crawl()
        put_log(world, commit([ID]), changed_schema())

        world.crawl()

        assert (world.table("orders")["VersionId"], columns(world.table("orders"))) == ("0", {"id": "bigint"})
        assert any("UpdateBehavior LOG leaves it" in line for line in world.log())

    def test_whose_log_is_gone_is_deprecated(self, world: GlueWorld) -> None:
        put_log(world, commit([ID]))
        world.make_crawler(Targets=DELTA)
        world.crawl()
        world.delete_object("orders/_delta_log/00000000000000000000.json")

        world.crawl()

        assert "DEPRECATED_BY_CRAWLER" in world.table("orders")["Parameters"]

    def test_that_cannot_be_read_fails_the_crawl_and_says_why(self, world: GlueWorld) -> None:
        put_log(world, "{broken")
        world.make_crawler(Targets=DELTA)

        crawl = world.crawl()

        assert crawl["State"] == "FAILED"
        assert "The table at s3://lake/orders/ is not supported" in crawl["ErrorMessage"]

    def test_with_partitions_gets_an_index_on_its_keys(self, world: GlueWorld) -> None:
        put_log(world, commit([ID, NOTE], partition_columns=["note"]))
        world.make_crawler(Targets=DELTA)

        world.crawl()

        table = world.backend.get_table("lab", "orders")
        assert table.current["PartitionKeys"] == [{"Name": "note", "Type": "string"}]
        assert [index["Keys"] for index in table.describe_indexes()] == [[{"Name": "note", "Type": "string"}]]


class TestDeltaManifest:
    def test_is_written_beside_the_table_that_points_at_it(self, world: GlueWorld) -> None:
        put_log(world, commit(actions=[added("a.parquet")]))
        world.make_crawler(Targets=MANIFEST)

        world.crawl()

        folder = "orders/_symlink_format_manifest/"
        assert world.table("orders")["StorageDescriptor"]["Location"] == f"s3://lake/{folder}"
        assert self.manifests() == {f"{folder}manifest": "s3://lake/orders/a.parquet\n"}

    def test_of_a_partition_that_is_gone_is_deleted_with_the_partition(self, world: GlueWorld) -> None:
        eu, us = (added(f"note={name}/a.parquet", partitionValues={"note": name}) for name in ("a%20b", "us"))
        removed = {"path": eu["add"]["path"], "dataChange": True, "deletionTimestamp": 1}
        first = commit([ID, NOTE], partition_columns=["note"], actions=[eu, us])
        put_log(world, first)
        delete = {"DeleteBehavior": "DELETE_FROM_DATABASE"}
        world.make_crawler(Targets=MANIFEST, SchemaChangePolicy=delete)
        world.crawl()
        before = self.manifests()
        put_log(world, first, json.dumps({"remove": removed}))

        world.crawl()

        gone = set(before) - set(self.manifests())
        assert (len(before), len(gone), len(self.manifests())) == (2, 1, 1)
        partitions = world.backend.get_partitions("lab", "orders", "")
        assert [partition.values for partition in partitions] == [["us"]]

    @staticmethod
    def manifests() -> dict[str, str]:
        keys = s3_backends[ACCOUNT]["aws"].get_bucket("lake").keys
        return {name: key.value.decode() for name, key in keys.items() if name.endswith("/manifest")}


class TestIceberg:
    def test_becomes_a_table_that_follows_the_newest_metadata(self, world: GlueWorld) -> None:
        world.put_object(FIRST, FILE)
        world.make_crawler(Targets=ICEBERG)
        world.crawl()
        before = world.table("ice")
        world.put_object(SECOND, WIDER)

        crawl = world.crawl()

        table = world.table("ice")
        assert before["Parameters"]["metadata_location"] == f"s3://lake/{FIRST}"
        assert "previous_metadata_location" not in before["Parameters"]
        assert table["Parameters"]["metadata_location"] == f"s3://lake/{SECOND}"
        assert table["Parameters"]["previous_metadata_location"] == f"s3://lake/{FIRST}"
        assert (table["VersionId"], columns(table)) == ("1", {"id": "bigint", "note": "string"})
        assert list(json.loads(crawl["Summary"])["TABLE"]) == ["UPDATE"]

    def test_whose_metadata_is_the_same_stays_the_same_version(self, world: GlueWorld) -> None:
        for key, content in ((FIRST, FILE), (SECOND, WIDER)):
            world.put_object(key, content)
            if key == FIRST:
                world.make_crawler(Targets=ICEBERG)
            world.crawl()
        before = world.table("ice")

        crawl = world.crawl()

        after = world.table("ice")
        assert (after["VersionId"], after["UpdateTime"]) == ("1", before["UpdateTime"])
        assert after["Parameters"] == before["Parameters"] | {"CRAWL_RUN_ID": crawl["CrawlId"]}

    @pytest.mark.parametrize(
        "behavior, left",
        [("DELETE_FROM_DATABASE", set()), ("LOG", {"ice"}), ("DEPRECATE_IN_DATABASE", {"ice"})],
    )
    def test_that_is_gone_is_treated_as_the_policy_says(
        self, world: GlueWorld, behavior: str, left: set[str]
    ) -> None:
        world.put_object(FIRST, FILE)
        world.make_crawler(Targets=ICEBERG, SchemaChangePolicy={"DeleteBehavior": behavior})
        world.crawl()
        world.delete_object(FIRST)

        world.crawl()

        tables = {table.name: table.as_dict() for table in world.backend.tables_of("lab")}
        assert set(tables) == left
        deprecated = {name for name, each in tables.items() if "DEPRECATED_BY_CRAWLER" in each["Parameters"]}
        assert deprecated == (left if behavior == "DEPRECATE_IN_DATABASE" else set())

    def test_of_format_version_3_fails_the_crawl(self, world: GlueWorld) -> None:
        world.put_object(FIRST, FILE.replace(b'"format-version":2', b'"format-version":3'))
        world.make_crawler(Targets=ICEBERG)

        assert "format version is 3" in world.crawl()["ErrorMessage"]

    def test_is_left_out_when_excluded_or_too_deep(self, world: GlueWorld) -> None:
        world.put_object(FIRST, FILE)
        world.put_object(f"deep/{FIRST}", FILE)
        world.put_object(f"secret/{FIRST}", FILE)
        targets = [{"Paths": ["s3://lake/"], "Exclusions": ["ice/**"], "MaximumTraversalDepth": 2}]
        world.make_crawler(Targets={"IcebergTargets": [*targets, {"Paths": ["s3://lake/secret/"]}]})

        world.crawl()

        locations = [
            table.as_dict()["StorageDescriptor"]["Location"] for table in world.backend.tables_of("lab")
        ]
        assert locations == ["s3://lake/secret/ice"]


class TestHudi:
    def test_becomes_two_tables_when_it_merges_on_read(self, world: GlueWorld) -> None:
        self.put(world, hudi_table(merge_on_read=True))
        world.make_crawler(Targets=HUDI)
        world.crawl()

        crawl = world.crawl()

        tables = [table.as_dict() for table in world.backend.tables_of("lab")]
        assert [(table["Name"], table["VersionId"]) for table in tables] == [
            ("orders_ro", "0"),
            ("orders_rt", "0"),
        ]
        assert {table["Parameters"]["CRAWL_RUN_ID"] for table in tables} == {crawl["CrawlId"]}

    def test_that_got_a_partition_and_a_column_has_them_in_the_catalog(self, world: GlueWorld) -> None:
        keys = {"hoodie.table.partition.fields": "region"}
        self.put(world, hudi_table(partitions=["region=eu"], properties=keys))
        world.make_crawler(Targets=HUDI)
        world.crawl()
        wider = avro_record(Id="long", region="string", note="string")
        second = {"20250102120000000.commit": commit_metadata(["region=us"], wider)}
        self.put(world, hudi_table(commits=second, partitions=["region=us"], properties=keys))

        crawl = world.crawl()

        table = world.table("orders")
        assert table["VersionId"] == "1"
        assert list(columns(table).items())[5:] == [("id", "bigint"), ("note", "string")]
        summary = json.loads(crawl["Summary"])
        added_partitions = json.loads(summary["PARTITION"]["ADD"])["Details"]["names"]
        assert added_partitions == ["orders/region=us"]

    def test_that_cannot_be_read_fails_the_crawl(self, world: GlueWorld) -> None:
        self.put(world, hudi_table(properties={"hoodie.table.version": "99"}))
        world.make_crawler(Targets=HUDI)

        assert "its Hudi timeline cannot be read" in world.crawl()["ErrorMessage"]

    @staticmethod
    def put(world: GlueWorld, objects: dict[str, str | bytes]) -> None:
        for key, content in objects.items():
            world.put_object(key, content)


class TestRefusals:
    @pytest.mark.parametrize(
        "kind, target, problem",
        [
            ("DeltaTargets", {}, "A target of the kind Delta must have at least one path."),
            ("DeltaTargets", {"DeltaTables": []}, "must have at least one path"),
            ("DeltaTargets", {"DeltaTables": ["http://x"]}, "The Delta target path 'http://x' is not valid."),
            ("DeltaTargets", {"DeltaTables": ["s3://none/x"]}, "S3 bucket none does not exist."),
            (
                "DeltaTargets",
                {"DeltaTables": ["s3://lake/x"], "ConnectionName": "net"},
                "Unable to retrieve connection net",
            ),
            ("IcebergTargets", {}, "A target of the kind Iceberg must have at least one path."),
            ("IcebergTargets", {"Paths": ["lake:x://"]}, "The Iceberg target path"),
            ("IcebergTargets", {"Paths": ["s3://none/"]}, "S3 bucket none does not exist."),
            (
                "IcebergTargets",
                {"Paths": ["s3://lake/"], "MaximumTraversalDepth": 0},
                "MaximumTraversalDepth must be between 1 and 20, not 0.",
            ),
            (
                "IcebergTargets",
                {"Paths": ["s3://lake/"], "MaximumTraversalDepth": 21},
                "MaximumTraversalDepth must be between 1 and 20, not 21.",
            ),
            (
                "IcebergTargets",
                {"Paths": ["s3://lake/"], "ConnectionName": "net"},
                "Unable to retrieve connection net",
            ),
            ("IcebergTargets", {"Paths": ["s3://lake/"], "Exclusions": ["a["]}, "Exclusion pattern 'a['"),
            ("HudiTargets", {"Paths": []}, "A target of the kind Hudi must have at least one path."),
            ("HudiTargets", {"Paths": ["s3://none/"]}, "S3 bucket none does not exist."),
            (
                "HudiTargets",
                {"Paths": ["s3://lake/"], "MaximumTraversalDepth": 21},
                "MaximumTraversalDepth must be between 1 and 20, not 21.",
            ),
        ],
    )
    def test_say_what_is_wrong(
        self, world: GlueWorld, kind: str, target: dict[str, Any], problem: str
    ) -> None:
        with pytest.raises(InvalidInputError) as raised:
            world.make_crawler(Targets={kind: [target]})

        assert problem in raised.value.message

    def test_hold_for_updates_too(self, world: GlueWorld) -> None:
        world.make_crawler(Targets=ICEBERG)

        target = {"Paths": ["s3://lake/"], "MaximumTraversalDepth": 99}

        with pytest.raises(InvalidInputError, match="MaximumTraversalDepth"):
            world.store.update({"Name": "crawler", "Targets": {"IcebergTargets": [target]}})

    def test_keep_new_folders_only_for_s3(self, world: GlueWorld) -> None:
        with pytest.raises(InvalidInputError, match="can only apply to Amazon S3 target"):
            world.make_crawler(
                Targets=DELTA,
                RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
                SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
            )
