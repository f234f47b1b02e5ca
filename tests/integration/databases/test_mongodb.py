"""
Crawls of MongoDB collections through a Glue connection.

Against ``mongod`` or SecantusDB where one is installed, else against the stand-in of
:mod:`.mongodb_stand_in`, which speaks MongoDB's wire protocol and is no database.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from bson import Binary, Decimal128, Int64, ObjectId, Regex, Timestamp

from tests.integration.databases.conftest import Database
from tests.integration.databases.crawling import DatabaseCrawls

_PREFIX = (
    "Check that your connection definition references your MongoDB database with correct URL syntax, "
    "username, and password. "
)


def connect(crawls: DatabaseCrawls, database: Database, name: str = "db", **properties: str) -> None:
    login = {"USERNAME": database.server.username, "PASSWORD": database.server.password}
    url = {"CONNECTION_URL": f"mongodb://{database.address}/{database.name}?authSource=admin"}
    crawls.glue.create_connection(
        ConnectionInput={
            "Name": name,
            "ConnectionType": "MONGODB",
            "ConnectionProperties": {**url, **login, **properties},
        }
    )


def make_crawler(crawls: DatabaseCrawls, path: str, connection: str = "db", **members: Any) -> None:
    crawls.glue.create_crawler(
        Name="c",
        Role="crawler",
        DatabaseName="lake",
        Targets={"MongoDBTargets": [{"ConnectionName": connection, "Path": path, **members}]},
    )


@pytest.fixture
def shop(mongodb: Database, crawls: DatabaseCrawls) -> Database:
    """A database with the collection ``orders``, and the connection ``db`` to it."""
    mongodb.session["orders"].insert_one({"_id": ObjectId(), "OrderId": 1, "total": 7.5})
    connect(crawls, mongodb)
    return mongodb


class TestTables:
    def test_are_worded_like_those_of_databases(self, shop: Database, crawls: DatabaseCrawls) -> None:
        make_crawler(crawls, f"{shop.name}/orders")

        record = crawls.crawl()

        (table,) = crawls.tables().values()
        assert record["State"] == "COMPLETED"
        assert table["Name"] == f"{shop.name}_orders"
        assert table["StorageDescriptor"]["Location"] == f"{shop.name}.orders"
        assert table["StorageDescriptor"]["Columns"] == [
            {"Name": "_id", "Type": "struct<oid:string>"},
            {"Name": "orderid", "Type": "int"},
            {"Name": "total", "Type": "double"},
        ]
        assert table["Parameters"] == {
            "CRAWL_RUN_ID": record["CrawlId"],
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": "c",
            "classification": "mongodb",
            "compressionType": "none",
            "connectionName": "db",
            "typeOfData": "table",
        }

    def test_have_the_types_of_their_values(self, shop: Database, crawls: DatabaseCrawls) -> None:
        shop.session["typed"].insert_many(
            [
                {
                    "long": Int64(1),
                    "exact": Decimal128("1.20"),
                    "flag": True,
                    "at": datetime(2025, 1, 1, tzinfo=UTC),
                    "stamp": Timestamp(1, 1),
                    "raw": Binary(b"x"),
                    "pattern": Regex("a"),
                    "address": {"Zip": 1, "city": "x"},
                    "tags": ["a"],
                    "mixed": 1,
                    "empty": None,
                },
                {"long": 1, "mixed": "x", "address": {"street": "y"}, "late": 1.5},
            ]
        )
        make_crawler(crawls, f"{shop.name}/typed")

        crawls.crawl()

        types = crawls.columns(f"{shop.name}_typed")
        types.pop("_id")
        assert types == {
            "long": "bigint",
            "exact": "decimal(38,18)",
            "flag": "boolean",
            "at": "timestamp",
            "stamp": "timestamp",
            "raw": "binary",
            "pattern": "string",
            "address": "struct<Zip:int,city:string,street:string>",
            "tags": "array<string>",
            "mixed": "struct<int:int,string:string>",
            "empty": "string",
            "late": "double",
        }

    @pytest.mark.parametrize("members", [{}, {"ScanAll": True}, {"ScanAll": False}])
    def test_are_read_in_batches(
        self, shop: Database, crawls: DatabaseCrawls, members: dict[str, Any]
    ) -> None:
        shop.session["many"].insert_many([{"n": number} for number in range(1200)] + [{"last": "x"}])
        make_crawler(crawls, f"{shop.name}/many", **members)

        record = crawls.crawl()

        assert record["State"] == "COMPLETED"
        assert "n" in crawls.columns(f"{shop.name}_many")
        if members.get("ScanAll", True):
            assert "last" in crawls.columns(f"{shop.name}_many")

    def test_are_deprecated_when_the_collection_is_gone(self, shop: Database, crawls: DatabaseCrawls) -> None:
        make_crawler(crawls, f"{shop.name}/orders")
        crawls.crawl()
        shop.session["orders"].drop()

        crawls.crawl()

        (table,) = crawls.tables().values()
        assert "DEPRECATED_BY_CRAWLER" in table["Parameters"]


class TestFailures:
    def test_of_the_password_say_so_without_it(self, shop: Database, crawls: DatabaseCrawls) -> None:
        connect(crawls, shop, "wrong", PASSWORD="hunter2")
        make_crawler(crawls, f"{shop.name}/orders", "wrong")

        record = crawls.crawl()

        assert (record["State"], record["ErrorMessage"]) == ("FAILED", _PREFIX + "Authentication failed.")

    @pytest.mark.parametrize(
        "url",
        ["mongodb://user:hunter2@127.0.0.1:99999/shop", "mongodb://127.0.0.1:1/shop?noSuch=1&tls=maybe"],
    )
    def test_of_the_connection_string_do_not_show_it(self, crawls: DatabaseCrawls, url: str) -> None:
        given = {"ConnectionType": "MONGODB", "ConnectionProperties": {"CONNECTION_URL": url}}

        with pytest.raises(ClientError, match="is not valid") as raised:
            crawls.glue.test_connection(TestConnectionInput=given)

        assert "hunter2" not in str(raised.value)

    def test_connection_test_logs_in(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.glue.test_connection(ConnectionName="db")
