"""QueryGraph: the aggregate view of the lineage graph, over all versions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.assumptions import DEFAULT_PATH_LENGTH
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.filters import matches
from airflow_lineage_provider.local_aws.services.datazone.lineage_forms import forms_of
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import LineageGraph, Node
from airflow_lineage_provider.local_aws.services.datazone.lineage_reading import node_header
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request

__all__ = ["OPERATIONS", "reachable"]

_REMEMBERED_WALKS = 32


def query_graph(context: Context, request: Request) -> Reply:
    """Walk from a node up or down the lineage, at most five hops."""
    domain = context.domain(request["domainIdentifier"])
    entity, relation = _patterns(request["match"])
    page = PageRequest.of("QueryGraph", request)
    root = domain.lineage.find(entity["identifier"])
    if root is None:
        return {"items": []}
    hops = relation.get("maxPathLength", DEFAULT_PATH_LENGTH)
    clause = entity.get("filters")
    walked = _walk(domain.lineage, root, relation["relationDirection"], hops)
    positions: Sequence[int] = range(len(walked))
    if clause is not None:
        positions = [each for each in positions if matches(clause, _Attributes(walked[each]))]
    cut = page.cut(positions, _as_key)
    names = (request.get("additionalAttributes") or {}).get("formNames", ())
    return cut.reply("items", [{"lineageNode": _item(domain, walked[each], names)} for each in cut.items])


def _as_key(position: int) -> Key:
    return (position,)


def _walk(graph: LineageGraph, root: Node, direction: str, hops: int) -> list[Node]:
    """Return what is reachable; the pages of one query do not each walk the graph again."""
    key = (root.id, direction, hops)
    if key not in graph.walks:
        if len(graph.walks) >= _REMEMBERED_WALKS:
            graph.walks.clear()
        graph.walks[key] = reachable(graph, root, direction=direction, hops=hops)
    return graph.walks[key]


def reachable(graph: LineageGraph, root: Node, *, direction: str, hops: int) -> list[Node]:
    """
    Return the nodes within so many hops, breadth first, the root at the beginning.

    :param direction: ``IN`` goes upstream, ``OUT`` downstream.
    """
    step = graph.upstream_of if direction == "IN" else graph.downstream_of
    depth = {root.id: 0}
    order = [root]
    queue = deque(order)
    while queue:
        node = queue.popleft()
        if depth[node.id] == hops:
            continue
        for neighbour in step(node):
            if neighbour.id not in depth:
                depth[neighbour.id] = depth[node.id] + 1
                order.append(neighbour)
                queue.append(neighbour)
    return order


def _patterns(clauses: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    entities = [each["entityPattern"] for each in clauses if each.get("entityPattern") is not None]
    relations = [each["relationPattern"] for each in clauses if each.get("relationPattern") is not None]
    if len(entities) != 1 or len(relations) != 1:
        raise ValidationError("match must hold one entityPattern and one relationPattern")
    return entities[0], relations[0]


class _Attributes:
    """What can be filtered by, of one node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def __call__(self, name: str) -> Iterable[str | int]:
        node = self._node
        key = node.times[-1]
        known: dict[str, str | int] = {
            "id": node.id,
            "name": node.name_at(key),
            "typeName": node.kind.value,
            "sourceIdentifier": node.source_identifier,
            "eventTimestamp": key // 1000,
        }
        return [known[name]]


def _item(domain: Domain, node: Node, form_names: Iterable[str]) -> Reply:
    key = node.times[-1]
    wanted = frozenset(form_names)
    graph = domain.lineage
    return {
        **node_header(domain, node, key),
        "formsOutput": forms_of(node, key, names=wanted) if wanted else None,
        "upstreamLineageNodeIds": list(dict.fromkeys(each.id for each in graph.upstream_of(node))),
        "downstreamLineageNodeIds": list(dict.fromkeys(each.id for each in graph.downstream_of(node))),
    }


OPERATIONS: dict[str, Operation] = {"QueryGraph": query_graph}
