"""Crawls of tables that are in the catalog: they are kept up to date and never made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from tests.unit.local_aws.engine.delta_tables import ID, commit, log
from tests.unit.local_aws.glue.conftest import GlueWorld

TARGETS = {"CatalogTargets": [{"DatabaseName": "own", "Tables": ["Sales"]}]}
YEAR = {"Name": "year", "Type": "int"}


def make_table(
    world: GlueWorld,
    name: str = "sales",
    location: str = "s3://lake/data/",
    keys: tuple[dict[str, str], ...] = (),
    **parameters: str,
) -> None:
    """Make a table by hand, as DDL would."""
    if "own" not in world.backend.databases:
        world.backend.create_database("own", {"Name": "own"})
    definition = {
        "Name": name,
        "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "string"}], "Location": location},
        "PartitionKeys": list(keys),
        "Parameters": parameters,
    }
    world.backend.create_table("own", name, definition)


def columns(table: dict[str, Any]) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}


class TestCrawl:
    def test_updates_the_table_and_adds_partitions(self, world: GlueWorld) -> None:
        make_table(world, keys=(YEAR,))
        world.put_object("data/year=2025/1.json", '{"id":1,"price":2.5}')
        world.make_crawler(Targets=TARGETS)

        crawl = world.crawl()

        table = world.table("sales", "own")
        assert (table["VersionId"], columns(table)) == ("1", {"id": "int", "price": "double"})
        assert table["PartitionKeys"] == [YEAR]
        assert table["Parameters"]["UPDATED_BY_CRAWLER"] == "crawler"
        assert table["Parameters"]["CRAWL_RUN_ID"] == crawl["CrawlId"]
        summary = json.loads(crawl["Summary"])
        assert json.loads(summary["TABLE"]["UPDATE"])["Details"]["names"] == ["sales"]
        assert json.loads(summary["PARTITION"]["ADD"])["Details"]["names"] == ["sales/year=2025"]

    def test_that_finds_nothing_new_leaves_the_version(self, world: GlueWorld) -> None:
        make_table(world, keys=(YEAR,))
        world.put_object("data/year=2025/1.json", '{"id":1}')
        world.make_crawler(Targets=TARGETS)
        world.crawl()

        crawl = world.crawl()

        table = world.table("sales", "own")
        assert (table["VersionId"], "Summary" in crawl) == ("1", False)
        assert table["Parameters"]["CRAWL_RUN_ID"] == crawl["CrawlId"]

    def test_makes_neither_tables_nor_databases(self, world: GlueWorld) -> None:
        make_table(world, classification="json")
        world.put_object("data/1.json", '{"id":1}')
        world.put_object("data/2.csv", "a,b\n1,x\n2,y\n")
        world.make_crawler(Targets=TARGETS, DatabaseName="")

        world.crawl()

        assert list(world.backend.databases) == ["own"]
        assert [table.name for table in world.backend.tables_of("own")] == ["sales"]

    def test_does_not_make_a_table_again_that_was_dropped(self, world: GlueWorld) -> None:
        make_table(world)
        world.put_object("data/1.json", '{"id":1}')
        world.make_crawler(Targets=TARGETS)
        world.backend.delete_table("own", "sales")

        crawl = world.crawl()

        assert (crawl["State"], world.backend.tables_of("own")) == ("COMPLETED", [])
        assert any("Table own.sales is not in the catalog" in line for line in world.log())

    def test_does_nothing_for_a_database_that_was_dropped(self, world: GlueWorld) -> None:
        make_table(world)
        world.make_crawler(Targets=TARGETS)
        world.backend.delete_database("own")

        assert (world.crawl()["State"], list(world.backend.databases)) == ("COMPLETED", [])

    def test_leaves_table_and_partitions_whose_data_is_gone(self, world: GlueWorld) -> None:
        make_table(world, keys=(YEAR,))
        world.put_object("data/year=2024/1.json", '{"id":1}')
        world.put_object("data/year=2025/1.json", '{"id":1}')
        world.make_crawler(Targets=TARGETS)
        world.crawl()
        world.delete_object("data/year=2024/1.json")
        world.crawl()
        world.delete_object("data/year=2025/1.json")

        world.crawl()

        table = world.table("sales", "own")
        assert (table["VersionId"], "DEPRECATED_BY_CRAWLER" in table["Parameters"]) == ("1", False)
        assert len(world.backend.get_partitions("own", "sales", "")) == 2
        assert any("Table own.sales has no data of its kind" in line for line in world.log())

    def test_leaves_the_other_tables_of_the_database(self, world: GlueWorld) -> None:
        make_table(world)
        make_table(world, "others", "s3://lake/others/", UPDATED_BY_CRAWLER="crawler")
        world.put_object("data/1.json", '{"id":1}')
        world.make_crawler(Targets=TARGETS)

        world.crawl()

        assert world.table("others", "own")["VersionId"] == "0"

    def test_only_logs_changes_when_told_to(self, world: GlueWorld) -> None:
        make_table(world)
        world.put_object("data/1.json", '{"id":1}')
        world.make_crawler(
            Targets=TARGETS, SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
        )

        world.crawl()

        assert columns(world.table("sales", "own")) == {"id": "string"}

    def test_reads_dynamodb_and_delta_tables_of_several_databases(self, world: GlueWorld) -> None:
        make_table(world, location="arn:aws:dynamodb:us-east-1:123456789012:table/Orders")
        world.backend.create_database("lake", {"Name": "lake"})
        definition = {
            "StorageDescriptor": {"Columns": [], "Location": "s3://lake/orders"},
            "Parameters": {"table_type": "DELTA"},
        }
        world.backend.create_table("lake", "delta_orders", definition)
        world.make_table()
        world.put_item({"id": {"S": "1"}, "total": {"N": "1"}})
        for key, content in log(commit([ID])).items():
            world.put_object(key, content)
        lake = {"DatabaseName": "Lake", "Tables": ["delta_orders"]}
        world.make_crawler(Targets={"CatalogTargets": [*TARGETS["CatalogTargets"], lake]})

        world.crawl()

        assert columns(world.table("sales", "own")) == {"id": "string", "total": "bigint"}
        assert columns(world.table("delta_orders", "lake")) == {"id": "bigint"}
        assert world.table("delta_orders", "lake")["StorageDescriptor"]["Location"] == "s3://lake/orders"


class TestDefaults:
    def test_are_what_catalog_targets_force(self, world: GlueWorld) -> None:
        make_table(world)
        world.make_crawler(Targets=TARGETS)

        described = world.store.describe("crawler")

        assert described["SchemaChangePolicy"] == {
            "UpdateBehavior": "UPDATE_IN_DATABASE",
            "DeleteBehavior": "LOG",
        }
        assert json.loads(described["Configuration"]) == {
            "Version": 1.0,
            "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
        }

    def test_come_with_an_update_to_catalog_targets(self, world: GlueWorld) -> None:
        make_table(world)
        world.make_crawler()

        world.store.update({"Name": "crawler", "Targets": TARGETS})

        assert world.store.describe("crawler")["SchemaChangePolicy"]["DeleteBehavior"] == "LOG"

    def test_leave_a_configuration_that_is_given(self, world: GlueWorld) -> None:
        make_table(world)
        given = '{"Version":1.0,"CreatePartitionIndex":false}'
        world.make_crawler(Targets=TARGETS, Configuration=given)

        assert world.store.describe("crawler")["Configuration"] == given


class TestRefusals:
    @pytest.mark.parametrize(
        "members, problem",
        [
            pytest.param(
                {"Targets": TARGETS | {"S3Targets": [{"Path": "s3://lake/"}]}},
                "Catalog targets cannot be mixed with targets of other kinds.",
                id="mixed",
            ),
            pytest.param(
                {"Targets": TARGETS, "SchemaChangePolicy": {"DeleteBehavior": "DEPRECATE_IN_DATABASE"}},
                "The SchemaChangePolicy for Catalog target can have only LOG DeleteBehavior value.",
                id="deprecates",
            ),
            pytest.param(
                {"Targets": TARGETS, "SchemaChangePolicy": {"DeleteBehavior": "DELETE_FROM_DATABASE"}},
                "can have only LOG DeleteBehavior value",
                id="deletes",
            ),
            pytest.param(
                {"Targets": {"CatalogTargets": [{"DatabaseName": "own", "Tables": ["gone"]}]}},
                "Table own.gone does not exist in the Data Catalog.",
                id="no table",
            ),
            pytest.param(
                {"Targets": {"CatalogTargets": [{"DatabaseName": "none", "Tables": ["sales"]}]}},
                "Table none.sales does not exist",
                id="no database",
            ),
            pytest.param(
                {"Targets": {"CatalogTargets": [{"DatabaseName": "own", "Tables": []}]}},
                "must have a database and at least one table",
                id="no tables named",
            ),
            pytest.param(
                {"Targets": {"CatalogTargets": [{"DatabaseName": "own", "Tables": ["jdbc"]}]}},
                "Table own.jdbc cannot be a catalog target",
                id="over a database",
            ),
            pytest.param(
                {
                    "Targets": {
                        "CatalogTargets": [
                            {"DatabaseName": "own", "Tables": ["sales"], "ConnectionName": "net"}
                        ]
                    }
                },
                "Unable to retrieve connection net",
                id="no connection",
            ),
        ],
    )
    def test_say_what_is_wrong(self, world: GlueWorld, members: dict[str, Any], problem: str) -> None:
        make_table(world)
        make_table(world, "jdbc", "db.public.orders")

        with pytest.raises(InvalidInputError) as raised:
            world.make_crawler(**members)

        assert problem in raised.value.message

    def test_hold_for_a_policy_that_comes_later(self, world: GlueWorld) -> None:
        make_table(world)
        world.make_crawler(Targets=TARGETS)
        policy = {"DeleteBehavior": "DEPRECATE_IN_DATABASE"}

        with pytest.raises(InvalidInputError, match="can have only LOG DeleteBehavior value"):
            world.store.update({"Name": "crawler", "SchemaChangePolicy": policy})
