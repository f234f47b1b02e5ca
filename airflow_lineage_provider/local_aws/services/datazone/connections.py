"""
Connections, above all the switch that turns Glue lineage import on.

``props`` is a union: one member per call, the one of the connection's kind. ``LAKEHOUSE`` is the type of a
project's default connection although the public model does not list it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.credentials import role_credentials
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.lineage_jobs import (
    arrange_sync,
    check_sync,
    forget_sync,
)
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Connection,
    Domain,
    Project,
    Reply,
    Request,
)

__all__ = ["OPERATIONS", "add_default_connections", "connection", "default_lakehouse"]

_TYPES = {
    "amazonQProperties": "AMAZON_Q",
    "athenaProperties": "ATHENA",
    "gitProperties": "GIT",
    "hyperPodProperties": "HYPERPOD",
    "iamProperties": "IAM",
    "lakehouseProperties": "LAKEHOUSE",
    "mlflowProperties": "MLFLOW",
    "redshiftProperties": "REDSHIFT",
    "s3Properties": "S3",
    "snowflakeProperties": "SNOWFLAKE",
    "sparkEmrProperties": "SPARK",
    "sparkGlueProperties": "SPARK",
    "vpcProperties": "VPC",
    "workflowsMwaaProperties": "WORKFLOWS_MWAA",
    "workflowsServerlessProperties": "WORKFLOWS_SERVERLESS",
}
_WITH_LINEAGE_SWITCH = frozenset({"iamProperties", "lakehouseProperties"})
_WITH_STATUS = frozenset(
    {
        "gitProperties",
        "glueProperties",
        "redshiftProperties",
        "s3Properties",
        "snowflakeProperties",
        "vpcProperties",
    }
)
_LAKEHOUSE_NAME = "project.default_lakehouse"
_IAM_NAME = "project.iam"


def add_default_connections(domain: Domain, project: Project) -> None:
    """Give a new project its lakehouse connection and its IAM connection, lineage import switched off."""
    for name, kind in ((_IAM_NAME, "iamProperties"), (_LAKEHOUSE_NAME, "lakehouseProperties")):
        identifier = RUNTIME.new_id(f"connection/{project.id}/{name}")
        domain.connections[identifier] = Connection(
            id=identifier,
            name=name,
            type=_TYPES[kind],
            kind=kind,
            props={"glueLineageSyncEnabled": False},
            scope="PROJECT",
            project_id=project.id,
            environment_id=project.environment_id,
        )


def default_lakehouse(domain: Domain, project_id: str) -> Connection | None:
    """Return the project's lakehouse connection, if it still has it."""
    mine = (each for each in domain.connections.values() if each.project_id == project_id)
    return next((each for each in mine if each.name == _LAKEHOUSE_NAME), None)


