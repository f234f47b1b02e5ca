"""
What an object's bytes are: how they are compressed and in which format they are.

The content decides, never the file's extension.

.. seealso:: AWS Glue Developer Guide, "Adding classifiers" (built-in classifiers and compression).
"""

from __future__ import annotations

import bz2
import gzip
import re
from typing import BinaryIO, cast

__all__ = ["MEGABYTE", "decompressed", "format_name", "whole_file_compression"]

MEGABYTE = 1024 * 1024

_READABLE_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2"}
_OTHER_COMPRESSIONS = {
    b"PK\x03\x04": "ZIP archives",
    b"\x28\xb5\x2f\xfd": "Zstandard compression",
    b"\x04\x22\x4d\x18": "LZ4 compression",
    b"\xff\x06\x00\x00sNaPpY": "Snappy compression",
}
_BINARY_FORMATS = {
    b"PAR1": "Parquet",
    b"Obj\x01": "Avro",
    b"ORC": "ORC",
    b"\xe0\x01\x00\xea": "Ion",
}
_BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16 text", b"\xfe\xff": "UTF-16 text"}
_CSV_DELIMITERS = ",|\t;\x01"
_XML = re.compile(r"<[?!A-Za-z]")


def whole_file_compression(head: bytes) -> str | None:
    """
    Return how the whole file is compressed: ``gzip``, ``bzip2`` or ``none``.

    :param head: The first bytes of the object.
    :return: ``None`` if it is compressed in a way that cannot be read; :func:`format_name` names it.
    """
    for magic, name in _READABLE_COMPRESSIONS.items():
        if head.startswith(magic):
            return name
    return None if any(head.startswith(magic) for magic in _OTHER_COMPRESSIONS) else "none"


def decompressed(stream: BinaryIO, compression: str) -> BinaryIO:
    """Return a stream of the uncompressed content."""
    if compression == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    if compression == "bzip2":
        return cast(BinaryIO, bz2.BZ2File(stream))
    return stream


def format_name(head: bytes) -> str:
    """
    Name a format that is not JSON, for a person.

    :param head: The first bytes of the (uncompressed) content.
    """
    for known in (_OTHER_COMPRESSIONS, _BINARY_FORMATS, _BYTE_ORDER_MARKS):
        for magic, name in known.items():
            if head.startswith(magic):
                return name
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return "binary data of this kind"
        text = head[: error.start].decode("utf-8-sig")
    if "\x00" in text:
        return "binary data of this kind"
    if _XML.match(text.lstrip()):
        return "XML"
    return "CSV" if _looks_like_csv(text) else "text of this kind (not JSON)"


def _looks_like_csv(text: str) -> bool:
    """Tell whether two rows or more have the same number of cells, more than one."""
    rows = [row for row in text.splitlines() if row]
    rows = rows[:-1] if len(rows) > 2 else rows
    for delimiter in _CSV_DELIMITERS:
        counts = {row.count(delimiter) for row in rows}
        if len(rows) >= 2 and len(counts) == 1 and counts != {0}:
            return True
    return False
