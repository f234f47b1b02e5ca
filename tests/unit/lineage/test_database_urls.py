from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.database_urls import (
    connection_url,
    database_dataset,
    parse_database_url,
)


def make_connection(url: str, key: str = "JDBC_CONNECTION_URL") -> dict[str, Any]:
    return {"Name": "shop", "ConnectionType": "JDBC", "ConnectionProperties": {key: url, "USERNAME": "u"}}


class TestUrls:
    @pytest.mark.parametrize(
        "url, engine, namespace, database",
        [
            ("jdbc:postgresql://db.example:6543/shop", "postgresql", "postgres://db.example:6543", "shop"),
            ("jdbc:postgresql://db/shop?ssl=true", "postgresql", "postgres://db:5432", "shop"),
            ("jdbc:postgresql://[::1]:5433/shop", "postgresql", "postgres://[::1]:5433", "shop"),
            ("jdbc:mysql://Db:3307/shop", "mysql", "mysql://Db:3307", "shop"),
            ("jdbc:mariadb://db", "mysql", "mysql://db:3306", ""),
            ("jdbc:mysql://db/my%20shop", "mysql", "mysql://db:3306", "my shop"),
            ("jdbc:oracle:thin://@db:1522/orcl", "oracle", "oracle://db:1522", "orcl"),
            ("jdbc:oracle:thin:@//db/orcl", "oracle", "oracle://db:1521", "orcl"),
            ("jdbc:oracle:thin:@db:1521:ORCL", "oracle", "oracle://db:1521", "ORCL"),
            ("jdbc:sqlserver://db:1444;databaseName=shop;user=u", "sqlserver", "mssql://db:1444", "shop"),
            ("jdbc:sqlserver://db\\main;database=shop", "sqlserver", "mssql://db:1433", "shop"),
            (
                "jdbc:snowflake://org-acc.snowflakecomputing.com/?db=D",
                "snowflake",
                "snowflake://org-acc",
                "D",
            ),
            (
                "jdbc:redshift://c.abc.us-east-1.redshift.amazonaws.com/dev",
                "redshift",
                "redshift://c.abc.us-east-1.redshift.amazonaws.com:5439",
                "dev",
            ),
            (
                "mongodb://user:word@one:27018,two:27019/shop?tls=true",
                "mongodb",
                "mongodb://one:27018",
                "shop",
            ),
            ("mongodb+srv://cluster.example/shop", "mongodb", "mongodb://cluster.example:27017", "shop"),
        ],
    )
    def test_name_engine_server_and_database(
        self, url: str, engine: str, namespace: str, database: str
    ) -> None:
        parsed = parse_database_url(url)

        assert (parsed.engine, parsed.namespace, parsed.database) == (engine, namespace, database)

    def test_keep_their_options_by_lower_case_name(self) -> None:
        parsed = parse_database_url("jdbc:postgresql://db/shop?sslMode=require&x=1%2B1")

        assert parsed.options == {"sslmode": "require", "x": "1+1"}

    @given(
        host=st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True),
        port=st.integers(1, 65535),
        database=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    )
    def test_give_back_what_was_put_in(self, host: str, port: int, database: str) -> None:
        parsed = parse_database_url(f"jdbc:postgresql://{host}:{port}/{quote(database, safe='')}?ssl=true")

        assert (parsed.host, parsed.port, parsed.database) == (host, port, database)

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "shop",
            "jdbc:postgresql:shop",
            "jdbc:db2://db:50000/shop",
            "jdbc:mongodb://db/shop",
            "postgresql://db/shop",
            "jdbc:postgresql://:5432/shop",
            "jdbc:postgresql://db:port/shop",
        ],
    )
    def test_of_other_shapes_are_refused(self, url: str) -> None:
        with pytest.raises(InvalidIdentifierError, match="JDBC URL"):
            parse_database_url(url)

    @pytest.mark.parametrize(
        "url", ["mongodb://user:hunter2:@/@db/shop", "postgresql://user:hunter2@db/shop", "user:hunter2@db"]
    )
    def test_are_not_shown_with_a_password_when_refused(self, url: str) -> None:
        with pytest.raises(InvalidIdentifierError) as raised:
            parse_database_url(url)

        assert "hunter2" not in str(raised.value)

    def test_do_not_show_their_options(self) -> None:
        parsed = parse_database_url("jdbc:postgresql://db/shop?user=u&password=hunter2")

        assert "hunter2" not in repr(parsed)


class TestConnections:
    @pytest.mark.parametrize(
        "key, url", [("JDBC_CONNECTION_URL", "jdbc:mysql://db/shop"), ("CONNECTION_URL", "mongodb://db/shop")]
    )
    def test_have_one_address(self, key: str, url: str) -> None:
        assert connection_url(make_connection(url, key)) == url

    @pytest.mark.parametrize("properties", [None, {}, {"JDBC_CONNECTION_URL": ""}])
    def test_without_an_address_are_refused(self, properties: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match="'net' is not a Glue connection"):
            connection_url({"Name": "net", "ConnectionProperties": properties})


class TestDatasets:
    @pytest.mark.parametrize(
        "url, location, identifier",
        [
            ("jdbc:postgresql://db/shop", "shop.public.orders", "postgres://db:5432/shop.public.orders"),
            ("jdbc:mysql://db/shop", "shop.orders", "mysql://db:3306/shop.orders"),
            ("mongodb://db/shop", "shop.orders", "mongodb://db:27017/shop.orders"),
            (
                "jdbc:redshift://c.123456789012.us-east-1.redshift.amazonaws.com/dev",
                "dev.public.orders",
                "arn:aws:redshift:us-east-1:123456789012:table/c/dev/public/orders",
            ),
        ],
    )
    def test_are_named_by_server_and_location(self, url: str, location: str, identifier: str) -> None:
        assert database_dataset(make_connection(url), location).source_identifier == identifier

    @pytest.mark.parametrize("location", ["", "orders", "s3://bucket/x.csv"])
    def test_are_not_made_of_other_locations(self, location: str) -> None:
        with pytest.raises(InvalidIdentifierError, match="a table of a database"):
            database_dataset(make_connection("jdbc:mysql://db/shop"), location)
