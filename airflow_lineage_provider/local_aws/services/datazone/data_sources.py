"""
The operations on data sources: what of Glue is imported into the inventory of a project.

Data sources of Redshift and SageMaker are refused: there is neither here to import from.
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.announcements import announce, data_source_entity
from airflow_lineage_provider.local_aws.services.datazone.assets import read_forms
from airflow_lineage_provider.local_aws.services.datazone.connections import connection, default_lakehouse
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.data_source_views import describe, summarize
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    NotImplementedYetError,
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.existing_sources import data_source, last_run
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.source_states import STABLE, begin
from airflow_lineage_provider.local_aws.services.datazone.source_timetable import (
    arrange,
    check_schedule,
    forget,
)
from airflow_lineage_provider.local_aws.services.datazone.state import (
    DataSource,
    Domain,
    Project,
    Reply,
    Request,
)

__all__ = ["OPERATIONS", "add_default_data_source"]

_KEPT = (
    "name",
    "description",
    "type",
    "configuration",
    "recommendation",
    "enableSetting",
    "schedule",
    "publishOnImport",
    "assetFormsInput",
)
_UPDATED = (*(name for name in _KEPT if name != "type"), "retainPermissionsOnRevokeFailure")
_OTHER_TYPES = frozenset({"REDSHIFT", "SAGEMAKER"})
_WITH_GLUE = frozenset({"LAKEHOUSE", "IAM"})


def add_default_data_source(context: Context, domain: Domain, project: Project) -> None:
    """Give a new project a data source over its Glue database."""
    lakehouse = default_lakehouse(domain, project.id)
    filters = [
        {
            "databaseName": project.database,
            "filterExpressions": [{"expression": "*", "type": "INCLUDE"}],
        }
    ]
    request = {
        "name": f"AwsDataCatalog-{project.database}-default-datasource",
        "projectIdentifier": project.id,
        "type": "GLUE",
        "connectionIdentifier": lakehouse.id if lakehouse else "",
        "configuration": {"glueRunConfiguration": {"relationalFilterConfigurations": filters}},
    }
    _add(context, domain, request)


def create_data_source(context: Context, request: Request) -> Reply:
    """Make a data source; it is CREATING for a moment and then READY."""
    domain = context.domain(request["domainIdentifier"])
    made: dict[str, Reply] = {}

    def add() -> str:
        source = _add(context, domain, request, made)
        return source.id

    identifier = domain.tokens.once("CreateDataSource", request, add)
    return made.get(identifier) or describe(context, domain, data_source(domain, identifier))


def _add(
    context: Context, domain: Domain, request: Request, made: dict[str, Reply] | None = None
) -> DataSource:
    _check(domain, request)
    project = context.project(domain, request["projectIdentifier"])
    _check_name(domain, project.id, request["name"])
    now = RUNTIME.now()
    source = DataSource(
        id=RUNTIME.new_id(f"data-source/{project.id}/{request['name']}"),
        project_id=project.id,
        connection_id=_connection_id(domain, project, request),
        environment_id=request.get("environmentIdentifier"),
        settings={name: request[name] for name in _KEPT if name in request},
        created_at=now,
        updated_at=now,
    )
    domain.data_sources[source.id] = source
    if made is not None:
        made[source.id] = describe(context, domain, source)
    _tell(context, domain, source, "Data Source Created")
    begin(context, domain, source, "CREATING", finish=lambda: arrange(context, domain, source))
    return source


def get_data_source(context: Context, request: Request) -> Reply:
    """Describe a data source."""
    domain = context.domain(request["domainIdentifier"])
    return describe(context, domain, data_source(domain, request["identifier"]))


def list_data_sources(context: Context, request: Request) -> Reply:
    """List the data sources of a project by name."""
    domain = context.domain(request["domainIdentifier"])
    project = context.project(domain, request["projectIdentifier"])
    page = PageRequest.of("ListDataSources", request)
    wanted = {
        "environment_id": request.get("environmentIdentifier"),
        "connection_id": request.get("connectionIdentifier"),
        "status": request.get("status"),
        "name": request.get("name"),
    }
    found = sorted(
        (
            each
            for each in domain.data_sources.values()
            if each.project_id == project.id
            and request.get("type") in (None, each.settings["type"])
            and all(value in (None, getattr(each, name)) for name, value in wanted.items())
        ),
        key=_by_name,
    )
    cut = page.cut(found, _by_name)
    return cut.reply("items", [summarize(domain, each) for each in cut.items])


def update_data_source(context: Context, request: Request) -> Reply:
    """Change a data source; it is UPDATING for a moment and then READY."""
    domain = context.domain(request["domainIdentifier"])
    source = data_source(domain, request["identifier"])
    _require_idle(domain, source, "updated")
    _check(domain, {"type": source.settings["type"], **request}, needs_configuration=False)
    if request.get("name", source.name) != source.name:
        _check_name(domain, source.project_id, request["name"])
    source.settings.update({name: request[name] for name in _UPDATED if name in request})
    source.status = "UPDATING"
    source.updated_at = RUNTIME.now()
    reply = describe(context, domain, source)
    _tell(context, domain, source, "Data Source Updated")
    begin(context, domain, source, "UPDATING", finish=lambda: arrange(context, domain, source))
    return reply


def delete_data_source(context: Context, request: Request) -> Reply:
    """Delete a data source with its runs; the assets it made stay."""
    domain = context.domain(request["domainIdentifier"])
    identifier = domain.tokens.once("DeleteDataSource", request, lambda: _delete(context, domain, request))
    return domain.farewells[identifier]


def _delete(context: Context, domain: Domain, request: Request) -> str:
    source = data_source(domain, request["identifier"])
    _require_idle(domain, source, "deleted")
    forget(source)
    source.status = "DELETING"
    source.settings["retainPermissionsOnRevokeFailure"] = request.get("retainPermissionsOnRevokeFailure")

    def remove() -> None:
        domain.data_sources.pop(source.id, None)
        for run_id in source.run_ids:
            domain.runs.pop(run_id, None)

    domain.farewells[source.id] = describe(context, domain, source)
    begin(context, domain, source, "DELETING", finish=remove)
    return source.id


def _tell(context: Context, domain: Domain, source: DataSource, what: str) -> None:
    announce(context, domain, what, data_source_entity(source), {"dataSourceId": source.id})


def _require_idle(domain: Domain, source: DataSource, what: str) -> None:
    run = last_run(domain, source)
    if run is not None and not run.has_ended:
        raise ConflictError(f"Data source {source.id} has a run in progress and cannot be {what}: {run.id}")
    if source.status not in STABLE:
        raise ConflictError(f"Data source {source.id} is {source.status} and cannot be {what}")


def _check(domain: Domain, request: Request, *, needs_configuration: bool = True) -> None:
    if request["type"] in _OTHER_TYPES:
        raise NotImplementedYetError(f"A data source of type {request['type']}")
    if request["type"] != "GLUE":
        raise ValidationError(f"Data source type {request['type']} is not supported")
    configuration = request.get("configuration")
    is_missing = "glueRunConfiguration" not in (configuration or {})
    if is_missing and (needs_configuration or configuration is not None):
        raise ValidationError("A data source of type GLUE needs configuration.glueRunConfiguration")
    check_schedule(request)
    read_forms(domain, request.get("assetFormsInput", []))


def _check_name(domain: Domain, project_id: str, name: str) -> None:
    for each in domain.data_sources.values():
        if each.project_id == project_id and each.name == name:
            raise ConflictError(f"Data source with name {name} already exists in project {project_id}")


def _connection_id(domain: Domain, project: Project, request: Request) -> str:
    """Return the connection the data source uses, given itself or, in a V1 domain, by environment."""
    environment_id = request.get("environmentIdentifier")
    if environment_id is not None:
        if domain.version == "V2":
            raise ValidationError("A V2 domain takes connectionIdentifier, not environmentIdentifier")
        if environment_id != project.environment_id:
            raise ResourceNotFoundError(f"Environment {environment_id} is not one of project {project.id}")
        lakehouse = default_lakehouse(domain, project.id)
        if lakehouse is not None:
            return lakehouse.id
    identifier = request.get("connectionIdentifier")
    if identifier is None:
        raise ValidationError("connectionIdentifier is required")
    found = connection(domain, identifier)
    if found.project_id not in (None, project.id):
        raise ValidationError(f"Connection {found.id} does not belong to project {project.id}")
    if found.type not in _WITH_GLUE:
        raise ValidationError(f"Connection {found.id} is of type {found.type}, which has no Glue catalog")
    return found.id


def _by_name(source: DataSource) -> Key:
    return source.name, source.id


OPERATIONS: dict[str, Operation] = {
    "CreateDataSource": create_data_source,
    "GetDataSource": get_data_source,
    "ListDataSources": list_data_sources,
    "UpdateDataSource": update_data_source,
    "DeleteDataSource": delete_data_source,
}
