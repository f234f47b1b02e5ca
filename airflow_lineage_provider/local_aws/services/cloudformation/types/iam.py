"""
``AWS::IAM::Role`` and ``AWS::IAM::ManagedPolicy``.

moto's own model of a role attaches no managed policies and changes no documents. Of AWS's own managed
policies only the names are kept where moto does not have them.

.. seealso:: AWS CloudFormation Template Reference, "AWS::IAM::Role".
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.calls import ApiError
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    ApiType,
    Made,
    Task,
    tag_change,
    tag_list,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = ["IamManagedPolicy", "IamRole"]

_LOG = logging.getLogger(__name__)
_SERVICE = "iam"
_MAX_NAME = 64
_OF_AWS = ":iam::aws:policy/"
_SESSION_SECONDS = 3600


class IamRole(ApiType):
    """A role with its inline and managed policies."""

    name = "AWS::IAM::Role"
    tag_form = list
    service = _SERVICE

    def create(self, task: Task) -> Made:
        """Make a role and give it its policies."""
        properties = task.properties
        name = properties.get("RoleName") or task.generated_name(length=_MAX_NAME)
        kept = ("Description", "MaxSessionDuration", "Path", "PermissionsBoundary", "Tags")
        members = {key: properties[key] for key in kept if key in properties}
        document = _document(properties["AssumeRolePolicyDocument"])
        role = task.call(
            _SERVICE, "CreateRole", {**members, "RoleName": name, "AssumeRolePolicyDocument": document}
        )["Role"]
        with task.having(name):
            self._change_policies(task, name, {})
        return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a role, its trust and its policies."""
        before, after = current.properties, task.properties
        role = {"RoleName": current.physical_id}
        document = _document(after["AssumeRolePolicyDocument"])
        task.call(_SERVICE, "UpdateAssumeRolePolicy", {**role, "PolicyDocument": document})
        settings = {
            "Description": after.get("Description", ""),
            "MaxSessionDuration": after.get("MaxSessionDuration", _SESSION_SECONDS),
        }
        task.call(_SERVICE, "UpdateRole", {**role, **settings})
        if "PermissionsBoundary" in after:
            boundary = {"PermissionsBoundary": after["PermissionsBoundary"]}
            task.call(_SERVICE, "PutRolePermissionsBoundary", {**role, **boundary})
        elif "PermissionsBoundary" in before:
            task.call(_SERVICE, "DeleteRolePermissionsBoundary", role)
        self._change_tags(task, current)
        self._change_policies(task, current.physical_id, before)
        return Made(current.physical_id, current.attributes)

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a role with its policies."""
        role = {"RoleName": current.physical_id}
        if not task.call_unless_gone(_SERVICE, "GetRole", role):
            return
        attached = task.call(_SERVICE, "ListAttachedRolePolicies", role)["AttachedPolicies"]
        for policy in attached:
            task.call(_SERVICE, "DetachRolePolicy", {**role, "PolicyArn": policy["PolicyArn"]})
        for name in task.call(_SERVICE, "ListRolePolicies", role)["PolicyNames"]:
            task.call(_SERVICE, "DeleteRolePolicy", {**role, "PolicyName": name})
        task.call_unless_gone(_SERVICE, "DeleteRole", role)

    def _change_tags(self, task: Task, current: StackResource) -> None:
        gone, put = tag_change(current.properties, task.properties)
        role = {"RoleName": current.physical_id}
        if gone:
            task.call(_SERVICE, "UntagRole", {**role, "TagKeys": gone})
        if put:
            task.call(_SERVICE, "TagRole", {**role, "Tags": tag_list(put)})

    def _change_policies(self, task: Task, name: str, before: Mapping[str, Any]) -> None:
        role, after = {"RoleName": name}, task.properties
        inline = _inline(after)
        for gone in sorted(set(_inline(before)) - set(inline)):
            task.call_unless_gone(_SERVICE, "DeleteRolePolicy", {**role, "PolicyName": gone})
        for policy, document in inline.items():
            task.call(_SERVICE, "PutRolePolicy", {**role, "PolicyName": policy, "PolicyDocument": document})
        old, new = before.get("ManagedPolicyArns", ()), after.get("ManagedPolicyArns", ())
        for arn in _missing(old, new):
            task.call_unless_gone(_SERVICE, "DetachRolePolicy", {**role, "PolicyArn": arn})
        for arn in new:
            _attach(task, role, arn)


class IamManagedPolicy(ApiType):
    """A customer managed policy; ``Ref`` gives its ARN."""

    name = "AWS::IAM::ManagedPolicy"
    service = _SERVICE

    def create(self, task: Task) -> Made:
        """Make a policy and attach it."""
        properties = task.properties
        name = properties.get("ManagedPolicyName") or task.generated_name(length=128)
        members = {key: properties[key] for key in ("Description", "Path") if key in properties}
        document = _document(properties["PolicyDocument"])
        policy = task.call(
            _SERVICE, "CreatePolicy", {**members, "PolicyName": name, "PolicyDocument": document}
        )["Policy"]
        with task.having(policy["Arn"]):
            self._change_holders(task, policy["Arn"], {})
        return Made(policy["Arn"], {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"]})

    def update(self, task: Task, current: StackResource) -> Made:
        """Write a new default version of a policy and change who holds it."""
        arn = {"PolicyArn": current.physical_id}
        for version in task.call(_SERVICE, "ListPolicyVersions", arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                task.call(_SERVICE, "DeletePolicyVersion", {**arn, "VersionId": version["VersionId"]})
        document = _document(task.properties["PolicyDocument"])
        members = {**arn, "PolicyDocument": document, "SetAsDefault": True}
        task.call(_SERVICE, "CreatePolicyVersion", members)
        self._change_holders(task, current.physical_id, current.properties)
        return Made(current.physical_id, current.attributes)

    def delete(self, task: Task, current: StackResource) -> None:
        """Detach and delete a policy."""
        self._change_holders(task, current.physical_id, current.properties, after={})
        task.call_unless_gone(_SERVICE, "DeletePolicy", {"PolicyArn": current.physical_id})

    def _change_holders(
        self, task: Task, arn: str, before: Mapping[str, Any], *, after: Mapping[str, Any] | None = None
    ) -> None:
        wanted = task.properties if after is None else after
        for kind, members in {"Role": "Roles", "User": "Users", "Group": "Groups"}.items():
            old, new = before.get(members, ()), wanted.get(members, ())
            for holder in _missing(old, new):
                call = {f"{kind}Name": holder, "PolicyArn": arn}
                task.call_unless_gone(_SERVICE, f"Detach{kind}Policy", call)
            for holder in new:
                task.call(_SERVICE, f"Attach{kind}Policy", {f"{kind}Name": holder, "PolicyArn": arn})


def _attach(task: Task, role: Mapping[str, str], arn: str) -> None:
    try:
        task.call(_SERVICE, "AttachRolePolicy", {**role, "PolicyArn": arn})
    except ApiError as error:
        if not error.is_missing or _OF_AWS not in arn:
            raise
        _LOG.info("%s %s: the local stack does not have %s", task.type, task.logical_id, arn)


def _missing(these: Iterable[str], those: Iterable[str]) -> list[str]:
    """Return what is in ``these`` and not in ``those``."""
    others = set(those)
    return [each for each in these if each not in others]


def _inline(properties: Mapping[str, Any]) -> dict[str, str]:
    policies = properties.get("Policies", ())
    return {policy["PolicyName"]: _document(policy["PolicyDocument"]) for policy in policies}


def _document(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)
