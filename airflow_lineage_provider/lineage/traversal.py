"""
Walks through a lineage graph: iterative, linear in nodes and edges, in a defined order.

A walk through a run follows only those of its inputs and outputs that belong together, where the graph knows
which do (see :mod:`airflow_lineage_provider.lineage.graph`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from airflow_lineage_provider.lineage.graph import LineageGraph
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, NodeId, node_sort_key

__all__ = [
    "cycles",
    "downstream",
    "field_origins",
    "field_upstream",
    "has_path",
    "layers",
    "origins",
    "paths",
    "shortest_path",
    "upstream",
]

_State = tuple[NodeId, NodeId | None]
"""A node and, for a run whose flows are known, the neighbour it was entered from."""


def upstream(graph: LineageGraph, node_id: NodeId, *, depth: int | None = None) -> tuple[NodeId, ...]:
    """
    Return the nodes the data of a node comes from, nearest first; the node itself only if it is on a cycle.

    :param graph: The graph.
    :param node_id: Where to start.
    :param depth: The largest number of edges to follow; ``None`` for all.
    :raises NodeNotFoundError: If the node is not there.
    """
    return _reached(graph, node_id, _up, depth)


def downstream(graph: LineageGraph, node_id: NodeId, *, depth: int | None = None) -> tuple[NodeId, ...]:
    """
    Return the nodes the data of a node goes to, nearest first; the node itself only if it is on a cycle.

    :param graph: The graph.
    :param node_id: Where to start.
    :param depth: The largest number of edges to follow; ``None`` for all.
    :raises NodeNotFoundError: If the node is not there.
    """
    return _reached(graph, node_id, _down, depth)


def origins(graph: LineageGraph, dataset: DatasetId) -> tuple[DatasetId, ...]:
    """
    Return the datasets upstream of a dataset that have nothing upstream themselves, sorted.

    :raises NodeNotFoundError: If the dataset is not there.
    """
    found = (each for each in upstream(graph, dataset) if isinstance(each, DatasetId))
    return tuple(sorted(each for each in found if not graph.predecessors(each)))


def has_path(graph: LineageGraph, source: NodeId, target: NodeId) -> bool:
    """
    Tell whether data flows from one node to another, over at least one edge.

    :raises NodeNotFoundError: If one of them is not there.
    """
    return bool(shortest_path(graph, source, target))


def shortest_path(graph: LineageGraph, source: NodeId, target: NodeId) -> tuple[NodeId, ...]:
    """
    Return the nodes on a shortest way from ``source`` to ``target``, both included; empty if there is none.

    Of several, the one whose nodes sort first. From a node to itself it is the shortest cycle.

    :raises NodeNotFoundError: If one of them is not there.
    """
    graph.node(target)
    parents: dict[_State, _State] = {}
    for state, _, parent in _walk(graph, source, _down, None):
        parents[state] = parent
        if state[0] == target:
            way = [target]
            before = parent
            while before != (source, None):
                way.append(before[0])
                before = parents[before]
            return (source, *reversed(way))
    return ()


def paths(
    graph: LineageGraph, source: NodeId, target: NodeId, *, limit: int = 100
) -> Iterator[tuple[NodeId, ...]]:
    """
    Yield the ways from ``source`` to ``target`` that visit no node twice, in the order of their nodes.

    There may be exponentially many: the walk stays on nodes from which the target can be reached and ends
    after ``limit`` ways. From a node to itself they are its cycles.

    :param graph: The graph.
    :param source: First node.
    :param target: Last node.
    :param limit: The largest number of ways.
    :raises NodeNotFoundError: If one of the nodes is not there.
    """
    useful = {target, *upstream(graph, target)}
    way: list[NodeId] = [source]
    on_way = {source}
    branches = [iter(_down(graph, (source, None)))]
    found = 0
    while branches and found < limit:
        step = next(branches[-1], None)
        if step is None:
            branches.pop()
            on_way.discard(way.pop())
        elif step[0] == target:
            found += 1
            yield (*way, target)
        elif step[0] in useful and step[0] not in on_way:
            way.append(step[0])
            on_way.add(step[0])
            branches.append(iter(_down(graph, step)))


def field_upstream(graph: LineageGraph, field: FieldId) -> tuple[FieldId, ...]:
    """
    Return the fields a field is made from, over any number of edges, nearest first.

    Dataset-wide influences are not followed.

    :raises NodeNotFoundError: If the field's dataset is not there.
    """
    graph.node(field.dataset)
    seen: dict[FieldId, None] = {}
    queue = deque(graph.field_sources(field))
    while queue:
        each = queue.popleft()
        if each not in seen:
            seen[each] = None
            queue.extend(graph.field_sources(each))
    return tuple(seen)


def field_origins(graph: LineageGraph, field: FieldId) -> tuple[FieldId, ...]:
    """
    Return the fields upstream of a field that are made from no other, sorted.

    :raises NodeNotFoundError: If the field's dataset is not there.
    """
    return tuple(sorted(each for each in field_upstream(graph, field) if not graph.field_sources(each)))


def cycles(graph: LineageGraph) -> tuple[tuple[NodeId, ...], ...]:
    """
    Return the groups of nodes that all lead to one another, each sorted, sorted by their first node.

    A node with an edge to itself is such a group. Flows through runs are not looked at.
    """
    found = [
        tuple(sorted(group, key=node_sort_key))
        for group in _components(graph)
        if len(group) > 1 or group[0] in graph.successors(group[0])
    ]
    return tuple(sorted(found, key=lambda group: node_sort_key(group[0])))


def layers(graph: LineageGraph) -> tuple[tuple[NodeId, ...], ...]:
    """
    Put every node in the layer after the last of its predecessors'; nodes of a cycle share a layer.

    :return: The layers, sources first, each sorted.
    """
    place: dict[NodeId, int] = {}
    for group in _components(graph):
        before = [place[each] for node in group for each in graph.predecessors(node) if each in place]
        place.update(dict.fromkeys(group, max(before, default=-1) + 1))
    found: list[list[NodeId]] = [[] for _ in range(max(place.values(), default=-1) + 1)]
    for node_id in sorted(place, key=node_sort_key):
        found[place[node_id]].append(node_id)
    return tuple(tuple(each) for each in found)


_Steps = Callable[[LineageGraph, _State], Iterable[_State]]


def _up(graph: LineageGraph, state: _State) -> Iterable[_State]:
    """Return the states one edge upstream."""
    node, entered_from = state
    found = graph.predecessors(node) if entered_from is None else graph.inputs_into(node, entered_from)
    return _states(graph, found, node)


def _down(graph: LineageGraph, state: _State) -> Iterable[_State]:
    """Return the states one edge downstream."""
    node, entered_from = state
    found = graph.successors(node) if entered_from is None else graph.outputs_from(node, entered_from)
    return _states(graph, found, node)


def _states(graph: LineageGraph, found: Iterable[NodeId], node: NodeId) -> Iterable[_State]:
    """Pair each node with where it was entered from, if that decides how to go on."""
    return [(each, node if graph.has_flows(each) else None) for each in found]


def _walk(
    graph: LineageGraph, start: NodeId, steps: _Steps, depth: int | None
) -> Iterator[tuple[_State, int, _State]]:
    """Yield every state that can be reached, breadth first, its distance and where it was reached from."""
    graph.node(start)
    first: _State = (start, None)
    queue: deque[tuple[_State, int]] = deque([(first, 0)])
    seen: set[_State] = set()
    while queue:
        state, distance = queue.popleft()
        if depth is not None and distance >= depth:
            continue
        for each in steps(graph, state):
            if each not in seen:
                seen.add(each)
                yield each, distance + 1, state
                queue.append((each, distance + 1))


def _reached(graph: LineageGraph, start: NodeId, steps: _Steps, depth: int | None) -> tuple[NodeId, ...]:
    """Return the nodes that can be reached, nearest first, each distance sorted."""
    distances: dict[NodeId, int] = {}
    for (node, _), distance, _ in _walk(graph, start, steps, depth):
        distances.setdefault(node, distance)
    return tuple(sorted(distances, key=lambda node: (distances[node], node_sort_key(node))))


def _components(graph: LineageGraph) -> list[list[NodeId]]:
    """Return the strongly connected groups, sources before targets (Kosaraju's algorithm, iterative)."""
    groups: list[list[NodeId]] = []
    seen: set[NodeId] = set()
    for root in reversed(_finishing_order(graph)):
        group = []
        stack = [root]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                group.append(node)
                stack.extend(graph.predecessors(node))
        if group:
            groups.append(group)
    return groups


def _finishing_order(graph: LineageGraph) -> list[NodeId]:
    """Return the nodes in the order a depth-first walk downstream leaves them."""
    order: list[NodeId] = []
    seen: set[NodeId] = set()
    for root in (node.id for node in graph.nodes):
        work = [] if root in seen else [(root, iter(graph.successors(root)))]
        seen.add(root)
        while work:
            node, targets = work[-1]
            target = next((each for each in targets if each not in seen), None)
            if target is None:
                order.append(node)
                work.pop()
            else:
                seen.add(target)
                work.append((target, iter(graph.successors(target))))
    return order
