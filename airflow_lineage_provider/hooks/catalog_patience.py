"""
How a worker waits for SageMaker Catalog: until when, how often it looks, what it does when it is throttled.

Throttling and a busy service never end a wait before the task's deadline; they slow it down, with jitter and
a ceiling.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.hooks.repeating import repeat_while_transient

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.catalog_waits import CatalogWait
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["CatalogPatience"]

_log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")


class CatalogPatience:
    """
    Wait on behalf of one task.

    :param timeout: What the task allows, in seconds.
    :param deadline: When that is over, in seconds since the epoch.
    :param delay: Seconds between two looks.
    :param clock: Returns seconds since the epoch.
    :param sleep: Waits so many seconds.
    """

    def __init__(
        self,
        timeout: float,
        deadline: float,
        delay: float,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.timeout = timeout
        self.deadline = deadline
        self.delay = delay
        self.clock = clock
        self.sleep = sleep

    def call(self, call: Callable[[], AnswerT], late: Callable[[], LineageError]) -> AnswerT:
        """
        Make a call, again and again while the service is throttled or busy.

        The call must be one that has its effect once only, however often it is made: a read, or one with an
        idempotency token.

        :param call: The call.
        :param late: Makes the error for the deadline, a :class:`TimeoutError`.
        :raises LineageError: At the deadline.
        """
        return repeat_while_transient(
            call, deadline=self.deadline, late=late, clock=self.clock, sleep=self.sleep
        )

    def pause(self, late: Callable[[], LineageError]) -> None:
        """
        Sleep one delay, not beyond the deadline.

        :param late: Makes the error for the deadline, a :class:`TimeoutError`.
        :raises LineageError: At the deadline.
        """
        left = self.deadline - self.clock()
        if left <= 0:
            raise late()
        self.sleep(min(self.delay, left))

    def wait(self, hook: DataZoneHook, wait: CatalogWait) -> dict[str, Any]:
        """
        Look until what is waited for is there.

        :param hook: The hook to look with.
        :param wait: What to wait for.
        :raises LineageError: If it never will be, and at the deadline.
        """
        state = ""

        def late() -> LineageError:
            return wait.timeout_error(state, self.timeout)

        patient = hook.patient(lambda call: self.call(call, late))
        while True:
            seen = wait.look(patient)
            if seen.state != state:
                state = seen.state
                _log.info("%s is %s", wait, state)
            verdict = wait.verdict(seen)
            if verdict is not None:
                return verdict
            self.pause(late)
