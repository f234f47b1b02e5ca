"""
The rules of an import: which data-source run counts, when it is over, and what its verdict is.

Nothing here calls AWS or Airflow: the operator that waits in the worker and the trigger that waits in the
triggerer both ask these functions, so they cannot disagree. One rule decides everywhere whether a run may be
used instead of a new one: it must have *started* at or after what it must have seen (freshness).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from airflow_lineage_provider.exceptions import DataSourceRunFailedError, DataSourceRunTimeoutError
from airflow_lineage_provider.hooks.crawl_records import iso_utc
from airflow_lineage_provider.hooks.import_records import ImportedAsset, ImportRun

__all__ = [
    "ASSET_FAILED",
    "ASSET_PASSED_OVER",
    "EVENT_ENDED",
    "LINEAGE_ENDED",
    "Decision",
    "ImportQuestion",
    "ImportWatch",
    "Judgement",
    "Move",
    "Patience",
    "began_earlier",
    "choose",
    "client_token",
    "events_settled",
    "import_result",
    "judge",
    "run_error",
    "timeout_error",
]

LINEAGE_ENDED = frozenset({"SUCCESS", "PARTIALLY_SUCCEEDED", "FAILED"})
"""The states in which a lineage import has ended (``LineageImportStatus``)."""

EVENT_ENDED = frozenset({"SUCCESS", "FAILED"})
"""The states in which a lineage event has been processed (``LineageEventProcessingStatus``)."""

ASSET_FAILED = frozenset({"FAILED", "PUBLISHING_FAILED"})
"""The table was not imported, or not published (``DataAssetActivityStatus``)."""

ASSET_PASSED_OVER = frozenset({"SKIPPED_NO_ACCESS", "SKIPPED_ALREADY_IMPORTED", "SKIPPED_ARCHIVED"})
"""The run left the table out (``DataAssetActivityStatus``): worth a warning, not a failure."""

_COUNTS = ("added", "updated", "unchanged", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class ImportQuestion:
    """
    What a task asks of an import.

    ``data_as_of`` is on the service's clock. ``explicit`` says that the DAG author gave it: then a run that
    is already over can be the answer. ``on_partial`` is ``fail`` or ``warn``.
    """

    domain_id: str
    data_source_id: str
    data_as_of: datetime
    explicit: bool = False
    require_lineage: bool = True
    on_partial: str = "fail"

    def is_fresh(self, run: ImportRun) -> bool:
        """Tell whether the run started at or after what it must have seen."""
        return run.began_at >= self.data_as_of

    def is_in_progress(self, run: ImportRun) -> bool:
        """Tell whether the run, or the lineage import that is asked for, still goes on."""
        if not run.ended:
            return True
        wanted = self.require_lineage and run.status != "FAILED"
        return wanted and run.lineage_status is not None and run.lineage_status not in LINEAGE_ENDED

    def is_complete(self, run: ImportRun) -> bool:
        """Tell whether all that the run shows of itself is a success."""
        return run.status == "SUCCESS" and (not self.require_lineage or run.lineage_status == "SUCCESS")


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How long an import may take and how often to look.

    :param timeout: What the task allows, in seconds.
    :param deadline: When that is over, in seconds since the epoch.
    :param delay: Seconds between two looks.
    :param absent_seconds: How long a finished run may be without a lineage summary.
    :param start_spread: A run is started after a random time of up to so many seconds, if there still is
        none then.
    """

    timeout: float
    deadline: float
    delay: float
    absent_seconds: float
    start_spread: float = 0.0


class Move(StrEnum):
    """What to do next."""

    USE = "use"
    """The run is over and answers the question."""
    JOIN = "join"
    """The run goes on and will answer the question."""
    WAIT = "wait"
    """The run is in the way; look again when it is over."""
    START = "start"
    """Nothing is going on that would answer the question."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A move and the run it is about; :attr:`Move.START` has none."""

    move: Move
    run: ImportRun | None = None


