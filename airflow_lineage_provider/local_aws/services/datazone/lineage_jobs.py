"""
Lineage jobs of Redshift and Snowflake connections.

Switching ``lineageSync`` on gives a connection a job, which on AWS reads the warehouse's query history: daily
unless a schedule says otherwise, the first time five minutes later. **There is no warehouse here, so jobs
never run**: the runs of a job are an empty list.

.. seealso:: SageMaker Unified Studio user guide, *Automate lineage capture from data connections*
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.aws_cron import AwsCron, InvalidCronError
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.paging import PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import Connection, Domain, Reply, Request

__all__ = ["OPERATIONS", "arrange_sync", "check_sync", "forget_sync"]

_FIRST_RUN: Final = timedelta(minutes=5)
_WITH_JOBS: Final = frozenset({"redshiftProperties", "snowflakeProperties"})


def check_sync(props: Mapping[str, Any]) -> None:
    """
    Raise if the schedule of ``lineageSync`` is no cron expression of AWS.

    :raises ValidationError: With what is wrong with it.
    """
    expression = _expression(props.get("lineageSync") or {})
    if expression is None:
        return
    try:
        AwsCron.parse(expression)
    except InvalidCronError as error:
        raise ValidationError(f"Schedule expression {expression} is not valid: {error}.") from None


def arrange_sync(domain: Domain, connection: Connection, given: Mapping[str, Any] | None) -> None:
    """
    Bring a connection's ``lineageSync`` up to date, with a job and a schedule once it is enabled.

    :param given: What a request says of it; ``None`` if it says nothing.
    """
    if connection.kind not in _WITH_JOBS:
        return
    before = connection.lineage_sync
    sync = {**before, **(given or {})}
    sync.setdefault("enabled", False)
    if sync["enabled"] and "lineageJobId" not in sync:
        sync["lineageJobId"] = RUNTIME.new_id()
        domain.lineage_jobs[sync["lineageJobId"]] = connection.id
    if sync["enabled"] and _expression(sync) is None:
        first = RUNTIME.now() + _FIRST_RUN
        daily = f"cron({first.minute} {first.hour} * * ? *)"
        sync["schedule"] = daily if connection.kind == "snowflakeProperties" else {"schedule": daily}
    connection.lineage_sync = sync


def forget_sync(domain: Domain, connection: Connection) -> None:
    """Forget the job of a connection that goes."""
    domain.lineage_jobs.pop(str(connection.lineage_sync.get("lineageJobId")), None)


def list_job_runs(context: Context, request: Request) -> Reply:
    """List the runs of a job: there are none."""
    domain = context.domain(request["domainIdentifier"])
    if request["jobIdentifier"] not in domain.lineage_jobs:
        raise ResourceNotFoundError(f"Job {request['jobIdentifier']} does not exist in domain {domain.id}")
    PageRequest.of("ListJobRuns", request)
    return {"items": []}


def get_job_run(context: Context, request: Request) -> Reply:
    """Describe a run of a job: there are none."""
    domain = context.domain(request["domainIdentifier"])
    raise ResourceNotFoundError(f"Job run {request['identifier']} does not exist in domain {domain.id}")


def _expression(sync: Mapping[str, Any]) -> str | None:
    """Return the cron expression, which Redshift keeps in a structure of its own."""
    schedule = sync.get("schedule")
    if isinstance(schedule, Mapping):
        schedule = schedule.get("schedule")
    return None if schedule is None else str(schedule)


OPERATIONS: dict[str, Operation] = {"ListJobRuns": list_job_runs, "GetJobRun": get_job_run}
