"""
Tables of a PostgreSQL database, read from its catalog with psycopg.

What a crawl sees, where AWS does not say: a partitioned table is one table and its partitions are none;
materialised views are views; foreign tables are tables.

.. seealso:: PostgreSQL documentation, "System Catalogs".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from airflow_lineage_provider.lineage.database_urls import DatabaseUrl
from airflow_lineage_provider.local_aws.engine.databases import DatabaseColumn, DatabaseTable
from airflow_lineage_provider.local_aws.engine.errors import SourceUnreachableError
from airflow_lineage_provider.local_aws.services.glue.credentials import Credentials

if TYPE_CHECKING:
    import psycopg

__all__ = ["PostgresqlDatabase", "PostgresqlTypes", "TypeRow", "connection_problem"]

_CONNECT_SECONDS = 10
_VIEWS = ("v", "m")
_SSL_MODES = ("allow", "disable", "prefer", "require", "verify-ca", "verify-full")

_TYPES = """
    SELECT oid, typname, typtype, typbasetype, typtypmod, CASE WHEN typcategory = 'A' THEN typelem ELSE 0 END
    FROM pg_catalog.pg_type
"""
_TABLES = """
    SELECT n.nspname, c.relname, c.relkind, coalesce(obj_description(c.oid, 'pg_class'), ''),
           a.attname, a.atttypid, a.atttypmod, format_type(a.atttypid, a.atttypmod),
           coalesce(col_description(c.oid, a.attnum), '')
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND has_schema_privilege(n.oid, 'USAGE')
      AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
    ORDER BY n.nspname, c.relname, a.attnum
"""


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A row of ``pg_type``: ``base`` is a domain's base type, ``element`` an array's element, 0 if none."""

    name: str
    kind: str
    base: int
    modifier: int
    element: int


class PostgresqlTypes:
    """
    The types of one database.

    :param rows: Its types, by their oid.
    """

    def __init__(self, rows: Mapping[int, TypeRow]) -> None:
        self._rows = rows

    def text(self, oid: int, modifier: int) -> str:
        """
        Return a type's internal name with its precision: domains resolved, ``[]`` behind an array's element.

        :param modifier: The column's ``atttypmod``; -1 for none.
        """
        row = self._rows[oid]
        while row.kind == "d":
            modifier = row.modifier if modifier == -1 else modifier
            row = self._rows[row.base]
        if row.element:
            return self.text(row.element, modifier) + "[]"
        if row.name == "numeric" and modifier >= 0:
            return f"numeric({_precision(modifier)},{_scale(modifier)})"
        return row.name


class PostgresqlDatabase:
    """
    One database as one user sees it.

    :param url: Where it is.
    :param credentials: Who reads.
    :param enforce_ssl: Refuse to connect without TLS.
    """

    def __init__(self, url: DatabaseUrl, credentials: Credentials, *, enforce_ssl: bool = False) -> None:
        self._url = url
        self._credentials = credentials
        self._enforce_ssl = enforce_ssl

    def check(self) -> None:
        """
        Connect, and leave again.

        :raises SourceUnreachableError: If that is not possible.
        """
        with self._session():
            return

    def tables(self) -> Iterator[DatabaseTable]:
        """Yield tables and views, by schema and name."""
        with self._session() as session:
            types = PostgresqlTypes({row[0]: TypeRow(*row[1:]) for row in session.execute(_TYPES)})
            rows = session.execute(_TABLES).fetchall()
        for (schema, name, kind, comment), group in groupby(rows, key=lambda row: row[:4]):
            columns = tuple(
                DatabaseColumn(column, types.text(oid, modifier), raw_type=declared, comment=remark)
                for _, _, _, _, column, oid, modifier, declared, remark in group
                if column is not None
            )
            yield DatabaseTable(schema, name, columns, is_view=kind in _VIEWS, comment=comment)

    @contextmanager
    def _session(self) -> Iterator[psycopg.Connection]:
        import psycopg

        mode = self._url.options.get("sslmode", "prefer")
        if self._enforce_ssl and not mode.startswith("verify-"):
            mode = "require"
        try:
            with psycopg.connect(
                host=self._url.host,
                port=self._url.port,
                dbname=self._url.database,
                user=self._credentials.username,
                password=self._credentials.password,
                sslmode=mode if mode in _SSL_MODES else "prefer",
                connect_timeout=_CONNECT_SECONDS,
                application_name="AWS Glue crawler",
                client_encoding="utf8",
                autocommit=True,
            ) as session:
                yield session
        except psycopg.Error as error:
            raise SourceUnreachableError(message=connection_problem(error, self._url)) from None


def connection_problem(error: psycopg.Error, url: DatabaseUrl) -> str:
    """
    Return what PostgreSQL's JDBC driver, which AWS quotes, says where psycopg raises ``error``.

    The server's own words are kept; libpq's are replaced, so that nothing of the connection is quoted but its
    address.
    """
    if error.diag.message_primary:
        return f"{error.diag.severity}: {error.diag.message_primary}"
    text = str(error)
    said = re.search(r"\b(FATAL|ERROR): +([^\n]+)", text)
    if said:
        return f"{said[1]}: {said[2].strip()}"
    if "refused" in text:
        return (
            f"Connection to {url.host}:{url.port} refused. Check that the hostname and port are correct and "
            "that the postmaster is accepting TCP/IP connections."
        )
    if "SSL" in text:
        return "The server does not support SSL."
    return "The connection attempt failed."


def _precision(modifier: int) -> int:
    return (modifier - 4) >> 16 & 0xFFFF


def _scale(modifier: int) -> int:
    """Return the scale in a ``numeric``'s modifier: eleven bits with a sign."""
    bits = (modifier - 4) & 0x7FF
    return bits - 0x800 if bits & 0x400 else bits
