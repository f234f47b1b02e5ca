"""
Delimited text: which delimiter and quotes it uses, its rows, and whether the first of them is a header.

What Glue publishes: the delimiters it tries, at least two columns and two rows, the header rule, at most
1,000 records of a file. What it does not, and what is done here:

* A delimiter fits if more than 0.7 of the rows have as many cells as the first (0.7 is the one threshold Glue
  publishes, for folders). One empty cell more or less at the end, from a trailing delimiter, is no
  difference. Of several delimiters the one that fits most rows is taken, then the one with most columns.
* Ragged rows are read as Hive reads them: what is missing is empty, what is too much is left out.
* Quotes count if text read with them is at least as regular as without; else they are ordinary characters.
* A name in the header that is empty or there already becomes a generated one: the SerDes go by position.

.. seealso:: AWS Glue Developer Guide, "Built-in CSV classifier" and "Writing CSV custom classifiers".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.engine.csv_types import cell_type

__all__ = [
    "DELIMITERS",
    "MAX_ROWS",
    "DelimitedText",
    "Row",
    "column_names",
    "has_header",
    "is_generated",
    "recognise",
]

DELIMITERS = (",", "|", "\t", ";", "\x01")
"""The delimiters Glue tries."""
MAX_ROWS = 1000
_REGULAR_SHARE = 0.7
_MAX_HEADER_CELL = 150
_LEGAL_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,255}")

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """
    Text read with one delimiter.

    ``quote`` is what cells may stand in, empty for nothing. ``size_bytes`` is the length of the rows,
    ``is_whole`` tells whether they are the whole file.
    """

    delimiter: str
    quote: str
    rows: tuple[Row, ...]
    size_bytes: int
    is_whole: bool

    @property
    def width(self) -> int:
        """How many columns there are: as many as the first row has."""
        return len(self.rows[0])

    def regularity(self) -> float:
        """Return the share of rows that are as wide as the first."""
        return sum(_are_as_wide(row, self.rows[0]) for row in self.rows) / len(self.rows)

    def has_quoted_cells(self, text: str) -> bool:
        """Tell whether a cell of the text that was read begins with the quote."""
        if not self.quote:
            return False
        start = rf"(?:^|{re.escape(self.delimiter)}){re.escape(self.quote)}"
        return re.search(start, text, re.MULTILINE) is not None


def recognise(
    text: str,
    *,
    complete: bool,
    delimiters: Sequence[str] = DELIMITERS,
    quote: str = '"',
    min_columns: int = 2,
) -> DelimitedText | None:
    """
    Read delimited text; ``None`` if it is none.

    :param complete: Whether this is the whole file; otherwise the last row is left out, it may be cut.
    :param delimiters: The delimiters to try.
    :param quote: What cells may stand in.
    """
    first_line = text.lstrip("\r\n").partition("\n")[0]
    readings = (
        _read(text, delimiter, symbol, complete=complete)
        for delimiter in delimiters
        if min_columns < 2 or delimiter in first_line
        for symbol in ((quote, "") if quote in text else ("",))
    )
    fitting = [
        reading
        for reading in readings
        if reading.rows and reading.width >= min_columns and reading.regularity() > _REGULAR_SHARE
    ]
    return max(fitting, key=lambda reading: (reading.regularity(), reading.width), default=None)


def has_header(rows: Sequence[Row], *, trim: bool = False) -> bool:
    """
    Tell whether the first row names the columns, by Glue's rule.

    All its cells are text, not too long and legal names, and some cell below is something else than text.
    The last column may be empty throughout.
    """
    first, *others = rows
    width = len(first)
    last_is_empty = width > 1 and not any(cell for row in rows for cell in row[width - 1 : width])
    named = first[:-1] if last_is_empty else first
    legal = all(cell_type(cell, trim=trim) == "string" and _is_legal_name(cell.strip()) for cell in named)
    if not legal or any(len(cell) >= _MAX_HEADER_CELL for cell in first[:-1]):
        return False
    kinds = (cell_type(cell, trim=trim) for row in others for cell in row[:width])
    return any(kind not in ("", "string") for kind in kinds)


def column_names(header: Row, width: int) -> tuple[str, ...]:
    """
    Return the names of columns, all different, also in lower case.

    :param header: The names as they are given; missing ones are generated: ``col0``, ``col1`` …
    """
    names: dict[str, str] = {}
    for index in range(width):
        name = header[index].strip() if index < len(header) else ""
        if not _is_legal_name(name) or name.lower() in names:
            name = f"col{index}"
        while name.lower() in names:
            name += "_"
        names[name.lower()] = name
    return tuple(names.values())


def is_generated(names: Sequence[str]) -> bool:
    """Tell whether the names say nothing but the columns' positions."""
    return all(name == f"col{index}" for index, name in enumerate(names))


class _Lines:
    """The lines of a text with their ends, and how many bytes of it have been taken."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.size_bytes = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.size_bytes += len(line) if line.isascii() else len(line.encode())
        return line


def _read(text: str, delimiter: str, quote: str, *, complete: bool) -> DelimitedText:
    """Read the first rows with one delimiter, with quotes or without."""
    lines = _Lines(text)
    if quote:
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    rows: list[Row] = []
    size = 0
    try:
        for row in reader:
            if len(rows) == MAX_ROWS:
                return DelimitedText(delimiter, quote, tuple(rows), size, is_whole=False)
            if len(row) > 1 or (row and row[0].strip()):
                rows.append(row)
                cut, size = size, lines.size_bytes
    except csv.Error:  # a cell longer than the csv module allows, 128 KiB
        return DelimitedText(delimiter, quote, (), 0, is_whole=False)
    if complete or not rows:
        return DelimitedText(delimiter, quote, tuple(rows), lines.size_bytes, is_whole=complete)
    return DelimitedText(delimiter, quote, tuple(rows[:-1]), cut, is_whole=False)


def _are_as_wide(row: Row, first: Row) -> bool:
    """Tell whether two rows have as many cells, one empty cell at the end not counted."""
    return bool(_widths(row) & _widths(first))


def _widths(row: Row) -> set[int]:
    return {len(row), len(row) - 1} if row[-1] == "" else {len(row)}


def _is_legal_name(name: str) -> bool:
    """Tell whether Glue takes a name for a column; its own regular expression is not published."""
    return _LEGAL_NAME.fullmatch(name) is not None
