"""
Tables of a MySQL or MariaDB database, read from its ``information_schema`` with PyMySQL.

.. seealso:: MySQL Reference Manual, "INFORMATION_SCHEMA Tables".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from typing import Any

from airflow_lineage_provider.lineage.database_urls import DatabaseUrl
from airflow_lineage_provider.local_aws.engine.databases import DatabaseColumn, DatabaseTable
from airflow_lineage_provider.local_aws.engine.errors import SourceUnreachableError
from airflow_lineage_provider.local_aws.services.glue.credentials import Credentials

__all__ = ["MysqlDatabase", "connection_problem"]

_CONNECT_SECONDS = 10
_SAID_BY_CLIENT = 2000
_TABLES = """
    SELECT t.TABLE_NAME, t.TABLE_TYPE, t.TABLE_COMMENT, c.COLUMN_NAME, c.COLUMN_TYPE, c.COLUMN_COMMENT
    FROM information_schema.TABLES t
    LEFT JOIN information_schema.COLUMNS c
      ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
    WHERE t.TABLE_SCHEMA = %s AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
    ORDER BY t.TABLE_NAME, c.ORDINAL_POSITION
"""


class MysqlDatabase:
    """
    One database as one user sees it: ``information_schema`` shows what the user has a right to.

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
        """Yield tables and views, by name; none has a schema."""
        with self._session() as session, session.cursor() as cursor:
            cursor.execute(_TABLES, (self._url.database,))
            rows = cursor.fetchall()
        for (name, kind, comment), group in groupby(rows, key=lambda row: row[:3]):
            columns = tuple(
                DatabaseColumn(column, declared, raw_type=declared, comment=remark)
                for _, _, _, column, declared, remark in group
                if column is not None
            )
            is_view = kind == "VIEW"
            yield DatabaseTable("", name, columns, is_view=is_view, comment="" if is_view else comment)

    @contextmanager
    def _session(self) -> Iterator[Any]:
        import pymysql

        try:
            with closing(
                pymysql.connect(
                    host=self._url.host,
                    port=self._url.port,
                    database=self._url.database or None,
                    user=self._credentials.username,
                    password=self._credentials.password,
                    connect_timeout=_CONNECT_SECONDS,
                    charset="utf8mb4",
                    autocommit=True,
                    ssl={"check_hostname": False} if self._enforce_ssl else None,
                )
            ) as session:
                yield session
        except pymysql.err.MySQLError as error:
            raise SourceUnreachableError(message=connection_problem(error)) from None


def connection_problem(error: Exception) -> str:
    """Return what MySQL's JDBC driver, which AWS quotes, says: the server's words, or that there was none."""
    code, text = (*error.args, "", "")[:2]
    if isinstance(code, int) and code < _SAID_BY_CLIENT:
        return str(text)
    return (
        "Communications link failure. The last packet sent successfully to the server was 0 milliseconds "
        "ago. The driver has not received any packets from the server."
    )
