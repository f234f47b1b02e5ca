"""Parquet, Avro and ORC through boto3: from objects to tables and partitions in the Data Catalog."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from airflow_lineage_provider.local_aws.stack import LocalAws

ROLE = "arn:aws:iam::123456789012:role/crawler"
MERGING = {"Version": 1.0, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}}
INHERITING = {"Version": 1.0, "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}

_TICK = threading.Event()


def parquet(rows: int = 1, **types: pa.DataType) -> bytes:
    schema = pa.schema(list(types.items()))
    file = io.BytesIO()
    pq.write_table(pa.table([pa.nulls(rows, field.type) for field in schema], schema=schema), file)
    return file.getvalue()


def orc_file(rows: int = 1, **types: pa.DataType) -> bytes:
    schema = pa.schema(list(types.items()))
    file = io.BytesIO()
    orc.write_table(pa.table([pa.nulls(rows, field.type) for field in schema], schema=schema), file)
    return file.getvalue()


def avro(fields: dict[str, Any], *rows: dict[str, Any]) -> bytes:
    listed = [{"name": name, "type": data_type} for name, data_type in fields.items()]
    file = io.BytesIO()
    fastavro.writer(file, {"type": "record", "name": "Order", "fields": listed}, rows)
    return file.getvalue()


class Lake:
    """A bucket with a crawler over its folder ``orders/``."""

    def __init__(self, aws: LocalAws, configuration: dict[str, Any] | None) -> None:
        self._s3, self._glue = aws.client("s3"), aws.client("glue")
        self._s3.create_bucket(Bucket="lake")
        self._glue.create_crawler(
            Name="crawler",
            Role=ROLE,
            DatabaseName="sales",
            Targets={"S3Targets": [{"Path": "s3://lake/orders/"}]},
            Configuration=json.dumps(configuration or {"Version": 1.0}),
        )

    def put(self, **objects: bytes) -> None:
        """Store one object per folder; ``__`` in a folder's name stands for ``=``."""
        for name, content in objects.items():
            self._s3.put_object(Bucket="lake", Key=f"orders/{name.replace('__', '=')}/f", Body=content)

    def crawl(self) -> dict[str, Any]:
        """Run one crawl to its end and return it."""
        self._glue.start_crawler(Name="crawler")
        while self._glue.get_crawler(Name="crawler")["Crawler"]["State"] != "READY":
            _TICK.wait(0.005)
        crawl: dict[str, Any] = self._glue.list_crawls(CrawlerName="crawler")["Crawls"][0]
        assert crawl["State"] == "COMPLETED", crawl
        return crawl

    def table(self) -> dict[str, Any]:
        table: dict[str, Any] = self._glue.get_table(DatabaseName="sales", Name="orders")["Table"]
        return table

    def columns(self) -> dict[str, str]:
        return types(self.table())

    def partitions(self) -> dict[str, dict[str, Any]]:
        found = self._glue.get_partitions(DatabaseName="sales", TableName="orders")["Partitions"]
        return {"/".join(partition["Values"]): partition for partition in found}


def types(holder: dict[str, Any]) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in holder["StorageDescriptor"]["Columns"]}


def figures(holder: dict[str, Any]) -> tuple[str, str]:
    return holder["Parameters"]["objectCount"], holder["Parameters"]["recordCount"]


class TestParquet:
    def test_becomes_a_partitioned_table(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, None)
        columns = {"id": pa.int64(), "total": pa.decimal128(10, 2), "at": pa.timestamp("us")}
        lake.put(year__2024=parquet(3, **columns), year__2025=parquet(4, **columns))

        lake.crawl()

        table = lake.table()
        assert types(table) == {"id": "bigint", "total": "decimal(10,2)", "at": "timestamp"}
        assert table["PartitionKeys"] == [{"Name": "year", "Type": "string"}]
        assert (table["Parameters"]["classification"], figures(table)) == ("parquet", ("2", "7"))
        descriptor = table["StorageDescriptor"]
        assert descriptor["InputFormat"].endswith("MapredParquetInputFormat")
        assert descriptor["SerdeInfo"]["Parameters"] == {"serialization.format": "1"}
        assert {name: figures(held) for name, held in lake.partitions().items()} == {
            "2024": ("1", "3"),
            "2025": ("1", "4"),
        }

    def test_that_evolves_over_partitions_makes_one_table(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, None)
        shared = {name: pa.string() for name in "abcdefg"}
        lake.put(
            year__2023=parquet(**shared),
            year__2024=parquet(**shared, h=pa.int32()),
            year__2025=parquet(**shared, h=pa.int64()),
        )

        lake.crawl()

        everywhere = dict.fromkeys("abcdefg", "string")
        assert lake.columns() == {**everywhere, "h": "bigint"}
        assert {name: types(held) for name, held in lake.partitions().items()} == {
            "2023": everywhere,
            "2024": {**everywhere, "h": "int"},
            "2025": {**everywhere, "h": "bigint"},
        }

    def test_partitions_may_inherit_the_tables_schema(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, INHERITING)
        shared = {name: pa.string() for name in "abcdefg"}
        lake.put(year__2023=parquet(**shared), year__2024=parquet(**shared, h=pa.int32()))

        lake.crawl()

        wanted = {**dict.fromkeys("abcdefg", "string"), "h": "int"}
        assert [types(held) for held in lake.partitions().values()] == [wanted, wanted]

    def test_widens_a_column_when_new_data_needs_it(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, None)
        lake.put(day__1=parquet(id=pa.int32(), name=pa.string()))
        lake.crawl()

        lake.put(day__1=parquet(id=pa.int64(), name=pa.string()))
        crawl = lake.crawl()

        assert lake.columns() == {"id": "bigint", "name": "string"}
        assert lake.table()["VersionId"] == "1"
        assert "orders" in json.loads(crawl["Summary"])["TABLE"]["UPDATE"]

    def test_new_nested_fields_are_merged_and_nothing_else(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, MERGING)
        lake.put(
            day__1=parquet(
                id=pa.int32(),
                gone=pa.string(),
                item=pa.struct([("sku", pa.string())]),
                tags=pa.map_(pa.string(), pa.struct([("at", pa.date32())])),
            )
        )
        lake.crawl()

        lake.put(
            day__1=parquet(
                id=pa.int64(),
                item=pa.struct([("sku", pa.int32()), ("sizes", pa.list_(pa.int16()))]),
                tags=pa.map_(pa.string(), pa.struct([("at", pa.date32()), ("by", pa.string())])),
                new=pa.binary(),
            )
        )
        lake.crawl()

        assert lake.columns() == {
            "id": "int",
            "gone": "string",
            "item": "struct<sku:string,sizes:array<smallint>>",
            "tags": "map<string,struct<at:date,by:string>>",
            "new": "binary",
        }

    def test_large_objects_are_crawled_by_their_footers(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, None)
        file = io.BytesIO()
        payload = pa.array([bytes(1000)] * 20_000, pa.binary(1000))
        pq.write_table(pa.table({"payload": payload}), file, compression="none", use_dictionary=False)
        lake.put(day__1=file.getvalue())

        lake.crawl()

        assert lake.columns() == {"payload": "binary"}
        assert figures(lake.table()) == ("1", "20000")
        assert int(lake.table()["Parameters"]["sizeKey"]) > 20_000_000


