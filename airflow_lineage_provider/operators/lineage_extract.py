"""Read lineage and keep it: as a task's result, or as a snapshot in a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.hooks.crawl_records import parse_time
from airflow_lineage_provider.operators.lineage_base import LineageReadingOperator, lineage_template_fields

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

__all__ = ["LineageExtractOperator"]


class LineageExtractOperator(LineageReadingOperator):
    """
    Read the lineage of tables, assets or a data-source run, now or as it was.

    The newest version of each table that shows who made it is followed upstream, version by version, and what
    reads it downstream. The raw OpenLineage events, the crawls in Glue's history and what the import said of
    each table belong to the snapshot.

    The task returns ``snapshot`` (or ``snapshot_path``), ``tables`` (their names), ``counts``, ``facets``
    (per table the OpenLineage facets ``schema``, ``columnLineage`` and ``symlinks``) and ``history`` (per
    table its versions, newest first, each with ``event_time``, ``crawl_id`` and ``runs``).

    .. seealso::
        - Guide: :ref:`howto/operator:LineageExtractOperator`
        - AWS API: `GetLineageNode
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_GetLineageNode.html>`__

    Which lineage is meant, and the AWS connection: see
    :class:`~airflow_lineage_provider.operators.lineage_base.LineageReadingOperator`.

    :param at: Show the lineage as it was then: a time, or its ISO 8601 text. (templated)
    :param include_events: Read the raw events, which needs ``datazone:GetLineageEvent`` and
        ``datazone:ListLineageEvents``. Without them, columns are known as far as the catalog's nodes tell.
    :param snapshot_path: Write the snapshot there, to a local path or ``s3://bucket/key``, and return the
        path in its place. (templated)
    """

    template_fields: Sequence[str] = lineage_template_fields("at", "snapshot_path")

    def __init__(
        self,
        *,
        at: datetime | str | XComArg | None = None,
        include_events: bool = True,
        snapshot_path: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.at = at
        self.include_events = include_events
        self.snapshot_path = snapshot_path

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002
        """Read the lineage and return it, or where it was written."""
        at = None if self.at is None else parse_time(self.at, argument="at")
        reading = self.read_lineage(at=at, include_events=self.include_events)
        snapshot = reading.snapshot
        graph = snapshot.graph
        if self.snapshot_path is None:
            kept: dict[str, Any] = {"snapshot": snapshot.to_dict()}
        else:
            self.store.write(self.snapshot_path, snapshot)
            self.log.info("Wrote the snapshot to %s", self.snapshot_path)
            kept = {"snapshot_path": self.snapshot_path}
        return {
            **kept,
            "tables": list(reading.facets),
            "counts": {
                "nodes": len(graph),
                "datasets": len(graph.datasets),
                "runs": len(graph.runs),
                "edges": len(graph.edges),
                "column_edges": len(graph.field_edges),
                "events": len(snapshot.events),
                "crawls": len(snapshot.crawls),
                "imports": len(snapshot.imports),
            },
            "facets": reading.facets,
            "history": reading.history,
        }
