"""
Glue connections: their definitions, and what the API's operations do to them.

Every method of the store is one operation and raises Glue's own errors; the caller holds no lock. What AWS
says in its texts is unknown but for ``… not found`` and ``… already exists``.

A connection is READY at once: nothing is asked of the database before a crawl or TestConnection.

.. seealso:: AWS Glue Web API Reference, "Connections API"; AWS Glue Developer Guide, "AWS Glue connection
    properties".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.services.glue.clock import now
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    AlreadyExistsError,
    EntityNotFoundError,
    InvalidInputError,
    ResourceNumberLimitExceededError,
)
from airflow_lineage_provider.local_aws.services.glue.paging import page
from airflow_lineage_provider.local_aws.services.glue.passwords import PasswordEncryption
from airflow_lineage_provider.local_aws.services.glue.table_catalog import TableCatalog

__all__ = ["MAX_CONNECTIONS", "Connection", "ConnectionStore", "check_properties"]

MAX_CONNECTIONS = 1000
"""Connections of an account and region (AWS General Reference, "AWS Glue endpoints and quotas")."""

_ADDRESS = {
    "JDBC": "JDBC_CONNECTION_URL",
    "KAFKA": "KAFKA_BOOTSTRAP_SERVERS",
    "MONGODB": "CONNECTION_URL",
}
_PLAIN_MEMBERS = (
    "Description",
    "MatchCriteria",
    "SparkProperties",
    "AthenaProperties",
    "PythonProperties",
    "PhysicalConnectionRequirements",
)
_SECRET_AUTHENTICATION = ("BasicAuthenticationCredentials", "CustomAuthenticationCredentials")
_SECRET_OAUTH2 = ("AuthorizationCodeProperties", "OAuth2Credentials")


@dataclass(frozen=True, slots=True)
class Connection:
    """
    One connection as it was last defined.

    ``definition`` is its ``ConnectionInput``. It holds passwords, so no ``repr`` shows it.
    """

    name: str
    definition: Mapping[str, Any] = field(repr=False)
    created_at: datetime
    updated_at: datetime

    @property
    def connection_type(self) -> str:
        """What it leads to, such as JDBC, MONGODB or NETWORK."""
        return str(self.definition["ConnectionType"])

    @property
    def properties(self) -> Mapping[str, str]:
        """Its ``ConnectionProperties``, passwords and all."""
        properties: Mapping[str, str] = self.definition["ConnectionProperties"]
        return properties

    @property
    def schema_version(self) -> int:
        """2 for a connection with an ``AuthenticationConfiguration``, else 1."""
        return 2 if "AuthenticationConfiguration" in self.definition else 1

    def describe(self, *, hide_password: bool = False) -> dict[str, Any]:
        """
        Return its ``Connection`` form.

        :param hide_password: Leave out every property that is a password.
        """
        properties = {
            key: value
            for key, value in self.properties.items()
            if not (hide_password and key.endswith("PASSWORD"))
        }
        described: dict[str, Any] = {
            "Name": self.name,
            "ConnectionType": self.connection_type,
            "ConnectionProperties": properties,
            "CreationTime": self.created_at,
            "LastUpdatedTime": self.updated_at,
            "Status": "READY",
            "ConnectionSchemaVersion": self.schema_version,
        }
        described |= {key: self.definition[key] for key in _PLAIN_MEMBERS if key in self.definition}
        if "AuthenticationConfiguration" in self.definition:
            shown = _without(self.definition["AuthenticationConfiguration"], _SECRET_AUTHENTICATION)
            if "OAuth2Properties" in shown:
                shown["OAuth2Properties"] = _without(shown["OAuth2Properties"], _SECRET_OAUTH2)
            described["AuthenticationConfiguration"] = shown
        return described


class ConnectionStore:
    """
    The connections of one account and region.

    :param catalog: The region's catalog, whose lock guards everything here.
    """

    def __init__(self, catalog: TableCatalog) -> None:
        self._catalog = catalog
        self._encryption = PasswordEncryption(catalog)
        self._connections: dict[str, Connection] = {}

    def create(self, definition: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        """
        Create a connection.

        :param definition: Its ``ConnectionInput``.
        """
        check_properties(definition)
        name = definition["Name"]
        with self._catalog.lock:
            if name in self._connections:
                raise AlreadyExistsError(f"Connection {name} already exists.")
            if len(self._connections) >= MAX_CONNECTIONS:
                raise ResourceNumberLimitExceededError(
                    "The number of connections has exceeded the limit. "
                    f"Your account is limited to {MAX_CONNECTIONS} connections."
                )
            at = now()
            self._connections[name] = Connection(name, self._encryption.applied_to(definition), at, at)
            if tags:
                self._catalog.tag_resource(self.arn(name), dict(tags))

    def update(self, name: str, definition: Mapping[str, Any]) -> None:
        """Give a connection another definition, whole; its name stays."""
        check_properties(definition)
        if definition["Name"] != name:
            raise InvalidInputError(
                f"A connection cannot be renamed: ConnectionInput names {definition['Name']}, not {name}."
            )
        with self._catalog.lock:
            before = self._existing(name)
            changed = self._encryption.applied_to(definition)
            self._connections[name] = Connection(name, changed, before.created_at, now())

    def delete(self, name: str) -> None:
        """Delete a connection. A crawler that uses it keeps its name, and its next crawl fails."""
        with self._catalog.lock:
            self._existing(name)
            del self._connections[name]
            self._catalog.tagger.delete_all_tags_for_resource(self.arn(name))

    def delete_all(self, names: Sequence[str]) -> tuple[list[str], dict[str, EntityNotFoundError]]:
        """Delete connections; return the names of those that are gone, and why the others could not be."""
        deleted, errors = [], {}
        for name in dict.fromkeys(names):
            try:
                self.delete(name)
            except EntityNotFoundError as error:
                errors[name] = error
            else:
                deleted.append(name)
        return deleted, errors

    def get(self, name: str) -> Connection:
        """Return a connection."""
        with self._catalog.lock:
            return self._existing(name)

    def find(self, name: str) -> Connection | None:
        """Return a connection; ``None`` if there is none of that name."""
        with self._catalog.lock:
            return self._connections.get(name)

    def get_page(
        self, chosen_by: Mapping[str, Any], limit: int, token: str | None
    ) -> tuple[list[Connection], str | None]:
        """
        Return a page of connections by name.

        :param chosen_by: A ``GetConnectionsFilter``.
        """
        with self._catalog.lock:
            wanted = [item for _, item in sorted(self._connections.items()) if _matches(item, chosen_by)]
        return page(wanted, key=lambda item: item.name, limit=limit, token=token, scope="GetConnections")

    def decrypted_password(self, encrypted: str) -> str:
        """Return a password that the catalog encrypted."""
        return self._encryption.decrypted(encrypted)

    def arn(self, name: str) -> str:
        """Return the ARN of a connection."""
        catalog = self._catalog
        return f"arn:{catalog.partition}:glue:{catalog.region_name}:{catalog.account_id}:connection/{name}"

    def _existing(self, name: str) -> Connection:
        if name not in self._connections:
            raise EntityNotFoundError(f"Connection {name} not found.")
        return self._connections[name]


def check_properties(definition: Mapping[str, Any]) -> None:
    """
    Refuse a connection without the address of what it leads to.

    :param definition: A ``ConnectionInput`` or ``TestConnectionInput``.
    :raises InvalidInputError: If it has none.
    """
    kind = definition["ConnectionType"]
    address = _ADDRESS.get(kind)
    if address is not None and not definition["ConnectionProperties"].get(address):
        raise InvalidInputError(
            f"Validation for connection properties failed: a connection of type {kind} needs {address}."
        )


def _matches(connection: Connection, chosen_by: Mapping[str, Any]) -> bool:
    if chosen_by.get("ConnectionType", connection.connection_type) != connection.connection_type:
        return False
    if chosen_by.get("ConnectionSchemaVersion", connection.schema_version) != connection.schema_version:
        return False
    return set(chosen_by.get("MatchCriteria", ())) <= set(connection.definition.get("MatchCriteria", ()))


def _without(members: Mapping[str, Any], secret: Sequence[str]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key not in secret}
