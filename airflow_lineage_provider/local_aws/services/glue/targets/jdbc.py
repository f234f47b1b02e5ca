"""JDBC targets of crawlers: tables of PostgreSQL and MySQL databases behind Glue connections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.errors import InvalidIncludePathError, SourceMissingError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.jdbc_path import JdbcPath
from airflow_lineage_provider.local_aws.engine.jdbc_target import JdbcTarget, crawl_jdbc
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.connections import Connection
from airflow_lineage_provider.local_aws.services.glue.database_access import (
    UnsupportedConnectionError,
    address_of,
    open_database,
)
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    TargetContent,
)
from airflow_lineage_provider.local_aws.services.glue.targets.paths import check_exclusions

__all__ = ["JdbcTargets"]

_ENGINES_WITH_SCHEMAS = ("postgresql",)
_TYPE = "JDBC"


class JdbcTargets:
    """``JdbcTargets``: databases that a connection of type JDBC leads to."""

    member = "JdbcTargets"

    def check(self, definition: CrawlerDefinition, surroundings: Surroundings) -> None:
        """Check connections, include paths and exclusions; no database is asked."""
        for target in definition.targets[self.member]:
            connection = surroundings.connection(target.get("ConnectionName", ""))
            if connection.connection_type != _TYPE:
                raise InvalidInputError(
                    f"Connection {connection.name} is of type {connection.connection_type}; "
                    f"a JDBC target needs one of type {_TYPE}."
                )
            check_exclusions(target)
            try:
                _target(target, connection)
            except (InvalidIncludePathError, UnsupportedConnectionError) as error:
                raise InvalidInputError(str(error)) from error

    def read(self, reading: Reading) -> TargetContent:
        """Read every include path, each over a connection of its own."""
        found: list[FoundTable] = []
        for item in reading.definition.targets[self.member]:
            connection = reading.connection(item["ConnectionName"])
            try:
                target = _target(item, connection)
            except InvalidIncludePathError as error:
                raise SourceMissingError(message=str(error)) from error
            database = open_database(reading.backend, connection.definition, database=target.path.database)
            found += crawl_jdbc(database, target, cancelled=reading.cancelled)
        return TargetContent(tuple(found))

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a location lies in an include path, as far as its connection is there."""
        return any(path.covers(location) for path in _paths(backend, definition))


def _paths(backend: CatalogBackend, definition: CrawlerDefinition) -> Iterator[JdbcPath]:
    for item in definition.targets.get(JdbcTargets.member, ()):
        connection = backend.connection_store.find(item["ConnectionName"])
        if connection is not None:
            yield _target(item, connection).path


def _target(target: Mapping[str, Any], connection: Connection) -> JdbcTarget:
    """Return a target for the engine."""
    engine = address_of(connection.definition).engine
    return JdbcTarget(
        connection=connection.name,
        engine=engine,
        path=JdbcPath.parse(target.get("Path", ""), has_schemas=engine in _ENGINES_WITH_SCHEMAS),
        exclusions=tuple(target.get("Exclusions") or ()),
        metadata=frozenset(target.get("EnableAdditionalMetadata") or ()),
    )
