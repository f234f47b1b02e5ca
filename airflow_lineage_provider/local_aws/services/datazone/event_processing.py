"""Take in lineage events, and turn them into nodes a moment later."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from airflow_lineage_provider.exceptions import InvalidEventError
from airflow_lineage_provider.lineage import RunEvent, parse_run_event
from airflow_lineage_provider.lineage.run_events import load_event
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.assumptions import REQUESTED_SHARE, version_key
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.event_log import LineageEvent
from airflow_lineage_provider.local_aws.services.datazone.event_mapping import MappingFailedError, statements
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import LineageGraph, Statement
from airflow_lineage_provider.local_aws.services.datazone.state import Domain
from airflow_lineage_provider.local_aws.services.datazone.worker_faults import fault_in

__all__ = ["submit"]

_REMEMBERED_EVENTS = 16


def submit(context: Context, domain: Domain, body: bytes) -> LineageEvent:
    """
    Store an event and have it processed: REQUESTED → PROCESSING → SUCCESS or FAILED.

    :raises ValidationError: If it is no OpenLineage run event.
    """
    document, parsed = _read(body)
    now, seconds = RUNTIME.now(), RUNTIME.settings.lineage_seconds
    event = LineageEvent(
        id=RUNTIME.new_id(),
        number=domain.events.next_number(),
        packed=LineageEvent.pack(body),
        summary_json=json.dumps(_summary(document), separators=(",", ":")).encode(),
        event_time=parsed.event_time,
        created_at=now,
        created_by=sys.intern(context.principal),
        document=document,
    )
    domain.events.add(event, processing_at=now + timedelta(seconds=seconds * REQUESTED_SHARE))
    context.catalog.timeline.after(seconds, lambda: _process(context, domain, event))
    return event


def _read(body: bytes) -> tuple[Mapping[str, Any], RunEvent]:
    """Return an event as it was written, and parsed."""
    try:
        document = load_event(body)
        if not isinstance(document, Mapping):
            raise InvalidEventError(path="$", problem="must be a JSON object")
        return document, parse_run_event(document)
    except InvalidEventError as error:
        raise ValidationError(f"The lineage event is invalid: {error.path} {error.problem}") from error


def _process(context: Context, domain: Domain, event: LineageEvent) -> None:
    """Make nodes of the event, unless it was deleted meanwhile."""
    if domain.events.get(event.id) is not event or event.document is None:
        return
    region, account = context.catalog.region, context.catalog.account_id
    try:
        fault = fault_in("ProcessLineageEvent")
        if fault is not None:
            raise MappingFailedError(fault.message or f"{fault.error_code} while processing the event.")
        said = statements(event.document, region=region, account=account)
        _check_kinds(domain.lineage, said)
    except MappingFailedError as error:
        event.error = str(error)
        domain.events.move(event, "FAILED")
    else:
        domain.lineage.say(
            event.id,
            version_key(event.event_time),
            said,
            by=event.created_by,
            at=RUNTIME.now(),
            details=_Recollection(event, region, account),
        )
        domain.events.move(event, "SUCCESS")
    event.document = None


def _check_kinds(graph: LineageGraph, said: Iterable[Statement]) -> None:
    """Refuse an event that calls a node by the source identifier of one of another kind."""
    for statement in said:
        node = graph.find(statement.source_identifier)
        if node is not None and node.kind is not statement.kind:
            raise MappingFailedError(
                f"The source identifier {statement.source_identifier} is that of a node of type "
                f"{node.kind.value}."
            )


@dataclass(frozen=True, slots=True)
class _Recollection:
    """What an event said about its nodes, read from its body again whenever it is asked for."""

    event: LineageEvent
    region: str
    account: str

    def __call__(self, source_identifier: str) -> Mapping[str, Any]:
        """Return the detail of one node."""
        return _details(self)[source_identifier]


@lru_cache(maxsize=_REMEMBERED_EVENTS)
def _details(told: _Recollection) -> Mapping[str, Mapping[str, Any]]:
    """Return the details of all nodes of an event; one page of nodes often comes out of few events."""
    said = statements(json.loads(told.event.body), region=told.region, account=told.account)
    return {statement.source_identifier: statement.detail for statement in said}


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
