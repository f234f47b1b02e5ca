"""
From a Glue connection to a database that can be read.

AWS's words for what can go wrong are kept where they are known: they quote the JDBC driver. No text holds a
password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.database_urls import DatabaseUrl, connection_url, parse_database_url
from airflow_lineage_provider.local_aws.engine.errors import SourceUnreachableError
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.credentials import (
    Credentials,
    credentials_of,
    read_secret,
)
from airflow_lineage_provider.local_aws.services.glue.mongodb import MongoDatabase
from airflow_lineage_provider.local_aws.services.glue.mysql import MysqlDatabase
from airflow_lineage_provider.local_aws.services.glue.postgresql import PostgresqlDatabase

__all__ = [
    "JDBC_ENGINES",
    "UnsupportedConnectionError",
    "address_of",
    "check_connection",
    "open_collections",
    "open_database",
]

JDBC_ENGINES = ("mysql", "postgresql")
"""The databases the local stack reads."""

_CHECK_TEXT = "Check that your connection definition references your {kind} database with correct URL syntax"
_JDBC_TEXT = _CHECK_TEXT.format(kind="JDBC") + ", username, and password."
_MONGODB_TEXT = _CHECK_TEXT.format(kind="MongoDB") + ", username, and password."
_TYPES = ("JDBC", "MONGODB")

RelationalDatabase = MysqlDatabase | PostgresqlDatabase


class UnsupportedConnectionError(SourceUnreachableError):
    """A connection to what the local stack does not read."""


def address_of(definition: Mapping[str, Any]) -> DatabaseUrl:
    """
    Return where a JDBC or MongoDB connection leads to.

    :param definition: A ``ConnectionInput`` or ``TestConnectionInput``.
    :raises UnsupportedConnectionError: If it leads to no database that the local stack reads.
    """
    kind = definition["ConnectionType"]
    if kind not in _TYPES:
        raise UnsupportedConnectionError(
            message=f"Connections of type {kind} cannot be used by the local stack; those of type "
            f"{' and '.join(_TYPES)} can."
        )
    try:
        url = parse_database_url(connection_url(definition))
    except InvalidIdentifierError as error:
        raise UnsupportedConnectionError(message=f"{_text(kind)} {error}") from error
    if (url.engine == "mongodb") != (kind == "MONGODB"):
        raise UnsupportedConnectionError(
            message=f"A connection of type {kind} cannot lead to a database of kind {url.engine}."
        )
    if kind == "JDBC" and url.engine not in JDBC_ENGINES:
        raise UnsupportedConnectionError(
            message=f"The local stack does not read {url.engine} databases; it reads "
            f"{' and '.join(JDBC_ENGINES)} through JDBC_CONNECTION_URL."
        )
    return url


def open_database(
    backend: CatalogBackend, definition: Mapping[str, Any], *, database: str
) -> RelationalDatabase:
    """
    Return a database behind a JDBC connection, after connecting once to the one its URL names.

    A JDBC driver would do so first, whatever database is crawled.

    :param database: The database to read.
    :raises SourceUnreachableError: If that is not possible.
    """
    url = address_of(definition)
    if url.database not in ("", database):
        _check_relational(backend, definition, url)
    wanted = replace(url, database=database)
    _check_relational(backend, definition, wanted)
    return _relational(backend, definition, wanted)


def open_collections(
    backend: CatalogBackend, definition: Mapping[str, Any], *, database: str
) -> MongoDatabase:
    """
    Return a database behind a MongoDB connection.

    :param database: The database to read.
    :raises SourceUnreachableError: If the server cannot be reached.
    """
    address_of(definition)
    held = MongoDatabase(connection_url(definition), database, _credentials(backend, definition))
    _check(held, "MONGODB")
    return held


def check_connection(backend: CatalogBackend, definition: Mapping[str, Any]) -> None:
    """
    Connect to what a connection names, and leave again.

    :raises SourceUnreachableError: If that is not possible.
    """
    url = address_of(definition)
    if url.engine == "mongodb":
        open_collections(backend, definition, database=url.database)
    else:
        _check_relational(backend, definition, url)


def _check_relational(backend: CatalogBackend, definition: Mapping[str, Any], url: DatabaseUrl) -> None:
    _check(_relational(backend, definition, url), "JDBC")


def _relational(
    backend: CatalogBackend, definition: Mapping[str, Any], url: DatabaseUrl
) -> RelationalDatabase:
    opened = MysqlDatabase if url.engine == "mysql" else PostgresqlDatabase
    enforced = definition["ConnectionProperties"].get("JDBC_ENFORCE_SSL", "").lower() == "true"
    return opened(url, _credentials(backend, definition), enforce_ssl=enforced)


def _check(database: RelationalDatabase | MongoDatabase, kind: str) -> None:
    try:
        database.check()
    except SourceUnreachableError as error:
        raise SourceUnreachableError(message=f"{_text(kind)} {error}") from error


def _credentials(backend: CatalogBackend, definition: Mapping[str, Any]) -> Credentials:
    return credentials_of(
        definition,
        secret=lambda secret_id: read_secret(backend.account_id, backend.region_name, secret_id),
        decrypt=backend.connection_store.decrypted_password,
    )


def _text(kind: str) -> str:
    return _JDBC_TEXT if kind == "JDBC" else _MONGODB_TEXT
