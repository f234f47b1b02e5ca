"""
Wait in the triggerer for what happens in SageMaker Catalog, through the shared poller.

Here is the wait for a data-source run and its lineage import; the others are in
:mod:`~airflow_lineage_provider.triggers.catalog_wait`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from airflow.triggers.base import TriggerEvent

from airflow_lineage_provider.exceptions import DataSourceRunTimeoutError, LineageError
from airflow_lineage_provider.hooks.import_history import first_since, runs_since
from airflow_lineage_provider.hooks.import_protocol import ImportWatch, events_settled, timeout_error
from airflow_lineage_provider.hooks.import_records import ImportedAsset, ImportRun
from airflow_lineage_provider.hooks.repeating import a_few_times
from airflow_lineage_provider.triggers.base import LineageAwsTrigger, error_payload
from airflow_lineage_provider.triggers.catalog_wait import (
    DataZoneLineageEventTrigger,
    DataZoneLineageNodeTrigger,
    DataZoneStateTrigger,
)
from airflow_lineage_provider.triggers.poller import SharedPoller
from airflow_lineage_provider.triggers.poller_hooks import SingleFetch

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = [
    "DataZoneDataSourceRunTrigger",
    "DataZoneLineageEventTrigger",
    "DataZoneLineageNodeTrigger",
    "DataZoneStateTrigger",
]

SeenT = TypeVar("SeenT")
VerdictT = TypeVar("VerdictT")
_Subject = tuple[str, ...]
_Ending = tuple[ImportRun, tuple[ImportedAsset, ...]]

_LOOKS_WITHOUT_IT = 3
"""How often a run may be missing from the newest page of the listing before it is asked for by itself."""

_FIRST_LOOK_SECONDS = 1.0
"""How soon a run that is over is read."""


class _Runs(NamedTuple):
    """The newest runs of a data source, and whether there are more that are older."""

    runs: tuple[ImportRun, ...]
    more: bool


class DataZoneDataSourceRunTrigger(LineageAwsTrigger):
    """
    Wait for one data-source run: a given one, or the first that started at or after a time.

    All waits on one data source share one ListDataSourceRuns call per interval. The event carries what the
    operator needs to judge the run, or the error; nothing depends on what the worker kept in memory.

    :param domain_identifier: Domain of the data source.
    :param data_source_identifier: The data source.
    :param run_identifier: The run. ``None`` waits for the first run since ``data_as_of`` or, without that,
        one ``waiter_delay`` and no more.
    :param awaited: ``verdict`` waits for the run, its lineage import and every event; ``turn`` only for the
        end of the run, because it is in the way of another.
    :param require_lineage: Wait for the lineage import, too.
    :param waiter_delay: Seconds between two looks.
    :param timeout: What the task allows, in seconds.
    :param deadline: When that is over, in seconds since the epoch.
    :param absent_seconds: How long a finished run may be without a lineage summary.
    :param data_as_of: The run must have started at or after this time, in ISO 8601 and on the service's
        clock; only without ``run_identifier``.
    :param carried: JSON that the event brings back to the operator.
    :param seen: The state of the run that the task logged last, in words; only another one is logged.
    :param aws_conn_id: Airflow connection with the AWS credentials; ``None`` leaves them to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param botocore_config: Options of the botocore client.
    """

    hook_class_path: ClassVar[str] = "airflow_lineage_provider.hooks.datazone.DataZoneHook"

    def __init__(
        self,
        *,
        domain_identifier: str,
        data_source_identifier: str,
        run_identifier: str | None,
        awaited: str,
        require_lineage: bool,
        waiter_delay: float,
        timeout: float,
        deadline: float,
        absent_seconds: float,
        carried: dict[str, Any],
        data_as_of: str | None = None,
        seen: str = "",
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            aws_conn_id=aws_conn_id, region_name=region_name, verify=verify, botocore_config=botocore_config
        )
        self.domain_identifier = domain_identifier
        self.data_source_identifier = data_source_identifier
        self.run_identifier = run_identifier
        self.awaited = awaited
        self.require_lineage = require_lineage
        self.waiter_delay = waiter_delay
        self.timeout = timeout
        self.deadline = deadline
        self.absent_seconds = absent_seconds
        self.carried = carried
        self.data_as_of = data_as_of
        self.seen = seen
        self._told = seen
        self._last: ImportRun | None = None

    def own_arguments(self) -> dict[str, Any]:
        """Return everything that is not an AWS connection argument."""
        return {
            "domain_identifier": self.domain_identifier,
            "data_source_identifier": self.data_source_identifier,
            "run_identifier": self.run_identifier,
            "awaited": self.awaited,
            "require_lineage": self.require_lineage,
            "waiter_delay": self.waiter_delay,
            "timeout": self.timeout,
            "deadline": self.deadline,
            "absent_seconds": self.absent_seconds,
            "carried": self.carried,
            "data_as_of": self.data_as_of,
            "seen": self.seen,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event: ``over`` with run and assets, ``turn``, or ``error``."""
        hook = self.poller_hook()  # one for all its waits, which follow each other
        try:
            payload = await self._payload()
        except LineageError as error:
            payload = {"status": "error", "error": error_payload(error)}
        finally:
            hook.release()
        event = {**payload, "carried": self.carried, "deadline": self.deadline}
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]

    async def _payload(self) -> dict[str, Any]:
        """Wait for what is awaited and describe it."""
        run_id = self.run_identifier
        if run_id is None and self.data_as_of is None:
            left = self.deadline - time.time()
            if left <= 0:
                raise self._timed_out()
            await asyncio.sleep(min(self.waiter_delay, left))
            return {"status": "turn"}
        watch = ImportWatch(self.require_lineage, self.absent_seconds)
        try:
            run_id = run_id or await self._first_since(datetime.fromisoformat(str(self.data_as_of)))
            listed = await self._follow(run_id, watch)
            if listed and self.awaited == "turn":
                return {"status": "turn"}
            run, assets = await self._read(run_id, watch)
        except TimeoutError as error:
            raise self._timed_out() from error
        if self.awaited == "turn":
            return {"status": "turn"}
        return {"status": "over", "run": run.to_dict(), "assets": [asset.to_dict() for asset in assets]}

    async def _first_since(self, since: datetime) -> str:
        """Wait until there is a run that started at or after a time, and return its id."""

        def verdict(seen: _Runs) -> ImportRun | str | None:
            if seen.more and all(run.began_at >= since for run in seen.runs):
                return "the first one is on a later page"
            return first_since(seen.runs, since)

        seen = await self._listed(verdict, soon=True)
        found = seen if isinstance(seen, ImportRun) else await self._first_of_all_since(since)
        self.log.info("Run %s started at or after %s", found.run_id, since.isoformat())
        return found.run_id

    async def _first_of_all_since(self, since: datetime) -> ImportRun:
        """Wait for the first run since a time, whichever page it is on."""
        return await self._watch(
            "data-source runs since",
            _runs_since,
            (self.domain_identifier, self.data_source_identifier, since.isoformat()),
            lambda seen: first_since(seen.runs, since),
            soon=True,
        )

    async def _follow(self, run_id: str, watch: ImportWatch) -> bool:
        """Wait until the run is over, seen in the listing; return ``False`` if it is not in there."""
        looks = 0

        def verdict(seen: _Runs) -> bool | None:
            nonlocal looks
            run = next((each for each in seen.runs if each.run_id == run_id), None)
            if run is None:
                looks += 1
                return False if looks >= _LOOKS_WITHOUT_IT else None
            return True if self._is_over(run, watch) else None

        return await self._listed(verdict)

    async def _listed(self, verdict: Callable[[_Runs], VerdictT | None], *, soon: bool = False) -> VerdictT:
        """Wait for something in the newest page of the listing."""
        return await self._watch(
            "data-source runs",
            _newest_runs,
            (self.domain_identifier, self.data_source_identifier),
            verdict,
            soon=soon,
        )

    async def _watch(
        self,
        kind: str,
        ask: Callable[[DataZoneHook, _Subject], SeenT],
        subject: _Subject,
        verdict: Callable[[SeenT], VerdictT | None],
        *,
        interval: float | None = None,
        soon: bool = False,
    ) -> VerdictT:
        """Wait through the shared poller of this kind."""
        return await SharedPoller[_Subject, SeenT].watch(
            (kind, *self.client_key),
            lambda: SingleFetch(self.poller_hook(), ask),
            subject,
            verdict,
            interval=self.waiter_delay if interval is None else interval,
            deadline=self.deadline,
            batch_size=1,
            soon=soon,
        )

    async def _read(self, run_id: str, watch: ImportWatch) -> _Ending:
        """Read the run and what it did with each table until every event is processed."""

        def verdict(seen: _Ending) -> _Ending | None:
            run, assets = seen
            if not self._is_over(run, watch):
                return None
            settled = self.awaited == "turn" or events_settled(
                run, assets, require_lineage=self.require_lineage
            )
            return seen if settled else None

        async def look(judged: Callable[[_Ending], _Ending | None], interval: float) -> _Ending:
            subject = (self.domain_identifier, run_id)
            return await self._watch("data-source run", _ending, subject, judged, interval=interval)

        first = await look(lambda seen: seen, min(self.waiter_delay, _FIRST_LOOK_SECONDS))
        return verdict(first) or await look(verdict, self.waiter_delay)

    def _is_over(self, run: ImportRun, watch: ImportWatch) -> bool:
        """Tell whether what is awaited of the run has ended, and log each change of its state."""
        self._last = run
        if run.in_words != self._told:
            self._told = run.in_words
            self.log.info("Run %s is %s", run.run_id, run.in_words)
        return run.ended if self.awaited == "turn" else watch.is_over(run, time.monotonic())

    def _timed_out(self) -> DataSourceRunTimeoutError:
        """Return the error for a wait that took too long."""
        return timeout_error(
            self.domain_identifier,
            self.data_source_identifier,
            timeout=self.timeout,
            run=self._last,
            run_id=self.run_identifier or "",
        )


def _newest_runs(hook: DataZoneHook, subject: _Subject) -> _Runs:
    """Return the newest page of a data source's runs."""
    domain, source = subject
    page = hook.list_data_source_runs_page(domain, source)
    runs = tuple(ImportRun.from_answer(item) for item in page.get("items", ()))
    return _Runs(runs, more=bool(page.get("nextToken")))


def _runs_since(hook: DataZoneHook, subject: _Subject) -> _Runs:
    """Return the runs of a data source since a time."""
    domain, source, since = subject
    history = runs_since(
        hook.patient(a_few_times), domain, source, datetime.fromisoformat(since), lambda call: call()
    )
    return _Runs(history.runs, more=False)


def _ending(hook: DataZoneHook, subject: _Subject) -> _Ending:
    """Return a run and, if it is over, what it did with each table."""
    domain, run_id = subject
    hook = hook.patient(a_few_times)
    run = ImportRun.from_answer(hook.get_data_source_run(domain, run_id))
    activities = hook.list_data_source_run_activities(domain, run_id) if run.ended else ()
    return run, tuple(ImportedAsset.from_answer(activity) for activity in activities)
