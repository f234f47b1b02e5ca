"""MongoDB targets of crawlers: collections of MongoDB and DocumentDB servers behind Glue connections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.errors import InvalidIncludePathError
from airflow_lineage_provider.local_aws.engine.mongodb_target import MongoDBTarget, crawl_mongodb
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.connections import Connection
from airflow_lineage_provider.local_aws.services.glue.database_access import (
    UnsupportedConnectionError,
    address_of,
    open_collections,
)
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.targets.base import (
    Reading,
    Surroundings,
    TargetContent,
)

__all__ = ["MongoDBTargets"]

_TYPE = "MONGODB"
_DOCUMENTDB_HOST = ".docdb.amazonaws.com"


class MongoDBTargets:
    """``MongoDBTargets``: collections that a connection of type MONGODB leads to."""

    member = "MongoDBTargets"

    def check(self, definition: CrawlerDefinition, surroundings: Surroundings) -> None:
        """Check connections and include paths; no server is asked."""
        for target in definition.targets[self.member]:
            connection = surroundings.connection(target.get("ConnectionName", ""))
            if connection.connection_type != _TYPE:
                raise InvalidInputError(
                    f"Connection {connection.name} is of type {connection.connection_type}; "
                    f"a MongoDB target needs one of type {_TYPE}."
                )
            try:
                _target(target, connection)
            except (InvalidIncludePathError, UnsupportedConnectionError) as error:
                raise InvalidInputError(str(error)) from error

    def read(self, reading: Reading) -> TargetContent:
        """Read every collection; one that is missing or empty holds no table."""
        found = []
        for item in reading.definition.targets[self.member]:
            connection = reading.connection(item["ConnectionName"])
            target = _target(item, connection)
            database = open_collections(reading.backend, connection.definition, database=target.database)
            found.append(crawl_mongodb(database, target, cancelled=reading.cancelled))
        return TargetContent(tuple(table for table in found if table is not None))

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a location is that of one of the collections."""
        del backend
        return location in _locations(definition)


def _locations(definition: CrawlerDefinition) -> Iterator[str]:
    for item in definition.targets.get(MongoDBTargets.member, ()):
        yield ".".join(MongoDBTarget.split_path(item["Path"]))


def _target(target: Mapping[str, Any], connection: Connection) -> MongoDBTarget:
    """Return a target for the engine."""
    host = address_of(connection.definition).host
    database, collection = MongoDBTarget.split_path(target.get("Path", ""))
    return MongoDBTarget(
        connection=connection.name,
        classification="documentdb" if host.endswith(_DOCUMENTDB_HOST) else "mongodb",
        database=database,
        collection=collection,
        scan_all=target.get("ScanAll", True),
    )
