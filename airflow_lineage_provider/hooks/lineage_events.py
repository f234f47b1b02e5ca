"""
Raw lineage events of the runs in a graph, and what they tell that the graph's nodes do not.

Events say which input of a run went into which output, what each column is made of, and, in the source's own
spelling, what the source's columns are called. They need a permission of their own (``GetLineageEvent`` and
``ListLineageEvents``); without it the lineage is read without them.

.. seealso::
    - AWS API: `GetLineageEvent
      <https://docs.aws.amazon.com/datazone/latest/APIReference/API_GetLineageEvent.html>`__
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import (
    InvalidEventError,
    PermissionDeniedError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.lineage.builder import GraphBuilder
from airflow_lineage_provider.lineage.events import RunEvent, graph_from_events, parse_run_event
from airflow_lineage_provider.lineage.graph import Attributes, DatasetNode, JobNode, LineageGraph, RunNode
from airflow_lineage_provider.lineage.identifiers import DatasetId, RunId
from airflow_lineage_provider.lineage.naming import catalog_source_identifier

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["LineageEvents"]

_log = logging.getLogger(__name__)

_AROUND = timedelta(seconds=1)
_TABLE_FACETS = ("schema", "columnLineage", "symlinks")


class LineageEvents:
    """
    The events that could be read.

    :param hook: The hook to call with.
    :param domain_id: The domain.
    :param region: Region of whoever posted the events.
    :param account: Account of whoever posted the events.
    """

    def __init__(self, hook: DataZoneHook, domain_id: str, *, region: str, account: str) -> None:
        self.hook = hook
        self.domain_id = domain_id
        self.region = region
        self.account = account
        self.raw: dict[str, Mapping[str, Any]] = {}
        self.denied: PermissionDeniedError | None = None
        self._parsed: dict[str, RunEvent] = {}
        self._listed: set[datetime] = set()

    def read(self, event_id: str) -> None:
        """Read one event; one that is gone or no run event is left out."""
        if event_id in self.raw or self.denied:
            return
        try:
            answer = self.hook.get_lineage_event(self.domain_id, event_id)
            payload = json.loads(answer["event"])
            event = parse_run_event(payload)
        except PermissionDeniedError as error:
            self._deny(error)
        except (ResourceNotFoundError, InvalidEventError, ValueError) as error:
            _log.warning("Lineage event %s cannot be read: %s", event_id, error)
        else:
            self.raw[event_id] = payload
            if answer.get("processingStatus") == "SUCCESS":
                self._parsed[event_id] = event

    def find(self, runs: Iterable[tuple[RunId, datetime | None]]) -> None:
        """
        Find the events of runs: by their time, then by their run.

        :param runs: The runs, each with the event time of a version.
        """
        wanted = list(runs)
        names = {(run.job.namespace, run.job.name, run.run_id) for run, _ in wanted}
        for time in sorted({time for _, time in wanted if time} - self._listed):
            if self.denied:
                return
            self._listed.add(time)
            try:
                found = list(
                    self.hook.list_lineage_events(self.domain_id, after=time - _AROUND, before=time + _AROUND)
                )
            except PermissionDeniedError as error:
                self._deny(error)
                return
            for each in found:
                if each.get("processingStatus") == "SUCCESS" and _run_of(each) in names:
                    self.read(str(each["id"]))

    def of_run(self, run: RunId) -> list[RunEvent]:
        """Return the processed events of a run."""
        return [event for event in self._parsed.values() if event.run == run]

    def lay_into(self, builder: GraphBuilder) -> set[DatasetId]:
        """
        Complete nodes that are there with schemas, column lineage and flows.

        Nothing is added that the catalog does not show: an event is what somebody said, the graph is what
        came of it.

        :returns: The datasets whose columns were traced.
        """
        shown = builder.build()
        events = [event for event in self._parsed.values() if event.run in shown]
        graph = graph_from_events(events, caller_region=self.region, caller_account=self.account)
        for node in graph.nodes:
            if node.id not in builder:
                continue
            if isinstance(node, DatasetNode):
                builder.add(DatasetNode(node.id, node.fields))
            elif isinstance(node, JobNode):
                builder.add(node)
            else:
                facts = {name: node.attributes[name] for name in node.attributes if name != "event_time"}
                builder.add(RunNode(node.id, Attributes(facts | _flows(node, graph, shown))))
        traced = set()
        for edge in graph.field_edges:
            if edge.source.dataset in builder and edge.target.dataset in builder:
                builder.trace(edge.source, edge.target, dataset_wide=edge.dataset_wide)
                traced.add(edge.target.dataset)
        return traced

    def facets(self, source_identifier: str) -> dict[str, Any]:
        """Return schema, columnLineage and symlinks of a dataset as its newest event gives them, verbatim."""
        found: dict[str, Any] = {}
        for event in sorted(self._parsed.values(), key=lambda each: each.event_time):
            for dataset in (*event.inputs, *event.outputs):
                identifier = catalog_source_identifier(
                    dataset.namespace,
                    dataset.name,
                    facets=dataset.facets,
                    run_facets=event.run_facets,
                    caller_region=self.region,
                    caller_account=self.account,
                )
                if identifier == source_identifier:
                    found |= {name: dataset.facets[name] for name in _TABLE_FACETS if name in dataset.facets}
        return found

    def _deny(self, error: PermissionDeniedError) -> None:
        """Note that events may not be read, and say so once."""
        self.denied = error
        _log.warning("Lineage is read without its events: %s", error)


def _flows(run: RunNode, told: LineageGraph, shown: LineageGraph) -> dict[str, object]:
    """
    Return which inputs went into which outputs of a run, as its events tell it.

    If some of its events are not known, an output without inputs may only lack the event that names them.
    """
    flows = run.attributes.get("flows")
    if not isinstance(flows, Mapping):
        return {}
    complete = set(shown.predecessors(run.id)) <= set(told.predecessors(run.id))
    return {"flows": {target: sources for target, sources in flows.items() if sources or complete}}


def _run_of(summary: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return job namespace, job name and run id of an event's summary."""
    found = (summary.get("eventSummary") or {}).get("openLineageRunEventSummary") or {}
    job = found.get("job") or {}
    return str(job.get("namespace")), str(job.get("name")), str(found.get("runId"))
