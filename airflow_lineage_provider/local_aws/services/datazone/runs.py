"""The operations on runs of data sources."""

from __future__ import annotations

from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ResourceNotFoundError
from airflow_lineage_provider.local_aws.services.datazone.existing_sources import data_source
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.run_engine import (
    begin_run,
    carry_out,
    event_status,
)
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Activity,
    DataSourceRun,
    Domain,
    Reply,
    Request,
)

__all__ = ["OPERATIONS"]


def start_data_source_run(context: Context, request: Request) -> Reply:
    """Start a run. The answer has no ``lineageSummary``: the operation's output does not know it."""
    domain = context.domain(request["domainIdentifier"])
    source = data_source(domain, request["dataSourceIdentifier"])
    started: dict[str, Reply] = {}

    def start() -> str:
        run = begin_run(context, domain, source, kind="PRIORITIZED")
        started[run.id] = _reply(domain, run)
        carry_out(context, domain, source, run)
        return run.id

    run_id = domain.tokens.once(f"StartDataSourceRun/{source.id}", request, start)
    return started.get(run_id) or _reply(domain, _run(domain, run_id))


def get_data_source_run(context: Context, request: Request) -> Reply:
    """Describe a run."""
    domain = context.domain(request["domainIdentifier"])
    return _reply(domain, _run(domain, request["identifier"]))


def list_data_source_runs(context: Context, request: Request) -> Reply:
    """List the runs of a data source, newest first."""
    domain = context.domain(request["domainIdentifier"])
    source = data_source(domain, request["dataSourceIdentifier"])
    page = PageRequest.of("ListDataSourceRuns", request)
    status = request.get("status")
    runs = [domain.runs[run_id] for run_id in source.run_ids]
    found = runs if status is None else [run for run in runs if run.status == status]
    cut = page.cut(found, _number, descending=True)
    return cut.reply("items", [_reply(domain, run) for run in cut.items])


def list_data_source_run_activities(context: Context, request: Request) -> Reply:
    """List what a run did with each table, by database and table."""
    domain = context.domain(request["domainIdentifier"])
    run = _run(domain, request["identifier"])
    page = PageRequest.of("ListDataSourceRunActivities", request)
    status = request.get("status")
    found = run.activities
    if status is not None:
        found = [each for each in found if each.status == status]
    cut = page.cut(found, _table)
    return cut.reply("items", [_activity(domain, run, each) for each in cut.items])


def _run(domain: Domain, identifier: str) -> DataSourceRun:
    run = domain.runs.get(identifier)
    if run is None:
        raise ResourceNotFoundError(f"Data source run {identifier} does not exist in domain {domain.id}")
    return run


def _number(run: DataSourceRun) -> Key:
    return (run.number,)


def _table(activity: Activity) -> Key:
    return activity.database, activity.table


def _lineage_info(domain: Domain, activity: Activity) -> dict[str, Any] | None:
    status = event_status(domain, activity)
    if status is None:
        return None
    event = domain.events.get(activity.event_id) if activity.event_id else None
    error = activity.lineage_error or (event.error if event else None)
    return {"eventId": activity.event_id, "eventStatus": status, "errorMessage": error}


def _activity(domain: Domain, run: DataSourceRun, activity: Activity) -> Reply:
    return {
        "database": activity.database,
        "technicalName": activity.table,
        "technicalDescription": activity.description,
        "dataSourceRunId": run.id,
        "projectId": run.project_id,
        "dataAssetStatus": activity.status,
        "dataAssetId": activity.asset_id,
        "errorMessage": activity.error,
        "lineageSummary": _lineage_info(domain, activity),
        "createdAt": activity.created_at,
        "updatedAt": activity.updated_at,
    }


def _reply(domain: Domain, run: DataSourceRun) -> Reply:
    return {
        "domainId": domain.id,
        "dataSourceId": run.data_source_id,
        "id": run.id,
        "projectId": run.project_id,
        "status": run.status,
        "type": run.type,
        "dataSourceConfigurationSnapshot": run.snapshot,
        "runStatisticsForAssets": run.statistics,
        "lineageSummary": {"importStatus": run.lineage_status} if run.lineage_status else None,
        "errorMessage": run.error,
        "createdAt": run.created_at,
        "updatedAt": run.updated_at,
        "startedAt": run.started_at,
        "stoppedAt": run.stopped_at,
    }


OPERATIONS: dict[str, Operation] = {
    "StartDataSourceRun": start_data_source_run,
    "GetDataSourceRun": get_data_source_run,
    "ListDataSourceRuns": list_data_source_runs,
    "ListDataSourceRunActivities": list_data_source_run_activities,
}
