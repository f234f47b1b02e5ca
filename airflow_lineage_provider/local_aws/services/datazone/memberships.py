"""
Who is a member of a project, and as what.

Membership decides nothing here: there is no authorization inside the catalog. A project keeps an owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.announcements import Entity, announce
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.people_records import Member
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Project, Reply, Request

__all__ = ["OPERATIONS", "add_members", "is_member"]

_OWNER = "PROJECT_OWNER"


def create_project_membership(context: Context, request: Request) -> Reply:
    """Add a member, or give one that is there another designation."""
    domain = context.domain(request["domainIdentifier"])
    project = context.project(domain, request["projectIdentifier"])
    member = _member(domain, request["member"])
    _require_designation(request)
    known = member in project.members
    project.members[member] = request["designation"]
    what = "Role Change" if known else "Addition"
    _tell(context, domain, project, f"Project Member {what} Succeeded", member=member)
    return {}


def delete_project_membership(context: Context, request: Request) -> Reply:
    """Remove a member."""
    domain = context.domain(request["domainIdentifier"])
    project = context.project(domain, request["projectIdentifier"])
    member = _member(domain, request["member"])
    if member not in project.members:
        raise ResourceNotFoundError(f"{_named(request['member'])} is not a member of project {project.id}")
    others = [each for name, each in project.members.items() if name != member]
    if project.members[member] == _OWNER and _OWNER not in others:
        raise ValidationError(f"Project {project.id} must keep at least one owner")
    del project.members[member]
    _tell(context, domain, project, "Project Member Removal Succeeded", member=member)
    return {}


def list_project_memberships(context: Context, request: Request) -> Reply:
    """List the members of a project by name."""
    domain = context.domain(request["domainIdentifier"])
    project = context.project(domain, request["projectIdentifier"])
    page = PageRequest.of("ListProjectMemberships", request)

    def key(member: Member) -> Key:
        people = domain.people
        profile = people.users[member.id] if member.kind == "user" else people.groups[member.id]
        return profile.name, member.kind, member.id

    cut = page.cut(sorted(project.members, key=key), key, descending=request.get("sortOrder") == "DESCENDING")
    members = [
        {
            "memberDetails": {each.kind: {f"{each.kind}Id": each.id}},
            "designation": project.members[each],
        }
        for each in cut.items
    ]
    return cut.reply("members", members)


def add_members(context: Context, domain: Domain, project: Project, request: Request) -> None:
    """Make the creator of a project its owner, and members of those CreateProject names."""
    creator = domain.people.user(context.principal)
    if creator is not None:
        project.members[Member("user", creator.id)] = _OWNER
    for assignment in request.get("membershipAssignments", ()):
        _require_designation(assignment)
        project.members[_member(domain, assignment["member"])] = assignment["designation"]


def is_member(domain: Domain, project: Project, *, user: str | None, group: str | None) -> bool:
    """Tell whether a user and a group, as far as they are given, are members of a project."""
    people = domain.people
    found_user = people.find_user(user) if user is not None else None
    found_group = people.find_group(group) if group is not None else None
    return (
        user is None or (found_user is not None and Member("user", found_user.id) in project.members)
    ) and (group is None or (found_group is not None and Member("group", found_group.id) in project.members))


def _require_designation(request: Mapping[str, Any]) -> None:
    if request["designation"] == "USER_CREATED_DESIGNATION" or "userCreatedDesignationId" in request:
        raise ValidationError("There are no designations but those of the service")


def _member(domain: Domain, given: Mapping[str, Any]) -> Member:
    """Return the member a request names; a name met for the first time gets a profile."""
    if given.get("userIdentifier") is not None:
        user = domain.people.user(given["userIdentifier"])
        found = None if user is None else Member("user", user.id)
    else:
        group = domain.people.group(given["groupIdentifier"])
        found = None if group is None else Member("group", group.id)
    if found is None:
        raise ResourceNotFoundError(f"{_named(given)} does not exist in domain {domain.id}")
    return found


def _named(given: Mapping[str, Any]) -> str:
    ((member, identifier),) = ((name, value) for name, value in given.items() if value is not None)
    return f"{'User' if member == 'userIdentifier' else 'Group'} {identifier}"


def _tell(context: Context, domain: Domain, project: Project, what: str, *, member: Member) -> None:
    entity = Entity("ProjectEntityType", project.id, project.id)
    announce(context, domain, what, entity, {"member": {"id": member.id, "type": member.kind.upper()}})


OPERATIONS: dict[str, Operation] = {
    "CreateProjectMembership": create_project_membership,
    "DeleteProjectMembership": delete_project_membership,
    "ListProjectMemberships": list_project_memberships,
}
