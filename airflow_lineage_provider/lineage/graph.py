"""
The lineage graph: immutable nodes and edges, membership in O(1), one defined order.

Edges go the way the data flows: dataset → run → dataset, as SageMaker Catalog draws it. A job node carries
what is known of the job and has no edges of its own. A run that reads and writes several datasets does not
mix them all: its attribute ``flows`` maps the source identifier of an output to those of the inputs that
went into it. Where an output is listed there, :meth:`LineageGraph.inputs_into` and everything built on it
follow only those inputs; where it is not, every input of the run counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, overload

from airflow_lineage_provider.exceptions import InvalidIdentifierError, NodeNotFoundError
from airflow_lineage_provider.lineage.elements import (
    Attributes,
    DatasetNode,
    Edge,
    Field,
    FieldEdge,
    JobNode,
    Node,
    RunNode,
)
from airflow_lineage_provider.lineage.identifiers import (
    DatasetId,
    FieldId,
    JobId,
    NodeId,
    RunId,
    node_sort_key,
)
from airflow_lineage_provider.lineage.naming import glue_table_of

__all__ = [
    "Attributes",
    "DatasetNode",
    "Edge",
    "Field",
    "FieldEdge",
    "JobNode",
    "LineageGraph",
    "Node",
    "RunNode",
    "resolve_dataset",
]

_Key = TypeVar("_Key")
_Item = TypeVar("_Item")


class LineageGraph:
    """
    An immutable graph of datasets, jobs and runs.

    Nodes are sorted by kind and source identifier, edges by their ends; two graphs with the same content are
    equal, however they were made.

    :param nodes: The nodes; of several with one identifier the last one counts.
    :param edges: Edges between them.
    :param field_edges: Edges between fields of dataset nodes; a field need not be part of its node's schema.
    :raises NodeNotFoundError: If an edge ends at a node that is not there.
    """

    __slots__ = (
        "_edges",
        "_fed",
        "_feeding",
        "_field_edges",
        "_field_sources",
        "_field_targets",
        "_flowing",
        "_nodes",
        "_predecessors",
        "_spellings",
        "_successors",
    )
    _nodes: dict[NodeId, Node]
    _edges: dict[Edge, None]
    _field_edges: dict[FieldEdge, None]
    _successors: dict[NodeId, tuple[NodeId, ...]]
    _predecessors: dict[NodeId, tuple[NodeId, ...]]
    _field_targets: dict[FieldId, tuple[FieldId, ...]]
    _field_sources: dict[FieldId, tuple[FieldId, ...]]
    _flowing: frozenset[NodeId]
    _feeding: dict[tuple[NodeId, NodeId], tuple[NodeId, ...]]
    _fed: dict[tuple[NodeId, NodeId], tuple[NodeId, ...]]
    _spellings: dict[str, tuple[DatasetId, ...]]

    def __init__(
        self,
        nodes: Iterable[Node] = (),
        edges: Iterable[Edge] = (),
        field_edges: Iterable[FieldEdge] = (),
    ) -> None:
        by_id: dict[NodeId, Node] = {node.id: node for node in nodes}
        put = object.__setattr__
        put(self, "_nodes", {each: by_id[each] for each in sorted(by_id, key=node_sort_key)})
        joined = {Edge(self.node(edge.source).id, self.node(edge.target).id) for edge in edges}
        put(self, "_edges", dict.fromkeys(sorted(joined, key=Edge.sort_key)))
        traced = {self._own(edge) for edge in field_edges}
        put(self, "_field_edges", dict.fromkeys(sorted(traced, key=FieldEdge.sort_key)))
        put(self, "_successors", _grouped((edge.source, edge.target) for edge in self._edges))
        put(self, "_predecessors", _grouped((edge.target, edge.source) for edge in self._edges))
        told = [edge for edge in self._field_edges if not edge.dataset_wide]
        put(self, "_field_targets", _grouped((edge.source, edge.target) for edge in told))
        put(self, "_field_sources", _grouped((edge.target, edge.source) for edge in told))
        self._read_flows()
        put(self, "_spellings", _grouped(_spelled(node.id for node in self.datasets)))

    def _own(self, edge: FieldEdge) -> FieldEdge:
        """Return the edge with its datasets spelled as their nodes spell them."""
        source, target = self.node(edge.source.dataset).id, self.node(edge.target.dataset).id
        if source is edge.source.dataset and target is edge.target.dataset:
            return edge
        ends = FieldId(source, edge.source.name), FieldId(target, edge.target.name)
        return FieldEdge(*ends, edge.dataset_wide)

    def _read_flows(self) -> None:
        """Read the runs' ``flows``: by run and output the inputs, by run and input the outputs."""
        feeding: dict[tuple[NodeId, NodeId], tuple[NodeId, ...]] = {}
        flowing: set[NodeId] = set()
        for run in self.runs:
            flows = run.attributes.get("flows")
            if not isinstance(flows, Mapping):
                continue
            flowing.add(run.id)
            inputs = self.predecessors(run.id)
            by_text = {each.source_identifier: each for each in inputs}
            for target in self.successors(run.id):
                named = flows.get(target.source_identifier)
                if isinstance(named, tuple):
                    texts = sorted({text for text in named if isinstance(text, str) and text in by_text})
                    feeding[run.id, target] = tuple(by_text[text] for text in texts)
                else:
                    feeding[run.id, target] = inputs
        fed = (((run, each), target) for (run, target), sources in feeding.items() for each in sources)
        object.__setattr__(self, "_flowing", frozenset(flowing))
        object.__setattr__(self, "_feeding", feeding)
        object.__setattr__(self, "_fed", _grouped(fed))

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes: datasets, jobs, runs."""
        return tuple(self._nodes.values())

    @property
    def datasets(self) -> tuple[DatasetNode, ...]:
        """All dataset nodes."""
        return tuple(node for node in self._nodes.values() if isinstance(node, DatasetNode))

    @property
    def jobs(self) -> tuple[JobNode, ...]:
        """All job nodes."""
        return tuple(node for node in self._nodes.values() if isinstance(node, JobNode))

    @property
    def runs(self) -> tuple[RunNode, ...]:
        """All run nodes."""
        return tuple(node for node in self._nodes.values() if isinstance(node, RunNode))

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges between nodes."""
        return tuple(self._edges)

    @property
    def field_edges(self) -> tuple[FieldEdge, ...]:
        """All edges between fields."""
        return tuple(self._field_edges)

    def __contains__(self, item: object) -> bool:
        """Tell whether a node (by its identifier), an edge or a field edge is there."""
        return item in self._nodes or item in self._edges or item in self._field_edges

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self._nodes)

    def __eq__(self, other: object) -> bool:
        """Compare nodes with all they carry, edges and field edges."""
        if not isinstance(other, LineageGraph):
            return NotImplemented
        return (
            self._nodes == other._nodes
            and self._edges == other._edges
            and self._field_edges == other._field_edges
        )

    def __hash__(self) -> int:
        """Hash nodes and edges."""
        return hash((self.nodes, self.edges, self.field_edges))

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse any change."""
        raise AttributeError(f"A lineage graph is immutable; {name!r} cannot be set.")

    def __reduce__(self) -> tuple[type[LineageGraph], tuple[object, ...]]:
        """Pickle as nodes and edges."""
        return LineageGraph, (self.nodes, self.edges, self.field_edges)

    def __repr__(self) -> str:
        """Say how large the graph is."""
        return (
            f"<LineageGraph: {len(self._nodes)} nodes, {len(self._edges)} edges, "
            f"{len(self._field_edges)} field edges>"
        )

    @overload
    def node(self, node_id: DatasetId) -> DatasetNode: ...
    @overload
    def node(self, node_id: JobId) -> JobNode: ...
    @overload
    def node(self, node_id: RunId) -> RunNode: ...
    def node(self, node_id: NodeId) -> Node:
        """
        Return the node with this identifier.

        :raises NodeNotFoundError: If it is not there.
        """
        try:
            return self._nodes[node_id]
        except KeyError:
            raise NodeNotFoundError(node=str(node_id)) from None

    def predecessors(self, node_id: NodeId) -> tuple[NodeId, ...]:
        """
        Return the nodes one edge upstream, sorted.

        :raises NodeNotFoundError: If the node is not there.
        """
        self.node(node_id)
        return self._predecessors.get(node_id, ())

    def successors(self, node_id: NodeId) -> tuple[NodeId, ...]:
        """
        Return the nodes one edge downstream, sorted.

        :raises NodeNotFoundError: If the node is not there.
        """
        self.node(node_id)
        return self._successors.get(node_id, ())

    def has_flows(self, run: NodeId) -> bool:
        """Tell whether it is known which inputs of this run went into which outputs."""
        return run in self._flowing

    def inputs_into(self, run: NodeId, target: NodeId) -> tuple[NodeId, ...]:
        """
        Return the inputs of a run that went into one of its outputs, sorted.

        :raises NodeNotFoundError: If the run is not there.
        """
        return self._feeding.get((run, target), ()) if self.has_flows(run) else self.predecessors(run)

    def outputs_from(self, run: NodeId, source: NodeId) -> tuple[NodeId, ...]:
        """
        Return the outputs of a run that one of its inputs went into, sorted.

        :raises NodeNotFoundError: If the run is not there.
        """
        return self._fed.get((run, source), ()) if self.has_flows(run) else self.successors(run)

    def field_sources(self, field: FieldId) -> tuple[FieldId, ...]:
        """Return the fields this one is made from, sorted; dataset-wide influences are not among them."""
        return self._field_sources.get(field, ())

    def field_targets(self, field: FieldId) -> tuple[FieldId, ...]:
        """Return the fields made from this one, sorted; dataset-wide influences are not among them."""
        return self._field_targets.get(field, ())

    def datasets_spelled(self, text: str) -> tuple[DatasetId, ...]:
        """Return the datasets called ``namespace/name``, or ``database.table`` in Glue; at best one."""
        return self._spellings.get(text, ())


def _grouped(pairs: Iterable[tuple[_Key, _Item]]) -> dict[_Key, tuple[_Item, ...]]:
    """Gather the second members by the first, in the order they come."""
    lists: dict[_Key, list[_Item]] = {}
    for key, item in pairs:
        lists.setdefault(key, []).append(item)
    return {key: tuple(items) for key, items in lists.items()}


def _spelled(datasets: Iterable[DatasetId]) -> Iterator[tuple[str, DatasetId]]:
    """Yield the ways a person may write a dataset besides its source identifier."""
    for each in datasets:
        if (joined := f"{each.namespace}/{each.name}") != each.source_identifier:
            yield joined, each
        if table := glue_table_of(each):
            yield ".".join(table), each


def resolve_dataset(graph: LineageGraph, dataset: DatasetId | str) -> DatasetId:
    """
    Find the one dataset of a graph that is meant.

    A text may be a source identifier, ``namespace/name``, or ``database.table`` for a table of the Glue Data
    Catalog; the first kind that fits decides.

    :param graph: Where to look.
    :param dataset: An identifier, or a text as above.
    :raises NodeNotFoundError: If there is no such dataset.
    :raises InvalidIdentifierError: If the text is empty or fits several datasets.
    """
    wanted = DatasetId.parse(dataset) if isinstance(dataset, str) else dataset
    if wanted in graph:
        return graph.node(wanted).id
    found = graph.datasets_spelled(wanted.source_identifier)
    if len(found) > 1:
        named = " and ".join(str(each) for each in found)
        raise InvalidIdentifierError(
            text=str(wanted), wanted=f"the name of one dataset: {named} fit; give the source identifier"
        )
    if not found:
        raise NodeNotFoundError(node=str(wanted))
    return found[0]
