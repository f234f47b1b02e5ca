"""
XML as a file format: custom classifiers, and the built-in one.

A custom classifier names the tag of a row. The built-in one determines the schema by the document's tags; how
it chooses the row Glue does not say. Here the whole document is its one row, as for a JSON array. Glue has no
SerDe for XML; its own readers need the tag, so it travels with the table as ``rowTag``.

.. seealso:: AWS Glue Developer Guide, "Writing XML custom classifiers".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.engine.content import MEGABYTE, read_fully
from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.formats.text import TEXT_INPUT, TEXT_OUTPUT
from airflow_lineage_provider.local_aws.engine.schema import NOTHING, DataType, StructOf
from airflow_lineage_provider.local_aws.engine.xml_rows import XmlRows, merge_types, read_rows, row_type

__all__ = ["XmlFormat", "XmlTable"]

_MAX_SAMPLE = 10 * MEGABYTE
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[?!A-Za-z_]")


@dataclass(frozen=True, slots=True)
class XmlTable(TableFormat):
    """XML in the Data Catalog."""

    def grouping_key(self) -> tuple[str, ...]:
        """Return classification and row tag."""
        return (self.classification, *(value for _, value in self.parameters))

    def merge(self, records: Iterable[StructOf]) -> StructOf:
        """Return the row type of several files together."""
        merged: DataType = NOTHING
        for record in records:
            merged = merge_types(merged, record)
        return merged if isinstance(merged, StructOf) else StructOf(())


class XmlFormat:
    """
    An XML classifier.

    :param row_tag: The tag of a row; empty makes the whole document one row.
    :param classification: What the Data Catalog calls the format.
    """

    def __init__(self, row_tag: str = "", classification: str = "xml") -> None:
        self._row_tag = row_tag
        self._classification = classification

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample | None:
        """Read the first megabyte, and up to ten where it holds no complete row."""
        if not _BEGINNING.match(source.head):
            return None
        stream = source.open()
        data = b""
        while True:
            chunk = read_fully(stream, MEGABYTE)
            data += chunk
            complete = len(chunk) < MEGABYTE
            found = read_rows(data, self._row_tag, complete=complete)
            if found is None:
                return None
            if found.rows or complete or cancelled() or len(data) >= _MAX_SAMPLE:
                return self._sample(found, complete=complete) if found.rows else None

    def _sample(self, found: XmlRows, *, complete: bool) -> FileSample:
        table = XmlTable(
            classification=self._classification,
            input_format=TEXT_INPUT,
            output_format=TEXT_OUTPUT,
            parameters=(("rowTag", found.row_tag),),
        )
        return FileSample(table, row_type(found.rows), len(found.rows), found.size_bytes, complete)
