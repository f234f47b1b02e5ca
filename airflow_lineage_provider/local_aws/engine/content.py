"""Reading content: how much at a time, and all of it that is there."""

from __future__ import annotations

from typing import BinaryIO

__all__ = ["MEGABYTE", "read_fully"]

MEGABYTE = 1024 * 1024


def read_fully(stream: BinaryIO, size: int) -> bytes:
    """Read ``size`` bytes or to the end: a decompressing stream may return less at a time."""
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
