"""What reading a target finds: tables with their partitions and figures, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_lineage_provider.local_aws.engine.choices import record_without_choices
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.schema import StructOf

__all__ = ["NO_STATISTICS", "FoundPartition", "FoundTable", "Statistics"]


@dataclass(frozen=True, slots=True)
class Statistics:
    """
    The figures Glue keeps of data.

    ``records`` is an estimate for files: the sum over the objects of their length divided by the average
    record of the sample, each rounded down. Figures that are not ``kept`` do not go to the catalog.
    """

    objects: int = 0
    size_bytes: int = 0
    records: int = 0
    sampled_records: int = 0
    sampled_bytes: int = 0
    kept: bool = True

    @property
    def average_record_size(self) -> int:
        """Bytes per record in the sample, rounded down."""
        return self.sampled_bytes // self.sampled_records if self.sampled_records else 0

    def __add__(self, other: Statistics) -> Statistics:
        """Return the figures of both together."""
        return Statistics(
            objects=self.objects + other.objects,
            size_bytes=self.size_bytes + other.size_bytes,
            records=self.records + other.records,
            sampled_records=self.sampled_records + other.sampled_records,
            sampled_bytes=self.sampled_bytes + other.sampled_bytes,
            kept=self.kept and other.kept,
        )


NO_STATISTICS = Statistics(kept=False)
"""For data of which a crawler keeps no figures."""


@dataclass(frozen=True, slots=True)
class FoundPartition:
    """One partition: its values, its folder, and the schema and format of what lies there."""

    values: tuple[str, ...]
    location: str
    record: StructOf
    statistics: Statistics
    format: TableFormat


@dataclass(frozen=True, slots=True)
class FoundTable:
    """
    One table as the data shows it.

    ``folders`` are the locations of the data (several for a partitioned table); ``parameters`` are what the
    kind of source adds to the catalog's ``Parameters``; ``exclusions`` are absolute patterns. An empty
    ``compression`` is left out of the catalog.

    ``partition_types`` are the types of the partition keys that are not ``string``. ``column_members`` are
    members of Glue's ``Column`` that the source fills besides name and type (``Comment``, ``Parameters``), by
    the column's name in lower case. ``description`` is the table's. ``shares_location`` says that several
    tables of one kind lie at the location, told apart by their input formats. ``catalog_table`` is the table
    of the catalog (database and name) that this is known to be; it is not made if it is not there.
    """

    base_name: str
    location: str
    format: TableFormat
    compression: str
    record: StructOf
    statistics: Statistics
    partition_keys: tuple[str, ...] = ()
    partitions: tuple[FoundPartition, ...] = ()
    folders: frozenset[str] = frozenset()
    exclusions: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    partition_types: Mapping[str, str] = field(default_factory=dict)
    column_members: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    shares_location: bool = False
    description: str = ""
    catalog_table: tuple[str, str] | None = None

    @property
    def classification(self) -> str:
        """The format's name in the Data Catalog."""
        return self.format.classification

    @property
    def connection_name(self) -> str:
        """The Glue connection that leads to the table's database; empty for data without one."""
        return dict(self.format.parameters).get("connectionName", "")

    @property
    def is_files(self) -> bool:
        """Tell whether the table lies in files on S3, not in a database."""
        return self.format.type_of_data == "file"

    def without_choices(self) -> FoundTable:
        """Return the table with one type in the place of every mixture."""
        return replace(
            self,
            record=record_without_choices(self.record),
            partitions=tuple(
                replace(partition, record=record_without_choices(partition.record))
                for partition in self.partitions
            ),
        )