class TestAvro:
    def test_carries_its_schema_into_the_table(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, None)
        fields: dict[str, Any] = {"Id": "long", "at": {"type": "long", "logicalType": "timestamp-millis"}}
        lake.put(day__1=avro(fields, {"Id": 1, "at": 0}), day__2=avro(fields, {"Id": 2, "at": 0}))

        lake.crawl()

        table = lake.table()
        assert types(table) == {"id": "bigint", "at": "timestamp"}
        serde = table["StorageDescriptor"]["SerdeInfo"]
        assert serde["SerializationLibrary"] == "org.apache.hadoop.hive.serde2.avro.AvroSerDe"
        literal = serde["Parameters"]["avro.schema.literal"]
        assert table["Parameters"]["avro.schema.literal"] == literal
        assert [field["name"] for field in json.loads(literal)["fields"]] == ["Id", "at"]

    def test_that_evolves_has_a_table_schema_that_reads_every_partition(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, None)
        shared: dict[str, Any] = dict.fromkeys("abcde", "string")
        row = dict.fromkeys("abcde", "x")
        files = {
            "day__1": avro({**shared, "f": "int"}, {**row, "f": 1}),
            "day__2": avro({**shared, "f": "int", "g": "double"}, {**row, "f": 2, "g": 2.5}),
        }
        lake.put(**files)

        lake.crawl()

        assert lake.columns() == {**shared, "f": "int", "g": "double"}
        literal = json.loads(lake.table()["Parameters"]["avro.schema.literal"])
        read = [
            record
            for content in files.values()
            for record in fastavro.reader(io.BytesIO(content), reader_schema=literal)
        ]
        assert read == [{**row, "f": 1, "g": None}, {**row, "f": 2, "g": 2.5}]
        assert "g" not in types(lake.partitions()["1"])

    def test_new_columns_are_merged_into_the_tables_schema(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, MERGING)
        old, new = (
            avro({"a": "int", "gone": "string"}, {"a": 1, "gone": "x"}),
            avro({"a": "int", "b": "long"}),
        )
        lake.put(day__1=old)
        lake.crawl()

        lake.put(day__1=new)
        lake.crawl()
        version = lake.table()["VersionId"]
        lake.crawl()

        table = lake.table()
        assert types(table) == {"a": "int", "gone": "string", "b": "bigint"}
        literal = table["Parameters"]["avro.schema.literal"]
        assert table["StorageDescriptor"]["SerdeInfo"]["Parameters"]["avro.schema.literal"] == literal
        (row,) = fastavro.reader(io.BytesIO(old), reader_schema=json.loads(literal))
        assert row == {"a": 1, "gone": "x", "b": None}
        assert table["VersionId"] == version


class TestOrc:
    def test_becomes_a_partitioned_table(self, local_aws: LocalAws) -> None:
        lake = Lake(local_aws, None)
        columns = {"Id": pa.int8(), "seen": pa.timestamp("ns"), "tags": pa.map_(pa.string(), pa.string())}
        lake.put(day__1=orc_file(2, **columns), day__2=orc_file(5, **columns))

        lake.crawl()

        table = lake.table()
        assert types(table) == {"id": "tinyint", "seen": "timestamp", "tags": "map<string,string>"}
        assert (
            table["StorageDescriptor"]["OutputFormat"] == "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"
        )
        assert (table["Parameters"]["classification"], figures(table)) == ("orc", ("2", "7"))


class TestFormatsThatChange:
    @pytest.mark.parametrize("content", [b"PAR1 and nothing else", b"PAR1"], ids=["broken", "cut"])
    def test_a_broken_file_fails_no_crawl(self, local_aws: LocalAws, content: bytes) -> None:
        lake = Lake(local_aws, None)
        lake.put(day__1=content)

        lake.crawl()

        assert (lake.columns(), lake.table()["Parameters"]["classification"]) == ({}, "UNKNOWN")
