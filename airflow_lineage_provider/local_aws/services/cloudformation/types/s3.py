"""
``AWS::S3::Bucket`` and ``AWS::S3::BucketPolicy``.

moto's own model of a bucket has neither versions nor notifications. A bucket that is not empty is not
deleted, as on AWS.

.. seealso:: AWS CloudFormation Template Reference, "AWS::S3::Bucket".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    ApiType,
    Made,
    Place,
    Task,
    tag_list,
    tag_map,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = ["S3Bucket", "S3BucketPolicy"]

_SERVICE = "s3"
_MAX_NAME = 63
_NOTIFICATIONS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
    "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
    "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
}
_EFFECTIVE = (
    "BucketEncryption",
    "BucketName",
    "NotificationConfiguration",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "Tags",
    "VersioningConfiguration",
)


class S3Bucket(ApiType):
    """A bucket."""

    name = "AWS::S3::Bucket"
    tag_form = list
    service = _SERVICE

    def create(self, task: Task) -> Made:
        """Make a bucket and set it up."""
        name = task.properties.get("BucketName") or task.generated_name(length=_MAX_NAME).lower()
        if task.call_unless_gone(_SERVICE, "GetBucketLocation", {"Bucket": name}):
            raise ResourceError(f"{name} already exists")  # S3 would not mind, in us-east-1
        members: dict[str, Any] = {"Bucket": name}
        if task.place.region != "us-east-1":
            members["CreateBucketConfiguration"] = {"LocationConstraint": task.place.region}
        task.call(_SERVICE, "CreateBucket", members)
        with task.having(name):
            self._set_up(task, name, None)
        return Made(name, _addresses(task.place, name))

    def update(self, task: Task, current: StackResource) -> Made:
        """Change how a bucket is set up."""
        self._set_up(task, current.physical_id, current)
        return Made(current.physical_id, current.attributes)

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete an empty bucket."""
        task.call_unless_gone(_SERVICE, "DeleteBucket", {"Bucket": current.physical_id})

    def _set_up(self, task: Task, name: str, current: StackResource | None) -> None:
        bucket = {"Bucket": name}
        before = current.properties if current else {}
        after = task.known(*_EFFECTIVE)
        for prop, (put, member, remove) in _SETTINGS.items():
            if prop in after and (current is None or task.differs(current, prop)):
                task.call(_SERVICE, put, {**bucket, member: _CONVERTERS[prop](after[prop])})
            elif prop in before and prop not in after:
                task.call(_SERVICE, *_removal(bucket, member, remove))


class S3BucketPolicy(ApiType):
    """The policy of a bucket."""

    name = "AWS::S3::BucketPolicy"
    service = _SERVICE

    def create(self, task: Task) -> Made:
        """Put the policy."""
        bucket = task.properties["Bucket"]
        policy = task.properties["PolicyDocument"]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        task.call(_SERVICE, "PutBucketPolicy", {"Bucket": bucket, "Policy": text})
        return Made(bucket)

    def update(self, task: Task, current: StackResource) -> Made:  # noqa: ARG002
        """Put the new policy."""
        return self.create(task)

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete the policy."""
        task.call_unless_gone(_SERVICE, "DeleteBucketPolicy", {"Bucket": current.physical_id})


def _removal(bucket: Mapping[str, str], member: str, remove: str) -> tuple[str, dict[str, Any]]:
    """Return the call that takes a setting back: its own operation, or its neutral value."""
    if remove.startswith("Delete"):
        return remove, dict(bucket)
    value = {"Status": "Suspended"} if member == "VersioningConfiguration" else {}
    return remove, {**bucket, member: value}


def _as_is(value: Any) -> Any:
    return value


def _tag_set(tags: Any) -> dict[str, Any]:
    return {"TagSet": tag_list(tag_map(tags))}


def _encryption(value: Mapping[str, Any]) -> dict[str, Any]:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        members = {name: item for name, item in rule.items() if name != "ServerSideEncryptionByDefault"}
        if "ServerSideEncryptionByDefault" in rule:
            members["ApplyServerSideEncryptionByDefault"] = rule["ServerSideEncryptionByDefault"]
        rules.append(members)
    return {"Rules": rules}


def _notifications(value: Mapping[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, (member, target, arn) in _NOTIFICATIONS.items():
        listed = []
        for each in value.get(name, ()):
            configuration: dict[str, Any] = {arn: each[target], "Events": [each["Event"]]}
            if "Filter" in each:
                configuration["Filter"] = {"Key": {"FilterRules": each["Filter"]["S3Key"]["Rules"]}}
            listed.append(configuration)
        if listed:
            members[member] = listed
    if value.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", True) and (
        "EventBridgeConfiguration" in value
    ):
        members["EventBridgeConfiguration"] = {}
    return members


def _addresses(place: Place, name: str) -> dict[str, str]:
    domain = "amazonaws.com"
    return {
        "Arn": f"arn:{place.partition}:s3:::{name}",
        "DomainName": f"{name}.s3.{domain}",
        "DualStackDomainName": f"{name}.s3.dualstack.{place.region}.{domain}",
        "RegionalDomainName": f"{name}.s3.{place.region}.{domain}",
        "WebsiteURL": f"http://{name}.s3-website-{place.region}.{domain}",
    }


_SETTINGS: Mapping[str, tuple[str, str, str]] = {
    "VersioningConfiguration": ("PutBucketVersioning", "VersioningConfiguration", "PutBucketVersioning"),
    "BucketEncryption": (
        "PutBucketEncryption",
        "ServerSideEncryptionConfiguration",
        "DeleteBucketEncryption",
    ),
    "OwnershipControls": (
        "PutBucketOwnershipControls",
        "OwnershipControls",
        "DeleteBucketOwnershipControls",
    ),
    "PublicAccessBlockConfiguration": (
        "PutPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        "DeletePublicAccessBlock",
    ),
    "Tags": ("PutBucketTagging", "Tagging", "DeleteBucketTagging"),
    "NotificationConfiguration": (
        "PutBucketNotificationConfiguration",
        "NotificationConfiguration",
        "PutBucketNotificationConfiguration",
    ),
}
"""For each property: the operation that sets it, its member, and the operation that takes it back."""

_CONVERTERS = {
    "VersioningConfiguration": _as_is,
    "BucketEncryption": _encryption,
    "OwnershipControls": _as_is,
    "PublicAccessBlockConfiguration": _as_is,
    "Tags": _tag_set,
    "NotificationConfiguration": _notifications,
}
