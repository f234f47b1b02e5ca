"""What crawls of databases change in the catalog."""

from __future__ import annotations

from dataclasses import replace

from airflow_lineage_provider.local_aws.engine.databases import DatabaseColumn, DatabaseTable
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.jdbc_path import JdbcPath
from airflow_lineage_provider.local_aws.engine.jdbc_target import JdbcTarget, crawl_jdbc
from airflow_lineage_provider.local_aws.engine.naming import hashed_table_name
from tests.unit.local_aws.engine.memory_reader import MemoryDatabase
from tests.unit.local_aws.engine.planning import FIRST, applied, plan


class TestTablesOfDatabases:
    """Tables that lie at a place of a server, behind a connection."""

    @staticmethod
    def table(connection: str, *columns: str) -> FoundTable:
        database = MemoryDatabase(
            DatabaseTable("public", "orders", tuple(DatabaseColumn(name, "int4") for name in columns))
        )
        path = JdbcPath.parse("shop/public/%", has_schemas=True)
        (table,) = crawl_jdbc(database, JdbcTarget(connection, "postgresql", path))
        return table

    def test_of_two_connections_are_two_tables(self) -> None:
        made = plan([self.table("one", "a"), self.table("two", "a")], stamp=FIRST)

        hashed = hashed_table_name("shop_public_orders", "shop.public.orders")
        assert made.tables == ("shop_public_orders", hashed)

    def test_of_two_connections_stay_apart(self) -> None:
        tables = [self.table("one", "a"), self.table("two", "a")]
        catalog = applied([], plan(tables, stamp=FIRST).writes)

        again = plan([self.table("two", "a", "b"), self.table("one", "a")], catalog)

        assert [(write.action, write.table) for write in again.writes] == [
            ("UPDATE", hashed_table_name("shop_public_orders", "shop.public.orders")),
            ("TOUCH", "shop_public_orders"),
        ]

    def test_change_with_their_comments(self) -> None:
        catalog = applied([], plan([self.table("one", "a")], stamp=FIRST).writes)
        described = replace(self.table("one", "a"), description="all orders")

        (write,) = plan([described], catalog).writes

        assert (write.action, write.definition["Description"]) == ("UPDATE", "all orders")
