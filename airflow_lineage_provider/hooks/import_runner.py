"""
Carry out the import protocol with a hook: look, start or join, wait, read what came of it.

The decisions are those of :mod:`~airflow_lineage_provider.hooks.import_protocol`. A call that is throttled or
meets a busy service is made again until the deadline; nothing else is repeated.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_lineage_provider.exceptions import (
    AwsCallError,
    DataSourceRunTimeoutError,
    QuotaExceededError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.hooks.catalog_patience import CatalogPatience
from airflow_lineage_provider.hooks.crawl_records import clock_offset
from airflow_lineage_provider.hooks.crawl_turns import StartTurn, Unshared
from airflow_lineage_provider.hooks.import_history import History, runs_since
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
from airflow_lineage_provider.hooks.import_source import Place, read_place

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["Beginning", "ImportRunner"]

_log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")

_TURN_PAUSE_SECONDS = 0.1
_LONGEST_TURN_SECONDS = 60.0
_NO_RUN = "0" * 14
"""An id that no run has, to find out whether runs may be read where there is none yet."""


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
    :param turn: Whose turn it is to start a run; default: always this task's.
    :param clock: Returns seconds since the epoch.
    :param sleep: Waits so many seconds.
    """

    def __init__(
        self,
        hook: DataZoneHook,
        question: ImportQuestion,
        patience: Patience,
        *,
        turn: StartTurn | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._bare_hook = hook
        self.hook = hook.patient(self.patiently)
        self.question = question
        self.patience = patience
        self.turn = turn or Unshared()
        self.clock = clock
        self.sleep = sleep
        self._waiting = CatalogPatience(
            patience.timeout, patience.deadline, patience.delay, clock=clock, sleep=sleep
        )
        self._may_read = False
        self._run_id = ""
        self._seen: ImportRun | None = None
        self._told = ("", "")

    def preflight(self) -> Place:
        """
        Make sure that a run can be started and, if it is required, that it will import lineage.

        :raises DataSourceNotReadyError: If the data source is not READY and ENABLED.
        :raises LineageImportOffError: If lineage is required and the connection does not import it.
        :raises InvalidArgumentError: If lineage is required of a data source that imports none in its runs.
        """
        return read_place(self.hook, self.question, self.patiently, must_be_ready=True)

    def service_clock(self, moment: datetime) -> datetime:
        """Move a time of this process' clock to the service's clock."""
        domain, source = self.question.domain_id, self.question.data_source_id
        sent = moment

        def ask() -> dict[str, Any]:
            nonlocal sent
            sent = datetime.fromtimestamp(self.clock(), tz=UTC)
            return self._bare_hook.list_data_source_runs_page(domain, source)

        page = self.patiently(ask)
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
        found = self._without_starting(own_run_id=own_run_id, finished_counts=waited)
        if isinstance(found, Beginning):
            return found
        if self.patience.start_spread:
            self.sleep(random.uniform(0, self.patience.start_spread))  # noqa: S311 - only spread
        with self._turn_taken():
            found = self._without_starting(own_run_id=own_run_id, finished_counts=waited)
            if isinstance(found, Beginning):
                return found
            try:
                return self._start(token, try_number, found)
            except AwsCallError as error:
                if error.code != "ConflictException" and not isinstance(error, QuotaExceededError):
                    raise
                refusal = error
        _log.info("StartDataSourceRun was refused (%s); looking for a run to join", refusal.code)
        found = self._without_starting(own_run_id=own_run_id, finished_counts=True)
        is_answer = isinstance(found, Beginning) and found.move is not Move.WAIT
        if not is_answer and isinstance(refusal, QuotaExceededError):
            raise refusal
        return found if isinstance(found, Beginning) else Beginning(Move.WAIT, None)

    @contextmanager
    def _turn_taken(self) -> Iterator[None]:
        """
        Let the tasks of this machine look and start one after the other: each finds the run of the first.

        Whoever waits too long goes on: a turn saves calls, and nothing depends on it.
        """
        waited, most = 0.0, min(_LONGEST_TURN_SECONDS, self.patience.deadline - self.clock())
        while not self.turn.take() and waited < most:
            pause = random.uniform(0.5, 1.5) * _TURN_PAUSE_SECONDS  # noqa: S311 - only spread
            self.sleep(pause)
            waited += pause
        try:
            yield
        finally:
            self.turn.give_back()

    def _without_starting(self, *, own_run_id: str | None, finished_counts: bool) -> Beginning | History:
        """Find the run that answers the question, or is in the way; else return what was listed."""
        unusable: set[str] = set()
        history = self._recent_runs()
        while True:
            decision = choose(
                history.runs,
                self.question,
                finished_counts=finished_counts,
                own_run_id=own_run_id,
                unusable=unusable,
            )
            run = decision.run
            if run is None:
                return history
            joined = run.run_id != own_run_id
            if decision.move is Move.WAIT:
                return Beginning(Move.WAIT, run)
            if decision.move is Move.JOIN:
                self._tell("Joining" if joined else "Going on with", run)
                return Beginning(Move.JOIN, run, joined=joined)
            assets = self.assets(run.run_id)
            if not judge(run, assets, self.question).fails(self.question):
                self._tell("Using", run)
                return Beginning(Move.USE, run, joined=joined, assets=assets)
            unusable.add(run.run_id)

    def _start(self, token: Callable[[int], str], try_number: int, history: History) -> Beginning:
        """Start a run; if the token gave back one that is over and no answer, start another."""
        self._require_reading(history)
        run = self._accepted(token(0))
        listed = {each.run_id for each in history.runs}
        if not began_earlier(run, listed=listed, listed_at=history.listed_at):
            self._tell("Started", run)
            return Beginning(Move.START, run)
        if self.question.is_in_progress(run):
            self._tell("Going on with", run)
            return Beginning(Move.START, run)
        assets = self.assets(run.run_id)
        if self.question.is_complete(run) and not judge(run, assets, self.question).fails(self.question):
            self._tell("Using", run)
            return Beginning(Move.USE, run, assets=assets)
        run = self._accepted(token(try_number))
        self._tell("Started", run)
        return Beginning(Move.START, run)

    def _require_reading(self, history: History) -> None:
        """
        Make the calls that the wait will make, so that nothing is started that cannot be watched.

        :raises PermissionDeniedError: If one of them is not allowed.
        """
        if self._may_read:
            return
        domain = self.question.domain_id
        run_id = next((run.run_id for run in history.runs), _NO_RUN)
        with suppress(ResourceNotFoundError):
            self.patiently(lambda: self.hook.get_data_source_run(domain, run_id))
        with suppress(ResourceNotFoundError):
            self.patiently(
                lambda: next(iter(self.hook.list_data_source_run_activities(domain, run_id)), None)
            )
        self._may_read = True

    def _accepted(self, token: str) -> ImportRun:
        """Start a run and return it as it is now, which the reply need not show."""
        domain, source = self.question.domain_id, self.question.data_source_id
        reply = self.patiently(lambda: self.hook.start_data_source_run(domain, source, client_token=token))
        return self._read(str(reply["id"]))

    def _tell(self, doing: str, run: ImportRun) -> None:
        """Log what the task does about a run, and its state."""
        _log.info(
            "%s run %s of data source %s: it is %s",
            doing, run.run_id, self.question.data_source_id, run.in_words,
        )  # fmt: skip
        self._told = (run.run_id, run.in_words)

    def told(self, run: ImportRun) -> str:
        """Return the state of a run in words, if it was logged already; else an empty text."""
        return run.in_words if self._told == (run.run_id, run.in_words) else ""

    def _recent_runs(self) -> History:
        """Return the runs that can matter."""
        question = self.question
        return runs_since(
            self.hook, question.domain_id, question.data_source_id, question.data_as_of, self.patiently
        )

    def run(self, run_id: str) -> ImportRun:
        """Return a run as it is now, and log it if it changed."""
        run = self._read(run_id)
        if not self.told(run):
            _log.info("Run %s is %s", run_id, run.in_words)
            self._told = (run_id, run.in_words)
        return run

    def _read(self, run_id: str) -> ImportRun:
        """Return a run as it is now; from now on it is the one a timeout is about."""
        if run_id != self._run_id:
            self._run_id, self._seen = run_id, None
        answer = self.patiently(lambda: self.hook.get_data_source_run(self.question.domain_id, run_id))
        self._seen = ImportRun.from_answer(answer)
        return self._seen

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
        self._waiting.pause(self._timed_out)

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
        return self._waiting.call(call, self._timed_out)
