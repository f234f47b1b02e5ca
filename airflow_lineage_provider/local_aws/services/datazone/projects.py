"""
Projects, and what a new project is given: a Glue database, connections and a data source.

That is what the SQL analytics profile of SageMaker Unified Studio provisions, as far as lineage needs it.
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.asset_store import put_away
from airflow_lineage_provider.local_aws.services.datazone.assumptions import (
    project_database,
    settling_seconds,
)
from airflow_lineage_provider.local_aws.services.datazone.connections import add_default_connections
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.data_sources import add_default_data_source
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ConflictError, ValidationError
from airflow_lineage_provider.local_aws.services.datazone.memberships import add_members, is_member
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.profiles import profile_for_project
from airflow_lineage_provider.local_aws.services.datazone.publishing import remove_listing
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Project, Reply, Request
from airflow_lineage_provider.local_aws.services.datazone.subscription_targets import add_default_target
from airflow_lineage_provider.local_aws.services.datazone.subscriptions import forget_project
from airflow_lineage_provider.local_aws.services.glue import reading

__all__ = ["OPERATIONS"]

_KEPT = ("glossaryTerms", "userParameters", "projectCategory")
_UPDATED = ("glossaryTerms", "userParameters")
_DATABASE_PARAMETER = "glueDbName"


def create_project(context: Context, request: Request) -> Reply:
    """
    Make a project with its Glue database, connections and data source.

    The user parameter ``glueDbName`` names the database.
    """
    domain = context.domain(request["domainIdentifier"])
    profile = profile_for_project(domain, request.get("projectProfileId"))
    unit_id = context.domain_unit(domain, request.get("domainUnitId"))
    _check_name(domain, request["name"])
    now = RUNTIME.now()
    identifier = RUNTIME.new_id(f"project/{domain.id}/{request['name']}")
    project = Project(
        id=identifier,
        name=request["name"],
        description=request.get("description"),
        profile_id=profile.id,
        environment_id=RUNTIME.new_id(),
        database=_named_database(request) or project_database(identifier),
        settings={name: request[name] for name in _KEPT if name in request},
        created_at=now,
        updated_at=now,
        created_by=context.principal,
        unit_id=unit_id,
    )
    project.settings["resourceTags"] = dict(request.get("resourceTags", {}))
    add_members(context, domain, project, request)
    domain.projects[identifier] = project
    reply = _reply(domain, project)
    _provision(context, domain, project)
    return reply


def _provision(context: Context, domain: Domain, project: Project) -> None:
    catalog = context.catalog
    reading.create_database(
        catalog.account_id,
        catalog.region,
        project.database,
        {f"DataZoneDiscoverable_{domain.id}": "true"},
    )
    add_default_connections(domain, project)
    add_default_data_source(context, domain, project)
    add_default_target(context, domain, project)

    def finish() -> None:
        project.deployment = "SUCCESSFUL"

    catalog.timeline.after(settling_seconds(), finish)


def get_project(context: Context, request: Request) -> Reply:
    """Describe a project."""
    domain = context.domain(request["domainIdentifier"])
    return _reply(domain, context.project(domain, request["identifier"]))


def list_projects(context: Context, request: Request) -> Reply:
    """List projects by name."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListProjects", request)
    name, category = request.get("name"), request.get("projectCategory")
    user, group = request.get("userIdentifier"), request.get("groupIdentifier")
    found = sorted(
        (
            each
            for each in domain.projects.values()
            if name in (None, each.name)
            and category in (None, each.settings.get("projectCategory"))
            and is_member(domain, each, user=user, group=group)
        ),
        key=_by_name,
    )
    cut = page.cut(found, _by_name)
    return cut.reply("items", [_summary(domain, each) for each in cut.items])


def update_project(context: Context, request: Request) -> Reply:
    """Change a project's name, description, terms, parameters or tags."""
    domain = context.domain(request["domainIdentifier"])
    project = context.project(domain, request["identifier"])
    unit_id = context.domain_unit(domain, request.get("domainUnitId", project.unit_id))
    if request.get("name", project.name) != project.name:
        _check_name(domain, request["name"])
    project.unit_id = unit_id
    project.name = request.get("name", project.name)
    project.description = request.get("description", project.description)
    project.settings.update({name: request[name] for name in _UPDATED if name in request})
    project.settings["resourceTags"].update(request.get("resourceTags", {}))
    project.updated_at = RUNTIME.now()
    return _reply(domain, project)


def delete_project(context: Context, request: Request) -> Reply:
    """Delete a project with its connections and data sources; one with assets only if the request says so."""
    domain = context.domain(request["domainIdentifier"])
    project = context.project(domain, request["identifier"])
    assets = domain.assets.by_project.get(project.id, set())
    if assets and not request.get("skipDeletionCheck", False):
        raise ValidationError(
            f"Project {project.id} owns {len(assets)} asset(s). Delete them first, or use skipDeletionCheck."
        )
    project.status = "DELETING"
    context.catalog.timeline.after(settling_seconds(), lambda: _remove(context, domain, project))
    return {}


def _remove(context: Context, domain: Domain, project: Project) -> None:
    forget_project(context, domain, project)
    for asset_id in list(domain.assets.by_project.get(project.id, ())):
        asset = domain.assets.by_id[asset_id]
        if asset.listing is not None:
            remove_listing(context, domain, asset, asset.listing)
        put_away(domain, asset)
    for source in [each for each in domain.data_sources.values() if each.project_id == project.id]:
        for run_id in source.run_ids:
            domain.runs.pop(run_id, None)
        del domain.data_sources[source.id]
    for found in [each for each in domain.connections.values() if each.project_id == project.id]:
        del domain.connections[found.id]
    domain.projects.pop(project.id, None)


def _check_name(domain: Domain, name: str) -> None:
    if any(each.name == name for each in domain.projects.values()):
        raise ConflictError(f"Project with name {name} already exists in domain {domain.id}")


def _named_database(request: Request) -> str | None:
    """Return the database name among the user parameters, if there is one."""
    for configuration in request.get("userParameters", ()):
        for parameter in configuration.get("environmentParameters", ()):
            if parameter.get("name") == _DATABASE_PARAMETER and parameter.get("value"):
                return str(parameter["value"]).lower()
    return None


def _by_name(project: Project) -> Key:
    return project.name, project.id


def _summary(domain: Domain, project: Project) -> Reply:
    return {
        "domainId": domain.id,
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "projectStatus": project.status,
        "createdBy": project.created_by,
        "createdAt": project.created_at,
        "updatedAt": project.updated_at,
        "domainUnitId": project.unit_id,
        "projectCategory": project.settings.get("projectCategory"),
    }


def _reply(domain: Domain, project: Project) -> Reply:
    tags = project.settings["resourceTags"]
    return {
        **_summary(domain, project),
        "lastUpdatedAt": project.updated_at,
        "projectProfileId": project.profile_id,
        "glossaryTerms": project.settings.get("glossaryTerms"),
        "userParameters": project.settings.get("userParameters"),
        "resourceTags": [{"key": key, "value": tags[key], "source": "PROJECT"} for key in sorted(tags)],
        "environmentDeploymentDetails": {"overallDeploymentStatus": project.deployment},
    }


OPERATIONS: dict[str, Operation] = {
    "CreateProject": create_project,
    "GetProject": get_project,
    "ListProjects": list_projects,
    "UpdateProject": update_project,
    "DeleteProject": delete_project,
}
