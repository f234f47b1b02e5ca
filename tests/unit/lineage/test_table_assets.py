from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.naming import glue_table
from airflow_lineage_provider.lineage.table_assets import (
    dataset_of_table_uri,
    glue_table_uri,
    schema_fingerprint,
)

PLACE = {"region": "eu-west-1", "account": "123456789012"}
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda name: "/" not in name)


def make_table(*columns: tuple[str, str], partition_keys: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """Build a table as GetTable gives it."""
    return {
        "StorageDescriptor": {"Columns": [{"Name": name, "Type": kind} for name, kind in columns]},
        "PartitionKeys": [{"Name": name, "Type": kind} for name, kind in partition_keys],
    }


class TestUri:
    def test_names_region_account_database_and_table(self) -> None:
        assert glue_table_uri("shop", "orders", **PLACE) == "glue://eu-west-1/123456789012/shop/orders"

    def test_is_ascii_whatever_the_table_is_called(self) -> None:
        uri = glue_table_uri("läden", "a b%?#", **PLACE)

        assert uri == "glue://eu-west-1/123456789012/l%C3%A4den/a%20b%25%3F%23"

    @given(NAMES, NAMES)
    def test_leads_back_to_the_dataset(self, database: str, table: str) -> None:
        assume(database.strip("/"))

        assert dataset_of_table_uri(glue_table_uri(database, table, **PLACE)) == glue_table(
            database, table, **PLACE
        )

    def test_keeps_the_catalog_of_a_federated_database(self) -> None:
        uri = glue_table_uri("s3tablescatalog/lake/shop", "orders", **PLACE)

        assert uri == "glue://eu-west-1/123456789012/s3tablescatalog/lake/shop/orders"
        assert dataset_of_table_uri(uri).name == "table/s3tablescatalog/lake/shop/orders"

    def test_knows_the_partition_by_the_region(self) -> None:
        dataset = dataset_of_table_uri("glue://cn-north-1/123456789012/shop/orders")

        assert dataset.namespace == "arn:aws-cn:glue:cn-north-1:123456789012"

    @pytest.mark.parametrize(
        "text",
        [
            "s3://bucket/key",
            "glue://shop/orders",
            "glue://eu-west-1/123/shop/orders",
            "glue://eu-west-1/123456789012/t",
        ],
        ids=["another scheme", "no place", "no account number", "no database"],
    )
    def test_of_something_else_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidIdentifierError, match="glue://REGION/ACCOUNT/DATABASE/TABLE"):
            dataset_of_table_uri(text)

    def test_needs_every_part(self) -> None:
        with pytest.raises(InvalidIdentifierError):
            glue_table_uri("", "orders", **PLACE)


class TestSchemaFingerprint:
    ORDERS = make_table(("id", "string"), ("total", "double"), partition_keys=(("day", "string"),))

    def test_is_the_same_for_the_same_schema(self) -> None:
        noted = {**self.ORDERS, "Parameters": {"recordCount": "7"}, "UpdateTime": "today", "VersionId": "3"}

        assert schema_fingerprint(noted) == schema_fingerprint(self.ORDERS)

    def test_does_not_mind_case_and_comments(self) -> None:
        table = make_table(("ID", "string"), ("total", "double"), partition_keys=(("day", "string"),))
        table["StorageDescriptor"]["Columns"][0]["Comment"] = "from deserializer"

        assert schema_fingerprint(table) == schema_fingerprint(self.ORDERS)

    @pytest.mark.parametrize(
        "other",
        [
            make_table(
                ("id", "string"),
                ("total", "double"),
                ("paid", "boolean"),
                partition_keys=(("day", "string"),),
            ),
            make_table(("id", "string"), ("total", "bigint"), partition_keys=(("day", "string"),)),
            make_table(("total", "double"), ("id", "string"), partition_keys=(("day", "string"),)),
            make_table(("id", "string"), ("total", "double")),
            make_table(("id", "string"), ("total", "double"), ("day", "string")),
        ],
        ids=["a column more", "another type", "another order", "no partition key", "a key that is a column"],
    )
    def test_is_another_one_for_another_schema(self, other: dict[str, Any]) -> None:
        assert schema_fingerprint(other) != schema_fingerprint(self.ORDERS)

    def test_of_a_table_without_columns_is_one_of_its_own(self) -> None:
        assert schema_fingerprint({}) == schema_fingerprint(make_table())
        assert len(schema_fingerprint({})) == 64
