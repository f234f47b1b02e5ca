"""
How an object's bytes are compressed. The content decides, never the file's extension.

gzip, bzip2 and ZIP are the standard library's; LZ4 and Snappy go through pyarrow. A ZIP archive counts if it
holds exactly one file. Content compressed in another way (Zstandard is not in Glue's list) is no text and no
known format, so it is ``UNKNOWN`` to the classifiers.

.. seealso:: AWS Glue Developer Guide, "Adding classifiers" (built-in classifiers and compression).
"""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, cast

from airflow_lineage_provider.local_aws.engine.snappy_stream import (
    SNAPPY_SIGNATURE,
    is_hadoop_snappy,
    open_snappy,
)

__all__ = ["decompressed", "whole_file_compression"]

_SIGNATURES = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\x04\x22\x4d\x18": "lz4",
    SNAPPY_SIGNATURE: "snappy",
}
_ZIP_SIGNATURE = b"PK\x03\x04"
_ENCRYPTED = 0x1
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def whole_file_compression(head: bytes, stream: BinaryIO) -> str:
    """
    Return how the whole file is compressed: ``gzip``, ``bzip2``, ``zip``, ``lz4``, ``snappy`` or ``none``.

    :param head: The first bytes of the object.
    :param stream: The stored bytes; must be seekable.
    """
    for signature, name in _SIGNATURES.items():
        if head.startswith(signature):
            return name
    if head.startswith(_ZIP_SIGNATURE):
        return "zip" if _single_entry(stream) is not None else "none"
    return "snappy" if is_hadoop_snappy(head) else "none"


def decompressed(stream: BinaryIO, compression: str) -> BinaryIO:
    """Return a stream of the uncompressed content."""
    return _OPENERS[compression](stream)


def _single_entry(stream: BinaryIO) -> zipfile.ZipInfo | None:
    """Return the one file of an archive; ``None`` if it holds more or fewer, or cannot be read."""
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except zipfile.BadZipFile:
        return None
    readable = [
        entry for entry in entries if entry.compress_type in _ZIP_METHODS and not entry.flag_bits & _ENCRYPTED
    ]
    return readable[0] if len(entries) == len(readable) == 1 else None


def _open_zip(stream: BinaryIO) -> BinaryIO:
    entry = _single_entry(stream)
    if entry is None:
        raise OSError("the archive does not hold exactly one file")
    try:
        return cast(BinaryIO, zipfile.ZipFile(stream).open(entry))
    except zipfile.BadZipFile as error:
        raise OSError(str(error)) from error


def _open_lz4(stream: BinaryIO) -> BinaryIO:
    import pyarrow as pa

    return cast(BinaryIO, pa.input_stream(_Lent(stream), compression="lz4"))


class _Lent(io.RawIOBase):
    """A stream that outlives its reader: pyarrow closes what it was given."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        part = self._stream.read(len(view))
        view[: len(part)] = part
        return len(part)


_OPENERS: Mapping[str, Callable[[BinaryIO], BinaryIO]] = {
    "none": lambda stream: stream,
    "gzip": lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream)),
    "bzip2": lambda stream: cast(BinaryIO, bz2.BZ2File(stream)),
    "zip": _open_zip,
    "lz4": _open_lz4,
    "snappy": open_snappy,
}
