"""
Tables and partitions as AWS keeps them: versions from "0", times, an owner, indexes, column statistics.

.. seealso:: AWS Glue Web API Reference, ``Table``, ``TableInput``, ``Partition`` and
    ``PartitionIndexDescriptor``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.glue.exceptions import (
    PartitionAlreadyExistsException,
    PartitionNotFoundException,
    VersionNotFoundException,
)
from moto.glue.models import FakePartition, FakeTable

from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry
from airflow_lineage_provider.local_aws.services.glue.clock import now
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    AlreadyExistsError,
    EntityNotFoundError,
    InvalidInputError,
)

__all__ = ["CatalogPartition", "CatalogTable"]

_MAX_INDEXES = 3


class CatalogPartition(FakePartition):
    """A partition stamped with the stack's own time; ``statistics`` are those of its columns, by name."""

    def __init__(self, table: CatalogTable, partiton_input: dict[str, Any]) -> None:
        super().__init__(table.database_name, table.name, partiton_input)
        self.catalog_id = table.catalog_id
        self.creation_time = now()
        self.statistics: dict[str, dict[str, Any]] = {}

    def as_dict(self) -> dict[str, Any]:
        """Return it in the form of GetPartition."""
        return {**super().as_dict(), "CatalogId": self.catalog_id}


class CatalogTable(FakeTable):
    """
    A table whose versions count from "0".

    ``versions`` holds every version as its ``TableInput``, ``update_times`` when each was written,
    ``indexes`` the keys of each partition index, ``statistics`` those of its columns by name.
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
        self.statistics: dict[str, dict[str, Any]] = {}

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
        self._check_values(partiton_input.get("Values") or [])
        super().create_partition(partiton_input)
        values = str(partiton_input["Values"])
        self.partitions[values] = CatalogPartition(self, partiton_input)

    def replace_partition(self, values: Sequence[str], partition_input: dict[str, Any]) -> None:
        """
        Give a partition another definition, also other values; it keeps its time of creation.

        :param values: What it is known by so far.
        :raises PartitionNotFoundException: If there is no such partition.
        :raises PartitionAlreadyExistsException: If another one has the new values.
        :raises InvalidInputError: If the new values do not fit the partition keys.
        """
        before, after = str(list(values)), list(partition_input.get("Values") or values)
        self._check_values(after)
        if before not in self.partitions:
            raise PartitionNotFoundException
        if str(after) != before and str(after) in self.partitions:
            raise PartitionAlreadyExistsException
        self.partitions[before].partition_input = {**partition_input, "Values": after}
        if str(after) != before:
            held = self.partitions.pop(before)
            held.values = after
            self.partitions[str(after)] = held

    def _check_values(self, values: Sequence[str]) -> None:
        keys = self.current.get("PartitionKeys") or []
        if len(values) != len(keys):
            raise InvalidInputError(
                "The number of partition keys do not match the number of partition values"
            )

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
