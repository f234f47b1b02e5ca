"""
``AWS::DataZone::*``: domains, projects, connections and data sources.

``Ref`` of a domain is its id, of the others ``<domain id>|<id>``, as their primary identifiers in AWS's
schemas say; the id alone is an attribute. Where AWS says nothing: a domain or project that still holds what
the stack did not make is not deleted with it, because the API refuses it without a flag nobody can set here.

.. seealso:: AWS CloudFormation Template Reference, "Amazon DataZone".
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.calls import ApiError
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    ApiType,
    Made,
    Task,
    tag_change,
    tag_map,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = ["DataZoneConnection", "DataZoneDataSource", "DataZoneDomain", "DataZoneProject"]

_SERVICE = "datazone"


class _DataZoneType(ApiType):
    service = _SERVICE
    described_by: str
    """The operation that describes one."""

    def _described(self, task: Task, place: Mapping[str, str]) -> Made:
        """Return what the service says of a resource."""
        answer = task.call(_SERVICE, self.described_by, place)
        answer.update(self._renamed(answer, task))
        values = {name.lower(): value for name, value in answer.items()}
        attributes = {
            name: _shown(values[name.lower()])
            for name in self.attributes
            if values.get(name.lower()) is not None
        }
        return Made(self._physical_id(place), attributes)

    def _renamed(self, answer: Mapping[str, Any], task: Task) -> dict[str, Any]:  # noqa: ARG002
        """Return attributes that the service calls otherwise."""
        return {}

    @abstractmethod
    def _physical_id(self, place: Mapping[str, str]) -> str:
        """Return what ``Ref`` gives."""

    def _wait_until_gone(self, task: Task, place: Mapping[str, str]) -> None:
        task.wait_until(lambda: not task.call_unless_gone(_SERVICE, self.described_by, place))


class DataZoneDomain(_DataZoneType):
    """A domain."""

    name = "AWS::DataZone::Domain"
    tag_form = list
    described_by = "GetDomain"

    def create(self, task: Task) -> Made:
        """Make a domain and wait until it can be used."""
        members = {**task.properties, "Tags": tag_map(task.properties.get("Tags"))}
        identifier = task.call(_SERVICE, "CreateDomain", members)["id"]
        place = {"identifier": identifier}
        with task.having(identifier):
            task.wait_until(lambda: task.call(_SERVICE, "GetDomain", place)["status"] != "CREATING")
            return self._described(task, place)

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a domain."""
        members = {name: value for name, value in task.properties.items() if name not in _DOMAIN_FIXED}
        place = {"identifier": current.physical_id}
        task.call(_SERVICE, "UpdateDomain", {**members, **place})
        arn = {"resourceArn": str(current.attributes["Arn"])}
        gone, put = tag_change(current.properties, task.properties)
        if gone:
            task.call(_SERVICE, "UntagResource", {**arn, "tagKeys": gone})
        if put:
            task.call(_SERVICE, "TagResource", {**arn, "tags": put})
        return self._described(task, place)

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a domain without projects."""
        place = {"identifier": current.physical_id}
        if task.call_unless_gone(_SERVICE, "DeleteDomain", place):
            self._wait_until_gone(task, place)

    def _physical_id(self, place: Mapping[str, str]) -> str:
        return place["identifier"]

    def _renamed(self, answer: Mapping[str, Any], task: Task) -> dict[str, Any]:
        return {"managedAccountId": answer.get("managedAccountId", task.place.account_id)}


_DOMAIN_FIXED = frozenset({"DomainVersion", "KmsKeyIdentifier", "Tags"})


class _InDomain(_DataZoneType):
    """Something inside a domain: known by the domain's id and its own."""

    created_by: str
    deleted_by: str
    id_member = "id"

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete it and wait until it is gone."""
        place = _place(current.physical_id)
        if task.call_unless_gone(_SERVICE, self.deleted_by, place):
            self._wait_until_gone(task, place)

    def _made(self, task: Task, members: Mapping[str, Any]) -> dict[str, str]:
        answer = task.call(_SERVICE, self.created_by, members)
        return {"domainIdentifier": answer["domainId"], "identifier": answer[self.id_member]}

    def _physical_id(self, place: Mapping[str, str]) -> str:
        return f"{place['domainIdentifier']}|{place['identifier']}"


class DataZoneProject(_InDomain):
    """A project, with everything its profile gives it."""

    name = "AWS::DataZone::Project"
    created_by, described_by, deleted_by = "CreateProject", "GetProject", "DeleteProject"

    def create(self, task: Task) -> Made:
        """Make a project and wait until its profile is provisioned."""
        members = dict(task.properties)
        members.pop("ProjectProfileVersion", None)
        if "ResourceTags" in members:
            members["ResourceTags"] = tag_map(members["ResourceTags"])
        place = self._made(task, members)
        with task.having(self._physical_id(place)):
            task.wait_until(lambda: _deployment(task.call(_SERVICE, "GetProject", place)) not in _UNSETTLED)
            return self._described(task, place)

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a project."""
        members = {name: value for name, value in task.properties.items() if name in _PROJECT_CHANGES}
        if "ResourceTags" in members:
            members["ResourceTags"] = tag_map(members["ResourceTags"])
        place = _place(current.physical_id)
        task.call(_SERVICE, "UpdateProject", {**members, **place})
        return self._described(task, place)


