"""
What a task can wait for in SageMaker Catalog: events that are processed, things that are ready or gone.

A wait says how to look once and what follows from what is seen. The worker and the triggerer both ask it, so
they cannot disagree. It is a value: two tasks that wait for the same share one look.

.. seealso::
    - AWS API: `GetDataSource
      <https://docs.aws.amazon.com/datazone/latest/APIReference/API_GetDataSource.html>`__, `GetLineageEvent
      <https://docs.aws.amazon.com/datazone/latest/APIReference/API_GetLineageEvent.html>`__
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from airflow_lineage_provider.exceptions import (
    CatalogThingFailedError,
    CatalogTimeoutError,
    LineageError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.hooks.crawl_records import iso_utc
from airflow_lineage_provider.hooks.import_protocol import EVENT_ENDED

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = [
    "STATE_WAITS",
    "CatalogWait",
    "DataSourceGone",
    "DataSourceIdle",
    "DataSourceReady",
    "DataSourceRunsOver",
    "EventProcessed",
    "ListingInactive",
    "ProjectGone",
    "Sight",
]

_ABSENT = "absent"
_CAN_RUN = frozenset({"READY", "RUNNING"})
_RUN_GOES_ON = frozenset({"REQUESTED", "RUNNING"})
_PASSING = frozenset({"CREATING", "UPDATING", "DELETING"})


@dataclass(frozen=True, slots=True)
class Sight:
    """
    What one look saw.

    :param state: The state of the thing, ``absent`` if there is none.
    :param facts: What the verdict needs of it.
    """

    state: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class CatalogWait(Protocol):
    """What is waited for: a value, whose text names the thing."""

    def __hash__(self) -> int: ...

    def look(self, hook: DataZoneHook) -> Sight:
        """
        Look once; blocks.

        :raises AwsCallError: If AWS refuses the call.
        """

    def verdict(self, seen: Sight) -> dict[str, Any] | None:
        """
        Return what came of it as JSON, or ``None`` while the wait goes on.

        :raises LineageError: If what is waited for will not come.
        """

    def timeout_error(self, state: str, waited_seconds: float) -> LineageError:
        """Return the error for a wait that took too long, a :class:`TimeoutError`."""


@dataclass(frozen=True, slots=True)
class EventProcessed:
    """
    A lineage event is processed, with success or not.

    An event that does not show yet is waited for: who has its id has had it accepted.
    """

    domain_id: str
    event_id: str

    def __str__(self) -> str:
        return f"Lineage event {self.event_id}"

    def look(self, hook: DataZoneHook) -> Sight:
        """Ask for the event, without its payload."""
        try:
            answer = hook.lineage_event_state(self.domain_id, self.event_id)
        except ResourceNotFoundError:
            return Sight(_ABSENT)
        return Sight(str(answer["processingStatus"]), answer)

    def verdict(self, seen: Sight) -> dict[str, Any] | None:
        """Return the event's id, state and times."""
        if seen.state not in EVENT_ENDED:
            return None
        return {
            "event_id": self.event_id,
            "status": seen.state,
            "event_time": iso_utc(seen.facts.get("eventTime")),
            "created_at": iso_utc(seen.facts.get("createdAt")),
        }

    def timeout_error(self, state: str, waited_seconds: float) -> LineageError:
        """Say in which state the event stayed."""
        return _late(self, self.domain_id, state, "processed", waited_seconds)


@dataclass(frozen=True, slots=True)
class DataSourceReady:
    """A data source can be run."""

    domain_id: str
    data_source_id: str

    def __str__(self) -> str:
        return f"Data source {self.data_source_id}"

    def look(self, hook: DataZoneHook) -> Sight:
        """Ask for the data source."""
        answer = hook.get_data_source(self.domain_id, self.data_source_id)
        return Sight(str(answer["status"]), answer)

    def verdict(self, seen: Sight) -> dict[str, Any] | None:
        """Return its state once it is READY."""
        if seen.state.startswith("FAILED") or seen.state == "DELETING":
            raise _failed(self, self.domain_id, seen, _said(seen.facts.get("errorMessage")))
        return {"status": seen.state} if seen.state in _CAN_RUN else None

    def timeout_error(self, state: str, waited_seconds: float) -> LineageError:
        """Say in which state the data source stayed."""
        return _late(self, self.domain_id, state, "READY", waited_seconds)


@dataclass(frozen=True, slots=True)
class DataSourceGone:
    """A data source has been deleted."""

    domain_id: str
    data_source_id: str

    def __str__(self) -> str:
        return f"Data source {self.data_source_id}"

    def look(self, hook: DataZoneHook) -> Sight:
        """Ask for the data source."""
        try:
            answer = hook.get_data_source(self.domain_id, self.data_source_id)
        except ResourceNotFoundError:
            return Sight(_ABSENT)
        return Sight(str(answer["status"]), answer)

    def verdict(self, seen: Sight) -> dict[str, Any] | None:
        """Return once it is not found any more."""
        if seen.state == "FAILED_DELETION":
            raise _failed(self, self.domain_id, seen, _said(seen.facts.get("errorMessage")))
        return {} if seen.state == _ABSENT else None

    def timeout_error(self, state: str, waited_seconds: float) -> LineageError:
        """Say in which state the data source stayed."""
        return _late(self, self.domain_id, state, "gone", waited_seconds)


