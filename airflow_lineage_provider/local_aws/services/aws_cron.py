"""
AWS's cron expressions: ``cron(minutes hours day-of-month month day-of-week year)``.

What differs from Unix is here: a year, ``?`` for the day field that does not count, weekdays from 1 (Sunday)
to 7, ``L`` as the last day of the week, ``W`` for the weekday nearest to a day. Walking through the calendar
is left to cronsim, which gets the fields as lists of numbers.

.. seealso:: AWS Glue Developer Guide, "Time-based schedules for jobs and crawlers"; Amazon EventBridge User
    Guide, "Cron expressions reference".
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from cronsim import CronSim, CronSimError

__all__ = ["AwsCron", "InvalidCronError"]

_CRON = re.compile(r"^cron\((?P<fields>[^()]*)\)$", re.IGNORECASE)
_PART = re.compile(r"(?:(?P<all>\*)|(?P<from>\d+)(?:-(?P<to>\d+))?)(?:/(?P<step>\d+))?")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_HOUR = 60


class InvalidCronError(ValueError):
    """An expression AWS does not take; the text says what is wrong with it, without a full stop."""


@dataclass(frozen=True, slots=True)
class AwsCron:
    """
    One expression, taken apart.

    ``days`` and ``weekdays`` are fields for cronsim, ``*`` where the other one counts; ``near`` is the day of
    the month whose nearest weekday is meant (``15W``).
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: str
    months: tuple[int, ...]
    weekdays: str
    years: frozenset[int]
    near: int | None = None

    @classmethod
    def parse(cls, expression: str) -> AwsCron:
        """
        Read an expression.

        :raises InvalidCronError: If AWS would not take it.
        """
        match = _CRON.match(expression)
        fields = match["fields"].upper().split() if match else []
        if len(fields) != 6:
            raise InvalidCronError("it must be cron() with six fields")
        minutes, hours, day, month, weekday, year = fields
        if (day == "?") == (weekday == "?"):
            raise InvalidCronError("exactly one of day-of-month and day-of-week must be ?")
        near = re.fullmatch(r"(\d{1,2})W", day)
        return cls(
            minutes=_numbers(minutes, 0, 59),
            hours=_numbers(hours, 0, 23),
            days=_days_near(int(near[1])) if near else _days(day),
            months=_numbers(_named(month, _MONTHS), 1, 12),
            weekdays=_weekdays(weekday),
            years=frozenset(_numbers(year, 1970, 2199)),
            near=int(near[1]) if near else None,
        )

    @property
    def least_minutes(self) -> int:
        """The shortest time between two moments on one day, in minutes; a day's for one moment a day."""
        moments = [hour * _HOUR + minute for hour in self.hours for minute in self.minutes]
        gaps = [later - earlier for earlier, later in pairwise(moments)]
        return min([*gaps, 24 * _HOUR - moments[-1] + moments[0]])

    def next_after(self, moment: datetime) -> datetime | None:
        """
        Return the first moment after another one; ``None`` if there is none any more.

        :param moment: Aware; the fields are read in its time zone.
        """
        for found in self._walk(moment):
            if found.year > max(self.years):
                return None
            if found.year in self.years and self._is_near(found.date()):
                return found
        return None

    def _walk(self, moment: datetime) -> Iterator[datetime]:
        """Yield moments that fit, but perhaps for year and ``W``; days that do not fit are left at once."""
        fields = (_list(self.minutes), _list(self.hours), self.days, _list(self.months), self.weekdays)
        while True:
            try:
                found = next(CronSim(" ".join(fields), moment))
            except (CronSimError, StopIteration):
                return
            yield found
            moment = found
            if found.year not in self.years:
                moment = found.replace(month=12, day=31, hour=23, minute=59)
            elif not self._is_near(found.date()):
                moment = found.replace(hour=23, minute=59)

    def _is_near(self, day: date) -> bool:
        """Tell whether a day is the weekday nearest to ``near``, in the same month."""
        if self.near is None:
            return True
        last = calendar.monthrange(day.year, day.month)[1]
        return self.near <= last and day == _nearest_weekday(day.replace(day=self.near), last)


def _nearest_weekday(day: date, last: int) -> date:
    """Return the weekday nearest to a day, without leaving the month; ``last`` is the month's last day."""
    if day.weekday() == calendar.SATURDAY:
        return day + timedelta(days=-1 if day.day > 1 else 2)
    if day.weekday() == calendar.SUNDAY:
        return day + timedelta(days=1 if day.day < last else -2)
    return day


def _days(field: str) -> str:
    """Return the days of the month for cronsim."""
    if field == "?":
        return "*"
    if field in ("L", "LW"):
        return field
    return _list(_numbers(field, 1, 31))


def _days_near(day: int) -> str:
    if not 1 <= day <= 31:
        raise InvalidCronError(f"'{day}W' is out of range")
    return _list(range(max(1, day - 2), min(31, day + 2) + 1))


def _weekdays(field: str) -> str:
    """Return the days of the week for cronsim, which counts from 0 where AWS counts from 1."""
    if field == "?":
        return "*"
    named = _named(field, _DAYS)
    special = re.fullmatch(r"(?P<day>[1-7])(?P<which>L|#[1-5])", named)
    if special:
        return f"{int(special['day']) - 1}{special['which']}"
    return _list(day - 1 for day in _numbers("7" if named == "L" else named, 1, 7))


def _named(field: str, names: tuple[str, ...]) -> str:
    """Replace the names of months or days by their numbers, from 1."""
    for number, name in enumerate(names, start=1):
        field = field.replace(name, str(number))
    return field


def _numbers(field: str, low: int, high: int) -> tuple[int, ...]:
    """Return the values a field stands for, in order."""
    values: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise InvalidCronError(f"{part!r} is not understood")
        start = low if match["all"] else int(match["from"])
        open_end = match["all"] or (match["step"] and not match["to"])
        end = high if open_end else int(match["to"] or match["from"])
        step = int(match["step"] or 1)
        if not (low <= start <= end <= high and step >= 1):
            raise InvalidCronError(f"{part!r} is out of range")
        values.update(range(start, end + 1, step))
    return tuple(sorted(values))


def _list(numbers: Iterator[int] | range | tuple[int, ...]) -> str:
    return ",".join(str(number) for number in numbers)
