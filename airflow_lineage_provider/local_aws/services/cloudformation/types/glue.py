"""
``AWS::Glue::*``: crawlers, databases, tables, connections and classifiers.

What changing a property means comes from AWS's schemas. Where AWS says nothing: the name inside
``DatabaseInput`` cannot be changed in place, and a property taken out of a template gets the API's default
back.

.. seealso:: AWS CloudFormation Template Reference, "AWS Glue".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    ApiType,
    Made,
    Task,
    tag_change,
    tag_map,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = ["GlueClassifier", "GlueConnection", "GlueCrawler", "GlueDatabase", "GlueTable"]

_CRAWLER_DEFAULTS: Mapping[str, Any] = {
    "Classifiers": [],
    "Configuration": "",
    "CrawlerSecurityConfiguration": "",
    "DatabaseName": "",
    "Description": "",
    "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "Schedule": {"ScheduleExpression": ""},
    "SchemaChangePolicy": {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    },
    "TablePrefix": "",
}


class _GlueType(ApiType):
    service = "glue"

    def _change_tags(self, task: Task, current: StackResource, resource: str) -> None:
        """Bring the tags of a resource to what the template says."""
        place = task.place
        arn = f"arn:{place.partition}:glue:{place.region}:{place.account_id}:{resource}"
        gone, put = tag_change(current.properties, task.properties)
        if gone:
            task.call("glue", "UntagResource", {"ResourceArn": arn, "TagsToRemove": gone})
        if put:
            task.call("glue", "TagResource", {"ResourceArn": arn, "TagsToAdd": put})


class GlueCrawler(_GlueType):
    """A crawler; its tags are a map."""

    name = "AWS::Glue::Crawler"
    tag_form = dict

    def create(self, task: Task) -> Made:
        """Make a crawler."""
        name = task.properties.get("Name") or task.generated_name()
        task.call("glue", "CreateCrawler", {**_crawler_members(task.properties), "Name": name})
        return Made(name)

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a crawler that is not running."""
        left_out = [name for name in _CRAWLER_DEFAULTS if name in current.properties]
        members = {name: _CRAWLER_DEFAULTS[name] for name in left_out} | dict(task.properties)
        members.pop("Tags", None)
        task.call("glue", "UpdateCrawler", {**_crawler_members(members), "Name": current.physical_id})
        self._change_tags(task, current, f"crawler/{current.physical_id}")
        return Made(current.physical_id)

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a crawler that is not running."""
        task.call_unless_gone("glue", "DeleteCrawler", {"Name": current.physical_id})


class GlueDatabase(_GlueType):
    """A database; ``Ref`` gives its name as the catalog keeps it, in lower case."""

    name = "AWS::Glue::Database"

    def replaced_by(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
        """Return what needs a new database; Glue cannot rename one."""
        found = super().replaced_by(before, after)
        names = [properties.get("DatabaseInput", {}).get("Name") for properties in (before, after)]
        return found if names[0] == names[1] else [*found, "DatabaseInput.Name"]

    def create(self, task: Task) -> Made:
        """Make a database."""
        given = task.properties.get("DatabaseName") or task.properties["DatabaseInput"].get("Name")
        name = (given or task.generated_name()).lower()
        definition = {**task.properties["DatabaseInput"], "Name": name}
        task.call("glue", "CreateDatabase", {**_catalog(task), "DatabaseInput": definition})
        return Made(name)

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a database."""
        definition = {**task.properties["DatabaseInput"], "Name": current.physical_id}
        members = {**_catalog(task), "Name": current.physical_id, "DatabaseInput": definition}
        task.call("glue", "UpdateDatabase", members)
        return Made(current.physical_id)

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a database with its tables."""
        task.call_unless_gone("glue", "DeleteDatabase", {**_catalog(task), "Name": current.physical_id})


class GlueTable(_GlueType):
    """A table; ``Ref`` gives its name as the catalog keeps it, in lower case."""

    name = "AWS::Glue::Table"

    def create(self, task: Task) -> Made:
        """Make a table."""
        definition = dict(task.properties.get("TableInput", {}))
        name = (task.properties.get("Name") or definition.get("Name") or task.generated_name()).lower()
        members = {**_table_place(task), "TableInput": {**definition, "Name": name}}
        if "OpenTableFormatInput" in task.properties:
            members["OpenTableFormatInput"] = task.properties["OpenTableFormatInput"]
        task.call("glue", "CreateTable", members)
        return Made(name)

    def update(self, task: Task, current: StackResource) -> Made:
        """Write a new version of a table."""
        definition = {**task.properties.get("TableInput", {}), "Name": current.physical_id}
        task.call("glue", "UpdateTable", {**_table_place(task), "TableInput": definition})
        return Made(current.physical_id)

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a table."""
        members = {**_table_place(task), "Name": current.physical_id}
        task.call_unless_gone("glue", "DeleteTable", members)


