"""
Wait for a lineage node, for an edge into it, or for the crawl that made it.

Edges belong to versions of nodes, and the newest version need not show who made the data. So existence is
asked of the node (GetLineageNode), edges of the aggregate view over all versions (QueryGraph), where a
dataset is two edges away from the dataset it was made of: the job run stands in between.

.. seealso::
    - AWS API: `QueryGraph <https://docs.aws.amazon.com/datazone/latest/APIReference/API_QueryGraph.html>`__
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import CatalogTimeoutError, LineageError, ResourceNotFoundError
from airflow_lineage_provider.hooks.catalog_waits import Sight
from airflow_lineage_provider.hooks.crawl_records import iso_utc
from airflow_lineage_provider.hooks.node_forms import form_contents

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["NodeThere"]

_RUN_TYPE = "JobRunLineageNodeType"
_Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NodeThere:
    """
    A node exists, downstream of another or made by a crawl if that is asked for, too.

    :param domain_id: The domain.
    :param node: Source identifier or node id.
    :param upstream: Source identifier or node id of a node directly upstream, or upstream of the job run
        that made the node; ``None`` if there need not be any.
    :param crawl_id: The crawl that made the node, or that the node itself is a run of.
    """

    domain_id: str
    node: str
    upstream: str | None = None
    crawl_id: str | None = None

    def __str__(self) -> str:
        return f"Lineage node {self.node!r}"

    def look(self, hook: DataZoneHook) -> Sight:
        """Ask for the node and, if there is more to it, for what is upstream of it."""
        try:
            answer = hook.get_lineage_node(self.domain_id, self.node)
        except ResourceNotFoundError:
            return Sight("absent")
        facts: dict[str, Any] = {"node": answer}
        if self.upstream is None and self.crawl_id is None:
            return Sight("there", facts)
        around = _Upstream(answer, hook.query_graph(self.domain_id, str(answer["id"]), direction="IN"))
        missing = []
        if self.upstream is not None:
            facts["upstream"] = around.source(self.upstream)
            missing += [] if facts["upstream"] else [f"an edge from {self.upstream!r}"]
        if self.crawl_id is not None:
            facts["run"] = around.run_of(self.crawl_id) or self._run_naming_it(hook, around)
            missing += [] if facts["run"] else [f"crawl {self.crawl_id}"]
        return Sight(f"there without {' and '.join(missing)}" if missing else "there", facts)

    def verdict(self, seen: Sight) -> dict[str, Any] | None:
        """Return the node and, as far as they were asked for, its source and the run of the crawl."""
        if seen.state != "there":
            return None
        node = seen.facts["node"]
        return {
            "domain_id": self.domain_id,
            "node_id": node["id"],
            "source_identifier": node.get("sourceIdentifier"),
            "type_name": node["typeName"],
            "event_time": iso_utc(node.get("eventTimestamp")),
            "upstream": _named(seen.facts.get("upstream")),
            "run": _named(seen.facts.get("run")),
        }

    def timeout_error(self, state: str, waited_seconds: float) -> LineageError:
        """Say what was missing."""
        return CatalogTimeoutError(
            thing=str(self),
            domain_id=self.domain_id,
            state=state,
            wanted="as it was waited for",
            waited_seconds=waited_seconds,
        )

    def _run_naming_it(self, hook: DataZoneHook, around: _Upstream) -> _Node | None:
        """Return the run whose forms name the crawl, where its identifier does not."""
        for node in around.newest_runs():
            try:
                run: _Node = hook.get_lineage_node(self.domain_id, str(node["id"]))
            except ResourceNotFoundError:
                continue
            if self.crawl_id in _texts(tuple(form_contents(run.get("formsOutput") or ()))):
                return run
        return None


class _Upstream:
    """
    The nodes up to two edges upstream of a node.

    :param root: The node.
    :param found: What QueryGraph shows around it.
    """

    def __init__(self, root: _Node, found: Iterator[_Node]) -> None:
        self.root = root
        self.nodes: dict[str, _Node] = {str(each["id"]): each for each in found}
        self.nodes[str(root["id"])] = {**self.nodes.get(str(root["id"]), {}), **root}

    def above(self, node: _Node) -> list[_Node]:
        """Return the nodes one edge upstream, as far as they were found."""
        told = [str(each) for each in node.get("upstreamLineageNodeIds") or ()]
        told += [str(each["id"]) for each in node.get("upstreamNodes") or ()]
        told += [
            identifier
            for identifier, each in self.nodes.items()
            if node["id"] in (each.get("downstreamLineageNodeIds") or ())
        ]
        return [self.nodes[each] for each in dict.fromkeys(told) if each in self.nodes]

    def source(self, identifier: str) -> _Node | None:
        """Return the node of this name if it is directly upstream, but for a job run in between."""
        sources = self.above(self.root)
        for node in tuple(sources):
            sources += self.above(node) if _is_run(node) else []
        wanted = (each for each in sources if identifier in (each["id"], each.get("sourceIdentifier")))
        return next(wanted, None)

    def run_of(self, crawl_id: str) -> _Node | None:
        """Return the job run of a crawl: the node itself or one directly upstream."""
        for node in (self.root, *self.above(self.root)):
            if _is_run(node) and str(node.get("sourceIdentifier")).endswith(f"/{crawl_id}"):
                return node
        return None

    def newest_runs(self) -> list[_Node]:
        """Return the job runs that the newest version of the node shows, or the node if it is one."""
        if _is_run(self.root):
            return [self.root]
        newest = {str(each["id"]) for each in self.root.get("upstreamNodes") or ()}
        return [self.nodes[each] for each in sorted(newest & set(self.nodes)) if _is_run(self.nodes[each])]


def _is_run(node: _Node) -> bool:
    """Tell whether a node is a job run."""
    return _RUN_TYPE in str(node.get("typeName"))


def _named(node: _Node | None) -> dict[str, Any] | None:
    """Return what identifies a node."""
    if node is None:
        return None
    return {"node_id": node["id"], "source_identifier": node.get("sourceIdentifier")}


def _texts(value: object) -> set[str]:
    """Return every text in a JSON value, at any depth."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            found.add(each)
        elif isinstance(each, Mapping):
            waiting.extend(each.values())
        elif isinstance(each, list | tuple):
            waiting.extend(each)
    return found
