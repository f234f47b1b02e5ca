"""
The state of a Hudi table, from its properties and its timeline.

Both are read by the ``hudi`` library, which opens folders: it gets a copy of the files that lie directly in
``.hoodie`` and, since table version 8, ``.hoodie/timeline``. Neither data nor archived instants nor Hudi's
table of its own metadata are copied.

.. seealso:: Apache Hudi, *Technical Specification* (timeline, table properties); ``TableSchemaResolver``,
    which takes the schema from the newest commit that has one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.local_aws.engine.errors import TableUnsupportedError
from airflow_lineage_provider.local_aws.engine.hudi_schema import HudiField, avro_fields
from airflow_lineage_provider.local_aws.engine.local_copy import local_copy
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader
from airflow_lineage_provider.local_aws.engine.s3_target import split_s3_path

if TYPE_CHECKING:
    from hudi import HudiTable

__all__ = ["HudiState", "read_hudi_timeline"]

_TIMELINE_FILE = re.compile(r"\.hoodie/(?:timeline/)?[\w.-]+")
_CREATE_SCHEMA = "hoodie.table.create.schema"


@dataclass(frozen=True, slots=True)
class HudiState:
    """
    A Hudi table as of its newest completed commit.

    ``properties`` are the table's own; ``fields`` are those of its schema, without Hudi's meta fields.
    ``latest_commit`` is empty for a table nobody has written to. ``dropped`` are the paths of partitions that
    were deleted and not written to since; their files may still be there.
    """

    properties: Mapping[str, str]
    is_merge_on_read: bool
    fields: tuple[HudiField, ...]
    latest_commit: str
    dropped: frozenset[str]


def read_hudi_timeline(
    reader: ObjectReader, location: str, *, cancelled: Callable[[], bool] = lambda: False
) -> HudiState | None:
    """
    Read the table at a location.

    :param location: The table's folder, with a slash at its end.
    :return: ``None`` if neither a completed commit nor a property tells the schema: nobody has written yet.
    :raises TableUnsupportedError: If the library cannot read properties or timeline.
    :raises CrawlCancelledError: If ``cancelled`` said yes.
    """
    bucket, folder = split_s3_path(location)
    listed = reader.list(bucket, f"{folder}.hoodie/")
    files = [stored for stored in listed if _TIMELINE_FILE.fullmatch(stored.key.removeprefix(folder))]
    with local_copy(reader, files, folder, cancelled) as root:
        try:
            return _state(root)
        except Exception as error:  # the library raises an error that it does not export
            reason = str(error).partition("\n")[0].strip().replace(f"{root}/", location)
            problem = f"its Hudi timeline cannot be read ({reason})"
            raise TableUnsupportedError(location=location, problem=problem) from error


def _state(root: Path) -> HudiState | None:
    from hudi import HudiTable

    table = HudiTable(str(root))
    properties = table.hudi_options()
    commits = _commits(table)
    schemas = [commit["extraMetadata"]["schema"] for commit in commits.values() if _has_schema(commit)]
    text = schemas[-1] if schemas else properties.get(_CREATE_SCHEMA)
    if not text:
        return None
    return HudiState(
        properties=properties,
        is_merge_on_read=table.is_mor,
        fields=avro_fields(text),
        latest_commit=max(commits, default=""),
        dropped=_dropped(commits),
    )


def _commits(table: HudiTable) -> dict[str, Mapping[str, Any]]:
    """Return what each completed commit recorded, by its instant, oldest first."""
    timeline = table.get_timeline()
    instants = [
        *timeline.get_completed_commits(),
        *timeline.get_completed_deltacommits(),
        *timeline.get_completed_replacecommits(),
    ]
    return {
        instant.timestamp: json.loads(timeline.get_instant_metadata_in_json(instant))
        for instant in sorted(instants, key=lambda instant: instant.timestamp)
    }


def _has_schema(commit: Mapping[str, Any]) -> bool:
    return bool((commit.get("extraMetadata") or {}).get("schema"))


def _dropped(commits: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    dropped: set[str] = set()
    for commit in commits.values():
        if commit.get("operationType") == "DELETE_PARTITION":
            dropped |= set(commit.get("partitionToReplaceFileIds") or ())
        dropped -= set(commit.get("partitionToWriteStats") or ())
    return frozenset(dropped)
