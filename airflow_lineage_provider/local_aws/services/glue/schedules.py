"""
Schedules of crawlers: which expressions Glue takes.

.. seealso:: AWS Glue Developer Guide, "Time-based schedules for jobs and crawlers".
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.aws_cron import AwsCron, InvalidCronError
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError

__all__ = ["check_schedule"]

_LEAST_MINUTES = 5


def check_schedule(expression: str) -> AwsCron:
    """
    Check a schedule, ``cron(minutes hours day-of-month month day-of-week year)`` in UTC, and return it.

    Exactly one of the two day fields is ``?``, and a crawler runs at most every five minutes.

    :raises InvalidInputError: If Glue would not take it.
    """
    if not expression.lower().startswith("cron("):
        raise InvalidInputError("Invalid schedule cron expression. Expected format: Cron(CRON_EXPRESSION)")
    try:
        cron = AwsCron.parse(expression)
    except InvalidCronError as error:
        raise _invalid(expression, str(error)) from error
    if cron.least_minutes < _LEAST_MINUTES:
        raise _invalid(expression, f"a crawler cannot run more often than every {_LEAST_MINUTES} minutes")
    return cron


def _invalid(expression: str, problem: str) -> InvalidInputError:
    return InvalidInputError(f"Invalid schedule cron expression: {expression} ({problem}).")
