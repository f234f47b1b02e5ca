"""What the operators that set up and clean up the catalog have in common: how they wait."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow.providers.common.compat.sdk import conf

from airflow_lineage_provider.exceptions import CatalogTimeoutError, LineageError
from airflow_lineage_provider.hooks.catalog_ids import checked_domain_identifier
from airflow_lineage_provider.hooks.catalog_patience import CatalogPatience
from airflow_lineage_provider.hooks.catalog_waits import STATE_WAITS
from airflow_lineage_provider.hooks.import_protocol import client_token
from airflow_lineage_provider.tasks.aws import LineageAwsOperator
from airflow_lineage_provider.tasks.identity import task_identity
from airflow_lineage_provider.tasks.memory import DurableState
from airflow_lineage_provider.tasks.waiting import DEFERRAL_GRACE, budget_seconds
from airflow_lineage_provider.triggers.base import validated_event
from airflow_lineage_provider.triggers.datazone import DataZoneStateTrigger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_lineage_provider.hooks.datazone import DataZoneHook

    _Operator = LineageAwsOperator[DataZoneHook]
else:
    _Operator = LineageAwsOperator

__all__ = ["CatalogChangeOperator"]

_DEFAULT_TIMEOUT_SECONDS = 900
_EVENT = "the event of a DataZoneStateTrigger"

AnswerT = TypeVar("AnswerT")


class CatalogChangeOperator(_Operator):
    """
    Base of the operators that make or delete things of the catalog, and wait until they are made or gone.

    A subclass does its work in :meth:`begin` and, after every wait, goes on in :meth:`resume`.

    :param domain_identifier: The domain. (templated)
    :param deferrable: Wait in the triggerer. Default: ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks.
    :param timeout: How long a try may take altogether, in seconds or as a timedelta. ``None`` means 15
        minutes, or ``waiter_max_attempts`` if that is given.
    :param waiter_max_attempts: The same as a number of looks, ``waiter_delay`` apart. If ``timeout`` is
        given, too, the shorter one counts.
    """

    hook_class_path: ClassVar[str] = "airflow_lineage_provider.hooks.datazone.DataZoneHook"
    ui_color = "#dfe7f5"

    def __init__(
        self,
        *,
        domain_identifier: str,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        waiter_delay: float = 5,
        timeout: float | timedelta | None = None,
        waiter_max_attempts: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.deferrable = deferrable
        self.waiter_delay = waiter_delay
        self.timeout = timeout
        self.waiter_max_attempts = waiter_max_attempts

    @abstractmethod
    def begin(self, context: Context, patience: CatalogPatience) -> dict[str, Any]:
        """
        Begin the work.

        :param patience: How long it may take.
        """

    @abstractmethod
    def resume(
        self, context: Context, patience: CatalogPatience, carried: Mapping[str, Any]
    ) -> dict[str, Any]:
        """
        Go on after what was waited for is there.

        :param carried: What was given to :meth:`wait_for`.
        """

    @property
    def domain(self) -> str:
        """
        The domain.

        :raises InvalidArgumentError: If it can be none.
        """
        return checked_domain_identifier(self.domain_identifier)

    def execute(self, context: Context) -> dict[str, Any]:
        """Do the work."""
        timeout = budget_seconds(
            timeout=self.timeout,
            waiter_max_attempts=self.waiter_max_attempts,
            waiter_delay=self.waiter_delay,
            default=_DEFAULT_TIMEOUT_SECONDS,
        )
        patience = CatalogPatience(timeout, time.time() + timeout, float(self.waiter_delay))
        return self.begin(context, patience)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """
        Go on after the triggerer has waited.

        :param context: The task's context.
        :param event: What :class:`DataZoneStateTrigger` saw.
        """
        seen = validated_event(event, wanted=_EVENT, statuses=("seen",))
        carried = dict(seen["carried"])
        patience = CatalogPatience(carried.pop("timeout"), seen["deadline"], float(self.waiter_delay))
        return self.resume(context, patience, carried)

    def wait_for(
        self,
        context: Context,
        patience: CatalogPatience,
        wanted: str,
        identifiers: Sequence[str],
        *,
        carried: Mapping[str, Any],
    ) -> dict[str, Any]:
        """
        Wait for states, here or in the triggerer, and go on in :meth:`resume`.

        :param wanted: A key of :data:`~airflow_lineage_provider.hooks.catalog_waits.STATE_WAITS`.
        :param identifiers: Ids of the things; all of them are waited for.
        :param carried: JSON that :meth:`resume` gets back.
        """
        if identifiers and self.deferrable:
            self.defer(
                trigger=DataZoneStateTrigger(
                    domain_identifier=self.domain,
                    wanted=wanted,
                    identifiers=identifiers,
                    waiter_delay=patience.delay,
                    timeout=patience.timeout,
                    deadline=patience.deadline,
                    carried={**carried, "timeout": patience.timeout},
                    **self.aws_arguments,
                ),
                method_name="execute_complete",
                timeout=timedelta(seconds=max(0.0, patience.deadline - time.time())) + DEFERRAL_GRACE,
            )
        for each in identifiers:
            patience.wait(self.hook, STATE_WAITS[wanted](self.domain, each))
        return self.resume(context, patience, carried)

    def call(self, patience: CatalogPatience, thing: str, call: Callable[[], AnswerT]) -> AnswerT:
        """
        Make a call, again and again while the service is throttled or busy.

        :param thing: What it is about, for the error at the deadline.
        """
        return patience.call(call, lambda: self.late(patience, thing))

    def late(self, patience: CatalogPatience, thing: str) -> LineageError:
        """Return the error for a thing that could not be worked on in time."""
        return CatalogTimeoutError(
            thing=thing,
            domain_id=self.domain,
            state="busy",
            wanted="as it shall be",
            waited_seconds=patience.timeout,
        )

    def token(self, context: Context, *parts: object) -> str:
        """Return the idempotency token of a change that this task makes, the same in every retry."""
        series = DurableState(context, "airflow_lineage_catalog").series
        return client_token([self.domain, *task_identity(context.get("ti")), *series, *parts])
