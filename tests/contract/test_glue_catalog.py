"""The Data Catalog through boto3, where it must differ from moto's."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.shape_validation import watch

KEYS = [{"Name": "day", "Type": "string"}]


@pytest.fixture
def glue(local_aws: LocalAws) -> Any:
    """A Glue client whose answers are checked, and the database ``shop``."""
    client = local_aws.client("glue")
    watch(client)
    client.create_database(DatabaseInput={"Name": "Shop"})
    return client


class TestTables:
    def test_are_kept_in_lower_case_and_found_in_any(self, glue: Any) -> None:
        glue.create_table(DatabaseName="shop", TableInput={"Name": "Orders"})

        table = glue.get_table(DatabaseName="SHOP", Name="ORDERS")["Table"]

        assert (table["DatabaseName"], table["Name"], table["VersionId"]) == ("shop", "orders", "0")
        assert table["IsRegisteredWithLakeFormation"] is False
        assert table["UpdateTime"] == table["CreateTime"]

    def test_come_in_pages_by_name(self, glue: Any) -> None:
        for name in ("c", "a", "b"):
            glue.create_table(DatabaseName="shop", TableInput={"Name": name})

        paginator = glue.get_paginator("get_tables")
        pages = list(paginator.paginate(DatabaseName="shop", PaginationConfig={"PageSize": 2}))

        assert [[table["Name"] for table in page["TableList"]] for page in pages] == [["a", "b"], ["c"]]

    def test_have_versions_newest_first(self, glue: Any) -> None:
        glue.create_table(DatabaseName="shop", TableInput={"Name": "orders"})
        for text in ("second", "third"):
            glue.update_table(DatabaseName="shop", TableInput={"Name": "orders", "Description": text})

        versions = glue.get_table_versions(DatabaseName="shop", TableName="orders")["TableVersions"]

        assert [version["VersionId"] for version in versions] == ["2", "1", "0"]
        assert versions[0]["Table"]["Description"] == "third"

    def test_refuse_an_update_of_another_version(self, glue: Any) -> None:
        glue.create_table(DatabaseName="shop", TableInput={"Name": "orders"})

        with pytest.raises(ClientError) as raised:
            glue.update_table(DatabaseName="shop", TableInput={"Name": "orders"}, VersionId="5")

        assert raised.value.response["Error"]["Code"] == "ConcurrentModificationException"

    def test_keep_no_older_version_when_the_archive_is_skipped(self, glue: Any) -> None:
        glue.create_table(DatabaseName="shop", TableInput={"Name": "orders"})

        glue.update_table(DatabaseName="shop", TableInput={"Name": "orders"}, SkipArchive=True)

        versions = glue.get_table_versions(DatabaseName="shop", TableName="orders")["TableVersions"]
        assert [version["VersionId"] for version in versions] == ["1"]

    @pytest.mark.parametrize("operation", ["create_table", "update_table"])
    def test_without_a_table_input_are_refused(self, glue: Any, operation: str) -> None:
        with pytest.raises(glue.exceptions.InvalidInputException, match="without TableInput"):
            getattr(glue, operation)(DatabaseName="shop", Name="orders")

    def test_that_are_unknown_are_not_found(self, glue: Any) -> None:
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            glue.get_table(DatabaseName="shop", Name="nothing")


class TestPartitions:
    @pytest.fixture(autouse=True)
    def five_days(self, glue: Any) -> None:
        """A table with five partitions."""
        glue.create_table(DatabaseName="shop", TableInput={"Name": "orders", "PartitionKeys": KEYS})
        glue.batch_create_partition(
            DatabaseName="shop",
            TableName="orders",
            PartitionInputList=[{"Values": [str(day)]} for day in range(5)],
        )

    def test_come_in_pages(self, glue: Any) -> None:
        paginator = glue.get_paginator("get_partitions")

        pages = list(
            paginator.paginate(DatabaseName="shop", TableName="orders", PaginationConfig={"PageSize": 2})
        )

        assert [len(page["Partitions"]) for page in pages] == [2, 2, 1]

    def test_come_in_segments_that_share_nothing(self, glue: Any) -> None:
        values = []
        for number in range(2):
            segment = {"SegmentNumber": number, "TotalSegments": 2}
            answer = glue.get_partitions(DatabaseName="shop", TableName="orders", Segment=segment)
            values += [partition["Values"][0] for partition in answer["Partitions"]]

        assert sorted(values) == ["0", "1", "2", "3", "4"]

    def test_are_chosen_by_an_expression(self, glue: Any) -> None:
        answer = glue.get_partitions(DatabaseName="shop", TableName="orders", Expression="day = '3'")

        assert [partition["Values"] for partition in answer["Partitions"]] == [["3"]]


class TestDatabases:
    def test_come_in_pages_by_name(self, glue: Any) -> None:
        glue.create_database(DatabaseInput={"Name": "archive"})

        pages = list(glue.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 1}))

        assert [page["DatabaseList"][0]["Name"] for page in pages] == ["archive", "shop"]
