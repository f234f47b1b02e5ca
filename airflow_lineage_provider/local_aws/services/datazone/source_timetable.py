"""
Schedules of data sources at work: runs that begin when the clock says so.

A moment that finds the data source disabled, not READY or at work, or its quota used up, passes without a run
and is not made up for.

.. seealso:: DataZone API reference, ``ScheduleConfiguration``
"""

from __future__ import annotations

from datetime import UTC
from typing import Final
from zoneinfo import ZoneInfo

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.aws_cron import AwsCron, InvalidCronError
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    QuotaExceededError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.run_engine import begin_run, carry_out
from airflow_lineage_provider.local_aws.services.datazone.state import DataSource, Domain, Request

__all__ = ["arrange", "check_schedule", "forget", "time_zone"]

_AS_THEY_ARE: Final = frozenset({"UTC", "CET", "CST6CDT", "MST7MDT"})
_OFFSETS: Final = {"ETC_GMT_ADD_": "Etc/GMT+", "ETC_GMT_NEG_": "Etc/GMT-", "ETC_GMT": "Etc/GMT"}
_SHORT: Final = frozenset({"US"})


def time_zone(name: str) -> ZoneInfo:
    """
    Return the time zone that a value of the model's ``Timezone`` stands for, such as US_EASTERN.

    :raises KeyError: If there is no such time zone.
    """
    if name in _AS_THEY_ARE:
        return ZoneInfo(name)
    for prefix, zone in _OFFSETS.items():
        if name.startswith(prefix):
            return ZoneInfo(zone + name.removeprefix(prefix))
    area, _, place = name.partition("_")
    named = area if area in _SHORT else area.capitalize()
    city = "_".join(word.capitalize() for word in place.split("_"))
    return ZoneInfo(f"{named}/{city}" if place else named)


def check_schedule(request: Request) -> None:
    """
    Raise if the schedule of a request never comes, or is no cron expression of AWS.

    :raises ValidationError: With what is wrong with it.
    """
    expression = (request.get("schedule") or {}).get("schedule")
    if expression is None:
        return
    try:
        AwsCron.parse(expression)
    except InvalidCronError as error:
        raise ValidationError(f"Schedule expression {expression} is not valid: {error}.") from None


def arrange(context: Context, domain: Domain, source: DataSource) -> None:
    """Make the data source's next run the one that its schedule says from now on."""
    forget(source)
    schedule = source.settings.get("schedule") or {}
    expression = schedule.get("schedule")
    if expression is None or source.settings.get("enableSetting") == "DISABLED":
        return
    zone = time_zone(schedule.get("timezone", "UTC"))
    moment = AwsCron.parse(expression).next_after(RUNTIME.now().astimezone(zone))
    if moment is not None:
        source.appointment = RUNTIME.at(
            moment.astimezone(UTC),
            lambda: _fire(context.as_system(), domain, source),
            name=f"data-source-{source.id}",
        )


def forget(source: DataSource) -> None:
    """Cancel the data source's next run."""
    if source.appointment is not None:
        source.appointment.cancel()
        source.appointment = None


def _fire(context: Context, domain: Domain, source: DataSource) -> None:
    """Start the run that is due, and arrange the next."""
    catalog = context.catalog
    with catalog.lock:
        if catalog.domains.get(domain.id) is not domain or domain.data_sources.get(source.id) is not source:
            return
        arrange(context, domain, source)
        try:
            run = begin_run(context, domain, source, kind="SCHEDULED")
        except (ConflictError, QuotaExceededError):
            return
        carry_out(context, domain, source, run)
