"""
JSON: records out of bytes, types out of records.

One object per line, concatenated objects, one pretty-printed object and a top-level array are all read. A
top-level array is one record with the single field ``array``. With a path, every value it leads to is a
record; one that is neither an object nor an array has the single field ``record``.

.. seealso:: AWS Glue Developer Guide, "Built-in classifiers" and "Writing JSON custom classifiers".
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from airflow_lineage_provider.local_aws.engine.content import MEGABYTE, read_fully
from airflow_lineage_provider.local_aws.engine.json_paths import JsonPath
from airflow_lineage_provider.local_aws.engine.json_types import covers, infer
from airflow_lineage_provider.local_aws.engine.schema import NOTHING, DataType, StructOf, merge

__all__ = ["JsonSample", "MalformedJsonError", "read_json", "starts_like_json"]

_MAX_SAMPLE = 10 * MEGABYTE
_SPACE = re.compile(r"[ \t\r\n]*")
_ARRAY_FIELD = "array"
_RECORD_FIELD = "record"
_LONGEST_TOKEN = 6
"""How much of a number, ``false`` or an escape can stand before the end of a sample that cuts it."""


class MalformedJsonError(ValueError):
    """Text that begins like JSON and is not."""


@dataclass(frozen=True, slots=True)
class JsonSample:
    """
    What the beginning of one file says.

    ``records`` is how many records were read, ``size_bytes`` how long they are together, ``complete`` tells
    whether that was the whole file.
    """

    record: StructOf
    records: int
    size_bytes: int
    complete: bool


def starts_like_json(head: bytes) -> bool:
    """Tell whether content begins with an object or an array; a file of bare scalars is no JSON to Glue."""
    return head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")[:1] in (b"{", b"[")


def read_json(
    stream: BinaryIO, cancelled: Callable[[], bool] = lambda: False, *, path: JsonPath | None = None
) -> JsonSample:
    """
    Read the first megabyte of a file, and up to ten where it holds no complete record.

    :param stream: The uncompressed content.
    :param cancelled: Asked before each further megabyte; reading ends early when it says yes.
    :param path: Leads to the values that are the records; without it every document is one.
    :raises MalformedJsonError: If the content is not JSON, or no record is complete within ten megabytes.
    """
    data = b""
    while True:
        chunk = read_fully(stream, MEGABYTE)
        data += chunk
        complete = len(chunk) < MEGABYTE
        try:
            sample = _parse(data, path, complete=complete)
        except RecursionError as error:
            raise MalformedJsonError("its values are nested too deeply") from error
        if sample.records or complete or cancelled():
            return sample
        if len(data) >= _MAX_SAMPLE:
            raise MalformedJsonError("no record is complete within its first 10 MB")


def _parse(data: bytes, path: JsonPath | None, *, complete: bool) -> JsonSample:
    """Read records until the end of a complete file, or as far as a sample goes."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=complete)
    except UnicodeDecodeError as error:
        raise MalformedJsonError(f"byte {error.start} is not UTF-8") from error
    bare_field = "" if path is None else _RECORD_FIELD
    record_type: DataType = NOTHING
    records = 0
    position = 0
    for document, end in _documents(text, complete=complete):
        for record in (document,) if path is None else path.values(document):
            fields = _fields(record, bare_field=bare_field)
            if not covers(record_type, fields):
                record_type = merge(record_type, infer(fields))
            records += 1
        position = end
    size = len(data) if complete else len(text[:position].encode())
    merged = record_type if isinstance(record_type, StructOf) else StructOf(())
    return JsonSample(record=merged, records=records, size_bytes=size, complete=complete)


def _documents(text: str, *, complete: bool) -> Iterator[tuple[object, int]]:
    """Yield the values that follow each other in a text, and where each ends."""
    position = _skip_space(text, 0)
    while position < len(text):
        try:
            value, end = _DECODER.raw_decode(text, position)
        except ValueError as error:
            if complete or not _is_cut(error, text):
                raise MalformedJsonError(str(error)) from error
            return
        position = _skip_space(text, end)
        yield value, position


def _is_cut(error: ValueError, text: str) -> bool:
    """Tell whether JSON is wrong only because the sample ends inside it."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= len(text) - _LONGEST_TOKEN


def _fields(record: object, *, bare_field: str) -> dict[str, object]:
    """
    Return the top-level fields of one record.

    :param bare_field: The field for a record that is neither an object nor an array; empty refuses it.
    """
    if isinstance(record, dict):
        return record
    if isinstance(record, list):
        return {_ARRAY_FIELD: record}
    if bare_field:
        return {bare_field: record}
    raise MalformedJsonError("a record is neither an object nor an array")


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
