"""
Snapshots: the lineage of some tables at one moment, with the crawls, imports and events behind it.

A snapshot is what expectations are checked against and what is stored to be compared later. Its JSON form is
stable: equal snapshots give equal text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_lineage_provider.exceptions import InvalidIdentifierError, InvalidSnapshotError
from airflow_lineage_provider.lineage.codec import (
    JsonReader,
    dumps,
    format_time,
    graph_from_dict,
    graph_to_dict,
    parse_time,
)
from airflow_lineage_provider.lineage.graph import LineageGraph
from airflow_lineage_provider.lineage.identifiers import DatasetId

__all__ = ["CrawlFact", "ImportFact", "Snapshot"]

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class CrawlFact:
    """
    What Glue's crawl history says of one crawl.

    :param crawl_id: The crawl's id; the run id in the catalog's lineage.
    :param crawler_name: The crawler.
    :param state: ``RUNNING``, ``COMPLETED``, ``FAILED`` or ``STOPPED``.
    :param started_at: When it started; aware.
    :param ended_at: When it ended; ``None`` while it runs.
    :param data_as_of: What the caller wanted it to have seen; ``None`` if nobody said.
    """

    crawl_id: str
    crawler_name: str
    state: str
    started_at: datetime
    ended_at: datetime | None = None
    data_as_of: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Write the fact as JSON."""
        return {
            "crawlId": self.crawl_id,
            "crawlerName": self.crawler_name,
            "state": self.state,
            "startedAt": format_time(self.started_at),
            "endedAt": _written(self.ended_at),
            "dataAsOf": _written(self.data_as_of),
        }

    @classmethod
    def read(cls, reader: JsonReader) -> CrawlFact:
        """
        Read what :meth:`to_dict` wrote.

        :raises InvalidSnapshotError: If a member is missing or wrong.
        """
        return cls(
            crawl_id=reader.text("crawlId"),
            crawler_name=reader.text("crawlerName"),
            state=reader.text("state"),
            started_at=_time(reader, "startedAt"),
            ended_at=_optional_time(reader, "endedAt"),
            data_as_of=_optional_time(reader, "dataAsOf"),
        )


