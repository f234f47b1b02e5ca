"""What became of the tables of a crawl, read from the local AWS's catalog."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_lineage_provider.hooks.crawl_tables import TableChange, read_table_changes
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.hooks.table_reader import TableReader
from airflow_lineage_provider.local_aws import LocalAws

Write = Callable[..., None]


@pytest.fixture
def write(local_aws: LocalAws) -> Write:
    """Return what writes the table ``shop.orders`` with some columns, a minute after the write before."""
    glue = local_aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "shop"})
    made: list[str] = []

    def write(*columns: str, **parameters: str) -> None:
        storage = {"Columns": [{"Name": name, "Type": "string"} for name in columns]}
        table = {"Name": "orders", "StorageDescriptor": storage, "Parameters": parameters}
        call = glue.update_table if made else glue.create_table
        call(DatabaseName="shop", TableInput=table)
        made.append("orders")
        local_aws.advance(60)

    return write


def read(change: str, *, minutes_ago: float = 1.5, later: float) -> TableChange:
    """Read what became of the table in a crawl that began some time ago, on the clock of the stack."""
    started = datetime.now(tz=UTC) + timedelta(minutes=later - minutes_ago)
    result: dict[str, Any] = {"tables": {change: ["shop.orders"]}, "started_at": started.isoformat()}
    (found,) = read_table_changes(TableReader(GlueCrawlHook(None)), result)
    return found


def test_compares_with_the_schema_from_before_the_crawl(write: Write) -> None:
    write("id")
    write("id", "total")
    write("id", "total", recordCount="7")  # Glue writes several versions in one crawl

    found = read("updated", minutes_ago=2.5, later=3)

    assert found.schema_changed is True
    assert found.fingerprint != found.previous is not None


def test_a_change_of_parameters_is_no_change_of_the_schema(write: Write) -> None:
    write("id")
    write("id", recordCount="7")

    found = read("updated", later=2)

    assert found.schema_changed is False
    assert found.fingerprint == found.previous is not None


def test_a_schema_that_came_and_went_has_not_changed(write: Write) -> None:
    write("id")
    write("id", "total")
    write("id")

    assert read("updated", minutes_ago=2.5, later=3).schema_changed is False


def test_without_a_version_from_before_the_crawl_it_is_unknown(write: Write) -> None:
    write("id")

    found = read("updated", minutes_ago=10, later=1)

    assert (found.schema_changed, found.previous) == (None, None)
    assert found.fingerprint is not None


def test_looks_beyond_the_first_page_of_versions(write: Write) -> None:
    write("id")
    for number in range(25):
        write("id", "total", version=str(number))

    found = read("updated", minutes_ago=25.5, later=26)

    assert found.schema_changed is True


def test_a_table_that_is_gone_by_now_is_known_by_name(write: Write, local_aws: LocalAws) -> None:
    write("id")
    local_aws.client("glue").delete_table(DatabaseName="shop", Name="orders")

    assert read("updated", later=1) == TableChange("shop", "orders", "updated", "123456789012")


def test_a_table_whose_account_nobody_tells_is_left_out(write: Write, local_aws: LocalAws) -> None:
    write("id")
    local_aws.fault(service="glue", operation="GetTable", error_code="AccessDeniedException", times=9)
    local_aws.fault(service="sts", operation="GetCallerIdentity", error_code="AccessDenied", times=9)
    started = datetime.now(tz=UTC).isoformat()

    reader = TableReader(GlueCrawlHook(None))
    found = read_table_changes(reader, {"tables": {"added": ["shop.orders"]}, "started_at": started})

    assert found == ()
