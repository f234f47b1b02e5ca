"""Two lineages compared: runs as their jobs, columns by table, histories side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.lineage.builder import GraphBuilder
from airflow_lineage_provider.lineage.changes import FieldsChanged, GraphDiff
from airflow_lineage_provider.lineage.graph import Attributes, DatasetNode, JobNode, LineageGraph, RunNode
from airflow_lineage_provider.lineage.identifiers import DatasetId, NodeId, RunId
from airflow_lineage_provider.lineage.naming import glue_table_of
from airflow_lineage_provider.lineage.schema_compat import incompatibilities
from airflow_lineage_provider.lineage.snapshot import Snapshot

__all__ = ["Side", "broken_schemas", "by_job", "changed_columns", "changed_runs", "histories"]

_VERSION_ATTRIBUTES = frozenset({"event_time", "node_id", "flows"})


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison, with the versions of its tables where they are known."""

    snapshot: Snapshot
    history: Mapping[str, Any]

    @property
    def graph(self) -> LineageGraph:
        """The lineage."""
        return self.snapshot.graph


def name_of(dataset: DatasetId) -> str:
    """Return how a DAG author names a dataset."""
    found = glue_table_of(dataset)
    return ".".join(found) if found else dataset.source_identifier


def by_job(graph: LineageGraph) -> LineageGraph:
    """Return the graph with jobs in the place of their runs, and without what every new version changes."""
    builder = GraphBuilder()
    for node in graph.nodes:
        kept = {name: node.attributes[name] for name in node.attributes if name not in _VERSION_ATTRIBUTES}
        if isinstance(node, DatasetNode):
            builder.add(DatasetNode(node.id, node.fields, Attributes(kept)))
        elif isinstance(node, JobNode):
            builder.add(JobNode(node.id, Attributes(kept)))
        else:
            builder.add(JobNode(node.id.job))
    for edge in graph.edges:
        builder.connect(_job_of(edge.source), _job_of(edge.target))
    for each in graph.field_edges:
        builder.trace(each.source, each.target, dataset_wide=each.dataset_wide)
    return builder.build()


def _job_of(node: NodeId) -> NodeId:
    """Return the job of a run; any other node is itself."""
    return node.job if isinstance(node, RunId) else node


def broken_schemas(before: LineageGraph, after: LineageGraph, *, mode: str) -> list[str]:
    """Say which tables of the Glue Data Catalog have columns that are not compatible with those before."""
    return [
        f"{name_of(node.id)}: {problem}"
        for node in after.datasets
        if glue_table_of(node.id) and node.id in before
        for problem in incompatibilities(before.node(node.id).fields, node.fields, mode=mode)
    ]


def changed_columns(found: GraphDiff) -> dict[str, dict[str, Any]]:
    """Return the columns of Glue tables that changed."""
    return {
        name_of(change.dataset): {
            "added": [each.name for each in change.added],
            "removed": [each.name for each in change.removed],
            "retyped": [
                {"name": each.name, "before": each.before, "after": each.after} for each in change.retyped
            ],
        }
        for change in found.of_type(FieldsChanged)
        if glue_table_of(change.dataset) and (change.added or change.removed or change.retyped)
    }


def changed_runs(before: LineageGraph, after: LineageGraph) -> dict[str, list[dict[str, Any]]]:
    """Return the runs that came and those that went."""
    return {
        "added": [_run(node) for node in after.runs if node.id not in before],
        "removed": [_run(node) for node in before.runs if node.id not in after],
    }


def _run(node: RunNode) -> dict[str, Any]:
    """Describe a run."""
    facts = ("crawler_name", "crawl_id", "started_at", "ended_at")
    return {"id": node.id.source_identifier, **{name: node.attributes.text(name) for name in facts}}


def histories(before: Side, after: Side) -> dict[str, list[dict[str, Any]]]:
    """Return the versions of each table: as they were read, else those of the runs on the two sides."""
    found = {**before.history, **after.history}
    for root in dict.fromkeys((*after.snapshot.roots, *before.snapshot.roots)):
        if name_of(root) not in found:
            versions = {run.id: run for side in (before, after) for run in _makers(side.graph, root)}
            found[name_of(root)] = [
                {
                    "event_time": run.attributes.text("event_time"),
                    "crawl_id": run.attributes.text("crawl_id"),
                    "runs": [run.id.source_identifier],
                }
                for run in sorted(versions.values(), key=_time, reverse=True)
            ]
    return found


def _makers(graph: LineageGraph, dataset: DatasetId) -> list[RunNode]:
    """Return the runs straight upstream of a dataset."""
    if dataset not in graph:
        return []
    return [graph.node(each) for each in graph.predecessors(dataset) if isinstance(each, RunId)]


def _time(run: RunNode) -> str:
    """Return when a run was reported."""
    return run.attributes.text("event_time") or ""