@dataclass(frozen=True, slots=True)
class ImportFact:
    """
    What one data-source run says of one table.

    :param run_id: The data-source run.
    :param database: The table's Glue database.
    :param table: The table.
    :param table_identifier: The table's source identifier (its ARN).
    :param asset_id: The asset made of it; ``None`` if there is none.
    :param event_id: The lineage event made for it; ``None`` if there is none.
    :param event_status: ``REQUESTED``, ``PROCESSING``, ``SUCCESS`` or ``FAILED``; ``None`` without an event.
    :param error: What the service said went wrong; ``None`` if nothing did.
    """

    run_id: str
    database: str
    table: str
    table_identifier: str
    asset_id: str | None = None
    event_id: str | None = None
    event_status: str | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Write the fact as JSON."""
        return {
            "runId": self.run_id,
            "database": self.database,
            "table": self.table,
            "tableIdentifier": self.table_identifier,
            "assetId": self.asset_id,
            "eventId": self.event_id,
            "eventStatus": self.event_status,
            "error": self.error,
        }

    @classmethod
    def read(cls, reader: JsonReader) -> ImportFact:
        """
        Read what :meth:`to_dict` wrote.

        :raises InvalidSnapshotError: If a member is missing or wrong.
        """
        return cls(
            run_id=reader.text("runId"),
            database=reader.text("database"),
            table=reader.text("table"),
            table_identifier=reader.text("tableIdentifier"),
            asset_id=reader.optional_text("assetId"),
            event_id=reader.optional_text("eventId"),
            event_status=reader.optional_text("eventStatus"),
            error=reader.optional_text("error"),
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    The lineage of some tables at one moment.

    :param taken_at: When it was taken; aware.
    :param domain_id: The catalog's domain; empty if the lineage is from elsewhere.
    :param roots: The datasets it was taken for, in the order they were asked for.
    :param graph: Their lineage.
    :param crawls: The crawls that matter, in any order.
    :param imports: What data-source runs said of the tables, oldest run first.
    :param lineage_import_on: Whether the data source's connection imports lineage; ``None`` if unknown.
    :param events: Raw OpenLineage events by event id.
    """

    taken_at: datetime
    domain_id: str
    roots: tuple[DatasetId, ...]
    graph: LineageGraph
    crawls: tuple[CrawlFact, ...] = ()
    imports: tuple[ImportFact, ...] = ()
    lineage_import_on: bool | None = None
    events: Mapping[str, Mapping[str, object]] = field(default_factory=dict, hash=False)

    def crawl(self, crawl_id: str) -> CrawlFact | None:
        """Return what is known of a crawl, ``None`` if nothing is."""
        return next((each for each in self.crawls if each.crawl_id == crawl_id), None)

    def to_dict(self) -> dict[str, Any]:
        """Write the snapshot as JSON; ``from_dict`` reads it back."""
        return {
            "formatVersion": _FORMAT,
            "takenAt": format_time(self.taken_at),
            "domainId": self.domain_id,
            "roots": [each.source_identifier for each in self.roots],
            "lineageImportOn": self.lineage_import_on,
            "crawls": [each.to_dict() for each in self.crawls],
            "imports": [each.to_dict() for each in self.imports],
            "graph": graph_to_dict(self.graph),
            "events": {key: dict(self.events[key]) for key in sorted(self.events)},
        }

    def to_json(self) -> str:
        """Write the snapshot as JSON text."""
        return dumps(self.to_dict())

    @classmethod
    def from_dict(cls, document: object) -> Snapshot:
        """
        Read what :meth:`to_dict` wrote.

        :raises InvalidSnapshotError: If a member is missing or wrong; ``path`` is its JSON path.
        """
        reader = JsonReader(document, "$")
        if reader.value("formatVersion") != _FORMAT:
            raise InvalidSnapshotError(path="$.formatVersion", problem=f"must be {_FORMAT}")
        switch = reader.value("lineageImportOn")
        if switch is not None and not isinstance(switch, bool):
            raise InvalidSnapshotError(path="$.lineageImportOn", problem="must be true, false or null")
        events = reader.member("events")
        return cls(
            taken_at=_time(reader, "takenAt"),
            domain_id=reader.text("domainId"),
            roots=_roots(reader),
            graph=graph_from_dict(reader.value("graph"), path="$.graph"),
            crawls=tuple(CrawlFact.read(each) for each in reader.items("crawls")),
            imports=tuple(ImportFact.read(each) for each in reader.items("imports")),
            lineage_import_on=switch,
            events={name: events.member(name).members() for name in events.members()},
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Snapshot:
        """
        Read what :meth:`to_json` wrote.

        :raises InvalidSnapshotError: If the text is no JSON, or not of a snapshot.
        """
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise InvalidSnapshotError(path="$", problem="is not JSON") from None
        return cls.from_dict(document)


def _roots(reader: JsonReader) -> tuple[DatasetId, ...]:
    """Read the source identifiers of the roots."""
    found = reader.value("roots")
    try:
        if isinstance(found, list | tuple) and all(isinstance(each, str) for each in found):
            return tuple(DatasetId.parse(each) for each in found)
    except InvalidIdentifierError:
        pass
    raise InvalidSnapshotError(path="$.roots", problem="must be a list of source identifiers")


def _written(time: datetime | None) -> str | None:
    """Write a time that may be absent."""
    return None if time is None else format_time(time)


def _time(reader: JsonReader, name: str) -> datetime:
    """Read a time."""
    try:
        return parse_time(reader.text(name))
    except InvalidSnapshotError:
        raise
    except ValueError:
        problem = "must be a time, such as 2025-06-04T09:31:12Z"
        raise InvalidSnapshotError(path=f"{reader.path}.{name}", problem=problem) from None


def _optional_time(reader: JsonReader, name: str) -> datetime | None:
    """Read a time that may be absent."""
    return None if reader.value(name) is None else _time(reader, name)
