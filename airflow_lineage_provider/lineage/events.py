"""
From OpenLineage run events to the graph the catalog makes of them.

Identities are the catalog's. What one run reads and writes is gathered from all its events, so inputs may
come with START and outputs with COMPLETE.

.. seealso::
    SageMaker Unified Studio user guide, *Data lineage in Amazon SageMaker Unified Studio* (nodes of an event)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from airflow_lineage_provider.lineage.builder import GraphBuilder
from airflow_lineage_provider.lineage.codec import format_time
from airflow_lineage_provider.lineage.facets import (
    ColumnLineageFacet,
    FieldInput,
    JobTypeFacet,
    LineageEntry,
    SchemaFacet,
    dataset_lineage,
    job_lineage,
)
from airflow_lineage_provider.lineage.graph import Attributes, DatasetNode, JobNode, LineageGraph, RunNode
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId
from airflow_lineage_provider.lineage.naming import catalog_source_identifier
from airflow_lineage_provider.lineage.run_events import (
    MAX_EVENT_BYTES,
    RUN_STATES,
    EventDataset,
    RunEvent,
    parse_run_event,
)

__all__ = [
    "MAX_EVENT_BYTES",
    "RUN_STATES",
    "EventDataset",
    "RunEvent",
    "graph_from_events",
    "parse_run_event",
]

_Names = dict[tuple[str, str], DatasetId]


def graph_from_events(events: Iterable[RunEvent], *, caller_region: str, caller_account: str) -> LineageGraph:
    """
    Make the graph the catalog makes of these events.

    Schemas become fields, column lineage becomes field edges. Where the events of a run state the lineage of
    an output explicitly (facet ``lineage`` of the job or the output), that counts instead of
    ``columnLineage`` and of "every input goes into every output". A column input is looked for among the
    inputs of its run; one that names no dataset of the graph is left out. Of several schemas of a dataset the
    one of the newest event counts.

    :param events: The events, in any order.
    :param caller_region: Region of whoever posted them.
    :param caller_account: Account of whoever posted them.
    """
    assembly = _Assembly(caller_region, caller_account)
    runs: dict[str, _Run] = {}
    for event in sorted(events, key=lambda each: each.event_time):
        run = runs.setdefault(event.run.source_identifier, _Run())
        assembly.add_event(event, run)
    for run in runs.values():
        assembly.finish(run)
    return assembly.builder.build()


@dataclass(slots=True)
class _Output:
    """One output in one event, with what is needed to find its sources."""

    dataset: DatasetId
    event: RunEvent
    names: _Names
    fields: tuple[str, ...]
    columns: ColumnLineageFacet | None
    explicit: LineageEntry | None


@dataclass(slots=True)
class _Run:
    """What the events of one run said, gathered."""

    state: str = "OTHER"
    started_at: str | None = None
    inputs: _Names = field(default_factory=dict)
    lone_inputs: list[DatasetId] = field(default_factory=list)
    outputs: list[_Output] = field(default_factory=list)


class _Assembly:
    """Lays events into a graph builder."""

    def __init__(self, region: str, account: str) -> None:
        self.builder = GraphBuilder()
        self._region = region
        self._account = account

    def add_event(self, event: RunEvent, run: _Run) -> None:
        """Add the nodes and edges of one event; note what is needed to trace its outputs."""
        self._add_job_and_run(event, run)
        names: _Names = {}
        for each in event.inputs:
            source = self._add_dataset(each, event)
            names.setdefault((each.namespace, each.name), source)
            run.inputs.setdefault((each.namespace, each.name), source)
            self.builder.connect(source, event.run)
            if not event.outputs:
                run.lone_inputs.append(source)
        declared = job_lineage(event.job_facets)
        for each in event.outputs:
            target = self._add_dataset(each, event)
            self.builder.connect(event.run, target)
            schema = SchemaFacet.read(each.facets)
            run.outputs.append(
                _Output(
                    target,
                    event,
                    names,
                    tuple(one.name for one in schema.fields) if schema else (),
                    ColumnLineageFacet.read(each.facets),
                    declared.get((each.namespace, each.name)) or dataset_lineage(each.facets),
                )
            )

    def finish(self, run: _Run) -> None:
        """Say which inputs of a run went into which outputs, and trace the outputs' fields."""
        flows: dict[str, set[str]] = {}
        explicit = {output.dataset for output in run.outputs if output.explicit}
        for output in run.outputs:
            if output.dataset in explicit and not output.explicit:
                continue
            sources = flows.setdefault(output.dataset.source_identifier, set())
            sources.update(each.source_identifier for each in self._sources(output, run))
            self._trace(output, run)
        if flows:
            attributes = Attributes({"flows": {target: sorted(found) for target, found in flows.items()}})
            self.builder.add(RunNode(run.outputs[0].event.run, attributes))

    def _add_job_and_run(self, event: RunEvent, run: _Run) -> None:
        """Add the nodes of the job and the run."""
        kind = JobTypeFacet.read(event.job_facets)
        sql = event.job_facets.get("sql")
        told: dict[str, object] = {
            "processing_type": kind.processing_type if kind else "",
            "integration": kind.integration if kind else "",
            "job_type": kind.job_type if kind else "",
            "sql": sql.get("query") if isinstance(sql, Mapping) else "",
        }
        known = {name: value for name, value in told.items() if isinstance(value, str) and value}
        self.builder.add(JobNode(event.job, Attributes(known)))
        time = format_time(event.event_time)
        if event.event_type != "OTHER":
            run.state = event.event_type
        attributes: dict[str, object] = {"event_time": time, "state": run.state}
        if event.event_type == "START":
            run.started_at = run.started_at or time
            attributes["started_at"] = run.started_at
        if event.event_type in ("COMPLETE", "FAIL", "ABORT"):
            attributes["ended_at"] = time
        self.builder.add(RunNode(event.run, Attributes(attributes)))

    def _add_dataset(self, dataset: EventDataset, event: RunEvent) -> DatasetId:
        """Add the node of a dataset and return its identifier."""
        found = self._identify(dataset, event)
        schema = SchemaFacet.read(dataset.facets)
        attributes = Attributes({"event_time": format_time(event.event_time)})
        self.builder.add(DatasetNode(found, schema.fields if schema else (), attributes))
        return found

    def _identify(self, dataset: EventDataset, event: RunEvent) -> DatasetId:
        """Return the catalog's identity of a dataset in an event."""
        return DatasetId.from_source_identifier(
            catalog_source_identifier(
                dataset.namespace,
                dataset.name,
                facets=dataset.facets,
                run_facets=event.run_facets,
                caller_region=self._region,
                caller_account=self._account,
            )
        )

    def _sources(self, output: _Output, run: _Run) -> Iterator[DatasetId]:
        """Yield the inputs that went into an output: those stated, else the event's and the lone ones."""
        stated = output.explicit
        if stated is None or (stated.inputs is None and not stated.fields):
            yield from output.names.values()
            yield from run.lone_inputs
            return
        wanted = [*(stated.inputs or ()), *(each for _, inputs in stated.fields for each in inputs)]
        for each in wanted:
            if source := self._find(each, output, run):
                yield source

    def _trace(self, output: _Output, run: _Run) -> None:
        """Add the field edges into an output."""
        stated = output.explicit or output.columns
        if stated is None:
            return
        wide = stated.inputs if isinstance(stated, LineageEntry) else stated.dataset
        targets = dict.fromkeys([*output.fields, *(name for name, _ in stated.fields)])
        traced = [(name, each, False) for name, inputs in stated.fields for each in inputs]
        traced += [(name, each, True) for each in wide or () for name in targets]
        for name, each, dataset_wide in traced:
            source = self._find(each, output, run)
            if source and each.field:
                target = FieldId(output.dataset, name)
                self.builder.trace(FieldId(source, each.field), target, dataset_wide=dataset_wide)

    def _find(self, wanted: FieldInput, output: _Output, run: _Run) -> DatasetId | None:
        """Find the dataset a source names: in the event, in the run, in the graph."""
        key = (wanted.namespace, wanted.name)
        found = output.names.get(key) or run.inputs.get(key)
        if found is None:
            found = self._identify(EventDataset(*key), output.event)
        return found if found in self.builder else None
