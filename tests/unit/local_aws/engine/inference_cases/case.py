"""The form of one inference case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_lineage_provider.local_aws.engine.formats import FileFormat


@dataclass(frozen=True)
class Table:
    """
    A table as it must come out.

    ``columns`` and ``parameters`` (a selection of the table's) are written as the Data Catalog shows them;
    ``partitions`` are the partitions' values.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    classification: str = "json"
    location: str = "s3://bucket/data/"
    partition_keys: tuple[str, ...] = ()
    partitions: tuple[tuple[str, ...], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    serde: str | None = None
    serde_parameters: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Case:
    """
    Data and the tables it makes.

    ``rule`` cites the section of the crawler reference and the rule in words; ``files`` are objects of the
    bucket ``bucket`` by key; the include path is ``path``; ``classifiers`` are custom ones. ``kind`` is the
    kind of target: ``s3``, ``delta`` (native tables), ``iceberg`` or ``hudi``.
    """

    id: str
    rule: str
    files: Mapping[str, str | bytes]
    tables: tuple[Table, ...]
    path: str = "s3://bucket/data/"
    configuration: str = ""
    exclusions: tuple[str, ...] = ()
    classifiers: tuple[FileFormat, ...] = ()
    kind: str = "s3"


def columns(**types: str) -> tuple[tuple[str, str], ...]:
    """Return columns by name, in order."""
    return tuple(types.items())
