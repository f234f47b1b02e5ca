"""
Differences between two graphs: a closed set of changes that can be listed, told and applied.

``apply(diff(before, after), before) == after`` holds for any two graphs, and ``diff(graph, graph)`` is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from airflow_lineage_provider.exceptions import NodeNotFoundError
from airflow_lineage_provider.lineage.codec import edge_to_dict, node_id_to_dict, node_to_dict
from airflow_lineage_provider.lineage.graph import (
    Attributes,
    DatasetNode,
    Edge,
    Field,
    FieldEdge,
    LineageGraph,
    Node,
)
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, JobId, NodeId

__all__ = [
    "AttributesChanged",
    "Change",
    "EdgeAdded",
    "EdgeRemoved",
    "FieldsChanged",
    "GraphDiff",
    "NodeAdded",
    "NodeRemoved",
    "RetypedField",
    "apply",
    "describe",
    "diff",
]


@dataclass(frozen=True, slots=True)
class NodeAdded:
    """
    A node that was not there before.

    :param node: The node.
    """

    node: Node

    def to_dict(self) -> dict[str, Any]:
        """Write the change as JSON."""
        return {"type": "node_added", "node": node_to_dict(self.node)}


@dataclass(frozen=True, slots=True)
class NodeRemoved:
    """
    A node that is no longer there.

    :param node: The node as it was.
    """

    node: Node

    def to_dict(self) -> dict[str, Any]:
        """Write the change as JSON."""
        return {"type": "node_removed", "node": node_to_dict(self.node)}


@dataclass(frozen=True, slots=True)
class EdgeAdded:
    """
    An edge that was not there before.

    :param edge: The edge between nodes or between fields.
    """

    edge: Edge | FieldEdge

    def to_dict(self) -> dict[str, Any]:
        """Write the change as JSON."""
        return {"type": "edge_added", "edge": edge_to_dict(self.edge)}


@dataclass(frozen=True, slots=True)
class EdgeRemoved:
    """
    An edge that is no longer there.

    :param edge: The edge between nodes or between fields.
    """

    edge: Edge | FieldEdge

    def to_dict(self) -> dict[str, Any]:
        """Write the change as JSON."""
        return {"type": "edge_removed", "edge": edge_to_dict(self.edge)}


@dataclass(frozen=True, slots=True)
class RetypedField:
    """
    A field whose type is another.

    :param name: The field.
    :param before: Its type before.
    :param after: Its type after.
    """

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class FieldsChanged:
    """
    A schema that is another.

    :param dataset: The dataset.
    :param added: Fields that were not there before, in the order after.
    :param removed: Fields that are no longer there, in the order before.
    :param retyped: Fields with another type, in the order after.
    :param order: The names of all fields after; with no other change, only the order is another.
    """

    dataset: DatasetId
    added: tuple[Field, ...]
    removed: tuple[Field, ...]
    retyped: tuple[RetypedField, ...]
    order: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Write the change as JSON."""
        return {
            "type": "fields_changed",
            "dataset": self.dataset.source_identifier,
            "added": [{"name": each.name, "type": each.type} for each in self.added],
            "removed": [{"name": each.name, "type": each.type} for each in self.removed],
            "retyped": [
                {"name": each.name, "before": each.before, "after": each.after} for each in self.retyped
            ],
            "order": list(self.order),
        }


@dataclass(frozen=True, slots=True)
class AttributesChanged:
    """
    A node about which other things are known.

    :param node: The node.
    :param before: What was known and is no longer so.
    :param after: What is known now and was not so before.
    """

    node: NodeId
    before: Attributes
    after: Attributes

    def to_dict(self) -> dict[str, Any]:
        """Write the change as JSON."""
        return {
            "type": "attributes_changed",
            "node": node_id_to_dict(self.node),
            "before": self.before.thaw(),
            "after": self.after.thaw(),
        }


Change = NodeAdded | NodeRemoved | EdgeAdded | EdgeRemoved | FieldsChanged | AttributesChanged
"""Any change."""

