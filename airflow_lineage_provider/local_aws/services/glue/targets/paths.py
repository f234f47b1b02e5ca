"""What every kind of target on S3 has checked: paths and buckets, connections, exclusions, depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.errors import InvalidPatternError
from airflow_lineage_provider.local_aws.engine.globs import Exclusions
from airflow_lineage_provider.local_aws.engine.s3_target import split_s3_path
from airflow_lineage_provider.local_aws.engine.table_folders import (
    DEFAULT_DEPTH,
    MAX_DEPTH,
    TraversalTarget,
)
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.targets.base import Surroundings

__all__ = [
    "check_connection",
    "check_exclusions",
    "check_s3_path",
    "check_traversal",
    "traversal_targets",
]


def check_s3_path(path: str, surroundings: Surroundings, *, kind: str = "S3") -> None:
    """
    Refuse a path that is none on S3, or in a bucket that is not there.

    :param kind: What the target is, for the message.
    """
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
    connection = target.get("ConnectionName")
    if connection and not surroundings.connection_exists(connection):
        raise InvalidInputError(f"Unable to retrieve connection {connection}: Connection not found.")


def check_exclusions(target: Mapping[str, Any]) -> None:
    """Refuse a target with an exclusion that is no glob."""
    try:
        Exclusions(target.get("Exclusions") or ())
    except InvalidPatternError as error:
        raise InvalidInputError(str(error)) from error


def check_traversal(target: Mapping[str, Any], surroundings: Surroundings, *, kind: str) -> None:
    """Check a target whose tables are looked for below its paths."""
    if not target.get("Paths"):
        raise InvalidInputError(f"A target of the kind {kind} must have at least one path.")
    for path in target["Paths"]:
        check_s3_path(path, surroundings, kind=kind)
    depth = target.get("MaximumTraversalDepth")
    if depth is not None and not 1 <= depth <= MAX_DEPTH:
        raise InvalidInputError(f"MaximumTraversalDepth must be between 1 and {MAX_DEPTH}, not {depth}.")
    check_connection(target, surroundings)
    check_exclusions(target)


def traversal_targets(target: Mapping[str, Any]) -> list[TraversalTarget]:
    """Return one target for each of the paths."""
    exclusions = tuple(target.get("Exclusions") or ())
    depth = target.get("MaximumTraversalDepth") or DEFAULT_DEPTH
    return [TraversalTarget(path, exclusions, depth) for path in target["Paths"]]
