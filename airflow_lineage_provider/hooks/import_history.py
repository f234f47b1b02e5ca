"""The runs of a data source, as far back as they can matter, and the first that saw the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from airflow_lineage_provider.hooks.import_records import ImportRun

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["Caller", "History", "first_since", "runs_since"]

AnswerT = TypeVar("AnswerT")


class Caller(Protocol):
    """Makes a call, in its own way of dealing with throttling."""

    def __call__(self, call: Callable[[], AnswerT]) -> AnswerT:
        """Return what the call returns."""


@dataclass(frozen=True, slots=True)
class History:
    """
    Runs of a data source.

    :param runs: The runs, in the order of the listing.
    :param listed_at: The service's time when they were listed, not later.
    """

    runs: tuple[ImportRun, ...]
    listed_at: datetime


def runs_since(
    hook: DataZoneHook, domain_id: str, data_source_id: str, since: datetime, call: Caller
) -> History:
    """
    Return the runs that were asked for at or after a time, and perhaps some before.

    The order of the listing is not documented. As long as it goes from new to old, what is older than the
    time is not read any further.
    """
    runs: list[ImportRun] = []
    listed_at: datetime | None = None
    next_token: str | None = None
    while True:
        page = call(
            lambda: hook.list_data_source_runs_page(domain_id, data_source_id, next_token=next_token)  # noqa: B023
        )
        listed_at = listed_at or hook.service_time(page)
        runs += [ImportRun.from_answer(item) for item in page.get("items", ())]
        times = [run.created_at for run in runs]
        next_token = page.get("nextToken")
        newest_first = times == sorted(times, reverse=True)
        if not next_token or (newest_first and times and times[-1] < since):
            return History(tuple(runs), listed_at)


def first_since(runs: Iterable[ImportRun], since: datetime) -> ImportRun | None:
    """
    Return the run that started first at or after a time, ``None`` if there is none yet.

    A run that was asked for earlier and has not started yet starts after those that have.
    """
    fresh = [run for run in runs if run.began_at >= since]
    return min(fresh, key=lambda run: (run.began_at, run.run_id), default=None)
