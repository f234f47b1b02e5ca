"""Delta, Iceberg and Hudi tables that stock libraries write to the local S3: crawls and lineage."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.types import StringType

from airflow_lineage_provider.local_aws.stack import LocalAws
from tests.contract.datazone_estate import columns_of, eventually, make_estate
from tests.unit.local_aws.engine.hudi_tables import hudi_table

ROLE = "arn:aws:iam::123456789012:role/crawler"
SALES = pa.table({"Id": [1, 2], "City": ["New York", "Oslo"]})
DELTA = "s3://lake/delta/sales"


class Lake:
    """A bucket, what the stock libraries need to write to it, and a crawler."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.s3, self.glue = aws.client("s3"), aws.client("glue")
        self.s3.create_bucket(Bucket="lake")
        self.storage_options = {
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
        }

    def write_delta(self, data: pa.Table, **options: Any) -> None:
        write_deltalake(DELTA, data, storage_options=self.storage_options, **options)

    def iceberg(self) -> Catalog:
        """Return pyiceberg's Glue catalog, which writes tables and reads those that are crawled."""
        properties = {
            "type": "glue",
            "warehouse": "s3://lake/iceberg",
            "glue.endpoint": self.aws.endpoint_url,
            "glue.region": "us-east-1",
            "glue.access-key-id": "testing",
            "glue.secret-access-key": "testing",
            "s3.endpoint": self.aws.endpoint_url,
            "s3.region": "us-east-1",
            "s3.access-key-id": "testing",
            "s3.secret-access-key": "testing",
        }
        return load_catalog("local", **properties)

    def put_hudi(self, objects: dict[str, str | bytes]) -> None:
        for key, content in objects.items():
            self.s3.put_object(Bucket="lake", Key=key, Body=content)

    def make_crawler(self, database: str = "lab", **targets: Any) -> None:
        self.glue.create_crawler(Name="crawler", Role=ROLE, DatabaseName=database, Targets=targets)

    def crawl(self) -> dict[str, Any]:
        """Run one crawl to its end and return it."""
        self.glue.start_crawler(Name="crawler")
        eventually(lambda: self.glue.get_crawler(Name="crawler")["Crawler"]["State"] == "READY")
        crawl: dict[str, Any] = self.glue.list_crawls(CrawlerName="crawler")["Crawls"][0]
        assert crawl["State"] == "COMPLETED", crawl
        return crawl

    def table(self, name: str, database: str = "lab") -> dict[str, Any]:
        table: dict[str, Any] = self.glue.get_table(DatabaseName=database, Name=name)["Table"]
        return table

    def columns(self, name: str) -> dict[str, str]:
        listed = self.table(name)["StorageDescriptor"]["Columns"]
        return {column["Name"]: column["Type"] for column in listed}


@pytest.fixture
def lake(local_aws: LocalAws) -> Lake:
    return Lake(local_aws)


class TestDelta:
    def test_that_deltalake_writes_and_evolves_is_followed_by_a_native_table(self, lake: Lake) -> None:
        lake.write_delta(SALES)
        lake.make_crawler(DeltaTargets=[{"DeltaTables": [f"{DELTA}/"], "CreateNativeDeltaTable": True}])
        lake.crawl()
        before = lake.columns("sales")
        wider = SALES.append_column("price", pa.array([1, 2], pa.decimal128(10, 2)))
        lake.write_delta(wider, mode="append", schema_mode="merge")

        crawl = lake.crawl()

        assert before == {"id": "bigint", "city": "string"}
        assert lake.columns("sales") == {**before, "price": "decimal(10,2)"}
        assert list(json.loads(crawl["Summary"])["TABLE"]) == ["UPDATE"]
        table = lake.table("sales")
        assert (table["VersionId"], table["Parameters"]["delta.lastUpdateVersion"]) == ("1", "1")

    def test_has_manifests_that_list_what_deltalake_would_read(self, lake: Lake) -> None:
        lake.write_delta(SALES, partition_by=["City"])
        lake.write_delta(SALES, mode="append")
        DeltaTable(DELTA, storage_options=lake.storage_options).optimize.compact()
        lake.make_crawler(DeltaTargets=[{"DeltaTables": [DELTA], "WriteManifest": True}])

        lake.crawl()

        partitions = lake.glue.get_partitions(DatabaseName="lab", TableName="sales")["Partitions"]
        listed = {
            tuple(each["Values"]): self.files(lake, each["StorageDescriptor"]["Location"])
            for each in partitions
        }
        current = set(DeltaTable(DELTA, storage_options=lake.storage_options).file_uris())
        assert {values: len(files) for values, files in listed.items()} == {("New York",): 1, ("Oslo",): 1}
        assert {file for files in listed.values() for file in files} == current
        assert self.ids(lake, listed["Oslo",]) == [2, 2]

    def files(self, lake: Lake, location: str) -> list[str]:
        """Return what the manifest of a partition lists."""
        key = location.removeprefix("s3://lake/")
        body = lake.s3.get_object(Bucket="lake", Key=f"{key}manifest")["Body"]
        return list(body.read().decode().split("\n")[:-1])

    def ids(self, lake: Lake, files: list[str]) -> list[int]:
        """Return what a reader of the listed files finds there."""
        found: list[int] = []
        for file in files:
            body = lake.s3.get_object(Bucket="lake", Key=file.removeprefix("s3://lake/"))["Body"]
            found += pq.read_table(pa.BufferReader(body.read()))["Id"].to_pylist()
        return found


