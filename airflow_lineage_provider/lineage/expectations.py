"""
Expectations: what lineage must and must not hold, checked against a snapshot.

The same expectations work in Airflow, in pytest and on the command line. :func:`evaluate` returns what is
broken; each violation says what was expected, what is the case, why, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import singledispatchmethod

from airflow_lineage_provider.exceptions import InvalidExpectationError, NodeNotFoundError
from airflow_lineage_provider.lineage.codec import format_duration, format_time
from airflow_lineage_provider.lineage.crawls import crawl_id_of, crawler_of, runs_into, started_at
from airflow_lineage_provider.lineage.diagnosis import Cause, Reason, Violation, cause_in_import, id_mismatch
from airflow_lineage_provider.lineage.graph import resolve_dataset
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, NodeId
from airflow_lineage_provider.lineage.schema_compat import incompatibilities
from airflow_lineage_provider.lineage.snapshot import Snapshot
from airflow_lineage_provider.lineage.statements import (
    AllColumnsTraced,
    ColumnTracedTo,
    CrawledBy,
    Expectation,
    FreshWithin,
    HasDownstream,
    HasNoPath,
    HasOrigin,
    HasUpstream,
    NoOrphans,
    OnlyUpstreams,
    SchemaCompatible,
    expectation_from_dict,
    parse_expectations,
    unrendered,
)
from airflow_lineage_provider.lineage.traversal import (
    downstream,
    field_upstream,
    origins,
    shortest_path,
    upstream,
)

__all__ = [
    "AllColumnsTraced",
    "ColumnTracedTo",
    "CrawledBy",
    "Expectation",
    "FreshWithin",
    "HasDownstream",
    "HasNoPath",
    "HasOrigin",
    "HasUpstream",
    "NoOrphans",
    "OnlyUpstreams",
    "Reason",
    "SchemaCompatible",
    "Violation",
    "evaluate",
    "expectation_from_dict",
    "parse_expectations",
]

_CATALOG_ENTRIES = ("amazon.datazone.asset/", "amazon.datazone.listing/")
_LISTED = 10


def evaluate(
    expectations: Iterable[Expectation | Mapping[str, object]],
    snapshot: Snapshot,
    *,
    now: datetime,
    earlier: Mapping[str, Snapshot] | None = None,
) -> tuple[Violation, ...]:
    """
    Check expectations against a snapshot.

    :param expectations: The expectations, as values or in their JSON form.
    :param snapshot: The lineage they are about.
    :param now: The time ages are measured at; aware.
    :param earlier: Earlier snapshots by the name ``SchemaCompatible`` knows them by.
    :return: The violations, in the order of the expectations; nothing if all of them hold.
    :raises InvalidExpectationError: If one is none, holds a template, or names an unknown earlier snapshot.
    :raises InvalidIdentifierError: If a ``database.table`` fits several datasets.
    """
    judge = _Judge(snapshot, now, earlier or {})
    found: list[Violation] = []
    for each in parse_expectations(expectations):
        if name := unrendered(each):
            problem = f"{each.type}.{name} still holds a template; render it first"
            raise InvalidExpectationError(problem=problem, given=each.to_dict())
        found.extend(judge.check(each))
    return tuple(found)


class _Judge:
    """Checks expectations against one snapshot."""

    def __init__(self, snapshot: Snapshot, now: datetime, earlier: Mapping[str, Snapshot]) -> None:
        self.snapshot = snapshot
        self.graph = snapshot.graph
        self.now = now
        self.earlier = earlier

    @singledispatchmethod
    def check(self, expectation: Expectation) -> Iterator[Violation]:
        """Yield what breaks an expectation."""
        raise InvalidExpectationError(problem="it has no check", given=expectation.to_dict())

    @check.register
    def _(self, each: HasOrigin) -> Iterator[Violation]:
        expected = f"its data to start at {each.origin}"
        subject = self._find(each.subject)
        if subject is None:
            yield self._absent(each, each.subject, expected)
            return
        starts = origins(self.graph, subject)
        origin = self._find(each.origin)
        if origin in starts:
            return
        actual = f"it starts at {_listed(starts)}" if starts else "nothing upstream of it"
        if origin in upstream(self.graph, subject):
            told = Cause(Reason.NOT_AN_ORIGIN, f"{origin} is upstream, but has a source itself; {actual}")
            yield _violation(each, subject, expected, told)
        else:
            yield self._unlinked(each, subject, each.origin, expected, actual)

    @check.register
    def _(self, each: HasUpstream) -> Iterator[Violation]:
        expected = f"its data to come from {each.upstream}"
        subject = self._find(each.subject)
        if subject is None:
            yield self._absent(each, each.subject, expected)
            return
        found = _datasets(upstream(self.graph, subject))
        if self._find(each.upstream) not in found:
            actual = f"it comes from {_listed(found)}" if found else "nothing upstream of it"
            yield self._unlinked(each, subject, each.upstream, expected, actual)

    @check.register
    def _(self, each: HasDownstream) -> Iterator[Violation]:
        expected = f"its data to go to {each.downstream}"
        subject = self._find(each.subject)
        if subject is None:
            yield self._absent(each, each.subject, expected)
            return
        found = _datasets(downstream(self.graph, subject))
        if self._find(each.downstream) not in found:
            actual = f"it goes to {_listed(found)}" if found else "nothing downstream of it"
            yield self._unlinked(each, subject, each.downstream, expected, actual)

    @check.register
    def _(self, each: HasNoPath) -> Iterator[Violation]:
        expected = f"no data to flow here from {each.source}"
        source, target = self._find(each.source), self._find(each.target)
        for text, found in ((each.source, source), (each.target, target)):
            near = None if found else id_mismatch(text, self._dataset_ids())
            if near:
                yield _violation(each, target or each.target, expected, near)
                return
        if source is None and target is None:
            told = Cause(Reason.NODE_MISSING, "neither of the two in the lineage, so nothing was looked at")
            yield _violation(each, each.target, expected, told)
        elif source and target and (way := shortest_path(self.graph, source, target)):
            told = Cause(Reason.FORBIDDEN_PATH, f"the path {' → '.join(map(str, way))}")
            yield _violation(each, target, expected, told)

    @check.register
    def _(self, each: OnlyUpstreams) -> Iterator[Violation]:
        expected = f"nothing upstream but {_listed(each.allowed)}"
        subject = self._find(each.subject)
        if subject is None:
            yield self._absent(each, each.subject, expected)
            return
        allowed = {self._find(text) for text in each.allowed}
        extra = [found for found in _datasets(upstream(self.graph, subject)) if found not in allowed]
        if extra:
            near = next(filter(None, (id_mismatch(text, extra) for text in each.allowed)), None)
            reason = near.reason if near else Reason.UNEXPECTED_UPSTREAM
            told = Cause(reason, f"also {_listed(extra)}" + (f"; {near.found}" if near else ""))
            yield _violation(each, subject, expected, told)

    @check.register
    def _(self, each: ColumnTracedTo) -> Iterator[Violation]:
        expected = f"column {each.column!r} to come from {each.origin_column!r} of {each.origin}"
        subject = self._find(each.subject)
        if subject is None:
            yield self._absent(each, each.subject, expected)
            return
        column = FieldId(subject, each.column)
        found = field_upstream(self.graph, column)
        origin = self._find(each.origin)
        if any(one.dataset == origin and one.name == each.origin_column for one in found):
            return
        names = [one.name for one in self.graph.node(subject).fields]
        if not found and each.column not in names:
            told = _near_name(each.column, names) or Cause(
                Reason.COLUMN_MISSING, f"no such column; there are {_listed(names)}"
            )
        else:
            at_origin = [one.name for one in found if one.dataset == origin]
            sources = [f"{one.name!r} of {one.dataset}" for one in found]
            came = f"it comes from {_listed(sources)}" if sources else "no source column"
            told = (
                _near_name(each.origin_column, at_origin)
                or (id_mismatch(each.origin, self._dataset_ids()) if origin is None else None)
                or Cause(Reason.COLUMN_NOT_TRACED, came)
            )
        yield self._broken(each, subject, expected, told)

    @check.register
    def _(self, each: AllColumnsTraced) -> Iterator[Violation]:
        expected = f"at least {each.min_ratio:.0%} of its columns to have a source column"
        subject = self._find(each.subject)
        if subject is None:
            yield self._absent(each, each.subject, expected)
            return
        names = [one.name for one in self.graph.node(subject).fields]
        if not names:
            yield self._broken(each, subject, expected, Cause(Reason.NO_SCHEMA, "no schema"))
            return
        bare = [name for name in names if not self._has_source(FieldId(subject, name))]
        traced = len(names) - len(bare)
        if traced / len(names) < each.min_ratio:
            actual = f"{traced} of {len(names)}; without a source: {_listed(bare)}"
            yield self._broken(each, subject, expected, Cause(Reason.COLUMN_NOT_TRACED, actual))

    @check.register
    def _(self, each: CrawledBy) -> Iterator[Violation]:
        which = f"crawl {each.crawl_id}" if each.crawl_id else "a crawl"
        expected = f"{which} of {each.crawler_name} to have made it"
        subject = self._find(each.subject)
        if subject is None:
            yield self._absent(each, each.subject, expected)
            return
        runs = runs_into(self.snapshot, subject)
        names = [(crawler_of(self.snapshot, run), run.id.job.name) for run in runs]
        crawls = [run for run, known in zip(runs, names, strict=True) if each.crawler_name in known]
        if not crawls:
            actual = f"it was made by {_listed(run.id for run in runs)}" if runs else "no run made it"
            yield self._broken(each, subject, expected, Cause(Reason.NOT_CRAWLED, actual))
        elif each.crawl_id not in (None, crawl_id_of(crawls[0])):
            mine = self.snapshot.crawl(str(each.crawl_id))
            shown = started_at(self.snapshot, crawls[0])
            stale = mine is not None and shown is not None and shown < mine.started_at
            reason = Reason.STALE_CRAWL if stale else Reason.WRONG_CRAWL
            when = f", started {format_time(shown)}" if shown else ""
            actual = f"the newest is crawl {crawl_id_of(crawls[0])}{when}"
            yield self._broken(each, subject, expected, Cause(reason, actual))

    @check.register
    def _(self, each: FreshWithin) -> Iterator[Violation]:
        bounds = []
        if each.data_as_of is not None:
            bounds.append(f"at or after {format_time(each.data_as_of)}")
        if each.max_age is not None:
            bounds.append(f"at most {format_duration(each.max_age)} ago")
        expected = f"its crawl to have started {' and '.join(bounds)}"
        subject = self._find(each.subject)
        if subject is None:
            yield self._absent(each, each.subject, expected)
            return
        runs = runs_into(self.snapshot, subject)
        run = next((one for one in runs if crawler_of(self.snapshot, one)), runs[0] if runs else None)
        if run is None:
            yield self._broken(each, subject, expected, Cause(Reason.NOT_CRAWLED, "no run made it"))
            return
        started = started_at(self.snapshot, run)
        stale = started is None or (each.data_as_of is not None and started < each.data_as_of)
        if stale or (each.max_age is not None and started is not None and self.now - started > each.max_age):
            when = f"started {format_time(started)}" if started else "whose start is not known"
            yield self._broken(each, subject, expected, Cause(Reason.STALE_CRAWL, f"{run.id}, {when}"))

    @check.register
    def _(self, each: SchemaCompatible) -> Iterator[Violation]:
        expected = f"a schema that is {each.mode} compatible with {each.since!r}"
        if each.since not in self.earlier:
            problem = (
                f"no earlier snapshot {each.since!r} was given; there are {_listed(sorted(self.earlier))}"
            )
            raise InvalidExpectationError(problem=problem, given=each.to_dict())
        subject = self._find(each.subject)
        if subject is None:
            yield self._absent(each, each.subject, expected)
            return
        before = self.earlier[each.since].graph
        if subject not in before:
            told = Cause(Reason.NODE_MISSING, f"no such dataset in {each.since!r}")
            yield _violation(each, subject, expected, told)
            return
        schemas = before.node(subject).fields, self.graph.node(subject).fields
        if not all(schemas):
            yield self._broken(each, subject, expected, Cause(Reason.NO_SCHEMA, "no schema on one side"))
        elif found := incompatibilities(*schemas, mode=each.mode):
            told = Cause(Reason.SCHEMA_INCOMPATIBLE, f"{each.since!r} differs: {_listed(found)}")
            yield _violation(each, subject, expected, told)

    @check.register
    def _(self, each: NoOrphans) -> Iterator[Violation]:
        for node in self.graph.datasets:
            neighbours = (*self.graph.predecessors(node.id), *self.graph.successors(node.id))
            if not any(_is_entry(node.id) or not _is_entry(other) for other in neighbours):
                told = Cause(Reason.ORPHAN, "nothing upstream or downstream")
                yield self._broken(each, node.id, "it to be joined to another dataset", told)

    def _find(self, text: str) -> DatasetId | None:
        """Find the dataset a text means, ``None`` if it is not there."""
        try:
            return resolve_dataset(self.graph, text)
        except NodeNotFoundError:
            return None

    def _dataset_ids(self) -> tuple[DatasetId, ...]:
        """Return the identifiers of all datasets."""
        return tuple(node.id for node in self.graph.datasets)

    def _absent(self, each: Expectation, text: str, expected: str) -> Violation:
        """Say that the subject is not there, and why."""
        told = (
            cause_in_import(self.snapshot, text)
            or id_mismatch(text, self._dataset_ids())
            or Cause(Reason.NODE_MISSING, "no such dataset in the lineage")
        )
        return _violation(each, text, expected, told)

    def _unlinked(
        self, each: Expectation, subject: DatasetId, other: str, expected: str, actual: str
    ) -> Violation:
        """Say that another dataset is not linked to the subject, and why."""
        there = self._find(other)
        linked = _datasets((*upstream(self.graph, subject), *downstream(self.graph, subject)))
        near = id_mismatch(other, (each for each in linked if each != there)) or (
            None if there else id_mismatch(other, self._dataset_ids())
        )
        if near is None:
            reason = Reason.NO_PATH if there else Reason.NODE_MISSING
            missing = "" if there else f"{other} is not in the lineage; "
            near = Cause(reason, f"{missing}{actual}")
        return self._broken(each, subject, expected, near)

    def _broken(self, each: Expectation, subject: DatasetId, expected: str, told: Cause) -> Violation:
        """Report a broken expectation with the cause in the import, if there is one, else with its own."""
        cause = cause_in_import(self.snapshot, subject.source_identifier)
        if cause:
            told = Cause(cause.reason, f"{told.found}; {cause.found}")
        return _violation(each, subject, expected, told)

    def _has_source(self, field: FieldId) -> bool:
        """Tell whether a field is made from a field of another dataset."""
        return any(one.dataset != field.dataset for one in self.graph.field_sources(field))


def _violation(each: Expectation, subject: DatasetId | str, expected: str, told: Cause) -> Violation:
    """Make a violation of an expectation and a cause."""
    return Violation(each, str(subject), expected, told.found, told.reason, told.advice)


def _datasets(nodes: Iterable[NodeId]) -> list[DatasetId]:
    """Return the datasets among nodes, sorted."""
    return sorted(each for each in set(nodes) if isinstance(each, DatasetId))


def _is_entry(node_id: NodeId) -> bool:
    """Tell whether a node is an entry the catalog made for a dataset."""
    return node_id.source_identifier.startswith(_CATALOG_ENTRIES)


def _near_name(wanted: str, names: Iterable[str]) -> Cause | None:
    """Look for a column whose name differs in letter case only."""
    for name in names:
        if name != wanted and name.lower() == wanted.lower():
            both = f"column {wanted!r} is asked for, {name!r} is there; they differ in letter case"
            return Cause(Reason.ID_MISMATCH, both)
    return None


def _listed(items: Iterable[object]) -> str:
    """List items for a sentence; of many, the first few and how many more."""
    texts = [str(each) for each in items]
    more = f" and {len(texts) - _LISTED} more" if len(texts) > _LISTED else ""
    return ", ".join(texts[:_LISTED]) + more if texts else "none"
