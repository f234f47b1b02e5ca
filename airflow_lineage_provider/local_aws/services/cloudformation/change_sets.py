"""
Change sets: what an update would do, told before it is done.

A value that is known only when the change is made shows as ``{{changeSet:KNOWN_AFTER_APPLY}}``, as on AWS.

.. seealso:: AWS CloudFormation API Reference, ``DescribeChangeSet`` and ``ResourceChange``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.deployment import Plan
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    CloudFormationError,
    ResourceError,
)
from airflow_lineage_provider.local_aws.services.cloudformation.intrinsics import resolve
from airflow_lineage_provider.local_aws.services.cloudformation.outputs import Exports
from airflow_lineage_provider.local_aws.services.cloudformation.references import creation_order
from airflow_lineage_provider.local_aws.services.cloudformation.registry import resource_type
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import Place, ResourceType
from airflow_lineage_provider.local_aws.services.cloudformation.scope import (
    StackScope,
    conditions_of,
    pseudo_parameters,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Stack, StackResource
from airflow_lineage_provider.local_aws.services.cloudformation.template import (
    RETAIN,
    ResourceDefinition,
)

__all__ = ["NO_CHANGES", "ChangeSet", "find_changes"]

NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
_UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
_ATTRIBUTES = {"Tags": "Tags"}


@dataclass(slots=True)
class ChangeSet:
    """One change set; ``plan`` is what its execution brings the stack to."""

    change_set_id: str
    name: str
    stack: Stack
    plan: Plan
    type: str
    created_at: datetime
    description: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    status: str = "CREATE_COMPLETE"
    execution_status: str = "AVAILABLE"
    reason: str | None = None
    token: str | None = None

    def summarise(self) -> dict[str, Any]:
        """Return its ``ChangeSetSummary`` form."""
        return {
            "StackId": self.stack.stack_id,
            "StackName": self.stack.name,
            "ChangeSetId": self.change_set_id,
            "ChangeSetName": self.name,
            "ExecutionStatus": self.execution_status,
            "Status": self.status,
            "StatusReason": self.reason,
            "CreationTime": self.created_at,
            "Description": self.description,
            "IncludeNestedStacks": False,
        }

    def describe(self) -> dict[str, Any]:
        """Return what DescribeChangeSet says, its changes apart."""
        plan, settings = self.plan, self.plan.settings
        return self.summarise() | {
            "Parameters": [value.describe(name) for name, value in plan.parameters.items()],
            "NotificationARNs": list(settings.notification_arns),
            "RollbackConfiguration": {},
            "Capabilities": list(settings.capabilities),
            "Tags": [{"Key": key, "Value": value} for key, value in settings.tags.items()],
            "OnStackFailure": plan.on_failure,
        }


def find_changes(stack: Stack, plan: Plan, place: Place, exports: Exports) -> list[dict[str, Any]]:
    """Return what a plan would change, in the ``Change`` form, additions first in their order."""
    values = pseudo_parameters(place, stack, plan.parameters)
    conditions = conditions_of(plan.template, values)
    foreseen = dict(stack.resources)
    scope = _Foresight(
        plan.template, values, conditions=conditions, resources=foreseen, exported=exports.value_of
    )
    order = creation_order(plan.template, conditions)
    changes = []
    for name in order:
        definition = plan.template.resources[name]
        current = stack.resources.get(name)
        change = (
            _addition(definition)
            if current is None
            else _modification(current, definition, scope, plan.settings.tags)
        )
        if change is not None:
            changes.append({"Type": "Resource", "ResourceChange": change})
            if current is None or change["Replacement"] != "False":
                foreseen[name] = StackResource(name, definition.type)
    for name, resource in stack.resources.items():
        if name not in order:
            changes.append({"Type": "Resource", "ResourceChange": _removal(resource)})
    return changes


class _Foresight(StackScope):
    """The names of a template before its changes are made: what is not there yet is not known."""

    def reference(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        return self._resources[name].physical_id or _UNKNOWN

    def attribute(self, name: str, attribute: str) -> Any:
        if not self._resources[name].physical_id:
            return _UNKNOWN
        return super().attribute(name, attribute)


def _addition(definition: ResourceDefinition) -> dict[str, Any]:
    return {
        "Action": "Add",
        "LogicalResourceId": definition.logical_id,
        "ResourceType": definition.type,
        "Replacement": None,
        "Scope": [],
        "Details": [],
    }


def _removal(resource: StackResource) -> dict[str, Any]:
    return {
        "PolicyAction": "Retain" if resource.deletion_policy == RETAIN else "Delete",
        "Action": "Remove",
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "Scope": [],
        "Details": [],
    }


def _modification(
    current: StackResource, definition: ResourceDefinition, scope: StackScope, tags: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return how a resource changes; ``None`` if it does not."""
    kind = resource_type(definition.type)
    wanted = None if kind is None else _foreseen(kind, definition, scope, tags)
    if kind is None or wanted is None or wanted == current.properties:
        return None
    names = sorted(
        name
        for name in set(wanted) | set(current.properties)
        if wanted.get(name) != current.properties.get(name)
    )
    replacing = {path.split(".")[0] for path in kind.replaced_by(current.properties, wanted)}
    unknown = any(_UNKNOWN in str(wanted.get(name)) for name in replacing)
    replacement = ("Conditional" if unknown else "True") if replacing else "False"
    return {
        "PolicyAction": None if replacement == "False" else "ReplaceAndDelete",
        "Action": "Modify",
        "LogicalResourceId": current.logical_id,
        "PhysicalResourceId": current.physical_id,
        "ResourceType": current.type,
        "Replacement": replacement,
        "Scope": sorted({_ATTRIBUTES.get(name, "Properties") for name in names}),
        "Details": [_detail(name, wanted, required=name in replacing) for name in names],
    }


def _foreseen(
    kind: ResourceType, definition: ResourceDefinition, scope: StackScope, tags: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return the properties as far as they are known; ``None`` if they cannot be."""
    try:
        properties = kind.conform(definition.logical_id, resolve(dict(definition.properties), scope))
    except (ResourceError, CloudFormationError):
        return None
    return kind.with_stack_tags(properties, tags)


def _detail(name: str, wanted: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    dynamic = _UNKNOWN in str(wanted.get(name))
    recreation = "Conditionally" if required and dynamic else ("Always" if required else "Never")
    return {
        "Target": {
            "Attribute": _ATTRIBUTES.get(name, "Properties"),
            "Name": None if name in _ATTRIBUTES else name,
            "RequiresRecreation": recreation,
        },
        "Evaluation": "Dynamic" if dynamic else "Static",
        "ChangeSource": "DirectModification",
    }
