"""
``AWS::DynamoDB::Table``.

moto's own model of a table cannot be changed.

.. seealso:: AWS CloudFormation Template Reference, "AWS::DynamoDB::Table".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    ApiType,
    Made,
    Task,
    tag_change,
    tag_list,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = ["DynamoDBTable"]

_SERVICE = "dynamodb"
_MAX_NAME = 255
_CREATION = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "SSESpecification",
    "StreamSpecification",
    "TableClass",
    "Tags",
)
_CHANGES = ("BillingMode", "DeletionProtectionEnabled", "ProvisionedThroughput", "StreamSpecification")
_INDEX = ("IndexName", "KeySchema", "OnDemandThroughput", "Projection", "ProvisionedThroughput")


class DynamoDBTable(ApiType):
    """A table."""

    name = "AWS::DynamoDB::Table"
    tag_form = list
    service = _SERVICE

    def create(self, task: Task) -> Made:
        """Make a table."""
        name = task.properties.get("TableName") or task.generated_name(length=_MAX_NAME)
        known = task.known("TableName", *_CREATION, *_SEPARATE)
        members = {key: _converted(key, known[key]) for key in _CREATION if key in known}
        table = task.call(_SERVICE, "CreateTable", {**members, "TableName": name})["TableDescription"]
        with task.having(name):
            self._set_separately(task, name, None)
        return Made(name, _attributes(table))

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a table, its indexes one by one."""
        before, after = current.properties, task.properties
        table = {"TableName": current.physical_id}
        members = {key: after[key] for key in _CHANGES if key in after and task.differs(current, key)}
        if "StreamSpecification" in before and "StreamSpecification" not in after:
            members["StreamSpecification"] = {"StreamEnabled": False}
        if members:
            changed = {key: _converted(key, value) for key, value in members.items()}
            task.call(_SERVICE, "UpdateTable", {**table, **changed})
        described = task.call(_SERVICE, "DescribeTable", table)["Table"]
        for change in _index_changes(described, before, after):
            definitions = {"AttributeDefinitions": after["AttributeDefinitions"]}
            indexes = {"GlobalSecondaryIndexUpdates": [change]}
            task.call(_SERVICE, "UpdateTable", {**table, **definitions, **indexes})
        self._set_separately(task, current.physical_id, current)
        self._change_tags(task, current)
        described = task.call(_SERVICE, "DescribeTable", table)["Table"]
        return Made(current.physical_id, _attributes(described))

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a table."""
        task.call_unless_gone(_SERVICE, "DeleteTable", {"TableName": current.physical_id})

    def _set_separately(self, task: Task, name: str, current: StackResource | None) -> None:
        for prop, (operation, member, keys) in _SEPARATE.items():
            value = task.properties.get(prop)
            if value is not None and (current is None or task.differs(current, prop)):
                setting = {key: value[key] for key in keys if key in value}
                task.call(_SERVICE, operation, {"TableName": name, member: setting})

    def _change_tags(self, task: Task, current: StackResource) -> None:
        gone, put = tag_change(current.properties, task.properties)
        arn = {"ResourceArn": current.attributes["Arn"]}
        if gone:
            task.call(_SERVICE, "UntagResource", {**arn, "TagKeys": gone})
        if put:
            task.call(_SERVICE, "TagResource", {**arn, "Tags": tag_list(put)})


_SEPARATE: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "TimeToLiveSpecification": (
        "UpdateTimeToLive",
        "TimeToLiveSpecification",
        ("AttributeName", "Enabled"),
    ),
    "PointInTimeRecoverySpecification": (
        "UpdateContinuousBackups",
        "PointInTimeRecoverySpecification",
        ("PointInTimeRecoveryEnabled", "RecoveryPeriodInDays"),
    ),
}
"""What has an operation of its own: the operation, its member and what that takes."""


def _converted(name: str, value: Any) -> Any:
    """Return a property as the API takes it."""
    if name == "SSESpecification":
        return {("Enabled" if key == "SSEEnabled" else key): item for key, item in value.items()}
    if name == "StreamSpecification":
        return {
            "StreamEnabled": True,
            **{key: item for key, item in value.items() if key != "ResourcePolicy"},
        }
    if name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        return [{key: item for key, item in index.items() if key in _INDEX} for index in value]
    return value


def _index_changes(
    table: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the changes of indexes: those that go or differ from before, then those that are missing."""
    there = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ())]
    old, new = (
        {index["IndexName"]: index for index in properties.get("GlobalSecondaryIndexes", ())}
        for properties in (before, after)
    )
    gone = [name for name in there if name not in new or (name in old and old[name] != new[name])]
    made = [name for name in new if name in gone or name not in there]
    definitions = _converted("GlobalSecondaryIndexes", [new[name] for name in made])
    return [
        *({"Delete": {"IndexName": name}} for name in gone),
        *({"Create": definition} for definition in definitions),
    ]


def _attributes(table: Mapping[str, Any]) -> dict[str, str]:
    attributes = {"Arn": str(table["TableArn"])}
    if "LatestStreamArn" in table:
        attributes["StreamArn"] = str(table["LatestStreamArn"])
    return attributes
