"""
Carry out the import protocol with a hook: look, start or join, wait, read what came of it.

The decisions are those of :mod:`~airflow_lineage_provider.hooks.import_protocol`. A call that is throttled or
meets a busy service is made again until the deadline; nothing else is repeated.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_lineage_provider.exceptions import (
    AwsCallError,
    DataSourceNotReadyError,
    DataSourceRunTimeoutError,
    InvalidArgumentError,
    LineageImportOffError,
    QuotaExceededError,
)
from airflow_lineage_provider.hooks.crawl_records import clock_offset
from airflow_lineage_provider.hooks.error_codes import is_transient
from airflow_lineage_provider.hooks.import_protocol import (
    ImportQuestion,
    ImportWatch,
    Move,
    Patience,
    began_earlier,
    choose,
    events_settled,
    judge,
    timeout_error,
)
from airflow_lineage_provider.hooks.import_records import ImportedAsset, ImportRun

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["Beginning", "ImportRunner", "LineageSwitch", "Place", "lineage_switch"]

_log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")

_CAN_RUN = frozenset({"READY", "RUNNING"})
_SWITCHES = {"lakehouseProperties": "LAKEHOUSE", "iamProperties": "IAM"}


@dataclass(frozen=True, slots=True)
class LineageSwitch:
    """
    Where a connection has its switch for lineage import, and how it stands.

    ``member`` is the member of the connection's properties; ``None`` if the connection can have no switch.
    """

    connection_id: str
    member: str | None
    on: bool


def lineage_switch(connection: object) -> LineageSwitch:
    """Find ``glueLineageSyncEnabled`` of a connection, as GetConnection shows it."""
    answer: dict[str, Any] = dict(connection) if isinstance(connection, dict) else {}
    props = answer.get("props") or {}
    for member, kind in _SWITCHES.items():
        if member in props or answer.get("type") == kind:
            on = bool((props.get(member) or {}).get("glueLineageSyncEnabled"))
            return LineageSwitch(connection_id=str(answer["connectionId"]), member=member, on=on)
    return LineageSwitch(connection_id=str(answer.get("connectionId", "")), member=None, on=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a data source is: what links and OpenLineage facets need to know of it."""

    project_id: str
    connection_id: str
    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """
    How an import begins.

    With :attr:`Move.WAIT`, ``run`` is the one in the way, if it shows; otherwise it is the one whose end
    answers the question. ``assets`` is there when the run is over and judged a success already.
    """

    move: Move
    run: ImportRun | None
    joined: bool = False
    assets: tuple[ImportedAsset, ...] | None = None


