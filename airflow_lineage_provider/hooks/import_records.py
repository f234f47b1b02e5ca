"""
What the catalog says about an import: data-source runs and what they did with each table, as values.

Read from the answers of boto3 and written as plain JSON, so that a trigger can hand them to the operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["RUN_ENDED", "ImportRun", "ImportedAsset"]

RUN_ENDED = frozenset({"SUCCESS", "PARTIALLY_SUCCEEDED", "FAILED"})
"""The states in which a run has ended (``DataSourceRunStatus``); in every other one it still goes on."""


def _time(value: Any) -> datetime:
    """Read a time as boto3 gives it (aware) or as ``to_dict`` wrote it."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _time_or_none(value: Any) -> datetime | None:
    """Read a time that may be absent."""
    return None if value is None else _time(value)


def _said(message: object) -> str | None:
    """Make one line of a ``DataSourceErrorMessage`` or of a plain text."""
    if isinstance(message, Mapping):
        return ": ".join(str(part) for part in (message.get("errorType"), message.get("errorDetail")) if part)
    return str(message) if message else None


@dataclass(frozen=True, slots=True)
class ImportRun:
    """
    One data-source run, as GetDataSourceRun and ListDataSourceRuns show it.

    ``lineage_status`` is ``None`` while the answer has no ``lineageSummary``.
    """

    run_id: str
    status: str
    created_at: datetime
    lineage_status: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    statistics: Mapping[str, int] = field(default_factory=dict)
    message: str | None = None

    @property
    def began_at(self) -> datetime:
        """The start; while it is not known, the time of the request, which is never later."""
        return self.started_at or self.created_at

    @property
    def in_words(self) -> str:
        """Say what is known of its state, for logs."""
        return f"{self.status}, its lineage import {self.lineage_status or 'absent'}"

    @property
    def ended(self) -> bool:
        """Tell whether the run itself is over; its lineage import may still go on."""
        return self.status in RUN_ENDED

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> ImportRun:
        """Read a run from an answer, or an item of a listing, of boto3."""
        statistics = answer.get("runStatisticsForAssets") or {}
        return cls(
            run_id=str(answer["id"]),
            status=str(answer["status"]),
            created_at=_time(answer["createdAt"]),
            lineage_status=(answer.get("lineageSummary") or {}).get("importStatus"),
            started_at=_time_or_none(answer.get("startedAt")),
            stopped_at=_time_or_none(answer.get("stoppedAt")),
            statistics={str(name): int(count) for name, count in statistics.items()},
            message=_said(answer.get("errorMessage")),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON that :meth:`from_dict` reads."""
        return {
            **asdict(self),
            "created_at": self.created_at.isoformat(),
            "started_at": self.started_at.isoformat() if self.started_at else None,
            "stopped_at": self.stopped_at.isoformat() if self.stopped_at else None,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> ImportRun:
        """Read what :meth:`to_dict` wrote."""
        return cls(
            **{
                **document,
                "created_at": _time(document["created_at"]),
                "started_at": _time_or_none(document["started_at"]),
                "stopped_at": _time_or_none(document["stopped_at"]),
            }
        )


@dataclass(frozen=True, slots=True)
class ImportedAsset:
    """
    What a run did with one table, as ListDataSourceRunActivities shows it.

    A table that no crawl has touched since its lineage was last reported has no event: both lineage members
    are ``None`` then, and that is no failure.
    """

    database: str
    table: str
    status: str
    asset_id: str | None = None
    lineage_event_id: str | None = None
    lineage_status: str | None = None
    error: str | None = None
    lineage_error: str | None = None

    @property
    def name(self) -> str:
        """The table as people write it: ``database.table``."""
        return f"{self.database}.{self.table}"

    @classmethod
    def from_answer(cls, activity: Mapping[str, Any]) -> ImportedAsset:
        """Read an activity as boto3 gives it."""
        lineage = activity.get("lineageSummary") or {}
        return cls(
            database=str(activity["database"]),
            table=str(activity["technicalName"]),
            status=str(activity["dataAssetStatus"]),
            asset_id=activity.get("dataAssetId"),
            lineage_event_id=lineage.get("eventId"),
            lineage_status=lineage.get("eventStatus"),
            error=_said(activity.get("errorMessage")),
            lineage_error=_said(lineage.get("errorMessage")),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON that :meth:`from_dict` reads."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> ImportedAsset:
        """Read what :meth:`to_dict` wrote."""
        return cls(**document)
