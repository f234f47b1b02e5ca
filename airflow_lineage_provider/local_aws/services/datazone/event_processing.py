"""Take in lineage events, and turn them into nodes a moment later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.exceptions import InvalidEventError
from airflow_lineage_provider.lineage import parse_run_event
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.assumptions import REQUESTED_SHARE, version_key
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.event_log import LineageEvent
from airflow_lineage_provider.local_aws.services.datazone.event_mapping import MappingFailedError, statements
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.state import Domain
from airflow_lineage_provider.local_aws.services.datazone.worker_faults import fault_in

__all__ = ["submit"]


def submit(context: Context, domain: Domain, body: bytes) -> LineageEvent:
    """
    Store an event and have it processed: REQUESTED → PROCESSING → SUCCESS or FAILED.

    :raises ValidationError: If it is no OpenLineage run event.
    """
    try:
        parsed = parse_run_event(body)
    except InvalidEventError as error:
        raise ValidationError(f"The lineage event is invalid: {error.path} {error.problem}") from error
    document: dict[str, Any] = json.loads(body)
    event = LineageEvent(
        id=RUNTIME.new_id(),
        number=domain.events.next_number(),
        body=body,
        summary=_summary(document),
        event_time=parsed.event_time,
        created_at=RUNTIME.now(),
        created_by=context.principal,
        document=document,
    )
    domain.events.add(event)
    seconds = RUNTIME.settings.lineage_seconds
    context.catalog.timeline.after(seconds * REQUESTED_SHARE, lambda: _begin(domain, event))
    context.catalog.timeline.after(seconds, lambda: _process(context, domain, event))
    return event


def _begin(domain: Domain, event: LineageEvent) -> None:
    if domain.events.get(event.id) is event:
        domain.events.move(event, "PROCESSING")


def _process(context: Context, domain: Domain, event: LineageEvent) -> None:
    """Make nodes of the event, unless it was deleted meanwhile."""
    if domain.events.get(event.id) is not event or event.document is None:
        return
    catalog = context.catalog
    try:
        fault = fault_in("ProcessLineageEvent")
        if fault is not None:
            raise MappingFailedError(fault.message or f"{fault.error_code} while processing the event.")
        said = statements(event.document, region=catalog.region, account=catalog.account_id)
    except MappingFailedError as error:
        event.error = str(error)
        domain.events.move(event, "FAILED")
    else:
        domain.lineage.say(
            event.id, version_key(event.event_time), said, by=event.created_by, at=RUNTIME.now()
        )
        domain.events.move(event, "SUCCESS")
    event.document = None


def _summary(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ListLineageEvents shows of an event."""
    job = document["job"]
    return {
        "eventType": document.get("eventType"),
        "runId": document["run"]["runId"],
        "job": {"namespace": job["namespace"], "name": job["name"]},
        "inputs": _names(document.get("inputs")),
        "outputs": _names(document.get("outputs")),
    }


def _names(datasets: Any) -> list[dict[str, str]]:
    return [{"namespace": each["namespace"], "name": each["name"]} for each in datasets or ()]
