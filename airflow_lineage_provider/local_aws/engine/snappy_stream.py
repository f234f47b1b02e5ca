"""
Whole files in Snappy: the standard framing, and the blocks of Hadoop's native codec.

Both hold pieces of plain Snappy, which pyarrow decompresses. Hadoop's files begin with no signature; they are
recognised by their first block, which must decompress to what it says. Checksums are not compared.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from airflow_lineage_provider.local_aws.engine.content import read_fully

__all__ = ["SNAPPY_SIGNATURE", "is_hadoop_snappy", "open_snappy"]

SNAPPY_SIGNATURE = b"\xff\x06\x00\x00sNaPpY"
_COMPRESSED, _PLAIN, _FIRST_SKIPPABLE = 0x00, 0x01, 0x80
_CHECKSUM = 4
_MAX_BLOCK = 64 * 1024 * 1024


def is_hadoop_snappy(head: bytes) -> bool:
    """
    Tell whether content begins with a block of Hadoop's codec.

    :param head: The first bytes of the object; a block that is not wholly among them is judged by its
        lengths: its own, and the one its only piece begins with.
    """
    block, chunk = int.from_bytes(head[:4]), int.from_bytes(head[4:8])
    if not 0 < block <= _MAX_BLOCK or not 0 < chunk <= block + block // 6 + 32:
        return False
    data = head[8 : 8 + chunk]
    try:
        length = _length_of(data)
        if len(data) < chunk:
            return length == block
        return 0 < length <= block and len(_decompressed(data)) == length
    except OSError:
        return False


def open_snappy(stream: BinaryIO) -> BinaryIO:
    """
    Return a stream of the uncompressed content; reading raises :class:`OSError` where it is broken.

    :param stream: The stored bytes, at their beginning.
    """
    signature = read_fully(stream, len(SNAPPY_SIGNATURE))
    if signature == SNAPPY_SIGNATURE:
        return _Pieces.opened(_framed_pieces(stream))
    stream.seek(0)
    return _Pieces.opened(_hadoop_pieces(stream))


def _framed_pieces(stream: BinaryIO) -> Iterator[bytes]:
    while header := read_fully(stream, 4):
        kind, length = header[0], int.from_bytes(header[1:], "little")
        data = _exactly(stream, length)
        if kind == _COMPRESSED:
            yield _decompressed(data[_CHECKSUM:])
        elif kind == _PLAIN:
            yield data[_CHECKSUM:]
        elif kind < _FIRST_SKIPPABLE:
            raise OSError(f"snappy chunk of the reserved kind {kind}")


def _hadoop_pieces(stream: BinaryIO) -> Iterator[bytes]:
    while header := read_fully(stream, 4):
        left = int.from_bytes(header)
        while left > 0:
            piece = _decompressed(_exactly(stream, int.from_bytes(_exactly(stream, 4))))
            left -= len(piece)
            yield piece


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = read_fully(stream, size) if size <= _MAX_BLOCK else b""
    if len(data) < size:
        raise OSError("snappy data ends inside a chunk")
    return data


def _decompressed(data: bytes) -> bytes:
    """Decompress one piece of plain Snappy."""
    import pyarrow as pa

    length = _length_of(data)
    if not 0 <= length <= _MAX_BLOCK:
        raise OSError("a snappy chunk is too long")
    return cast(bytes, pa.Codec("snappy").decompress(data, decompressed_size=length, asbytes=True))


def _length_of(data: bytes) -> int:
    """Return the uncompressed length that a piece of Snappy begins with, seven bits a byte."""
    length = 0
    for position, byte in enumerate(data[:5]):
        length |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return length
    raise OSError("a snappy chunk has no length")


class _Pieces(io.RawIOBase):
    """A stream of pieces of any length."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = b""

    @classmethod
    def opened(cls, pieces: Iterator[bytes]) -> BinaryIO:
        """Return a buffered stream of pieces."""
        return io.BufferedReader(cls(pieces))

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as one piece goes."""
        view = memoryview(buffer)
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        part = self._rest[: len(view)]
        self._rest = self._rest[len(part) :]
        view[: len(part)] = part
        return len(part)
