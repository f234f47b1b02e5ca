"""
The lineage graph of one domain: nodes, their versions in time, and the edges each version has.

What an event says about a node is a *statement*; a version of a node is all that was said about it for one
event time (milliseconds). Versions and edges are computed from the statements, so taking an event back
undoes exactly what only that event said. All look-ups are by dictionary or bisection.

A graph of 100,000 nodes shall fit into a laptop. So a statement is kept as a :class:`Mention` without its
detail, which is read again from the event when somebody asks for it; a version is no object of its own but a
place in its node's lists; and every text that several mentions share is stored once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["Details", "Gist", "LineageGraph", "Mention", "Node", "NodeKind", "Statement"]

Details = Callable[[str], Mapping[str, Any]]
"""Tells the detail of what one event says about the node with this source identifier."""


class NodeKind(Enum):
    """The three kinds of lineage nodes; the value is the node's ``typeName``."""

    DATASET = "amazon.datazone.DatasetLineageNodeType"
    JOB = "amazon.datazone.JobLineageNodeType"
    RUN = "amazon.datazone.JobRunLineageNodeType"


@dataclass(frozen=True, slots=True)
class Gist:
    """
    What can be known of a detail without reading it, so that details which add nothing are never read.

    :param state: The event's type.
    :param facets: Names of the facets of the node itself.
    :param job_facets: Of a run: names of the facets of its job.
    """

    state: str | None = None
    facets: frozenset[str] = frozenset()
    job_facets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Statement:
    """
    What one event says about one node.

    :param source_identifier: The node's identity.
    :param name: What the node is called.
    :param upstream: Source identifiers of the nodes directly upstream, in the event's order.
    :param downstream: Source identifiers of the nodes directly downstream.
    :param detail: What the node's forms are made of.
    :param gist: What is in the detail; ``None`` if nobody has looked.
    """

    source_identifier: str
    kind: NodeKind
    name: str
    upstream: tuple[str, ...] = ()
    downstream: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    gist: Gist | None = None


@dataclass(slots=True, eq=False)
class _Report:
    """What the statements of one event have in common."""

    key: int
    by: str
    at: datetime
    details: Details


@dataclass(slots=True, eq=False)
class Mention:
    """A statement as its node keeps it."""

    node: Node
    report: _Report
    name: str
    upstream: tuple[str, ...]
    downstream: tuple[str, ...]
    gist: Gist | None

    @property
    def detail(self) -> Mapping[str, Any]:
        """Read again what the event says about the node."""
        return self.report.details(self.node.source_identifier)

    @property
    def key(self) -> int:
        """Return the version that the statement belongs to."""
        return self.report.key

    @property
    def updated_at(self) -> datetime:
        """Return when the event was stored."""
        return self.report.at

    @property
    def updated_by(self) -> str:
        """Return who posted the event."""
        return self.report.by


_Version = Mention | dict[Mention, None]
"""The only mention of a version or, where several events have its time, all of them in order of arrival."""


@dataclass(slots=True, eq=False)
class Node:
    """
    One node with its history.

    ``times`` holds the keys of the versions in order. ``upstream`` and ``downstream`` count, by source
    identifier, how many statements name that neighbour.
    """

    id: str
    source_identifier: str
    kind: NodeKind
    created_at: datetime
    created_by: str
    times: list[int] = field(default_factory=list)
    upstream: dict[str, int] = field(default_factory=dict)
    downstream: dict[str, int] = field(default_factory=dict)
    _versions: list[_Version] = field(default_factory=list)

    def newest(self, at: int | None = None) -> int | None:
        """Return the newest version's key, or the newest at or before ``at``; ``None`` if there is none."""
        index = len(self.times) if at is None else bisect_right(self.times, at)
        return self.times[index - 1] if index else None

    def first_since(self, at: int) -> int | None:
        """Return the key of the first version at or after ``at``."""
        index = bisect_left(self.times, at)
        return self.times[index] if index < len(self.times) else None

    def said_at(self, key: int) -> list[Mention]:
        """Return what was said for the time ``key``, in order of arrival."""
        return _mentions(self._versions[bisect_left(self.times, key)])

    def said(self, key: int) -> list[Mention]:
        """Return what makes up the version ``key``: of a job run, all that was said until then."""
        if self.kind is not NodeKind.RUN:
            return self.said_at(key)
        versions = self._versions[: bisect_right(self.times, key)]
        return [mention for version in versions for mention in _mentions(version)]

    def last_said(self, key: int) -> Mention:
        """Return what was said last for the time ``key``."""
        version = self._versions[bisect_left(self.times, key)]
        return version if isinstance(version, Mention) else next(reversed(version))

    def add(self, mention: Mention) -> None:
        """Add what an event said."""
        key = mention.report.key
        index = bisect_left(self.times, key)
        if index == len(self.times) or self.times[index] != key:
            self.times.insert(index, key)
            self._versions.insert(index, mention)
        else:
            version = self._versions[index]
            if isinstance(version, Mention):
                version = self._versions[index] = {version: None}
            version[mention] = None
        _count(self.upstream, mention.upstream, 1)
        _count(self.downstream, mention.downstream, 1)

    def remove(self, mention: Mention) -> None:
        """Take back what an event said; a version that nothing is left of disappears."""
        key = mention.report.key
        index = bisect_left(self.times, key)
        version = self._versions[index]
        if isinstance(version, dict):
            del version[mention]
        if not isinstance(version, dict) or not version:
            del self.times[index], self._versions[index]
        _count(self.upstream, mention.upstream, -1)
        _count(self.downstream, mention.downstream, -1)