def choose(
    runs: Iterable[ImportRun],
    question: ImportQuestion,
    *,
    finished_counts: bool = False,
    own_run_id: str | None = None,
    unusable: Collection[str] = (),
) -> Decision:
    """
    Decide what to do about the runs a data source shows.

    :param runs: The runs, in any order.
    :param question: What the task asks.
    :param finished_counts: Also take a run that is over. Holds anyway for an explicit ``data_as_of``; pass
        ``True`` after StartDataSourceRun was refused and after a run was waited for.
    :param own_run_id: The run an earlier try of the same task started; it counts although it is over.
    :param unusable: Runs that are over and were found to be no success.
    """
    newest_first = sorted(runs, key=lambda run: (run.began_at, run.run_id), reverse=True)
    fresh = [run for run in newest_first if question.is_fresh(run)]
    for run in fresh:
        counts = question.explicit or finished_counts or run.run_id == own_run_id
        if counts and question.is_complete(run) and run.run_id not in unusable:
            return Decision(Move.USE, run)
    for run in fresh:
        if question.is_in_progress(run):
            return Decision(Move.JOIN, run)
    for run in newest_first:
        if not run.ended:
            return Decision(Move.WAIT, run)
    return Decision(Move.START)


def began_earlier(run: ImportRun, *, listed: Collection[str], listed_at: datetime) -> bool:
    """
    Tell whether an accepted StartDataSourceRun gave back a run that our token had begun before.

    :param run: The run as GetDataSourceRun shows it.
    :param listed: Ids of the runs that were there before the call.
    :param listed_at: The service's time when they were listed, not later.
    """
    return run.run_id in listed or run.created_at < listed_at


def client_token(identity: Iterable[object], *, attempt: int = 0) -> str:
    """
    Derive the idempotency token of a task's import.

    The same task instance asking the same question gives the same token, so a lost reply, a killed worker or
    a retry gets the run that was started before.

    :param identity: What makes the question: DAG, DAG run, task, map index, how often the task was cleared,
        and an explicit ``data_as_of``.
    :param attempt: 0, or the number of the try once a run of an earlier try was over and no answer.
    """
    parts = [*(str(part) for part in identity), str(attempt)]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return f"airflow-{digest[:48]}"


@dataclass(slots=True)
class ImportWatch:
    """
    Follow one run until there is something to judge.

    A finished run without a ``lineageSummary`` may only be early; how long that is borne is limited.
    """

    require_lineage: bool
    absent_seconds: float
    absent_since: float | None = None

    def is_over(self, run: ImportRun, now: float) -> bool:
        """
        Tell whether run and lineage import have ended, so that the activities are worth reading.

        :param now: Seconds on any clock that does not go back.
        """
        if not run.ended:
            return False
        if not self.require_lineage or run.status == "FAILED":
            return True
        if run.lineage_status is None:
            if self.absent_since is None:
                self.absent_since = now
            return now - self.absent_since >= self.absent_seconds
        return run.lineage_status in LINEAGE_ENDED


