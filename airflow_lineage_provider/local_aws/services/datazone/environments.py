"""
Environments and blueprints, as far as scripts read them.

A project has one environment, made of the blueprint of its domain's version; it goes with the project. More
cannot be made here. No CloudFormation template stands behind a blueprint, so its address is empty. The
configuration of a blueprint is kept and given back.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.credentials import role_credentials
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ResourceNotFoundError
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Project, Reply, Request

__all__ = ["OPERATIONS"]

_BLUEPRINTS: Final = {
    "V1": ("DefaultDataLake", "Amazon DataZone", "A data lake with a Glue database and Athena"),
    "V2": ("LakehouseDatabase", "Amazon SageMaker", "A lakehouse with a Glue database"),
}
"""Name, provider and description of the blueprint, by version of the domain."""

_STATUSES = {"IN_PROGRESS": "CREATING", "SUCCESSFUL": "ACTIVE"}
_SETTINGS = (
    "provisioningRoleArn",
    "manageAccessRoleArn",
    "environmentRolePermissionBoundary",
    "enabledRegions",
    "regionalParameters",
    "allowUserProvidedConfigurations",
    "provisioningConfigurations",
)


def get_environment(context: Context, request: Request) -> Reply:
    """Describe an environment with the resources it stands for."""
    domain = context.domain(request["domainIdentifier"])
    project = context.environment(domain, request["identifier"])
    catalog = context.catalog
    resources = {
        "glueDBName": project.database,
        "userRoleArn": catalog.user_role(project.id, project.environment_id),
    }
    return {
        **_summary(context, domain, project),
        "environmentBlueprintId": _blueprint_id(domain),
        "provisionedResources": [
            {"name": name, "value": value, "type": "AWS"} for name, value in resources.items()
        ],
        "lastDeployment": {
            "deploymentType": "CREATE",
            "deploymentStatus": project.deployment,
            "isDeploymentComplete": project.deployment == "SUCCESSFUL",
        },
    }


def list_environments(context: Context, request: Request) -> Reply:
    """List the environments of a project."""
    domain = context.domain(request["domainIdentifier"])
    project = context.project(domain, request["projectIdentifier"])
    page = PageRequest.of("ListEnvironments", request)
    summary = _summary(context, domain, project)
    wanted = {
        "awsAccountId": request.get("awsAccountId"),
        "awsAccountRegion": request.get("awsAccountRegion"),
        "status": request.get("status"),
        "provider": request.get("provider"),
        "name": request.get("name"),
    }
    fits = all(value in (None, summary[name]) for name, value in wanted.items())
    fits = fits and request.get("environmentBlueprintIdentifier") in (None, _blueprint_id(domain))
    fits = fits and "environmentProfileIdentifier" not in request
    return page.cut([summary] if fits else [], _by_id).reply("items")


def get_environment_credentials(context: Context, request: Request) -> Reply:
    """Return credentials of the role that works for the users of the environment's project."""
    domain = context.domain(request["domainIdentifier"])
    project = context.environment(domain, request["environmentIdentifier"])
    role = context.catalog.user_role(project.id, project.environment_id)
    return role_credentials(context, role, project.id)


def get_environment_blueprint(context: Context, request: Request) -> Reply:
    """Describe a blueprint."""
    domain = context.domain(request["domainIdentifier"])
    return _blueprint(domain, _known_blueprint(domain, request["identifier"]))


