"""
The lineage graph of one domain: nodes, their versions in time, and the edges each version has.

What an event says about a node is a *statement*; a version of a node is all that was said about it for one
event time (milliseconds). Versions and edges are computed from the statements, so taking an event back
undoes exactly what only that event said. All look-ups are by dictionary or bisection.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["LineageGraph", "Node", "NodeKind", "Statement", "Version"]


class NodeKind(Enum):
    """The three kinds of lineage nodes; the value is the node's ``typeName``."""

    DATASET = "amazon.datazone.DatasetLineageNodeType"
    JOB = "amazon.datazone.JobLineageNodeType"
    RUN = "amazon.datazone.JobRunLineageNodeType"


@dataclass(frozen=True, slots=True)
class Statement:
    """
    What one event says about one node.

    :param source_identifier: The node's identity.
    :param name: What the node is called.
    :param upstream: Source identifiers of the nodes directly upstream, in the event's order.
    :param downstream: Source identifiers of the nodes directly downstream.
    :param detail: What the node's forms are made of.
    """

    source_identifier: str
    kind: NodeKind
    name: str
    upstream: tuple[str, ...] = ()
    downstream: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Version:
    """All that was said about a node for one event time, by event id, in order of arrival."""

    statements: dict[str, Statement]
    updated_at: datetime
    updated_by: str


@dataclass(slots=True)
class Node:
    """
    One node with its history.

    ``times`` holds the keys of ``versions`` in order. ``upstream`` and ``downstream`` count, by source
    identifier, how many statements name that neighbour.
    """

    id: str
    source_identifier: str
    kind: NodeKind
    created_at: datetime
    created_by: str
    times: list[int] = field(default_factory=list)
    versions: dict[int, Version] = field(default_factory=dict)
    upstream: dict[str, int] = field(default_factory=dict)
    downstream: dict[str, int] = field(default_factory=dict)

    def newest(self, at: int | None = None) -> int | None:
        """Return the newest version's key, or the newest at or before ``at``; ``None`` if there is none."""
        index = len(self.times) if at is None else bisect_right(self.times, at)
        return self.times[index - 1] if index else None

    def first_since(self, at: int) -> int | None:
        """Return the key of the first version at or after ``at``."""
        index = bisect_left(self.times, at)
        return self.times[index] if index < len(self.times) else None

    def said(self, key: int) -> list[Statement]:
        """Return what makes up the version ``key``: of a job run, all that was said until then."""
        keys = self.times[: bisect_right(self.times, key)] if self.kind is NodeKind.RUN else [key]
        return [statement for each in keys for statement in self.versions[each].statements.values()]

    def name_at(self, key: int) -> str:
        """Return what the node is called in the version ``key``."""
        return self.said(key)[-1].name


class LineageGraph:
    """
    The nodes of one domain, found by id or by source identifier, and the links between datasets.

    ``walks`` is for whoever wants to keep what it found by walking: any change of the graph empties it.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.walks: dict[tuple[str, str, int], list[Node]] = {}
        self._by_source: dict[str, Node] = {}
        self._said_by: dict[str, list[tuple[str, int]]] = {}
        self._links_down: dict[str, dict[str, None]] = {}
        self._links_up: dict[str, dict[str, None]] = {}

    def find(self, identifier: str) -> Node | None:
        """Return the node with this id or source identifier."""
        return self.nodes.get(identifier) or self._by_source.get(identifier)

    def say(self, event_id: str, key: int, statements: Iterable[Statement], *, by: str, at: datetime) -> None:
        """
        Record what an event says.

        :param event_id: What :meth:`unsay` takes the statements back by.
        :param key: The version all of them belong to.
        :param by: Who said it.
        :param at: When it was stored.
        """
        self.walks.clear()
        for statement in statements:
            node = self._node(statement, by=by, at=at)
            version = node.versions.get(key)
            if version is None:
                version = node.versions[key] = Version({}, at, by)
                insort(node.times, key)
            version.statements[event_id] = statement
            version.updated_at, version.updated_by = at, by
            _count(node.upstream, statement.upstream, 1)
            _count(node.downstream, statement.downstream, 1)
            self._said_by.setdefault(event_id, []).append((node.id, key))

    def unsay(self, event_id: str) -> None:
        """Take back all an event said; a version and a node that nothing is left of disappear."""
        self.walks.clear()
        for node_id, key in self._said_by.pop(event_id, ()):
            node = self.nodes[node_id]
            statement = node.versions[key].statements.pop(event_id)
            _count(node.upstream, statement.upstream, -1)
            _count(node.downstream, statement.downstream, -1)
            if not node.versions[key].statements:
                del node.versions[key]
                del node.times[bisect_left(node.times, key)]
            if not node.versions:
                del self.nodes[node_id], self._by_source[node.source_identifier]

    def link(self, upstream: str, downstream: str) -> None:
        """Join two datasets by source identifier, outside of any event; they need not exist yet."""
        self.walks.clear()
        self._links_down.setdefault(upstream, {})[downstream] = None
        self._links_up.setdefault(downstream, {})[upstream] = None

    def unlink(self, upstream: str, downstream: str) -> None:
        """Take a link back."""
        self.walks.clear()
        self._links_down.get(upstream, {}).pop(downstream, None)
        self._links_up.get(downstream, {}).pop(upstream, None)

    def linked_upstream(self, node: Node) -> list[Node]:
        """Return the datasets linked to ``node`` on its upstream side."""
        return list(self._existing(self._links_up.get(node.source_identifier, ())))

    def linked_downstream(self, node: Node) -> list[Node]:
        """Return the datasets linked to ``node`` on its downstream side."""
        return list(self._existing(self._links_down.get(node.source_identifier, ())))

    def upstream_of(self, node: Node) -> list[Node]:
        """Return all direct upstream neighbours, over all versions."""
        return [*self._existing(node.upstream), *self.linked_upstream(node)]

    def downstream_of(self, node: Node) -> list[Node]:
        """Return all direct downstream neighbours, over all versions."""
        return [*self._existing(node.downstream), *self.linked_downstream(node)]

    def _existing(self, identifiers: Iterable[str]) -> Iterator[Node]:
        for identifier in identifiers:
            node = self._by_source.get(identifier)
            if node is not None:
                yield node

    def _node(self, statement: Statement, *, by: str, at: datetime) -> Node:
        node = self._by_source.get(statement.source_identifier)
        if node is None:
            node = Node(RUNTIME.new_id(), statement.source_identifier, statement.kind, at, by)
            self.nodes[node.id] = self._by_source[node.source_identifier] = node
        return node


def _count(counts: dict[str, int], identifiers: Iterable[str], change: int) -> None:
    for identifier in identifiers:
        left = counts.get(identifier, 0) + change
        if left:
            counts[identifier] = left
        else:
            del counts[identifier]
