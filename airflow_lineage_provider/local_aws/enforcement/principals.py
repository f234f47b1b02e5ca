"""
Who calls: the IAM user or assumed role behind an access key, with its policies, from moto's IAM and STS.

The access key id ``testing`` (and ``test``, ``mock``) is the account's root user, who may do everything: with
it an estate is set up before anyone has rights.

Policies attached to users, groups and roles count; permission boundaries, session policies, organisations and
policies of resources do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from airflow_lineage_provider.local_aws.enforcement.policies import (
    Decision,
    Statement,
    decide,
    parse_policy,
)

__all__ = ["ROOT_KEYS", "Principal", "assumed_role", "caller"]

ROOT_KEYS = frozenset({"testing", "test", "mock"})
_EVERYTHING = (Statement(allows=True, actions=("*",)),)


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with rights: ``arn`` as AWS names them in messages, and the statements of their policies."""

    arn: str
    statements: tuple[Statement, ...]

    def decide(self, action: str, resource: str | None) -> Decision:
        """Return what the policies say of an action on a resource; ``None`` is a resource not known."""
        return decide(self.statements, action, resource, {"aws:PrincipalArn": self.arn})

    def refusal(self, action: str, resource: str | None) -> str | None:
        """Return AWS's text if an action is refused, else ``None``."""
        decision = self.decide(action, resource)
        if decision is Decision.ALLOWED:
            return None
        reason = (
            "with an explicit deny in an identity-based policy"
            if decision is Decision.DENIED
            else f"because no identity-based policy allows the {action} action"
        )
        where = f" on resource: {resource}" if resource is not None else ""
        return f"User: {self.arn} is not authorized to perform: {action}{where} {reason}"


def caller(account_id: str, region: str, access_key: str, token: str | None) -> Principal | None:
    """
    Return who signs with an access key.

    :param token: The session token of temporary credentials, else ``None``.
    :return: ``None`` if the key is nobody's, or the token is not its own.
    """
    partition = get_partition(region)
    if access_key in ROOT_KEYS:
        return Principal(f"arn:{partition}:iam::{account_id}:root", _EVERYTHING)
    if token is not None:
        for session in sts_backends[account_id][partition].assumed_roles:
            if session.access_key_id == access_key and session.session_token == token:
                return assumed_role(account_id, region, session.role_arn, session.session_name)
        return None
    iam = iam_backends[account_id][partition]
    for user in iam.users.values():
        if any(key.access_key_id == access_key and key.status == "Active" for key in user.access_keys):
            return Principal(user.arn, _statements(_user_documents(iam, user)))
    return None


def assumed_role(account_id: str, region: str, role: str, session: str) -> Principal | None:
    """
    Return a role as a session of it acts.

    :param role: Its name, path and name, or ARN.
    :return: ``None`` if there is no such role.
    """
    partition = get_partition(region)
    name = role.rpartition("/")[2]
    iam = iam_backends[account_id][partition]
    found = next((held for held in iam.roles.values() if held.name == name), None)
    if found is None:
        return None
    documents = [*found.policies.values(), *(_document(policy) for policy in found.managed_policies.values())]
    arn = f"arn:{partition}:sts::{account_id}:assumed-role/{name}/{session}"
    return Principal(arn, _statements(documents))


def _user_documents(iam: IAMBackend, user: Any) -> list[Any]:
    groups = [group for group in iam.groups.values() if user in group.users]
    holders = [user, *groups]
    inline = [document for holder in holders for document in holder.policies.values()]
    managed = [policy for holder in holders for policy in holder.managed_policies.values()]
    return [*inline, *(_document(policy) for policy in managed)]


def _document(policy: Any) -> Any:
    return next(version.document for version in policy.versions if version.is_default)


def _statements(documents: Iterable[Any]) -> tuple[Statement, ...]:
    return tuple(statement for document in documents for statement in parse_policy(document))
