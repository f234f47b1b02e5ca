"""The history of a stack: every status of the stack and its resources, told to who wants to know."""

from __future__ import annotations

from threading import RLock
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import Place
from airflow_lineage_provider.local_aws.services.cloudformation.stack import (
    STACK_TYPE,
    Stack,
    StackEvent,
    StackResource,
)

__all__ = ["Recorder"]


class Recorder:
    """
    Writes events of one stack.

    :param lock: Held while the stack changes.
    :param token: The ``ClientRequestToken`` of the operation.
    """

    def __init__(self, stack: Stack, place: Place, *, lock: RLock, token: str | None = None) -> None:
        self._stack = stack
        self._place = place
        self._lock = lock
        self._token = token

    def stack(self, status: str, reason: str | None = None) -> None:
        """Give the stack a status."""
        stack = self._stack
        event = StackEvent(
            event_id=RUNTIME.new_uuid(),
            logical_id=stack.name,
            physical_id=stack.stack_id,
            type=STACK_TYPE,
            status=status,
            at=RUNTIME.now(),
            reason=reason,
            token=self._token,
        )
        with self._lock:
            stack.status = status
            stack.reason = reason
            stack.events.append(event)
        self._notify(event)

    def resource(self, resource: StackResource, status: str, reason: str | None = None) -> None:
        """Give a resource a status."""
        now = RUNTIME.now()
        moment = now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        event = StackEvent(
            event_id=f"{resource.logical_id}-{status}-{moment}-{len(self._stack.events)}",
            logical_id=resource.logical_id,
            physical_id=resource.physical_id,
            type=resource.type,
            status=status,
            at=now,
            reason=reason,
            properties=resource.shown,
            token=self._token,
        )
        with self._lock:
            resource.status = status
            resource.reason = reason
            resource.updated_at = now
            self._stack.events.append(event)
        self._notify(event)

    def _notify(self, event: StackEvent) -> None:
        """Publish an event to the stack's topics."""
        topics = self._stack.settings.notification_arns
        if not topics:
            return
        from moto.sns.models import sns_backends

        shown = event.describe(self._stack)
        names = (
            "StackId",
            "Timestamp",
            "EventId",
            "LogicalResourceId",
            "PhysicalResourceId",
            "ResourceProperties",
            "ResourceStatus",
            "ResourceStatusReason",
            "ResourceType",
            "StackName",
            "ClientRequestToken",
        )
        values: dict[str, Any] = {**shown, "Timestamp": event.at.isoformat()}
        lines = [f"{name}='{values[name] if values[name] is not None else ''}'" for name in names]
        lines.append(f"Namespace='{self._place.account_id}'")
        backend = sns_backends[self._place.account_id][self._place.region]
        for arn in topics:
            backend.publish("\n".join(lines) + "\n", subject="AWS CloudFormation Notification", arn=arn)
