"""Project profiles: what projects are made from."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Domain,
    ProjectProfile,
    Reply,
    Request,
)

__all__ = ["OPERATIONS", "add_default_profile", "default_profile", "profile_for_project"]

_DEFAULT_NAME = "SQL analytics"
_SETTINGS = (
    "description",
    "projectResourceTags",
    "allowCustomProjectResourceTags",
    "projectResourceTagsDescription",
    "environmentConfigurations",
)


def add_default_profile(context: Context, domain: Domain) -> None:
    """Give a new domain the profile that projects get unless they name another."""
    _add(context, domain, {"name": _DEFAULT_NAME, "description": "Analyze data in the lakehouse with SQL"})


def default_profile(domain: Domain) -> ProjectProfile:
    """
    Return the profile that every domain begins with, or the oldest there is.

    :raises ValidationError: If all profiles have been deleted.
    """
    for profile in domain.profiles.values():
        return profile
    raise ValidationError(f"projectProfileId is required: domain {domain.id} has no project profile")


def profile_for_project(domain: Domain, identifier: str | None) -> ProjectProfile:
    """
    Return the profile a project shall be made from.

    :param identifier: What CreateProject was given; ``None`` for the default.
    :raises ResourceNotFoundError: If there is no such profile.
    :raises ValidationError: If it is disabled.
    """
    profile = default_profile(domain) if identifier is None else _profile(domain, identifier)
    if profile.status != "ENABLED":
        raise ValidationError(f"Project profile {profile.id} is {profile.status}")
    return profile


def create_project_profile(context: Context, request: Request) -> Reply:
    """Make a profile. Projects made from it get what those of the default profile get."""
    domain = context.domain(request["domainIdentifier"])
    context.domain_unit(domain, request.get("domainUnitIdentifier"))
    _require_free(domain, request["name"])
    return _reply(domain, _add(context, domain, request))


def get_project_profile(context: Context, request: Request) -> Reply:
    """Describe a profile."""
    domain = context.domain(request["domainIdentifier"])
    return _reply(domain, _profile(domain, request["identifier"]))


def list_project_profiles(context: Context, request: Request) -> Reply:
    """List profiles by name."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListProjectProfiles", request)
    name = request.get("name")
    found = sorted((each for each in domain.profiles.values() if name in (None, each.name)), key=_by_name)
    cut = page.cut(found, _by_name, descending=request.get("sortOrder") == "DESCENDING")
    hidden = {"projectResourceTags", "environmentConfigurations"}
    summaries = [
        {name: value for name, value in _reply(domain, each).items() if name not in hidden}
        for each in cut.items
    ]
    return cut.reply("items", summaries)


def update_project_profile(context: Context, request: Request) -> Reply:
    """Change a profile; projects made from it stay as they are."""
    domain = context.domain(request["domainIdentifier"])
    profile = _profile(domain, request["identifier"])
    unit_id = context.domain_unit(domain, request.get("domainUnitIdentifier", profile.unit_id))
    if request.get("name", profile.name) != profile.name:
        _require_free(domain, request["name"])
    profile.name = request.get("name", profile.name)
    profile.status = request.get("status", profile.status)
    profile.settings = {**profile.settings, **{name: request[name] for name in _SETTINGS if name in request}}
    profile.unit_id = unit_id
    profile.updated_at = RUNTIME.now()
    return _reply(domain, profile)


def delete_project_profile(context: Context, request: Request) -> Reply:
    """Delete a profile that no project was made from."""
    domain = context.domain(request["domainIdentifier"])
    profile = _profile(domain, request["identifier"])
    projects = [each.id for each in domain.projects.values() if each.profile_id == profile.id]
    if projects:
        raise ConflictError(f"Project profile {profile.id} is in use by {', '.join(projects)}")
    del domain.profiles[profile.id]
    return {}


def _require_free(domain: Domain, name: str) -> None:
    if any(each.name == name for each in domain.profiles.values()):
        raise ConflictError(f"Project profile with name {name} already exists")


def _profile(domain: Domain, identifier: str) -> ProjectProfile:
    profile = domain.profiles.get(identifier)
    if profile is None:
        raise ResourceNotFoundError(f"Project profile {identifier} does not exist in domain {domain.id}")
    return profile


def _add(context: Context, domain: Domain, request: Request) -> ProjectProfile:
    now = RUNTIME.now()
    profile = ProjectProfile(
        id=RUNTIME.new_id(),
        name=request["name"],
        settings={name: request[name] for name in _SETTINGS if name in request},
        created_at=now,
        updated_at=now,
        created_by=context.principal,
        unit_id=context.domain_unit(domain, request.get("domainUnitIdentifier")),
        status=request.get("status", "ENABLED"),
    )
    domain.profiles[profile.id] = profile
    return profile


def _by_name(profile: ProjectProfile) -> Key:
    return profile.name, profile.id


def _reply(domain: Domain, profile: ProjectProfile) -> Reply:
    return {
        "domainId": domain.id,
        "id": profile.id,
        "name": profile.name,
        "status": profile.status,
        "createdBy": profile.created_by,
        "createdAt": profile.created_at,
        "lastUpdatedAt": profile.updated_at,
        "domainUnitId": profile.unit_id,
        **profile.settings,
    }


OPERATIONS: dict[str, Operation] = {
    "CreateProjectProfile": create_project_profile,
    "GetProjectProfile": get_project_profile,
    "ListProjectProfiles": list_project_profiles,
    "UpdateProjectProfile": update_project_profile,
    "DeleteProjectProfile": delete_project_profile,
}