class ImportRunner:
    """
    Carry out one import.

    :param hook: The hook to call with.
    :param question: What the task asks.
    :param patience: How long it may take.
    :param clock: Returns seconds since the epoch.
    :param sleep: Waits so many seconds.
    """

    def __init__(
        self,
        hook: DataZoneHook,
        question: ImportQuestion,
        patience: Patience,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.hook = hook
        self.question = question
        self.patience = patience
        self.clock = clock
        self.sleep = sleep
        self._run_id = ""
        self._seen: ImportRun | None = None

    def preflight(self) -> Place:
        """
        Make sure that a run can be started and, if it is required, that it will import lineage.

        :raises DataSourceNotReadyError: If the data source is not READY and ENABLED.
        :raises LineageImportOffError: If lineage is required and the connection does not import it.
        :raises InvalidArgumentError: If lineage is required of a data source that imports none in its runs.
        """
        domain, source = self.question.domain_id, self.question.data_source_id
        answer = self.patiently(lambda: self.hook.get_data_source(domain, source))
        status = str(answer.get("status", "READY"))
        if status not in _CAN_RUN or answer.get("enableSetting") == "DISABLED":
            raise DataSourceNotReadyError(
                domain_id=domain,
                data_source_id=source,
                state=status if status not in _CAN_RUN else "DISABLED",
                message=str((answer.get("errorMessage") or {}).get("errorDetail") or ""),
            )
        connection_id = str(answer.get("connectionId") or "")
        connection: dict[str, Any] = {}
        if connection_id:
            connection = self.patiently(lambda: self.hook.get_catalog_connection(domain, connection_id))
            self._require_lineage_import(connection, str(answer.get("type", "GLUE")))
        where = next((end.get("awsLocation") or {} for end in connection.get("physicalEndpoints") or ()), {})
        return Place(
            project_id=str(answer["projectId"]),
            connection_id=connection_id,
            account=str(where.get("awsAccountId") or ""),
            region=str(where.get("awsRegion") or ""),
        )

    def _require_lineage_import(self, connection: dict[str, Any], kind: str) -> None:
        """Raise if lineage is required and the connection does not import it."""
        if not self.question.require_lineage:
            return
        switch = lineage_switch(connection)
        if switch.member is None or kind != "GLUE":
            raise InvalidArgumentError(
                argument="require_lineage",
                value=True,
                wanted=f"False for data source {self.question.data_source_id!r}: only Glue data sources on a "
                f"lakehouse or IAM connection import lineage in their runs (this one: {kind}, "
                f"connection type {connection.get('type')})",
            )
        if not switch.on:
            raise LineageImportOffError(
                domain_id=self.question.domain_id,
                data_source_id=self.question.data_source_id,
                connection_id=switch.connection_id,
            )

    def service_clock(self, moment: datetime) -> datetime:
        """Move a time of this process' clock to the service's clock."""
        domain, source = self.question.domain_id, self.question.data_source_id
        sent = datetime.fromtimestamp(self.clock(), tz=UTC)
        page = self.patiently(lambda: self.hook.list_data_source_runs_page(domain, source))
        received = datetime.fromtimestamp(self.clock(), tz=UTC)
        return moment + clock_offset(self.hook.service_time(page), sent, received)

    def begin(
        self,
        token: Callable[[int], str],
        *,
        try_number: int = 1,
        own_run_id: str | None = None,
        waited: bool = False,
    ) -> Beginning:
        """
        Use a run that is there, join one, or start one; or say which one is in the way.

        :param token: Returns the idempotency token of an attempt.
        :param try_number: The attempt to count with when an earlier try's run is over and no answer.
        :param own_run_id: The run an earlier try is known to have started.
        :param waited: A run that was in the way is over; finished runs count from now on.
        :raises QuotaExceededError: If no more runs are allowed today and none that exists will do.
        """
        refusal: AwsCallError | None = None
        unusable: set[str] = set()
        while True:
            runs, listed_at = self._recent_runs()
            decision = choose(
                runs,
                self.question,
                finished_counts=waited or refusal is not None,
                own_run_id=own_run_id,
                unusable=unusable,
            )
            run = decision.run
            if decision.move is Move.USE and run is not None:
                assets = self.assets(run.run_id)
                if judge(run, assets, self.question).fails(self.question):
                    unusable.add(run.run_id)
                    continue
                return Beginning(Move.USE, run, joined=run.run_id != own_run_id, assets=assets)
            if decision.move is Move.JOIN and run is not None:
                return Beginning(Move.JOIN, run, joined=run.run_id != own_run_id)
            if isinstance(refusal, QuotaExceededError):
                raise refusal
            if decision.move is Move.WAIT or refusal is not None:
                return Beginning(Move.WAIT, run)
            try:
                return self._start(token, try_number, {each.run_id for each in runs}, listed_at)
            except AwsCallError as error:
                if error.code != "ConflictException" and not isinstance(error, QuotaExceededError):
                    raise
                _log.info("StartDataSourceRun was refused (%s); looking for a run to join", error.code)
                refusal = error

    def _start(
        self, token: Callable[[int], str], try_number: int, listed: set[str], listed_at: datetime
    ) -> Beginning:
        """Start a run; if the token gave back one that is over and no answer, start another."""
        run = self._accepted(token(0))
        if not began_earlier(run, listed=listed, listed_at=listed_at):
            _log.info("Started run %s of data source %s", run.run_id, self.question.data_source_id)
            return Beginning(Move.START, run)
        if self.question.is_in_progress(run):
            _log.info("Run %s was started by an earlier try of this task and goes on", run.run_id)
            return Beginning(Move.START, run)
        assets = self.assets(run.run_id)
        if self.question.is_complete(run) and not judge(run, assets, self.question).fails(self.question):
            _log.info("Run %s was started by an earlier try of this task and is over", run.run_id)
            return Beginning(Move.USE, run, assets=assets)
        run = self._accepted(token(try_number))
        _log.info("Started run %s of data source %s", run.run_id, self.question.data_source_id)
        return Beginning(Move.START, run)

    def _accepted(self, token: str) -> ImportRun:
        """Start a run and return it as it is now, which the reply need not show."""
        domain, source = self.question.domain_id, self.question.data_source_id
        reply = self.patiently(lambda: self.hook.start_data_source_run(domain, source, client_token=token))
        return self.run(str(reply["id"]))

    def _recent_runs(self) -> tuple[list[ImportRun], datetime]:
        """
        Return the runs that can matter and the service's time when they were listed.

        The order of the listing is not documented. As long as it goes from new to old, what is older than the
        data is not read any further.
        """
        domain, source = self.question.domain_id, self.question.data_source_id
        runs: list[ImportRun] = []
        listed_at: datetime | None = None
        next_token: str | None = None
        while True:
            page = self.patiently(
                lambda: self.hook.list_data_source_runs_page(domain, source, next_token=next_token)  # noqa: B023
            )
            listed_at = listed_at or self.hook.service_time(page)
            runs += [ImportRun.from_answer(item) for item in page.get("items", ())]
            times = [run.created_at for run in runs]
            next_token = page.get("nextToken")
            newest_first = times == sorted(times, reverse=True)
            if not next_token or (newest_first and times and times[-1] < self.question.data_as_of):
                return runs, listed_at

    def run(self, run_id: str) -> ImportRun:
        """Return a run as it is now; from now on it is the one a timeout is about."""
        if run_id != self._run_id:
            self._run_id, self._seen = run_id, None
        answer = self.patiently(lambda: self.hook.get_data_source_run(self.question.domain_id, run_id))
        run = ImportRun.from_answer(answer)
        before, self._seen = self._seen, run
        if before is None or (before.status, before.lineage_status) != (run.status, run.lineage_status):
            _log.info(
                "Run %s is %s, its lineage import %s", run_id, run.status, run.lineage_status or "absent"
            )
        return run

    def assets(self, run_id: str) -> tuple[ImportedAsset, ...]:
        """Return what a run did with each table."""
        activities = self.patiently(
            lambda: list(self.hook.list_data_source_run_activities(self.question.domain_id, run_id))
        )
        return tuple(ImportedAsset.from_answer(activity) for activity in activities)

    def wait(self, run_id: str) -> tuple[ImportRun, tuple[ImportedAsset, ...]]:
        """
        Wait until a run, its lineage import and every event are over.

        :raises DataSourceRunTimeoutError: At the deadline.
        """
        watch = ImportWatch(self.question.require_lineage, self.patience.absent_seconds)
        while True:
            run = self.run(run_id)
            if watch.is_over(run, self.clock()):
                assets = self.assets(run_id)
                if events_settled(run, assets, require_lineage=self.question.require_lineage):
                    return run, assets
            self._pause()

    def wait_for_turn(self, run: ImportRun | None) -> None:
        """
        Wait for the end of the run that is in the way; without one, wait one delay.

        :raises DataSourceRunTimeoutError: At the deadline.
        """
        if run is None:
            self._pause()
            return
        _log.info("Waiting for run %s, which started before the data it would have to see", run.run_id)
        while not run.ended:
            self._pause()
            run = self.run(run.run_id)

    def _pause(self) -> None:
        """Sleep one delay, not beyond the deadline; at the deadline raise."""
        left = self.patience.deadline - self.clock()
        if left <= 0:
            raise self._timed_out()
        self.sleep(min(self.patience.delay, left))

    def _timed_out(self) -> DataSourceRunTimeoutError:
        """Return the error for what took too long."""
        return timeout_error(
            self.question.domain_id,
            self.question.data_source_id,
            timeout=self.patience.timeout,
            run=self._seen,
            run_id=self._run_id,
        )

    def patiently(self, call: Callable[[], AnswerT]) -> AnswerT:
        """
        Make a call, again and again while the service is throttled or busy.

        :raises DataSourceRunTimeoutError: At the deadline.
        """
        pause = 1.0
        while True:
            try:
                return call()
            except AwsCallError as error:
                if not is_transient(error):
                    raise
                left = self.patience.deadline - self.clock()
                if left <= 0:
                    raise self._timed_out() from error
                _log.debug("Asking again: %s", error)
                self.sleep(min(pause * random.uniform(0.5, 1.0), left))  # noqa: S311
                pause = min(pause * 2, 30.0)
