"""
Walks through the lineage graph: breadth first, and no farther than somebody looks.

A page of a query needs the first few dozen of what may be 100,000 reachable nodes. So a walk goes on page by
page; the pages of one walk neither repeat nor skip a node, whatever is posted meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import count

from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import LineageGraph, Node

__all__ = ["Walk", "Walks", "reachable"]

_MOST_WALKS = 32


def reachable(graph: LineageGraph, root: Node, *, direction: str, hops: int) -> Iterator[Node]:
    """
    Yield the nodes within so many hops, breadth first, the root at the beginning.

    The graph may change while the iterator waits: a node is expanded as it is when its turn comes.

    :param direction: ``IN`` goes upstream, ``OUT`` downstream.
    """
    step = graph.each_upstream_of if direction == "IN" else graph.each_downstream_of
    seen = {root.id}
    level = [root]
    yield root
    for _ in range(hops):
        following: list[Node] = []
        for node in level:
            for neighbour in step(node):
                if neighbour.id not in seen:
                    seen.add(neighbour.id)
                    following.append(neighbour)
                    yield neighbour
        level = following


class Walk:
    """
    One walk, remembered as far as it went.

    :param number: Tells it from all other walks of its domain.
    :param nodes: The nodes still to come.
    """

    def __init__(self, number: int, nodes: Iterator[Node]) -> None:
        self.number = number
        self._to_come = nodes
        self._found: list[Node] = []

    def since(self, position: int) -> Iterator[tuple[int, Node]]:
        """Yield positions and nodes from ``position`` on, walking on where need be."""
        while True:
            while position >= len(self._found):
                node = next(self._to_come, None)
                if node is None:
                    return
                self._found.append(node)
            yield position, self._found[position]
            position += 1


class Walks:
    """The walks of one domain that have a page to come; the longest unused are forgotten."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._walks: OrderedDict[int, Walk] = OrderedDict()

    def begin(self, nodes: Iterator[Node]) -> Walk:
        """Begin a walk."""
        return Walk(next(self._numbers), nodes)

    def keep(self, walk: Walk) -> None:
        """Keep a walk for its next page."""
        self._walks[walk.number] = walk
        self._walks.move_to_end(walk.number)
        if len(self._walks) > _MOST_WALKS:
            self._walks.popitem(last=False)

    def kept(self, number: int) -> Walk | None:
        """Return a walk that was kept."""
        return self._walks.get(number)
