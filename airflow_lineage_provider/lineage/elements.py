"""What a lineage graph is made of: nodes with frozen attributes, edges between nodes and between fields."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.identifiers import (
    DatasetId,
    FieldId,
    JobId,
    NodeId,
    RunId,
    node_sort_key,
)

__all__ = [
    "Attributes",
    "DatasetNode",
    "Edge",
    "Field",
    "FieldEdge",
    "JobNode",
    "Node",
    "RunNode",
]


class Attributes(Mapping[str, object]):
    """
    JSON values by name, frozen all the way down, sorted and hashable.

    Lists become tuples and objects become :class:`Attributes`; :meth:`thaw` gives plain JSON values back.

    :param values: What to freeze.
    :raises TypeError: If a value has no JSON form.
    """

    __slots__ = ("_lookup", "_pairs")
    _lookup: dict[str, object]
    _pairs: tuple[tuple[str, object], ...]

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        pairs = tuple((key, _freeze(value)) for key, value in sorted((values or {}).items()))
        object.__setattr__(self, "_pairs", pairs)
        object.__setattr__(self, "_lookup", dict(pairs))

    def __getitem__(self, key: str) -> object:
        """Return the frozen value of a name."""
        return self._lookup[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, sorted."""
        return iter(self._lookup)

    def __len__(self) -> int:
        """Count the names."""
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        """Compare with other attributes, or with a mapping of plain JSON values."""
        if isinstance(other, Attributes):
            return self._pairs == other._pairs
        return isinstance(other, Mapping) and self.thaw() == dict(other)

    def __hash__(self) -> int:
        """Hash the sorted pairs."""
        return hash(self._pairs)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse any change."""
        raise AttributeError(f"Attributes are immutable; {name!r} cannot be set.")

    def __reduce__(self) -> tuple[type[Attributes], tuple[dict[str, object]]]:
        """Pickle as plain JSON values."""
        return Attributes, (self.thaw(),)

    def __repr__(self) -> str:
        """Show the plain JSON values."""
        return f"Attributes({self.thaw()!r})"

    def text(self, key: str) -> str | None:
        """Return the value of a name if it is a text with at least one character, else ``None``."""
        value = self._lookup.get(key)
        return value if isinstance(value, str) and value else None

    def thaw(self) -> dict[str, object]:
        """Return a fresh dictionary of plain JSON values, keys sorted."""
        return {key: _thaw(value) for key, value in self._pairs}


def _freeze(value: object) -> object:
    """Freeze one JSON value."""
    if isinstance(value, Attributes) or value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Mapping):
        return Attributes(value)
    if isinstance(value, list | tuple):
        return tuple(_freeze(each) for each in value)
    raise TypeError(f"An attribute must be a JSON value, not {value!r}.")


def _thaw(value: object) -> object:
    """Turn a frozen value into plain JSON."""
    if isinstance(value, Attributes):
        return value.thaw()
    return [_thaw(each) for each in value] if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True, order=True)
class Field:
    """
    One field (a column) of a dataset's schema.

    :param name: Its name, in the case the source spells it.
    :param type: Its type as the source spells it, such as ``array<string>``; empty if unknown.
    :raises InvalidIdentifierError: If the name is empty.
    """

    name: str
    type: str = ""

    def __post_init__(self) -> None:
        """Refuse an empty name."""
        if not self.name:
            raise InvalidIdentifierError(text=self.name, wanted="the name of a field")


_NO_ATTRIBUTES = Attributes()


@dataclass(frozen=True, slots=True)
class DatasetNode:
    """
    A dataset with its schema.

    :param id: The dataset.
    :param fields: Schema, partition keys included, in order; of fields with one name the last one counts.
    :param attributes: Known names: ``event_time`` (ISO 8601, UTC), ``node_id``, ``asset_id``.
    """

    id: DatasetId
    fields: tuple[Field, ...] = ()
    attributes: Attributes = _NO_ATTRIBUTES

    def __post_init__(self) -> None:
        """Freeze what was given and drop repeated fields."""
        object.__setattr__(self, "fields", tuple({each.name: each for each in self.fields}.values()))
        object.__setattr__(self, "attributes", _frozen(self.attributes))


@dataclass(frozen=True, slots=True)
class JobNode:
    """
    A job, such as a crawler.

    :param id: The job.
    :param attributes: Known names: ``job_type``, ``processing_type``, ``integration``, ``sql``, ``node_id``.
    """

    id: JobId
    attributes: Attributes = _NO_ATTRIBUTES

    def __post_init__(self) -> None:
        """Freeze what was given."""
        object.__setattr__(self, "attributes", _frozen(self.attributes))


@dataclass(frozen=True, slots=True)
class RunNode:
    """
    A run of a job, such as a crawl.

    :param id: The run.
    :param attributes: Known names: ``event_time``, ``started_at``, ``ended_at`` (ISO 8601, UTC), ``state``
        (an OpenLineage run state), ``crawl_id``, ``crawler_name``, ``node_id``, ``flows`` (output → inputs,
        as source identifiers).
    """

    id: RunId
    attributes: Attributes = _NO_ATTRIBUTES

    def __post_init__(self) -> None:
        """Freeze what was given."""
        object.__setattr__(self, "attributes", _frozen(self.attributes))


def _frozen(attributes: Mapping[str, object]) -> Attributes:
    """Return the attributes themselves if they are frozen, else a frozen copy."""
    return attributes if isinstance(attributes, Attributes) else Attributes(attributes)


Node = DatasetNode | JobNode | RunNode
"""Any node of a lineage graph."""


@dataclass(frozen=True, slots=True)
class Edge:
    """
    Data flows from ``source`` to ``target``.

    :param source: Where the data comes from.
    :param target: Where it goes.
    """

    source: NodeId
    target: NodeId

    def sort_key(self) -> tuple[tuple[int, str], tuple[int, str]]:
        """Return the key edges are sorted by."""
        return node_sort_key(self.source), node_sort_key(self.target)


@dataclass(frozen=True, slots=True, order=True)
class FieldEdge:
    """
    The field ``target`` is made from the field ``source``.

    :param source: Where the value comes from.
    :param target: Where it goes.
    :param dataset_wide: The source has a say in every field of the target's dataset (a filter, a join, a sort
        key) and tells nothing of this one.
    """

    source: FieldId
    target: FieldId
    dataset_wide: bool = False

    def sort_key(self) -> tuple[str, str, str, str, bool]:
        """Return the key field edges are sorted by."""
        source, target = self.source, self.target
        return (
            source.dataset.source_identifier,
            source.name,
            target.dataset.source_identifier,
            target.name,
            self.dataset_wide,
        )
