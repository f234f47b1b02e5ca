"""
A dataset's lineage as a tree of text, for terminals and logs.

::

    arn:aws:glue:us-east-1:123456789012:table/lab_db/clickstream
    ├─ asset    c3y1example02a
    ├─ columns  2, 2 of them traced
    │  ├─ session_id  string  ← s3://ecomm/clickstream: session_id
    │  └─ user_id     string  ← s3://ecomm/clickstream: user_id
    ├─ crawl    GlueLineageCrawler 7d3c1c8a-6a0e-4c0e-9f6b-2f8f3b6a1e55
    │           COMPLETED, 2025-06-04T09:30:00Z → 2025-06-04T09:31:12Z (72 s)
    └─ origins  1
       └─ s3://ecomm/clickstream
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from airflow_lineage_provider.lineage.codec import format_time
from airflow_lineage_provider.lineage.crawls import (
    crawl_id_of,
    crawler_of,
    ended_at,
    fact_of,
    runs_into,
    started_at,
)
from airflow_lineage_provider.lineage.graph import LineageGraph, RunNode, resolve_dataset
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId
from airflow_lineage_provider.lineage.snapshot import Snapshot
from airflow_lineage_provider.lineage.traversal import field_origins, origins

__all__ = ["forest", "tree"]

_ASSET = "amazon.datazone.asset/"
_NO_TIME = datetime.min.replace(tzinfo=UTC)


def tree(lineage: Snapshot | LineageGraph, root: DatasetId | str, *, width: int = 100, runs: int = 3) -> str:
    """
    Draw the lineage of one dataset: asset, columns and their origins, the runs that made it, origins.

    :param lineage: A snapshot, or a graph alone; only a snapshot knows the crawl history.
    :param root: The dataset, named as expectations name theirs.
    :param width: Longest line, in characters; longer ones lose their middle. The dataset itself is never cut.
    :param runs: The largest number of runs shown, newest first.
    :return: Lines without a newline at the end.
    :raises NodeNotFoundError: If the dataset is not there.
    :raises InvalidIdentifierError: If the text fits several datasets.
    """
    snapshot = lineage if isinstance(lineage, Snapshot) else Snapshot(_NO_TIME, "", (), lineage)
    dataset = resolve_dataset(snapshot.graph, root)
    branches = [
        *_asset(snapshot, dataset),
        _columns(snapshot.graph, dataset),
        *_runs(snapshot, dataset, runs),
        _origins(snapshot.graph, dataset),
    ]
    lines = [str(dataset)]
    for index, branch in enumerate(branches):
        last = index == len(branches) - 1
        lines.extend(_shortened(line, width) for line in branch.lines(last=last))
    return "\n".join(lines)


def forest(snapshot: Snapshot, *, width: int = 100, runs: int = 3) -> str:
    """
    Draw the trees of all roots of a snapshot, with an empty line between them.

    :param snapshot: The snapshot; roots that its graph does not have are named as missing.
    :param width: Longest line, in characters.
    :param runs: The largest number of runs shown per tree.
    """
    drawn = [
        tree(snapshot, root, width=width, runs=runs)
        if root in snapshot.graph
        else f"{root}\n└─ not in the lineage"
        for root in snapshot.roots
    ]
    return "\n\n".join(drawn)


@dataclass(slots=True)
class _Branch:
    """A labelled line with more lines, or twigs, below it."""

    label: str
    text: str
    more: list[str] = field(default_factory=list)
    twigs: list[str] = field(default_factory=list)

    def lines(self, *, last: bool) -> Iterable[str]:
        """Yield the lines of the branch; ``last`` says that no other follows."""
        edge = "   " if last else "│  "
        yield f"{'└─' if last else '├─'} {self.label:<8} {self.text}"
        for line in self.more:
            yield f"{edge}{' ' * 9}{line}"
        for index, twig in enumerate(self.twigs):
            yield f"{edge}{'└─' if index == len(self.twigs) - 1 else '├─'} {twig}"


def _asset(snapshot: Snapshot, dataset: DatasetId) -> list[_Branch]:
    """Return the branch of the catalog asset; without one, say so if the snapshot is of a catalog."""
    graph = snapshot.graph
    named = [graph.node(dataset).attributes.text("asset_id")]
    named += [
        each.source_identifier.removeprefix(_ASSET)
        for each in graph.successors(dataset)
        if each.source_identifier.startswith(_ASSET)
    ]
    known = dict.fromkeys(each for each in named if each)
    if known:
        return [_Branch("asset", each) for each in known]
    is_entry = dataset.source_identifier.startswith(_ASSET)
    return [_Branch("asset", "none")] if snapshot.domain_id and not is_entry else []


def _columns(graph: LineageGraph, dataset: DatasetId) -> _Branch:
    """Return the branch of the columns with type and origin."""
    fields = graph.node(dataset).fields
    if not fields:
        return _Branch("columns", "no schema known")
    name_width = min(max(len(each.name) for each in fields), 32)
    type_width = min(max(len(each.type) for each in fields), 24)
    twigs, traced = [], 0
    for each in fields:
        found = field_origins(graph, FieldId(dataset, each.name))
        traced += bool(found)
        came = ", ".join(f"{one.dataset}: {one.name}" for one in found)
        line = f"{each.name:<{name_width}}  {each.type:<{type_width}}  {'← ' + came if came else ''}"
        twigs.append(line.rstrip())
    return _Branch("columns", f"{len(fields)}, {traced} of them traced", twigs=twigs)


def _runs(snapshot: Snapshot, dataset: DatasetId, limit: int) -> list[_Branch]:
    """Return a branch for each of the newest runs that made the dataset."""
    found = runs_into(snapshot, dataset)
    branches = [_run(snapshot, run) for run in found[:limit]]
    if len(found) > limit:
        branches.append(_Branch("earlier", f"{len(found) - limit} more"))
    return branches


def _run(snapshot: Snapshot, run: RunNode) -> _Branch:
    """Return the branch of one run."""
    crawler = crawler_of(snapshot, run)
    fact = fact_of(snapshot, run)
    state = (fact.state if fact else run.attributes.text("state")) or "state unknown"
    start, end = started_at(snapshot, run), ended_at(snapshot, run)
    times = " → ".join(format_time(time) if time else "?" for time in (start, end))
    took = f" ({(end - start).total_seconds():.0f} s)" if start and end else ""
    label, name = ("crawl", crawler) if crawler else ("run", str(run.id.job))
    return _Branch(label, f"{name} {crawl_id_of(run)}", [f"{state}, {times}{took}"])


def _origins(graph: LineageGraph, dataset: DatasetId) -> _Branch:
    """Return the branch of the datasets where the data starts."""
    found = origins(graph, dataset)
    return _Branch("origins", str(len(found) or "none"), twigs=[str(each) for each in found])


def _shortened(line: str, width: int) -> str:
    """Cut the middle out of a line that is too long."""
    if len(line) <= width:
        return line
    tail = (width - 1) // 2
    return f"{line[: width - 1 - tail]}…{line[len(line) - tail :]}"
