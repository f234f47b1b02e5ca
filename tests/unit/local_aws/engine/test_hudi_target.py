from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hudi import HudiTable

from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError, TableUnsupportedError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.hudi_schema import avro_fields
from airflow_lineage_provider.local_aws.engine.hudi_target import crawl_hudi
from airflow_lineage_provider.local_aws.engine.schema import columns_of, hive_type
from airflow_lineage_provider.local_aws.engine.table_folders import TraversalTarget
from tests.unit.local_aws.engine.hudi_tables import (
    avro_record,
    commit,
    hudi_table,
    version_8,
)
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

META_COLUMNS = (
    ("_hoodie_commit_time", "string"),
    ("_hoodie_commit_seqno", "string"),
    ("_hoodie_record_key", "string"),
    ("_hoodie_partition_path", "string"),
    ("_hoodie_file_name", "string"),
)
FIELDS = "hoodie.table.partition.fields"
CREATE_SCHEMA = "hoodie.table.create.schema"
BY_REGION = {FIELDS: "region"}
FIRST, SECOND, THIRD = "20250101120000000", "20250102120000000", "20250103120000000"


def crawl(
    objects: dict[str, str | bytes], path: str = "s3://bucket/", **target: Any
) -> tuple[FoundTable, ...]:
    return crawl_hudi(MemoryObjects(objects), TraversalTarget(path, **target))


def only(objects: dict[str, str | bytes]) -> FoundTable:
    (table,) = crawl(objects)
    return table


def columns(table: FoundTable) -> dict[str, str]:
    """Return the columns that are not Hudi's own."""
    return dict(columns_of(table.record)[0][len(META_COLUMNS) :])


class TestFixture:
    @pytest.mark.parametrize(
        "objects",
        [
            pytest.param(hudi_table(), id="copy on write"),
            pytest.param(hudi_table(merge_on_read=True), id="merge on read"),
            pytest.param(hudi_table(partitions=["region=eu"], properties=BY_REGION), id="partitioned"),
            pytest.param(version_8(hudi_table()), id="version 8"),
        ],
    )
    def test_is_a_table_to_the_hudi_library(self, objects: dict[str, str | bytes], tmp_path: Path) -> None:
        for key, content in objects.items():
            (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / key).write_bytes(content.encode() if isinstance(content, str) else content)

        (batch,) = HudiTable(str(tmp_path / "orders")).read()

        assert [record["Id"] for record in batch.to_pylist()] == [7]


class TestCopyOnWriteTable:
    def test_is_one_table_named_after_its_folder(self) -> None:
        table = only(hudi_table())

        assert (table.base_name, table.location) == ("orders", "s3://bucket/orders/")
        assert table.format.input_format == "org.apache.hudi.hadoop.HoodieParquetInputFormat"
        assert table.format.output_format == "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
        assert table.format.serde == "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
        assert dict(table.format.serde_parameters)["path"] == "s3://bucket/orders/"
        assert table.parameters == {"last_commit_time_sync": FIRST}

    def test_has_the_meta_columns_before_its_own(self) -> None:
        assert columns_of(only(hudi_table()).record)[0] == (
            *META_COLUMNS,
            ("id", "bigint"),
            ("region", "string"),
        )

    def test_has_no_meta_columns_where_hudi_writes_none(self) -> None:
        table = only(hudi_table(properties={"hoodie.populate.meta.fields": "false"}))

        assert columns_of(table.record)[0] == (("id", "bigint"), ("region", "string"))

    def test_of_version_8_is_read_alike(self) -> None:
        table = only(version_8(hudi_table()))

        assert (table.location, columns(table)) == (
            "s3://bucket/orders/",
            {"id": "bigint", "region": "string"},
        )


class TestMergeOnReadTable:
    def test_is_a_read_optimised_and_a_real_time_table(self) -> None:
        tables = crawl(hudi_table(merge_on_read=True))

        assert [(table.base_name, table.location) for table in tables] == [
            ("orders_ro", "s3://bucket/orders/"),
            ("orders_rt", "s3://bucket/orders/"),
        ]
        assert [table.format.input_format for table in tables] == [
            "org.apache.hudi.hadoop.HoodieParquetInputFormat",
            "org.apache.hudi.hadoop.realtime.HoodieParquetRealtimeInputFormat",
        ]
        assert [dict(table.format.serde_parameters)["hoodie.query.as.ro.table"] for table in tables] == [
            "true",
            "false",
        ]
        assert tables[0].record == tables[1].record


