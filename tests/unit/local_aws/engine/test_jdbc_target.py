from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.engine.databases import DatabaseColumn, DatabaseTable
from airflow_lineage_provider.local_aws.engine.definitions import Stamp, table_input
from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError, InvalidIncludePathError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.jdbc_path import JdbcPath
from airflow_lineage_provider.local_aws.engine.jdbc_target import JdbcTarget, crawl_jdbc
from airflow_lineage_provider.local_aws.engine.naming import table_name
from tests.unit.local_aws.engine.memory_reader import MemoryDatabase

_COLUMNS = (
    DatabaseColumn("Id", "int4", "integer", "the key"),
    DatabaseColumn("amount", "numeric(10,2)", "money_amount"),
)
_TABLES = (
    DatabaseTable("audit", "orders", _COLUMNS),
    DatabaseTable("public", "Orders", _COLUMNS, comment="all orders"),
    DatabaseTable("public", "order_lines", _COLUMNS, is_view=True),
    DatabaseTable("public", "tmp_orders", _COLUMNS),
)


def crawl(path: str, *tables: DatabaseTable, engine: str = "postgresql", **members: Any) -> list[FoundTable]:
    parsed = JdbcPath.parse(path, has_schemas=engine == "postgresql")
    database = MemoryDatabase(*(tables or _TABLES))
    return crawl_jdbc(database, JdbcTarget("pg", engine, parsed, **members))


def locations(path: str, *exclusions: str) -> list[str]:
    return [table.location for table in crawl(path, exclusions=exclusions)]


def written(table: FoundTable) -> dict[str, Any]:
    stamp = Stamp("crawler", "crawl", datetime(2025, 6, 4, tzinfo=UTC))
    return table_input(table, table_name(table.base_name), stamp, indexed=True)


class TestPath:
    @pytest.mark.parametrize(
        "path, expected",
        [
            pytest.param("shop/public/Orders", ["public.Orders"], id="6.2 one table"),
            pytest.param("shop/public/orders", [], id="6.2 case matters"),
            pytest.param(
                "shop/public/%",
                ["public.Orders", "public.order_lines", "public.tmp_orders"],
                id="6.2 a schema",
            ),
            pytest.param("shop/%/orders", ["audit.orders"], id="6.2 any schema"),
            pytest.param(
                "shop/%",
                ["audit.orders", "public.Orders", "public.order_lines", "public.tmp_orders"],
                id="what is left out is %",
            ),
            pytest.param("shop/public/%_orders", ["public.tmp_orders"], id="% within a name"),
            pytest.param("shop/public/order_line", [], id="an underscore stands for itself"),
        ],
    )
    def test_chooses_the_tables(self, path: str, expected: list[str]) -> None:
        assert locations(path) == [f"shop.{name}" for name in expected]

    @pytest.mark.parametrize(
        "path", ["", "shop", "shop/", "/public/%", "%/public/%", "shop//orders", "shop/public/orders/more"]
    )
    def test_of_another_shape_is_refused(self, path: str) -> None:
        with pytest.raises(InvalidIncludePathError, match="database/schema/table"):
            JdbcPath.parse(path, has_schemas=True)

    @pytest.mark.parametrize("path", ["shop", "shop/public/orders", "%/orders"])
    def test_has_no_schema_where_the_engine_has_none(self, path: str) -> None:
        with pytest.raises(InvalidIncludePathError, match="database/table"):
            JdbcPath.parse(path, has_schemas=False)

    @pytest.mark.parametrize(
        "path, location, expected",
        [
            ("shop/public/%", "shop.public.orders", True),
            ("shop/public/%", "shop.public.a.b", True),
            ("shop/public/%", "shop.audit.orders", False),
            ("shop/public/%", "shopping.public.orders", False),
            ("shop/%", "shop.audit.orders", True),
            ("shop/public/orders", "shop.public.orders2", False),
        ],
    )
    def test_covers_the_locations_of_its_tables(self, path: str, location: str, expected: bool) -> None:
        assert JdbcPath.parse(path, has_schemas=True).covers(location) is expected

    def test_covers_tables_without_schemas(self) -> None:
        path = JdbcPath.parse("shop/%", has_schemas=False)

        assert path.covers("shop.orders")
        assert not path.covers("other.orders")


class TestExclusions:
    @pytest.mark.parametrize(
        "path, pattern, expected",
        [
            pytest.param("shop/public/%", "tmp_*", ["public.Orders", "public.order_lines"], id="6.2 globs"),
            pytest.param("shop/public/%", "{Orders,tmp_*}", ["public.order_lines"], id="alternatives"),
            pytest.param("shop/%", "public/**", ["audit.orders"], id="relative to the first %"),
            pytest.param(
                "shop/%", "tmp_orders", ["audit.orders", "public.Orders", "public.order_lines"], id="by table"
            ),
        ],
    )
    def test_leave_tables_out(self, path: str, pattern: str, expected: list[str]) -> None:
        assert locations(path, pattern) == [f"shop.{name}" for name in expected]


class TestTable:
    def test_is_worded_as_glue_words_it(self) -> None:
        (table,) = crawl("shop/public/Orders")

        definition = written(table)

        assert definition["Name"] == "shop_public_orders"
        assert definition["StorageDescriptor"] == {
            "Columns": [{"Name": "id", "Type": "int"}, {"Name": "amount", "Type": "decimal(10,2)"}],
            "Location": "shop.public.Orders",
            "Compressed": False,
            "NumberOfBuckets": -1,
            "SerdeInfo": {"Parameters": {}},
            "BucketColumns": [],
            "SortColumns": [],
            "StoredAsSubDirectories": False,
            "Parameters": definition["Parameters"],
        }
        assert definition["Parameters"] == {
            "CRAWL_RUN_ID": "crawl",
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": "crawler",
            "classification": "postgresql",
            "compressionType": "none",
            "connectionName": "pg",
            "typeOfData": "table",
        }
        assert "Description" not in definition

    def test_of_a_view_says_so(self) -> None:
        (view,) = crawl("shop/public/order_lines")

        assert written(view)["Parameters"]["typeOfData"] == "view"

    def test_without_a_schema_has_a_shorter_name(self) -> None:
        (table,) = crawl("shop/%", DatabaseTable("", "Orders", _COLUMNS), engine="mysql")

        assert (table.base_name, table.location) == ("shop_Orders", "shop.Orders")
        assert table.classification == "mysql"

    def test_has_comments_where_they_are_asked_for(self) -> None:
        (table,) = crawl("shop/public/Orders", metadata=frozenset({"COMMENTS"}))

        definition = written(table)

        assert definition["Description"] == "all orders"
        assert definition["StorageDescriptor"]["Columns"] == [
            {"Name": "id", "Type": "int", "Comment": "the key"},
            {"Name": "amount", "Type": "decimal(10,2)"},
        ]

    def test_has_native_types_where_they_are_asked_for(self) -> None:
        (table,) = crawl("shop/public/Orders", metadata=frozenset({"RAWTYPES"}))

        columns = written(table)["StorageDescriptor"]["Columns"]

        assert [column["Parameters"] for column in columns] == [
            {"rawType": "integer"},
            {"rawType": "money_amount"},
        ]

    def test_is_not_read_on_when_the_crawl_is_cancelled(self) -> None:
        target = JdbcTarget("pg", "postgresql", JdbcPath.parse("shop/%", has_schemas=True))

        with pytest.raises(CrawlCancelledError):
            crawl_jdbc(MemoryDatabase(*_TABLES), target, cancelled=lambda: True)
