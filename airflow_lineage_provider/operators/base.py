"""
The thin base of our operators, and what a task instance remembers from one try to the next.

The Amazon provider's own base operator imports boto3 in every DAG parse; this one imports the hook when it is
first used.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from airflow.providers.common.compat.sdk import AirflowException, BaseOperator

from airflow_lineage_provider.hooks.loading import load_hook

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_lineage_provider.hooks.base import LineageAwsHook

__all__ = ["DurableState", "LineageAwsOperator", "aws_template_fields", "first_try_start"]

HookT = TypeVar("HookT", bound="LineageAwsHook")

_log = logging.getLogger(__name__)


def aws_template_fields(*names: str) -> tuple[str, ...]:
    """Return ``names`` and the AWS connection arguments that may be templated, sorted."""
    return tuple(sorted({"aws_conn_id", "region_name", "verify", *names}))


class LineageAwsOperator(BaseOperator, Generic[HookT]):
    """
    Base of the operators that call AWS. Importing it imports no AWS library.

    A subclass names its hook in :attr:`hook_class_path`.

    :param aws_conn_id: Airflow connection with the AWS credentials; ``None`` or empty leaves them to boto3,
        as each worker and triggerer is set up. (templated)
    :param region_name: AWS region; ``None`` takes the connection's or boto3's. (templated)
    :param verify: ``False`` does not check TLS certificates, a path names a bundle of certificates to trust;
        ``None`` takes the connection's setting. (templated)
    :param botocore_config: Options of the botocore client, such as ``{"retries": {"max_attempts": 10}}``.
    """

    hook_class_path: ClassVar[str]
    template_fields: Sequence[str] = aws_template_fields()

    def __init__(
        self,
        *,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config

    @cached_property
    def hook(self) -> HookT:
        """Return the hook; its module, and with it boto3, is imported on first use."""
        return cast("HookT", load_hook(self.hook_class_path, **self.aws_arguments))

    @property
    def aws_arguments(self) -> dict[str, Any]:
        """Return the AWS connection arguments, as our triggers take them."""
        return {
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region_name,
            "verify": self.verify,
            "botocore_config": self.botocore_config,
        }


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
    first = (getattr(ti, "max_tries", None) or 0) - (getattr(ti.task, "retries", None) or 0) + 1
    if ti.try_number <= first:
        return start
    try:
        from airflow.sdk import BaseOperator as _  # noqa: F401 - Airflow 3: no database in the worker
    except ImportError:
        return min([start, *_recorded_starts(ti)])
    return start


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
