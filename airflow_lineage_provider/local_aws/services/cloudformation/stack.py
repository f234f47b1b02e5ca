"""
Stacks, their resources and events as values, and the forms the API shows them in.

.. seealso:: AWS CloudFormation API Reference, ``Stack``, ``StackEvent``, ``StackResource`` and
    ``StackResourceDetail``.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.parameters import ParameterValue
from airflow_lineage_provider.local_aws.services.cloudformation.template import DELETE, Template

__all__ = ["STACK_TYPE", "Output", "Stack", "StackEvent", "StackResource", "StackSettings"]

STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One line of a stack's history."""

    event_id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    at: datetime
    reason: str | None = None
    properties: Mapping[str, Any] | None = None
    token: str | None = None

    def describe(self, stack: Stack) -> dict[str, Any]:
        """Return its ``StackEvent`` form."""
        return {
            "StackId": stack.stack_id,
            "EventId": self.event_id,
            "StackName": stack.name,
            "LogicalResourceId": self.logical_id,
            "PhysicalResourceId": self.physical_id,
            "ResourceType": self.type,
            "Timestamp": self.at,
            "ResourceStatus": self.status,
            "ResourceStatusReason": self.reason,
            "ResourceProperties": None if self.properties is None else json.dumps(self.properties),
            "ClientRequestToken": self.token,
        }


@dataclass(slots=True)
class StackResource:
    """
    One resource of a stack.

    :param properties: As it was made: functions resolved, types as the schema asks for.
    :param shown: Its properties as events show them: without what ``NoEcho`` hides.
    :param attributes: What ``Fn::GetAtt`` gives.
    :param needs: Logical ids of what must be there before it.
    :param handle: What its type wants to keep of it.
    :param unsure: Whether a change of it failed: ``properties`` is what it was to become, and perhaps is.
    """

    logical_id: str
    type: str
    physical_id: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict, repr=False)
    shown: Mapping[str, Any] = field(default_factory=dict, repr=False)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    deletion_policy: str = DELETE
    replace_policy: str = DELETE
    status: str = ""
    reason: str | None = None
    updated_at: datetime = field(default_factory=RUNTIME.now)
    handle: object = None
    unsure: bool = False

    def describe(self) -> dict[str, Any]:
        """Return what all of the API's forms of a resource share."""
        return {
            "LogicalResourceId": self.logical_id,
            "PhysicalResourceId": self.physical_id or None,
            "ResourceType": self.type,
            "ResourceStatus": self.status,
            "ResourceStatusReason": self.reason,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a stack."""

    key: str
    value: str
    description: str | None = None
    export_name: str | None = None

    def describe(self) -> dict[str, str | None]:
        """Return its ``Output`` form."""
        return {
            "OutputKey": self.key,
            "OutputValue": self.value,
            "Description": self.description,
            "ExportName": self.export_name,
        }


@dataclass(frozen=True, slots=True)
class StackSettings:
    """What a request says about a stack besides template and parameters."""

    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: Sequence[str] = ()
    role_arn: str | None = None
    notification_arns: Sequence[str] = ()
    timeout_minutes: int | None = None


@dataclass(slots=True)
class Stack:
    """
    One stack.

    ``template`` and ``parameters`` are those of the last operation that went well; ``None`` before the first.
    ``resources`` holds what there is, and after a deletion what there was. ``imports`` are the names of the
    exports it uses. ``cancelled`` asks the operation in progress to give up; ``queue`` holds it and those
    that wait for its end. ``undo`` is what a rollback that failed has to bring back.
    """

    stack_id: str
    name: str
    created_at: datetime
    status: str
    template: Template | None = None
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    settings: StackSettings = field(default_factory=StackSettings)
    reason: str | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    disable_rollback: bool = False
    termination_protection: bool = False
    change_set_id: str | None = None
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    imports: frozenset[str] = frozenset()
    events: list[StackEvent] = field(default_factory=list)
    token: str | None = None
    undo: dict[str, StackResource] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    queue: deque[Callable[[threading.Event], None]] = field(default_factory=deque)

    @property
    def is_gone(self) -> bool:
        """Whether it has been deleted."""
        return self.status == "DELETE_COMPLETE"

    @property
    def is_busy(self) -> bool:
        """Whether an operation is in progress."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def tags(self) -> Mapping[str, str]:
        """The stack's tags."""
        return self.settings.tags

    @property
    def exports(self) -> dict[str, str]:
        """What the stack exports, by name; nothing after its deletion."""
        outputs = () if self.is_gone else self.outputs
        return {each.export_name: each.value for each in outputs if each.export_name is not None}

    def describe(self) -> dict[str, Any]:
        """Return its ``Stack`` form."""
        settings = self.settings
        described: dict[str, Any] = {
            "ChangeSetId": self.change_set_id,
            "Parameters": [value.describe(name) for name, value in self.parameters.items()] or None,
            "DisableRollback": self.disable_rollback,
            "NotificationARNs": list(settings.notification_arns),
            "TimeoutInMinutes": settings.timeout_minutes,
            "Capabilities": list(settings.capabilities) or None,
            "Outputs": [output.describe() for output in self.outputs] or None,
            "RoleARN": settings.role_arn,
            "Tags": [{"Key": key, "Value": value} for key, value in settings.tags.items()],
            "EnableTerminationProtection": self.termination_protection,
            "RollbackConfiguration": {},
        }
        return self.summarise(description="Description") | described

    def summarise(self, *, description: str = "TemplateDescription") -> dict[str, Any]:
        """Return its ``StackSummary`` form."""
        return {
            "StackId": self.stack_id,
            "StackName": self.name,
            description: self.template.description if self.template else None,
            "CreationTime": self.created_at,
            "LastUpdatedTime": self.updated_at,
            "DeletionTime": self.deleted_at,
            "StackStatus": self.status,
            "StackStatusReason": self.reason,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