class TestPartitions:
    def test_are_the_folders_hudi_marked(self) -> None:
        table = only(hudi_table(partitions=["region=eu", "region=north%20pole"], properties=BY_REGION))

        assert (table.partition_keys, dict(table.partition_types)) == (("region",), {"region": "string"})
        assert columns(table) == {"id": "bigint"}
        assert {partition.values: partition.location for partition in table.partitions} == {
            ("eu",): "s3://bucket/orders/region=eu/",
            ("north pole",): "s3://bucket/orders/region=north%20pole/",
        }

    def test_have_the_types_their_fields_have(self) -> None:
        schema = avro_record(Id="long", Day={"type": "int", "logicalType": "date"})
        commits = {f"{FIRST}.commit": commit(["2025-01-01"], schema)}

        table = only(hudi_table(commits=commits, partitions=["2025-01-01"], properties={FIELDS: "Day"}))

        assert (table.partition_keys, dict(table.partition_types)) == (("day",), {"day": "date"})
        assert [partition.values for partition in table.partitions] == [("2025-01-01",)]

    def test_may_have_several_keys_and_their_generators(self) -> None:
        table = only(hudi_table(partitions=["eu/2025"], properties={FIELDS: "region:SIMPLE,year:TIMESTAMP"}))

        assert (table.partition_keys, dict(table.partition_types)) == (
            ("region", "year"),
            {"region": "string", "year": "string"},
        )
        assert [partition.values for partition in table.partitions] == [("eu", "2025")]

    def test_of_one_key_may_be_several_folders_deep(self) -> None:
        table = only(hudi_table(partitions=["2025/01/02"], properties=BY_REGION))

        assert [partition.values for partition in table.partitions] == [("2025/01/02",)]

    def test_that_do_not_fit_the_keys_are_an_error(self) -> None:
        with pytest.raises(TableUnsupportedError, match="partition eu does not have a value for each"):
            only(hudi_table(partitions=["eu"], properties={FIELDS: "region,year"}))

    def test_that_were_dropped_are_none_until_they_are_written_again(self) -> None:
        drop = commit([], None, operationType="DELETE_PARTITION") | {
            "partitionToReplaceFileIds": {"region=eu": ["file-0"], "region=us": ["file-0"]}
        }
        commits = {
            f"{FIRST}.commit": commit(["region=eu", "region=us"]),
            f"{SECOND}.replacecommit": drop,
            f"{THIRD}.commit": commit(["region=us"]),
        }

        table = only(hudi_table(commits=commits, partitions=["region=eu", "region=us"], properties=BY_REGION))

        assert [partition.values for partition in table.partitions] == [("us",)]
        assert table.parameters == {"last_commit_time_sync": THIRD}


