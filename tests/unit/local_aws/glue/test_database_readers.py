"""What the readers of databases make of types and errors; tests of integration crawl real servers."""

from __future__ import annotations

import psycopg
import pymysql
import pytest

from airflow_lineage_provider.lineage.database_urls import parse_database_url
from airflow_lineage_provider.local_aws.engine.errors import SourceUnreachableError
from airflow_lineage_provider.local_aws.services.glue import mysql, postgresql
from airflow_lineage_provider.local_aws.services.glue.credentials import Credentials, credentials_of
from airflow_lineage_provider.local_aws.services.glue.mongodb import MongoDatabase
from airflow_lineage_provider.local_aws.services.glue.postgresql import PostgresqlTypes, TypeRow

URL = parse_database_url("jdbc:postgresql://db.example:5432/shop")
_REFUSED_LOGIN = (
    'connection failed: connection to server at "10.0.0.1", port 5432 failed: '
    'FATAL:  database "x" does not exist\nHINT: none'
)
_NOBODY_THERE = (
    "Connection to db.example:5432 refused. Check that the hostname and port are correct and that the "
    "postmaster is accepting TCP/IP connections."
)
TYPES = PostgresqlTypes(
    {
        23: TypeRow("int4", "b", 0, -1, 0),
        1007: TypeRow("_int4", "b", 0, -1, 23),
        1700: TypeRow("numeric", "b", 0, -1, 0),
        1231: TypeRow("_numeric", "b", 0, -1, 1700),
        90: TypeRow("price", "d", 1700, (8 << 16 | 3) + 4, 0),
        91: TypeRow("list_price", "d", 90, -1, 0),
        92: TypeRow("_price", "b", 0, -1, 90),
    }
)


class TestPostgresqlTypes:
    @pytest.mark.parametrize(
        "oid, modifier, expected",
        [
            pytest.param(23, -1, "int4", id="plain"),
            pytest.param(1700, -1, "numeric", id="without a precision"),
            pytest.param(1700, (10 << 16 | 2) + 4, "numeric(10,2)", id="precision and scale"),
            pytest.param(1700, (3 << 16 | 0x7FE) + 4, "numeric(3,-2)", id="a scale below 0"),
            pytest.param(1007, -1, "int4[]", id="array"),
            pytest.param(1231, (10 << 16 | 2) + 4, "numeric(10,2)[]", id="array with a precision"),
            pytest.param(90, -1, "numeric(8,3)", id="domain"),
            pytest.param(91, -1, "numeric(8,3)", id="domain of a domain"),
            pytest.param(92, -1, "numeric(8,3)[]", id="array of a domain"),
        ],
    )
    def test_are_told_by_their_base(self, oid: int, modifier: int, expected: str) -> None:
        assert TYPES.text(oid, modifier) == expected


class TestErrors:
    @pytest.mark.parametrize(
        "text, expected",
        [
            (_REFUSED_LOGIN, 'FATAL: database "x" does not exist'),
            ("connection failed: Connection refused\n\tIs the server running on that host?", _NOBODY_THERE),
            ("server does not support SSL, but SSL was required", "The server does not support SSL."),
            ("could not translate host name to address", "The connection attempt failed."),
        ],
    )
    def test_of_postgresql_read_as_its_jdbc_driver_words_them(self, text: str, expected: str) -> None:
        assert postgresql.connection_problem(psycopg.OperationalError(text), URL) == expected

    @pytest.mark.parametrize(
        "error, expected",
        [
            (pymysql.err.OperationalError(1049, "Unknown database 'x'"), "Unknown database 'x'"),
            (
                pymysql.err.OperationalError(2003, "Can't connect to secret-host"),
                "Communications link failure",
            ),
            (pymysql.err.OperationalError("odd"), "Communications link failure"),
        ],
    )
    def test_of_mysql_quote_the_server_alone(self, error: Exception, expected: str) -> None:
        assert mysql.connection_problem(error).startswith(expected)

    @pytest.mark.parametrize(
        "url", ["mongodb://u:hunter2:@x@h/d", "mongodb://h:99999/d", "mongodb://h/d?tls=x"]
    )
    def test_of_a_mongodb_address_show_none_of_it(self, url: str) -> None:
        with pytest.raises(SourceUnreachableError) as raised:
            MongoDatabase(url, "d", Credentials()).check()

        assert str(raised.value) == "The connection string is not valid."


class TestCredentials:
    def test_show_no_password(self) -> None:
        assert "hunter2" not in repr(Credentials("u", "hunter2"))

    def test_of_a_secret_come_before_others(self) -> None:
        definition = {"ConnectionProperties": {"SECRET_ID": "s", "USERNAME": "u", "PASSWORD": "p"}}

        found = credentials_of(
            definition, secret=lambda name: f'{{"username": "{name}", "password": "w"}}', decrypt=str.upper
        )

        assert found == Credentials("s", "w")

    def test_that_are_encrypted_are_decrypted(self) -> None:
        definition = {"ConnectionProperties": {"USERNAME": "u", "ENCRYPTED_PASSWORD": "w"}}

        assert credentials_of(definition, secret=str, decrypt=str.upper) == Credentials("u", "W")

    def test_may_be_none(self) -> None:
        assert credentials_of({"ConnectionProperties": {}}, secret=str, decrypt=str) == Credentials()
