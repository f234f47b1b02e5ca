"""
Lake Formation permissions that a subscription gives and takes back: DESCRIBE and SELECT on a table.

.. seealso:: Amazon DataZone user guide, *Grant access to managed AWS Glue Data Catalog assets*
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.lakeformation.models import lakeformation_backends

__all__ = ["allow_reading", "forbid_reading"]

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
    granted = backend.grants.get(account_id)
    if granted is None:
        return
    granted.permissions = set(granted.permissions)
    """moto changes permissions that are in the set, which loses them; a new set finds them again."""
    for principal in principals:
        backend.revoke_permissions(
            account_id,
            {"DataLakePrincipalIdentifier": principal},
            _resource(account_id, table),
            list(_PERMISSIONS),
            [],
        )


def _resource(account_id: str, table: tuple[str, str]) -> dict[str, Any]:
    return {"Table": {"CatalogId": account_id, "DatabaseName": table[0], "Name": table[1]}}
