"""
Two repairs of moto's Lake Formation (5.2), so that grants are kept and taken back as AWS does.

*   In batches moto reads the grant option under a name that the API does not have
    (``PermissionsWithGrantOptions``), and so drops it.
*   Moto keeps permissions in a set, hashed by what a second grant changes; taking such a grant back fails.
    Principal and resource, which never change, are enough of a hash.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.lakeformation.models import LakeFormationBackend, Permission

__all__ = ["mend_permissions"]

_BATCHES = ("batch_grant_permissions", "batch_revoke_permissions")
_Batch = Callable[[LakeFormationBackend, str, list[dict[str, Any]]], None]


def mend_permissions() -> None:
    """Repair moto; calling it again changes nothing."""
    if Permission.__hash__ is _stable_hash:
        return
    Permission.__hash__ = _stable_hash  # type: ignore[assignment, method-assign]
    for name in _BATCHES:
        setattr(LakeFormationBackend, name, _with_grant_option(getattr(LakeFormationBackend, name)))


def _stable_hash(permission: Permission) -> int:
    """Hash what never changes of a permission."""
    return hash(json.dumps([permission.principal, permission.resource], sort_keys=True))


def _with_grant_option(batch: _Batch) -> _Batch:
    """Return a batch operation that finds the grant option."""

    def mended(backend: LakeFormationBackend, catalog_id: str, entries: list[dict[str, Any]]) -> None:
        named = [
            {**entry, "PermissionsWithGrantOptions": entry.get("PermissionsWithGrantOption")}
            for entry in entries
        ]
        batch(backend, catalog_id, named)

    return mended
