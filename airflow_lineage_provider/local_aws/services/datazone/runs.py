"""
Runs of data sources: assets first, lineage after.

A run that is SUCCESS may still import lineage: ``status`` and ``lineageSummary.importStatus`` are two things.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.assumptions import QUOTAS, REQUESTED_SHARE
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.crawl_import import import_lineage
from airflow_lineage_provider.local_aws.services.datazone.data_sources import data_source
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    QuotaExceededError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Activity,
    DataSource,
    DataSourceRun,
    Domain,
    Reply,
    Request,
)
from airflow_lineage_provider.local_aws.services.datazone.table_import import import_tables
from airflow_lineage_provider.local_aws.services.datazone.timeline import Steps

__all__ = ["OPERATIONS"]

_POLL_SECONDS = 0.01
_DAY = timedelta(days=1)


def start_data_source_run(context: Context, request: Request) -> Reply:
    """Start a run. The answer has no ``lineageSummary``: the operation's output does not know it."""
    domain = context.domain(request["domainIdentifier"])
    source = data_source(domain, request["dataSourceIdentifier"])
    started: dict[str, Reply] = {}

    def start() -> str:
        _require_startable(domain, source)
        now = RUNTIME.now()
        run = DataSourceRun(
            id=RUNTIME.new_id(),
            number=len(source.run_ids) + 1,
            data_source_id=source.id,
            project_id=source.project_id,
            snapshot=json.dumps(source.settings["configuration"]),
            created_at=now,
            updated_at=now,
        )
        domain.runs[run.id] = run
        source.run_ids.append(run.id)
        started[run.id] = _reply(domain, run)
        context.catalog.timeline.play(_carry_out(context, domain, source, run))
        return run.id

    run_id = domain.tokens.once(f"StartDataSourceRun/{source.id}", request, start)
    return started.get(run_id) or _reply(domain, _run(domain, run_id))


def _require_startable(domain: Domain, source: DataSource) -> None:
    if source.settings.get("enableSetting") == "DISABLED":
        raise ConflictError(f"Data source {source.id} is DISABLED and cannot be run")
    if source.run_ids and not domain.runs[source.run_ids[-1]].has_ended:
        raise ConflictError(f"Data source {source.id} has a run in progress: {source.run_ids[-1]}")
    if source.status != "READY":
        raise ConflictError(f"Data source {source.id} is {source.status} and cannot be run")
    limit = QUOTAS.data_source_runs_per_day
    if limit is None or len(source.run_ids) < limit:
        return
    if domain.runs[source.run_ids[-limit]].created_at > RUNTIME.now() - _DAY:
        raise QuotaExceededError(
            f"Data source {source.id} has had {limit} runs within 24 hours, the most allowed"
        )


def _carry_out(context: Context, domain: Domain, source: DataSource, run: DataSourceRun) -> Steps:
    """Go through the stages of a run."""
    seconds = RUNTIME.settings.import_seconds
    yield seconds * REQUESTED_SHARE
    connection = domain.connections.get(source.connection_id)
    with_lineage = connection is not None and connection.imports_lineage
    run.started_at = run.updated_at = RUNTIME.now()
    run.status = source.status = "RUNNING"
    if with_lineage:
        run.lineage_status = "IN_PROGRESS"
    yield seconds * (1 - REQUESTED_SHARE)
    imported = import_tables(context, domain, source, run)
    run.stopped_at = run.updated_at = RUNTIME.now()
    source.status = "READY"
    if not with_lineage:
        return
    for each in imported:
        import_lineage(context, domain, each.table, arn=each.arn, activity=each.activity)
    yield RUNTIME.settings.lineage_seconds
    while any(_event_status(domain, each) in ("REQUESTED", "PROCESSING") for each in run.activities):
        yield _POLL_SECONDS
    run.lineage_status = _lineage_verdict(domain, run)
    run.updated_at = RUNTIME.now()


def _lineage_verdict(domain: Domain, run: DataSourceRun) -> str:
    states = [state for each in run.activities if (state := _event_status(domain, each)) is not None]
    failed = states.count("FAILED")
    if run.status == "FAILED":
        return "FAILED"
    if not failed:
        return "SUCCESS"
    return "FAILED" if failed == len(states) else "PARTIALLY_SUCCEEDED"


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


def _event_status(domain: Domain, activity: Activity) -> str | None:
    """Return the state of the table's event, FAILED where there should be one and is none."""
    if activity.lineage_error is not None:
        return "FAILED"
    event = domain.events.get(activity.event_id) if activity.event_id else None
    return event.status if event else None


def _lineage_info(domain: Domain, activity: Activity) -> dict[str, Any] | None:
    status = _event_status(domain, activity)
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
