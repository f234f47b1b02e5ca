"""
Addresses of databases, as Glue connections have them: JDBC URLs and MongoDB connection strings.

Only what identifies a server and a database is read. Nothing here puts a URL into an error or a ``repr``:
users write passwords into them.

.. seealso::
    - AWS Glue Developer Guide, *AWS Glue connection properties* (``JDBC_CONNECTION_URL``, ``CONNECTION_URL``)
    - OpenLineage specification (August 2026), *Naming conventions*: the schemes of namespaces. It has no row
      for MongoDB; ``mongodb://host:port`` and ``database.collection`` are used here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.identifiers import DatasetId

__all__ = ["DatabaseUrl", "connection_url", "database_dataset", "parse_database_url"]

_ENGINES = {
    "mariadb": "mysql",
    "mongodb": "mongodb",
    "mongodb+srv": "mongodb",
    "mysql": "mysql",
    "oracle": "oracle",
    "postgresql": "postgresql",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "sqlserver": "sqlserver",
}
_SCHEMES = {"postgresql": "postgres", "sqlserver": "mssql"}
_PORTS = {
    "mongodb": 27017,
    "mysql": 3306,
    "oracle": 1521,
    "postgresql": 5432,
    "redshift": 5439,
    "sqlserver": 1433,
}
_SNOWFLAKE_DOMAIN = ".snowflakecomputing.com"

_HOST = r"(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<host>[^\s:/?;,@\[\]\\]+))"
_URL = re.compile(
    rf"(?:jdbc:)?(?P<scheme>[a-z+]+)://(?:[^/?@]*@)?{_HOST}(?::(?P<port>\d+))?(?:,[^/?]*)?"
    r"(?:/(?P<database>[^/?;]*))?(?:[?;](?P<options>.*))?",
    re.DOTALL,
)
_SQLSERVER = re.compile(
    rf"jdbc:(?P<scheme>sqlserver)://{_HOST}(?:\\[^:;]*)?(?::(?P<port>\d+))?(?:;(?P<options>.*))?", re.DOTALL
)
_ORACLE = re.compile(
    rf"jdbc:(?P<scheme>oracle):thin:(?://@|@//|@){_HOST}(?::(?P<port>\d+))?(?:[/:](?P<database>[^/:?]*))?"
    r"(?:\?(?P<options>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """
    Which server, and which database of it.

    :param engine: ``postgresql``, ``mysql`` (MariaDB, too), ``oracle``, ``sqlserver``, ``redshift``,
        ``snowflake`` or ``mongodb``.
    :param host: Name or address, as it was written.
    :param port: The engine's usual one where none was written; 0 for an engine without ports.
    :param database: Empty if none is named.
    :param options: What follows in the URL, by name in lower case.
    """

    engine: str
    host: str
    port: int
    database: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def namespace(self) -> str:
        """The OpenLineage namespace of the server's datasets."""
        scheme = _SCHEMES.get(self.engine, self.engine)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}" if self.port else f"{scheme}://{host}"


def parse_database_url(url: str) -> DatabaseUrl:
    """
    Read a JDBC URL or a MongoDB connection string; of several hosts the first counts.

    :raises InvalidIdentifierError: If it is neither, or its engine is none of those known here.
    """
    match = _SQLSERVER.fullmatch(url) or _ORACLE.fullmatch(url) or _URL.fullmatch(url)
    engine = _ENGINES.get(match["scheme"]) if match else None
    if match is None or engine is None or _is_misplaced(url, engine):
        raise InvalidIdentifierError(
            text=_shown(url),
            wanted="a JDBC URL or MongoDB connection string such as jdbc:postgresql://host:5432/database",
        )
    groups = match.groupdict()
    options = _options(groups["options"] or "")
    database = unquote(groups.get("database") or "")
    if engine == "sqlserver":
        database = options.get("databasename") or options.get("database") or ""
    host = groups["v6"] or groups["host"]
    if engine == "snowflake":
        return DatabaseUrl(engine, host.removesuffix(_SNOWFLAKE_DOMAIN), 0, options.get("db", ""), options)
    return DatabaseUrl(engine, host, int(groups["port"] or _PORTS[engine]), database, options)


def connection_url(connection: Mapping[str, object]) -> str:
    """
    Return the address in a Glue connection's properties, as ``GetConnection`` gives them.

    :raises InvalidIdentifierError: If it has none.
    """
    properties = connection.get("ConnectionProperties")
    for key in ("JDBC_CONNECTION_URL", "CONNECTION_URL"):
        url = properties.get(key) if isinstance(properties, Mapping) else None
        if isinstance(url, str) and url:
            return url
    raise InvalidIdentifierError(
        text=str(connection.get("Name", "")), wanted="a Glue connection with the address of a database"
    )


def database_dataset(connection: Mapping[str, object], location: str) -> DatasetId:
    """
    Name a database's table or collection from its Glue connection and the ``Location`` of its Glue table.

    :param location: ``database.schema.table``, ``database.table`` or ``database.collection``.
    :raises InvalidIdentifierError: If the location is none of these, or the connection has no address.
    """
    if "." not in location or "://" in location:
        raise InvalidIdentifierError(text=location, wanted="the location of a table of a database")
    return DatasetId(parse_database_url(connection_url(connection)).namespace, location)


def _shown(url: str) -> str:
    """Return what is safe to show of a URL: its scheme."""
    scheme = re.match(r"[a-z0-9+:]{1,40}//", url)
    return f"{scheme[0]}…" if scheme else "(no URL)"


def _is_misplaced(url: str, engine: str) -> bool:
    """Tell whether ``jdbc:`` stands before what is no JDBC URL, or lacks before what is one."""
    return url.startswith("jdbc:") == (engine == "mongodb")


def _options(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in re.split(r"[&;]", text) if "=" in pair)
    return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs}
