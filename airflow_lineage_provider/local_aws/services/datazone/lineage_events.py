"""The operations on lineage events."""

from __future__ import annotations

import hashlib

from airflow_lineage_provider.local_aws.services.datazone.assumptions import DEFAULT_SORT_ORDER
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.event_log import (
    EventKey,
    LineageEvent,
    window,
)
from airflow_lineage_provider.local_aws.services.datazone.event_processing import submit
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ResourceNotFoundError
from airflow_lineage_provider.local_aws.services.datazone.paging import PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request

__all__ = ["OPERATIONS"]


def post_lineage_event(context: Context, request: Request) -> Reply:
    """Store an event; it is processed a moment later."""
    domain = context.domain(request["domainIdentifier"])
    body: bytes = request["event"]
    comparable = {**request, "event": hashlib.sha256(body).hexdigest()}
    event_id = domain.tokens.once("PostLineageEvent", comparable, lambda: submit(context, domain, body).id)
    return {"id": event_id, "domainId": domain.id}


def get_lineage_event(context: Context, request: Request) -> Reply:
    """Return an event as it was posted, byte for byte."""
    domain = context.domain(request["domainIdentifier"])
    event = _event(domain, request["identifier"])
    return {
        "domainId": domain.id,
        "id": event.id,
        "event": event.body,
        "createdBy": event.created_by,
        "processingStatus": event.status,
        "eventTime": event.event_time,
        "createdAt": event.created_at,
    }


def list_lineage_events(context: Context, request: Request) -> Reply:
    """List events by event time."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListLineageEvents", request)
    keys = domain.events.keys(request.get("processingStatus"))
    within = window(keys, request.get("timestampAfter"), request.get("timestampBefore"))
    order = request.get("sortOrder", DEFAULT_SORT_ORDER)
    cut = page.cut(keys, _itself, descending=order == "DESCENDING", within=within)
    return cut.reply("items", [_summary(domain, _event(domain, key[2])) for key in cut.items])


def delete_lineage_event(context: Context, request: Request) -> Reply:
    """Delete an event, and from the graph what only this event said."""
    domain = context.domain(request["domainIdentifier"])
    event = _event(domain, request["identifier"])
    domain.events.remove(event)
    domain.lineage.unsay(event.id)
    return {"id": event.id, "domainId": domain.id, "processingStatus": event.status}


def _event(domain: Domain, identifier: str) -> LineageEvent:
    event = domain.events.get(identifier)
    if event is None:
        raise ResourceNotFoundError(f"Lineage event {identifier} does not exist in domain {domain.id}")
    return event


def _itself(key: EventKey) -> EventKey:
    return key


def _summary(domain: Domain, event: LineageEvent) -> Reply:
    return {
        "id": event.id,
        "domainId": domain.id,
        "processingStatus": event.status,
        "eventTime": event.event_time,
        "eventSummary": {"openLineageRunEventSummary": event.summary},
        "createdBy": event.created_by,
        "createdAt": event.created_at,
    }


OPERATIONS: dict[str, Operation] = {
    "PostLineageEvent": post_lineage_event,
    "GetLineageEvent": get_lineage_event,
    "ListLineageEvents": list_lineage_events,
    "DeleteLineageEvent": delete_lineage_event,
}
