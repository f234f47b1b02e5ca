"""
What a file format is to the engine: something that recognises content and reads a sample of it.

Nothing outside a format's own module knows the format: what the Data Catalog says of it travels as a
:class:`TableFormat` from the file through the grouping of folders into the table's definition.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from airflow_lineage_provider.local_aws.engine.compression import decompressed, whole_file_compression
from airflow_lineage_provider.local_aws.engine.content import read_fully
from airflow_lineage_provider.local_aws.engine.reader import StoredObject
from airflow_lineage_provider.local_aws.engine.schema import StructOf, merge_all

__all__ = ["HEAD_BYTES", "FileFormat", "FileSample", "FileSource", "Parameters", "TableFormat"]

HEAD_BYTES = 64 * 1024

Parameters = tuple[tuple[str, str], ...]
"""Names and values, so that what holds them can be compared and hashed."""


@dataclass(frozen=True, slots=True)
class TableFormat:
    """
    What the Data Catalog says of data in one format.

    An empty ``input_format``, ``output_format``, ``serde`` or ``type_of_data`` is left out of the table.
    ``parameters`` go to the table's own; ``type_of_data`` is ``file``, ``table`` or ``view``.
    ``keeps_empty_serde`` gives a SerDe without parameters an empty map of them, as tables of databases have.
    ``volatile_parameters`` name parameters whose change alone does not make a table a changed one.

    A format that has to say more derives from this class; it cannot use ``super()`` without arguments.
    """

    classification: str
    input_format: str = ""
    output_format: str = ""
    serde: str = ""
    serde_parameters: Parameters = ()
    parameters: Parameters = ()
    type_of_data: str = "file"
    volatile_parameters: tuple[str, ...] = ()
    keeps_empty_serde: bool = False

    def grouping_key(self) -> tuple[str, ...]:
        """Return what two files must have in common to lie in one table, besides their compression."""
        return (self.classification,)

    def serde_parameters_for(self, record: StructOf) -> dict[str, str]:
        """
        Return the SerDe's parameters for a table.

        :param record: The table's columns, as all its files together have them.
        """
        del record
        return dict(self.serde_parameters)

    def merge(self, records: Iterable[StructOf]) -> StructOf:
        """Return the record type of several files or folders of this format together."""
        merged = merge_all(records)
        return merged if isinstance(merged, StructOf) else StructOf(())

    def merged_with(self, other: TableFormat) -> TableFormat:
        """Return the format of two files of one table together; both have the same :meth:`grouping_key`."""
        del other
        return self

    def merged_parameter(self, name: str, held: str, found: str) -> str:
        """
        Return the value of a parameter of a table that keeps the columns it has (``MergeNewColumns``).

        :param name: The name of a parameter of the table or its SerDe.
        :param held: Its value in the catalog.
        :param found: Its value as the crawl found it.
        """
        del name, held
        return found

    def succeeding(self, current: Mapping[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
        """
        Return the ``TableInput`` that takes the place of another one.

        :param current: The table as the catalog has it.
        :param wanted: The table as the crawl found it.
        """
        del current
        return wanted


class FileSource:
    """
    One object while it is read.

    :param stored: The object.
    :param raw: Its stored bytes; must be seekable.
    """

    def __init__(self, stored: StoredObject, raw: BinaryIO) -> None:
        self.stored = stored
        self.head = read_fully(raw, HEAD_BYTES)
        # Most objects are small: what is here already is not read again.
        self._raw = raw if len(self.head) == HEAD_BYTES else io.BytesIO(self.head)
        self.compression = whole_file_compression(self.head, self._raw)
        if self.compression != "none":
            self.head = read_fully(self.open(), HEAD_BYTES)

    def open(self) -> BinaryIO:
        """Return the uncompressed content from its beginning; one such stream at a time."""
        return decompressed(self.rewound(), self.compression)

    def rewound(self) -> BinaryIO:
        """Return the stored bytes, at their beginning, for formats that read here and there."""
        self._raw.seek(0)
        return self._raw


@dataclass(frozen=True, slots=True)
class FileSample:
    """
    What the beginning (or the footer) of one file says.

    ``records`` is how many records were read and ``size_bytes`` how long they are together; ``complete``
    tells whether that was the whole file. ``exact_records`` is the number of records in the file where the
    format tells it; ``None`` makes it an estimate.
    """

    format: TableFormat
    record: StructOf
    records: int
    size_bytes: int
    complete: bool
    exact_records: int | None = None


class FileFormat(Protocol):
    """A classifier: recognises one format and reads its schema."""

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample | None:
        """
        Read what is needed to know the schema.

        :param cancelled: Asked before every further read; reading may end early when it says yes.
        :return: ``None`` if the content is not in this format; the next format is asked then.
        """