def list_environment_blueprints(context: Context, request: Request) -> Reply:
    """List the blueprints of the service; there are no others."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListEnvironmentBlueprints", request)
    blueprint = _blueprint(domain, _blueprint_id(domain))
    fits = request.get("managed", True) and request.get("name") in (None, blueprint["name"])
    return page.cut([blueprint] if fits else [], _by_id).reply("items")


def put_environment_blueprint_configuration(context: Context, request: Request) -> Reply:
    """Keep in which Regions and with which roles a blueprint works."""
    domain = context.domain(request["domainIdentifier"])
    identifier = _known_blueprint(domain, request["environmentBlueprintIdentifier"])
    before = domain.blueprint_configurations.get(identifier)
    stamp = before[1] if before else Stamp.of(context.principal)
    if before:
        stamp.touch(context.principal)
    settings = {name: request[name] for name in _SETTINGS if name in request}
    domain.blueprint_configurations[identifier] = (settings, stamp)
    return _configuration(domain, identifier)


def get_environment_blueprint_configuration(context: Context, request: Request) -> Reply:
    """Return the configuration of a blueprint."""
    domain = context.domain(request["domainIdentifier"])
    return _configuration(domain, _configured(domain, request))


def list_environment_blueprint_configurations(context: Context, request: Request) -> Reply:
    """List the configurations of blueprints."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListEnvironmentBlueprintConfigurations", request)
    found = [_configuration(domain, each) for each in sorted(domain.blueprint_configurations)]
    return page.cut(found, lambda each: (each["environmentBlueprintId"],)).reply("items")


def delete_environment_blueprint_configuration(context: Context, request: Request) -> Reply:
    """Forget the configuration of a blueprint."""
    domain = context.domain(request["domainIdentifier"])
    del domain.blueprint_configurations[_configured(domain, request)]
    return {}


def _summary(context: Context, domain: Domain, project: Project) -> Reply:
    catalog = context.catalog
    name, provider, description = _BLUEPRINTS[domain.version]
    return {
        "id": project.environment_id,
        "domainId": domain.id,
        "projectId": project.id,
        "name": name,
        "description": description,
        "provider": provider,
        "awsAccountId": catalog.account_id,
        "awsAccountRegion": catalog.region,
        "status": _STATUSES[project.deployment],
        "createdBy": project.created_by,
        "createdAt": project.created_at,
        "updatedAt": project.created_at,
    }


def _by_id(described: Reply) -> Key:
    return (described["id"],)


def _blueprint_id(domain: Domain) -> str:
    """Return the id of the domain's blueprint: that of its root unit with another letter in front."""
    return f"b{domain.root_unit_id[1:]}"


def _known_blueprint(domain: Domain, identifier: str) -> str:
    if identifier != _blueprint_id(domain):
        raise ResourceNotFoundError(f"Environment blueprint {identifier} does not exist in {domain.id}")
    return identifier


def _blueprint(domain: Domain, identifier: str) -> dict[str, Any]:
    name, provider, description = _BLUEPRINTS[domain.version]
    return {
        "id": identifier,
        "name": name,
        "provider": provider,
        "description": description,
        "provisioningProperties": {"cloudFormation": {"templateUrl": ""}},
        "createdAt": domain.created_at,
        "updatedAt": domain.created_at,
    }


def _configured(domain: Domain, request: Request) -> str:
    identifier = str(request["environmentBlueprintIdentifier"])
    if identifier not in domain.blueprint_configurations:
        raise ResourceNotFoundError(f"Environment blueprint {identifier} has no configuration")
    return identifier


def _configuration(domain: Domain, identifier: str) -> dict[str, Any]:
    settings, stamp = domain.blueprint_configurations[identifier]
    return {
        "domainId": domain.id,
        "environmentBlueprintId": identifier,
        **settings,
        "createdAt": stamp.created_at,
        "updatedAt": stamp.updated_at,
    }


OPERATIONS: dict[str, Operation] = {
    "GetEnvironment": get_environment,
    "ListEnvironments": list_environments,
    "GetEnvironmentCredentials": get_environment_credentials,
    "GetEnvironmentBlueprint": get_environment_blueprint,
    "ListEnvironmentBlueprints": list_environment_blueprints,
    "PutEnvironmentBlueprintConfiguration": put_environment_blueprint_configuration,
    "GetEnvironmentBlueprintConfiguration": get_environment_blueprint_configuration,
    "ListEnvironmentBlueprintConfigurations": list_environment_blueprint_configurations,
    "DeleteEnvironmentBlueprintConfiguration": delete_environment_blueprint_configuration,
}