class LineageGraph:
    """The nodes of one domain, found by id or by source identifier, and the links between datasets."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self._by_source: dict[str, Node] = {}
        self._said_by: dict[str, tuple[Mention, ...]] = {}
        self._gists: dict[Gist, Gist] = {}
        self._links_down: dict[str, dict[str, None]] = {}
        self._links_up: dict[str, dict[str, None]] = {}

    def find(self, identifier: str) -> Node | None:
        """Return the node with this id or source identifier."""
        return self.nodes.get(identifier) or self._by_source.get(identifier)

    def say(
        self,
        event_id: str,
        key: int,
        statements: Iterable[Statement],
        *,
        by: str,
        at: datetime,
        details: Details | None = None,
    ) -> None:
        """
        Record what an event says.

        :param event_id: What :meth:`unsay` takes the statements back by.
        :param key: The version all of them belong to.
        :param by: Who said it.
        :param at: When it was stored.
        :param details: Where the details are found again; ``None`` keeps those of the statements.
        """
        statements = list(statements)
        kept = {each.source_identifier: each.detail for each in statements} if details is None else {}
        report = _Report(key, by, at, details or kept.__getitem__)
        nodes = [self._node(statement, by=by, at=at) for statement in statements]
        shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        mentions = [
            self._mention(node, report, statement, shared)
            for node, statement in zip(nodes, statements, strict=True)
        ]
        for node, mention in zip(nodes, mentions, strict=True):
            node.add(mention)
        self._said_by[event_id] = (*self._said_by.get(event_id, ()), *mentions)

    def unsay(self, event_id: str) -> None:
        """Take back all an event said; a version and a node that nothing is left of disappear."""
        for mention in self._said_by.pop(event_id, ()):
            node = mention.node
            node.remove(mention)
            if not node.times:
                del self.nodes[node.id], self._by_source[node.source_identifier]

    def link(self, upstream: str, downstream: str) -> None:
        """Join two datasets by source identifier, outside of any event; they need not exist yet."""
        self._links_down.setdefault(upstream, {})[downstream] = None
        self._links_up.setdefault(downstream, {})[upstream] = None

    def unlink(self, upstream: str, downstream: str) -> None:
        """Take a link back."""
        for links, one, other in (
            (self._links_down, upstream, downstream),
            (self._links_up, downstream, upstream),
        ):
            found = links.get(one, {})
            found.pop(other, None)
            if not found:
                links.pop(one, None)

    def linked_upstream(self, node: Node) -> list[Node]:
        """Return the datasets linked to ``node`` on its upstream side."""
        return list(self._existing(self._links_up.get(node.source_identifier, ())))

    def linked_downstream(self, node: Node) -> list[Node]:
        """Return the datasets linked to ``node`` on its downstream side."""
        return list(self._existing(self._links_down.get(node.source_identifier, ())))

    def upstream_of(self, node: Node) -> list[Node]:
        """Return all direct upstream neighbours, over all versions."""
        return list(self.each_upstream_of(node))

    def downstream_of(self, node: Node) -> list[Node]:
        """Return all direct downstream neighbours, over all versions."""
        return list(self.each_downstream_of(node))

    def each_upstream_of(self, node: Node) -> Iterator[Node]:
        """Yield the upstream neighbours there are now, as far as they still exist when their turn comes."""
        yield from self._existing(tuple(node.upstream))
        yield from self.linked_upstream(node)

    def each_downstream_of(self, node: Node) -> Iterator[Node]:
        """Yield the downstream neighbours there are now, likewise."""
        yield from self._existing(tuple(node.downstream))
        yield from self.linked_downstream(node)

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

    def _mention(
        self,
        node: Node,
        report: _Report,
        statement: Statement,
        shared: dict[tuple[str, ...], tuple[str, ...]],
    ) -> Mention:
        """Make the mention of a node, out of texts and tuples that exist already where there are some."""
        name = statement.name
        if node.times:
            known = node.last_said(node.times[-1]).name
            name = known if known == name else name
        sides = []
        for side in (statement.upstream, statement.downstream):
            if side and side not in shared:
                shared[side] = tuple(self._own_text(each) for each in side)
            sides.append(shared[side] if side else ())
        gist = statement.gist and self._gists.setdefault(statement.gist, statement.gist)
        return Mention(node, report, name, sides[0], sides[1], gist)

    def _own_text(self, identifier: str) -> str:
        """Return the text that the node with this identifier keeps."""
        node = self._by_source.get(identifier)
        return identifier if node is None else node.source_identifier


def _mentions(version: _Version) -> list[Mention]:
    return [version] if isinstance(version, Mention) else list(version)


def _count(counts: dict[str, int], identifiers: Iterable[str], change: int) -> None:
    for identifier in identifiers:
        left = counts.get(identifier, 0) + change
        if left:
            counts[identifier] = left
        else:
            del counts[identifier]
