"""One object read: its format, compression and schema, and the figures Glue keeps of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from lzma import LZMAError
from zipfile import BadZipFile

from airflow_lineage_provider.local_aws.engine.errors import DataUnreadableError
from airflow_lineage_provider.local_aws.engine.formats import (
    BUILT_IN_FORMATS,
    FileFormat,
    FileSample,
    FileSource,
    TableFormat,
)
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject
from airflow_lineage_provider.local_aws.engine.schema import StructOf

__all__ = ["FileSchema", "read_file"]


@dataclass(frozen=True, slots=True)
class FileSchema:
    """
    What reading one object told.

    ``records`` and ``sampled_bytes`` count what was read; ``data_bytes`` is the uncompressed length where the
    whole object was read, else its stored size. ``exact_records`` is how many records there are where the
    format tells it, else ``None``.
    """

    stored: StoredObject
    format: TableFormat
    compression: str
    record: StructOf
    records: int
    sampled_bytes: int
    data_bytes: int
    exact_records: int | None = None

    @property
    def classification(self) -> str:
        """The format's name in the Data Catalog."""
        return self.format.classification


def read_file(
    reader: ObjectReader,
    stored: StoredObject,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    formats: Sequence[FileFormat] = BUILT_IN_FORMATS,
) -> FileSchema | None:
    """
    Read one object.

    :param formats: The classifiers in the order they are asked; the last must take everything.
    :return: ``None`` if it holds no record at all: an empty object contributes nothing to a table.
    :raises DataUnreadableError: If its compression is broken.
    """
    with reader.open(stored) as raw:
        try:
            source = FileSource(stored, raw)
            if not source.head.strip():
                return None
            return _classified(source, formats, cancelled)
        except (OSError, EOFError, zlib.error, BadZipFile, LZMAError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the store's, not the decompressor's
            raise DataUnreadableError(uri=stored.uri, problem="its compression is broken") from error


def _classified(
    source: FileSource, formats: Sequence[FileFormat], cancelled: Callable[[], bool]
) -> FileSchema | None:
    """Return what the first classifier says that recognises the content."""
    samples = (file_format.sample(source, cancelled) for file_format in formats)
    sample = next((sample for sample in samples if sample is not None), None)
    return _schema(source, sample) if sample is not None else None


def _schema(source: FileSource, sample: FileSample) -> FileSchema:
    return FileSchema(
        stored=source.stored,
        format=sample.format,
        compression=source.compression,
        record=sample.record,
        records=sample.records,
        sampled_bytes=sample.size_bytes,
        data_bytes=sample.size_bytes if sample.complete else source.stored.size,
        exact_records=sample.exact_records,
    )