@dataclass(frozen=True, slots=True)
class DataSourceIdle:
    """Nothing is done to a data source or by it, so that it can be deleted; or it is gone."""

    domain_id: str
    data_source_id: str

    def __str__(self) -> str:
        return f"Data source {self.data_source_id}"

    def look(self, hook: DataZoneHook) -> Sight:
        """Ask for the data source."""
        return DataSourceGone(self.domain_id, self.data_source_id).look(hook)

    def verdict(self, seen: Sight) -> dict[str, Any] | None:
        """Return its state once it is a lasting one."""
        is_busy = seen.state == "RUNNING" or seen.state in _PASSING
        return None if is_busy else {"status": seen.state}

    def timeout_error(self, state: str, waited_seconds: float) -> LineageError:
        """Say in which state the data source stayed."""
        return _late(self, self.domain_id, state, "idle", waited_seconds)


@dataclass(frozen=True, slots=True)
class DataSourceRunsOver:
    """
    No run of a data source is asked for or goes on; or the data source is gone.

    The data source itself does not tell: it is READY until a run that was asked for begins.
    """

    domain_id: str
    data_source_id: str

    def __str__(self) -> str:
        return f"The runs of data source {self.data_source_id}"

    def look(self, hook: DataZoneHook) -> Sight:
        """Ask for the runs."""
        try:
            found = {run["status"] for run in hook.list_data_source_runs(self.domain_id, self.data_source_id)}
        except ResourceNotFoundError:
            return Sight(_ABSENT)
        return Sight(min(found & _RUN_GOES_ON, default="over"))

    def verdict(self, seen: Sight) -> dict[str, Any] | None:
        """Return once none goes on."""
        return None if seen.state in _RUN_GOES_ON else {"status": seen.state}

    def timeout_error(self, state: str, waited_seconds: float) -> LineageError:
        """Say that a run went on."""
        return _late(self, self.domain_id, state, "over", waited_seconds)


@dataclass(frozen=True, slots=True)
class ProjectGone:
    """A project has been deleted."""

    domain_id: str
    project_id: str

    def __str__(self) -> str:
        return f"Project {self.project_id}"

    def look(self, hook: DataZoneHook) -> Sight:
        """Ask for the project."""
        try:
            answer = hook.get_project(self.domain_id, self.project_id)
        except ResourceNotFoundError:
            return Sight(_ABSENT)
        return Sight(str(answer.get("projectStatus") or "ACTIVE"), answer)

    def verdict(self, seen: Sight) -> dict[str, Any] | None:
        """Return once it is not found any more."""
        if seen.state == "DELETE_FAILED":
            reasons = [str(each.get("message") or "") for each in seen.facts.get("failureReasons") or ()]
            raise _failed(self, self.domain_id, seen, "; ".join(filter(None, reasons)))
        return {} if seen.state == _ABSENT else None

    def timeout_error(self, state: str, waited_seconds: float) -> LineageError:
        """Say in which state the project stayed."""
        return _late(self, self.domain_id, state, "gone", waited_seconds)


@dataclass(frozen=True, slots=True)
class ListingInactive:
    """An asset is not published any more."""

    domain_id: str
    asset_id: str

    def __str__(self) -> str:
        return f"The listing of asset {self.asset_id}"

    def look(self, hook: DataZoneHook) -> Sight:
        """Ask for the asset."""
        try:
            answer = hook.get_asset(self.domain_id, self.asset_id)
        except ResourceNotFoundError:
            return Sight(_ABSENT)
        return Sight(str((answer.get("listing") or {}).get("listingStatus") or _ABSENT))

    def verdict(self, seen: Sight) -> dict[str, Any] | None:
        """Return once the listing is INACTIVE or gone."""
        return {"asset_id": self.asset_id} if seen.state in ("INACTIVE", _ABSENT) else None

    def timeout_error(self, state: str, waited_seconds: float) -> LineageError:
        """Say in which state the listing stayed."""
        return _late(self, self.domain_id, state, "INACTIVE", waited_seconds)


STATE_WAITS: Mapping[str, Callable[[str, str], CatalogWait]] = {
    "data_source_gone": DataSourceGone,
    "data_source_idle": DataSourceIdle,
    "data_source_ready": DataSourceReady,
    "data_source_runs_over": DataSourceRunsOver,
    "listing_inactive": ListingInactive,
    "project_gone": ProjectGone,
}
"""By name: what makes the wait of a domain's id and a thing's id."""


def _said(message: object) -> str:
    """Make one line of a ``DataSourceErrorMessage``."""
    if not isinstance(message, Mapping):
        return ""
    return ": ".join(str(part) for part in (message.get("errorType"), message.get("errorDetail")) if part)


def _failed(thing: CatalogWait, domain_id: str, seen: Sight, message: str) -> LineageError:
    """Return the error for a thing that ended in a failed state."""
    return CatalogThingFailedError(thing=str(thing), domain_id=domain_id, state=seen.state, message=message)


def _late(thing: CatalogWait, domain_id: str, state: str, wanted: str, waited_seconds: float) -> LineageError:
    """Return the error for a thing that did not become what was wanted in time."""
    return CatalogTimeoutError(
        thing=str(thing), domain_id=domain_id, state=state, wanted=wanted, waited_seconds=waited_seconds
    )
