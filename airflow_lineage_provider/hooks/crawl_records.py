"""
What Glue says about crawlers and crawls, as values, and how points in time are read and compared.

.. seealso::
    - `Crawler <https://docs.aws.amazon.com/glue/latest/webapi/API_Crawler.html>`__
    - `CrawlerHistory <https://docs.aws.amazon.com/glue/latest/webapi/API_CrawlerHistory.html>`__
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_lineage_provider.exceptions import InvalidArgumentError

__all__ = [
    "CRAWLER_READY",
    "CRAWLER_STOPPING",
    "CRAWL_ENDED",
    "Crawl",
    "Crawler",
    "Sighting",
    "UsualTime",
    "checked_crawler_name",
    "clock_offset",
    "iso_utc",
    "parse_time",
    "sort_newest_first",
]

CRAWL_ENDED = frozenset({"COMPLETED", "FAILED", "STOPPED"})
"""The states in which a crawl has ended (``CrawlerHistoryState``); the other one is RUNNING."""

CRAWLER_READY = "READY"
"""The only state (``CrawlerState``) in which a crawler can be started."""

CRAWLER_STOPPING = "STOPPING"
"""The state of a crawler that cleans up after a crawl, or whose crawl is being stopped."""


def iso_utc(moment: datetime | None) -> str | None:
    """Write an aware time as ISO 8601 in UTC with milliseconds and ``Z``; ``None`` stays ``None``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(value: object, *, argument: str) -> datetime:
    """
    Read a point in time that a DAG author or a template gave: a datetime or an ISO 8601 text.

    A time without an offset is UTC, a date alone its midnight.

    :raises InvalidArgumentError: If it is anything else, such as a template that rendered to nothing.
    """
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None
    if not isinstance(moment, datetime):
        raise InvalidArgumentError(
            argument=argument,
            value=value,
            wanted="a datetime or an ISO 8601 text such as '2025-06-04T09:23:12Z' (check the template)",
        )
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def checked_crawler_name(value: object) -> str:
    """
    Return the name of a crawler that a DAG author or a template gave.

    :raises InvalidArgumentError: If it is none, such as a template that was not rendered.
    """
    if not isinstance(value, str) or not value.strip() or "{{" in value:
        raise InvalidArgumentError(
            argument="crawler_name", value=value, wanted="the name of a crawler (check the template)"
        )
    return value


def clock_offset(said: datetime, sent_at: datetime, received_at: datetime) -> timedelta:
    """
    Return what must be added to this machine's time to get the service's.

    The ``Date`` header has whole seconds, so the offset is known as a range only. If no offset at all would
    explain the header, it is none; otherwise the larger bound is taken, because a later ``data_as_of`` costs
    at most a second crawl, while an earlier one could make a stale crawl count.

    :param said: The service's time, whole seconds.
    :param sent_at: This machine's time before the call.
    :param received_at: This machine's time after the reply.
    """
    low, high = said - received_at, said + timedelta(seconds=1) - sent_at
    return timedelta() if low <= timedelta() <= high else high


@dataclass(frozen=True, slots=True)
class Crawl:
    """One crawl, as ``ListCrawls`` tells it."""

    crawl_id: str
    state: str
    started_at: datetime
    ended_at: datetime | None = None
    error_message: str = ""
    summary: str | None = None
    log_group: str = ""
    log_stream: str = ""
    dpu_hours: float | None = None

    @classmethod
    def from_history(cls, row: Mapping[str, Any]) -> Crawl:
        """Read a ``CrawlerHistory``."""
        return cls(
            crawl_id=row["CrawlId"],
            state=row.get("State", "RUNNING"),
            started_at=row["StartTime"].astimezone(UTC),
            ended_at=row["EndTime"].astimezone(UTC) if row.get("EndTime") else None,
            error_message=row.get("ErrorMessage") or "",
            summary=row.get("Summary"),
            log_group=row.get("LogGroup") or "",
            log_stream=row.get("LogStream") or "",
            dpu_hours=row.get("DPUHour"),
        )

    @property
    def has_ended(self) -> bool:
        """Tell whether the crawl is over, whatever came of it."""
        return self.state in CRAWL_ENDED

    def age(self, elapsed_seconds: float = 0.0) -> str:
        """
        Say how long the crawl took, or for how long it has been going; nothing where that is not known.

        :param elapsed_seconds: How long Glue says that it has been going, if it is the one that runs.
        """
        if self.ended_at is not None:
            return f" after {(self.ended_at - self.started_at).total_seconds():.0f} s"
        return f" for {elapsed_seconds:.0f} s" if elapsed_seconds > 0 else ""

    def to_payload(self) -> dict[str, Any]:
        """Return the crawl as JSON."""
        facts = {field.name: getattr(self, field.name) for field in fields(self)}
        facts["started_at"] = self.started_at.isoformat()
        facts["ended_at"] = None if self.ended_at is None else self.ended_at.isoformat()
        return facts

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Crawl:
        """Read what :meth:`to_payload` wrote."""
        facts = {field.name: payload[field.name] for field in fields(cls)}
        ended = facts["ended_at"]
        facts["started_at"] = datetime.fromisoformat(facts["started_at"])
        facts["ended_at"] = None if ended is None else datetime.fromisoformat(ended)
        return cls(**facts)


