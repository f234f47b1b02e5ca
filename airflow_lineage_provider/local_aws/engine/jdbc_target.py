"""
Reading a JDBC target: one catalog table per table or view of a database.

Exclusions are globs against the path relative to the include path; a bare table name excludes that table in
any schema.

.. seealso:: AWS Glue Developer Guide, "Crawler properties" (JDBC data stores); AWS Glue Web API Reference,
    ``JdbcTarget`` (``EnableAdditionalMetadata``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.local_aws.engine.databases import DatabaseColumn, DatabaseReader, DatabaseTable
from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import NO_STATISTICS, FoundTable
from airflow_lineage_provider.local_aws.engine.globs import Exclusions
from airflow_lineage_provider.local_aws.engine.jdbc_path import JdbcPath
from airflow_lineage_provider.local_aws.engine.jdbc_types import type_reader
from airflow_lineage_provider.local_aws.engine.schema import StructOf

__all__ = ["RAW_TYPE_PARAMETER", "JdbcTarget", "crawl_jdbc"]

RAW_TYPE_PARAMETER = "rawType"
"""Where a column's native type goes with ``RAWTYPES``: a parameter of the column; AWS's key is unknown."""


@dataclass(frozen=True, slots=True)
class JdbcTarget:
    """
    What of a database to crawl.

    :param connection: Name of the Glue connection.
    :param engine: ``postgresql`` or ``mysql``; also the tables' classification.
    :param exclusions: Globs.
    :param metadata: ``COMMENTS`` brings comments along, ``RAWTYPES`` the native types.
    """

    connection: str
    engine: str
    path: JdbcPath
    exclusions: tuple[str, ...] = ()
    metadata: frozenset[str] = frozenset()


def crawl_jdbc(
    reader: DatabaseReader, target: JdbcTarget, *, cancelled: Callable[[], bool] = lambda: False
) -> list[FoundTable]:
    """
    Return the tables of a target.

    Columns stand in the database's order. Names are ``database_schema_table``, locations
    ``database.schema.table``; there are no figures, as in the tables AWS crawled.

    :raises CrawlCancelledError: If ``cancelled`` said yes.
    :raises SourceUnreachableError: If the database does not answer.
    """
    exclusions = Exclusions(target.exclusions)
    found = []
    for table in reader.tables():
        if cancelled():
            raise CrawlCancelledError
        if target.path.includes(table) and not _is_excluded(exclusions, target.path.relative(table), table):
            found.append(_found(table, target))
    return found


def _is_excluded(exclusions: Exclusions, relative: str, table: DatabaseTable) -> bool:
    return exclusions.exclude(relative) or exclusions.exclude(table.name)


def _found(table: DatabaseTable, target: JdbcTarget) -> FoundTable:
    location = target.path.location_of(table)
    to_type = type_reader(target.engine)
    members = {column.name.lower(): _members(column, target.metadata) for column in reversed(table.columns)}
    return FoundTable(
        base_name="_".join(part for part in (target.path.database, table.schema, table.name) if part),
        location=location,
        format=TableFormat(
            classification=target.engine,
            parameters=(("connectionName", target.connection),),
            type_of_data="view" if table.is_view else "table",
            keeps_empty_serde=True,
        ),
        compression="none",
        record=StructOf(tuple((column.name, to_type(column.data_type)) for column in table.columns)),
        statistics=NO_STATISTICS,
        folders=frozenset({location}),
        column_members=members,
        description=table.comment if "COMMENTS" in target.metadata else "",
    )


def _members(column: DatabaseColumn, metadata: frozenset[str]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if "COMMENTS" in metadata and column.comment:
        members["Comment"] = column.comment
    if "RAWTYPES" in metadata and column.raw_type:
        members["Parameters"] = {RAW_TYPE_PARAMETER: column.raw_type}
    return members
