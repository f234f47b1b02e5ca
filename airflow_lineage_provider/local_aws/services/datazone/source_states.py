"""
The states a data source goes through, and what happens on the way.

CREATING and UPDATING end in READY a moment later. Then the service has let the project's role read the tables
of the databases the data source names (``selfGrantStatus``), and has marked the databases as discoverable. A
fault of the service ``datazone-worker`` ends them in FAILED_CREATION, FAILED_UPDATE or FAILED_DELETION.

.. seealso:: Amazon DataZone user guide, *Create and run a data source for the AWS Glue Data Catalog*
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.access_grants import (
    allow_discovery,
    forbid_discovery,
)
from airflow_lineage_provider.local_aws.services.datazone.announcements import announce, data_source_entity
from airflow_lineage_provider.local_aws.services.datazone.assumptions import settling_seconds
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.existing_sources import databases_of
from airflow_lineage_provider.local_aws.services.datazone.state import DataSource, Domain
from airflow_lineage_provider.local_aws.services.datazone.worker_faults import Step, fault_in, run_error
from airflow_lineage_provider.local_aws.services.glue import reading

__all__ = ["STABLE", "begin", "move"]

STABLE: Final = frozenset({"READY", "FAILED_CREATION", "FAILED_UPDATE", "FAILED_DELETION"})
"""States in which a data source can be changed."""

_FAILURES: Final[dict[str, tuple[Step, str]]] = {
    "CREATING": ("CreateDataSource", "FAILED_CREATION"),
    "UPDATING": ("UpdateDataSource", "FAILED_UPDATE"),
    "DELETING": ("DeleteDataSource", "FAILED_DELETION"),
}


def move(context: Context, domain: Domain, source: DataSource, status: str) -> None:
    """Give a data source another state."""
    source.status = status
    source.updated_at = RUNTIME.now()
    data = {"dataSourceId": source.id, "status": status}
    announce(context, domain, "Data Source Status Change", data_source_entity(source), data)


def begin(
    context: Context, domain: Domain, source: DataSource, status: str, *, finish: Callable[[], None]
) -> None:
    """
    Begin CREATING, UPDATING or DELETING; ``finish`` is called when that is done and did not fail.

    :param status: Which of them.
    """
    source.status = status
    source.error = None
    system = context.as_system()

    def end() -> None:
        if source.status != status or domain.data_sources.get(source.id) is not source:
            return
        step, failed = _FAILURES[status]
        fault = fault_in(step)
        if fault is not None:
            source.error = run_error(fault)
            move(system, domain, source, failed)
            return
        _share(system, domain, source, is_going=status == "DELETING")
        if status != "DELETING":
            move(system, domain, source, "READY")
        finish()

    context.catalog.timeline.after(settling_seconds(), end)


def _share(context: Context, domain: Domain, source: DataSource, *, is_going: bool) -> None:
    """Let the project's role read what the data source names, or take that back."""
    catalog = context.catalog
    role = catalog.user_role(source.project_id, domain.projects[source.project_id].environment_id)
    if is_going:
        others = [each for each in domain.data_sources.values() if each.project_id == source.project_id]
        needed = {database for each in others if each is not source for database in each.granted}
        for database in source.granted - needed:
            forbid_discovery(catalog.account_id, catalog.region, role, database)
        return
    for database in databases_of(source):
        if reading.mark_database(
            catalog.account_id, catalog.region, database, {f"DataZoneDiscoverable_{domain.id}": "true"}
        ):
            allow_discovery(catalog.account_id, catalog.region, role, database)
            source.granted.add(database)
        else:
            source.granted.discard(database)
