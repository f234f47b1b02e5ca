"""Check lineage against expectations; the failure says which is broken, why, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import ExpectationViolatedError, InvalidArgumentError
from airflow_lineage_provider.hooks.crawl_records import parse_time
from airflow_lineage_provider.operators.lineage_base import LineageReadingOperator, lineage_template_fields

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_lineage_provider.lineage.expectations import Expectation
    from airflow_lineage_provider.lineage.snapshot import CrawlFact, Snapshot

__all__ = ["LineageVerifyOperator"]


class _Expectations:
    """
    The argument ``expectations``: values of the core are kept in their JSON form.

    Airflow renders templates, and looks for tasks to wait for, inside lists and mappings only. So nothing an
    author writes inside an expectation is overlooked.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else instance.__dict__[self._name]

    def __set__(self, instance: Any, value: Any) -> None:
        if _is_expectation(value):
            value = [value]
        if isinstance(value, list | tuple):
            value = [each.to_dict() if _is_expectation(each) else each for each in value]
        instance.__dict__[self._name] = value


def _is_expectation(value: object) -> bool:
    """Tell whether a value is of the core; whoever made one has imported the core, so this need not."""
    core = sys.modules.get("airflow_lineage_provider.lineage.expectations")
    return core is not None and isinstance(value, core.Expectation)


class LineageVerifyOperator(LineageReadingOperator):
    """
    Check expectations against the catalog's lineage, or against a snapshot of it; fail if one is broken.

    With ``crawl``, every table must have been made by that crawl; with ``data_as_of``, by a crawl that
    started at or after it; with ``data_source_run``, the run must have imported each table's lineage. These
    come on top of ``expectations``. The error names each broken expectation, what is the case, a reason code,
    and what to do.

    The task returns ``verified`` (``true``), ``expectations`` (how many were checked), ``tables`` and
    ``crawls`` (the ids of the crawls in the lineage).

    .. seealso::
        Guide: :ref:`howto/operator:LineageVerifyOperator`

    Which lineage is meant, and the AWS connection: see
    :class:`~airflow_lineage_provider.operators.lineage_base.LineageReadingOperator`.

    :param expectations: What must hold: objects of :mod:`airflow_lineage_provider.lineage.expectations`, or
        their JSON form such as ``{"type": "has_origin", "subject": …, "origin": …}``. (templated, and inside)
    :param crawl: What :class:`~airflow_lineage_provider.operators.glue_crawl.GlueCrawlOperator` returned.
        Without ``tables``, it is expected of the tables this crawler has made. (templated)
    :param data_as_of: When the data was written: a time, or its ISO 8601 text. (templated)
    :param snapshot: Check this in place of live lineage: a snapshot, its path, or what
        :class:`~airflow_lineage_provider.operators.lineage.LineageExtractOperator` returned. (templated)
    :param snapshot_path: The same, a path only. (templated)
    :param earlier_snapshots: Snapshots by the name ``SchemaCompatible`` knows them by. (templated)
    :raises ExpectationViolatedError: If the lineage breaks an expectation.
    :raises InvalidArgumentError: If there is nothing to check.
    """

    template_fields: Sequence[str] = lineage_template_fields(
        "expectations", "crawl", "data_as_of", "snapshot", "snapshot_path", "earlier_snapshots"
    )
    expectations = _Expectations()

    def __init__(
        self,
        *,
        expectations: Sequence[Expectation | Mapping[str, Any]] | Expectation | XComArg = (),
        crawl: Mapping[str, Any] | XComArg | None = None,
        data_as_of: datetime | str | XComArg | None = None,
        snapshot: Mapping[str, Any] | str | XComArg | None = None,
        snapshot_path: str | None = None,
        earlier_snapshots: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.expectations = expectations
        self.crawl = crawl
        self.data_as_of = data_as_of
        self.snapshot = snapshot
        self.snapshot_path = snapshot_path
        self.earlier_snapshots = earlier_snapshots

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002
        """Read or load the lineage, and check everything that is expected of it."""
        from airflow_lineage_provider.hooks.lineage_verification import (
            crawl_fact,
            crawled_subjects,
            failed_imports,
            implied_expectations,
            subjects_of,
            table_name,
        )
        from airflow_lineage_provider.lineage.expectations import evaluate, parse_expectations

        expected = parse_expectations(self.expectations or ())
        crawl = None if self.crawl is None else crawl_fact(self.crawl)
        as_of = None if self.data_as_of is None else parse_time(self.data_as_of, argument="data_as_of")
        if not expected and crawl is None and as_of is None and self.data_source_run is None:
            raise InvalidArgumentError(
                argument="expectations",
                value=None,
                wanted="at least one expectation, or crawl, data_as_of or data_source_run",
            )
        snapshot = self._snapshot(crawl)
        subjects = subjects_of(snapshot, self.table_names)
        crawled = (
            subjects
            if self.tables is not None or crawl is None
            else crawled_subjects(snapshot, self.crawl, subjects)
        )
        implied = list(implied_expectations(crawled, crawl, as_of))
        earlier = {
            str(name): self.load_snapshot(value, argument="earlier_snapshots")
            for name, value in (self.earlier_snapshots or {}).items()
        }
        broken = [
            violation.to_dict()
            for violation in evaluate(
                [*expected, *implied], snapshot, now=datetime.now(tz=UTC), earlier=earlier
            )
        ]
        broken += failed_imports(snapshot, crawled, known=broken)
        if broken:
            raise ExpectationViolatedError(violations=broken)
        self.log.info("All %d expectation(s) hold", len(expected) + len(implied))
        return {
            "verified": True,
            "expectations": len(expected) + len(implied),
            "tables": [table_name(subject) for subject in subjects],
            "crawls": [fact.crawl_id for fact in snapshot.crawls],
        }

    def _snapshot(self, crawl: CrawlFact | None) -> Snapshot:
        """Return the lineage to check."""
        given = self.snapshot if self.snapshot is not None else self.snapshot_path
        if given is not None:
            argument = "snapshot" if self.snapshot is not None else "snapshot_path"
            return self.load_snapshot(given, argument=argument)
        if not self.names_something:
            raise InvalidArgumentError(
                argument="tables",
                value=None,
                wanted="given, or asset_identifiers, data_source_run, snapshot or snapshot_path",
            )
        return self.read_lineage(crawls=() if crawl is None else (crawl,)).snapshot
