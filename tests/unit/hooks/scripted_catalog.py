"""A double of boto3's DataZone client for one data source; its time goes on by a second with every call."""

# ruff: noqa: N803 - the arguments are boto3's
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from airflow_lineage_provider.hooks.datazone import DataZoneHook

DOMAIN = "dzd-abc123"
SOURCE = "source00000001"
CONNECTION = "connection0001"
NOON = datetime(2025, 6, 4, 12, tzinfo=UTC).timestamp()

_METHODS = {
    "get_data_source": "GetDataSource",
    "get_connection": "GetConnection",
    "update_connection": "UpdateConnection",
    "start_data_source_run": "StartDataSourceRun",
    "get_data_source_run": "GetDataSourceRun",
    "list_data_source_runs": "ListDataSourceRuns",
    "list_data_source_run_activities": "ListDataSourceRunActivities",
}


def moment(seconds: float) -> datetime:
    """Return a time in seconds since the epoch as boto3 gives it."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def client_error(operation: str, code: str, message: str = "no") -> ClientError:
    """Build the error boto3 raises for an error code."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def make_activity(table: str = "orders", **overrides: Any) -> dict[str, Any]:
    """Build an activity of a table that was imported with its lineage."""
    return {
        "database": "db",
        "technicalName": table,
        "dataSourceRunId": "run",
        "projectId": "project0000001",
        "dataAssetStatus": "SUCCEEDED_CREATED",
        "dataAssetId": f"asset-{table}",
        "lineageSummary": {"eventId": f"event-{table}", "eventStatus": "SUCCESS"},
        **overrides,
    }


@dataclass
class ScriptedRun:
    """A run that takes so many seconds, and its lineage import so many more."""

    run_id: str
    created: float
    token: str = ""
    start_after: float = 0
    run_seconds: float = 5
    lineage_seconds: float = 3
    event_seconds: float = 0
    status: str = "SUCCESS"
    lineage_status: str | None = "SUCCESS"
    message: str | None = None
    activities: list[dict[str, Any]] = field(default_factory=lambda: [make_activity()])

    @property
    def started(self) -> float:
        return self.created + self.start_after

    @property
    def ended(self) -> float:
        return self.started + self.run_seconds

    def answer(self, now: float) -> dict[str, Any]:
        """Return the run as GetDataSourceRun shows it."""
        shown: dict[str, Any] = {
            "domainId": DOMAIN,
            "dataSourceId": SOURCE,
            "projectId": "project0000001",
            "type": "PRIORITIZED",
            "id": self.run_id,
            "createdAt": moment(self.created),
            "updatedAt": moment(now),
            "status": "REQUESTED",
        }
        if now >= self.started:
            shown |= {"status": "RUNNING", "startedAt": moment(self.started)}
            if self.lineage_status:
                shown["lineageSummary"] = {"importStatus": "IN_PROGRESS"}
        if now >= self.ended:
            shown |= {
                "status": self.status,
                "stoppedAt": moment(self.ended),
                "runStatisticsForAssets": {"added": len(self.activities)},
            }
            if self.message:
                shown["errorMessage"] = {"errorType": "VALIDATION_EXCEPTION", "errorDetail": self.message}
        if self.lineage_status and now >= self.ended + self.lineage_seconds:
            shown["lineageSummary"] = {"importStatus": self.lineage_status}
        return shown

    def shown_activities(self, now: float) -> list[dict[str, Any]]:
        """Return the activities; their events are processed some time after the import."""
        if now >= self.ended + self.lineage_seconds + self.event_seconds:
            return self.activities
        return [
            {**each, "lineageSummary": {"eventId": "e", "eventStatus": "PROCESSING"}}
            for each in self.activities
        ]