def events_settled(run: ImportRun, assets: Iterable[ImportedAsset], *, require_lineage: bool) -> bool:
    """Tell whether every lineage event of an ended run has been processed, or nobody asks for them."""
    if not require_lineage or run.status == "FAILED" or run.lineage_status == "FAILED":
        return True
    return all(asset.lineage_status is None or asset.lineage_status in EVENT_ENDED for asset in assets)


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    What is wrong with a run that is over.

    ``fatal`` problems fail always, ``partial`` ones unless the task takes partial success; ``notes`` never.
    """

    fatal: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def fails(self, question: ImportQuestion) -> bool:
        """Tell whether the task has to fail."""
        return bool(self.fatal) or (bool(self.partial) and question.on_partial == "fail")


def judge(run: ImportRun, assets: Sequence[ImportedAsset], question: ImportQuestion) -> Judgement:
    """
    Judge a run, its lineage import and every asset.

    Success is: the run is SUCCESS, its lineage import is SUCCESS and so is every event there is.
    """
    fatal: list[str] = []
    partial: list[str] = []
    if run.status == "FAILED":
        fatal.append(f"the run failed: {run.message or 'the service gave no message'}")
    elif run.status != "SUCCESS":
        said = f": {run.message}" if run.message else ""
        partial.append(f"the run is {run.status}{said}")
    for asset in assets:
        if asset.status in ASSET_FAILED:
            partial.append(f"table {asset.name} is {asset.status}: {asset.error or 'no message'}")
    if question.require_lineage and run.status != "FAILED":
        _judge_lineage(run, assets, fatal, partial)
    notes = [
        f"table {asset.name} was left out: {asset.status}"
        for asset in assets
        if asset.status in ASSET_PASSED_OVER
    ]
    return Judgement(fatal=tuple(fatal), partial=tuple(partial), notes=tuple(notes))


def _judge_lineage(
    run: ImportRun, assets: Sequence[ImportedAsset], fatal: list[str], partial: list[str]
) -> None:
    """Add what is wrong with the lineage import and with each event."""
    if run.lineage_status is None:
        fatal.append("the run has no lineage import, although it is switched on for the connection")
    elif run.lineage_status == "FAILED":
        fatal.append("the lineage import failed")
    elif run.lineage_status != "SUCCESS":
        partial.append(f"the lineage import is {run.lineage_status}")
    for asset in assets:
        said = asset.lineage_error or "no message"
        if asset.lineage_status is not None and asset.lineage_status != "SUCCESS":
            event = f"lineage event {asset.lineage_event_id}" if asset.lineage_event_id else "the lineage"
            partial.append(f"{event} of table {asset.name} is {asset.lineage_status}: {said}")
        elif asset.lineage_status is None and asset.lineage_error:
            partial.append(f"table {asset.name} has no lineage event: {said}")


def run_error(run: ImportRun, judgement: Judgement, question: ImportQuestion) -> DataSourceRunFailedError:
    """Return the error that lists everything that is wrong with a run."""
    return DataSourceRunFailedError(
        domain_id=question.domain_id,
        data_source_id=question.data_source_id,
        run_id=run.run_id,
        status=run.status,
        lineage_status=run.lineage_status,
        problems=[*judgement.fatal, *judgement.partial],
    )


def timeout_error(
    domain_id: str, data_source_id: str, *, timeout: float, run: ImportRun | None, run_id: str = ""
) -> DataSourceRunTimeoutError:
    """
    Return the error for a wait that took too long.

    :param timeout: What the task allowed, in seconds.
    :param run: The run as it was seen last; ``None`` if it never was.
    :param run_id: Its id in that case, if there is one.
    """
    return DataSourceRunTimeoutError(
        domain_id=domain_id,
        data_source_id=data_source_id,
        run_id=run.run_id if run else run_id,
        status=run.status if run else "UNKNOWN",
        lineage_status=run.lineage_status if run else None,
        waited_seconds=timeout,
    )


def import_result(
    run: ImportRun, assets: Iterable[ImportedAsset], question: ImportQuestion, *, joined: bool
) -> dict[str, Any]:
    """Return what the operator returns: plain JSON of a fixed shape, assets sorted by name."""
    return {
        "domain_id": question.domain_id,
        "data_source_id": question.data_source_id,
        "run_id": run.run_id,
        "status": run.status,
        "lineage_status": run.lineage_status,
        "joined": joined,
        "started_at": iso_utc(run.started_at),
        "stopped_at": iso_utc(run.stopped_at),
        "statistics": {name: run.statistics.get(name, 0) for name in _COUNTS},
        "assets": [
            {
                "asset_id": asset.asset_id,
                "database": asset.database,
                "table": asset.table,
                "status": asset.status,
                "lineage_event_id": asset.lineage_event_id,
                "lineage_status": asset.lineage_status,
                "error": asset.error or asset.lineage_error,
            }
            for asset in sorted(assets, key=lambda asset: (asset.database, asset.table))
        ],
    }