class TestSchema:
    def test_is_that_of_the_newest_commit_that_has_one(self) -> None:
        commits = {
            f"{FIRST}.commit": commit(),
            f"{SECOND}.commit": commit(schema=avro_record(Id="long", note="string")),
            f"{THIRD}.commit": commit([], None),
        }

        assert columns(only(hudi_table(commits=commits))) == {"id": "bigint", "note": "string"}

    def test_of_a_table_without_commits_is_the_one_it_was_made_with(self) -> None:
        schema = '{"type":"record","name":"r","fields":[{"name":"a","type":"int"}]}'

        table = only(hudi_table(commits={}, properties={CREATE_SCHEMA: schema}))

        assert (columns(table), table.parameters) == ({"a": "int"}, {})

    def test_that_nobody_has_written_yet_makes_no_table(self) -> None:
        assert crawl(hudi_table(commits={})) == ()

    def test_of_a_commit_that_is_not_complete_does_not_count(self) -> None:
        objects = hudi_table()
        objects[f"orders/.hoodie/{SECOND}.commit.requested"] = ""
        objects[f"orders/.hoodie/{SECOND}.inflight"] = ""

        assert only(objects).parameters == {"last_commit_time_sync": FIRST}

    @pytest.mark.parametrize(
        "data_type, expected",
        [
            ({"type": "bytes", "logicalType": "decimal", "precision": 4}, "decimal(4,0)"),
            (["null"], "string"),
        ],
    )
    def test_has_a_type_for_what_spark_does_not_write(self, data_type: Any, expected: str) -> None:
        record = {"type": "record", "name": "r", "fields": [{"name": "a", "type": data_type}]}

        (field,) = avro_fields(json.dumps(record))

        assert hive_type(field.type) == expected

    def test_has_the_fields_documentation_as_comments(self) -> None:
        schema = {"type": "record", "name": "r", "fields": [{"name": "Id", "type": "long", "doc": "of it"}]}

        table = only(hudi_table(commits={f"{FIRST}.commit": commit(schema=schema)}))

        assert table.column_members == {"id": {"Comment": "of it"}}

    @pytest.mark.parametrize(
        "text",
        [
            "{broken",
            '"int"',
            "[]",
            '{"type":"record","name":"r","fields":[{"name":"a"}]}',
            '{"type":"record","name":"r","fields":[{"name":"a","type":"nothing"}]}',
            '{"type":"record","name":"r","fields":[{"name":"a","type":{"type":"array"}}]}',
            '{"type":"record","name":"r","fields":[{"name":"a","type":{"type":{}}}]}',
        ],
    )
    def test_that_is_no_avro_record_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - json's own errors are among them
            avro_fields(text)

    def test_may_use_a_type_by_its_name(self) -> None:
        schema = avro_record(a=avro_record("Money", value="double"), b="hoodie.orders.Money")

        table = only(hudi_table(commits={f"{FIRST}.commit": commit(schema=schema)}))

        assert columns(table) == {"a": "struct<value:double>", "b": "struct<value:double>"}


class TestTimeline:
    def test_alone_is_read(self) -> None:
        objects = hudi_table(partitions=["region=eu"], properties=BY_REGION)
        objects["orders/.hoodie/metadata/.hoodie/hoodie.properties"] = "broken"
        objects["orders/.hoodie/archived/.commits_.archive.1"] = b"x"
        reader = MemoryObjects(objects)

        tables = crawl_hudi(reader, TraversalTarget("s3://bucket/"))

        assert [table.base_name for table in tables] == ["orders"]
        assert sorted(reader.opened) == [
            f"orders/.hoodie/{FIRST}.commit",
            "orders/.hoodie/hoodie.properties",
        ]

    @pytest.mark.parametrize(
        "objects",
        [
            pytest.param({"orders/.hoodie/hoodie.properties": "nothing=1"}, id="no table properties"),
            pytest.param(hudi_table(properties={"hoodie.table.version": "99"}), id="a version of the future"),
            pytest.param({**hudi_table(), f"orders/.hoodie/{FIRST}.commit": "{broken"}, id="a broken commit"),
            pytest.param(
                hudi_table(commits={}, properties={"hoodie.table.create.schema": '"int"'}), id="no record"
            ),
        ],
    )
    def test_that_cannot_be_read_names_the_table_and_no_local_folder(
        self, objects: dict[str, str | bytes]
    ) -> None:
        with pytest.raises(TableUnsupportedError) as raised:
            crawl(objects)

        assert str(raised.value).startswith("The table at s3://bucket/orders/ is not supported by crawlers: ")
        assert "/tmp" not in str(raised.value)

    def test_is_not_read_by_a_crawl_that_was_cancelled(self) -> None:
        with pytest.raises(CrawlCancelledError):
            crawl_hudi(MemoryObjects(hudi_table()), TraversalTarget("s3://bucket/"), cancelled=lambda: True)


class TestTraversal:
    def test_finds_every_table_within_depth_that_is_not_excluded(self) -> None:
        objects = hudi_table("lake/a/") | hudi_table("lake/deep/b/") | hudi_table("lake/secret/c/")

        found = crawl(objects, "s3://bucket/lake", depth=2, exclusions=("secret/**",))

        assert [table.location for table in found] == ["s3://bucket/lake/a/"]
