from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.definitions import (
    Stamp,
    partition_input,
    table_input,
    with_parameters,
)
from airflow_lineage_provider.local_aws.engine.dynamodb_target import DynamoTarget, crawl_dynamodb
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import NO_STATISTICS, FoundPartition, FoundTable
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target, crawl_s3
from airflow_lineage_provider.local_aws.engine.schema import Scalar, StructOf
from tests.unit.local_aws.engine.memory_reader import MemoryItems, MemoryObjects

AT = datetime(2025, 6, 4, 9, 30, tzinfo=UTC)
STAMP = Stamp("GlueLineageCrawler", "5f3b2e70-0b5e-4f34-a0cc-6a2f8f2f9d0e", AT)
CLICK = '{"session_id":"abc123","User":{"Id":1},"event_type":"product_view"}'


def s3_table(objects: dict[str, str | bytes], **target: Any) -> FoundTable:
    crawled = crawl_s3(
        MemoryObjects(objects), S3Target("s3://bucket/clickstream/", **target), CrawlerConfiguration()
    )
    return crawled.tables[0]


class TestS3Table:
    def test_is_worded_as_glue_does(self) -> None:
        written = table_input(s3_table({"clickstream/data.json": CLICK}), "clickstream", STAMP, indexed=True)

        parameters = {
            "CRAWL_RUN_ID": "5f3b2e70-0b5e-4f34-a0cc-6a2f8f2f9d0e",
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": "GlueLineageCrawler",
            "averageRecordSize": str(len(CLICK)),
            "classification": "json",
            "compressionType": "none",
            "objectCount": "1",
            "recordCount": "1",
            "sizeKey": str(len(CLICK)),
            "typeOfData": "file",
        }
        assert written == {
            "Name": "clickstream",
            "Owner": "owner",
            "LastAccessTime": AT,
            "Retention": 0,
            "StorageDescriptor": {
                "Columns": [
                    {"Name": "session_id", "Type": "string"},
                    {"Name": "user", "Type": "struct<Id:int>"},
                    {"Name": "event_type", "Type": "string"},
                ],
                "Location": "s3://bucket/clickstream/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "Compressed": False,
                "NumberOfBuckets": -1,
                "SerdeInfo": {
                    "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
                    "Parameters": {"paths": "User,event_type,session_id"},
                },
                "BucketColumns": [],
                "SortColumns": [],
                "Parameters": parameters,
                "StoredAsSubDirectories": False,
            },
            "PartitionKeys": [],
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
        }

    def test_of_compressed_files_says_so(self) -> None:
        table = s3_table({"clickstream/data.json.gz": gzip.compress(CLICK.encode())})

        written = table_input(table, "clickstream", STAMP, indexed=True)

        assert written["StorageDescriptor"]["Compressed"] is True
        assert written["Parameters"]["compressionType"] == "gzip"

    def test_carries_its_exclusions_as_absolute_patterns(self) -> None:
        table = s3_table({"clickstream/data.json": CLICK}, exclusions=("**.tmp",))

        written = table_input(table, "clickstream", STAMP, indexed=True)

        assert json.loads(written["Parameters"]["exclusions"]) == ["s3://bucket/clickstream/**.tmp"]

    def test_with_partitions_has_string_keys_and_says_it_is_indexed(self) -> None:
        table = s3_table({"clickstream/year=2025/data.json": CLICK})

        written = table_input(table, "clickstream", STAMP, indexed=True)

        assert written["PartitionKeys"] == [{"Name": "year", "Type": "string"}]
        assert written["Parameters"]["partition_filtering.enabled"] == "true"

    def test_without_an_index_does_not_say_so(self) -> None:
        table = s3_table({"clickstream/year=2025/data.json": CLICK})

        written = table_input(table, "clickstream", STAMP, indexed=False)

        assert "partition_filtering.enabled" not in written["Parameters"]


