"""What every kind of target on S3 has checked: paths and buckets, connections, exclusions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.errors import InvalidPatternError
from airflow_lineage_provider.local_aws.engine.globs import Exclusions
from airflow_lineage_provider.local_aws.engine.s3_target import split_s3_path
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.targets.base import Surroundings

__all__ = [
    "check_connection",
    "check_exclusions",
    "check_s3_path",
]


def check_s3_path(path: str, surroundings: Surroundings, *, kind: str = "S3") -> None:
    """
    Refuse a path that is none on S3, or in a bucket that is not there.

    :param kind: What the target is, for the message.
    """
    if path.startswith("/"):
        raise InvalidInputError(f"Invalid {kind} Target Path")
    try:
        bucket, _ = split_s3_path(path)
    except ValueError:
        raise InvalidInputError(
            f"The {kind} target path {path!r} is not valid. It must look like s3://bucket/folder/."
        ) from None
    if not surroundings.bucket_exists(bucket):
        raise InvalidInputError(f"S3 bucket {bucket} does not exist.")


def check_connection(target: Mapping[str, Any], surroundings: Surroundings) -> None:
    """Refuse a target that names a connection that is not there."""
    if target.get("ConnectionName"):
        surroundings.connection(target["ConnectionName"])


def check_exclusions(target: Mapping[str, Any]) -> None:
    """Refuse a target with an exclusion that is no glob."""
    try:
        Exclusions(target.get("Exclusions") or ())
    except InvalidPatternError as error:
        raise InvalidInputError(str(error)) from error
