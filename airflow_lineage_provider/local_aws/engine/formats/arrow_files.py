"""What Parquet and ORC have in common: both are opened with Arrow, at their end, without reading the data."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, TypeVar

__all__ = ["read_or_none"]

Answer = TypeVar("Answer")


def read_or_none(raw: BinaryIO, read: Callable[[BinaryIO], Answer]) -> Answer | None:
    """
    Return what Arrow reads, or ``None`` where it finds the content broken, encrypted or of another format.

    What the store raises while it is read is raised here as well: Arrow alone would make both look the same.

    :param raw: The stored bytes, at their beginning.
    :param read: Reads a file with Arrow.
    """
    from pyarrow import ArrowException

    watched = _Watched(raw)
    try:
        return read(watched)
    except (ArrowException, OSError, ValueError):
        if watched.failure is not None:
            raise watched.failure from None
        return None


class _Watched(io.BufferedIOBase, BinaryIO):
    """A file that remembers why reading it failed."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.failure: Exception | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def read(self, size: int | None = -1) -> bytes:
        try:
            return self._raw.read(-1 if size is None else size)
        except Exception as error:
            self.failure = error
            raise
