from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.engine.dynamodb_target import (
    SAMPLED_ITEMS,
    DynamoTarget,
    crawl_dynamodb,
)
from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.schema import columns_of
from tests.unit.local_aws.engine.memory_reader import MemoryItems

KEY: dict[str, dict[str, Any]] = {"user_id": {"S": "u"}, "order_id": {"N": "1"}}


def crawl(*items: dict[str, dict[str, Any]], scan_all: bool = True) -> FoundTable:
    table = crawl_dynamodb(MemoryItems(*items), DynamoTarget("Orders", scan_all=scan_all))
    assert table is not None
    return table


def columns(*items: dict[str, dict[str, Any]]) -> dict[str, str]:
    return dict(columns_of(crawl(*items).record)[0])


class TestTypes:
    @pytest.mark.parametrize(
        "values, expected",
        [
            pytest.param([{"S": "x"}], "string", id="6.1 S"),
            pytest.param([{"N": "1"}], "bigint", id="6.1 N integral"),
            pytest.param([{"N": "79.99"}], "double", id="6.1 N fractional"),
            pytest.param([{"N": "2.0"}], "bigint", id="6.1 N without a fraction"),
            pytest.param([{"N": "1E+2"}], "bigint", id="6.1 N integral in exponent form"),
            pytest.param([{"N": "99999999999999999999"}], "double", id="12 N beyond 64 bits"),
            pytest.param([{"N": "1"}, {"N": "1.5"}], "double", id="6.1 any fractional"),
            pytest.param([{"BOOL": True}], "boolean", id="6.1 BOOL"),
            pytest.param([{"B": b"x"}], "binary", id="6.1 B"),
            pytest.param([{"NULL": True}], "string", id="12 NULL only"),
            pytest.param([{"NULL": True}, {"N": "1"}], "bigint", id="NULL is neutral"),
            pytest.param([{"SS": ["a"]}], "set<string>", id="6.1 SS"),
            pytest.param([{"NS": ["1", "2"]}], "set<bigint>", id="6.1 NS"),
            pytest.param([{"NS": ["1", "2.5"]}], "set<double>", id="6.1 NS fractional"),
            pytest.param([{"BS": [b"a"]}], "set<binary>", id="12 BS"),
            pytest.param([{"L": [{"S": "a"}]}], "array<string>", id="6.1 L"),
            pytest.param([{"L": []}], "array<string>", id="12 empty L"),
            pytest.param([{"L": [{"N": "1"}, {"N": "0.5"}]}], "array<double>", id="6.1 L of numbers"),
            pytest.param(
                [{"M": {"Zip": {"N": "1"}, "city": {"S": "x"}}}],
                "struct<Zip:bigint,city:string>",
                id="6.1 M keeps case",
            ),
            pytest.param(
                [{"M": {"n": {"N": "1"}}}, {"M": {"n": {"N": "1.5"}}}],
                "struct<n:double>",
                id="6.1 nested N",
            ),
            pytest.param([{"S": "x"}, {"N": "1"}], "struct<long:bigint,string:string>", id="6.1 mixed types"),
        ],
    )
    def test_follow_the_attributes(self, values: list[dict[str, Any]], expected: str) -> None:
        items = [KEY | {"v": value} for value in values]

        assert columns(*items)["v"] == expected


class TestTable:
    def test_has_the_union_of_all_attributes_keys_first_then_by_name(self) -> None:
        found = columns(KEY | {"Zeta": {"S": "x"}}, KEY | {"alpha": {"S": "x"}})

        assert list(found) == ["user_id", "order_id", "alpha", "zeta"]

    def test_is_named_and_located_by_the_dynamodb_table(self) -> None:
        table = crawl(KEY)

        assert table.base_name == "Orders"
        assert table.location == "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"
        assert table.classification == "dynamodb"
        assert table.parameters == {"hashKey": "user_id", "rangeKey": "order_id"}

    def test_counts_items_and_bytes(self) -> None:
        items = [KEY, KEY | {"note": {"S": "hello"}}]

        figures = crawl(*items).statistics

        assert figures.records == 2
        assert figures.average_record_size == figures.size_bytes // 2

    def test_without_items_has_the_columns_of_its_key(self) -> None:
        assert columns() == {"user_id": "string", "order_id": "bigint"}

    def test_is_read_whole_by_default(self) -> None:
        items = [KEY] * SAMPLED_ITEMS + [KEY | {"late": {"S": "x"}}]

        assert "late" in dict(columns_of(crawl(*items).record)[0])

    def test_is_sampled_with_scan_all_off(self) -> None:
        items = [KEY] * SAMPLED_ITEMS + [KEY | {"late": {"S": "x"}}]

        assert "late" not in dict(columns_of(crawl(*items, scan_all=False).record)[0])

    def test_is_none_where_there_is_no_such_table(self) -> None:
        assert crawl_dynamodb(MemoryItems(), DynamoTarget("Nowhere")) is None

    def test_is_given_up_when_cancelled(self) -> None:
        with pytest.raises(CrawlCancelledError):
            crawl_dynamodb(MemoryItems(KEY), DynamoTarget("Orders"), cancelled=lambda: True)
