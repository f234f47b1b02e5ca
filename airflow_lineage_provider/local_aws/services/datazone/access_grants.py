"""
Lake Formation permissions that the service gives and takes back.

Subscribers get them on a table, the project of a data source on the databases that it names.

.. seealso:: Amazon DataZone user guide, *Grant access to managed AWS Glue Data Catalog assets*, *Create and
    run a data source for the AWS Glue Data Catalog*
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.lakeformation.models import lakeformation_backends

__all__ = ["allow_discovery", "allow_reading", "forbid_discovery", "forbid_reading"]

_PERMISSIONS = ("DESCRIBE", "SELECT")


def allow_reading(account_id: str, region: str, principals: Iterable[str], table: tuple[str, str]) -> None:
    """
    Let principals read a table.

    :param table: Its database and name.
    """
    backend = lakeformation_backends[account_id][region]
    for principal in principals:
        backend.grant_permissions(
            account_id,
            {"DataLakePrincipalIdentifier": principal},
            _resource(account_id, table),
            list(_PERMISSIONS),
            [],
        )


def forbid_reading(account_id: str, region: str, principals: Iterable[str], table: tuple[str, str]) -> None:
    """
    Take back what :func:`allow_reading` gave.

    :param table: Its database and name.
    """
    backend = lakeformation_backends[account_id][region]
    _rehash(account_id, region)
    for principal in principals:
        backend.revoke_permissions(
            account_id,
            {"DataLakePrincipalIdentifier": principal},
            _resource(account_id, table),
            list(_PERMISSIONS),
            [],
        )


def allow_discovery(account_id: str, region: str, principal: str, database: str) -> None:
    """Let a principal see a database and read all tables in it."""
    backend = lakeformation_backends[account_id][region]
    for resource, permissions in _database_resources(account_id, database):
        backend.grant_permissions(
            account_id, {"DataLakePrincipalIdentifier": principal}, resource, permissions, []
        )


def forbid_discovery(account_id: str, region: str, principal: str, database: str) -> None:
    """Take back what :func:`allow_discovery` gave."""
    backend = lakeformation_backends[account_id][region]
    _rehash(account_id, region)
    for resource, permissions in _database_resources(account_id, database):
        backend.revoke_permissions(
            account_id, {"DataLakePrincipalIdentifier": principal}, resource, permissions, []
        )


def _rehash(account_id: str, region: str) -> None:
    """
    Let moto find its permissions: it changes some that are in a set, which loses them there.

    A set made of a set would keep the old hashes, one built up anew has none of them.
    """
    granted = lakeformation_backends[account_id][region].grants.get(account_id)
    if granted is not None:
        granted.permissions = {permission for permission in granted.permissions}  # noqa: C416


def _database_resources(account_id: str, database: str) -> list[tuple[dict[str, Any], list[str]]]:
    """Return what discovery needs; all tables are called as ListPermissions of AWS calls them."""
    place = {"CatalogId": account_id}
    tables = {**place, "DatabaseName": database.lower(), "Name": "ALL_TABLES", "TableWildcard": {}}
    return [
        ({"Database": {**place, "Name": database.lower()}}, ["DESCRIBE"]),
        ({"Table": tables}, list(_PERMISSIONS)),
    ]


def _resource(account_id: str, table: tuple[str, str]) -> dict[str, Any]:
    return {"Table": {"CatalogId": account_id, "DatabaseName": table[0], "Name": table[1]}}
