from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.engine.naming import (
    hashed_table_name,
    partition_keys,
    partition_value,
    table_name,
)


class TestTableName:
    @pytest.mark.parametrize(
        "base, prefix, expected",
        [
            pytest.param("clickstream", "", "clickstream", id="2.5 folder"),
            pytest.param("semantic-layer-admin-codes", "", "semantic_layer_admin_codes", id="2.5 hyphens"),
            pytest.param("year=2017", "", "year_2017", id="2.5 partition folder as a table"),
            pytest.param("amazon_sale_report.csv", "", "amazon_sale_report_csv", id="2.5 file"),
            pytest.param("my.bucket-1", "", "my_bucket_1", id="2.5 bucket"),
            pytest.param("orders", "prefix1", "prefix1orders", id="2.5 prefix without separator"),
            pytest.param("OrderTransactionTable", "", "ordertransactiontable", id="2.5 lower case"),
            pytest.param("x", "Raw-", "raw_x", id="the prefix is folded too"),
            pytest.param("été", "", "_t_", id="only letters a to z"),
            pytest.param("x" * 200, "p_", "p_" + "x" * 126, id="2.5 at most 128 characters"),
        ],
    )
    def test_is_cleaned(self, base: str, prefix: str, expected: str) -> None:
        assert table_name(base, prefix=prefix) == expected

    @given(st.text(max_size=200), st.text(max_size=130))
    def test_has_only_allowed_characters(self, base: str, prefix: str) -> None:
        name = table_name(base, prefix=prefix)

        assert len(name) <= 128
        assert set(name) <= set(string.ascii_lowercase + string.digits + "_")


class TestHashedTableName:
    def test_adds_32_hexadecimal_digits(self) -> None:
        name = hashed_table_name("landing", "s3://b/landing/")

        base, _, digest = name.rpartition("_")
        assert base == "landing"
        assert len(digest) == 32
        assert set(digest) <= set("0123456789abcdef")

    def test_is_the_same_for_the_same_location(self) -> None:
        assert hashed_table_name("a", "s3://b/x/") == hashed_table_name("a", "s3://b/x/")

    def test_differs_by_location(self) -> None:
        assert hashed_table_name("a", "s3://b/x/") != hashed_table_name("a", "s3://b/y/")

    def test_stays_within_128_characters(self) -> None:
        assert len(hashed_table_name("x" * 128, "s3://b/x/")) == 128


class TestPartitionKeys:
    @pytest.mark.parametrize(
        "folders, expected",
        [
            pytest.param([["year=2017"], ["year=2018"]], ("year",), id="2.4 key=value on every branch"),
            pytest.param([["Year=2017"], ["year=2018"]], ("year",), id="2.4 lower case"),
            pytest.param([["2017"], ["2018"]], ("partition_0",), id="2.4 plain folders"),
            pytest.param([["year=2017"], ["2018"]], ("partition_0",), id="2.4 not on every branch"),
            pytest.param([["a=1"], ["b=1"]], ("partition_0",), id="2.4 different keys"),
            pytest.param([["x", "day=1"], ["y", "day=2"]], ("partition_0", "day"), id="2.4 by depth"),
            pytest.param([["day=1", "x"]], ("day", "partition_1"), id="2.4 numbered by depth"),
            pytest.param([["k=1", "k=2"]], ("k", "partition_1"), id="one name once"),
        ],
    )
    def test_are_named_by_the_folders(self, folders: list[list[str]], expected: tuple[str, ...]) -> None:
        assert partition_keys(folders) == expected


class TestPartitionValue:
    @pytest.mark.parametrize(
        "folder, key, expected",
        [
            pytest.param("year=2017", "year", "2017", id="value after the key"),
            pytest.param("Year=2017", "year", "2017", id="key in another case"),
            pytest.param("2017", "partition_0", "2017", id="plain folder"),
            pytest.param("a=1", "partition_0", "a=1", id="a key that is not the table's"),
            pytest.param("day=2025%2F06", "day", "2025/06", id="2.4 URL-decoded"),
            pytest.param("t=1+1", "t", "1+1", id="a plus is a plus"),
            pytest.param("k=a=b", "k", "a=b", id="only the first equals sign separates"),
        ],
    )
    def test_is_the_folders_text(self, folder: str, key: str, expected: str) -> None:
        assert partition_value(folder, key) == expected
