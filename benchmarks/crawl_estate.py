"""What the crawl is measured on: objects in the local stack's S3, and a reader that counts what it reads."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from moto.s3.models import s3_backends

from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject
from airflow_lineage_provider.local_aws.services.glue.sources import S3Objects
from airflow_lineage_provider.local_aws.stack import LocalAws

__all__ = ["BUCKET", "CountingReader", "Estate", "json_objects", "parquet_objects", "running_estate"]

BUCKET = "measured"

_COLUMNS = 16


class Estate:
    """
    One bucket of a running local stack.

    :param aws: The stack.
    """

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.reader = S3Objects(aws.account_id, aws.region_name)

    def put(self, objects: Iterable[tuple[str, bytes]]) -> int:
        """Store objects, past HTTP, and return how many bytes they are together."""
        backend = s3_backends[self.aws.account_id]["aws"]
        stored = 0
        for key, content in objects:
            backend.put_object(BUCKET, key, content)
            stored += len(content)
        return stored


@contextmanager
def running_estate() -> Iterator[Estate]:
    """Run a local stack with an empty bucket; everything in it is gone at the end, from the disk as well."""
    with LocalAws() as aws:
        aws.settings(crawl_seconds=0, stopping_seconds=0)
        aws.client("s3").create_bucket(Bucket=BUCKET)
        yield Estate(aws)


def json_objects(count: int, *, partitions: int) -> Iterator[tuple[str, bytes]]:
    """Yield small objects of ten order records each, spread evenly over folders ``orders/day=…/``."""
    for number in range(count):
        records = (
            {
                "order_id": number * 10 + line,
                "user_id": f"user-{number % 977}",
                "total": round(number * 0.37 + line, 2) + 0.01,
                "paid": line % 2 == 0,
                "items": [{"sku": f"sku-{line}", "quantity": line + 1}],
            }
            for line in range(10)
        )
        body = "".join(f"{json.dumps(record)}\n" for record in records)
        yield f"orders/day={number % partitions:03d}/part-{number:05d}.json", body.encode()


def parquet_objects(count: int, *, size_bytes: int) -> Iterator[tuple[str, bytes]]:
    """
    Yield Parquet files of about the given size, one in each folder ``readings/day=…/``.

    Half of them have one column more, as a schema that evolved. The numbers are random, so nothing shrinks.
    """
    rows = max(1, size_bytes // (8 * _COLUMNS))
    for day in range(count):
        columns = {f"c{number:02d}": _random_numbers(rows) for number in range(_COLUMNS)}
        if day * 2 >= count:
            columns["added"] = pa.nulls(rows, pa.struct([("at", pa.timestamp("us")), ("by", pa.string())]))
        file = io.BytesIO()
        pq.write_table(pa.table(columns), file, compression="none", use_dictionary=False)
        yield f"readings/day={day:03d}/part-0.parquet", file.getvalue()


def _random_numbers(rows: int) -> pa.Array:
    return pa.Array.from_buffers(pa.int64(), rows, [None, pa.py_buffer(os.urandom(8 * rows))])


class CountingReader:
    """
    A reader that counts the bytes read through it.

    :param reader: The reader that does the work.
    """

    def __init__(self, reader: ObjectReader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self.bytes_read = 0

    def list(self, bucket: str, prefix: str) -> Iterable[StoredObject]:
        """List as the reader behind does."""
        return self._reader.list(bucket, prefix)

    def open(self, stored: StoredObject) -> BinaryIO:
        """Open an object and count what is read of it."""
        return io.BufferedReader(_Counted(self._reader.open(stored), self))

    def count(self, size: int) -> None:
        """Count bytes that were read."""
        with self._lock:
            self.bytes_read += size


class _Counted(io.RawIOBase):
    def __init__(self, raw: BinaryIO, reader: CountingReader) -> None:
        super().__init__()
        self._raw = raw
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._raw.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        chunk = self._raw.read(len(view))
        view[: len(chunk)] = chunk
        self._reader.count(len(chunk))
        return len(chunk)

    def close(self) -> None:
        self._raw.close()
        super().close()
