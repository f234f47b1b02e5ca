"""
Schedules of crawlers: which expressions Glue takes.

Schedules are kept and shown, started and stopped; **they do not fire** in the local stack.

.. seealso:: AWS Glue Developer Guide, "Time-based schedules for jobs and crawlers".
"""

from __future__ import annotations

import re
from itertools import pairwise

from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError

__all__ = ["check_schedule"]

_CRON = re.compile(r"^cron\((?P<fields>[^()]*)\)$")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LEAST_MINUTES = 5


def check_schedule(expression: str) -> None:
    """
    Check a schedule: ``cron(minutes hours day-of-month month day-of-week year)``, in UTC.

    Exactly one of the two day fields is ``?``, and a crawler runs at most every five minutes.

    :raises InvalidInputError: If Glue would not take it.
    """
    match = _CRON.match(expression)
    fields = match["fields"].split() if match else []
    if len(fields) != 6:
        raise _invalid(expression, "it must be cron() with six fields")
    minutes, hours, day, month, weekday, year = (field.upper() for field in fields)
    if (day == "?") == (weekday == "?"):
        raise _invalid(expression, "exactly one of day-of-month and day-of-week must be ?")
    found = _numbers(expression, minutes, 0, 59)
    _numbers(expression, hours, 0, 23)
    _numbers(expression, _named(month, _MONTHS, 1), 1, 12)
    _numbers(expression, year, 1970, 2199)
    if day != "?" and not re.fullmatch(r"L|L?W|\d{1,2}W", day):
        _numbers(expression, day, 1, 31)
    if weekday != "?" and not re.fullmatch(r"L|[1-7]L|[1-7]#[1-5]", named := _named(weekday, _DAYS, 1)):
        _numbers(expression, named, 1, 7)
    if any(later - earlier < _LEAST_MINUTES for earlier, later in pairwise(found)):
        raise _invalid(expression, "a crawler cannot run more often than every 5 minutes")


def _named(field: str, names: tuple[str, ...], first: int) -> str:
    """Replace the names of months or days by their numbers."""
    for number, name in enumerate(names, start=first):
        field = field.replace(name, str(number))
    return field


def _numbers(expression: str, field: str, low: int, high: int) -> list[int]:
    """Return the values a field stands for, in order."""
    values: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(?:(?P<all>\*)|(?P<from>\d+)(?:-(?P<to>\d+))?)(?:/(?P<step>\d+))?", part)
        if match is None:
            raise _invalid(expression, f"{part!r} is not understood")
        start = low if match["all"] else int(match["from"])
        end = (
            high if match["all"] or (match["step"] and not match["to"]) else int(match["to"] or match["from"])
        )
        step = int(match["step"] or 1)
        if not (low <= start <= end <= high and step >= 1):
            raise _invalid(expression, f"{part!r} is out of range")
        values.update(range(start, end + 1, step))
    return sorted(values)


def _invalid(expression: str, problem: str) -> InvalidInputError:
    return InvalidInputError(f"Schedule expression {expression} is not valid: {problem}.")
