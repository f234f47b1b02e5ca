"""The base of operators that wait for nothing but AWS itself, when it is throttled or busy."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow_lineage_provider.hooks.loading import load_hook
from airflow_lineage_provider.tasks.aws import LineageAwsOperator
from airflow_lineage_provider.tasks.waiting import budget_seconds

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.base import LineageAwsHook

__all__ = ["PatientAwsOperator"]

_DEFAULT_TIMEOUT_SECONDS = 900

HookT = TypeVar("HookT", bound="LineageAwsHook")


class PatientAwsOperator(LineageAwsOperator[HookT]):
    """
    Base of the operators that read, switch and grant: throttling fails none of them before its time is up.

    :param timeout: How long a try may take altogether while AWS is throttled or busy, in seconds or as a
        timedelta. ``None`` means 15 minutes.
    """

    def __init__(self, *, timeout: float | timedelta | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.timeout = timeout

    @cached_property
    def hook(self) -> HookT:
        """Return the hook; its module, and with it boto3, is imported on first use."""
        return cast("HookT", self.patient_hook(self.hook_class_path))

    def patient_hook(self, class_path: str) -> LineageAwsHook:
        """
        Make a hook that bears throttling as long as the task may take.

        :param class_path: Dotted path of the hook's class.
        :raises InvalidArgumentError: If ``timeout`` is no number of seconds.
        """
        hook = load_hook(class_path, **self.aws_arguments)
        hook.bear_throttling(self._until)
        return hook

    @cached_property
    def _until(self) -> float:
        """When the time of this try is over, in seconds since the epoch."""
        return time.time() + budget_seconds(
            timeout=self.timeout,
            waiter_max_attempts=None,
            waiter_delay=0,
            default=_DEFAULT_TIMEOUT_SECONDS,
        )
