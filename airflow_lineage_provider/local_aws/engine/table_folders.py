"""
Finding the tables of an open format below an include path: a table is where its metadata folder is.

.. seealso:: AWS Glue Web API Reference, ``IcebergTarget`` and ``HudiTarget`` (``MaximumTraversalDepth``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.engine.folders import Path
from airflow_lineage_provider.local_aws.engine.globs import Exclusions
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target

__all__ = ["DEFAULT_DEPTH", "MAX_DEPTH", "TableFolder", "TraversalTarget", "find_table_folders"]

DEFAULT_DEPTH = 10
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class TraversalTarget:
    """
    One path below which tables are looked for.

    ``depth`` is how many folders deep a metadata folder may lie: 1 finds the table at the path itself only.
    """

    path: str
    exclusions: tuple[str, ...] = ()
    depth: int = DEFAULT_DEPTH

    @property
    def scope(self) -> S3Target:
        """The path as an S3 target: its bucket, its folder and what it covers."""
        return S3Target(self.path, self.exclusions)


@dataclass(frozen=True, slots=True)
class TableFolder:
    """
    A folder that holds a table.

    ``location`` ends with a slash; ``metadata`` are the objects that lie directly in its metadata folder and
    were asked for, by key.
    """

    location: str
    metadata: tuple[StoredObject, ...]

    @property
    def name(self) -> str:
        """The folder's last component; the bucket's name for a table that fills a bucket."""
        return self.location.rstrip("/").rpartition("/")[2]


def find_table_folders(
    reader: ObjectReader, target: TraversalTarget, folder_name: str, is_metadata: Callable[[str], bool]
) -> list[TableFolder]:
    """
    Return the folders that hold tables, by location.

    A table inside another one is part of it: Hudi, for one, keeps a table of its own metadata. An exclusion
    leaves a table out if it matches the table's folder or its metadata files.

    :param folder_name: What a metadata folder is called.
    :param is_metadata: Tells by its name whether an object makes the metadata folder one.
    :raises SourceMissingError: If the bucket is not there.
    """
    scope = target.scope
    exclusions = Exclusions(target.exclusions)
    start = len(scope.folder) - len(f"s3://{scope.bucket}/")
    found: dict[Path, list[StoredObject]] = defaultdict(list)
    for stored in reader.list(scope.bucket, scope.key.rstrip("/")):
        if not scope.covers(stored.uri):
            continue
        relative = stored.key[start:]
        *folders, name = relative.split("/")
        if not folders or folders[-1] != folder_name or len(folders) > target.depth or not is_metadata(name):
            continue
        table = "/".join(folders[:-1])
        if not any(exclusions.exclude(path) for path in (relative, table, f"{table}/")):
            found[tuple(folders[:-1])].append(stored)
    return [
        TableFolder(scope.folder + "".join(f"{name}/" for name in path), tuple(sorted(metadata)))
        for path, metadata in sorted(found.items())
        if not _lies_in_another(path, found, folder_name)
    ]


def _lies_in_another(path: Path, tables: Collection[Path], folder_name: str) -> bool:
    """Tell whether a folder lies in a metadata folder, or in the folder of another table."""
    return folder_name in path or any(path[:length] in tables for length in range(len(path)))
