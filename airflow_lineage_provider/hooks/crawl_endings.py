"""
Which crawls of a crawler have ended since somebody last looked.

A crawler runs one crawl at a time, so its crawls have an order, and one place in it says what was told
already. Nothing here waits, and nothing but :func:`read_endings` calls AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.hooks.crawl_records import Crawl, Crawler, iso_utc
from airflow_lineage_provider.hooks.crawl_result import changed_tables

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

__all__ = ["Endings", "Place", "ending_payload", "read_endings"]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """
    A place in a crawler's history: everything up to this crawl was told.

    :param crawl_id: The last crawl that was told; empty if none was.
    :param started_at: When it started.
    """

    crawl_id: str = ""
    started_at: datetime = _LONG_AGO

    def to_payload(self) -> dict[str, str]:
        """Return the place as JSON."""
        return {"crawl_id": self.crawl_id, "started_at": self.started_at.isoformat()}

    @classmethod
    def from_payload(cls, payload: object) -> Place | None:
        """Read what :meth:`to_payload` wrote; ``None`` if it is anything else."""
        if not isinstance(payload, Mapping):
            return None
        try:
            started_at = datetime.fromisoformat(str(payload["started_at"]))
            return cls(str(payload["crawl_id"]), started_at)
        except (KeyError, ValueError):
            return None

    @classmethod
    def of(cls, crawl: Crawl) -> Place:
        """Return the place of a crawl."""
        return cls(crawl.crawl_id, crawl.started_at)


@dataclass(frozen=True, slots=True)
class Endings:
    """
    What one look at a crawler's history showed.

    :param crawls: The newest crawls, the newest first.
    """

    crawler: Crawler
    crawls: tuple[Crawl, ...]

    def now(self) -> Place:
        """Return the place after the newest crawl that has ended."""
        return next((Place.of(crawl) for crawl in self.crawls if crawl.has_ended), Place())

    def since(self, place: Place) -> list[Crawl]:
        """Return the crawls after a place that have ended, the oldest first."""
        return [
            crawl
            for crawl in reversed(self.crawls)
            if crawl.has_ended and crawl.crawl_id != place.crawl_id and crawl.started_at >= place.started_at
        ]


def read_endings(hook: GlueCrawlHook, crawler: Crawler, place: Place | None = None) -> Endings:
    """
    Read a crawler's history back to a place; without one, back to the newest crawl that has ended.

    :raises ResourceNotFoundError: If there is no such crawler.
    """

    def far_enough(crawl: Crawl) -> bool:
        if place is None:
            return crawl.has_ended
        return crawl.crawl_id == place.crawl_id or crawl.started_at < place.started_at

    return Endings(crawler, hook.recent_crawls(crawler.name, until=far_enough))


def ending_payload(crawler: Crawler, crawl: Crawl) -> dict[str, Any]:
    """
    Return what is told of a crawl that ended, as JSON.

    ``tables`` is ``None`` if the crawl's summary cannot be read, which means unknown.
    """
    return {
        "crawler_name": crawler.name,
        "crawl_id": crawl.crawl_id,
        "state": crawl.state,
        "started_at": iso_utc(crawl.started_at),
        "ended_at": iso_utc(crawl.ended_at),
        "database": crawler.database or "default",
        "tables": changed_tables(crawl.summary, crawler),
        "error_message": crawl.error_message,
    }
