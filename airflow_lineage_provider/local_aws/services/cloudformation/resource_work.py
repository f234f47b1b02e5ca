"""
What an operation does with one resource: make, change or delete it, with the events that go with it.

.. seealso:: AWS CloudFormation User Guide, "View CloudFormation stack events" and "Stack status codes".
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from threading import Event
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.calls import ApiCalls, ApiError
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    CloudFormationError,
    ResourceError,
)
from airflow_lineage_provider.local_aws.services.cloudformation.intrinsics import resolve
from airflow_lineage_provider.local_aws.services.cloudformation.recorder import Recorder
from airflow_lineage_provider.local_aws.services.cloudformation.registry import resource_type
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    Made,
    Place,
    ResourceKept,
    ResourceType,
    Task,
)
from airflow_lineage_provider.local_aws.services.cloudformation.scope import StackScope
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Stack, StackResource
from airflow_lineage_provider.local_aws.services.cloudformation.template import ResourceDefinition

__all__ = ["ResourceWork", "worded"]

_LOG = logging.getLogger(__name__)
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."
_LEGACY = {"glue": "AWSGlue"}
_SERVICES = {
    "datazone": "DataZone",
    "dynamodb": "DynamoDb",
    "iam": "Iam",
    "lakeformation": "LakeFormation",
    "lambda": "Lambda",
    "s3": "S3",
    "sts": "Sts",
}
_HANDLER_CODES = (
    ("AlreadyExists", "AlreadyExists"),
    ("NotFound", "NotFound"),
    ("NoSuch", "NotFound"),
    ("AccessDenied", "AccessDenied"),
    ("Throttl", "Throttling"),
    ("Quota", "ServiceLimitExceeded"),
    ("LimitExceeded", "ServiceLimitExceeded"),
    ("Conflict", "ResourceConflict"),
    ("Internal", "ServiceInternalError"),
    ("Validation", "InvalidRequest"),
    ("Invalid", "InvalidRequest"),
    ("Malformed", "InvalidRequest"),
)


class ResourceWork:
    """
    Works on the resources of one stack.

    :param stop: Set when everything is to be given up at once.
    """

    def __init__(
        self, stack: Stack, place: Place, *, calls: ApiCalls, recorder: Recorder, stop: Event
    ) -> None:
        self._stack = stack
        self._place = place
        self._calls = calls
        self._record = recorder
        self._stop = stop

    def create(
        self, definition: ResourceDefinition, needs: frozenset[str], scope: StackScope
    ) -> StackResource:
        """
        Make a resource and put it among the stack's.

        :raises ResourceError: If it fails; the events say so already.
        """
        resource = StackResource(
            logical_id=definition.logical_id,
            type=definition.type,
            needs=needs,
            deletion_policy=definition.deletion_policy,
            replace_policy=definition.replace_policy,
        )
        self._stack.resources[definition.logical_id] = resource
        self._record.resource(resource, "CREATE_IN_PROGRESS")
        kind = _kind(definition.type)
        try:
            resource.shown = resolve(dict(definition.properties), scope.hiding())
            resource.properties = self.prepared(definition, scope)
            made = kind.create(self._task(resource, resource.properties))
        except (ResourceError, CloudFormationError) as error:
            resource.physical_id = getattr(error, "physical_id", None) or ""
            raise self._failed(resource, "CREATE_FAILED", error) from error
        _take(resource, made)
        self._record.resource(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
        self._record.resource(resource, "CREATE_COMPLETE")
        return resource

    def update(
        self, current: StackResource, definition: ResourceDefinition, needs: frozenset[str], scope: StackScope
    ) -> bool:
        """
        Bring a resource to what its definition says, or make another in its place; tell if that was needed.

        :raises ResourceError: If it fails; the events say so already.
        """
        kind = _kind(definition.type)
        try:
            shown = resolve(dict(definition.properties), scope.hiding())
            wanted = self.prepared(definition, scope)
        except (ResourceError, CloudFormationError) as error:
            raise self._failed(current, "UPDATE_FAILED", error) from error
        current.needs = needs
        current.deletion_policy, current.replace_policy = (
            definition.deletion_policy,
            definition.replace_policy,
        )
        if wanted == current.properties and not (current.unsure or current.status.endswith("FAILED")):
            return False
        if current.physical_id and not kind.replaced_by(current.properties, wanted):
            self.change(current, wanted, shown)
            return True
        if current.physical_id:
            self._record.resource(current, "UPDATE_IN_PROGRESS", _REPLACING)
            if kind.first_deletes and not self.delete(current):
                raise ResourceError(current.reason or "", current.physical_id)
        self.create(definition, needs, scope)
        return True

    def change(self, current: StackResource, wanted: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        """
        Change a resource in place.

        :param shown: What the events show of ``wanted``.
        :raises ResourceError: If it fails; the events say so already.
        """
        current.shown = shown
        self._record.resource(current, "UPDATE_IN_PROGRESS")
        try:
            made = _kind(current.type).update(self._task(current, wanted), current)
        except (ResourceError, CloudFormationError) as error:
            current.properties, current.unsure = wanted, True
            raise self._failed(current, "UPDATE_FAILED", error) from error
        current.properties, current.unsure = wanted, False
        _take(current, made)
        self._record.resource(current, "UPDATE_COMPLETE")

    def make_again(self, resource: StackResource) -> None:
        """
        Make a resource that was deleted before another took its place.

        :raises ResourceError: If it fails; the events say so already.
        """
        self._record.resource(resource, "CREATE_IN_PROGRESS")
        try:
            made = _kind(resource.type).create(self._task(resource, resource.properties))
        except (ResourceError, CloudFormationError) as error:
            raise self._failed(resource, "CREATE_FAILED", error) from error
        _take(resource, made)
        self._record.resource(resource, "CREATE_COMPLETE")

    def delete(self, resource: StackResource) -> bool:
        """Delete a resource, or leave one that cannot be deleted here; tell whether that went well."""
        if not resource.physical_id:
            self._record.resource(resource, "DELETE_COMPLETE")
            return True
        self._record.resource(resource, "DELETE_IN_PROGRESS")
        try:
            _kind(resource.type).delete(self._task(resource, resource.properties), resource)
        except ResourceKept as error:
            self._record.resource(resource, "DELETE_SKIPPED", error.reason)
            return True
        except (ResourceError, CloudFormationError) as error:
            self._failed(resource, "DELETE_FAILED", error)
            return False
        self._record.resource(resource, "DELETE_COMPLETE")
        return True

    def skip(self, resource: StackResource) -> None:
        """Leave a resource behind."""
        self._record.resource(resource, "DELETE_SKIPPED")

    def prepared(self, definition: ResourceDefinition, scope: StackScope) -> dict[str, Any]:
        """
        Return a definition's properties as its type takes them.

        :raises ResourceError: If they do not fit.
        :raises TemplateError: If a function cannot be applied.
        """
        kind = _kind(definition.type)
        properties = kind.conform(definition.logical_id, resolve(dict(definition.properties), scope))
        return kind.with_stack_tags(properties, self._stack.settings.tags)

    def _failed(self, resource: StackResource, status: str, error: Exception) -> ResourceError:
        reason = worded(error)
        self._record.resource(resource, status, reason)
        return ResourceError(reason, resource.physical_id)

    def _task(self, resource: StackResource, properties: Mapping[str, Any]) -> Task:
        return Task(
            place=self._place,
            calls=self._calls,
            stack_id=self._stack.stack_id,
            stack_name=self._stack.name,
            logical_id=resource.logical_id,
            type=resource.type,
            properties=properties,
            stop=self._stop,
        )


def worded(error: Exception) -> str:
    """Return an error as the events of a stack word it."""
    if isinstance(error, CloudFormationError):
        return error.message
    if not isinstance(error, ApiError):
        return str(error)
    if error.service in _LEGACY:
        return (
            f"{error.reason} (Service: {_LEGACY[error.service]}; Status Code: {error.status}; "
            f"Error Code: {error.code}; Request ID: {error.request_id}; Proxy: null)"
        )
    service = _SERVICES.get(error.service, error.service)
    code = next((ours for text, ours in _HANDLER_CODES if text in error.code), "GeneralServiceException")
    origin = f"(Service: {service}, Status Code: {error.status}, Request ID: {error.request_id})"
    return (
        f'Resource handler returned message: "{error.reason} {origin}" '
        f"(RequestToken: {RUNTIME.new_uuid()}, HandlerErrorCode: {code})"
    )


def _take(resource: StackResource, made: Made) -> None:
    resource.physical_id = made.physical_id
    resource.attributes = made.attributes
    resource.handle = made.handle


def _kind(name: str) -> ResourceType:
    found = resource_type(name)
    if found is None:
        raise ResourceError(f"Unrecognized resource type {name}")
    return found
