"""
CSV as a file format: the built-in classifier and custom ones.

Files of one table need the same delimiter only. Their columns are united by name, as everywhere else; columns
of a file without a header take the names that stand at their positions in a file with one. A table is quoted,
and has a header to skip, if one of its files does (what AWS does with such a mixture is unknown).

The built-in classifier never takes broken JSON for CSV, however many commas it has.

.. seealso:: AWS Glue Developer Guide, "Built-in CSV classifier" and "Writing CSV custom classifiers"; AWS
    Glue Web API Reference, ``CsvClassifier``.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from airflow_lineage_provider.local_aws.engine.csv_types import column_type, merge_columns
from airflow_lineage_provider.local_aws.engine.delimited import (
    DELIMITERS,
    DelimitedText,
    Row,
    column_names,
    has_header,
    is_generated,
    recognise,
)
from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.formats.text import TEXT_INPUT, TEXT_OUTPUT, read_text
from airflow_lineage_provider.local_aws.engine.schema import NOTHING, DataType, Scalar, StructOf

__all__ = ["CSV_DATATYPES", "CsvFormat", "CsvOptions", "CsvTable", "Header"]

_LAZY_SIMPLE = "LazySimpleSerDe"
_OPEN_CSV = "OpenCSVSerDe"
_SERDES = {
    _LAZY_SIMPLE: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    _OPEN_CSV: "org.apache.hadoop.hive.serde2.OpenCSVSerde",
}
CSV_DATATYPES = {
    "BINARY": "binary",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DECIMAL": "decimal",
    "DOUBLE": "double",
    "FLOAT": "float",
    "INT": "int",
    "LONG": "bigint",
    "SHORT": "smallint",
    "STRING": "string",
    "TIMESTAMP": "timestamp",
}
"""The custom datatypes Glue knows, and how the Data Catalog writes them."""


class Header(Enum):
    """Whether a file begins with the names of its columns; ``UNKNOWN`` lets the classifier find out."""

    UNKNOWN = "UNKNOWN"
    PRESENT = "PRESENT"
    ABSENT = "ABSENT"


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """
    What a custom classifier settles; an empty value leaves it to the content.

    ``header`` names the columns, ``datatypes`` gives their types as the Data Catalog writes them, both by
    position. ``serde`` is one of Glue's names for the two SerDes.
    """

    delimiter: str = ""
    quote: str = ""
    contains_header: Header = Header.UNKNOWN
    header: tuple[str, ...] = ()
    trim_values: bool = False
    allow_single_column: bool = False
    datatypes: tuple[str, ...] = ()
    serde: str = ""

    @property
    def min_columns(self) -> int:
        """How many columns a file must have."""
        return 1 if self.allow_single_column else 2

    @property
    def min_rows(self) -> int:
        """How many rows a file must have: a header alone is enough where the types are given."""
        return 1 if self.contains_header is Header.PRESENT and self.datatypes else 2


_NO_OPTIONS = CsvOptions()


@dataclass(frozen=True, slots=True)
class CsvTable(TableFormat):
    """CSV in the Data Catalog; made by :meth:`of`."""

    delimiter: str = ","
    quote: str = '"'
    is_quoted: bool = False
    has_header: bool = False
    custom_serde: str = ""

    @classmethod
    def of(
        cls, delimiter: str, quote: str, *, is_quoted: bool, has_header: bool, custom_serde: str = ""
    ) -> CsvTable:
        """
        Return the format of a table.

        :param quote: What cells stand in where they are quoted.
        :param custom_serde: The SerDe a classifier demands; empty lets the quotes decide.
        """
        serde = custom_serde or (_OPEN_CSV if is_quoted else _LAZY_SIMPLE)
        by_serde = {
            _LAZY_SIMPLE: (("field.delim", delimiter),),
            _OPEN_CSV: (("quoteChar", quote), ("separatorChar", delimiter)),
        }
        parameters = (
            ("areColumnsQuoted", str(is_quoted).lower()),
            ("columnsOrdered", "true"),
            ("delimiter", delimiter),
            *((("customSerde", custom_serde),) if custom_serde else ()),
            *((("skip.header.line.count", "1"),) if has_header else ()),
        )
        return cls(
            classification="csv",
            input_format=TEXT_INPUT,
            output_format=TEXT_OUTPUT,
            serde=_SERDES[serde],
            serde_parameters=by_serde[serde],
            parameters=parameters,
            delimiter=delimiter,
            quote=quote,
            is_quoted=is_quoted,
            has_header=has_header,
            custom_serde=custom_serde,
        )

    def grouping_key(self) -> tuple[str, ...]:
        """Return classification and delimiter: files with different ones are not comparable."""
        return (self.classification, self.delimiter)

    def merge(self, records: Iterable[StructOf]) -> StructOf:
        """Return the columns of several files: united by name, by position where a file has no names."""
        listed = list(records)
        header = next((names for names in map(_names, listed) if not is_generated(names)), ())
        merged: dict[str, tuple[str, DataType]] = {}
        for record in listed:
            names = _names(record)
            given = (*header, *names[len(header) :]) if is_generated(names) else names
            for name, (_, data_type) in zip(given, record.fields, strict=False):
                first, seen = merged.get(name.lower(), (name, NOTHING))
                merged[name.lower()] = first, merge_columns(seen, data_type)
        return StructOf(tuple(merged.values()))

    def merged_with(self, other: TableFormat) -> TableFormat:
        """Return the format of both: quoted, and with a header, if one of them is."""
        if not isinstance(other, CsvTable):
            return self
        return CsvTable.of(
            self.delimiter,
            self.quote if self.is_quoted else other.quote,
            is_quoted=self.is_quoted or other.is_quoted,
            has_header=self.has_header or other.has_header,
            custom_serde=self.custom_serde or other.custom_serde,
        )


class CsvFormat:
    """
    A CSV classifier.

    :param options: What a custom classifier settles; the built-in one settles nothing.
    """

    def __init__(self, options: CsvOptions | None = None) -> None:
        self._options = options or _NO_OPTIONS

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample | None:
        """Read the first 1,000 rows, of the first megabyte at most."""
        del cancelled
        options = self._options
        sample = read_text(source) if options != _NO_OPTIONS or not _is_broken_json(source) else None
        if sample is None:
            return None
        found = recognise(
            sample.text,
            complete=sample.complete,
            delimiters=(options.delimiter,) if options.delimiter else DELIMITERS,
            quote=options.quote or '"',
            min_columns=options.min_columns,
        )
        if found is None or len(found.rows) < options.min_rows:
            return None
        if options.header and len(options.header) != found.width:
            return None
        is_quoted = found.has_quoted_cells(sample.text)
        return self._sample(found, is_quoted=is_quoted)

    def _sample(self, found: DelimitedText, *, is_quoted: bool) -> FileSample:
        options = self._options
        header = _finds_header(found.rows, options)
        rows = found.rows[1:] if header else found.rows
        table = CsvTable.of(
            found.delimiter,
            options.quote or '"',
            is_quoted=is_quoted,
            has_header=header,
            custom_serde=options.serde,
        )
        names = column_names(options.header or (found.rows[0] if header else ()), found.width)
        record = StructOf(
            tuple((name, _column_type(rows, index, options)) for index, name in enumerate(names))
        )
        return FileSample(table, record, len(rows), found.size_bytes, found.is_whole)


def _is_broken_json(source: FileSource) -> bool:
    """Tell whether content begins like an object: the JSON classifier, asked before, has found it broken."""
    return source.head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")


def _finds_header(rows: Sequence[Row], options: CsvOptions) -> bool:
    if options.contains_header is not Header.UNKNOWN:
        return options.contains_header is Header.PRESENT
    repeated = bool(options.header) and [cell.strip() for cell in rows[0]] == list(options.header)
    return repeated or has_header(rows, trim=options.trim_values)


def _column_type(rows: Sequence[Row], index: int, options: CsvOptions) -> DataType:
    if index < len(options.datatypes):
        return Scalar(options.datatypes[index])
    return column_type((row[index] for row in rows if index < len(row)), trim=options.trim_values)


def _names(record: StructOf) -> tuple[str, ...]:
    return tuple(name for name, _ in record.fields)