def connection(domain: Domain, identifier: str) -> Connection:
    """
    Return a connection.

    :raises ResourceNotFoundError: If there is none with this id.
    """
    found = domain.connections.get(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Connection {identifier} does not exist in domain {domain.id}")
    return found


def create_connection(context: Context, request: Request) -> Reply:
    """Make a connection in a project's environment, or for the whole domain."""
    domain = context.domain(request["domainIdentifier"])
    identifier = domain.tokens.once("CreateConnection", request, lambda: _add(context, domain, request))
    return _reply(context, domain, connection(domain, identifier))


def _add(context: Context, domain: Domain, request: Request) -> str:
    scope = request.get("scope", "PROJECT")
    environment_id = request.get("environmentIdentifier")
    project = context.environment(domain, environment_id) if environment_id else None
    if scope == "PROJECT" and project is None:
        raise ValidationError("environmentIdentifier is required for a connection of scope PROJECT")
    kind, props = _only_member(request.get("props"))
    check_sync(props)
    lineage_sync = props.pop("lineageSync", None)
    project_id = project.id if project else None
    if any(
        each.name == request["name"] and each.project_id == project_id for each in domain.connections.values()
    ):
        raise ConflictError(f"Connection with name {request['name']} already exists")
    new = Connection(
        id=RUNTIME.new_id(f"connection/{project_id}/{request['name']}"),
        name=request["name"],
        type=_type_of(kind, props),
        kind=kind,
        props=props,
        scope=scope,
        project_id=project_id,
        environment_id=environment_id,
        description=request.get("description"),
        configurations=request.get("configurations"),
        location=dict(request.get("awsLocation", {})),
        trusted_propagation=request.get("enableTrustedIdentityPropagation"),
    )
    if kind in _WITH_LINEAGE_SWITCH:
        new.props.setdefault("glueLineageSyncEnabled", False)
    arrange_sync(domain, new, lineage_sync)
    domain.connections[new.id] = new
    return new.id


def get_connection(context: Context, request: Request) -> Reply:
    """Describe a connection; of one with a project, credentials of the project's role on request."""
    domain = context.domain(request["domainIdentifier"])
    found = connection(domain, request["identifier"])
    role = _user_role(context, found)
    reply = {**_reply(context, domain, found), "environmentUserRole": role}
    if role is not None and request.get("withSecret"):
        reply["connectionCredentials"] = role_credentials(context, role, str(found.project_id))
    return reply


def list_connections(context: Context, request: Request) -> Reply:
    """List connections by name."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListConnections", request)
    wanted = {
        "project_id": request.get("projectIdentifier"),
        "environment_id": request.get("environmentIdentifier"),
        "name": request.get("name"),
        "type": request.get("type"),
        "scope": request.get("scope"),
    }
    found = sorted(
        (
            each
            for each in domain.connections.values()
            if all(value in (None, getattr(each, name)) for name, value in wanted.items())
        ),
        key=_by_name,
    )
    cut = page.cut(found, _by_name, descending=request.get("sortOrder") == "DESCENDING")
    return cut.reply("items", [_reply(context, domain, each) for each in cut.items])


def update_connection(context: Context, request: Request) -> Reply:
    """Change a connection; members of ``props`` that are not given stay as they are."""
    domain = context.domain(request["domainIdentifier"])
    found = connection(domain, request["identifier"])
    if "props" in request:
        kind, changes = _only_member(request["props"])
        if kind != found.kind:
            raise ValidationError(
                f"Connection {found.id} is of type {found.type}: it takes {found.kind}, not {kind}"
            )
        check_sync(changes)
        arrange_sync(domain, found, changes.pop("lineageSync", None))
        found.props.update(changes)
    if "description" in request:
        found.description = request["description"]
    if "configurations" in request:
        found.configurations = request["configurations"]
    found.location.update(request.get("awsLocation", {}))
    return _reply(context, domain, found)


def delete_connection(context: Context, request: Request) -> Reply:
    """Delete a connection that no data source uses."""
    domain = context.domain(request["domainIdentifier"])
    found = connection(domain, request["identifier"])
    users = [each.id for each in domain.data_sources.values() if each.connection_id == found.id]
    if users:
        raise ValidationError(f"Connection {found.id} is used by data source(s) {', '.join(users)}")
    forget_sync(domain, found)
    del domain.connections[found.id]
    return {"status": "DELETED"}


def _only_member(props: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    if not props:
        raise ValidationError("props is required: its one member says of which kind the connection is")
    ((kind, value),) = ((name, value) for name, value in props.items() if value is not None)
    return kind, dict(value)


def _type_of(kind: str, props: Mapping[str, Any]) -> str:
    if kind != "glueProperties":
        return _TYPES[kind]
    type_name = (props.get("glueConnectionInput") or {}).get("connectionType")
    if type_name is None:
        raise ValidationError("glueProperties.glueConnectionInput.connectionType is required")
    return str(type_name)


def _by_name(found: Connection) -> Key:
    return found.name, found.id


def _user_role(context: Context, found: Connection) -> str | None:
    if found.project_id is None:
        return None
    return context.catalog.user_role(found.project_id, found.environment_id)


def _output_props(found: Connection) -> dict[str, Any]:
    """Return the kind's output members; what the output shape does not have is dropped when it is written."""
    props = dict(found.props)
    if found.kind in _WITH_STATUS:
        props["status"] = "READY"
    if found.kind == "iamProperties":
        props["environmentId"] = found.environment_id
    if found.lineage_sync:
        props["lineageSync"] = found.lineage_sync
    if found.kind == "redshiftProperties" and {"host", "port", "databaseName"} <= props.keys():
        props["jdbcUrl"] = f"jdbc:redshift://{props['host']}:{props['port']}/{props['databaseName']}"
    if "usernamePassword" in (props.get("credentials") or {}):
        del props["credentials"]
    return props


def _endpoint(context: Context, domain: Domain, found: Connection) -> dict[str, Any]:
    catalog = context.catalog
    mine = (each for each in domain.connections.values() if each.project_id == found.project_id)
    iam = next((each.id for each in mine if each.name == _IAM_NAME and each.project_id), None)
    location = {"awsAccountId": catalog.account_id, "awsRegion": catalog.region, "iamConnectionId": iam}
    endpoint: dict[str, Any] = {"awsLocation": {**location, **found.location}}
    if "host" in found.props:
        endpoint |= {"host": found.props["host"], "port": found.props.get("port"), "protocol": "JDBC"}
    if found.trusted_propagation is not None:
        endpoint["enableTrustedIdentityPropagation"] = found.trusted_propagation
    return endpoint


def _reply(context: Context, domain: Domain, found: Connection) -> Reply:
    return {
        "connectionId": found.id,
        "domainId": domain.id,
        "domainUnitId": domain.root_unit_id,
        "name": found.name,
        "description": found.description,
        "configurations": found.configurations,
        "projectId": found.project_id,
        "environmentId": found.environment_id,
        "type": found.type,
        "scope": found.scope,
        "physicalEndpoints": [_endpoint(context, domain, found)],
        "props": {found.kind: _output_props(found)},
    }


OPERATIONS: dict[str, Operation] = {
    "CreateConnection": create_connection,
    "GetConnection": get_connection,
    "ListConnections": list_connections,
    "UpdateConnection": update_connection,
    "DeleteConnection": delete_connection,
}
