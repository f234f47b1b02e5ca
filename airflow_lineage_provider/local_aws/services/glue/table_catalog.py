"""
Databases and tables of the Data Catalog as AWS keeps them, over moto's: lower-case names, versions, events.

.. seealso:: AWS Glue Web API Reference, "Database API" and "Table API".
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from moto.glue.exceptions import TableNotFoundException, VersionNotFoundException
from moto.glue.models import FakeDatabase, FakeTable, GlueBackend

from airflow_lineage_provider.local_aws.enforcement.lake_formation import LakeFormation
from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry
from airflow_lineage_provider.local_aws.services.glue.catalog_events import CatalogEvents
from airflow_lineage_provider.local_aws.services.glue.classifiers import ClassifierStore
from airflow_lineage_provider.local_aws.services.glue.clock import now
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    AlreadyExistsError,
    ConcurrentModificationError,
    InvalidInputError,
)
from airflow_lineage_provider.local_aws.services.glue.tables import CatalogTable

__all__ = ["TableCatalog"]


class TableCatalog(GlueBackend):
    """
    moto's Glue backend with databases and tables as AWS has them.

    ``lock`` guards the catalog and the crawlers of one region; ``generation`` is another object after every
    reset, so that work begun before can tell that its world is gone. ``functions`` are the user-defined
    functions by database and name, ``classifiers`` the custom classifiers.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.generation = object()
        self.classifiers = ClassifierStore(self.lock)
        self.functions: dict[tuple[str, str], dict[str, Any]] = {}
        self.events = CatalogEvents(account_id, region_name, self.partition)

    def create_database(
        self,
        database_name: str,
        database_input: dict[str, Any],
        tags: dict[str, str] | None = None,
        *,
        open_to_iam: bool = True,
    ) -> FakeDatabase:
        """
        Create a database; its name is kept in lower case.

        :param open_to_iam: Give it the data lake's default grants, so that IAM rights are enough for it.
        """
        with self.lock:
            database = super().create_database(database_name.lower(), database_input, tags)
            database.created_time = now()
            if open_to_iam:
                LakeFormation(self.account_id, self.region_name).open_database(database.name)
            self.events.database_changed(database.name, "CreateDatabase")
            return database

    def get_database(self, database_name: str) -> FakeDatabase:
        """Return a database by its name in any case."""
        return super().get_database(database_name.lower())

    def update_database(self, database_name: str, database_input: dict[str, Any]) -> None:
        """Change a database."""
        with self.lock:
            super().update_database(database_name.lower(), database_input)

    def delete_database(self, database_name: str) -> None:
        """Delete a database, its tables and its functions."""
        with self.lock:
            super().delete_database(database_name.lower())
            for key in [key for key in self.functions if key[0] == database_name.lower()]:
                del self.functions[key]
            LakeFormation(self.account_id, self.region_name).forget_database(database_name.lower())
            self.events.database_changed(database_name.lower(), "DeleteDatabase")

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
            self.events.tables_changed(database.name, "CreateTable", [name])
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
            self._delete_table(database_name, table_name)
            self.events.tables_changed(database_name.lower(), "DeleteTable", [table_name.lower()])

    def batch_delete_table(self, database_name: str, tables: list[str]) -> list[dict[str, Any]]:
        """Delete tables and return what could not be deleted, as ``TableError``."""
        errors, deleted = [], []
        with self.lock:
            for name in tables:
                try:
                    self._delete_table(database_name, name)
                    deleted.append(name.lower())
                except TableNotFoundException:
                    detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Table not found"}
                    errors.append({"TableName": name, "ErrorDetail": detail})
            self.events.tables_changed(database_name.lower(), "BatchDeleteTable", deleted)
        return errors

    def update_table(self, database_name: str, table_name: str, table_input: dict[str, Any]) -> None:
        """Write a new version of a table, as moto's own callers ask for it."""
        self.change_table(database_name, {**table_input, "Name": table_name})

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
            self.events.table_changed(table.database_name, table.name, "UpdateTable")

    def get_databases(self) -> list[FakeDatabase]:
        """Return all databases."""
        with self.lock:
            return super().get_databases()

    def get_tables(self, database_name: str, expression: str | None) -> list[FakeTable]:
        """
        Return the tables of a database whose names match an expression.

        :raises InvalidInputError: If the expression is no regular expression.
        """
        try:
            with self.lock:
                return super().get_tables(database_name, expression)
        except re.error as error:
            raise InvalidInputError(f"Expression {expression!r} is not valid: {error}.") from error

    def find_entry(self, database_name: str, table_name: str) -> CatalogEntry | None:
        """Return a table as the crawl engine compares it; ``None`` if there is none of that name."""
        with self.lock:
            database = self.databases.get(database_name.lower())
            if database is None or table_name.lower() not in database.tables:
                return None
            return self.get_table(database.name, table_name).entry()

    def tables_of(self, database_name: str) -> list[CatalogTable]:
        """Return the tables of a database, by name."""
        tables = self.get_database(database_name).tables
        return [self.get_table(database_name, name) for name in sorted(tables)]

    def all_tables(self) -> list[CatalogTable]:
        """Return the tables of all databases, by database and name."""
        with self.lock:
            return [table for name in sorted(self.databases) for table in self.tables_of(name)]

    def delete_versions(
        self, database_name: str, table_name: str, versions: Iterable[str]
    ) -> list[dict[str, Any]]:
        """Delete versions of a table and return what could not be deleted, as ``TableVersionError``."""
        errors = []
        with self.lock:
            table = self.get_table(database_name, table_name)
            for version in versions:
                try:
                    table.delete_version(version)
                except VersionNotFoundException as error:
                    detail = {"ErrorCode": error.error_type, "ErrorMessage": error.message}
                except InvalidInputError as error:
                    detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                else:
                    continue
                errors.append({"TableName": table.name, "VersionId": version, "ErrorDetail": detail})
        return errors

    def _delete_table(self, database_name: str, table_name: str) -> None:
        super().delete_table(database_name, table_name.lower())
