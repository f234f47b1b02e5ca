"""Crawls of a real MariaDB, which speaks MySQL's protocol, through a Glue connection."""

from __future__ import annotations

import pytest

from tests.integration.databases.conftest import Database
from tests.integration.databases.crawling import DatabaseCrawls

_PREFIX = (
    "Check that your connection definition references your JDBC database with correct URL syntax, username, "
    "and password. "
)


@pytest.fixture
def shop(mariadb: Database, crawls: DatabaseCrawls) -> Database:
    """A database with the table ``orders``, and the connection ``db`` to it."""
    mariadb.run("CREATE TABLE orders (id int PRIMARY KEY COMMENT 'the number', amount decimal(10,2))")
    crawls.connect(f"jdbc:mysql://{mariadb.address}/{mariadb.name}", mariadb.server)
    return mariadb


class TestTables:
    def test_have_no_schema_in_their_names(self, shop: Database, crawls: DatabaseCrawls) -> None:
        shop.run(
            "CREATE VIEW totals AS SELECT sum(amount) AS total FROM orders",
            "CREATE TABLE `Mixed Case` (`Unit Price` float)",
            "CREATE SEQUENCE numbers",
        )
        crawls.make_crawler({"Path": f"{shop.name}/%"})

        record = crawls.crawl()

        tables = crawls.tables()
        places = {
            name: (table["StorageDescriptor"]["Location"], table["Parameters"]["typeOfData"])
            for name, table in tables.items()
        }
        assert record["State"] == "COMPLETED"
        assert places == {
            f"{shop.name}_mixed_case": (f"{shop.name}.Mixed Case", "table"),
            f"{shop.name}_orders": (f"{shop.name}.orders", "table"),
            f"{shop.name}_totals": (f"{shop.name}.totals", "view"),
        }
        assert crawls.columns(f"{shop.name}_mixed_case") == {"unit price": "float"}
        assert tables[f"{shop.name}_orders"]["Parameters"]["classification"] == "mysql"

    def test_have_the_types_of_their_columns(self, shop: Database, crawls: DatabaseCrawls) -> None:
        shop.run(
            """
            CREATE TABLE typed (
                flag bool, bits bit(3), tiny tinyint, tiny_u tinyint unsigned, int_u int unsigned,
                big_u bigint unsigned zerofill, exact decimal(65,30), real_ float(7,3), double_ double,
                day date, at datetime(6), stamp timestamp, time_ time, year_ year, name varchar(10),
                body longtext, mood enum('fine (really)', 'bad'), choice set('x','y'), doc json, raw longblob,
                hash binary(16), place point, id uuid
            )
            """
        )
        crawls.make_crawler({"Path": f"{shop.name}/typed"})

        crawls.crawl()

        assert crawls.columns(f"{shop.name}_typed") == {
            "flag": "boolean",
            "bits": "binary",
            "tiny": "tinyint",
            "tiny_u": "smallint",
            "int_u": "bigint",
            "big_u": "decimal(20,0)",
            "exact": "decimal(38,30)",
            "real_": "float",
            "double_": "double",
            "day": "date",
            "at": "timestamp",
            "stamp": "timestamp",
            "time_": "string",
            "year_": "int",
            "name": "string",
            "body": "string",
            "mood": "string",
            "choice": "string",
            "doc": "string",
            "raw": "binary",
            "hash": "binary",
            "place": "string",
            "id": "string",
        }

    def test_have_comments_when_asked_to(self, shop: Database, crawls: DatabaseCrawls) -> None:
        shop.run("ALTER TABLE orders COMMENT = 'all orders'", "CREATE VIEW v AS SELECT id AS n FROM orders")
        crawls.make_crawler({"Path": f"{shop.name}/%", "EnableAdditionalMetadata": ["COMMENTS"]})

        crawls.crawl()

        tables = crawls.tables()
        orders = tables[f"{shop.name}_orders"]
        assert orders["Description"] == "all orders"
        assert orders["StorageDescriptor"]["Columns"][0]["Comment"] == "the number"
        assert "Description" not in tables[f"{shop.name}_v"]

    def test_change_with_the_database(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.make_crawler({"Path": f"{shop.name}/%"})
        crawls.crawl()
        shop.run("ALTER TABLE orders ADD COLUMN note text FIRST")

        crawls.crawl()

        assert list(crawls.columns(f"{shop.name}_orders")) == ["note", "id", "amount"]


class TestFailures:
    def test_of_the_password_quote_the_server(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.connect(f"jdbc:mysql://{shop.address}/{shop.name}", shop.server, "wrong", PASSWORD="hunter2")
        crawls.make_crawler({"ConnectionName": "wrong", "Path": f"{shop.name}/%"})

        record = crawls.crawl()

        assert (record["State"], record["ErrorMessage"]) == (
            "FAILED",
            _PREFIX + "Access denied for user 'admin'@'127.0.0.1' (using password: YES)",
        )

    def test_of_the_database_quote_the_server(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.make_crawler({"Path": "nowhere/%"})

        record = crawls.crawl()

        assert (record["State"], record["ErrorMessage"]) == ("FAILED", _PREFIX + "Unknown database 'nowhere'")

    def test_of_tls_that_the_server_lacks_say_so(self, shop: Database, crawls: DatabaseCrawls) -> None:
        url = f"jdbc:mysql://{shop.address}/{shop.name}"
        crawls.connect(url, shop.server, "tls", JDBC_ENFORCE_SSL="true")
        crawls.make_crawler({"ConnectionName": "tls", "Path": f"{shop.name}/%"})

        record = crawls.crawl()

        assert (record["State"], record["ErrorMessage"].startswith(_PREFIX)) == ("FAILED", True)
