"""
``AWS::LakeFormation::PrincipalPermissions``: one grant.

Every change of a grant is a new grant, as AWS's schema says; the old one is revoked first, lest it takes
away what the new one gives.

.. seealso:: AWS CloudFormation Template Reference, "AWS::LakeFormation::PrincipalPermissions".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import ApiType, Made, Task
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = ["LakeFormationPrincipalPermissions"]

_SERVICE = "lakeformation"


class LakeFormationPrincipalPermissions(ApiType):
    """Permissions of one principal on one resource."""

    name = "AWS::LakeFormation::PrincipalPermissions"
    service = _SERVICE
    first_deletes = True

    def create(self, task: Task) -> Made:
        """Grant the permissions."""
        task.call(_SERVICE, "GrantPermissions", _members(task.properties))
        attributes = {
            "PrincipalIdentifier": json.dumps(task.properties["Principal"]),
            "ResourceIdentifier": json.dumps(task.properties["Resource"]),
        }
        return Made("|".join(attributes.values()), attributes)

    def update(self, task: Task, current: StackResource) -> Made:  # noqa: ARG002
        """Leave the grant as it is: whatever differs makes a new one."""
        return Made(current.physical_id, current.attributes)

    def delete(self, task: Task, current: StackResource) -> None:
        """Revoke the permissions."""
        task.call_unless_gone(_SERVICE, "RevokePermissions", _members(current.properties))


def _members(properties: Mapping[str, Any]) -> dict[str, Any]:
    members = {name: properties[name] for name in ("Principal", "Resource", "Permissions")}
    if properties.get("PermissionsWithGrantOption"):
        members["PermissionsWithGrantOption"] = properties["PermissionsWithGrantOption"]
    if "Catalog" in properties:
        members["CatalogId"] = properties["Catalog"]
    return members
