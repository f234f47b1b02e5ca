"""How long a task may wait."""

from __future__ import annotations

from datetime import timedelta

from airflow_lineage_provider.exceptions import InvalidArgumentError

__all__ = ["DEFERRAL_GRACE", "budget_seconds"]

DEFERRAL_GRACE = timedelta(minutes=10)
"""How far Airflow's own limit of a deferral lies behind ours; it counts only if no triggerer runs."""


def budget_seconds(
    *,
    timeout: float | timedelta | None,
    waiter_max_attempts: int | None,
    waiter_delay: float,
    default: float,
    **others: float | None,
) -> float:
    """
    Return how long a task may wait altogether, in seconds: the shorter of what it was given.

    :param timeout: In seconds or as a timedelta.
    :param waiter_max_attempts: The same as a number of looks, ``waiter_delay`` apart.
    :param waiter_delay: Seconds between two looks.
    :param default: What holds if neither is given, in seconds.
    :param others: Further arguments that are seconds, to be checked.
    :raises InvalidArgumentError: If an argument is no finite number that is not negative.
    """
    limit = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    given: dict[str, object] = {
        "timeout": limit,
        "waiter_max_attempts": waiter_max_attempts,
        "waiter_delay": waiter_delay,
        **others,
    }
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise InvalidArgumentError(
                argument=name, value=value, wanted="a finite number that is not negative"
            )
    limits = [limit, None if waiter_max_attempts is None else waiter_max_attempts * waiter_delay]
    return float(min((each for each in limits if each is not None), default=default))
