"""
Repeat a call while the service is throttled or busy, with jitter and a ceiling, until a deadline.

botocore repeats a refused call a few times within seconds. Where half of all calls are refused for minutes,
that fails one call in thirty, and a task makes dozens.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from airflow_lineage_provider.exceptions import AwsCallError, LineageError
from airflow_lineage_provider.hooks.error_codes import is_transient

__all__ = ["LONGEST_PAUSE_SECONDS", "a_few_times", "repeat_while_transient"]

_FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
_FEW = 4
_log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")


def repeat_while_transient(
    call: Callable[[], AnswerT],
    *,
    deadline: float,
    late: Callable[[], LineageError] | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> AnswerT:
    """
    Make a call, again and again while the service is throttled, busy or cannot be reached.

    :param call: The call. It must be one that has its effect once only, however often it is made: a read, a
        switch, or one with an idempotency token.
    :param deadline: Until when it is repeated, in seconds since the epoch.
    :param late: Makes the error for the deadline; ``None`` raises what AWS said last.
    :param clock: Returns seconds since the epoch.
    :param sleep: Waits so many seconds.
    :raises LineageError: At the deadline; and at once what is no matter of waiting.
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return call()
        except AwsCallError as error:
            if not is_transient(error):
                raise
            left = deadline - clock()
            if left <= 0:
                if late is None:
                    raise
                raise late() from error
            _log.debug("Asking again: %s", error)
            sleep(min(pause * random.uniform(0.5, 1.0), left))  # noqa: S311 - only spread
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def a_few_times(
    call: Callable[[], AnswerT],
    *,
    passes: Callable[[BaseException], bool] = is_transient,
    sleep: Callable[[float], None] = time.sleep,
) -> AnswerT:
    """
    Make a call, and make it again a few times within a second while the service throttles or is busy.

    For work that takes several calls and is begun anew when one of them is refused: without it, the more
    calls the work takes, the less likely it gets done where every second call is refused.

    :param call: The call.
    :param passes: Tells whether it may be made again after an error.
    :param sleep: Waits so many seconds.
    :raises AwsCallError: If it fails for a reason that does not pass, or goes on failing.
    """
    for attempt in range(_FEW - 1):
        try:
            return call()
        except AwsCallError as error:
            if not passes(error):
                raise
            sleep(random.uniform(0.1, 0.2) * 2**attempt)  # noqa: S311 - only spread
    return call()
