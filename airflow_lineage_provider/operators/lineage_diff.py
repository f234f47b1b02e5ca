"""Compare lineage at two points in time; gate on the changes, or branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import SkipMixin

from airflow_lineage_provider.exceptions import InvalidArgumentError, SchemaChangedError
from airflow_lineage_provider.operators.lineage_base import LineageReadingOperator, lineage_template_fields

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_lineage_provider.hooks.lineage_comparison import Side
    from airflow_lineage_provider.lineage.changes import GraphDiff

__all__ = ["LineageDiffOperator"]

_FAIL_ON = ("any_change", "schema_change")
_COMPATIBILITY = ("BACKWARD", "FORWARD", "FULL")


class LineageDiffOperator(LineageReadingOperator, SkipMixin):
    """
    Compare lineage before and after, and say exactly what changed.

    A new crawl is a new run node with the same job, sources and tables. Runs are therefore compared as their
    jobs, and which runs came and went is listed apart under ``runs``; ``include_runs=True`` compares node by
    node instead.

    The task returns ``changed``, ``changes`` (each with ``type``, its members and a ``description``),
    ``columns`` (per table whose columns changed, the names ``added`` and ``removed``, and ``retyped`` as
    ``name``, ``before``, ``after``), ``runs`` (``added`` and ``removed``) and ``history`` (per table its
    versions, newest first, as far as one of the two sides knows them).

    .. seealso::
        Guide: :ref:`howto/operator:LineageDiffOperator`

    Which lineage is meant where a side is a time, and the AWS connection: see
    :class:`~airflow_lineage_provider.operators.lineage_base.LineageReadingOperator`.

    :param before: The earlier side: a time or its ISO 8601 text, a snapshot, its path, or what
        :class:`~airflow_lineage_provider.operators.lineage.LineageExtractOperator` returned. (templated)
    :param after: The later side, the same; ``None`` reads the lineage as it is now. (templated)
    :param fail_on: ``any_change`` or ``schema_change`` fails if there is one; ``None`` never does.
    :param compatibility: Fail if the columns of a table are not ``BACKWARD``, ``FORWARD`` or ``FULL``
        compatible, as :mod:`airflow_lineage_provider.lineage.schema_compat` says.
    :param include_runs: Compare runs as nodes of their own.
    :param follow_task_ids_if_changed: Tasks right downstream to go on with if anything changed; the others
        there are skipped. Giving this or the next one makes the task branch.
    :param follow_task_ids_if_unchanged: The same if nothing changed.
    :raises SchemaChangedError: If a gate is not passed.
    """

    template_fields: Sequence[str] = lineage_template_fields("before", "after")

    def __init__(
        self,
        *,
        before: Mapping[str, Any] | datetime | str | XComArg,
        after: Mapping[str, Any] | datetime | str | XComArg | None = None,
        fail_on: str | None = None,
        compatibility: str | None = None,
        include_runs: bool = False,
        follow_task_ids_if_changed: Sequence[str] | str | None = None,
        follow_task_ids_if_unchanged: Sequence[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.before = before
        self.after = after
        self.fail_on = fail_on
        self.compatibility = compatibility
        self.include_runs = include_runs
        self.follow_task_ids_if_changed = follow_task_ids_if_changed
        self.follow_task_ids_if_unchanged = follow_task_ids_if_unchanged

    def execute(self, context: Context) -> dict[str, Any]:
        """Compare, pass the gates, and branch if that is wanted."""
        from airflow_lineage_provider.hooks.lineage_comparison import (
            by_job,
            changed_columns,
            changed_runs,
            histories,
        )
        from airflow_lineage_provider.lineage.changes import describe, diff

        for name, value, known in (
            ("fail_on", self.fail_on, _FAIL_ON),
            ("compatibility", self.compatibility, _COMPATIBILITY),
        ):
            if value is not None and value not in known:
                raise InvalidArgumentError(argument=name, value=value, wanted=f"one of {', '.join(known)}")
        before, after = self._side(self.before, "before"), self._side(self.after, "after")
        graphs = [side.graph if self.include_runs else by_job(side.graph) for side in (before, after)]
        found = diff(*graphs)
        for change in found:
            self.log.info("%s", describe(change))
        self._pass_gates(found, before, after)
        result = {
            "changed": bool(found),
            "changes": found.to_dict()["changes"],
            "columns": changed_columns(found),
            "runs": changed_runs(before.graph, after.graph),
            "history": histories(before, after),
        }
        self._branch(context, result)
        return result

    def _side(self, value: object, argument: str) -> Side:
        """Return the lineage on one side."""
        from airflow_lineage_provider.hooks.lineage_comparison import Side

        moment = _moment(value)
        if moment is None and value is not None:
            history = value.get("history") if isinstance(value, Mapping) else None
            known = dict(history) if isinstance(history, Mapping) else {}
            return Side(self.load_snapshot(value, argument=argument), known)
        if (moment is None and argument == "before") or not self.names_something:
            raise InvalidArgumentError(
                argument=argument,
                value=value,
                wanted="a snapshot or its path; or a time, and tables, asset_identifiers or data_source_run",
            )
        reading = self.read_lineage(at=moment)
        return Side(reading.snapshot, reading.history)

    def _pass_gates(self, found: GraphDiff, before: Side, after: Side) -> None:
        """Raise if the changes are not allowed."""
        from airflow_lineage_provider.hooks.lineage_comparison import broken_schemas
        from airflow_lineage_provider.lineage.changes import FieldsChanged, describe

        if self.fail_on is not None:
            stops = found.of_type(FieldsChanged) if self.fail_on == "schema_change" else tuple(found)
            if stops:
                allowed = f"fail_on={self.fail_on!r} allows none"
                raise SchemaChangedError(changes=[describe(change) for change in stops], allowed=allowed)
        if self.compatibility is not None:
            broken = broken_schemas(before.graph, after.graph, mode=self.compatibility)
            if broken:
                allowed = f"schemas must stay {self.compatibility} compatible"
                raise SchemaChangedError(changes=broken, allowed=allowed)

    def _branch(self, context: Context, result: dict[str, Any]) -> None:
        """Skip the tasks right downstream that are not to be followed, if the task is to branch."""
        branches = self.follow_task_ids_if_changed, self.follow_task_ids_if_unchanged
        if branches == (None, None):
            return
        chosen = branches[0] if result["changed"] else branches[1]
        ti: Any = context["ti"]
        if self.do_xcom_push:
            ti.xcom_push(key="return_value", value=result)  # skipping ends the task without returning
        self.skip_all_except(ti, [chosen] if isinstance(chosen, str) else list(chosen or ()))


def _moment(value: object) -> datetime | None:
    """Return a point in time if the value is one, or its ISO 8601 text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value
