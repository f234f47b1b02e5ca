"""
The state of a Delta table, from its log.

The log is read by the ``deltalake`` library, which opens folders: it gets a copy of the log's current part
(the newest checkpoint and the commits after it), so that no data is read and the engine needs no network.

.. seealso:: Delta Lake, *Delta Transaction Log Protocol* (names of log files, schema, column mapping).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.local_aws.engine.errors import TableUnsupportedError
from airflow_lineage_provider.local_aws.engine.local_copy import local_copy
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target

if TYPE_CHECKING:
    from deltalake import DeltaTable

__all__ = ["MANIFEST_FOLDER", "DeltaState", "read_delta_log"]

MANIFEST_FOLDER = "_symlink_format_manifest"

_LOG_FILE = re.compile(
    r"_delta_log/(?:(?P<commit>\d{20})\.json|(?P<checkpoint>\d{20})\.checkpoint\.[\w.-]+"
    r"|\d{20}\.(?P<compacted>\d{20})\.compacted\.json|_last_checkpoint|_sidecars/[\w.-]+)"
)
_MANIFEST = "manifest"


@dataclass(frozen=True, slots=True)
class DeltaState:
    """
    A Delta table as of its newest commit.

    ``schema`` is the schema's JSON as the log has it, ``fields`` its fields. ``committed_at`` is in
    milliseconds, ``None`` where no commit says it. ``manifests`` are the texts of the symlink manifests by
    the folder of their partition (empty for a table without partitions), with addresses below the table's
    location; they are there where they were asked for. ``no_manifest`` says why Delta makes none for the
    table, else it is empty.
    """

    location: str
    version: int
    committed_at: int | None
    schema: str
    fields: tuple[Mapping[str, Any], ...]
    partition_columns: tuple[str, ...]
    manifests: Mapping[str, str]
    no_manifest: str = ""


def read_delta_log(
    reader: ObjectReader,
    location: S3Target,
    *,
    with_manifests: bool = True,
    cancelled: Callable[[], bool] = lambda: False,
) -> DeltaState | None:
    """
    Read the table at a location.

    :param with_manifests: Whether symlink manifests are wanted.
    :return: ``None`` if there is no Delta log.
    :raises SourceMissingError: If the bucket is not there.
    :raises TableUnsupportedError: If the library cannot read the log: it is broken, or asks for features the
        library does not have.
    :raises CrawlCancelledError: If ``cancelled`` said yes.
    """
    folder = location.folder.removeprefix(f"s3://{location.bucket}/")
    listed = reader.list(location.bucket, f"{folder}_delta_log/")
    log = [stored for stored in listed if _LOG_FILE.fullmatch(stored.key.removeprefix(folder))]
    if not log:
        return None
    with (
        local_copy(reader, _current(reader, log), folder, cancelled) as root,
        _understandable(root, location.folder),
    ):
        return _state(root, location.folder, with_manifests=with_manifests)


def _current(reader: ObjectReader, log: Sequence[StoredObject]) -> Iterator[StoredObject]:
    """Yield the log without what the newest checkpoint has made superfluous."""
    start = 0
    for stored in log:
        if stored.key.endswith("/_last_checkpoint"):
            with reader.open(stored) as content:
                start = _checkpoint_version(content.read(), log)
    for stored in log:
        match = _LOG_FILE.search(stored.key)
        versions = [value for value in match.groups() if value is not None] if match else []
        if not versions or int(versions[0]) >= start:
            yield stored


def _checkpoint_version(hint: bytes, log: Sequence[StoredObject]) -> int:
    """Return the version of the checkpoint a hint names; 0, which keeps all, if there is none such."""
    try:
        version = int(json.loads(hint)["version"])
    except (ValueError, TypeError, KeyError):
        return 0
    name = f"/{version:020d}.checkpoint."
    return version if any(name in stored.key for stored in log) else 0


@contextmanager
def _understandable(root: Path, location: str) -> Iterator[None]:
    """Turn an error of the library into one of ours."""
    from deltalake.exceptions import DeltaError, TableNotFoundError

    try:
        yield
    except (DeltaError, TableNotFoundError, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0].strip().replace(f"{root}/", location)
        problem = f"its Delta log cannot be read ({reason})"
        raise TableUnsupportedError(location=location, problem=problem) from error


def _state(root: Path, location: str, *, with_manifests: bool) -> DeltaState:
    from deltalake import DeltaTable

    table = DeltaTable(root)
    schema = table.schema().to_json()
    no_manifest = _no_manifest(table)
    return DeltaState(
        location=location,
        version=table.version(),
        committed_at=next((commit.get("timestamp") for commit in table.history(1)), None),
        schema=schema,
        fields=tuple(json.loads(schema)["fields"]),
        partition_columns=tuple(table.metadata().partition_columns),
        manifests=_manifests(table, root, location) if with_manifests and not no_manifest else {},
        no_manifest=no_manifest,
    )


def _no_manifest(table: DeltaTable) -> str:
    """Return why a table can have no manifest: its data files alone are not what the table holds."""
    if table.metadata().configuration.get("delta.columnMapping.mode", "none") != "none":
        return "it uses column mapping"
    return "it has deletion vectors" if _has_deletion_vectors(table) else ""


def _has_deletion_vectors(table: DeltaTable) -> bool:
    from deltalake.exceptions import DeltaError

    if "deletionVectors" not in (table.protocol().reader_features or []):
        return False
    try:
        return any(batch.num_rows for batch in table.deletion_vectors())
    except (DeltaError, OSError):
        return True  # they lie in files beside the data, which were not copied


def _manifests(table: DeltaTable, root: Path, location: str) -> dict[str, str]:
    """Let Delta generate the manifests, and write the table's true address into them."""
    table.generate()
    folder = root / MANIFEST_FOLDER
    return {
        "/".join(path.parent.relative_to(folder).parts): path.read_text().replace(f"{root}/", location)
        for path in sorted(folder.rglob(_MANIFEST))
    }
