"""
Profiles of users and groups.

There is no IAM Identity Center here: a name that is met for the first time, in CreateUserProfile or as a
member of a project, gets a profile. A profile that exists is returned as it is, for the operations have no
error for that in the model.
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.filters import contains_text
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.people_records import GroupProfile, UserProfile
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request

__all__ = ["OPERATIONS", "group_profile", "user_profile"]

_TYPES = {"IAM_USER": "IAM", "IAM_ROLE": "IAM", "IAM_ROLE_SESSION": "IAM", "SSO_USER": "SSO"}
_SEARCHED_USERS = {
    "SSO_USER": ("SSO",),
    "DATAZONE_SSO_USER": ("SSO",),
    "DATAZONE_IAM_USER": ("IAM",),
    "DATAZONE_USER": ("IAM", "SSO"),
}
_UNUSED = ("NOT_ASSIGNED", "DEACTIVATED")


def create_user_profile(context: Context, request: Request) -> Reply:
    """Give an IAM principal or a user of IAM Identity Center a profile in the domain."""
    domain = context.domain(request["domainIdentifier"])
    identifier = request["userIdentifier"]
    is_arn = identifier.startswith("arn:")
    wanted = _TYPES.get(request.get("userType", ""), "IAM" if is_arn else "SSO")
    if is_arn != (wanted == "IAM"):
        raise ValidationError(f"{identifier} is not a user of type {request['userType']}")
    profile = domain.people.user(identifier, request.get("sessionName"))
    return _user_reply(domain, profile or user_profile(domain, identifier))


def get_user_profile(context: Context, request: Request) -> Reply:
    """Describe a user."""
    domain = context.domain(request["domainIdentifier"])
    profile = user_profile(domain, request["userIdentifier"], request.get("sessionName"))
    if request.get("type") not in (None, profile.type):
        raise ResourceNotFoundError(f"User {request['userIdentifier']} is not of type {request['type']}")
    return _user_reply(domain, profile)


def update_user_profile(context: Context, request: Request) -> Reply:
    """Change a user's status."""
    domain = context.domain(request["domainIdentifier"])
    profile = user_profile(domain, request["userIdentifier"], request.get("sessionName"))
    allowed = ("ACTIVATED", "DEACTIVATED") if profile.type == "IAM" else ("ASSIGNED", "NOT_ASSIGNED")
    if request["status"] not in allowed:
        raise ValidationError(f"The status of a user of type {profile.type} is one of {', '.join(allowed)}")
    profile.status = request["status"]
    return _user_reply(domain, profile)


def search_user_profiles(context: Context, request: Request) -> Reply:
    """Search users by name or ARN."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("SearchUserProfiles", request)
    types = _SEARCHED_USERS[request["userType"]]
    found = sorted(
        (
            each
            for each in domain.people.users.values()
            if each.type in types and contains_text(request.get("searchText", ""), [each.name])
        ),
        key=_user_key,
    )
    cut = page.cut(found, _user_key)
    return cut.reply("items", [_user_reply(domain, each) for each in cut.items])


def create_group_profile(context: Context, request: Request) -> Reply:
    """Give a group of IAM Identity Center, or the sessions of a role, a profile in the domain."""
    domain = context.domain(request["domainIdentifier"])
    identifier = request.get("groupIdentifier") or request.get("rolePrincipalArn")
    if identifier is None:
        raise ValidationError("groupIdentifier or rolePrincipalArn is required")
    profile = domain.people.group(identifier)
    return _group_reply(domain, profile or group_profile(domain, identifier))


def get_group_profile(context: Context, request: Request) -> Reply:
    """Describe a group."""
    domain = context.domain(request["domainIdentifier"])
    return _group_reply(domain, group_profile(domain, request["groupIdentifier"]))


def update_group_profile(context: Context, request: Request) -> Reply:
    """Change a group's status."""
    domain = context.domain(request["domainIdentifier"])
    profile = group_profile(domain, request["groupIdentifier"])
    profile.status = request["status"]
    return _group_reply(domain, profile)


def search_group_profiles(context: Context, request: Request) -> Reply:
    """Search groups by name."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("SearchGroupProfiles", request)
    of_roles = request["groupType"] == "IAM_ROLE_SESSION_GROUP"
    found = sorted(
        (
            each
            for each in domain.people.groups.values()
            if (each.role_arn is not None) == of_roles
            and contains_text(request.get("searchText", ""), [each.name])
        ),
        key=_group_key,
    )
    cut = page.cut(found, _group_key)
    return cut.reply("items", [_group_reply(domain, each) for each in cut.items])


def user_profile(domain: Domain, identifier: str, session_name: str | None = None) -> UserProfile:
    """
    Return a user.

    :param identifier: Id, ARN or name.
    :raises ResourceNotFoundError: If the domain does not know the user.
    """
    found = domain.people.find_user(identifier, session_name)
    if found is None:
        raise ResourceNotFoundError(f"User profile {identifier} does not exist in domain {domain.id}")
    return found


def group_profile(domain: Domain, identifier: str) -> GroupProfile:
    """
    Return a group.

    :param identifier: Id or name.
    :raises ResourceNotFoundError: If the domain does not know the group.
    """
    found = domain.people.find_group(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Group profile {identifier} does not exist in domain {domain.id}")
    return found


def _user_key(profile: UserProfile) -> Key:
    return profile.name, profile.id


def _group_key(profile: GroupProfile) -> Key:
    return profile.name, profile.id


def _user_reply(domain: Domain, profile: UserProfile) -> Reply:
    return {
        "domainId": domain.id,
        "id": profile.id,
        "type": profile.type,
        "status": profile.status,
        "details": profile.details,
    }


def _group_reply(domain: Domain, profile: GroupProfile) -> Reply:
    return {
        "domainId": domain.id,
        "id": profile.id,
        "status": profile.status,
        "groupName": profile.name,
        "rolePrincipalArn": profile.role_arn,
    }


OPERATIONS: dict[str, Operation] = {
    "CreateUserProfile": create_user_profile,
    "GetUserProfile": get_user_profile,
    "UpdateUserProfile": update_user_profile,
    "SearchUserProfiles": search_user_profiles,
    "CreateGroupProfile": create_group_profile,
    "GetGroupProfile": get_group_profile,
    "UpdateGroupProfile": update_group_profile,
    "SearchGroupProfiles": search_group_profiles,
}
