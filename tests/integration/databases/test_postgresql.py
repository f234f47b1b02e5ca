"""Crawls of a real PostgreSQL through a Glue connection."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.integration.databases.conftest import Database
from tests.integration.databases.crawling import DatabaseCrawls
from tests.integration.databases.servers import PASSWORD, postgresql_session

_PREFIX = (
    "Check that your connection definition references your JDBC database with correct URL syntax, username, "
    "and password. "
)


def url(database: Database, name: str | None = None) -> str:
    return f"jdbc:postgresql://{database.address}/{name or database.name}"


@pytest.fixture
def shop(postgresql: Database, crawls: DatabaseCrawls) -> Database:
    """A database with the table ``orders``, and the connection ``db`` to it."""
    postgresql.run("CREATE TABLE orders (id int PRIMARY KEY, amount numeric(10,2), created timestamp)")
    crawls.connect(url(postgresql), postgresql.server)
    return postgresql


class TestTables:
    def test_are_those_of_the_schema(self, shop: Database, crawls: DatabaseCrawls) -> None:
        shop.run(
            'CREATE TABLE "Mixed Case" ("Id" int)',
            "CREATE SCHEMA audit",
            "CREATE TABLE audit.orders (id int)",
            "CREATE VIEW totals AS SELECT sum(amount) AS total FROM orders",
            "CREATE MATERIALIZED VIEW counts AS SELECT count(*) AS n FROM orders",
            "CREATE TABLE days (id int, day date) PARTITION BY RANGE (day)",
            "CREATE TABLE days_2025 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
        )
        crawls.make_crawler({"Path": f"{shop.name}/public/%"})

        record = crawls.crawl()

        kinds = {name: table["Parameters"]["typeOfData"] for name, table in crawls.tables().items()}
        assert record["State"] == "COMPLETED"
        assert kinds == {
            f"{shop.name}_public_counts": "view",
            f"{shop.name}_public_days": "table",
            f"{shop.name}_public_mixed_case": "table",
            f"{shop.name}_public_orders": "table",
            f"{shop.name}_public_totals": "view",
        }

    def test_are_worded_as_aws_words_them(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.make_crawler({"Path": f"{shop.name}/public/orders"}, TablePrefix="raw_")

        record = crawls.crawl()

        (table,) = crawls.tables().values()
        parameters = {
            "CRAWL_RUN_ID": record["CrawlId"],
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": "c",
            "classification": "postgresql",
            "compressionType": "none",
            "connectionName": "db",
            "typeOfData": "table",
        }
        assert (table["Name"], table["TableType"]) == (f"raw_{shop.name}_public_orders", "EXTERNAL_TABLE")
        assert table["Parameters"] == parameters
        assert table["StorageDescriptor"] == {
            "Columns": [
                {"Name": "id", "Type": "int"},
                {"Name": "amount", "Type": "decimal(10,2)"},
                {"Name": "created", "Type": "timestamp"},
            ],
            "Location": f"{shop.name}.public.orders",
            "Compressed": False,
            "NumberOfBuckets": -1,
            "SerdeInfo": {"Parameters": {}},
            "BucketColumns": [],
            "SortColumns": [],
            "Parameters": parameters,
            "StoredAsSubDirectories": False,
        }

    def test_have_the_types_of_their_columns(self, shop: Database, crawls: DatabaseCrawls) -> None:
        shop.run(
            "CREATE DOMAIN price AS numeric(8,3)",
            "CREATE DOMAIN list_price AS price",
            "CREATE TYPE mood AS ENUM ('fine', 'bad')",
            "CREATE TYPE point3 AS (x float8, y float8, z float8)",
            """
            CREATE TABLE typed (
                small int2, big int8, serial_ bigserial, exact numeric, rounded numeric(3,-2), real_ real,
                double_ double precision, bool_ bool, day date, at timestamp(3), at_zone timestamptz,
                time_ time, name varchar(20), code char(3), body text, id uuid, doc json, docb jsonb,
                raw bytea, price price, list_price list_price, prices price[], grid int[][],
                mood mood, moods mood[], span int4range, wait interval, ip inet, cash money, point point3
            )
            """,
        )
        crawls.make_crawler({"Path": f"{shop.name}/public/typed"})

        crawls.crawl()

        assert crawls.columns(f"{shop.name}_public_typed") == {
            "small": "smallint",
            "big": "bigint",
            "serial_": "bigint",
            "exact": "decimal(38,18)",
            "rounded": "decimal(5,0)",
            "real_": "float",
            "double_": "double",
            "bool_": "boolean",
            "day": "date",
            "at": "timestamp",
            "at_zone": "timestamp",
            "time_": "string",
            "name": "string",
            "code": "string",
            "body": "string",
            "id": "string",
            "doc": "string",
            "docb": "string",
            "raw": "binary",
            "price": "decimal(8,3)",
            "list_price": "decimal(8,3)",
            "prices": "array<decimal(8,3)>",
            "grid": "array<int>",
            "mood": "string",
            "moods": "array<string>",
            "span": "string",
            "wait": "string",
            "ip": "string",
            "cash": "string",
            "point": "string",
        }

    def test_have_comments_and_native_types_when_asked_to(
        self, shop: Database, crawls: DatabaseCrawls
    ) -> None:
        shop.run("COMMENT ON TABLE orders IS 'all orders'", "COMMENT ON COLUMN orders.id IS 'the number'")
        crawls.make_crawler(
            {"Path": f"{shop.name}/public/%", "EnableAdditionalMetadata": ["COMMENTS", "RAWTYPES"]}
        )

        crawls.crawl()

        (table,) = crawls.tables().values()
        assert table["Description"] == "all orders"
        assert table["StorageDescriptor"]["Columns"][:2] == [
            {"Name": "id", "Type": "int", "Comment": "the number", "Parameters": {"rawType": "integer"}},
            {"Name": "amount", "Type": "decimal(10,2)", "Parameters": {"rawType": "numeric(10,2)"}},
        ]

    def test_are_only_those_the_user_may_read(self, shop: Database, crawls: DatabaseCrawls) -> None:
        shop.run(
            "CREATE TABLE hidden (id int)",
            f"CREATE ROLE {shop.name}_reader LOGIN PASSWORD 'x'",
            f"GRANT SELECT ON orders TO {shop.name}_reader",
        )
        login = {"USERNAME": f"{shop.name}_reader", "PASSWORD": "x"}
        crawls.connect(url(shop), shop.server, "reader", **login)
        crawls.make_crawler({"ConnectionName": "reader", "Path": f"{shop.name}/%"})

        crawls.crawl()

        shop.run(f"DROP OWNED BY {shop.name}_reader", f"DROP ROLE {shop.name}_reader")
        assert list(crawls.tables()) == [f"{shop.name}_public_orders"]

    def test_of_another_database_are_read_over_the_same_connection(
        self, shop: Database, crawls: DatabaseCrawls
    ) -> None:
        crawls.connect(url(shop, "postgres"), shop.server, "postgres")
        crawls.make_crawler({"ConnectionName": "postgres", "Path": f"{shop.name}/public/%"})

        crawls.crawl()

        assert list(crawls.tables()) == [f"{shop.name}_public_orders"]

    def test_have_their_names_whatever_the_encoding(
        self, postgresql: Database, crawls: DatabaseCrawls
    ) -> None:
        name = f"{postgresql.name}_ascii"
        postgresql.run(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0")
        with postgresql_session(postgresql.server, name) as session:
            session.execute("SET client_encoding TO utf8")
            session.execute('CREATE TABLE "größe" ("länge" int)')
        crawls.connect(url(postgresql, name), postgresql.server)
        crawls.make_crawler({"Path": f"{name}/public/%"})

        crawls.crawl()

        postgresql.run(f"DROP DATABASE {name}")
        (table,) = crawls.tables().values()
        assert table["StorageDescriptor"]["Location"] == f"{name}.public.größe"
        assert crawls.columns(f"{name}_public_gr__e") == {"länge": "int"}

    def test_of_two_connections_do_not_get_mixed_up(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.connect(url(shop), shop.server, "again")
        path = f"{shop.name}/public/orders"
        crawls.make_crawler({"Path": path}, {"ConnectionName": "again", "Path": path})

        crawls.crawl()
        second = crawls.crawl()

        names = {table["Parameters"]["connectionName"]: name for name, table in crawls.tables().items()}
        assert names["db"] == f"{shop.name}_public_orders"
        assert names["again"].startswith(f"{shop.name}_public_orders_")
        assert "Summary" not in second


class TestChanges:
    @pytest.mark.parametrize(
        "policy, expected",
        [("DEPRECATE_IN_DATABASE", {"kept", "gone"}), ("DELETE_FROM_DATABASE", {"kept"})],
    )
    def test_of_the_database_reach_the_catalog(
        self, shop: Database, crawls: DatabaseCrawls, policy: str, expected: set[str]
    ) -> None:
        shop.run("CREATE TABLE gone (id int)", "ALTER TABLE orders RENAME TO kept")
        crawls.make_crawler(
            {"Path": f"{shop.name}/public/%"},
            SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": policy},
        )
        crawls.crawl()
        shop.run(
            "DROP TABLE gone",
            "ALTER TABLE kept ADD note text",
            "ALTER TABLE kept DROP created",
            "ALTER TABLE kept ALTER id TYPE bigint",
        )

        record = crawls.crawl()

        tables = {name.removeprefix(f"{shop.name}_public_"): each for name, each in crawls.tables().items()}
        assert set(tables) == expected
        assert tables["kept"]["VersionId"] == "1"
        assert crawls.columns(f"{shop.name}_public_kept") == {
            "id": "bigint",
            "amount": "decimal(10,2)",
            "note": "string",
        }
        changed = {
            action: json.loads(text) for action, text in json.loads(record["Summary"])["TABLE"].items()
        }
        assert f"{shop.name}_public_kept" in changed["UPDATE"]["Details"]["names"]
        if policy == "DEPRECATE_IN_DATABASE":
            assert "DEPRECATED_BY_CRAWLER" in tables["gone"]["Parameters"]

    def test_that_are_none_leave_the_version(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.make_crawler({"Path": f"{shop.name}/public/%"})
        crawls.crawl()

        record = crawls.crawl()

        (table,) = crawls.tables().values()
        assert (table["VersionId"], "Summary" in record) == ("0", False)
        assert table["Parameters"]["CRAWL_RUN_ID"] == record["CrawlId"]

    def test_are_only_logged_when_the_policy_says_so(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.make_crawler(
            {"Path": f"{shop.name}/public/%"},
            SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        )
        crawls.crawl()
        shop.run("ALTER TABLE orders ADD note text")

        crawls.crawl()

        assert "note" not in crawls.columns(f"{shop.name}_public_orders")

    def test_exclusions_leave_tables_out(self, shop: Database, crawls: DatabaseCrawls) -> None:
        shop.run("CREATE TABLE tmp_orders (id int)")
        crawls.make_crawler({"Path": f"{shop.name}/public/%", "Exclusions": ["tmp_*"]})

        crawls.crawl()

        assert list(crawls.tables()) == [f"{shop.name}_public_orders"]


class TestFailures:
    def fail(self, crawls: DatabaseCrawls, path: str, connection: str) -> str:
        crawls.make_crawler({"ConnectionName": connection, "Path": path})
        record = crawls.crawl()
        assert record["State"] == "FAILED"
        last = crawls.glue.get_crawler(Name="c")["Crawler"]["LastCrawl"]
        assert last["ErrorMessage"] == record["ErrorMessage"]
        assert not crawls.glue.get_databases()["DatabaseList"]
        return str(record["ErrorMessage"])

    def test_of_the_password_quote_the_server(
        self, shop: Database, crawls: DatabaseCrawls, local_aws: LocalAws
    ) -> None:
        crawls.connect(url(shop), shop.server, "wrong", PASSWORD="hunter2")

        message = self.fail(crawls, f"{shop.name}/public/%", "wrong")

        assert message == _PREFIX + 'FATAL: password authentication failed for user "postgres"'
        group = {"logGroupName": "/aws-glue/crawlers", "logStreamName": "c"}
        lines = [each["message"] for each in local_aws.client("logs").get_log_events(**group)["events"]]
        assert any(message in line for line in lines)
        assert not any("hunter2" in line for line in lines)

    def test_of_the_database_quote_the_server(self, shop: Database, crawls: DatabaseCrawls) -> None:
        message = self.fail(crawls, "nowhere/public/%", "db")

        assert message == _PREFIX + 'FATAL: database "nowhere" does not exist'

    def test_of_the_urls_database_count_even_if_another_is_crawled(
        self, shop: Database, crawls: DatabaseCrawls
    ) -> None:
        crawls.connect(url(shop, "nowhere"), shop.server, "lost")

        message = self.fail(crawls, f"{shop.name}/public/%", "lost")

        assert message == _PREFIX + 'FATAL: database "nowhere" does not exist'

    def test_of_tls_that_the_server_lacks_say_so(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.connect(url(shop), shop.server, "tls", JDBC_ENFORCE_SSL="true")

        message = self.fail(crawls, f"{shop.name}/public/%", "tls")

        assert message == _PREFIX + "The server does not support SSL."

    def test_of_a_connection_that_was_deleted_name_it(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.make_crawler({"Path": f"{shop.name}/public/%"})
        crawls.glue.delete_connection(ConnectionName="db")

        record = crawls.crawl()

        assert record["State"] == "FAILED"
        assert record["ErrorMessage"] == "Unable to retrieve connection db: Connection db not found."


class TestLogins:
    def test_work_for_test_connection(self, shop: Database, crawls: DatabaseCrawls) -> None:
        crawls.glue.test_connection(ConnectionName="db")

        crawls.connect(url(shop), shop.server, "wrong", PASSWORD="hunter2")
        with pytest.raises(ClientError, match="password authentication failed") as raised:
            crawls.glue.test_connection(ConnectionName="wrong")
        assert "hunter2" not in str(raised.value)

    @pytest.mark.parametrize("place", ["SECRET_ID", "SecretArn", "credentials", "encrypted"])
    def test_come_from_where_the_connection_says(
        self, shop: Database, crawls: DatabaseCrawls, local_aws: LocalAws, place: str
    ) -> None:
        username = shop.server.username
        secret = local_aws.client("secretsmanager").create_secret(
            Name="login", SecretString=json.dumps({"username": username, "password": PASSWORD})
        )
        properties = {"JDBC_CONNECTION_URL": url(shop)}
        authentication: dict[str, Any] = {"AuthenticationType": "BASIC"}
        if place == "SECRET_ID":
            properties["SECRET_ID"] = "login"
        elif place == "SecretArn":
            authentication["SecretArn"] = secret["ARN"]
        elif place == "credentials":
            login = {"Username": username, "Password": PASSWORD}
            authentication["BasicAuthenticationCredentials"] = login
        else:
            key = local_aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
            wanted = {"ReturnConnectionPasswordEncrypted": True, "AwsKmsKeyId": key}
            crawls.glue.put_data_catalog_encryption_settings(
                DataCatalogEncryptionSettings={"ConnectionPasswordEncryption": wanted}
            )
            properties |= {"USERNAME": username, "PASSWORD": PASSWORD}
        crawls.glue.create_connection(
            ConnectionInput={
                "Name": "own",
                "ConnectionType": "JDBC",
                "ConnectionProperties": properties,
                "AuthenticationConfiguration": authentication,
            }
        )

        crawls.glue.test_connection(ConnectionName="own")
