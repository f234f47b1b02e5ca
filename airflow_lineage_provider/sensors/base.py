"""The thin base of our sensors: the same look, the same result and the same error, deferred or not."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow.providers.common.compat.sdk import (
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
    conf,
)

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.hooks.error_codes import is_transient
from airflow_lineage_provider.hooks.repeating import a_few_times
from airflow_lineage_provider.tasks.aws import LineageAwsOperator
from airflow_lineage_provider.tasks.waiting import DEFERRAL_GRACE
from airflow_lineage_provider.triggers.base import validated_event

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_lineage_provider.hooks.base import LineageAwsHook
    from airflow_lineage_provider.triggers.base import LineageAwsTrigger

__all__ = ["LineageAwsSensor"]

HookT = TypeVar("HookT", bound="LineageAwsHook")


class LineageAwsSensor(LineageAwsOperator[HookT], BaseSensorOperator):
    """
    Base of the sensors that ask AWS. Importing it imports no AWS library.

    A subclass looks (:meth:`look`), makes its trigger (:meth:`make_trigger`), reads the trigger's event
    (:meth:`conclude`) and words the timeout (:meth:`timeout_error`).

    Throttling and other passing errors count as *not yet*. With ``soft_fail`` a timeout skips the task, with
    ``never_fail`` every error does, with ``silent_fail`` an error is logged and the wait goes on.

    :param deferrable: Wait in the triggerer, whatever ``mode`` says; ``exponential_backoff`` and ``max_wait``
        then have no effect. The default is ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks; ``None`` takes Airflow's ``poke_interval``.
    """

    event_statuses: ClassVar[tuple[str, ...]] = ("ended",)
    """What the trigger's event may say besides ``error``; ``silent_fail`` needs its ``deadline``, too."""

    def __init__(
        self,
        *,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        waiter_delay: float | timedelta | None = None,
        **kwargs: Any,
    ) -> None:
        if waiter_delay is not None:
            kwargs["poke_interval"] = waiter_delay
        super().__init__(**kwargs)
        self.deferrable = deferrable
        self.waiter_delay = waiter_delay

    @cached_property
    def hook(self) -> HookT:
        """
        Return the hook; its module, and with it boto3, is imported on first use.

        A look takes several calls. One that is refused for the moment is made again a few times before the
        look counts as in vain.
        """
        return super().hook.patient(a_few_times)

    @abstractmethod
    def look(self, context: Context) -> dict[str, Any] | None:
        """Look once; return the task's result if what it waits for is there."""

    @abstractmethod
    def make_trigger(self, context: Context, *, deadline: float) -> LineageAwsTrigger:
        """
        Return the trigger that goes on after :meth:`look` found nothing.

        :param deadline: When to give up, in seconds since the epoch.
        """

    @abstractmethod
    def conclude(self, context: Context, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the task's result from the payload of the trigger's event."""

    @abstractmethod
    def timeout_error(self) -> LineageError:
        """Return the error of a deadline that has passed, as the trigger would send it."""

    def pause(self, seconds: float) -> float:
        """
        Pass the time between two looks in the worker, as far as there is something better than to sleep.

        :param seconds: How long it is until the next look.
        :returns: How many of them are left to sleep.
        """
        return seconds

    def _get_next_poke_interval(self, *arguments: Any, **named: Any) -> float:
        """Return how long Airflow's sensor sleeps, or until when it is rescheduled."""
        seconds = float(super()._get_next_poke_interval(*arguments, **named))
        return seconds if self.reschedule else self.pause(seconds)

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once, as Airflow's sensors do between two sleeps."""
        try:
            found = self.look(context)
        except LineageError as error:
            if not is_transient(error):
                raise
            self.log.debug("Looking again later: %s", error)
            found = None
        return PokeReturnValue(is_done=found is not None, xcom_value=found)

    def execute(self, context: Context) -> Any:
        """Look until it is there, or look once and wait in the triggerer."""
        if not self.deferrable:
            with self._as_sensors_fail():
                try:
                    return super().execute(context)
                except AirflowSensorTimeout:
                    raise AirflowSensorTimeout(str(self.timeout_error())) from None
        deadline = time.time() + self.timeout
        with self._as_sensors_fail():
            try:
                found = self.poke(context)
            except LineageError as error:
                self._unless_silent(error)
                found = PokeReturnValue(is_done=False)
        if found:
            return found.xcom_value
        return self._defer(context, deadline)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Return what the trigger found, or raise the error it met."""
        with self._as_sensors_fail():
            try:
                wanted = f"the event of the trigger of a {type(self).__name__}"
                return self.conclude(
                    context, validated_event(event, wanted=wanted, statuses=self.event_statuses)
                )
            except LineageError as error:
                if isinstance(error, TimeoutError):
                    raise AirflowSensorTimeout(str(error)) from error
                deadline = event.get("deadline") if isinstance(event, dict) else None
                if deadline is None:
                    raise
                self._unless_silent(error)
        return self._defer(context, deadline)

    def _unless_silent(self, error: LineageError) -> None:
        """Log an error that shall not end the wait; raise any other."""
        if not self.silent_fail:
            raise error
        self.log.error("The look failed, and silent_fail is set: %s", error)

    def _defer(self, context: Context, deadline: float) -> None:
        """Wait in the triggerer."""
        self.defer(
            trigger=self.make_trigger(context, deadline=deadline),
            method_name="execute_complete",
            timeout=timedelta(seconds=max(0.0, deadline - time.time())) + DEFERRAL_GRACE,
        )

    @contextmanager
    def _as_sensors_fail(self) -> Iterator[None]:
        """Skip the task as ``soft_fail`` and ``never_fail`` say, on every version of Airflow alike."""
        try:
            yield
        except (AirflowSensorTimeout, LineageError) as error:
            if self.never_fail or (self.soft_fail and isinstance(error, AirflowSensorTimeout)):
                raise AirflowSkipException(str(error)) from error
            raise
