"""
What a resource type has to be able to do, and what it is told.

A type makes, changes and deletes one resource; the order, the events and the rollback are the operation's.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.calls import ApiCalls, ApiError, api_request
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError
from airflow_lineage_provider.local_aws.services.cloudformation.schemas import SchemaError, resource_schema
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = [
    "ApiType",
    "Made",
    "Place",
    "ResourceKept",
    "ResourceType",
    "Task",
    "tag_change",
    "tag_list",
    "tag_map",
]

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.05
_SUFFIX_LENGTH = 12


class ResourceKept(ResourceError):
    """A resource that cannot be deleted here, and so is left behind."""


@dataclass(frozen=True, slots=True)
class Place:
    """Account and region a stack lives in."""

    account_id: str
    region: str
    partition: str


@dataclass(frozen=True, slots=True)
class Made:
    """
    A resource as its type made or changed it.

    :param physical_id: What ``Ref`` gives.
    :param attributes: What ``Fn::GetAtt`` gives.
    :param handle: What the type wants to find again in the resource.
    """

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    handle: object = None


@dataclass(frozen=True, slots=True)
class Task:
    """
    One thing to do with one resource.

    :param properties: Resolved, and of the types the schema asks for.
    :param stop: Set when the operation is to be given up at once.
    """

    place: Place
    calls: ApiCalls
    stack_id: str
    stack_name: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    stop: Event

    def call(self, service: str, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """
        Call an operation of a service; members are spelled as in a template.

        :raises ResourceError: If it fails.
        """
        return self.calls.call(service, operation, api_request(service, operation, members))

    def call_unless_gone(self, service: str, operation: str, members: Mapping[str, Any]) -> bool:
        """
        Call an operation that deletes or reads; tell whether the thing was there.

        :raises ResourceError: If it fails otherwise.
        """
        try:
            self.call(service, operation, members)
        except ApiError as error:
            if error.is_missing:
                return False
            raise
        return True

    def generated_name(self, *, length: int = 255) -> str:
        """Return ``<stack>-<logical id>-<suffix>``, cut to a length; the suffix is never cut."""
        label = f"cloudformation/{self.stack_name}/{self.logical_id}"
        suffix = RUNTIME.new_id(label)[:_SUFFIX_LENGTH].upper()
        return (
            f"{self.stack_name}-{self.logical_id}"[: length - _SUFFIX_LENGTH - 1].rstrip("-") + f"-{suffix}"
        )

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """
        Wait until the service has settled.

        :raises ResourceError: If the operation is given up meanwhile.
        """
        while not reached():
            if RUNTIME.wait(_POLL_SECONDS, self.stop):
                raise ResourceError("Resource operation cancelled")

    @contextmanager
    def having(self, physical_id: str) -> Iterator[None]:
        """Say of errors inside that the resource is there already, so that it will be deleted."""
        try:
            yield
        except ResourceError as error:
            error.physical_id = error.physical_id or physical_id
            raise

    def differs(self, current: StackResource, name: str) -> bool:
        """Tell whether a property has to be set: it is another than before, or nobody knows what it was."""
        return current.unsure or self.properties.get(name) != current.properties.get(name)

    def with_properties(self, properties: Mapping[str, Any]) -> Task:
        """Return the same task with other properties."""
        return replace(self, properties=properties)

    def known(self, *names: str) -> dict[str, Any]:
        """
        Return the properties of these names.

        What else a template says has no effect in the local stack; the log names it.
        """
        others = sorted(set(self.properties) - set(names))
        if others:
            _LOG.warning("%s %s: %s has no effect here", self.type, self.logical_id, ", ".join(others))
        return {name: value for name, value in self.properties.items() if name in names}


class ResourceType(ABC):
    """
    One type of resource.

    :cvar name: Its name in templates.
    :cvar tag_form: ``dict`` or ``list`` for a type whose property ``Tags`` takes the stack's tags, too.
    :cvar first_deletes: Whether the old resource goes before the new one is made where one takes its place.
    """

    name: str
    tag_form: type | None = None
    first_deletes: bool = False

    @property
    def attributes(self) -> frozenset[str]:
        """What ``Fn::GetAtt`` knows of it."""
        schema = resource_schema(self.name)
        return schema.attributes if schema else frozenset()

    def has_attribute(self, name: str) -> bool:
        """Tell whether ``Fn::GetAtt`` knows an attribute."""
        return name in self.attributes

    def conform(self, logical_id: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return properties of the types AWS's schema asks for.

        :raises ResourceError: If they do not fit it.
        """
        schema = resource_schema(self.name)
        if schema is None:
            return dict(properties)
        try:
            return schema.conform(properties)
        except SchemaError as error:
            raise ResourceError(
                f"Properties validation failed for resource {logical_id} with message:\n{error}"
            ) from error

    def with_stack_tags(self, properties: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """Return properties with the stack's tags, for a type that takes them; its own win."""
        if self.tag_form is None or not tags:
            return dict(properties)
        merged = {**tags, **tag_map(properties.get("Tags"))}
        return {**properties, "Tags": merged if self.tag_form is dict else tag_list(merged)}

    def replaced_by(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
        """Return the properties whose change needs a new resource."""
        schema = resource_schema(self.name)
        return schema.replaced_by(before, after) if schema else []

    def attribute(self, resource: StackResource, name: str) -> Any:
        """
        Return the value of an attribute.

        :raises ResourceError: If it has none.
        """
        if name not in resource.attributes:
            raise ResourceError(f"Attribute '{name}' does not exist")
        return resource.attributes[name]

    @abstractmethod
    def create(self, task: Task) -> Made:
        """
        Make a resource.

        :raises ResourceError: If that fails; with its id if something is left to delete.
        """

    @abstractmethod
    def update(self, task: Task, current: StackResource) -> Made:
        """
        Change a resource in place.

        :raises ResourceError: If that fails.
        """

    @abstractmethod
    def delete(self, task: Task, current: StackResource) -> None:
        """
        Delete a resource; one that is not there any more is deleted.

        :raises ResourceError: If that fails.
        """


class ApiType(ResourceType):
    """A type that is made by operations of the service it belongs to."""

    service: str


def tag_map(tags: object) -> dict[str, str]:
    """Return tags, a map or a list of ``Key`` and ``Value``, as a map."""
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    if isinstance(tags, Sequence) and not isinstance(tags, str):
        return {str(each["Key"]): str(each["Value"]) for each in tags}
    return {}


def tag_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Return the keys that go and the tags that are new or different, from old and new properties."""
    old, new = tag_map(before.get("Tags")), tag_map(after.get("Tags"))
    return sorted(set(old) - set(new)), {key: value for key, value in new.items() if old.get(key) != value}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as a list of ``Key`` and ``Value``."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
