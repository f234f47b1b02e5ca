"""
OpenLineage run events: checked and parsed.

.. seealso::
    - AWS API: `PostLineageEvent
      <https://docs.aws.amazon.com/datazone/latest/APIReference/API_PostLineageEvent.html>`__
    - OpenLineage specification 2-0-2, ``OpenLineage.json#/$defs/RunEvent``
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_lineage_provider.exceptions import InvalidEventError
from airflow_lineage_provider.lineage.codec import format_time, parse_time
from airflow_lineage_provider.lineage.identifiers import JobId, RunId

__all__ = [
    "MAX_EVENT_BYTES",
    "RUN_STATES",
    "EventDataset",
    "RunEvent",
    "load_event",
    "parse_run_event",
]

MAX_EVENT_BYTES = 300_000
"""The largest event PostLineageEvent takes, in bytes (botocore: ``LineageEvent``, max)."""

RUN_STATES = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")
"""The event types the catalog knows (botocore: ``OpenLineageRunState``)."""

_SCHEMA_URL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"


@dataclass(frozen=True, slots=True)
class EventDataset:
    """
    A dataset as one event names it.

    :param namespace: OpenLineage namespace.
    :param name: OpenLineage name.
    :param facets: Its facets, as posted.
    """

    namespace: str
    name: str
    facets: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class RunEvent:
    """
    One OpenLineage run event.

    :param event_time: When it happened; aware, in UTC.
    :param run: The run, and with it the job.
    :param event_type: One of :data:`RUN_STATES`; ``OTHER`` if the event does not say.
    :param inputs: What the run reads.
    :param outputs: What the run writes.
    :param run_facets: Facets of the run, as posted.
    :param job_facets: Facets of the job, as posted.
    :param producer: Who made the event.
    :param schema_url: Which version of the specification it follows.
    """

    event_time: datetime
    run: RunId
    event_type: str = "OTHER"
    inputs: tuple[EventDataset, ...] = ()
    outputs: tuple[EventDataset, ...] = ()
    run_facets: Mapping[str, object] = field(default_factory=dict, hash=False)
    job_facets: Mapping[str, object] = field(default_factory=dict, hash=False)
    producer: str = ""
    schema_url: str = _SCHEMA_URL

    @property
    def job(self) -> JobId:
        """The job of the run."""
        return self.run.job

    def to_dict(self) -> dict[str, Any]:
        """Write the event as OpenLineage JSON; ``parse_run_event`` reads it back."""
        return {
            "eventTime": format_time(self.event_time),
            "eventType": self.event_type,
            "producer": self.producer,
            "schemaURL": self.schema_url,
            "run": {"runId": self.run.run_id, "facets": dict(self.run_facets)},
            "job": {
                "namespace": self.job.namespace,
                "name": self.job.name,
                "facets": dict(self.job_facets),
            },
            "inputs": [_dataset_to_dict(each) for each in self.inputs],
            "outputs": [_dataset_to_dict(each) for each in self.outputs],
        }


def _dataset_to_dict(dataset: EventDataset) -> dict[str, Any]:
    """Write a dataset of an event."""
    return {"namespace": dataset.namespace, "name": dataset.name, "facets": dict(dataset.facets)}


def parse_run_event(event: bytes | str | Mapping[str, object]) -> RunEvent:
    """
    Check an OpenLineage run event the way the catalog does, and parse it.

    A run id need not be a UUID and facets are not held against their schemas; events of jobs and datasets are
    refused, as are members that no node can be made of. The error names the member and never shows the event.

    :param event: JSON in UTF-8, or the object it stands for.
    :raises InvalidEventError: If it is no run event; ``path`` is the JSON path of the first wrong member.
    """
    document = event if isinstance(event, Mapping) else load_event(event)
    if not isinstance(document, Mapping):
        raise InvalidEventError(path="$", problem="must be a JSON object")
    run, job = _run_and_job(document)
    run_id = _text(run, "$.run", "runId")
    job_id = JobId(_text(job, "$.job", "namespace"), _text(job, "$.job", "name"))
    return RunEvent(
        event_time=_event_time(document),
        run=RunId(job_id, run_id),
        event_type=_event_type(document),
        inputs=_datasets(document, "inputs"),
        outputs=_datasets(document, "outputs"),
        run_facets=_facets(run, "$.run"),
        job_facets=_facets(job, "$.job"),
        producer=_optional_text(document, "producer", ""),
        schema_url=_optional_text(document, "schemaURL", _SCHEMA_URL),
    )


def load_event(event: bytes | str) -> object:
    """
    Read the JSON text of an event; what it says is for :func:`parse_run_event` to check.

    :param event: JSON in UTF-8.
    :raises InvalidEventError: If it is not JSON.
    """

    def refuse(constant: str) -> object:
        raise ValueError(f"{constant} is not JSON")

    try:
        text = bytes(event).decode("utf-8") if isinstance(event, bytes | bytearray) else event
        return json.loads(text, parse_constant=refuse)
    except UnicodeDecodeError as error:
        raise InvalidEventError(path="$", problem=f"is not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidEventError(path="$", problem=f"is not JSON: {error.msg} at {where}") from None
    except ValueError as error:
        raise InvalidEventError(path="$", problem=f"is not JSON: {error}") from None
    except RecursionError:
        raise InvalidEventError(path="$", problem="is nested too deeply") from None


def _run_and_job(document: Mapping[str, object]) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Return the members ``run`` and ``job``; tell events of other kinds by what they lack."""
    if document.get("run") is None:
        kinds = {"dataset": "a DatasetEvent", "job": "a JobEvent"}
        kind = next((kind for name, kind in kinds.items() if document.get(name) is not None), "")
        what = f"is missing: this is {kind}, and the catalog takes run events only" if kind else "is missing"
        raise InvalidEventError(path="$.run", problem=what)
    found = []
    for name in ("run", "job"):
        value = document.get(name)
        if not isinstance(value, Mapping):
            problem = "is missing" if value is None else "must be an object"
            raise InvalidEventError(path=f"$.{name}", problem=problem)
        found.append(value)
    return found[0], found[1]