@dataclass(frozen=True, slots=True)
class Crawler:
    """
    What the protocol must know of a crawler.

    :param catalog_tables: The tables of its catalog targets, as ``(database, table)``.
    :param last_crawl: What tells one ``LastCrawl`` from the next; empty before the first crawl.
    :param elapsed_seconds: For how long the crawl that runs has been going; 0 if none does.
    """

    name: str
    state: str
    database: str = ""
    catalog_tables: tuple[tuple[str, str], ...] = ()
    last_crawl: str = ""
    elapsed_seconds: float = 0.0

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> Crawler:
        """Read the ``Crawler`` of ``GetCrawler`` or ``BatchGetCrawlers``."""
        targets = definition.get("Targets", {}).get("CatalogTargets") or ()
        last = definition.get("LastCrawl") or {}
        return cls(
            name=definition["Name"],
            state=definition.get("State", CRAWLER_READY),
            database=definition.get("DatabaseName") or "",
            catalog_tables=tuple(
                (target["DatabaseName"], table) for target in targets for table in target.get("Tables", ())
            ),
            last_crawl=f"{last.get('MessagePrefix', '')} {last.get('StartTime', '')}".strip(),
            elapsed_seconds=(definition.get("CrawlElapsedTime") or 0) / 1000,
        )

    def to_payload(self) -> dict[str, Any]:
        """Return the crawler as JSON."""
        return asdict(self) | {"catalog_tables": [list(table) for table in self.catalog_tables]}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Crawler:
        """Read what :meth:`to_payload` wrote."""
        tables = tuple((database, table) for database, table in payload["catalog_tables"])
        return cls(**{**payload, "catalog_tables": tables})


@dataclass(frozen=True, slots=True)
class UsualTime:
    """
    How long the crawls of a crawler take, in seconds.

    :param median: The median of all of them; 0 if there was none yet.
    :param last: What the last one took; 0 if that is not known.
    """

    median: float
    last: float = 0.0

    @classmethod
    def from_metrics(cls, metrics: Mapping[str, Any]) -> UsualTime:
        """Read a ``CrawlerMetrics``."""
        return cls(metrics.get("MedianRuntimeSeconds") or 0.0, metrics.get("LastRuntimeSeconds") or 0.0)

    @property
    def shorter(self) -> float:
        """Return the shorter of the known figures."""
        return min(self.median, self.last) if self.last > 0 else self.median

    @property
    def longer(self) -> float:
        """Return the longer of the known figures."""
        return max(self.median, self.last)


@dataclass(frozen=True, slots=True)
class Sighting:
    """
    What one look at a crawl showed.

    :param crawler_state: ``None`` if there is no such crawler any more.
    :param crawl: The crawl's row of the history; ``None`` if it was looked for and not found.
    :param looked: Whether the history was asked at all; a crawler that is still RUNNING needs no look.
    :param newest_id: The newest crawl, where that was asked.
    :param crawler: The crawler, where more than its state is of interest.
    """

    crawler_state: str | None
    crawl: Crawl | None = None
    looked: bool = True
    newest_id: str | None = None
    crawler: Crawler | None = None


def sort_newest_first(crawls: Iterable[Crawl]) -> tuple[Crawl, ...]:
    """Sort crawls as ``ListCrawls`` does: the newest first."""
    return tuple(sorted(crawls, key=lambda crawl: crawl.started_at, reverse=True))