_UNSETTLED = ("PENDING_DEPLOYMENT", "IN_PROGRESS")
_PROJECT_CHANGES = frozenset(
    {
        "Description",
        "DomainUnitId",
        "GlossaryTerms",
        "Name",
        "ProjectProfileVersion",
        "ResourceTags",
        "UserParameters",
    }
)


class DataZoneConnection(_InDomain):
    """A connection; ``ProjectIdentifier`` stands for the project's environment."""

    name = "AWS::DataZone::Connection"
    created_by, described_by, deleted_by = "CreateConnection", "GetConnection", "DeleteConnection"
    id_member = "connectionId"

    def create(self, task: Task) -> Made:
        """Make a connection."""
        members = dict(task.properties)
        project = members.pop("ProjectIdentifier", None)
        if project is not None and "EnvironmentIdentifier" not in members:
            members["EnvironmentIdentifier"] = _environment(task, members["DomainIdentifier"], project)
        place = self._made(task, members)
        with task.having(self._physical_id(place)):
            return self._described(task, place)

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a connection."""
        members = {name: value for name, value in task.properties.items() if name in _CONNECTION_CHANGES}
        place = _place(current.physical_id)
        task.call(_SERVICE, "UpdateConnection", {**members, **place})
        return self._described(task, place)


_CONNECTION_CHANGES = frozenset({"AwsLocation", "Configurations", "Description", "Props"})


class DataZoneDataSource(_InDomain):
    """A data source."""

    name = "AWS::DataZone::DataSource"
    created_by, described_by, deleted_by = "CreateDataSource", "GetDataSource", "DeleteDataSource"

    def create(self, task: Task) -> Made:
        """Make a data source and wait until it is READY."""
        place = self._made(task, task.properties)
        with task.having(self._physical_id(place)):
            self._settle(task, place)
            return self._described(task, place)

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a data source and wait until it is READY."""
        members = {name: value for name, value in task.properties.items() if name not in _DATA_SOURCE_FIXED}
        place = _place(current.physical_id)
        task.call(_SERVICE, "UpdateDataSource", {**members, **place})
        self._settle(task, place)
        return self._described(task, place)

    def _settle(self, task: Task, place: Mapping[str, str]) -> None:
        def settled() -> bool:
            answer = task.call(_SERVICE, "GetDataSource", place)
            if str(answer["status"]).startswith("FAILED"):
                message = answer.get("errorMessage", {}).get("errorDetail", answer["status"])
                raise ResourceError(str(message))
            return bool(answer["status"] == "READY")

        task.wait_until(settled)


_DATA_SOURCE_FIXED = frozenset(
    {"ConnectionIdentifier", "DomainIdentifier", "EnvironmentIdentifier", "ProjectIdentifier", "Type"}
)


def _place(physical_id: str) -> dict[str, str]:
    domain, _, identifier = physical_id.partition("|")
    return {"domainIdentifier": domain, "identifier": identifier}


def _deployment(project: Mapping[str, Any]) -> str:
    details = project.get("environmentDeploymentDetails", {})
    return str(details.get("overallDeploymentStatus", ""))


def _environment(task: Task, domain: str, project: str) -> str:
    """Return the environment of a project, which its own connections name."""
    place = {"domainIdentifier": domain, "projectIdentifier": project}
    try:
        found = task.call(_SERVICE, "ListConnections", place)["items"]
    except ApiError as error:
        raise ResourceError(error.reason) from error
    for connection in found:
        if connection.get("environmentId"):
            return str(connection["environmentId"])
    raise ResourceError(f"Project {project} has no environment a connection could belong to")


def _shown(value: Any) -> Any:
    """Return an attribute as CloudFormation gives it: times in ISO 8601, numbers as texts."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
