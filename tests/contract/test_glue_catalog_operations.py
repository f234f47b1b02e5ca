"""The operations of the Data Catalog that moto lacks, through boto3, each answer compared with the model."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.shape_validation import watch

KEYS = [{"Name": "year", "Type": "string"}, {"Name": "day", "Type": "int"}]
OF_ORDERS = {"DatabaseName": "shop", "TableName": "orders"}


@pytest.fixture
def glue(local_aws: LocalAws) -> Any:
    """A Glue client whose answers are checked, and the partitioned table ``orders`` in ``shop``."""
    client = local_aws.client("glue")
    watch(client)
    client.create_database(DatabaseInput={"Name": "shop"})
    columns = [{"Name": "id", "Type": "bigint"}]
    client.create_table(
        DatabaseName="shop",
        TableInput={
            "Name": "orders",
            "Description": "every customer-order",
            "Owner": "sales",
            "PartitionKeys": KEYS,
            "StorageDescriptor": {"Columns": columns, "Location": "s3://lake/orders/"},
            "Parameters": {"classification": "json"},
        },
    )
    return client


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as raised:
        call()
    return str(raised.value.response["Error"]["Code"])


def partition(year: str, day: str, **members: Any) -> dict[str, Any]:
    columns = [{"Name": "id", "Type": "bigint"}]
    return {"Values": [year, day], "StorageDescriptor": {"Columns": columns}, **members}


def make_partitions(glue: Any) -> None:
    days = [partition("2025", str(day)) for day in range(1, 13)]
    assert glue.batch_create_partition(**OF_ORDERS, PartitionInputList=days)["Errors"] == []


def days(answer: dict[str, Any]) -> list[str]:
    return [found["Values"][1] for found in answer["Partitions"]]


class TestPartitions:
    @pytest.mark.parametrize(
        "expression, wanted",
        [
            pytest.param("day = 3", ["3"], id="equals"),
            pytest.param("day > 10", ["11", "12"], id="numbers, not texts"),
            pytest.param("day BETWEEN 2 AND 4 AND year = '2025'", ["2", "3", "4"], id="between"),
            pytest.param("day IN (1, 12)", ["1", "12"], id="in"),
            pytest.param("year LIKE '20%' AND (day = 1 OR day = 2)", ["1", "2"], id="like and or"),
            pytest.param("year <> '2025'", [], id="none"),
        ],
    )
    def test_are_chosen_by_expressions(self, glue: Any, expression: str, wanted: list[str]) -> None:
        make_partitions(glue)

        assert days(glue.get_partitions(**OF_ORDERS, Expression=expression)) == wanted

    def test_are_not_chosen_by_what_is_no_partition_key(self, glue: Any) -> None:
        make_partitions(glue)

        assert code_of(lambda: glue.get_partitions(**OF_ORDERS, Expression="id = 3")) == (
            "InvalidInputException"
        )

    def test_come_without_columns_when_asked(self, glue: Any) -> None:
        make_partitions(glue)

        (found,) = glue.get_partitions(**OF_ORDERS, Expression="day = 3", ExcludeColumnSchema=True)[
            "Partitions"
        ]

        assert "Columns" not in found["StorageDescriptor"]

    def test_are_found_by_their_values(self, glue: Any) -> None:
        make_partitions(glue)

        found = glue.get_partition(**OF_ORDERS, PartitionValues=["2025", "3"])["Partition"]

        assert (found["DatabaseName"], found["TableName"], found["CatalogId"]) == (
            "shop",
            "orders",
            "123456789012",
        )

    def test_that_are_asked_for_together_come_if_they_are_there(self, glue: Any) -> None:
        make_partitions(glue)
        wanted = [{"Values": ["2025", "3"]}, {"Values": ["1999", "1"]}]

        answer = glue.batch_get_partition(**OF_ORDERS, PartitionsToGet=wanted)

        assert (days(answer), answer["UnprocessedKeys"]) == (["3"], [])

    def test_are_changed_and_deleted_together_with_an_error_for_each_that_is_not_there(
        self, glue: Any
    ) -> None:
        make_partitions(glue)
        entries = [
            {"PartitionValueList": values, "PartitionInput": {"Values": values, "Parameters": {"a": "b"}}}
            for values in (["2025", "3"], ["1999", "1"])
        ]

        changed = glue.batch_update_partition(**OF_ORDERS, Entries=entries)["Errors"]
        parameters = glue.get_partition(**OF_ORDERS, PartitionValues=["2025", "3"])["Partition"]["Parameters"]
        gone = glue.batch_delete_partition(
            **OF_ORDERS, PartitionsToDelete=[{"Values": ["2025", "3"]}, {"Values": ["1999", "1"]}]
        )["Errors"]

        assert [error["PartitionValueList"] for error in changed] == [["1999", "1"]]
        assert parameters == {"a": "b"}
        assert [(error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) for error in gone] == [
            (["1999", "1"], "EntityNotFoundException")
        ]

    def test_are_made_changed_and_deleted_one_by_one(self, glue: Any) -> None:
        glue.create_partition(**OF_ORDERS, PartitionInput=partition("2025", "1"))
        glue.update_partition(
            **OF_ORDERS, PartitionValueList=["2025", "1"], PartitionInput=partition("2025", "2")
        )

        moved = days(glue.get_partitions(**OF_ORDERS))
        glue.delete_partition(**OF_ORDERS, PartitionValues=["2025", "2"])

        assert moved == ["2"]
        assert days(glue.get_partitions(**OF_ORDERS)) == []

    @pytest.mark.parametrize(
        "call, code",
        [
            pytest.param(
                lambda glue: glue.get_partition(**OF_ORDERS, PartitionValues=["2025", "1"]),
                "EntityNotFoundException",
                id="get unknown",
            ),
            pytest.param(
                lambda glue: glue.delete_partition(**OF_ORDERS, PartitionValues=["2025", "1"]),
                "EntityNotFoundException",
                id="delete unknown",
            ),
            pytest.param(
                lambda glue: glue.update_partition(
                    **OF_ORDERS, PartitionValueList=["2025", "1"], PartitionInput=partition("2025", "1")
                ),
                "EntityNotFoundException",
                id="update unknown",
            ),
            pytest.param(
                lambda glue: glue.create_partition(**OF_ORDERS, PartitionInput={"Values": ["2025"]}),
                "InvalidInputException",
                id="too few values",
            ),
            pytest.param(
                lambda glue: glue.batch_delete_partition(
                    **OF_ORDERS, PartitionsToDelete=[{"Values": [str(day), "1"]} for day in range(26)]
                ),
                "ValidationException",
                id="more than 25 to delete",
            ),
        ],
    )
    def test_answer_with_errors_of_the_model(self, glue: Any, call: Callable[[Any], Any], code: str) -> None:
        assert code_of(lambda: call(glue)) == code


class TestVersions:
    def test_are_deleted_together_with_an_error_for_each_that_cannot_be(self, glue: Any) -> None:
        for text in ("second", "third"):
            glue.update_table(DatabaseName="shop", TableInput={"Name": "orders", "Description": text})

        errors = glue.batch_delete_table_version(**OF_ORDERS, VersionIds=["0", "2", "9"])["Errors"]

        left = glue.get_table_versions(**OF_ORDERS)["TableVersions"]
        assert [version["VersionId"] for version in left] == ["2", "1"]
        assert [(error["VersionId"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
            ("2", "InvalidInputException"),
            ("9", "EntityNotFoundException"),
        ]


class TestSearch:
    @pytest.fixture(autouse=True)
    def tables(self, glue: Any) -> None:
        glue.create_database(DatabaseInput={"Name": "archive"})
        glue.create_table(
            DatabaseName="archive",
            TableInput={
                "Name": "customer-link",
                "Parameters": {"classification": "parquet"},
                "StorageDescriptor": {"Columns": [{"Name": "email", "Comment": "private mail"}]},
            },
        )
        glue.create_table(DatabaseName="archive", TableInput={"Name": "customerlink"})

    @pytest.mark.parametrize(
        "search, names",
        [
            pytest.param({}, ["customer-link", "customerlink", "orders"], id="everything"),
            pytest.param({"SearchText": "LINK"}, ["customer-link"], id="a word of the name"),
            pytest.param({"SearchText": "private"}, ["customer-link"], id="a column's comment"),
            pytest.param({"SearchText": "customer order"}, ["orders"], id="two words of a description"),
            pytest.param({"SearchText": '"customer"'}, [], id="a quoted text is the whole member"),
            pytest.param({"SearchText": '"orders"'}, ["orders"], id="quoted and whole"),
            pytest.param(
                {"Filters": [{"Key": "DatabaseName", "Value": "shop"}]}, ["orders"], id="by database"
            ),
            pytest.param(
                {"Filters": [{"Key": "classification", "Value": "parquet"}]},
                ["customer-link"],
                id="by a parameter",
            ),
            pytest.param(
                {"Filters": [{"Key": "Name", "Value": "link"}, {"Key": "Owner", "Value": "nobody"}]},
                [],
                id="filters are joined",
            ),
            pytest.param(
                {
                    "Filters": [
                        {"Key": "CreateTime", "Value": "2020-01-01T00:00:00Z", "Comparator": "GREATER_THAN"}
                    ],
                    "SortCriteria": [{"FieldName": "Name", "Sort": "DESC"}],
                },
                ["orders", "customerlink", "customer-link"],
                id="by time, sorted",
            ),
            pytest.param(
                {"Filters": [{"Key": "UpdateTime", "Value": "0", "Comparator": "LESS_THAN"}]},
                [],
                id="before 1970",
            ),
            pytest.param({"ResourceShareType": "FOREIGN"}, [], id="of other accounts"),
        ],
    )
    def test_finds(self, glue: Any, search: dict[str, Any], names: list[str]) -> None:
        assert [table["Name"] for table in glue.search_tables(**search)["TableList"]] == names

    def test_comes_in_pages(self, glue: Any) -> None:
        first = glue.search_tables(MaxResults=2)
        second = glue.search_tables(MaxResults=2, NextToken=first["NextToken"])

        assert [len(first["TableList"]), len(second["TableList"])] == [2, 1]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"Key": "Name", "Value": "x", "Comparator": "LESS_THAN"},
            {"Key": "UpdateTime", "Value": "yesterday", "Comparator": "LESS_THAN"},
        ],
    )
    def test_refuses_what_cannot_be_compared(self, glue: Any, wrong: dict[str, str]) -> None:
        assert code_of(lambda: glue.search_tables(Filters=[wrong])) == "InvalidInputException"


def long_statistics(column: str) -> dict[str, Any]:
    data = {"NumberOfNulls": 0, "NumberOfDistinctValues": 3, "MinimumValue": 1, "MaximumValue": 9}
    return {
        "ColumnName": column,
        "ColumnType": "bigint",
        "AnalyzedTime": 1700000000,
        "StatisticsData": {"Type": "LONG", "LongColumnStatisticsData": data},
    }


class TestColumnStatistics:
    def test_of_a_table_are_what_was_put_there(self, glue: Any) -> None:
        glue.update_column_statistics_for_table(**OF_ORDERS, ColumnStatisticsList=[long_statistics("id")])

        answer = glue.get_column_statistics_for_table(**OF_ORDERS, ColumnNames=["id", "other"])

        (found,) = answer["ColumnStatisticsList"]
        assert found["StatisticsData"]["LongColumnStatisticsData"]["MaximumValue"] == 9
        assert [error["ColumnName"] for error in answer["Errors"]] == ["other"]

    def test_keep_bytes_as_they_are(self, glue: Any) -> None:
        number = {"UnscaledValue": b"\x01\xff", "Scale": 2}
        decimal = {"MinimumValue": number, "NumberOfNulls": 0, "NumberOfDistinctValues": 1}
        statistics = long_statistics("price") | {
            "StatisticsData": {"Type": "DECIMAL", "DecimalColumnStatisticsData": decimal}
        }

        glue.update_column_statistics_for_table(**OF_ORDERS, ColumnStatisticsList=[statistics])

        (found,) = glue.get_column_statistics_for_table(**OF_ORDERS, ColumnNames=["price"])[
            "ColumnStatisticsList"
        ]
        assert found["StatisticsData"]["DecimalColumnStatisticsData"]["MinimumValue"] == number

    def test_of_a_partition_are_its_own(self, glue: Any) -> None:
        make_partitions(glue)
        third, fourth = {"PartitionValues": ["2025", "3"]}, {"PartitionValues": ["2025", "4"]}
        statistics = [long_statistics("id")]

        glue.update_column_statistics_for_partition(**OF_ORDERS, **third, ColumnStatisticsList=statistics)

        def found(of: dict[str, Any]) -> list[Any]:
            answer = glue.get_column_statistics_for_partition(**OF_ORDERS, **of, ColumnNames=["id"])
            return list(answer["ColumnStatisticsList"])

        assert (len(found(third)), found(fourth)) == (1, [])
        glue.delete_column_statistics_for_partition(**OF_ORDERS, **third, ColumnName="id")
        assert found(third) == []

    def test_are_deleted_once(self, glue: Any) -> None:
        glue.update_column_statistics_for_table(**OF_ORDERS, ColumnStatisticsList=[long_statistics("id")])

        glue.delete_column_statistics_for_table(**OF_ORDERS, ColumnName="id")

        assert (
            code_of(lambda: glue.delete_column_statistics_for_table(**OF_ORDERS, ColumnName="id"))
            == "EntityNotFoundException"
        )


class TestImport:
    def test_is_complete_from_the_start(self, glue: Any) -> None:
        glue.import_catalog_to_glue()

        assert glue.get_catalog_import_status()["ImportStatus"] == {"ImportCompleted": True}


class TestFunctions:
    @staticmethod
    def make(glue: Any, name: str) -> None:
        glue.create_user_defined_function(
            DatabaseName="shop", FunctionInput={"FunctionName": name, "ClassName": "com.example.F"}
        )

    def test_are_kept_changed_and_deleted(self, glue: Any) -> None:
        self.make(glue, "Twice")
        glue.update_user_defined_function(
            DatabaseName="shop", FunctionName="twice", FunctionInput={"ClassName": "com.example.G"}
        )

        found = glue.get_user_defined_function(DatabaseName="shop", FunctionName="TWICE")
        glue.delete_user_defined_function(DatabaseName="shop", FunctionName="twice")

        assert found["UserDefinedFunction"]["ClassName"] == "com.example.G"
        assert (
            code_of(lambda: glue.get_user_defined_function(DatabaseName="shop", FunctionName="twice"))
            == "EntityNotFoundException"
        )

    def test_are_listed_by_a_pattern(self, glue: Any) -> None:
        for name in ("one", "other", "two"):
            self.make(glue, name)

        paginator = glue.get_paginator("get_user_defined_functions")
        pages = paginator.paginate(DatabaseName="shop", Pattern="o*", PaginationConfig={"PageSize": 1})

        names = [function["FunctionName"] for page in pages for function in page["UserDefinedFunctions"]]
        assert names == ["one", "other"]

    def test_have_names_of_their_own(self, glue: Any) -> None:
        self.make(glue, "one")

        assert code_of(lambda: self.make(glue, "ONE")) == "AlreadyExistsException"

    def test_go_with_their_database(self, glue: Any) -> None:
        self.make(glue, "one")
        glue.delete_database(Name="shop")
        glue.create_database(DatabaseInput={"Name": "shop"})

        assert glue.get_user_defined_functions(Pattern="*")["UserDefinedFunctions"] == []

    @pytest.mark.parametrize("pattern", ["(", "["])
    def test_refuse_a_pattern_that_is_none(self, glue: Any, pattern: str) -> None:
        assert code_of(lambda: glue.get_user_defined_functions(Pattern=pattern)) == "InvalidInputException"


class TestRequests:
    @pytest.mark.parametrize(
        "operation", ["GetDatabase", "CreateDatabase", "GetTable", "DeleteTable", "CreateJob", "StartJobRun"]
    )
    def test_without_what_they_must_have_are_refused(self, local_aws: LocalAws, operation: str) -> None:
        unchecked = Config(parameter_validation=False, retries={"max_attempts": 0})
        client = local_aws.client("glue", config=unchecked)

        with pytest.raises(ClientError) as raised:
            client._make_api_call(operation, {})

        error = raised.value.response["Error"]
        assert (error["Code"], "must not be null" in error["Message"]) == ("ValidationException", True)

    @pytest.mark.parametrize("body", [b"no json", b"[]"])
    def test_that_are_no_json_object_are_refused(self, local_aws: LocalAws, body: bytes) -> None:
        credential = "Credential=testing/20250101/us-east-1/glue/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSGlue.GetCrawlers",
            "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=x",
        }
        request = urllib.request.Request(f"{local_aws.endpoint_url}/", data=body, headers=headers)

        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(request, timeout=30)

        assert (raised.value.code, json.load(raised.value)["__type"]) == (400, "SerializationException")


class TestTables:
    def test_bring_their_partition_indexes(self, glue: Any) -> None:
        glue.create_table(
            DatabaseName="shop",
            TableInput={"Name": "parted", "PartitionKeys": KEYS},
            PartitionIndexes=[{"Keys": ["day"], "IndexName": "by_day"}],
        )

        indexes = glue.get_partition_indexes(DatabaseName="shop", TableName="parted")
        assert [index["IndexName"] for index in indexes["PartitionIndexDescriptorList"]] == ["by_day"]

    def test_come_with_the_attributes_asked_for(self, glue: Any) -> None:
        (table,) = glue.get_tables(DatabaseName="shop", AttributesToGet=["NAME"])["TableList"]
        (database,) = glue.get_databases(AttributesToGet=["NAME"])["DatabaseList"]

        assert (table, database) == ({"Name": "orders"}, {"Name": "shop"})

    def test_refuse_an_expression_that_is_none(self, glue: Any) -> None:
        assert code_of(lambda: glue.get_tables(DatabaseName="shop", Expression="(")) == (
            "InvalidInputException"
        )

    def test_go_together_with_an_error_for_each_that_is_not_there(self, glue: Any) -> None:
        errors = glue.batch_delete_table(DatabaseName="shop", TablesToDelete=["orders", "nobody"])["Errors"]

        assert [error["TableName"] for error in errors] == ["nobody"]
        assert glue.get_tables(DatabaseName="shop")["TableList"] == []
