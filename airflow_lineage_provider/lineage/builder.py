"""A builder that gathers nodes and edges, from events or the catalog, and makes a lineage graph of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from airflow_lineage_provider.lineage.graph import (
    Attributes,
    DatasetNode,
    Edge,
    FieldEdge,
    JobNode,
    LineageGraph,
    Node,
    RunNode,
)
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, JobId, NodeId

__all__ = ["GraphBuilder"]


class GraphBuilder:
    """
    Gathers nodes and edges and makes a graph of them.

    What is added later completes what is there: a non-empty schema replaces the earlier one, attributes are
    laid over the earlier ones, ``flows`` of a run are united.
    """

    def __init__(self) -> None:
        self._nodes: dict[NodeId, Node] = {}
        self._edges: dict[Edge, None] = {}
        self._field_edges: dict[FieldEdge, None] = {}

    def add(self, node: Node) -> None:
        """Add a node, or complete the one with the same identifier."""
        known = self._nodes.get(node.id)
        if known is None:
            self._nodes[node.id] = node
            return
        merged = {**known.attributes, **node.attributes}
        flows = [each.attributes.get("flows") for each in (known, node)]
        if all(isinstance(each, Mapping) for each in flows):
            merged["flows"] = _united(flows)
        if isinstance(known, DatasetNode) and isinstance(node, DatasetNode):
            known = replace(known, fields=node.fields or known.fields)
        self._nodes[node.id] = replace(known, attributes=Attributes(merged))

    def connect(self, source: NodeId, target: NodeId) -> None:
        """Add an edge and, where they are missing, bare nodes at its ends."""
        for node_id in (source, target):
            if node_id not in self._nodes:
                self._nodes[node_id] = _bare(node_id)
        self._edges[Edge(source, target)] = None

    def trace(self, source: FieldId, target: FieldId, *, dataset_wide: bool = False) -> None:
        """Add an edge between fields; the graph refuses it unless both datasets are added, too."""
        self._field_edges[FieldEdge(source, target, dataset_wide)] = None

    def add_graph(self, graph: LineageGraph) -> None:
        """Add everything a graph holds."""
        for node in graph.nodes:
            self.add(node)
        self._edges.update(dict.fromkeys(graph.edges))
        self._field_edges.update(dict.fromkeys(graph.field_edges))

    def __contains__(self, node_id: object) -> bool:
        """Tell whether a node with this identifier has been added."""
        return node_id in self._nodes

    def build(self) -> LineageGraph:
        """
        Return the graph of all that was added.

        :raises NodeNotFoundError: If a field edge ends at a dataset that was not added.
        """
        return LineageGraph(self._nodes.values(), self._edges, self._field_edges)


def _bare(node_id: NodeId) -> Node:
    """Return a node about which nothing is known."""
    if isinstance(node_id, DatasetId):
        return DatasetNode(node_id)
    return JobNode(node_id) if isinstance(node_id, JobId) else RunNode(node_id)


def _united(flows: Iterable[object]) -> dict[str, object]:
    """Unite mappings of outputs to inputs."""
    inputs: dict[str, set[object]] = {}
    for each in flows:
        for target, sources in each.items() if isinstance(each, Mapping) else ():
            inputs.setdefault(target, set()).update(sources if isinstance(sources, tuple) else ())
    return {target: tuple(sorted(map(str, sources))) for target, sources in inputs.items()}
