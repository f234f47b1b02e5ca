"""
What lineage must and must not hold, as values with a JSON form.

Each expectation is a frozen dataclass. ``to_dict`` writes ``{"type": "has_origin", "subject": …}`` with the
argument names as members, ``Expectation.from_dict`` reads it, from JSON or YAML. A dataset is named by its
source identifier, by ``namespace/name``, or as ``database.table`` in Glue. A text that holds a template
(``{{ … }}``) is kept as it is and must be rendered before the expectation is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, ClassVar

from airflow_lineage_provider.exceptions import InvalidExpectationError
from airflow_lineage_provider.lineage.codec import format_duration, format_time, parse_duration, parse_time
from airflow_lineage_provider.lineage.identifiers import DatasetId
from airflow_lineage_provider.lineage.schema_compat import MODES

__all__ = [
    "AllColumnsTraced",
    "ColumnTracedTo",
    "CrawledBy",
    "Expectation",
    "FreshWithin",
    "HasDownstream",
    "HasNoPath",
    "HasOrigin",
    "HasUpstream",
    "NoOrphans",
    "OnlyUpstreams",
    "SchemaCompatible",
    "expectation_from_dict",
    "holds_template",
    "parse_expectations",
    "unrendered",
]


def holds_template(value: object) -> bool:
    """
    Tell whether a value is only known later: a text with a Jinja template, or a reference to a task's result.

    Such a reference (Airflow's ``XComArg``) is known by its method ``resolve``.
    """
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    return callable(getattr(value, "resolve", None))


def _text(value: object) -> str:
    """Read a text that is not empty; a dataset stands for its source identifier."""
    if isinstance(value, DatasetId):
        return value.source_identifier
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("must be a text that is not empty")


def _texts(value: object) -> tuple[str, ...]:
    """Read a list of texts."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise ValueError("must be a list of texts")
    return tuple(each if holds_template(each) else _text(each) for each in value)


def _ratio(value: object) -> float:
    """Read a share."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("must be a number from 0 to 1")
    return float(value)


def _mode(value: object) -> str:
    """Read a mode of schema compatibility."""
    if not isinstance(value, str) or value.upper() not in MODES:
        raise ValueError(f"must be one of {', '.join(MODES)}")
    return value.upper()


def _moment(value: object) -> datetime:
    """Read a time with an offset."""
    if isinstance(value, str):
        return parse_time(value)
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ValueError("must be a time with an offset, such as 2025-06-04T09:31:12Z")
    return value


_TEXT = {"read": _text}
_TEXTS = {"read": _texts}
_RATIO = {"read": _ratio}
_MODE = {"read": _mode}
_MOMENT = {"read": _moment}
_DURATION = {"read": parse_duration}

_TYPES: dict[str, type[Expectation]] = {}


@dataclass(frozen=True, slots=True)
class Expectation:
    """The root of all expectations; not one itself."""

    type: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        """Make the type known by its name."""
        _TYPES[cls.type] = cls

    def __post_init__(self) -> None:
        """
        Read every argument.

        :raises InvalidExpectationError: If one is not what it must be.
        """
        for each in fields(self):
            value = getattr(self, each.name)
            if holds_template(value) or (value is None and each.default is None):
                continue
            try:
                object.__setattr__(self, each.name, each.metadata["read"](value))
            except ValueError as error:
                problem = f"{self.type}.{each.name} {error}"
                raise InvalidExpectationError(problem=problem, given=value) from None

    def to_dict(self) -> dict[str, Any]:
        """Write the expectation as JSON; arguments that are ``None`` are left out."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {"type": self.type} | {
            name: _written(value) for name, value in values.items() if value is not None
        }

    @staticmethod
    def from_dict(document: object) -> Expectation:
        """
        Read what ``to_dict`` wrote, from JSON or YAML.

        :raises InvalidExpectationError: If the type or a member is unknown, missing or not what it must be.
        """
        if not isinstance(document, Mapping):
            raise InvalidExpectationError(problem="it must be an object with a member 'type'", given=document)
        name = document.get("type")
        found = _TYPES.get(name) if isinstance(name, str) else None
        if found is None:
            known = ", ".join(sorted(_TYPES))
            raise InvalidExpectationError(
                problem=f"there is no type {name!r}; there are {known}", given=document
            )
        arguments = {str(key): value for key, value in document.items() if key != "type"}
        known_names = [each.name for each in fields(found)]
        for key in arguments:
            if key not in known_names:
                problem = f"{name} has no member {key!r}; it has {', '.join(known_names) or 'none'}"
                raise InvalidExpectationError(problem=problem, given=document)
        for each in fields(found):
            if each.default is MISSING and each.name not in arguments:
                raise InvalidExpectationError(
                    problem=f"{name} lacks the member {each.name!r}", given=document
                )
        return found(**arguments)


@dataclass(frozen=True, slots=True)
class HasOrigin(Expectation):
    """
    The data of ``subject`` starts at ``origin``: it is upstream, and nothing is upstream of it.

    :param subject: The dataset.
    :param origin: The dataset it must start at.
    """

    type: ClassVar[str] = "has_origin"
    subject: str = field(metadata=_TEXT)
    origin: str = field(metadata=_TEXT)


@dataclass(frozen=True, slots=True)
class HasUpstream(Expectation):
    """
    The data of ``subject`` comes, over any number of steps, from ``upstream``.

    :param subject: The dataset.
    :param upstream: The dataset it must come from.
    """

    type: ClassVar[str] = "has_upstream"
    subject: str = field(metadata=_TEXT)
    upstream: str = field(metadata=_TEXT)


