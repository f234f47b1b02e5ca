"""Read lineage: one version of a node with its neighbours, and a node's history."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.assumptions import (
    DEFAULT_SORT_ORDER,
    version_key,
)
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ResourceNotFoundError
from airflow_lineage_provider.local_aws.services.datazone.lineage_forms import forms_of
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import (
    LineageGraph,
    Node,
    NodeKind,
)
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request

__all__ = ["OPERATIONS", "neighbours", "node_header"]

_MOST_NEIGHBOURS = 100
"""Of each side, in GetLineageNode (model: ``LineageNodeReferenceList``)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TYPE_REVISION = "1"


def get_lineage_node(context: Context, request: Request) -> Reply:
    """Describe a node at its newest version, or at the newest one at or before a time."""
    domain = context.domain(request["domainIdentifier"])
    node = _node(domain, request["identifier"])
    moment = request.get("eventTimestamp")
    key = node.newest(None if moment is None else version_key(moment))
    if key is None:
        raise ResourceNotFoundError(
            f"Lineage node {request['identifier']} has no version at or before {moment.isoformat()}"
            if moment
            else f"Lineage node {request['identifier']} has no version"
        )
    upstream, downstream = neighbours(domain.lineage, node, key)
    return {
        **node_header(domain, node, key),
        "formsOutput": forms_of(node, key),
        "upstreamNodes": _references(upstream),
        "downstreamNodes": _references(downstream),
    }


def list_lineage_node_history(context: Context, request: Request) -> Reply:
    """List the versions of a node; with a direction only those with neighbours on that side."""
    domain = context.domain(request["domainIdentifier"])
    node = _node(domain, request["identifier"])
    page = PageRequest.of("ListLineageNodeHistory", request)
    since, until = request.get("eventTimestampGTE"), request.get("eventTimestampLTE")
    low = 0 if since is None else bisect_left(node.times, version_key(since))
    high = len(node.times) if until is None else bisect_right(node.times, version_key(until))
    if request.get("sortOrder", DEFAULT_SORT_ORDER) == "DESCENDING":
        end = high if page.after is None else min(high, bisect_left(node.times, page.after[0]))
        indices = range(end - 1, low - 1, -1)
    else:
        start = low if page.after is None else max(low, bisect_right(node.times, page.after[0]))
        indices = range(start, high)
    keys: Iterable[int] = (node.times[index] for index in indices)
    direction = request.get("direction")
    if direction is not None:
        keys = _with_neighbours(domain.lineage, node, keys, direction)
    taken = page.take(keys, _as_key)
    return taken.reply("nodes", [node_header(domain, node, key) for key in taken.items])


def neighbours(
    graph: LineageGraph, node: Node, key: int
) -> tuple[dict[str, int | None], dict[str, int | None]]:
    """
    Return the direct neighbours of one version, upstream and downstream: node id → version referred to.

    Which version of a neighbour is referred to is a working assumption (:mod:`assumptions`).
    """
    if node.kind is NodeKind.RUN:
        return _run_neighbours(graph, node, key)
    upstream: dict[str, int | None] = {}
    downstream: dict[str, int | None] = {}
    for mention in node.said(key):
        for identifiers, found in ((mention.upstream, upstream), (mention.downstream, downstream)):
            for identifier in identifiers:
                neighbour = graph.find(identifier)
                if neighbour is not None:
                    found[neighbour.id] = neighbour.newest()
    for linked in graph.linked_upstream(node):
        before = linked.newest(key)
        upstream[linked.id] = linked.times[0] if before is None else before
    for linked in graph.linked_downstream(node):
        after = linked.first_since(key)
        downstream[linked.id] = linked.newest() if after is None else after
    return upstream, downstream


def _run_neighbours(
    graph: LineageGraph, node: Node, key: int
) -> tuple[dict[str, int | None], dict[str, int | None]]:
    upstream: dict[str, int | None] = {}
    downstream: dict[str, int | None] = {}
    for mention in node.said(key):
        for identifiers, found in ((mention.upstream, upstream), (mention.downstream, downstream)):
            for identifier in identifiers:
                neighbour = graph.find(identifier)
                if neighbour is not None:
                    found[neighbour.id] = mention.key
    return upstream, downstream


def node_header(domain: Domain, node: Node, key: int) -> Reply:
    """Return the members that every description of a node version has."""
    last = node.last_said(key)
    return {
        "domainId": domain.id,
        "id": node.id,
        "name": last.name,
        "typeName": node.kind.value,
        "typeRevision": _TYPE_REVISION,
        "sourceIdentifier": node.source_identifier,
        "eventTimestamp": _moment(key),
        "createdAt": node.created_at,
        "createdBy": node.created_by,
        "updatedAt": last.updated_at,
        "updatedBy": last.updated_by,
    }


def _node(domain: Domain, identifier: str) -> Node:
    node = domain.lineage.find(identifier)
    if node is None:
        raise ResourceNotFoundError(f"Lineage node {identifier} does not exist in domain {domain.id}")
    return node


def _with_neighbours(graph: LineageGraph, node: Node, keys: Iterable[int], direction: str) -> Iterable[int]:
    """Return the versions that have neighbours on one side; links count for all versions of a dataset."""
    is_upstream = direction == "UPSTREAM"
    if graph.linked_upstream(node) if is_upstream else graph.linked_downstream(node):
        return keys
    if not (node.upstream if is_upstream else node.downstream):
        return ()

    def has_neighbours(key: int) -> bool:
        return any(each.upstream if is_upstream else each.downstream for each in node.said_at(key))

    if node.kind is NodeKind.RUN:
        first = next(filter(has_neighbours, node.times))
        return (key for key in keys if key >= first)
    return filter(has_neighbours, keys)


def _references(found: dict[str, int | None]) -> list[dict[str, Any]]:
    pairs: Iterable[tuple[str, int | None]] = list(found.items())[:_MOST_NEIGHBOURS]
    return [{"id": node_id, "eventTimestamp": _moment(key)} for node_id, key in pairs if key is not None]


def _as_key(key: int) -> Key:
    return (key,)


def _moment(key: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=key)


OPERATIONS: dict[str, Operation] = {
    "GetLineageNode": get_lineage_node,
    "ListLineageNodeHistory": list_lineage_node_history,
}
