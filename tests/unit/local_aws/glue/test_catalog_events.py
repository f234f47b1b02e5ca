from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.glue.tables import CatalogTable
from tests.unit.local_aws.glue.conftest import GlueWorld

ARN = "arn:aws:glue:us-east-1:123456789012"
DATABASE_CHANGE = "Glue Data Catalog Database State Change"
TABLE_CHANGE = "Glue Data Catalog Table State Change"
KEYS = [{"Name": "file", "Type": "string"}, {"Name": "dir", "Type": "string"}]


@pytest.fixture
def table(world: GlueWorld) -> CatalogTable:
    """A table ``t1`` with two partition keys in the database ``d1``."""
    world.backend.create_database("d1", {"Name": "d1"})
    return world.backend.create_table("d1", "t1", {"Name": "t1", "PartitionKeys": KEYS})


def details(world: GlueWorld) -> list[Any]:
    return [event["detail"] for event in world.events()]


def inputs(*values: str) -> list[dict[str, Any]]:
    return [{"Values": [value, "dir"]} for value in values]


class TestDatabases:
    def test_come_and_go(self, world: GlueWorld) -> None:
        world.listen(DATABASE_CHANGE)

        world.backend.create_database("D1", {"Name": "D1"})
        world.backend.delete_database("D1")

        assert details(world) == [
            {"databaseName": "d1", "typeOfChange": "CreateDatabase", "changedTables": []},
            {"databaseName": "d1", "typeOfChange": "DeleteDatabase", "changedTables": []},
        ]
        assert world.events()[0]["resources"] == [f"{ARN}:database/d1"]


class TestTables:
    def test_come_and_go(self, world: GlueWorld, table: CatalogTable) -> None:
        world.listen(DATABASE_CHANGE)

        world.backend.create_table("d1", "T2", {"Name": "T2"})
        world.backend.delete_table("d1", "T1")

        assert details(world) == [
            {"databaseName": "d1", "typeOfChange": "CreateTable", "changedTables": ["t2"]},
            {"databaseName": "d1", "typeOfChange": "DeleteTable", "changedTables": ["t1"]},
        ]
        assert world.events()[0]["resources"] == [f"{ARN}:table/d1/t2"]

    def test_that_go_together_are_a_hundred_in_one_event(self, world: GlueWorld, table: CatalogTable) -> None:
        names = [f"n{number:03}" for number in range(101)]
        for name in names:
            world.backend.create_table("d1", name, {"Name": name})
        world.listen(DATABASE_CHANGE)

        errors = world.backend.batch_delete_table("d1", [*names, "nobody"])

        first, second = world.events()
        assert [error["TableName"] for error in errors] == ["nobody"]
        assert (first["detail"]["typeOfChange"], first["detail"]["changedTables"]) == (
            "BatchDeleteTable",
            names[:100],
        )
        assert (second["detail"]["changedTables"], second["resources"]) == (
            names[100:],
            [f"{ARN}:table/d1/n100"],
        )

    def test_are_updated(self, world: GlueWorld, table: CatalogTable) -> None:
        world.listen(TABLE_CHANGE)

        world.backend.change_table("d1", {"Name": "t1", "PartitionKeys": KEYS})

        (event,) = world.events()
        assert event["resources"] == [f"{ARN}:table/d1/t1"]
        assert event["detail"] == {
            "databaseName": "d1",
            "changedPartitions": [],
            "typeOfChange": "UpdateTable",
            "tableName": "t1",
        }


class TestPartitions:
    def test_that_come_together_are_one_event(self, world: GlueWorld, table: CatalogTable) -> None:
        world.listen(TABLE_CHANGE)

        world.backend.batch_create_partition(
            "d1", "t1", [{"Values": ["C.pdf", "dir3"]}, {"Values": ["D.doc", "dir4"]}]
        )

        assert details(world) == [
            {
                "databaseName": "d1",
                "changedPartitions": ["[C.pdf, dir3]", "[D.doc, dir4]"],
                "typeOfChange": "BatchCreatePartition",
                "tableName": "t1",
            }
        ]

    def test_are_named_by_the_operation_that_changed_them(
        self, world: GlueWorld, table: CatalogTable
    ) -> None:
        world.listen(TABLE_CHANGE)
        (one,), (two,) = inputs("1"), inputs("2")

        world.backend.create_partition("d1", "t1", one)
        world.backend.update_partition("d1", "t1", two, one["Values"])
        world.backend.delete_partition("d1", "t1", two["Values"])
        world.backend.batch_create_partition("d1", "t1", inputs("3"))
        entry = {"PartitionValueList": ["3", "dir"], "PartitionInput": inputs("3")[0]}
        world.backend.batch_update_partition("d1", "t1", [entry])
        world.backend.batch_delete_partition("d1", "t1", inputs("3"))

        assert [(detail["typeOfChange"], detail["changedPartitions"]) for detail in details(world)] == [
            ("CreatePartition", ["[1, dir]"]),
            ("UpdatePartition", ["[1, dir]"]),
            ("DeletePartition", ["[2, dir]"]),
            ("BatchCreatePartition", ["[3, dir]"]),
            ("BatchUpdatePartition", ["[3, dir]"]),
            ("BatchDeletePartition", ["[3, dir]"]),
        ]

    def test_that_are_refused_are_in_the_answer_and_not_in_the_event(
        self, world: GlueWorld, table: CatalogTable
    ) -> None:
        world.backend.batch_create_partition("d1", "t1", inputs("1"))
        world.listen(TABLE_CHANGE)

        errors = world.backend.batch_create_partition("d1", "t1", [*inputs("1", "2"), {"Values": ["3"]}])

        assert [(error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
            (["1", "dir"], "AlreadyExistsException"),
            (["3"], "InvalidInputException"),
        ]
        assert [detail["changedPartitions"] for detail in details(world)] == [["[2, dir]"]]

    def test_that_all_are_refused_have_no_event(self, world: GlueWorld, table: CatalogTable) -> None:
        world.listen(TABLE_CHANGE)

        errors = world.backend.batch_delete_partition("d1", "t1", inputs("1"))

        assert [error["ErrorDetail"]["ErrorCode"] for error in errors] == ["EntityNotFoundException"]
        assert world.events() == []


class TestCrawls:
    def test_tell_of_the_tables_they_make(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler()
        world.listen(DATABASE_CHANGE)

        world.crawl()

        assert [(detail["typeOfChange"], detail["changedTables"]) for detail in details(world)] == [
            ("CreateDatabase", []),
            ("CreateTable", ["data"]),
        ]

    def test_tell_of_partitions_a_hundred_at_a_time(self, world: GlueWorld) -> None:
        for day in range(130):
            world.put_object(f"data/day={day:03}/1.json", '{"a":1}')
        world.make_crawler()
        world.listen(TABLE_CHANGE)

        world.crawl()

        assert [(detail["typeOfChange"], len(detail["changedPartitions"])) for detail in details(world)] == [
            ("BatchCreatePartition", 100),
            ("BatchCreatePartition", 30),
        ]

    def test_that_change_nothing_tell_of_nothing(self, world: GlueWorld) -> None:
        world.put_object("data/day=1/1.json", '{"a":1}')
        world.make_crawler()
        world.crawl()
        world.listen(TABLE_CHANGE)

        world.crawl()

        assert world.events() == []
