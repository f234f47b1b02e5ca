from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import DBRef, Decimal128, Int64, MinKey, ObjectId, Regex, Timestamp
from bson.binary import Binary
from bson.code import Code
from bson.datetime_ms import DatetimeMS

from airflow_lineage_provider.local_aws.engine.definitions import Stamp, table_input
from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError, InvalidIncludePathError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.mongodb_target import (
    SAMPLED_DOCUMENTS,
    MongoDBTarget,
    crawl_mongodb,
)
from airflow_lineage_provider.local_aws.engine.schema import columns_of
from tests.unit.local_aws.engine.memory_reader import MemoryCollections

_ID = ObjectId()


def crawl(*documents: Mapping[str, object], scan_all: bool = True) -> FoundTable:
    target = MongoDBTarget("mongo", "mongodb", "Shop", "orders", scan_all=scan_all)
    table = crawl_mongodb(MemoryCollections(orders=documents), target)
    assert table is not None
    return table


def columns(*documents: Mapping[str, object], **options: Any) -> dict[str, str]:
    return dict(columns_of(crawl(*documents, **options).record)[0])


class TestTypes:
    @pytest.mark.parametrize(
        "value, expected",
        [
            pytest.param(_ID, "struct<oid:string>", id="6.3 ObjectId"),
            pytest.param(1, "int", id="int32"),
            pytest.param(Int64(1), "bigint", id="int64"),
            pytest.param(1.5, "double", id="double"),
            pytest.param(Decimal128("1.20"), "decimal(38,18)", id="decimal128"),
            pytest.param(True, "boolean", id="bool"),
            pytest.param("x", "string", id="string"),
            pytest.param(None, "string", id="12 only nulls"),
            pytest.param(datetime(2025, 1, 1, tzinfo=UTC), "timestamp", id="6.3 date"),
            pytest.param(DatetimeMS(2**60), "timestamp", id="a date beyond Python's"),
            pytest.param(Timestamp(1, 1), "timestamp", id="the server's own timestamp"),
            pytest.param(b"x", "binary", id="binary"),
            pytest.param(Binary.from_uuid(uuid.uuid4()), "binary", id="UUID"),
            pytest.param(Regex("a"), "string", id="regular expression"),
            pytest.param(Code("x"), "string", id="JavaScript"),
            pytest.param(MinKey(), "string", id="MinKey"),
            pytest.param(DBRef("users", _ID), "struct<ref:string,id:struct<oid:string>>", id="DBRef"),
            pytest.param({"Zip": 1, "city": "x"}, "struct<Zip:int,city:string>", id="names inside keep case"),
            pytest.param([1, 2], "array<int>", id="array"),
            pytest.param([], "array<string>", id="12 empty array"),
            pytest.param([1, "x"], "array<struct<int:int,string:string>>", id="3.3 mixed array"),
            pytest.param([{"a": 1}, {"b": "x"}], "array<struct<a:int,b:string>>", id="3.3 merged structs"),
        ],
    )
    def test_follow_the_values(self, value: object, expected: str) -> None:
        assert columns({"v": value}) == {"v": expected}

    @pytest.mark.parametrize(
        "first, second, expected",
        [
            pytest.param(1, Int64(1), "bigint", id="12 int and long"),
            pytest.param(1, 1.5, "struct<double:double,int:int>", id="3.3 int and double"),
            pytest.param(_ID, "x", "struct<string:string,struct:struct<oid:string>>", id="an id or a text"),
            pytest.param(
                Decimal128("1"), "x", "struct<decimal:decimal(38,18),string:string>", id="a decimal"
            ),
            pytest.param(None, 1, "int", id="3.3 null is neutral"),
        ],
    )
    def test_of_several_values_make_one(self, first: object, second: object, expected: str) -> None:
        assert columns({"v": first}, {"v": second}) == {"v": expected}


class TestTable:
    def test_has_its_columns_in_the_order_they_were_seen(self) -> None:
        found = columns({"_id": _ID, "Total": 1}, {"_id": _ID, "note": "x", "Total": 2})

        assert list(found) == ["_id", "total", "note"]

    def test_is_worded_like_one_of_a_database(self) -> None:
        definition = table_input(
            crawl({"a": 1}), "shop_orders", Stamp("c", "r", datetime(2025, 6, 4, tzinfo=UTC)), indexed=True
        )

        descriptor = definition["StorageDescriptor"]
        assert descriptor["Location"] == "Shop.orders"
        assert descriptor["SerdeInfo"] == {"Parameters": {}}
        assert "InputFormat" not in descriptor
        assert {key: definition["Parameters"][key] for key in ("classification", "connectionName")} == {
            "classification": "mongodb",
            "connectionName": "mongo",
        }
        assert "recordCount" not in definition["Parameters"]

    def test_is_read_whole_by_default(self) -> None:
        documents = [{"a": 1}] * SAMPLED_DOCUMENTS + [{"late": 1}]

        assert list(columns(*documents)) == ["a", "late"]

    def test_is_sampled_with_scan_all_off(self) -> None:
        documents = [{"a": 1}] * SAMPLED_DOCUMENTS + [{"late": 1}]

        assert list(columns(*documents, scan_all=False)) == ["a"]

    @pytest.mark.parametrize("held", [{}, {"orders": []}], ids=["missing", "empty"])
    def test_is_none_without_documents(self, held: dict[str, list[Any]]) -> None:
        target = MongoDBTarget("mongo", "mongodb", "Shop", "orders")

        assert crawl_mongodb(MemoryCollections(**held), target) is None

    def test_is_not_read_on_when_the_crawl_is_cancelled(self) -> None:
        target = MongoDBTarget("mongo", "mongodb", "Shop", "orders")

        with pytest.raises(CrawlCancelledError):
            crawl_mongodb(MemoryCollections(orders=[{"a": 1}]), target, cancelled=lambda: True)


class TestPath:
    def test_names_database_and_collection(self) -> None:
        assert MongoDBTarget.split_path("shop/orders/2025") == ("shop", "orders/2025")

    @pytest.mark.parametrize("path", ["", "shop", "shop/", "/orders"])
    def test_of_another_shape_is_refused(self, path: str) -> None:
        with pytest.raises(InvalidIncludePathError, match="database/collection"):
            MongoDBTarget.split_path(path)
