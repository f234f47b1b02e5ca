"""What a task instance remembers from one try to the next, and when its first try began."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

__all__ = ["DurableState", "first_poke_start", "first_try_start"]

_log = logging.getLogger(__name__)


def _series(context: Context) -> list[int | None]:
    """
    Return what stays the same over the retries of a task and changes when somebody clears it.

    Clearing raises the task's highest try number and the DAG run's count of clearings: whatever ran upstream
    may have written new data since, so nothing that was remembered before may be used.
    """
    ti, dag_run = context.get("ti"), context.get("dag_run")
    return [getattr(ti, "max_tries", None), getattr(dag_run, "clear_number", None)]


def first_try_start(context: Context) -> datetime:
    """
    Return when the first try of this task began, counted since it was last cleared.

    Airflow 2 workers read it from the history of the task instance. Airflow 3 workers cannot ask for an
    earlier try; there the start of *this* try is returned and :class:`DurableState` carries the first one's.

    Outside a task (``execute({})`` in a test or a notebook) it is now.

    :returns: An aware time by the clock of the worker that ran the try.
    """
    ti = context.get("ti")
    start: datetime = getattr(ti, "start_date", None) or datetime.now(tz=UTC)
    if ti is None:
        return start
    if ti.try_number <= _first_try_number(ti):
        return start
    try:
        from airflow.sdk import BaseOperator as _  # noqa: F401 - Airflow 3: no database in the worker
    except ImportError:
        return min([start, *_recorded_starts(ti)])
    return start


def first_poke_start(context: Context) -> datetime:
    """
    Return when the first poke of a sensor's first try began.

    Airflow gives a rescheduled task a new start at every poke. Airflow 3 tells when it was first rescheduled,
    Airflow 2 workers read it from the database.
    """
    ti = context.get("ti")
    first_reschedule = getattr(ti, "get_first_reschedule_date", None)
    rescheduled: datetime | None = (
        first_reschedule(context) if callable(first_reschedule) else _recorded_reschedule(ti)
    )
    return rescheduled or first_try_start(context)


def _first_try_number(ti: Any) -> int:
    """Return the number of the first try since a task was last cleared."""
    return (getattr(ti, "max_tries", None) or 0) - (getattr(ti.task, "retries", None) or 0) + 1


def _recorded_reschedule(ti: Any) -> datetime | None:
    """Return when the poke began after which a task was first rescheduled (Airflow 2.11)."""
    try:
        from airflow.sdk import BaseOperator as _  # noqa: F401 - Airflow 3: no database in the worker
    except ImportError:
        from airflow.models.taskinstance import TaskInstance
        from airflow.models.taskreschedule import TaskReschedule as Reschedule
        from airflow.utils.session import create_session
        from sqlalchemy import select
    else:
        return None
    if not isinstance(ti, TaskInstance):
        return None
    query = (
        select(Reschedule.start_date)
        .where(
            Reschedule.dag_id == ti.dag_id,
            Reschedule.task_id == ti.task_id,
            Reschedule.run_id == ti.run_id,
            Reschedule.map_index == ti.map_index,
            Reschedule.try_number >= _first_try_number(ti),
        )
        .order_by(Reschedule.id)
        .limit(1)
    )
    with create_session() as session:
        found: datetime | None = session.scalar(query)
        return found


def _recorded_starts(ti: Any) -> list[datetime]:
    """Return the starts of the earlier tries since the last clearing (Airflow 2.10 and 2.11)."""
    from airflow.models.taskinstancehistory import TaskInstanceHistory as History
    from airflow.utils.session import create_session
    from sqlalchemy import select

    query = select(History.start_date).where(
        History.dag_id == ti.dag_id,
        History.task_id == ti.task_id,
        History.run_id == ti.run_id,
        History.map_index == ti.map_index,
        History.max_tries == ti.max_tries,
    )
    with create_session() as session:
        return [start for start in session.scalars(query) if start is not None]


def _store_error() -> type[Exception]:
    """Return what the task state store raises if Airflow's API cannot be reached."""
    try:
        from airflow.sdk.exceptions import AirflowRuntimeError
    except ImportError:  # Airflow 2 has no store
        return AirflowException
    return AirflowRuntimeError


class DurableState:
    """
    Remember a JSON object from try to try of one task instance, where Airflow can (3.3 and newer).

    Elsewhere nothing is remembered: :meth:`load` returns ``None`` and the rest does nothing. What was saved
    before the task was cleared is not returned. Losing the memory costs at most a second run of the work, so
    a store that cannot be reached is a warning and no failure.

    :param context: The task's context.
    :param key: Name of the object; renaming it makes running tasks forget.
    """

    def __init__(self, context: Context, key: str) -> None:
        self.key = key
        self.series = _series(context)
        self._store: Any = context.get("task_state_store")

    def load(self) -> dict[str, Any] | None:
        """Return what was saved last, by this try or an earlier one."""
        found = self._ask("get", self.key)
        if not isinstance(found, dict) or found.get("series") != self.series:
            return None
        remembered = found.get("remembered")
        return remembered if isinstance(remembered, dict) else None

    def save(self, remembered: Mapping[str, Any]) -> None:
        """Save a JSON object, in place of what was there."""
        self._ask("set", self.key, {"series": self.series, "remembered": dict(remembered)})

    def forget(self) -> None:
        """Drop what was saved."""
        self._ask("delete", self.key)

    def _ask(self, method: str, *arguments: Any) -> Any:
        """Call the store, if there is one."""
        if self._store is None:
            return None
        try:
            return getattr(self._store, method)(*arguments)
        except _store_error() as error:
            _log.warning("The task state store did not answer %s of %r: %s", method, self.key, error)
            return None
