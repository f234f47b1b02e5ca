"""Who works in a domain: users, groups, and who is a member of which project. Plain records."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["GroupProfile", "Member", "People", "UserProfile"]

_UUID = re.compile(r"(?:[0-9a-f]{10}-)?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(slots=True)
class UserProfile:
    """
    A user: an IAM principal by its ARN, or a user of IAM Identity Center by name.

    :param type: IAM or SSO.
    """

    id: str
    type: str
    name: str
    status: str
    session_name: str | None = None

    @property
    def details(self) -> dict[str, Any]:
        """Return the member ``details`` of an answer."""
        if self.type == "IAM":
            return {"iam": {"arn": self.name, "sessionName": self.session_name}}
        return {"sso": {"username": self.name}}


@dataclass(slots=True)
class GroupProfile:
    """A group of IAM Identity Center by name, or the sessions of an IAM role."""

    id: str
    name: str
    status: str
    role_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """
    A member of a project.

    :param kind: ``user`` or ``group``.
    :param id: Id of the profile.
    """

    kind: str
    id: str


@dataclass(slots=True)
class People:
    """The users and groups a domain knows, by id."""

    users: dict[str, UserProfile] = field(default_factory=dict)
    groups: dict[str, GroupProfile] = field(default_factory=dict)

    def find_user(self, identifier: str, session_name: str | None = None) -> UserProfile | None:
        """Return the user with this id, ARN or name."""
        known = self.users.get(identifier)
        if known is not None:
            return known
        return next(
            (
                each
                for each in self.users.values()
                if each.name == identifier and session_name in (None, each.session_name)
            ),
            None,
        )

    def find_group(self, identifier: str) -> GroupProfile | None:
        """Return the group with this id or name."""
        named = (each for each in self.groups.values() if identifier in (each.name, each.role_arn))
        return self.groups.get(identifier) or next(named, None)

    def user(self, identifier: str, session_name: str | None = None) -> UserProfile | None:
        """Return a user, with a new profile for a name or an ARN met for the first time."""
        found = self.find_user(identifier, session_name)
        if found is None and not _UUID.fullmatch(identifier):
            is_iam = identifier.startswith("arn:")
            found = UserProfile(
                RUNTIME.new_uuid(),
                "IAM" if is_iam else "SSO",
                identifier,
                "ACTIVATED" if is_iam else "ASSIGNED",
                session_name,
            )
            self.users[found.id] = found
        return found

    def group(self, identifier: str) -> GroupProfile | None:
        """Return a group, with a new profile for a name met for the first time."""
        found = self.find_group(identifier)
        if found is None and not _UUID.fullmatch(identifier):
            role_arn = identifier if identifier.startswith("arn:") else None
            found = GroupProfile(RUNTIME.new_uuid(), identifier.rpartition("/")[2], "ASSIGNED", role_arn)
            self.groups[found.id] = found
        return found