class ScriptedCatalog:
    """
    The client. ``calls`` has the API operations in order; ``faults`` the errors still to be raised.

    :param runs: Runs that are there already.
    :param next_runs: What the runs that are going to be started are like.
    """

    def __init__(self, *runs: ScriptedRun, next_runs: list[dict[str, Any]] | None = None) -> None:
        self.now = NOON
        self.runs = list(runs)
        self.next_runs = list(next_runs or [])
        self.calls: list[str] = []
        self.faults: dict[str, list[str]] = {}
        self.lineage_on = True
        self.data_source: dict[str, Any] = {
            "id": SOURCE,
            "domainId": DOMAIN,
            "projectId": "project0000001",
            "name": "glue",
            "type": "GLUE",
            "status": "READY",
            "enableSetting": "ENABLED",
            "connectionId": CONNECTION,
        }
        self.connection_type = "LAKEHOUSE"
        self.member: str | None = "lakehouseProperties"
        self.quota = 25
        self.newest_first = True
        self.page_size = 50
        self.unlisted: set[str] = set()
        self.meta = SimpleNamespace(method_to_api_mapping=_METHODS, region_name="eu-west-1", partition="aws")

    def started(self) -> list[str]:
        """Return the ids of the runs that were started here."""
        return [run.run_id for run in self.runs if run.token]

    def _called(self, operation: str) -> dict[str, Any]:
        """Let a second pass, raise a fault if one is due, and return the reply's metadata."""
        self.now += 1
        self.calls.append(operation)
        if self.faults.get(operation):
            raise client_error(operation, self.faults[operation].pop(0))
        date = format_datetime(moment(int(self.now)), usegmt=True)
        return {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}

    def get_data_source(self, *, domainIdentifier: str, identifier: str) -> dict[str, Any]:
        reply = self._called("GetDataSource")
        if (domainIdentifier, identifier) != (DOMAIN, SOURCE):
            raise client_error("GetDataSource", "ResourceNotFoundException", "no such data source")
        return {**reply, **self.data_source}

    def get_connection(self, *, domainIdentifier: str, identifier: str) -> dict[str, Any]:
        reply = self._called("GetConnection")
        if (domainIdentifier, identifier) != (DOMAIN, CONNECTION):
            raise client_error("GetConnection", "ResourceNotFoundException", "no such connection")
        return {
            **reply,
            "connectionId": CONNECTION,
            "domainId": DOMAIN,
            "domainUnitId": "root",
            "name": "project.default_lakehouse",
            "type": self.connection_type,
            "physicalEndpoints": [
                {"awsLocation": {"awsAccountId": "123456789012", "awsRegion": "us-east-1"}}
            ],
            "props": {self.member: {"glueLineageSyncEnabled": self.lineage_on}} if self.member else {},
        }

    def update_connection(
        self, *, domainIdentifier: str, identifier: str, props: dict[str, Any]
    ) -> dict[str, Any]:
        reply = self._called("UpdateConnection")
        ((member, values),) = props.items()
        if member != self.member:
            raise client_error("UpdateConnection", "ValidationException", f"no {member}")
        self.lineage_on = values["glueLineageSyncEnabled"]
        return {**reply, "connectionId": CONNECTION}

    def start_data_source_run(
        self, *, domainIdentifier: str, dataSourceIdentifier: str, clientToken: str
    ) -> dict[str, Any]:
        reply = self._called("StartDataSourceRun")
        for run in self.runs:
            if run.token == clientToken:
                return {**reply, **run.answer(run.created)}
        if any(self.now < run.ended for run in self.runs):
            raise client_error("StartDataSourceRun", "ConflictException", "a run is going on")
        if len(self.runs) >= self.quota:
            raise client_error("StartDataSourceRun", "ServiceQuotaExceededException", "25 a day")
        script = self.next_runs.pop(0) if self.next_runs else {}
        run = ScriptedRun(f"started{len(self.started()) + 1}", self.now, clientToken, **script)
        self.runs.append(run)
        return {**reply, **run.answer(run.created)}

    def get_data_source_run(self, *, domainIdentifier: str, identifier: str) -> dict[str, Any]:
        reply = self._called("GetDataSourceRun")
        for run in self.runs:
            if run.run_id == identifier:
                return {**reply, **run.answer(self.now)}
        raise client_error("GetDataSourceRun", "ResourceNotFoundException", "no such run")

    def list_data_source_runs(
        self, *, domainIdentifier: str, dataSourceIdentifier: str, maxResults: int, nextToken: str = "0"
    ) -> dict[str, Any]:
        reply = self._called("ListDataSourceRuns")
        runs = sorted(
            (run for run in self.runs if run.created <= self.now and run.run_id not in self.unlisted),
            key=lambda run: run.created,
            reverse=self.newest_first,
        )
        first = int(nextToken)
        page = runs[first : first + min(maxResults, self.page_size)]
        reply["items"] = [run.answer(self.now) for run in page]
        if first + len(page) < len(runs):
            reply["nextToken"] = str(first + len(page))
        return reply

    def list_data_source_run_activities(
        self, *, domainIdentifier: str, identifier: str, maxResults: int
    ) -> dict[str, Any]:
        reply = self._called("ListDataSourceRunActivities")
        for run in self.runs:
            if run.run_id == identifier:
                return {**reply, "items": run.shown_activities(self.now)}
        raise client_error("ListDataSourceRunActivities", "ResourceNotFoundException", "no such run")


def make_hook(catalog: ScriptedCatalog) -> DataZoneHook:
    """Return a hook that calls the double."""
    hook = DataZoneHook(None, region_name="us-east-1")
    hook.__dict__["conn"] = catalog
    return hook
