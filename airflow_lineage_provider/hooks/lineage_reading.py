"""
Read the lineage of tables from the catalog: the graph, its events, the crawls and imports behind it.

Nothing here changes anything in AWS. What the caller may not read is left out with a warning, as long as the
graph itself can be read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider import __version__
from airflow_lineage_provider.exceptions import PermissionDeniedError, ResourceNotFoundError
from airflow_lineage_provider.hooks.lineage_events import LineageEvents
from airflow_lineage_provider.hooks.lineage_roots import LineageRoots, LineageWanted
from airflow_lineage_provider.hooks.lineage_walk import CatalogWalk
from airflow_lineage_provider.lineage.builder import GraphBuilder
from airflow_lineage_provider.lineage.codec import format_time
from airflow_lineage_provider.lineage.facets import (
    ColumnLineageFacet,
    FieldInput,
    SchemaFacet,
    Symlink,
    SymlinksFacet,
)
from airflow_lineage_provider.lineage.graph import Attributes, DatasetNode, LineageGraph, RunNode
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, RunId
from airflow_lineage_provider.lineage.naming import glue_table_of
from airflow_lineage_provider.lineage.snapshot import CrawlFact, Snapshot

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

__all__ = ["LineageReader", "LineageReading", "table_name"]

_log = logging.getLogger(__name__)

_PRODUCER = f"https://pypi.org/project/airflow-lineage-provider/{__version__}/"
_CRAWL_NAMESPACE = "glue_crawler"
_CRAWL_CRITERIA = "glue_crawler"


def table_name(dataset: DatasetId) -> str:
    """Return how a DAG author names a dataset: ``database.table`` in Glue, else its source identifier."""
    found = glue_table_of(dataset)
    return ".".join(found) if found else dataset.source_identifier


@dataclass(frozen=True, slots=True)
class LineageReading:
    """
    What was read.

    :param snapshot: The lineage with the facts behind it.
    :param facets: By table, its OpenLineage facets ``schema``, ``columnLineage`` and ``symlinks``.
    :param history: By table, its versions, newest first.
    """

    snapshot: Snapshot
    facets: dict[str, dict[str, Any]]
    history: dict[str, list[dict[str, Any]]]


class LineageReader:
    """
    Read the lineage of some tables.

    :param hook: The hook to call the catalog with.
    :param glue: Returns the hook to ask for crawls with; called when there is a crawl to ask for.
    :param wanted: What to read.
    """

    def __init__(self, hook: DataZoneHook, glue: Callable[[], GlueCrawlHook], wanted: LineageWanted) -> None:
        self.hook = hook
        self.glue = glue
        self.wanted = wanted

    def read(self, *, now: datetime) -> LineageReading:
        """
        Read everything.

        :param now: The present, aware.
        :raises InvalidArgumentError: If no table, asset or data-source run is named.
        :raises AwsCallError: If the graph cannot be read.
        """
        wanted = self.wanted
        asked = LineageRoots(self.hook, wanted)
        roots = asked.find()
        walk = CatalogWalk(self.hook, wanted.domain_id, at=wanted.at, depth=wanted.depth)
        for root in roots:
            walk.add_root(root.source_identifier)
        region, account = asked.place
        events = LineageEvents(self.hook, wanted.domain_id, region=region, account=account)
        self._read_events(events, walk, asked, roots)
        builder = GraphBuilder()
        walk.lay_into(builder)
        walk.trace_columns(builder, known=events.lay_into(builder))
        self._complete(builder, asked, roots)
        crawls = self._lay_crawls(builder, walk, events)
        snapshot = Snapshot(
            taken_at=wanted.at or now,
            domain_id=wanted.domain_id,
            roots=tuple(roots),
            graph=builder.build(),
            crawls=crawls,
            imports=asked.imports,
            lineage_import_on=asked.lineage_import_on,
            events=events.raw,
        )
        return LineageReading(
            snapshot=snapshot,
            facets={table_name(root): _facets(root, snapshot.graph, events) for root in roots},
            history={table_name(root): self._history(walk, events, root) for root in roots},
        )

    def _read_events(
        self, events: LineageEvents, walk: CatalogWalk, asked: LineageRoots, roots: list[DatasetId]
    ) -> None:
        """Read the events of the imports, and look for those of the other runs that were reached."""
        if not self.wanted.include_events:
            return
        names = {root.source_identifier for root in roots}
        for fact in asked.imports:
            if fact.event_id and fact.table_identifier in names:
                events.read(fact.event_id)
        events.find(walk.runs)

    def _complete(self, builder: GraphBuilder, asked: LineageRoots, roots: list[DatasetId]) -> None:
        """Add what assets tell of the roots: their id, and their columns where nothing else tells them."""
        bare = {node.id for node in builder.build().datasets if not node.fields}
        for root in roots:
            if root not in builder:
                continue
            if asset_id := asked.asset_id(root):
                builder.add(DatasetNode(root, attributes=Attributes({"asset_id": asset_id})))
            if root in bare:
                builder.add(DatasetNode(root, asked.columns(root)))

    def _lay_crawls(
        self, builder: GraphBuilder, walk: CatalogWalk, events: LineageEvents
    ) -> tuple[CrawlFact, ...]:
        """Ask Glue for the crawls among the runs, and mark their nodes; return all crawls that are known."""
        known = {each.crawl_id: each for each in self.wanted.crawls}
        for run in dict.fromkeys(run for run, _ in walk.runs):
            crawler = self._crawler_of(run, events)
            if not crawler:
                continue
            marks: dict[str, Any] = {"crawl_id": run.run_id, "crawler_name": crawler}
            fact = known.get(run.run_id) or self._ask_glue(crawler, run.run_id)
            if fact:
                known[fact.crawl_id] = fact
                marks["started_at"] = format_time(fact.started_at)
                if fact.ended_at:
                    marks["ended_at"] = format_time(fact.ended_at)
            builder.add(RunNode(run, Attributes(marks)))
        return tuple(sorted(known.values(), key=lambda fact: (fact.started_at, fact.crawl_id)))

    def _crawler_of(self, run: RunId, events: LineageEvents) -> str:
        """Return the crawler whose crawl a run is; empty if it is another kind of run."""
        if run.job.namespace == _CRAWL_NAMESPACE:
            return run.job.name
        for event in events.of_run(run):
            environment: Any = event.run_facets
            for _ in range(2):
                environment = (
                    environment.get("environment-properties") if isinstance(environment, dict) else None
                )
            if isinstance(environment, dict) and environment.get("GLUE_COMMAND_CRITERIA") == _CRAWL_CRITERIA:
                return run.job.name
        return ""

    def _ask_glue(self, crawler_name: str, crawl_id: str) -> CrawlFact | None:
        """Look a crawl up in the crawl history; ``None`` if it is not there or may not be read."""
        try:
            crawl = self.glue().find_crawl(crawler_name, crawl_id)
        except ResourceNotFoundError:
            _log.info("Crawler %s does not exist any more; its crawl is taken from the lineage", crawler_name)
            return None
        except PermissionDeniedError as error:
            _log.warning("Crawls are taken from the lineage alone: %s", error)
            return None
        if crawl is None:
            return None
        return CrawlFact(
            crawl_id=crawl.crawl_id,
            crawler_name=crawler_name,
            state=crawl.state,
            started_at=crawl.started_at,
            ended_at=crawl.ended_at,
        )

    def _history(self, walk: CatalogWalk, events: LineageEvents, root: DatasetId) -> list[dict[str, Any]]:
        """Return the versions of a root, newest first; none if the catalog does not have it."""
        try:
            versions = walk.history(root.source_identifier, limit=self.wanted.history_limit)
        except ResourceNotFoundError:
            return []
        return [
            {
                "event_time": format_time(version.at) if version.at else None,
                "crawl_id": next((run.run_id for run in version.runs if self._crawler_of(run, events)), None),
                "runs": [run.source_identifier for run in version.runs],
            }
            for version in versions
        ]


def _facets(root: DatasetId, graph: LineageGraph, events: LineageEvents) -> dict[str, Any]:
    """Return the OpenLineage facets of a root: as they were posted, else as far as the graph tells."""
    told = events.facets(root.source_identifier)
    if root not in graph:
        return told
    fields = graph.node(root).fields
    made: dict[str, Any] = {}
    if fields:
        made["schema"] = SchemaFacet(fields).to_dict(_PRODUCER)
    sources = tuple((each.name, graph.field_sources(FieldId(root, each.name))) for each in fields)
    traced = tuple(
        (name, tuple(FieldInput(one.dataset.namespace, one.dataset.name, one.name) for one in found))
        for name, found in sources
        if found
    )
    if traced:
        made["columnLineage"] = ColumnLineageFacet(traced).to_dict(_PRODUCER)
    if glue_table_of(root):
        made["symlinks"] = SymlinksFacet((Symlink(root.namespace, root.name),)).to_dict(_PRODUCER)
    return made | told
