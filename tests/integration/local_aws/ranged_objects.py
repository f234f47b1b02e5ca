"""The crawl engine's reader over an S3 client: pages of a listing, ranges of objects, as with real S3."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws.engine.errors import SourceMissingError
from airflow_lineage_provider.local_aws.engine.reader import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_RANGE = 64 * 1024


class RangedObjects:
    """
    The objects a client may read.

    :param client: Is used by several threads, which boto3's clients allow.
    """

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    yield StoredObject(bucket, entry["Key"], entry["Size"])
        except self._client.exceptions.NoSuchBucket as error:
            raise SourceMissingError(message=f"S3 bucket {bucket} does not exist.") from error

    def open(self, stored: StoredObject) -> BinaryIO:
        return io.BufferedReader(_Ranges(self._client, stored), _RANGE)


class _Ranges(io.RawIOBase):
    """One object, a range at a time."""

    def __init__(self, client: S3Client, stored: StoredObject) -> None:
        super().__init__()
        self._client = client
        self._stored = stored
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stored.size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        end = min(self._position + len(view), self._stored.size)
        if self._position >= end:
            return 0
        chunk = self._get(f"bytes={self._position}-{end - 1}")
        view[: len(chunk)] = chunk
        self._position += len(chunk)
        return len(chunk)

    def _get(self, byte_range: str) -> bytes:
        try:
            answer = self._client.get_object(
                Bucket=self._stored.bucket, Key=self._stored.key, Range=byte_range
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            message = f"S3 object {self._stored.uri} vanished during the crawl."
            raise SourceMissingError(message=message) from error
        return answer["Body"].read()
