"""
Why something is not in the lineage: reason codes, violations, and the search for the cause.

A broken expectation is a symptom. The cause is looked for in the order in which lineage comes about: was the
import on, did the event succeed, has it been processed, is there an asset, is the name the right one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

from airflow_lineage_provider.lineage.graph import LineageGraph
from airflow_lineage_provider.lineage.identifiers import DatasetId
from airflow_lineage_provider.lineage.naming import glue_table_of
from airflow_lineage_provider.lineage.snapshot import ImportFact, Snapshot
from airflow_lineage_provider.lineage.statements import Expectation

__all__ = ["Cause", "Reason", "Violation", "cause_in_import", "id_mismatch"]

_TABLE_LIMIT = 250
"""Lineage import leaves out crawls of this many tables or more (SageMaker guide, lineage support matrix)."""


class Reason(StrEnum):
    """Why an expectation is broken; the first nine answer "why is it not in the graph?"."""

    EVENT_FAILED = "EVENT_FAILED"
    EVENT_NOT_PROCESSED = "EVENT_NOT_PROCESSED"
    NODE_MISSING = "NODE_MISSING"
    ID_MISMATCH = "ID_MISMATCH"
    NO_ASSET = "NO_ASSET"
    LINEAGE_IMPORT_OFF = "LINEAGE_IMPORT_OFF"
    OVER_250_TABLES = "OVER_250_TABLES"
    OVER_300KB = "OVER_300KB"
    STALE_CRAWL = "STALE_CRAWL"
    NO_PATH = "NO_PATH"
    NOT_AN_ORIGIN = "NOT_AN_ORIGIN"
    FORBIDDEN_PATH = "FORBIDDEN_PATH"
    UNEXPECTED_UPSTREAM = "UNEXPECTED_UPSTREAM"
    COLUMN_MISSING = "COLUMN_MISSING"
    COLUMN_NOT_TRACED = "COLUMN_NOT_TRACED"
    NO_SCHEMA = "NO_SCHEMA"
    NOT_CRAWLED = "NOT_CRAWLED"
    WRONG_CRAWL = "WRONG_CRAWL"
    SCHEMA_INCOMPATIBLE = "SCHEMA_INCOMPATIBLE"
    ORPHAN = "ORPHAN"


_ADVICE: Mapping[Reason, str] = {
    Reason.EVENT_FAILED: "Read the event with GetLineageEvent, remove the cause, import again.",
    Reason.EVENT_NOT_PROCESSED: "Wait until the event is processed, then verify again.",
    Reason.NODE_MISSING: "Crawl and import again, or take the snapshot from a dataset nearer to it.",
    Reason.ID_MISMATCH: "Use the identifier the catalog uses; comparison is exact and case-sensitive.",
    Reason.NO_ASSET: "See that the data source covers the table and its role can read it, then run it again.",
    Reason.LINEAGE_IMPORT_OFF: "Switch it on with DataZoneEnableLineageOperator and import again.",
    Reason.OVER_250_TABLES: "Split the crawler: lineage is imported for crawls of fewer than 250 tables.",
    Reason.OVER_300KB: "Make the event smaller, with fewer columns or tables: 300,000 bytes is the limit.",
    Reason.STALE_CRAWL: "Run a crawl that starts after the data was written, then run the data source.",
    Reason.NO_PATH: "Compare the run's inputs and outputs in the raw event with what you expect.",
    Reason.NOT_AN_ORIGIN: "Name the dataset where the data starts, or use HasUpstream.",
    Reason.FORBIDDEN_PATH: "Remove the step on the path that lets the data through.",
    Reason.UNEXPECTED_UPSTREAM: "Remove the source, or add it to what is allowed.",
    Reason.COLUMN_MISSING: "Compare the column's name with the schema; Glue stores names in lower case.",
    Reason.COLUMN_NOT_TRACED: "See whether the raw event has columnLineage for the column.",
    Reason.NO_SCHEMA: "See whether the raw event has a schema facet for the dataset.",
    Reason.NOT_CRAWLED: "Run the crawler over the table and import it again.",
    Reason.WRONG_CRAWL: "Find out who ran the other crawl, or run your own and import it.",
    Reason.SCHEMA_INCOMPATIBLE: "Bring the schema back, or agree on the change with its readers.",
    Reason.ORPHAN: "Crawl and import the table, or take it out of the catalog.",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """
    Why something is as it is.

    :param reason: The reason code.
    :param found: What was found, as a clause.
    """

    reason: Reason
    found: str

    @property
    def advice(self) -> str:
        """What to do about it."""
        return _ADVICE[self.reason]


@dataclass(frozen=True, slots=True)
class Violation:
    """
    One broken expectation.

    :param expectation: The expectation.
    :param subject: The dataset it is about, as a source identifier where it is known.
    :param expected: What it asks for.
    :param actual: What is the case instead.
    :param reason: Why.
    :param advice: What to do.
    """

    expectation: Expectation
    subject: str
    expected: str
    actual: str
    reason: Reason
    advice: str

    def to_dict(self) -> dict[str, Any]:
        """Write the violation as JSON."""
        return {
            "expectation": self.expectation.to_dict(),
            "subject": self.subject,
            "expected": self.expected,
            "actual": self.actual,
            "reason": str(self.reason),
            "advice": self.advice,
        }

    def __str__(self) -> str:
        """Say all of it in one line."""
        return f"[{self.reason}] {self.subject}: expected {self.expected}, found {self.actual}. {self.advice}"


def cause_in_import(snapshot: Snapshot, subject: str) -> Cause | None:
    """
    Look for the cause in how the subject came into the catalog.

    :param snapshot: The snapshot with its imports; of several imports of the table the last one counts.
    :param subject: Source identifier, ``namespace/name`` or ``database.table``.
    :return: The cause, or ``None`` if the import has nothing to do with it.
    """
    if snapshot.lineage_import_on is False:
        return Cause(Reason.LINEAGE_IMPORT_OFF, "lineage import is off on the data source's connection")
    fact = next((each for each in reversed(snapshot.imports) if _is_about(each, subject)), None)
    if fact is None:
        return _cause_without_fact(snapshot, subject)
    said = f": {fact.error}" if fact.error else ""
    which = f"lineage event {fact.event_id or 'of unknown id'} of data-source run {fact.run_id}"
    if limit := _limit_passed(snapshot, fact):
        return Cause(limit, f"{which} was not imported{said}")
    if fact.event_status == "FAILED":
        return Cause(Reason.EVENT_FAILED, f"{which} is FAILED{said}")
    if fact.event_status in ("REQUESTED", "PROCESSING"):
        return Cause(Reason.EVENT_NOT_PROCESSED, f"{which} is still {fact.event_status}")
    if fact.asset_id is None:
        return Cause(Reason.NO_ASSET, f"data-source run {fact.run_id} made no asset of the table{said}")
    return None


def id_mismatch(wanted: str, candidates: Iterable[DatasetId]) -> Cause | None:
    """
    Look for a dataset whose identifier is nearly the wanted one.

    :param wanted: The identifier asked for; ``database.table`` is compared with Glue tables.
    :param candidates: The datasets that are there.
    :return: The cause with both identifiers, or ``None`` if none is near.
    """
    for candidate in candidates:
        spellings = [candidate.source_identifier]
        if table := glue_table_of(candidate):
            spellings.append(".".join(table))
        for spelling in spellings:
            if spelling != wanted and (words := _difference(wanted, spelling)):
                both = f"{wanted!r} is asked for, {str(candidate)!r} is there; they differ in {words}"
                return Cause(Reason.ID_MISMATCH, both)
    return None


def _cause_without_fact(snapshot: Snapshot, subject: str) -> Cause | None:
    """Say that an import left a table out, if it did and nothing else made an asset of it."""
    table, graph = DatasetId.parse(subject), snapshot.graph
    joined = table in graph and (_has_asset(graph, table) or graph.predecessors(table))
    if not snapshot.imports or joined or not glue_table_of(table):
        return None
    return Cause(Reason.NO_ASSET, f"data-source run {snapshot.imports[-1].run_id} did not list the table")


def _has_asset(graph: LineageGraph, dataset: DatasetId) -> bool:
    """Tell whether a dataset is joined to an asset of the catalog."""
    entries = (each.source_identifier for each in graph.successors(dataset))
    named = graph.node(dataset).attributes.text("asset_id")
    return bool(named) or any(each.startswith("amazon.datazone.asset/") for each in entries)


def _is_about(fact: ImportFact, subject: str) -> bool:
    """Tell whether an import fact is about the subject."""
    table = DatasetId.parse(fact.table_identifier)
    names = (fact.table_identifier, f"{table.namespace}/{table.name}", f"{fact.database}.{fact.table}")
    return subject in names


def _limit_passed(snapshot: Snapshot, fact: ImportFact) -> Reason | None:
    """Tell which documented limit kept the lineage of a table out."""
    if fact.event_status not in (None, "FAILED"):
        return None
    said = fact.error or ""
    if re.search(r"\b300 ?,?(?:000|KB)\b", said, re.IGNORECASE):
        return Reason.OVER_300KB
    tables = sum(each.run_id == fact.run_id for each in snapshot.imports)
    if re.search(r"\b250\b", said) or (fact.event_id is None and tables >= _TABLE_LIMIT):
        return Reason.OVER_250_TABLES
    return None


_ARN_PLACE = re.compile(r"^(arn:[^:]*:[^:]*):[^:/]*:[^:/]*", re.IGNORECASE)
_FOLDS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("account or region", lambda text: _ARN_PLACE.sub(r"\1:*:*", text)),
    ("letter case", str.lower),
    ("a slash at the end", lambda text: text.rstrip("/")),
    ("'/' against ':'", lambda text: text.replace(":", "/")),
)


def _difference(one: str, other: str) -> str:
    """Say in words in what two identifiers differ; empty if they are not near each other."""
    if _folded(one, _FOLDS) != _folded(other, _FOLDS):
        return ""
    for size in range(1, len(_FOLDS)):
        for chosen in combinations(_FOLDS, size):
            if _folded(one, chosen) == _folded(other, chosen):
                return " and ".join(words for words, _ in chosen)
    return " and ".join(words for words, _ in _FOLDS)


def _folded(text: str, folds: Iterable[tuple[str, Callable[[str], str]]]) -> str:
    """Level out some differences."""
    for _, fold in folds:
        text = fold(text)
    return text