_SomeChange = TypeVar(
    "_SomeChange", NodeAdded, NodeRemoved, EdgeAdded, EdgeRemoved, FieldsChanged, AttributesChanged
)


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """
    Everything that differs between two graphs; falsy if nothing does.

    :param changes: The changes: nodes added and removed, schemas, attributes, edges added and removed.
    """

    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any change."""
        return bool(self.changes)

    def __len__(self) -> int:
        """Count the changes."""
        return len(self.changes)

    def __iter__(self) -> Iterator[Change]:
        """Iterate over the changes."""
        return iter(self.changes)

    def of_type(self, change_type: type[_SomeChange]) -> tuple[_SomeChange, ...]:
        """Return the changes of one type, in order."""
        return tuple(each for each in self.changes if isinstance(each, change_type))

    def to_dict(self) -> dict[str, Any]:
        """Write the differences as JSON, each with a sentence for people."""
        return {"changes": [each.to_dict() | {"description": describe(each)} for each in self.changes]}


def diff(before: LineageGraph, after: LineageGraph) -> GraphDiff:
    """
    Compare two graphs.

    :param before: The earlier one.
    :param after: The later one.
    :return: The changes that turn ``before`` into ``after``; kind by kind, each in the order of the graph.
    """
    changes: list[Change] = [NodeAdded(node) for node in after.nodes if node.id not in before]
    changes += [NodeRemoved(node) for node in before.nodes if node.id not in after]
    kept = [(_node(before, node.id), node) for node in after.nodes if node.id in before]
    for old, new in kept:
        if isinstance(old, DatasetNode) and isinstance(new, DatasetNode) and old.fields != new.fields:
            changes.append(_fields_changed(old, new))
    changes += [_attributes_changed(old, new) for old, new in kept if old.attributes != new.attributes]
    changes += [EdgeAdded(edge) for edge in _edges(after) if edge not in before]
    changes += [EdgeRemoved(edge) for edge in _edges(before) if edge not in after]
    return GraphDiff(tuple(changes))


def apply(changes: GraphDiff | Iterable[Change], before: LineageGraph) -> LineageGraph:
    """
    Make the later graph from the earlier one and the changes.

    :raises NodeNotFoundError: If a change is about a node or an edge that ``before`` does not have.
    """
    nodes: dict[NodeId, Node] = {node.id: node for node in before.nodes}
    edges = dict.fromkeys(_edges(before))
    for change in changes:
        if isinstance(change, NodeAdded):
            nodes[change.node.id] = change.node
        elif isinstance(change, NodeRemoved):
            _take(nodes, change.node.id)
        elif isinstance(change, EdgeAdded):
            edges[change.edge] = None
        elif isinstance(change, EdgeRemoved):
            _take(edges, change.edge)
        elif isinstance(change, FieldsChanged):
            nodes[change.dataset] = _with_fields(_take(nodes, change.dataset), change)
        else:
            nodes[change.node] = _with_attributes(_take(nodes, change.node), change)
    return LineageGraph(
        nodes.values(),
        (edge for edge in edges if isinstance(edge, Edge)),
        (edge for edge in edges if isinstance(edge, FieldEdge)),
    )


def describe(change: Change) -> str:
    """Say in one sentence, for people, what a change is."""
    if isinstance(change, NodeAdded):
        return f"{_kind(change.node.id)} {change.node.id} is new."
    if isinstance(change, NodeRemoved):
        return f"{_kind(change.node.id)} {change.node.id} is gone."
    if isinstance(change, EdgeAdded):
        return f"{_told(change.edge)} is new."
    if isinstance(change, EdgeRemoved):
        return f"{_told(change.edge)} is gone."
    if isinstance(change, FieldsChanged):
        return _told_fields(change)
    names = ", ".join(sorted({*change.before, *change.after}))
    return f"{_kind(change.node)} {change.node} changed in {names}."


_Value = TypeVar("_Value")
_Key = TypeVar("_Key")


def _take(values: dict[_Key, _Value], key: _Key) -> _Value:
    """Remove and return what a change is about."""
    if key not in values:
        raise NodeNotFoundError(node=_told(key) if isinstance(key, Edge | FieldEdge) else str(key))
    return values.pop(key)


def _node(graph: LineageGraph, node_id: NodeId) -> Node:
    """Return a node of any kind."""
    return graph.node(node_id)


def _edges(graph: LineageGraph) -> Iterator[Edge | FieldEdge]:
    """Yield all edges, those between nodes first."""
    yield from graph.edges
    yield from graph.field_edges


def _fields_changed(old: DatasetNode, new: DatasetNode) -> FieldsChanged:
    """Compare two schemas."""
    before = {each.name: each for each in old.fields}
    after = {each.name: each for each in new.fields}
    return FieldsChanged(
        new.id,
        added=tuple(each for each in new.fields if each.name not in before),
        removed=tuple(each for each in old.fields if each.name not in after),
        retyped=tuple(
            RetypedField(each.name, before[each.name].type, each.type)
            for each in new.fields
            if each.name in before and before[each.name].type != each.type
        ),
        order=tuple(each.name for each in new.fields),
    )


def _attributes_changed(old: Node, new: Node) -> AttributesChanged:
    """Compare what is known of a node."""
    gone = {key: value for key, value in old.attributes.items() if (key, value) not in new.attributes.items()}
    come = {key: value for key, value in new.attributes.items() if (key, value) not in old.attributes.items()}
    return AttributesChanged(new.id, Attributes(gone), Attributes(come))


def _with_fields(node: Node, change: FieldsChanged) -> Node:
    """Return a dataset node with its schema changed."""
    known = node.fields if isinstance(node, DatasetNode) else ()
    fields = {FieldId(change.dataset, each.name): each for each in (*known, *change.added)}
    fields |= {FieldId(change.dataset, each.name): Field(each.name, each.after) for each in change.retyped}
    ordered = tuple(_take(fields, FieldId(change.dataset, name)) for name in change.order)
    return DatasetNode(change.dataset, ordered, node.attributes)


def _with_attributes(node: Node, change: AttributesChanged) -> Node:
    """Return a node with its attributes changed."""
    kept = {key: value for key, value in node.attributes.items() if key not in change.before}
    return replace(node, attributes=Attributes({**kept, **change.after}))


def _kind(node_id: NodeId) -> str:
    """Return the word for a kind of node, as a sentence begins."""
    if isinstance(node_id, DatasetId):
        return "Dataset"
    return "Job" if isinstance(node_id, JobId) else "Run"


def _told(edge: Edge | FieldEdge) -> str:
    """Name an edge for people."""
    if isinstance(edge, Edge):
        return f"The flow from {edge.source} to {edge.target}"
    how = "dataset-wide influence" if edge.dataset_wide else "column flow"
    source = f"{edge.source.name} of {edge.source.dataset}"
    return f"The {how} from {source} to {edge.target.name} of {edge.target.dataset}"


def _told_fields(change: FieldsChanged) -> str:
    """Say what changed in a schema."""
    said = []
    for word, fields in (("gained", change.added), ("lost", change.removed)):
        if fields:
            named = ", ".join(f"{each.name} ({each.type or 'type unknown'})" for each in fields)
            said.append(f"{word} {named}")
    said += [
        f"has {each.name} as {each.after or 'type unknown'} instead of {each.before or 'type unknown'}"
        for each in change.retyped
    ]
    return f"Dataset {change.dataset} {'; '.join(said) or 'has its columns in another order'}."