class GlueConnection(_GlueType):
    """A connection."""

    name = "AWS::Glue::Connection"
    tag_form = dict

    def create(self, task: Task) -> Made:
        """Make a connection."""
        name = task.properties["ConnectionInput"].get("Name") or task.generated_name()
        members = {**_catalog(task), "ConnectionInput": _connection_input(task, name)}
        if task.properties.get("Tags"):
            members["Tags"] = tag_map(task.properties["Tags"])
        task.call("glue", "CreateConnection", members)
        return Made(name, {"Name": name})

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a connection."""
        name = current.physical_id
        members = {**_catalog(task), "Name": name, "ConnectionInput": _connection_input(task, name)}
        task.call("glue", "UpdateConnection", members)
        self._change_tags(task, current, f"connection/{name}")
        return Made(name, {"Name": name})

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a connection."""
        members = {**_catalog(task), "ConnectionName": current.physical_id}
        task.call_unless_gone("glue", "DeleteConnection", members)


class GlueClassifier(_GlueType):
    """A classifier of one of four kinds."""

    name = "AWS::Glue::Classifier"
    _KINDS = ("CsvClassifier", "GrokClassifier", "JsonClassifier", "XMLClassifier")

    def create(self, task: Task) -> Made:
        """Make a classifier."""
        kind, definition = self._only_kind(task)
        name = definition.get("Name") or task.generated_name()
        task.call("glue", "CreateClassifier", {kind: {**definition, "Name": name}})
        return Made(name, {"Name": name})

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a classifier."""
        kind, definition = self._only_kind(task)
        task.call("glue", "UpdateClassifier", {kind: {**definition, "Name": current.physical_id}})
        return Made(current.physical_id, {"Name": current.physical_id})

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a classifier."""
        task.call_unless_gone("glue", "DeleteClassifier", {"Name": current.physical_id})

    def replaced_by(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
        """Return what needs a new classifier: another name or another kind."""
        kinds = [kind for kind in self._KINDS if (kind in before) != (kind in after)]
        return kinds or super().replaced_by(before, after)

    def _only_kind(self, task: Task) -> tuple[str, dict[str, Any]]:
        kinds = [kind for kind in self._KINDS if kind in task.properties]
        if len(kinds) != 1:
            raise ResourceError("A classifier must be of exactly one kind: " + ", ".join(self._KINDS) + ".")
        definition = dict(task.properties[kinds[0]])
        if "ContainsCustomDatatype" in definition:
            definition["CustomDatatypes"] = definition.pop("ContainsCustomDatatype")
        return kinds[0], definition


def _crawler_members(properties: Mapping[str, Any]) -> dict[str, Any]:
    members = dict(properties)
    if "Schedule" in members:
        members["Schedule"] = members["Schedule"].get("ScheduleExpression", "")
    if "Tags" in members:
        members["Tags"] = tag_map(members["Tags"])
    return members


def _catalog(task: Task) -> dict[str, Any]:
    return {"CatalogId": task.properties["CatalogId"]}


def _table_place(task: Task) -> dict[str, Any]:
    return {**_catalog(task), "DatabaseName": task.properties["DatabaseName"]}


def _connection_input(task: Task, name: str) -> dict[str, Any]:
    return {**task.properties["ConnectionInput"], "Name": name}