class TestIceberg:
    @pytest.fixture
    def catalog(self, lake: Lake) -> Catalog:
        """pyiceberg's catalog with the table ``engine.sales``, which holds two records."""
        catalog = lake.iceberg()
        catalog.create_namespace("engine")
        catalog.create_table("engine.sales", schema=SALES.schema).append(SALES)
        lake.make_crawler(IcebergTargets=[{"Paths": ["s3://lake/iceberg/"]}])
        return catalog

    def test_is_worded_as_pyiceberg_words_it_in_its_glue_catalog(self, lake: Lake, catalog: Catalog) -> None:
        lake.crawl()

        crawled, written = lake.table("sales"), lake.table("sales", "engine")
        wanted = [
            {**column, "Name": column["Name"].lower()} for column in written["StorageDescriptor"]["Columns"]
        ]
        assert crawled["StorageDescriptor"]["Columns"] == wanted
        assert crawled["StorageDescriptor"]["Location"] == written["StorageDescriptor"]["Location"]
        for name in ("table_type", "metadata_location"):
            assert crawled["Parameters"][name] == written["Parameters"][name]

    def test_can_be_read_by_pyiceberg_where_it_was_crawled_to(self, lake: Lake, catalog: Catalog) -> None:
        lake.crawl()

        assert catalog.load_table("lab.sales").scan().to_arrow()["Id"].to_pylist() == [1, 2]

    def test_that_evolves_moves_its_metadata_and_keeps_dropped_columns(
        self, lake: Lake, catalog: Catalog
    ) -> None:
        lake.crawl()
        before = lake.table("sales")["Parameters"]["metadata_location"]
        with catalog.load_table("engine.sales").update_schema() as update:
            update.delete_column("City")
            update.add_column("note", StringType())

        lake.crawl()

        table = lake.table("sales")
        newest = lake.table("sales", "engine")["Parameters"]["metadata_location"]
        assert table["Parameters"]["metadata_location"] == newest
        assert table["Parameters"]["previous_metadata_location"] == before
        current = {
            column["Name"]: column["Parameters"]["iceberg.field.current"]
            for column in table["StorageDescriptor"]["Columns"]
        }
        assert current == {"id": "true", "note": "true", "city": "false"}


class TestCatalogTarget:
    def test_over_a_delta_table_follows_its_log(self, lake: Lake) -> None:
        lake.write_delta(SALES)
        lake.glue.create_database(DatabaseInput={"Name": "lab"})
        lake.glue.create_table(
            DatabaseName="lab",
            TableInput={
                "Name": "made_by_ddl",
                "StorageDescriptor": {"Columns": [], "Location": DELTA},
                "Parameters": {"table_type": "DELTA"},
            },
        )
        lake.make_crawler(CatalogTargets=[{"DatabaseName": "lab", "Tables": ["made_by_ddl"]}])

        lake.crawl()

        assert lake.columns("made_by_ddl") == {"id": "bigint", "city": "string"}
        crawler = lake.glue.get_crawler(Name="crawler")["Crawler"]
        assert crawler["SchemaChangePolicy"]["DeleteBehavior"] == "LOG"


class TestLineage:
    def test_leads_from_every_open_table_to_the_data_it_lies_over(self, lake: Lake) -> None:
        estate = make_estate(lake.aws)
        estate.switch_lineage(on=True)
        lake.write_delta(SALES)
        catalog = lake.iceberg()
        catalog.create_namespace("engine")
        catalog.create_table("engine.visits", schema=SALES.schema)
        lake.put_hudi(hudi_table("hudi/orders/", merge_on_read=True))
        lake.make_crawler(
            estate.database,
            DeltaTargets=[{"DeltaTables": [DELTA]}],
            IcebergTargets=[{"Paths": ["s3://lake/iceberg/"]}],
            HudiTargets=[{"Paths": ["s3://lake/hudi/"]}],
        )
        lake.crawl()

        activities = estate.activities(estate.run())

        sources = {name: self.sources(estate, activity) for name, activity in activities.items()}
        assert sources == {
            "sales": ["s3://lake/delta/sales"],
            "visits": ["s3://lake/iceberg/engine.db/visits"],
            "orders_ro": ["s3://lake/hudi/orders"],
            "orders_rt": ["s3://lake/hudi/orders"],
        }
        for table, source in sources.items():
            (reference,) = estate.node(estate.arn(table))["upstreamNodes"]
            run = estate.node(reference["id"], eventTimestamp=reference["eventTimestamp"])
            assert source[0] in estate.identifiers(run["upstreamNodes"])

    def test_of_a_native_delta_table_has_the_fields_own_spelling(self, lake: Lake) -> None:
        estate = make_estate(lake.aws)
        estate.switch_lineage(on=True)
        lake.write_delta(SALES)
        lake.make_crawler(
            estate.database, DeltaTargets=[{"DeltaTables": [DELTA], "CreateNativeDeltaTable": True}]
        )
        lake.crawl()

        estate.run()

        assert columns_of(estate.node("s3://lake/delta/sales")) == ["Id", "City"]
        assert columns_of(estate.node(estate.arn("sales"))) == ["id", "city"]

    @staticmethod
    def sources(estate: Any, activity: Any) -> list[str]:
        """Return the inputs of the event that was posted for a table."""
        identifier = activity["lineageSummary"]["eventId"]
        event = json.loads(estate.call("get_lineage_event", identifier=identifier)["event"].read())
        return [f"{each['namespace']}/{each['name']}" for each in event["inputs"]]
