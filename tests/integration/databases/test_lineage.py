"""From a database's table through crawl and import to the lineage that SageMaker Catalog shows."""

from __future__ import annotations

import pytest

from airflow_lineage_provider.hooks.crawl_lineage import gather_crawl_lineage
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.hooks.table_reader import TableReader
from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, columns_of, make_estate
from tests.integration.databases.conftest import Database
from tests.integration.databases.crawling import DatabaseCrawls


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    """A domain and a project whose data source imports lineage."""
    estate = make_estate(local_aws)
    estate.switch_lineage(on=True)
    return estate


def sources_of(estate: Estate, table: str) -> list[str]:
    """Return the source identifiers two edges upstream of a table: what its crawl read."""
    (run,) = estate.node(estate.arn(table))["upstreamNodes"]
    return estate.identifiers(estate.node(run["id"])["upstreamNodes"])


class TestLineage:
    def test_of_a_table_in_postgresql_begins_at_its_server(
        self, postgresql: Database, estate: Estate, crawls: DatabaseCrawls
    ) -> None:
        postgresql.run("CREATE TABLE orders (id int, amount numeric(10,2))")
        crawls.connect(f"jdbc:postgresql://{postgresql.address}/{postgresql.name}", postgresql.server)
        crawls.make_crawler({"Path": f"{postgresql.name}/public/%"}, DatabaseName=estate.database)
        crawls.crawl()

        run = estate.run()

        source = f"postgres://{postgresql.address}/{postgresql.name}.public.orders"
        assert run["lineageSummary"]["importStatus"] == "SUCCESS"
        assert sources_of(estate, f"{postgresql.name}_public_orders") == [source]
        assert columns_of(estate.node(source)) == ["id", "amount"]

    def test_follows_a_change_of_the_table(
        self, postgresql: Database, estate: Estate, crawls: DatabaseCrawls
    ) -> None:
        postgresql.run("CREATE TABLE orders (id int)")
        crawls.connect(f"jdbc:postgresql://{postgresql.address}/{postgresql.name}", postgresql.server)
        crawls.make_crawler({"Path": f"{postgresql.name}/public/%"}, DatabaseName=estate.database)
        crawls.crawl()
        estate.run()
        postgresql.run("ALTER TABLE orders ADD note text")
        crawls.crawl()

        estate.run()

        table = estate.node(estate.arn(f"{postgresql.name}_public_orders"))
        assert columns_of(table) == ["id", "note"]

    def test_of_a_table_in_mysql_begins_at_its_server(
        self, mariadb: Database, estate: Estate, crawls: DatabaseCrawls
    ) -> None:
        mariadb.run("CREATE TABLE orders (id int)")
        crawls.connect(f"jdbc:mysql://{mariadb.address}/{mariadb.name}", mariadb.server)
        crawls.make_crawler({"Path": f"{mariadb.name}/%"}, DatabaseName=estate.database)
        crawls.crawl()

        estate.run()

        source = f"mysql://{mariadb.address}/{mariadb.name}.orders"
        assert sources_of(estate, f"{mariadb.name}_orders") == [source]

    def test_of_a_collection_begins_at_its_server(
        self, mongodb: Database, estate: Estate, crawls: DatabaseCrawls
    ) -> None:
        mongodb.session["orders"].insert_one({"_id": 1})
        crawls.glue.create_connection(
            ConnectionInput={
                "Name": "db",
                "ConnectionType": "MONGODB",
                "ConnectionProperties": {
                    "CONNECTION_URL": f"mongodb://{mongodb.address}/{mongodb.name}?authSource=admin",
                    "USERNAME": mongodb.server.username,
                    "PASSWORD": mongodb.server.password,
                },
            }
        )
        targets = {"MongoDBTargets": [{"ConnectionName": "db", "Path": f"{mongodb.name}/orders"}]}
        crawls.glue.create_crawler(Name="c", Role="r", DatabaseName=estate.database, Targets=targets)
        crawls.crawl()

        estate.run()

        source = f"mongodb://{mongodb.address}/{mongodb.name}.orders"
        assert sources_of(estate, f"{mongodb.name}_orders") == [source]

    def test_is_the_same_for_airflow_and_for_the_catalog(
        self, postgresql: Database, estate: Estate, crawls: DatabaseCrawls
    ) -> None:
        postgresql.run("CREATE TABLE orders (id int)")
        crawls.connect(f"jdbc:postgresql://{postgresql.address}/{postgresql.name}", postgresql.server)
        crawls.make_crawler({"Path": f"{postgresql.name}/public/%"}, DatabaseName=estate.database)
        crawls.crawl()
        estate.run()
        name = f"{postgresql.name}_public_orders"
        changed = {"added": [f"{estate.database}.{name}"], "updated": [], "deleted": []}

        gathered = gather_crawl_lineage(
            TableReader(GlueCrawlHook(aws_conn_id=None, region_name="us-east-1")),
            {"crawler_name": "c", "tables": changed},
            region="us-east-1",
            partition="aws",
        )

        (table,) = gathered.tables
        assert table.source is not None
        assert table.table.source_identifier == estate.arn(name)
        assert [table.source.source_identifier] == sources_of(estate, name)

    def test_is_missing_when_the_connection_is_gone(
        self, postgresql: Database, estate: Estate, crawls: DatabaseCrawls
    ) -> None:
        postgresql.run("CREATE TABLE orders (id int)")
        crawls.connect(f"jdbc:postgresql://{postgresql.address}/{postgresql.name}", postgresql.server)
        crawls.make_crawler({"Path": f"{postgresql.name}/public/%"}, DatabaseName=estate.database)
        crawls.crawl()
        crawls.glue.delete_connection(ConnectionName="db")

        run = estate.run()

        (activity,) = estate.activities(run).values()
        assert activity["lineageSummary"]["eventStatus"] == "FAILED"
        assert "is not supported" in activity["lineageSummary"]["errorMessage"]
