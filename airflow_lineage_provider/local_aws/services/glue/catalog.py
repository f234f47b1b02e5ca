"""
The Data Catalog as AWS keeps it, over moto's: lower-case names, versions from "0", times, owners, indexes.

Everything not overridden here is moto's.

.. seealso:: AWS Glue Web API Reference, ``Table``, ``TableInput``, ``UpdateTable``,
    ``PartitionIndexDescriptor``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from moto.glue.exceptions import VersionNotFoundException
from moto.glue.models import FakeDatabase, FakePartition, FakeTable, GlueBackend

from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry
from airflow_lineage_provider.local_aws.services.glue.clock import now
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    AlreadyExistsError,
    ConcurrentModificationError,
    EntityNotFoundError,
    InvalidInputError,
)

__all__ = ["CatalogBackend", "CatalogTable"]

_MAX_INDEXES = 3


class CatalogPartition(FakePartition):
    """A partition stamped with the stack's own time."""

    def __init__(self, database_name: str, table_name: str, partiton_input: dict[str, Any]) -> None:
        super().__init__(database_name, table_name, partiton_input)
        self.creation_time = now()


class CatalogTable(FakeTable):
    """
    A table whose versions count from "0".

    ``versions`` holds every version as its ``TableInput``, ``update_times`` when each was written,
    ``indexes`` the keys of each partition index.
    """

    def __init__(
        self,
        database_name: str,
        table_name: str,
        table_input: dict[str, Any],
        catalog_id: str,
        *,
        created_by: str,
        open_table_format_input: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(database_name, table_name, table_input, catalog_id, open_table_format_input)
        self.created_time = now()
        self._current_version = 0
        self.versions = {"0": {**table_input, "Name": table_name}}
        self.created_by = created_by
        self.update_times = {"0": self.created_time}
        self.indexes: dict[str, list[str]] = {}

    @property
    def current(self) -> dict[str, Any]:
        """The newest version's ``TableInput``."""
        return self.versions[str(self._current_version)]

    @property
    def current_version(self) -> str:
        """The newest version's id."""
        return str(self._current_version)

    def update(self, table_input: dict[str, Any]) -> None:
        """Add a version."""
        version = str(self._current_version + 1)
        self.update_times[version] = now()
        self.versions[version] = {**table_input, "Name": self.name}
        self._current_version += 1

    def forget_archive(self) -> None:
        """Drop all versions but the newest, as ``SkipArchive`` asks for."""
        for version in [version for version in self.versions if version != self.current_version]:
            self.delete_version(version)

    def put_in_place(self, table_input: dict[str, Any]) -> None:
        """Replace the newest version's definition without a new version or another ``UpdateTime``."""
        self.versions[self.current_version] = {**table_input, "Name": self.name}

    def delete_version(self, version_id: str) -> None:
        """
        Delete one version.

        :raises VersionNotFoundException: If there is no such version.
        :raises InvalidInputError: If it is the newest.
        """
        if version_id not in self.versions:
            raise VersionNotFoundException
        if version_id == self.current_version:
            raise InvalidInputError(f"Version {version_id} is the current version of table {self.name}.")
        del self.versions[version_id]
        del self.update_times[version_id]

    def as_dict(self, version: str | None = None) -> dict[str, Any]:
        """Return a version in the form of GetTable."""
        shown = version if version is not None else self.current_version
        table_input = self.get_version(shown)
        return {
            **table_input,
            "DatabaseName": self.database_name,
            "Name": self.name,
            "Retention": table_input.get("Retention", 0),
            "PartitionKeys": table_input.get("PartitionKeys", []),
            "CreateTime": self.created_time,
            "UpdateTime": self.update_times[shown],
            "CreatedBy": self.created_by,
            "IsRegisteredWithLakeFormation": False,
            "CatalogId": self.catalog_id,
            "VersionId": shown,
        }

    def create_partition(self, partiton_input: dict[str, Any]) -> None:
        """
        Add a partition.

        :raises InvalidInputError: If it does not have one value per partition key.
        """
        keys = self.current.get("PartitionKeys") or []
        if len(partiton_input.get("Values") or []) != len(keys):
            raise InvalidInputError(
                "The number of partition keys do not match the number of partition values"
            )
        super().create_partition(partiton_input)
        values = str(partiton_input["Values"])
        self.partitions[values] = CatalogPartition(self.database_name, self.name, partiton_input)

    def put_partition(self, partition_input: dict[str, Any]) -> None:
        """Replace the definition of a partition that is there."""
        held = self.partitions[str(partition_input["Values"])]
        held.partition_input = partition_input

    def entry(self) -> CatalogEntry:
        """Return the table as the engine compares it."""
        partitions = tuple(partition.partition_input for partition in self.partitions.values())
        return CatalogEntry(self.name, self.current, partitions)

    def create_index(self, name: str, keys: Sequence[str]) -> None:
        """
        Add a partition index; it is ACTIVE at once.

        :raises AlreadyExistsError: If there is one of that name.
        :raises InvalidInputError: If a key is no partition key, or the table has three indexes.
        """
        known = [key["Name"] for key in self.current.get("PartitionKeys") or []]
        unknown = [key for key in keys if key not in known]
        if name in self.indexes:
            raise AlreadyExistsError(f"Index with the given indexName : {name} already exists")
        if unknown or not keys:
            raise InvalidInputError(f"Index keys {', '.join(unknown) or '(none)'} are no partition keys.")
        if len(self.indexes) >= _MAX_INDEXES:
            raise InvalidInputError(f"A table has at most {_MAX_INDEXES} partition indexes.")
        self.indexes[name] = list(keys)

    def delete_index(self, name: str) -> None:
        """
        Delete a partition index.

        :raises EntityNotFoundError: If there is none of that name.
        """
        if name not in self.indexes:
            raise EntityNotFoundError(f"Index with the given indexName : {name} does not exist")
        del self.indexes[name]

    def describe_indexes(self) -> list[dict[str, Any]]:
        """Return the ``PartitionIndexDescriptor`` of every index."""
        types = {key["Name"]: key.get("Type", "string") for key in self.current.get("PartitionKeys") or []}
        return [
            {
                "IndexName": name,
                "Keys": [{"Name": key, "Type": types.get(key, "string")} for key in keys],
                "IndexStatus": "ACTIVE",
            }
            for name, keys in self.indexes.items()
        ]


class CatalogBackend(GlueBackend):
    """
    moto's Glue backend with a Data Catalog as AWS has it.

    ``lock`` guards the catalog and the crawlers of one region; ``generation`` is another object after every
    reset, so that work begun before can tell that its world is gone.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.generation = object()

    def create_database(
        self, database_name: str, database_input: dict[str, Any], tags: dict[str, str] | None = None
    ) -> FakeDatabase:
        """Create a database; its name is kept in lower case."""
        with self.lock:
            database = super().create_database(database_name.lower(), database_input, tags)
            database.created_time = now()
            return database

    def get_database(self, database_name: str) -> FakeDatabase:
        """Return a database by its name in any case."""
        return super().get_database(database_name.lower())

    def update_database(self, database_name: str, database_input: dict[str, Any]) -> None:
        """Change a database."""
        with self.lock:
            super().update_database(database_name.lower(), database_input)

    def delete_database(self, database_name: str) -> None:
        """Delete a database and its tables."""
        with self.lock:
            super().delete_database(database_name.lower())

    def create_table(
        self,
        database_name: str,
        table_name: str,
        table_input: dict[str, Any],
        open_table_format_input: dict[str, Any] | None = None,
        created_by: str | None = None,
    ) -> CatalogTable:
        """
        Create a table; its name is kept in lower case.

        :param created_by: ARN of who creates it; ``None`` is the caller of the API.
        :raises AlreadyExistsError: If there is one of that name.
        """
        with self.lock:
            database = self.get_database(database_name)
            name = table_name.lower()
            if name in database.tables:
                raise AlreadyExistsError("Table already exists.")
            table = CatalogTable(
                database.name,
                name,
                table_input,
                self.account_id,
                created_by=created_by or f"arn:{self.partition}:sts::{self.account_id}:user/moto",
                open_table_format_input=open_table_format_input,
            )
            database.tables[name] = table
            return table

    def get_table(self, database_name: str, table_name: str) -> CatalogTable:
        """Return a table by its name in any case."""
        table = super().get_table(database_name, table_name.lower())
        if not isinstance(table, CatalogTable):
            raise TypeError(f"table {table_name} was not made by this catalog")
        return table

    def delete_table(self, database_name: str, table_name: str) -> None:
        """Delete a table."""
        with self.lock:
            super().delete_table(database_name, table_name.lower())

    def change_table(
        self,
        database_name: str,
        table_input: Mapping[str, Any],
        *,
        skip_archive: bool = False,
        expected_version: str | None = None,
    ) -> None:
        """
        Write a new version of a table.

        :param skip_archive: Keep no older version.
        :param expected_version: The version the caller read; ``None`` writes whatever is there.
        :raises ConcurrentModificationError: If the table has another version by now.
        """
        with self.lock:
            table = self.get_table(database_name, table_input["Name"])
            if expected_version is not None and expected_version != table.current_version:
                raise ConcurrentModificationError("Update table failed due to concurrent modifications.")
            table.update(dict(table_input))
            if skip_archive:
                table.forget_archive()

    def get_databases(self) -> list[FakeDatabase]:
        """Return all databases."""
        with self.lock:
            return super().get_databases()

    def get_tables(self, database_name: str, expression: str | None) -> list[FakeTable]:
        """Return the tables of a database whose names match an expression."""
        with self.lock:
            return super().get_tables(database_name, expression)

    def get_partitions(self, database_name: str, table_name: str, expression: str) -> list[FakePartition]:
        """Return the partitions of a table for which an expression holds."""
        with self.lock:
            return super().get_partitions(database_name, table_name, expression)

    def tables_of(self, database_name: str) -> list[CatalogTable]:
        """Return the tables of a database, by name."""
        tables = self.get_database(database_name).tables
        return [self.get_table(database_name, name) for name in sorted(tables)]
