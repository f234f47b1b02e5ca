"""Lineage snapshots in files: on this machine or in S3, by path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from airflow_lineage_provider.exceptions import (
    InvalidArgumentError,
    ResourceNotFoundError,
    SnapshotNotFoundError,
)
from airflow_lineage_provider.hooks.base import LineageAwsHook, map_client_error
from airflow_lineage_provider.lineage.snapshot import Snapshot

__all__ = ["S3SnapshotHook", "SnapshotStore"]

_S3 = "s3://"


class S3SnapshotHook(LineageAwsHook):
    """Read and write small documents in S3 (GetObject, PutObject)."""

    service: ClassVar[str] = "s3"

    def get(self, bucket: str, key: str) -> bytes:
        """Return an object."""
        subject = f"s3://{bucket}/{key}"
        answer = self.call("get_object", subject=subject, Bucket=bucket, Key=key)
        try:
            body: bytes = answer["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise map_client_error(self.service, "GetObject", error, subject) from error
        return body

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object, in place of what was there."""
        self.call(
            "put_object",
            subject=f"s3://{bucket}/{key}",
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="application/json",
        )


class SnapshotStore:
    """
    Read and write snapshots.

    :param s3: Returns the hook for paths that begin with ``s3://``; called when there is one.
    """

    def __init__(self, s3: Callable[[], S3SnapshotHook]) -> None:
        self.s3 = s3

    def write(self, path: str, snapshot: Snapshot) -> None:
        """
        Write a snapshot, in place of what was there; a reader never sees half of one.

        :param path: A local path, whose folders are made, or ``s3://bucket/key``.
        :raises InvalidArgumentError: If it is neither.
        """
        body = snapshot.to_json().encode()
        if place := _in_s3(path):
            self.s3().put(*place, body)
        else:
            _write_file(Path(path), body)

    def read(self, path: str) -> Snapshot:
        """
        Read a snapshot.

        :raises SnapshotNotFoundError: If there is none.
        :raises InvalidSnapshotError: If what is there is something else.
        """
        try:
            if place := _in_s3(path):
                return Snapshot.from_json(self.s3().get(*place))
            return Snapshot.from_json(Path(path).read_bytes())
        except (FileNotFoundError, ResourceNotFoundError) as error:
            raise SnapshotNotFoundError(path=path) from error


def _in_s3(path: str) -> tuple[str, str] | None:
    """Return bucket and key if the path is one in S3."""
    if not isinstance(path, str) or not path.strip() or "{{" in path:
        raise InvalidArgumentError(
            argument="snapshot_path", value=path, wanted="a local path or 's3://bucket/key' (rendered)"
        )
    if not path.startswith(_S3):
        return None
    bucket, _, key = path[len(_S3) :].partition("/")
    if not bucket or not key or key.endswith("/"):
        raise InvalidArgumentError(argument="snapshot_path", value=path, wanted="'s3://bucket/key'")
    return bucket, key


def _write_file(path: Path, body: bytes) -> None:
    """Write a file beside its place and move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        part.write_bytes(body)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
