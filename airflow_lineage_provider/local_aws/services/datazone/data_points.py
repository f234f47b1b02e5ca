"""Data points of time series as answers show them."""

from __future__ import annotations

from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.state import DataPoint, Domain

__all__ = ["describe_point", "latest_points", "summarize_point"]

_SUMMARY_LENGTH = 20_000


def describe_point(point: DataPoint) -> dict[str, Any]:
    """Return a data point with its content."""
    return {**_members(point), "content": point.content}


def summarize_point(point: DataPoint) -> dict[str, Any]:
    """Return a data point with the beginning of its content."""
    return {**_members(point), "contentSummary": point.content[:_SUMMARY_LENGTH]}


def latest_points(domain: Domain, kind: str, identifier: str) -> list[dict[str, Any]] | None:
    """
    Return the newest data point of each form of an entity, ``None`` if there are none.

    :param kind: ASSET or LISTING.
    """
    newest = {point.form_name: point for point in domain.data_points.get((kind, identifier), [])}
    return [summarize_point(newest[name]) for name in sorted(newest)] or None


def _members(point: DataPoint) -> dict[str, Any]:
    return {
        "formName": point.form_name,
        "typeIdentifier": point.type_name,
        "typeRevision": point.type_revision,
        "timestamp": point.at,
        "id": point.id,
    }
