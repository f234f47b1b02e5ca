from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.engine.catalog_target import (
    CatalogSources,
    crawl_catalog_table,
    source_kind,
)
from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.errors import TableUnsupportedError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry
from airflow_lineage_provider.local_aws.engine.schema import columns_of
from tests.unit.local_aws.engine.delta_tables import ID, commit, log
from tests.unit.local_aws.engine.memory_reader import MemoryItems, MemoryObjects

ORDER = '{"id":1}'
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"
LEVEL = '{"Version":1.0,"Grouping":{"TableLevelConfiguration":4}}'


def entry(location: str = "s3://bucket/data/", keys: tuple[str, ...] = (), **parameters: str) -> CatalogEntry:
    definition: dict[str, Any] = {
        "Name": "made_by_hand",
        "StorageDescriptor": {"Location": location},
        "PartitionKeys": [{"Name": key, "Type": "int", "Comment": "by hand"} for key in keys],
        "Parameters": parameters,
    }
    return CatalogEntry("made_by_hand", definition)


def crawl(
    table: CatalogEntry, objects: Mapping[str, str | bytes] | None = None, configuration: str = ""
) -> FoundTable | None:
    sources = CatalogSources(
        objects=MemoryObjects(objects or {}),
        items=MemoryItems({"user_id": {"S": "u"}, "total": {"N": "1"}}),
        configuration=CrawlerConfiguration.parse(configuration),
    )
    return crawl_catalog_table(table, "lab", sources).table


def found(
    table: CatalogEntry, objects: Mapping[str, str | bytes] | None = None, configuration: str = ""
) -> FoundTable:
    result = crawl(table, objects, configuration)
    assert result is not None
    return result


class TestSourceKind:
    @pytest.mark.parametrize(
        "table, kind",
        [
            (entry(), "s3"),
            (entry(ARN), "dynamodb"),
            (entry(table_type="DELTA"), "delta"),
            (entry(table_type="ICEBERG"), None),
            (entry("db.public.orders"), None),
            (entry(""), None),
        ],
    )
    def test_is_told_by_location_and_table_type(self, table: CatalogEntry, kind: str | None) -> None:
        assert source_kind(table) == kind

    def test_that_is_not_crawled_is_refused(self) -> None:
        with pytest.raises(TableUnsupportedError, match=r"The table at db\.public\.orders is not supported"):
            crawl(entry("db.public.orders"))

    def test_that_is_not_even_known_is_refused_by_name(self) -> None:
        with pytest.raises(TableUnsupportedError, match=r"The table at lab\.made_by_hand is not supported"):
            crawl(entry(""))


class TestFiles:
    def test_are_the_catalogs_table_whatever_the_folder_is_called(self) -> None:
        table = found(entry(), {"data/1.json": ORDER})

        assert table.catalog_table == ("lab", "made_by_hand")
        assert (table.location, columns_of(table.record)[0]) == ("s3://bucket/data/", (("id", "int"),))

    def test_keep_the_location_as_the_catalog_writes_it(self) -> None:
        assert found(entry("s3://bucket/data"), {"data/1.json": ORDER}).location == "s3://bucket/data"

    def test_are_one_table_although_their_schemas_differ(self) -> None:
        objects = {"data/year=1/a.json": '{"a":1,"b":1}', "data/year=2/b.json": '{"c":1,"d":1}'}

        table = found(entry(keys=("year",)), objects)

        assert [name for name, _ in columns_of(table.record)[0]] == ["a", "b", "c", "d"]
        assert [partition.values for partition in table.partitions] == [("1",), ("2",)]

    def test_take_the_catalogs_partition_keys(self) -> None:
        table = found(entry(keys=("jahr",)), {"data/2024/1.json": ORDER, "data/2025/1.json": ORDER})

        assert (table.partition_keys, dict(table.partition_types)) == (("jahr",), {"jahr": "int"})
        assert table.column_members == {"jahr": {"Comment": "by hand"}}
        assert [partition.values for partition in table.partitions] == [("2024",), ("2025",)]

    def test_have_no_partitions_in_a_table_without_keys(self) -> None:
        table = found(entry(), {"data/year=1/1.json": ORDER, "data/year=2/1.json": ORDER})

        assert (table.partition_keys, table.partitions) == ((), ())

    def test_lie_at_the_tables_location_whatever_the_table_level(self) -> None:
        objects = {"data/a/b/1.json": ORDER, "data/c/d/1.json": ORDER}

        assert found(entry(keys=("x", "y")), objects, LEVEL).location == "s3://bucket/data/"

    def test_of_another_classification_are_not_the_tables(self) -> None:
        assert crawl(entry(classification="parquet"), {"data/1.json": ORDER}) is None

    def test_of_the_tables_classification_are_chosen_among_others(self) -> None:
        objects = {"data/1.json": ORDER, "data/2.json": ORDER, "data/1.csv": "a,b\n1,x\n2,y\n"}

        assert found(entry(classification="csv"), objects).classification == "csv"

    def test_that_nothing_recognises_are_not_the_tables(self) -> None:
        assert crawl(entry(), {"data/1.bin": b"\x00\x01\x02"}) is None

    def test_that_are_gone_are_none(self) -> None:
        assert crawl(entry(), {"data2/1.json": ORDER}) is None


class TestItems:
    def test_give_the_table_its_columns(self) -> None:
        table = found(entry(ARN))

        assert table.catalog_table == ("lab", "made_by_hand")
        assert columns_of(table.record)[0] == (("user_id", "string"), ("total", "bigint"))

    @pytest.mark.parametrize(
        "arn",
        [
            "arn:aws:dynamodb:us-east-1:123456789012:table/Gone",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders",
        ],
    )
    def test_of_another_table_are_not_the_tables(self, arn: str) -> None:
        assert crawl(entry(arn)) is None


class TestDeltaLog:
    def test_gives_columns_and_keys_of_its_own(self) -> None:
        note = {"name": "note", "type": "string", "nullable": True, "metadata": {}}
        objects = log(commit([ID, note], partition_columns=["note"]), table="data")

        table = found(entry(table_type="DELTA"), objects)

        assert (columns_of(table.record)[0], table.partition_keys) == ((("id", "bigint"),), ("note",))

    def test_that_is_not_there_gives_none(self) -> None:
        assert crawl(entry(table_type="delta"), {"data/1.json": ORDER}) is None
