"""What reading a target finds: tables with their partitions and figures, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.schema import StructOf

__all__ = ["FoundPartition", "FoundTable", "Statistics"]


@dataclass(frozen=True, slots=True)
class Statistics:
    """
    The figures Glue keeps of data.

    ``records`` is an estimate for files: the sum over the objects of their length divided by the average
    record of the sample, each rounded down.
    """

    objects: int = 0
    size_bytes: int = 0
    records: int = 0
    sampled_records: int = 0
    sampled_bytes: int = 0

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
        )


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
    kind of source adds to the catalog's ``Parameters``; ``exclusions`` are absolute patterns.
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

    @property
    def classification(self) -> str:
        """The format's name in the Data Catalog."""
        return self.format.classification

    @property
    def is_files(self) -> bool:
        """Tell whether the table lies in files on S3, not in a database."""
        return self.format.type_of_data == "file"
