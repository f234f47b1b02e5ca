"""
How an object's bytes are compressed. The content decides, never the file's extension.

.. seealso:: AWS Glue Developer Guide, "Adding classifiers" (built-in classifiers and compression).
"""

from __future__ import annotations

import bz2
import gzip
from typing import BinaryIO, cast

__all__ = ["MEGABYTE", "decompressed", "read_fully", "whole_file_compression"]

MEGABYTE = 1024 * 1024

_READABLE_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2"}


def whole_file_compression(head: bytes) -> str:
    """
    Return how the whole file is compressed: ``gzip``, ``bzip2`` or ``none``.

    Content compressed in another way is no text and no known format, so it is ``UNKNOWN`` to the classifiers.

    :param head: The first bytes of the object.
    """
    found = (name for magic, name in _READABLE_COMPRESSIONS.items() if head.startswith(magic))
    return next(found, "none")


def decompressed(stream: BinaryIO, compression: str) -> BinaryIO:
    """Return a stream of the uncompressed content."""
    if compression == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    if compression == "bzip2":
        return cast(BinaryIO, bz2.BZ2File(stream))
    return stream


def read_fully(stream: BinaryIO, size: int) -> bytes:
    """Read ``size`` bytes or to the end: a decompressing stream may return less at a time."""
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
