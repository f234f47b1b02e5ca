"""
Walk the catalog's lineage from some nodes, upstream and downstream.

Edges belong to versions of nodes: a dataset written by one run and read by another has a version with an
upstream neighbour and a later one with a downstream neighbour. So the newest version need not show who made
the dataset. The walk looks for the newest version that does, and follows each reference at *its* event time.

.. seealso::
    - AWS API: `ListLineageNodeHistory
      <https://docs.aws.amazon.com/datazone/latest/APIReference/API_ListLineageNodeHistory.html>`__
"""

from __future__ import annotations

import logging
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from airflow_lineage_provider.exceptions import ResourceNotFoundError
from airflow_lineage_provider.hooks.lineage_nodes import NodeVersion
from airflow_lineage_provider.lineage.builder import GraphBuilder
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, NodeId, RunId

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["CatalogWalk", "HistoryEntry"]

_log = logging.getLogger(__name__)

_MOST_NEIGHBOURS = 100  # LineageNodeReferenceList; what is beyond is not shown and cannot be paged for
_Reference = tuple[str, datetime | None]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """
    One version of a dataset in its history.

    :param at: Its event time.
    :param runs: The runs directly upstream of it.
    """

    at: datetime | None
    runs: tuple[RunId, ...]


class CatalogWalk:
    """
    Read nodes, each version once, and gather what connects them.

    :param hook: The hook to call with.
    :param domain_id: The domain.
    :param at: Show the lineage as it was then; ``None`` for now.
    :param depth: How many edges to follow on each side.
    """

    def __init__(self, hook: DataZoneHook, domain_id: str, *, at: datetime | None, depth: int) -> None:
        self.hook = hook
        self.domain_id = domain_id
        self.at = at
        self.depth = depth
        self._read: dict[_Reference, NodeVersion] = {}
        self._reached: dict[_Reference, NodeVersion] = {}
        self._edges: dict[tuple[NodeId, NodeId], None] = {}

    @property
    def runs(self) -> list[tuple[RunId, datetime | None]]:
        """The runs that were reached, each with the event time of its version."""
        return [
            (version.id, version.at) for version in self._reached.values() if isinstance(version.id, RunId)
        ]

    def add_root(self, source_identifier: str) -> NodeVersion | None:
        """
        Walk from a node to both sides; return its version, ``None`` if the catalog does not have it.

        :param source_identifier: Source identifier or node id.
        """
        try:
            root = self._version(source_identifier, self.at)
        except ResourceNotFoundError:
            return None
        self._walk(root, upstream=True)
        self._walk(root, upstream=False)
        return root

    def history(self, source_identifier: str, *, limit: int) -> list[HistoryEntry]:
        """Return the newest versions of a dataset, newest first, with the runs that made them."""
        summaries = self.hook.list_lineage_node_history(self.domain_id, source_identifier, not_after=self.at)
        entries = []
        for summary in islice(summaries, limit):
            version = self._version(str(summary["id"]), summary.get("eventTimestamp"))
            found = (self._neighbour(reference) for reference in version.upstream)
            runs = tuple(each.id for each in found if each is not None and isinstance(each.id, RunId))
            entries.append(HistoryEntry(version.at, runs))
        return entries

    def lay_into(self, builder: GraphBuilder) -> None:
        """Add what was reached to a graph; a later version of a node lies over an earlier one."""
        for version in sorted(self._reached.values(), key=_moment):
            for node in version.to_nodes():
                builder.add(node)
        for source, target in self._edges:
            builder.connect(source, target)

    def trace_columns(self, builder: GraphBuilder, *, known: Container[DatasetId]) -> None:
        """Trace columns by what the nodes' forms tell, for datasets that are not traced yet."""
        for version in self._reached.values():
            if not isinstance(version.id, DatasetId) or version.id in known:
                continue
            for column, source, source_column in version.column_sources():
                if source in builder:
                    builder.trace(FieldId(source, source_column), FieldId(version.id, column))

    def _walk(self, root: NodeVersion, *, upstream: bool) -> None:
        """Follow references to one side, each at its own event time."""
        self._reach(root)
        begun = {(root.node_id, root.at)}
        waiting = [(root, 0)]
        while waiting:
            version, distance = waiting.pop()
            if distance == self.depth:
                continue
            for reference in self._references(version, upstream=upstream):
                neighbour = self._neighbour(reference)
                if neighbour is None:
                    continue
                self._reach(neighbour)
                ends = (neighbour.id, version.id) if upstream else (version.id, neighbour.id)
                self._edges[ends] = None
                key = (neighbour.node_id, neighbour.at)
                if key not in begun:
                    begun.add(key)
                    waiting.append((neighbour, distance + 1))

    def _reach(self, version: NodeVersion) -> None:
        """Note that a version belongs to the lineage."""
        self._reached[version.node_id, version.at] = version

    def _references(self, version: NodeVersion, *, upstream: bool) -> tuple[_Reference, ...]:
        """
        Return the neighbours on one side.

        A dataset's own version need not have them. Upstream the newest version that does counts, at or before
        this one: it says who made the data. Downstream the newest of all says who read it last.
        """
        own = version.upstream if upstream else version.downstream
        if not isinstance(version.id, DatasetId) or (upstream and own):
            return self._checked(version, own)
        history = self.hook.list_lineage_node_history(
            self.domain_id,
            version.node_id,
            direction="UPSTREAM" if upstream else "DOWNSTREAM",
            not_after=version.at if upstream else self.at,
            page_size=1,
        )
        for summary in history:
            other = self._version(version.node_id, summary.get("eventTimestamp"))
            newer = other.upstream if upstream else other.downstream
            return self._checked(version, tuple(dict.fromkeys((*newer, *own))))
        return own

    def _checked(self, version: NodeVersion, references: tuple[_Reference, ...]) -> tuple[_Reference, ...]:
        """Warn where the catalog may know of more neighbours than it shows."""
        if len(references) >= _MOST_NEIGHBOURS:
            _log.warning("Node %s has %d neighbours or more on one side", version.id, _MOST_NEIGHBOURS)
        return references

    def _neighbour(self, reference: _Reference) -> NodeVersion | None:
        """Read a neighbour; one that has been deleted in the meantime is left out."""
        try:
            return self._version(*reference)
        except ResourceNotFoundError:
            _log.warning("Lineage node %s is referred to, but does not exist", reference[0])
            return None

    def _version(self, identifier: str, at: datetime | None) -> NodeVersion:
        """Read a version of a node, once."""
        key = (identifier, at)
        if key not in self._read:
            answer = self.hook.get_lineage_node(self.domain_id, identifier, event_timestamp=at)
            version = NodeVersion.from_answer(answer)
            self._read[key] = self._read[version.node_id, version.at] = version
        return self._read[key]


def _moment(version: NodeVersion) -> float:
    """Return the event time as a number."""
    return version.at.timestamp() if version.at else 0.0
