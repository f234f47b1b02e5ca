"""
The bytes of an object in moto's S3, to be read here and there without copying the object.

Moto keeps an object of more than 16 MiB in a temporary file and its ``value`` reads all of it into memory,
where a crawler wants some kilobytes from the end of a gigabyte. The view reads from a descriptor of its own,
at positions of its own, so any number of readers and moto itself do not disturb each other, and it stays
readable when the object is overwritten or deleted.
"""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

from moto.s3.models import FakeKey

__all__ = ["open_bytes"]


def open_bytes(key: FakeKey) -> BinaryIO:
    """
    Open an object's content for reading; it can be sought in.

    :raises ValueError: If moto has closed the object: it was overwritten or deleted a moment ago.
    """
    with key.lock:
        if key.size > key._max_buffer_size:
            buffer = key._value_buffer
            buffer.flush()
            return io.BufferedReader(_FileView(buffer.fileno()))
    return io.BytesIO(key.value)


class _FileView(io.RawIOBase):
    """
    An open file read at positions of its own.

    :param descriptor: The open file; the view keeps a duplicate.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = os.dup(descriptor)
        self._size = os.fstat(self._descriptor).st_size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        chunk = os.pread(self._descriptor, len(view), self._position)
        view[: len(chunk)] = chunk
        self._position += len(chunk)
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()
