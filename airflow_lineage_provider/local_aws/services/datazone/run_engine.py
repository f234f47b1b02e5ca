"""
Carry out runs of data sources: assets first, lineage after.

A run that is SUCCESS may still import lineage: ``status`` and ``lineageSummary.importStatus`` are two things.
"""

from __future__ import annotations

import json
from typing import Literal

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.announcements import announce, run_entity
from airflow_lineage_provider.local_aws.services.datazone.assumptions import REQUESTED_SHARE
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.crawl_import import import_lineage
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ConflictError
from airflow_lineage_provider.local_aws.services.datazone.existing_sources import last_run
from airflow_lineage_provider.local_aws.services.datazone.quotas import require_room_for_run
from airflow_lineage_provider.local_aws.services.datazone.source_states import move
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Activity,
    DataSource,
    DataSourceRun,
    Domain,
)
from airflow_lineage_provider.local_aws.services.datazone.table_import import import_tables
from airflow_lineage_provider.local_aws.services.datazone.timeline import Steps

__all__ = ["begin_run", "carry_out", "event_status"]

_POLL_SECONDS = 0.01
_ENDS = {
    "SUCCESS": "Data Source Run Succeeded",
    "PARTIALLY_SUCCEEDED": "Data Source Run Succeeded",
    "FAILED": "Data Source Run Failed",
}


def begin_run(
    context: Context, domain: Domain, source: DataSource, *, kind: Literal["PRIORITIZED", "SCHEDULED"]
) -> DataSourceRun:
    """
    Make a run that is REQUESTED; :func:`carry_out` lets it go on.

    :param kind: PRIORITIZED if somebody asks for it, SCHEDULED if its time has come.
    :raises ConflictError: If the data source is disabled, not READY or at work.
    :raises QuotaExceededError: If it has had all the runs it may have in a day.
    """
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
        type=kind,
    )
    domain.runs[run.id] = run
    source.run_ids.append(run.id)
    _tell(context, domain, run, "Data Source Run Triggered")
    return run


def carry_out(context: Context, domain: Domain, source: DataSource, run: DataSourceRun) -> None:
    """Let a run go through its stages, in its own time."""
    context.catalog.timeline.play(_stages(context, domain, source, run))


def event_status(domain: Domain, activity: Activity) -> str | None:
    """Return the state of a table's lineage event, FAILED where there should be one and is none."""
    if activity.lineage_error is not None:
        return "FAILED"
    event = domain.events.get(activity.event_id) if activity.event_id else None
    return event.status if event else None


def _require_startable(domain: Domain, source: DataSource) -> None:
    if source.settings.get("enableSetting") == "DISABLED":
        raise ConflictError(f"Data source {source.id} is DISABLED and cannot be run")
    run = last_run(domain, source)
    if run is not None and not run.has_ended:
        raise ConflictError(f"Data source {source.id} has a run in progress: {run.id}")
    if source.status != "READY":
        raise ConflictError(f"Data source {source.id} is {source.status} and cannot be run")
    require_room_for_run(domain, source)


def _stages(context: Context, domain: Domain, source: DataSource, run: DataSourceRun) -> Steps:
    """Go through the stages of a run."""
    system = context.as_system()
    seconds = RUNTIME.settings.import_seconds
    yield seconds * REQUESTED_SHARE
    connection = domain.connections.get(source.connection_id)
    with_lineage = connection is not None and connection.imports_lineage
    run.started_at = run.updated_at = RUNTIME.now()
    run.status = "RUNNING"
    move(system, domain, source, "RUNNING")
    if with_lineage:
        run.lineage_status = "IN_PROGRESS"
    yield seconds * (1 - REQUESTED_SHARE)
    imported = import_tables(context, domain, source, run)
    run.stopped_at = run.updated_at = RUNTIME.now()
    move(system, domain, source, "READY")
    _tell(system, domain, run, _ENDS[run.status])
    if not with_lineage:
        return
    for each in imported:
        import_lineage(context, domain, each.table, arn=each.arn, activity=each.activity)
    yield RUNTIME.settings.lineage_seconds
    while any(event_status(domain, each) in ("REQUESTED", "PROCESSING") for each in run.activities):
        yield _POLL_SECONDS
    run.lineage_status = _lineage_verdict(domain, run)
    run.updated_at = RUNTIME.now()


def _lineage_verdict(domain: Domain, run: DataSourceRun) -> str:
    states = [state for each in run.activities if (state := event_status(domain, each)) is not None]
    failed = states.count("FAILED")
    if run.status == "FAILED":
        return "FAILED"
    if not failed:
        return "SUCCESS"
    return "FAILED" if failed == len(states) else "PARTIALLY_SUCCEEDED"


def _tell(context: Context, domain: Domain, run: DataSourceRun, what: str) -> None:
    data = {"dataSourceId": run.data_source_id, "dataSourceRunType": run.type}
    announce(context, domain, what, run_entity(run), data)
