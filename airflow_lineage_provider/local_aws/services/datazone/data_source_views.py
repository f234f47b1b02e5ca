"""Data sources as answers show them."""

from __future__ import annotations

from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.assets import form_output, read_forms
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.existing_sources import (
    databases_of,
    glue_configuration,
    last_run,
)
from airflow_lineage_provider.local_aws.services.datazone.state import DataSource, Domain, Reply

__all__ = ["describe", "summarize"]

_GRANT_STATES = {
    "CREATING": "GRANT_PENDING",
    "UPDATING": "GRANT_IN_PROGRESS",
    "DELETING": "REVOKE_IN_PROGRESS",
    "FAILED_CREATION": "GRANT_FAILED",
}


def describe(context: Context, domain: Domain, source: DataSource) -> Reply:
    """Return everything about a data source."""
    settings = source.settings
    forms = read_forms(domain, settings.get("assetFormsInput", []))
    return {
        "id": source.id,
        "status": source.status,
        "type": settings["type"],
        "name": source.name,
        "description": settings.get("description"),
        "domainId": domain.id,
        "projectId": source.project_id,
        "environmentId": source.environment_id,
        "connectionId": source.connection_id,
        "configuration": _configuration(context, domain, source),
        "recommendation": settings.get("recommendation", {"enableBusinessNameGeneration": False}),
        "enableSetting": settings.get("enableSetting", "ENABLED"),
        "publishOnImport": settings.get("publishOnImport", False),
        "assetFormsOutput": [form_output(form) for form in forms],
        "schedule": settings.get("schedule"),
        "errorMessage": source.error,
        "lastRunAssetCount": _asset_count(domain, source),
        "createdAt": source.created_at,
        "updatedAt": source.updated_at,
        "selfGrantStatus": {"glueSelfGrantStatus": {"selfGrantStatusDetails": _self_grants(source)}},
        "retainPermissionsOnRevokeFailure": settings.get("retainPermissionsOnRevokeFailure"),
        **_last_run(domain, source),
    }


def summarize(domain: Domain, source: DataSource) -> Reply:
    """Return what a list shows of a data source."""
    settings = source.settings
    return {
        "domainId": domain.id,
        "environmentId": source.environment_id,
        "connectionId": source.connection_id,
        "dataSourceId": source.id,
        "name": source.name,
        "type": settings["type"],
        "status": source.status,
        "enableSetting": settings.get("enableSetting", "ENABLED"),
        "schedule": settings.get("schedule"),
        "lastRunAssetCount": _asset_count(domain, source),
        "createdAt": source.created_at,
        "updatedAt": source.updated_at,
        "description": settings.get("description"),
        **_last_run(domain, source),
    }


def _configuration(context: Context, domain: Domain, source: DataSource) -> dict[str, Any]:
    catalog = context.catalog
    project = domain.projects.get(source.project_id)
    filled = {
        "accountId": catalog.account_id,
        "region": catalog.region,
        "dataAccessRole": catalog.user_role(source.project_id, project.environment_id if project else None),
        "autoImportDataQualityResult": False,
    }
    return {"glueRunConfiguration": {**filled, **glue_configuration(source)}}


def _self_grants(source: DataSource) -> list[dict[str, Any]]:
    """Return, for each database, whether the project's role was let read its tables."""
    details = []
    for database in databases_of(source):
        status = _GRANT_STATES.get(source.status)
        if status is None:
            status = "GRANTED" if database in source.granted else "GRANT_FAILED"
        cause = f"Database {database} does not exist in the Glue Data Catalog."
        failed = status == "GRANT_FAILED" and source.error is None
        details.append(
            {"databaseName": database, "status": status, "failureCause": cause if failed else None}
        )
    return details


def _last_run(domain: Domain, source: DataSource) -> Reply:
    run = last_run(domain, source)
    if run is None:
        return {}
    return {"lastRunStatus": run.status, "lastRunAt": run.created_at, "lastRunErrorMessage": run.error}


def _asset_count(domain: Domain, source: DataSource) -> int | None:
    run = last_run(domain, source)
    if run is None or run.statistics is None:
        return None
    return sum(run.statistics[name] for name in ("added", "updated", "unchanged"))