@dataclass(frozen=True, slots=True)
class HasDownstream(Expectation):
    """
    The data of ``subject`` goes, over any number of steps, to ``downstream``.

    :param subject: The dataset.
    :param downstream: The dataset it must go to.
    """

    type: ClassVar[str] = "has_downstream"
    subject: str = field(metadata=_TEXT)
    downstream: str = field(metadata=_TEXT)


@dataclass(frozen=True, slots=True)
class HasNoPath(Expectation):
    """
    No data flows from ``source`` to ``target``.

    One of the two may be absent from the lineage, as it is when there is no path; with both absent nothing
    was looked at, and the expectation is broken.

    :param source: Where the data would come from.
    :param target: Where it must not go.
    """

    type: ClassVar[str] = "has_no_path"
    source: str = field(metadata=_TEXT)
    target: str = field(metadata=_TEXT)


@dataclass(frozen=True, slots=True)
class OnlyUpstreams(Expectation):
    """
    Every dataset upstream of ``subject``, at any distance, is one of ``allowed``.

    :param subject: The dataset.
    :param allowed: The datasets it may come from; not all of them have to be there.
    """

    type: ClassVar[str] = "only_upstreams"
    subject: str = field(metadata=_TEXT)
    allowed: Sequence[str] = field(metadata=_TEXTS)


@dataclass(frozen=True, slots=True)
class ColumnTracedTo(Expectation):
    """
    A column is made from a given column of a given dataset, over any number of steps.

    :param subject: The dataset.
    :param column: Its column.
    :param origin: The dataset the column comes from.
    :param origin_column: The column there, in the case it has there.
    """

    type: ClassVar[str] = "column_traced_to"
    subject: str = field(metadata=_TEXT)
    column: str = field(metadata=_TEXT)
    origin: str = field(metadata=_TEXT)
    origin_column: str = field(metadata=_TEXT)


@dataclass(frozen=True, slots=True)
class AllColumnsTraced(Expectation):
    """
    Of the columns of ``subject``, partition keys included, enough have a source column in another dataset.

    :param subject: The dataset.
    :param min_ratio: The smallest share, from 0 to 1.
    """

    type: ClassVar[str] = "all_columns_traced"
    subject: str = field(metadata=_TEXT)
    min_ratio: float = field(default=1.0, metadata=_RATIO)


@dataclass(frozen=True, slots=True)
class CrawledBy(Expectation):
    """
    The newest crawl of a crawler that leads straight to ``subject`` is the given one.

    :param subject: The table.
    :param crawler_name: The crawler.
    :param crawl_id: The crawl; with ``None`` any crawl of the crawler will do.
    """

    type: ClassVar[str] = "crawled_by"
    subject: str = field(metadata=_TEXT)
    crawler_name: str = field(metadata=_TEXT)
    crawl_id: str | None = field(default=None, metadata=_TEXT)


@dataclass(frozen=True, slots=True)
class FreshWithin(Expectation):
    """
    The crawl the lineage of ``subject`` shows is fresh enough; at least one bound is needed.

    :param subject: The table.
    :param max_age: The crawl started at most this long before now. A ``timedelta``; JSON also takes seconds
        and ISO 8601, such as ``PT15M``.
    :param data_as_of: The crawl started at or after this time, when the data was written.
    """

    type: ClassVar[str] = "fresh_within"
    subject: str = field(metadata=_TEXT)
    max_age: timedelta | None = field(default=None, metadata=_DURATION)
    data_as_of: datetime | None = field(default=None, metadata=_MOMENT)

    def __post_init__(self) -> None:
        """Refuse an expectation that nothing could break, then read the arguments."""
        if self.max_age is None and self.data_as_of is None:
            raise InvalidExpectationError(
                problem=f"{self.type} needs max_age or data_as_of", given=str(self.subject)
            )
        Expectation.__post_init__(self)


@dataclass(frozen=True, slots=True)
class SchemaCompatible(Expectation):
    """
    The schema of ``subject`` is compatible with the one it had in an earlier snapshot.

    :param subject: The table.
    :param mode: ``BACKWARD``, ``FORWARD`` or ``FULL``, as
        :mod:`~airflow_lineage_provider.lineage.schema_compat` says.
    :param since: The name of the earlier snapshot.
    """

    type: ClassVar[str] = "schema_compatible"
    subject: str = field(metadata=_TEXT)
    mode: str = field(metadata=_MODE)
    since: str = field(metadata=_TEXT)


@dataclass(frozen=True, slots=True)
class NoOrphans(Expectation):
    """No dataset stands alone: each is joined to something besides its own catalog entries."""

    type: ClassVar[str] = "no_orphans"


def unrendered(expectation: Expectation) -> str:
    """Return the name of the first argument that still holds a template, empty if none does."""
    for each in fields(expectation):
        value = getattr(expectation, each.name)
        if any(holds_template(one) for one in (value if isinstance(value, tuple) else (value,))):
            return each.name
    return ""


def _written(value: object) -> object:
    """Write an argument as JSON."""
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, datetime):
        return format_time(value)
    return list(value) if isinstance(value, tuple) else value


def expectation_from_dict(document: object) -> Expectation:
    """
    Read one expectation, as :meth:`Expectation.from_dict` does.

    :raises InvalidExpectationError: If the document is not an expectation.
    """
    return Expectation.from_dict(document)


def parse_expectations(items: Iterable[Expectation | Mapping[str, object]]) -> tuple[Expectation, ...]:
    """
    Read expectations that may be given as values, as mappings, or mixed.

    :raises InvalidExpectationError: If one of them is not an expectation.
    """
    return tuple(each if isinstance(each, Expectation) else Expectation.from_dict(each) for each in items)
