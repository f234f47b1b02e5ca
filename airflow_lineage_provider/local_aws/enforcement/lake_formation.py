"""
Lake Formation permissions as grants say them, over moto's Lake Formation.

A database and its tables are open to whoever has IAM rights while the group ``IAM_ALLOWED_PRINCIPALS`` holds
a grant on the database. The Data Catalog gives every new database that grant unless the data lake's setting
``CreateDatabaseDefaultPermissions`` says otherwise; the database of a DataZone project does not get it, so
what is in it needs grants.

Data lake administrators may do everything. Any right on a database includes DESCRIBE. LF-tags, data filters
and catalog links are not evaluated.

.. seealso:: AWS Lake Formation Developer Guide, "Lake Formation permissions reference" and "Changing the
    default settings for your data lake".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.lakeformation.models import LakeFormationBackend, lakeformation_backends

__all__ = ["IAM_GROUP", "LakeFormation"]

IAM_GROUP = "IAM_ALLOWED_PRINCIPALS"
_ALL = "ALL"


class LakeFormation:
    """
    The grants of one account and region.

    :param account_id: The account, whose catalog is meant.
    """

    def __init__(self, account_id: str, region_name: str) -> None:
        self._catalog_id = account_id
        self._backend: LakeFormationBackend = lakeformation_backends[account_id][region_name]

    def open_database(self, name: str) -> None:
        """Give a new database the default grants of the data lake's settings."""
        settings = self._backend.get_data_lake_settings(self._catalog_id)
        for default in settings.get("CreateDatabaseDefaultPermissions", []):
            resource = {"Database": {"CatalogId": self._catalog_id, "Name": name}}
            permissions = list(default["Permissions"])
            self._backend.grant_permissions(
                self._catalog_id, default["Principal"], resource, permissions, permissions
            )

    def forget_database(self, name: str) -> None:
        """Remove all grants on a database that is gone, and on what was in it."""
        catalog = self._backend.grants.get(self._catalog_id)
        if catalog is not None:
            catalog.permissions = {held for held in catalog.permissions if not _within(held.resource, name)}

    def allows(
        self, role_arn: str, permission: str, *, database: str | None = None, table: str | None = None
    ) -> bool:
        """
        Tell whether a role has a permission, by a grant to it or to everybody with IAM rights.

        :param database: Without one the permission is on the catalog.
        """
        if role_arn in self._administrators():
            return True
        holders = {role_arn, IAM_GROUP}
        grants = [
            grant
            for grant in self._grants()
            if grant["Principal"].get("DataLakePrincipalIdentifier") in holders and grant["Permissions"]
        ]
        held = {
            name
            for grant in grants
            if _on(grant["Resource"], database, table)
            for name in grant["Permissions"]
        }
        if table is not None and database is not None and self.is_open(database):
            return True
        return bool(held & {permission, _ALL, "SUPER"}) or (permission == "DESCRIBE" and bool(held))

    def is_open(self, database: str) -> bool:
        """Tell whether IAM rights alone are enough for a database and its tables."""
        return any(
            grant["Principal"].get("DataLakePrincipalIdentifier") == IAM_GROUP
            and _on(grant["Resource"], database, None)
            for grant in self._grants()
        )

    def may_create_databases(self, role_arn: str) -> bool:
        """
        Tell whether a role may create databases: by a grant on the catalog, or where IAM rights are enough.

        IAM rights are enough while new databases get a default grant (the data lake's setting).
        """
        settings = self._backend.get_data_lake_settings(self._catalog_id)
        return bool(settings.get("CreateDatabaseDefaultPermissions")) or self.allows(
            role_arn, "CREATE_DATABASE"
        )

    def location_allowed(self, role_arn: str, location: str) -> bool:
        """
        Tell whether a role may create tables over a location: it lies in no registered one, or it is granted.

        :param location: An ``s3://`` address.
        """
        registered = [arn for arn in self._backend.resources if _lies_in(location, arn)]
        if not registered:
            return True
        return any(
            _lies_in(location, grant["Resource"].get("DataLocation", {}).get("ResourceArn", " "))
            and grant["Principal"].get("DataLakePrincipalIdentifier") == role_arn
            and "DATA_LOCATION_ACCESS" in grant["Permissions"]
            for grant in self._grants()
        )

    def is_registered(self, location: str) -> bool:
        """Tell whether an ``s3://`` address lies in a registered location."""
        return any(_lies_in(location, arn) for arn in self._backend.resources)

    def _grants(self) -> Iterable[Mapping[str, Any]]:
        return self._backend.list_permissions(self._catalog_id)

    def _administrators(self) -> set[str]:
        settings = self._backend.get_data_lake_settings(self._catalog_id)
        return {entry["DataLakePrincipalIdentifier"] for entry in settings.get("DataLakeAdmins", [])}


def _on(resource: Mapping[str, Any], database: str | None, table: str | None) -> bool:
    """Tell whether a grant's resource is the catalog, the database or the table that is asked for."""
    if database is None:
        return "Catalog" in resource
    if table is None:
        return str(resource.get("Database", {}).get("Name", "")).lower() == database.lower()
    held = resource.get("Table") or resource.get("TableWithColumns") or {}
    named = "TableWildcard" in held or str(held.get("Name", "")).lower() == table.lower()
    return str(held.get("DatabaseName", "")).lower() == database.lower() and named


def _within(resource: Mapping[str, Any], database: str) -> bool:
    """Tell whether a grant's resource is a database or something in it."""
    held = resource.get("Table") or resource.get("TableWithColumns") or {}
    return _on(resource, database, None) or str(held.get("DatabaseName", "")).lower() == database.lower()


def _lies_in(location: str, arn: str) -> bool:
    """Tell whether an ``s3://`` address lies in the bucket or prefix of an ARN."""
    prefix = arn.rpartition(":::")[2].rstrip("/*") + "/"
    return (location.removeprefix("s3://").rstrip("/") + "/").startswith(prefix)
