from __future__ import annotations

from typing import Any

import pytest
from moto.glue.exceptions import (
    PartitionAlreadyExistsException,
    PartitionNotFoundException,
    TableNotFoundException,
    VersionNotFoundException,
)

from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    AlreadyExistsError,
    ConcurrentModificationError,
    EntityNotFoundError,
    InvalidInputError,
)
from airflow_lineage_provider.local_aws.services.glue.tables import CatalogTable
from tests.unit.local_aws.glue.conftest import GlueWorld

KEYS = [{"Name": "year", "Type": "string"}, {"Name": "month", "Type": "string"}]


@pytest.fixture
def table(world: GlueWorld) -> CatalogTable:
    """A table ``Sales`` in the database ``Lab``."""
    world.backend.create_database("Lab", {"Name": "Lab"})
    return world.backend.create_table("Lab", "Sales", {"Name": "Sales", "PartitionKeys": KEYS})


def change(world: GlueWorld, description: str, **options: Any) -> None:
    world.backend.change_table("lab", {"Name": "sales", "Description": description}, **options)


class TestNames:
    @pytest.mark.parametrize("database, name", [("lab", "sales"), ("LAB", "SALES"), ("Lab", "Sales")])
    def test_are_found_in_any_case(
        self, world: GlueWorld, table: CatalogTable, database: str, name: str
    ) -> None:
        assert world.backend.get_table(database, name) is table

    def test_are_kept_in_lower_case(self, table: CatalogTable) -> None:
        shown = table.as_dict()

        assert (shown["DatabaseName"], shown["Name"]) == ("lab", "sales")

    def test_are_taken_in_any_case(self, world: GlueWorld, table: CatalogTable) -> None:
        with pytest.raises(AlreadyExistsError, match="Table already exists"):
            world.backend.create_table("lab", "SALES", {"Name": "SALES"})

    def test_are_deleted_in_any_case(self, world: GlueWorld, table: CatalogTable) -> None:
        world.backend.delete_table("LAB", "SALES")

        with pytest.raises(TableNotFoundException):
            world.backend.get_table("lab", "sales")


class TestVersions:
    def test_begin_with_zero(self, table: CatalogTable) -> None:
        shown = table.as_dict()

        assert shown["VersionId"] == "0"
        assert shown["UpdateTime"] == shown["CreateTime"]

    def test_grow_and_keep_what_was(self, world: GlueWorld, table: CatalogTable) -> None:
        change(world, "second")

        assert table.as_dict()["VersionId"] == "1"
        assert table.as_dict()["Description"] == "second"
        assert "Description" not in table.as_dict("0")

    def test_before_are_dropped_when_the_archive_is_skipped(
        self, world: GlueWorld, table: CatalogTable
    ) -> None:
        change(world, "second", skip_archive=True)

        assert list(table.versions) == ["1"]
        with pytest.raises(VersionNotFoundException):
            table.as_dict("0")

    def test_that_were_expected_and_are_gone_are_a_conflict(
        self, world: GlueWorld, table: CatalogTable
    ) -> None:
        change(world, "second", expected_version="0")

        with pytest.raises(ConcurrentModificationError):
            change(world, "third", expected_version="0")

    def test_that_are_unknown_cannot_be_deleted(self, table: CatalogTable) -> None:
        with pytest.raises(VersionNotFoundException):
            table.delete_version("7")

    def test_that_are_current_cannot_be_deleted(self, table: CatalogTable) -> None:
        with pytest.raises(InvalidInputError):
            table.delete_version("0")

    def test_stay_when_a_definition_is_put_in_place(self, table: CatalogTable) -> None:
        before = table.as_dict()

        table.put_in_place({"Name": "Sales", "Description": "touched"})

        after = table.as_dict()
        assert (after["VersionId"], after["UpdateTime"]) == ("0", before["UpdateTime"])
        assert (after["Name"], after["Description"]) == ("sales", "touched")


class TestMembers:
    def test_are_those_of_aws(self, table: CatalogTable) -> None:
        shown = table.as_dict()

        assert shown["CreatedBy"] == "arn:aws:sts::123456789012:user/moto"
        assert shown["IsRegisteredWithLakeFormation"] is False
        assert shown["CatalogId"] == "123456789012"
        assert shown["Retention"] == 0


class TestPartitions:
    def test_need_a_value_per_key(self, table: CatalogTable) -> None:
        with pytest.raises(InvalidInputError, match="number of partition keys"):
            table.create_partition({"Values": ["2025"]})

    def test_are_replaced_in_place(self, table: CatalogTable) -> None:
        table.create_partition({"Values": ["2025", "06"]})
        (created,) = [partition.as_dict()["CreationTime"] for partition in table.partitions.values()]

        table.replace_partition(["2025", "06"], {"Parameters": {"a": "b"}})

        (partition,) = table.get_partitions("")
        assert partition.as_dict()["Parameters"] == {"a": "b"}
        assert (partition.as_dict()["Values"], partition.as_dict()["CreationTime"]) == (
            ["2025", "06"],
            created,
        )

    def test_can_take_other_values(self, table: CatalogTable) -> None:
        table.create_partition({"Values": ["2025", "06"]})

        table.replace_partition(["2025", "06"], {"Values": ["2025", "07"]})

        assert [partition["Values"] for partition in table.entry().partitions] == [["2025", "07"]]

    def test_cannot_take_the_values_of_another(self, table: CatalogTable) -> None:
        table.create_partition({"Values": ["2025", "06"]})
        table.create_partition({"Values": ["2025", "07"]})

        with pytest.raises(PartitionAlreadyExistsException):
            table.replace_partition(["2025", "06"], {"Values": ["2025", "07"]})

    def test_that_are_not_there_cannot_be_replaced(self, table: CatalogTable) -> None:
        with pytest.raises(PartitionNotFoundException):
            table.replace_partition(["2025", "06"], {"Values": ["2025", "06"]})


class TestIndexes:
    def test_are_described(self, table: CatalogTable) -> None:
        table.create_index("by_year", ["year"])

        assert table.describe_indexes() == [
            {"IndexName": "by_year", "Keys": [{"Name": "year", "Type": "string"}], "IndexStatus": "ACTIVE"}
        ]

    def test_are_three_at_most(self, table: CatalogTable) -> None:
        for name in ("a", "b", "c"):
            table.create_index(name, ["year"])

        with pytest.raises(InvalidInputError, match="at most 3"):
            table.create_index("d", ["year"])

    def test_are_over_partition_keys_only(self, table: CatalogTable) -> None:
        with pytest.raises(InvalidInputError, match="day"):
            table.create_index("by_day", ["day"])

    def test_have_names_of_their_own(self, table: CatalogTable) -> None:
        table.create_index("a", ["year"])

        with pytest.raises(AlreadyExistsError):
            table.create_index("a", ["month"])

    def test_are_deleted_by_name(self, table: CatalogTable) -> None:
        table.create_index("a", ["year"])
        table.delete_index("a")

        with pytest.raises(EntityNotFoundError):
            table.delete_index("a")