def _text(value: Mapping[str, object], path: str, name: str) -> str:
    """Return a member that must be a text with at least one character."""
    found = value.get(name)
    if found is None:
        raise InvalidEventError(path=f"{path}.{name}", problem="is missing")
    if not isinstance(found, str) or not found:
        raise InvalidEventError(path=f"{path}.{name}", problem="must be a text that is not empty")
    return found


def _optional_text(document: Mapping[str, object], name: str, default: str) -> str:
    """Return a member that may be absent and must be a text otherwise."""
    found = document.get(name)
    if found is None:
        return default
    if not isinstance(found, str):
        raise InvalidEventError(path=f"$.{name}", problem="must be a text")
    return found


def _event_time(document: Mapping[str, object]) -> datetime:
    """Return the time of the event."""
    try:
        return parse_time(_text(document, "$", "eventTime"))
    except ValueError as error:
        if isinstance(error, InvalidEventError):
            raise
        problem = "must be an RFC 3339 time with an offset, such as 2025-06-04T09:31:12Z"
        raise InvalidEventError(path="$.eventTime", problem=problem) from None


def _event_type(document: Mapping[str, object]) -> str:
    """Return the type of the event."""
    found = document.get("eventType")
    if found is None:
        return "OTHER"
    if not isinstance(found, str) or found not in RUN_STATES:
        raise InvalidEventError(path="$.eventType", problem=f"must be one of {', '.join(RUN_STATES)}")
    return found


def _datasets(document: Mapping[str, object], name: str) -> tuple[EventDataset, ...]:
    """Return the datasets of ``inputs`` or ``outputs``."""
    found = document.get(name)
    if found is None:
        return ()
    if not isinstance(found, list | tuple):
        raise InvalidEventError(path=f"$.{name}", problem="must be a list")
    datasets = []
    for index, each in enumerate(found):
        path = f"$.{name}[{index}]"
        if not isinstance(each, Mapping):
            raise InvalidEventError(path=path, problem="must be an object")
        datasets.append(
            EventDataset(_text(each, path, "namespace"), _text(each, path, "name"), _facets(each, path))
        )
    return tuple(datasets)


def _facets(value: Mapping[str, object], path: str) -> Mapping[str, object]:
    """Return the facets of a run, a job or a dataset."""
    found = value.get("facets")
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise InvalidEventError(path=f"{path}.facets", problem="must be an object")
    return found
