from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.engine.plan import Write
from airflow_lineage_provider.local_aws.services.glue.writing import WriteRefusedError, apply_writes, log_text
from tests.unit.local_aws.glue.conftest import GlueWorld

ROLE = "arn:aws:sts::123456789012:assumed-role/role/AWS-Crawler"
TABLE = {"Name": "t", "PartitionKeys": [{"Name": "day", "Type": "string"}], "StorageDescriptor": {}}


def add_table() -> Write:
    return Write("TABLE", "ADD", "t", "t", TABLE)


def partition(action: str, day: str, **definition: Any) -> Write:
    return Write("PARTITION", action, "t", f"t/day={day}", {"Values": [day], **definition}, (day,))


def write(world: GlueWorld, *writes: Write) -> None:
    apply_writes(world.backend, "lab", writes, created_by=ROLE)


@pytest.fixture(autouse=True)
def database(world: GlueWorld) -> None:
    world.backend.create_database("lab", {"Name": "lab"})


def days(world: GlueWorld) -> list[str]:
    return [held["Values"][0] for held in world.backend.get_table("lab", "t").entry().partitions]


class TestApplyWrites:
    def test_does_all_of_them_in_their_order(self, world: GlueWorld) -> None:
        write(world, add_table(), partition("ADD", "1"), partition("ADD", "2"), partition("DELETE", "1"))

        assert days(world) == ["2"]
        assert world.table("t")["CreatedBy"] == ROLE

    def test_changes_partitions_also_without_telling(self, world: GlueWorld) -> None:
        write(world, add_table(), partition("ADD", "1"))

        write(world, partition("TOUCH", "1", Parameters={"a": "b"}))

        (held,) = world.backend.get_table("lab", "t").entry().partitions
        assert held["Parameters"] == {"a": "b"}

    @pytest.mark.parametrize(
        "refused, reason",
        [
            pytest.param(partition("ADD", "1"), "AlreadyExistsException", id="there already"),
            pytest.param(partition("UPDATE", "9"), "EntityNotFoundException", id="not there to change"),
            pytest.param(partition("DELETE", "9"), "EntityNotFoundException", id="not there to delete"),
        ],
    )
    def test_says_what_the_catalog_refused(self, world: GlueWorld, refused: Write, reason: str) -> None:
        write(world, add_table(), partition("ADD", "1"))

        with pytest.raises(WriteRefusedError, match=f"1 partitions of table t were refused.*{reason}"):
            write(world, refused)


class TestLogText:
    def test_names_what_was_written(self) -> None:
        assert log_text(add_table(), "lab") == "Created table t in database lab"
        assert log_text(partition("DELETE", "1"), "lab") == "Deleted partition t/day=1 in database lab"

    def test_is_silent_about_a_touch(self) -> None:
        assert log_text(partition("TOUCH", "1"), "lab") is None
