"""
The types of CSV columns: what one cell is, and what the cells of a column are together.

Integers of any length up to 64 bits are ``long`` (never ``int``), leading zeros or not; longer ones are
``double`` (AWS's choice is unknown). Empty cells are neutral. Whole and fractional numbers make ``double``,
every other mix ``string``. Values are taken as they are, so blanks around a number make it text, unless a
classifier trims them.

.. seealso:: AWS Glue Developer Guide, "Built-in CSV classifier".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from airflow_lineage_provider.local_aws.engine.schema import NOTHING, DataType, Scalar

__all__ = ["cell_type", "column_type", "merge_columns"]

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST = 2**63
_BOOLEANS = frozenset({"true", "false"})


def cell_type(cell: str, *, trim: bool = False) -> str:
    """
    Return the name of one cell's type: long, double, boolean or string; empty for an empty cell.

    :param trim: Whether blanks around the value count as no part of it.
    """
    value = cell.strip() if trim else cell
    if not value.strip():
        return ""
    if _INTEGER.fullmatch(value):
        return "long" if _fits_64_bits(value) else "double"
    if _NUMBER.fullmatch(value):
        return "double"
    return "boolean" if value.lower() in _BOOLEANS else "string"


def column_type(cells: Iterable[str], *, trim: bool = False) -> DataType:
    """Return the type of all cells of a column; :data:`NOTHING` if all are empty."""
    merged: DataType = NOTHING
    for cell in cells:
        name = cell_type(cell, trim=trim)
        if name:
            merged = merge_columns(merged, Scalar(name))
        if merged == Scalar("string"):
            break
    return merged


def merge_columns(left: DataType, right: DataType) -> DataType:
    """Return the type of two columns, or of one column in two files, together."""
    if right in (left, NOTHING):
        return left
    if left == NOTHING:
        return right
    numbers = {Scalar("long"), Scalar("double")}
    return Scalar("double") if {left, right} == numbers else Scalar("string")


def _fits_64_bits(value: str) -> bool:
    """Tell whether an integer is a ``bigint``; one of thousands of digits is not even parsed."""
    return len(value.lstrip("+-").lstrip("0")) <= 19 and -_LONGEST <= int(value) < _LONGEST