class TestDynamoTable:
    def test_has_no_formats_and_names_its_keys(self) -> None:
        item = {"user_id": {"S": "u"}, "order_id": {"N": "1"}}
        table = crawl_dynamodb(MemoryItems(item), DynamoTarget("Orders"))
        assert table is not None

        written = table_input(table, "orders", STAMP, indexed=True)

        descriptor = written["StorageDescriptor"]
        assert descriptor["SerdeInfo"] == {}
        assert "InputFormat" not in descriptor
        assert descriptor["Location"] == "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"
        assert written["Parameters"] == descriptor["Parameters"]
        expected = {
            "classification": "dynamodb",
            "typeOfData": "table",
            "hashKey": "user_id",
            "recordCount": "1",
        }
        assert written["Parameters"].items() >= expected.items()
        assert "objectCount" not in written["Parameters"]


class TestPartition:
    def test_has_the_schema_and_figures_of_its_own_folder(self) -> None:
        table = s3_table({"clickstream/year=2025/a.json": CLICK, "clickstream/year=2026/b.json": CLICK * 2})

        written = partition_input(table, table.partitions[1], STAMP)

        assert written["Values"] == ["2026"]
        assert written["StorageDescriptor"]["Location"] == "s3://bucket/clickstream/year=2026/"
        assert written["Parameters"]["recordCount"] == "2"
        assert written["StorageDescriptor"]["Parameters"] == written["Parameters"]
        assert "UPDATED_BY_CRAWLER" not in written["Parameters"]

    def test_takes_schema_and_formats_from_the_table_when_it_inherits(self) -> None:
        table = s3_table({"clickstream/year=2025/a.json": CLICK})
        parent = table_input(table, "clickstream", STAMP, indexed=True)
        parent["StorageDescriptor"]["Columns"] = [{"Name": "only", "Type": "string"}]

        written = partition_input(table, table.partitions[0], STAMP, inherit=parent)

        assert written["StorageDescriptor"]["Columns"] == [{"Name": "only", "Type": "string"}]


class TestWithParameters:
    def test_changes_both_places_and_leaves_the_rest(self) -> None:
        before = {
            "Name": "t",
            "Parameters": {"a": "1"},
            "StorageDescriptor": {"Location": "x", "Parameters": {"a": "1"}},
        }

        after = with_parameters(before, {"b": "2"}, removed=["a"])

        assert after["Parameters"] == after["StorageDescriptor"]["Parameters"] == {"b": "2"}
        assert after["StorageDescriptor"]["Location"] == "x"
        assert before["Parameters"] == {"a": "1"}


class TestTableOfASourceThatDescribesItself:
    FORMAT = TableFormat("delta", "Input", "Output", "Serde", type_of_data="")
    TABLE = FoundTable(
        base_name="orders",
        location="s3://bucket/orders/",
        format=FORMAT,
        compression="",
        record=StructOf((("Price", Scalar("decimal(10,2)")),)),
        statistics=NO_STATISTICS,
        partition_keys=("day", "region"),
        partition_types={"day": "date"},
        partitions=(
            FoundPartition(("2025-01-01", "eu"), "s3://bucket/p/", StructOf(()), NO_STATISTICS, FORMAT),
        ),
        column_members={"price": {"Comment": "in euro"}, "region": {"Comment": "of the shop"}},
    )

    def test_has_typed_keys_and_what_the_source_says_of_each_column(self) -> None:
        written = table_input(self.TABLE, "orders", STAMP, indexed=False)

        assert written["StorageDescriptor"]["Columns"] == [
            {"Name": "price", "Type": "decimal(10,2)", "Comment": "in euro"}
        ]
        assert written["PartitionKeys"] == [
            {"Name": "day", "Type": "date"},
            {"Name": "region", "Type": "string", "Comment": "of the shop"},
        ]

    def test_has_no_parameter_for_what_is_not_kept(self) -> None:
        table = table_input(self.TABLE, "orders", STAMP, indexed=False)
        partition = partition_input(self.TABLE, self.TABLE.partitions[0], STAMP)

        serializer = {"CrawlerSchemaSerializerVersion": "1.0", "CrawlerSchemaDeserializerVersion": "1.0"}
        assert partition["Parameters"] == {"classification": "delta", **serializer}
        assert table["Parameters"] == {
            "classification": "delta",
            "UPDATED_BY_CRAWLER": STAMP.crawler_name,
            "CRAWL_RUN_ID": STAMP.crawl_id,
            **serializer,
        }
        assert table["StorageDescriptor"]["Compressed"] is False
