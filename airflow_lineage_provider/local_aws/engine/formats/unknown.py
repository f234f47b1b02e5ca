"""
Content that no classifier recognises.

Reports differ on whether AWS writes a table for it; here it makes a table without columns and
with the classification ``UNKNOWN``.
"""

from __future__ import annotations

from collections.abc import Callable

from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.schema import StructOf

__all__ = ["UNKNOWN_TABLE", "UnknownFormat"]

UNKNOWN_TABLE = TableFormat(classification="UNKNOWN")


class UnknownFormat:
    """The last of all classifiers: takes everything."""

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample:
        """Return a sample without columns and records."""
        del source, cancelled
        return FileSample(UNKNOWN_TABLE, StructOf(()), 0, 0, complete=False)
