"""One object read: its format, compression and schema, and the figures Glue keeps of it."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from airflow_lineage_provider.local_aws.engine.content import (
    decompressed,
    format_name,
    whole_file_compression,
)
from airflow_lineage_provider.local_aws.engine.errors import DataUnreadableError, FormatUnsupportedError
from airflow_lineage_provider.local_aws.engine.json_format import (
    MalformedJsonError,
    read_json,
    starts_like_json,
)
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject
from airflow_lineage_provider.local_aws.engine.schema import StructOf

__all__ = ["FileSchema", "read_file"]

_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class FileSchema:
    """
    What reading one object told.

    ``records`` and ``sampled_bytes`` count what was read; ``data_bytes`` is the uncompressed length where the
    whole object was read, else its stored size.
    """

    stored: StoredObject
    classification: str
    compression: str
    record: StructOf
    records: int
    sampled_bytes: int
    data_bytes: int


def read_file(
    reader: ObjectReader, stored: StoredObject, cancelled: Callable[[], bool] = lambda: False
) -> FileSchema | None:
    """
    Read one object.

    :return: ``None`` if it holds no record at all: an empty object contributes nothing to a table.
    :raises FormatUnsupportedError: If it is in a format the engine does not read.
    :raises DataUnreadableError: If its content is broken.
    """
    with reader.open(stored) as raw:
        head = raw.read(_HEAD)
        compression = whole_file_compression(head)
        if compression is None:
            raise FormatUnsupportedError(uri=stored.uri, format_name=format_name(head))
        try:
            return _read_content(stored, _rejoin(head, raw), compression, cancelled)
        except (OSError, EOFError, zlib.error) as error:
            raise DataUnreadableError(uri=stored.uri, problem=f"its {compression} is broken") from error


def _read_content(
    stored: StoredObject, raw: BinaryIO, compression: str, cancelled: Callable[[], bool]
) -> FileSchema | None:
    stream = decompressed(raw, compression)
    head = stream.read(_HEAD)
    if not head.strip():
        return None
    if not starts_like_json(head):
        raise FormatUnsupportedError(uri=stored.uri, format_name=format_name(head))
    try:
        sample = read_json(_rejoin(head, stream), cancelled)
    except MalformedJsonError as error:
        problem = f"it begins like JSON and is not: {error}"
        raise DataUnreadableError(uri=stored.uri, problem=problem) from error
    if not sample.records:
        return None
    return FileSchema(
        stored=stored,
        classification="json",
        compression=compression,
        record=sample.record,
        records=sample.records,
        sampled_bytes=sample.size_bytes,
        data_bytes=sample.size_bytes if sample.complete else stored.size,
    )


def _rejoin(head: bytes, rest: BinaryIO) -> BinaryIO:
    """Return a stream with the bytes that were read ahead put back in front."""
    return io.BufferedReader(_Rejoined(head, rest))


class _Rejoined(io.RawIOBase):
    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        chunk = self._head[: len(view)]
        self._head = self._head[len(chunk) :]
        if not chunk:
            chunk = self._rest.read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)
