"""QueryGraph: the aggregate view of the lineage graph, over all versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.assumptions import DEFAULT_PATH_LENGTH
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.filters import matches
from airflow_lineage_provider.local_aws.services.datazone.graph_walk import Walk, reachable
from airflow_lineage_provider.local_aws.services.datazone.lineage_forms import forms_of
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import Node
from airflow_lineage_provider.local_aws.services.datazone.lineage_reading import node_header
from airflow_lineage_provider.local_aws.services.datazone.paging import PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request

__all__ = ["OPERATIONS"]

_Step = tuple[int, Node]
"""A node and its position in the walk."""


def query_graph(context: Context, request: Request) -> Reply:
    """Walk from a node up or down the lineage, at most five hops."""
    domain = context.domain(request["domainIdentifier"])
    entity, relation = _patterns(request["match"])
    page = PageRequest.of("QueryGraph", request)
    root = domain.lineage.find(entity["identifier"])
    if root is None:
        return {"items": []}
    hops = relation.get("maxPathLength", DEFAULT_PATH_LENGTH)
    last, walk = _resumed(domain, page)
    if walk is None:
        direction = relation["relationDirection"]
        walk = domain.walks.begin(reachable(domain.lineage, root, direction=direction, hops=hops))
    number = walk.number
    steps = _matching(domain, walk.since(last + 1), entity.get("filters"))
    taken = page.take(steps, lambda step: (number, step[0]))
    if taken.token is not None:
        domain.walks.keep(walk)
    names = (request.get("additionalAttributes") or {}).get("formNames", ())
    return taken.reply("items", [{"lineageNode": _item(domain, node, names)} for _, node in taken.items])


def _resumed(domain: Domain, page: PageRequest) -> tuple[int, Walk | None]:
    """Return the position the page before ended at, and its walk unless that is forgotten."""
    if page.after is None:
        return -1, None
    number, last = (int(part) for part in page.after)
    return last, domain.walks.kept(number)


def _matching(domain: Domain, steps: Iterable[_Step], clause: Mapping[str, Any] | None) -> Iterator[_Step]:
    """Yield what passes the filter and, in a walk that goes on after a pause, still exists."""
    for position, node in steps:
        if domain.lineage.nodes.get(node.id) is node and matches(clause, _Attributes(node)):
            yield position, node


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
            "name": node.last_said(key).name,
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
