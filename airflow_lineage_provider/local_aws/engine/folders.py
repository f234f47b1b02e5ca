"""
How folders of files become tables and partitions.

The rules, and where AWS leaves a choice, ours:

* Files are compared only if format and compression agree. Files in one folder make one schema.
* A folder that holds only folders is a partition level when more than half of them are alike; the others
  become tables of their own. Alike: more than 0.7 of the distinct ``name:type`` pairs are shared (the measure
  is our choice); no more than five distinct schemas are put together.
* Where files and folders stand side by side, or formats mix in one folder, every file becomes a table.

.. seealso:: AWS Glue Developer Guide, "How does a crawler determine when to create partitions?" and
    "Creating a single schema for each Amazon S3 include path".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from airflow_lineage_provider.local_aws.engine.files import FileSchema
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import FoundPartition, FoundTable, Statistics
from airflow_lineage_provider.local_aws.engine.naming import partition_keys, partition_value
from airflow_lineage_provider.local_aws.engine.reader import StoredObject
from airflow_lineage_provider.local_aws.engine.schema import StructOf, columns_of

__all__ = [
    "MAX_DISTINCT_SCHEMAS",
    "SIMILARITY_THRESHOLD",
    "FolderContent",
    "Grouping",
    "group_folders",
    "similarity",
]

SIMILARITY_THRESHOLD = 0.7
MAX_DISTINCT_SCHEMAS = 5

Path = tuple[str, ...]
_FormatKey = tuple[tuple[str, ...], str]
_Schema = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FolderContent:
    """The files directly in one folder: those that were read, and those a sample left out."""

    path: Path
    files: tuple[FileSchema, ...]
    unread: tuple[StoredObject, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """
    How to group.

    ``root`` is the include path as ``s3://bucket/…/``; ``ignore_similarity`` is CombineCompatibleSchemas;
    ``table_depth`` is how many folders below ``root`` a table begins, where that is fixed.
    """

    root: str
    root_name: str
    ignore_similarity: bool = False
    table_depth: int | None = None
    exclusions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Leaf:
    """Files of one format in one folder (or one file on its own)."""

    path: Path
    format: TableFormat
    compression: str
    record: StructOf
    statistics: Statistics
    file: StoredObject | None = None

    @property
    def format_key(self) -> _FormatKey:
        return self.format.grouping_key(), self.compression


@dataclass(frozen=True, slots=True)
class _Unit:
    """A subtree that is one table so far: its root, its levels of partitions, its leaves."""

    root: Path
    depth: int
    leaves: tuple[_Leaf, ...]

    @property
    def format_key(self) -> _FormatKey:
        return self.leaves[0].format_key

    @property
    def stands_alone(self) -> bool:
        return self.leaves[0].file is not None

    def record(self) -> StructOf:
        return _merged_record(self.leaves)

    def schemas(self) -> set[_Schema]:
        return {_schema(leaf.record) for leaf in self.leaves}


def group_folders(folders: Iterable[FolderContent], grouping: Grouping) -> list[FoundTable]:
    """
    Return the tables that folders of files make, ordered by location.

    :param folders: Folders that hold files, with paths relative to the include path.
    """
    contents = {folder.path: folder for folder in folders if folder.files}
    if grouping.table_depth is not None:
        units = _units_at_depth(contents, grouping.table_depth)
    elif grouping.ignore_similarity:
        units = _combined_units((), contents)
    else:
        units = _units_by_folder((), contents, ignore_similarity=False)
    return sorted((_table(unit, grouping) for unit in units), key=lambda table: table.location)


def _units_at_depth(contents: Mapping[Path, FolderContent], depth: int) -> list[_Unit]:
    """Group below each folder at a given depth; files above it belong to their own folder."""
    by_root: dict[Path, dict[Path, FolderContent]] = defaultdict(dict)
    for path, content in contents.items():
        by_root[path[:depth]][path] = content
    return [unit for root, below in by_root.items() for unit in _combined_units(root, below)]


def _combined_units(root: Path, contents: Mapping[Path, FolderContent]) -> list[_Unit]:
    """Make one table of everything below a root if format and compression agree, else group by folder."""
    leaves = [leaf for content in contents.values() for leaf in _leaves(content)]
    if len({leaf.format_key for leaf in leaves}) != 1:
        return _units_by_folder(root, contents, ignore_similarity=True)
    depth = min(len(leaf.path) - len(root) for leaf in leaves)
    return [_Unit(root, depth, tuple(sorted(leaves, key=lambda leaf: leaf.path)))]


def _units_by_folder(
    root: Path, contents: Mapping[Path, FolderContent], *, ignore_similarity: bool
) -> list[_Unit]:
    """Work from the deepest folders up to a root."""
    children: dict[Path, set[Path]] = defaultdict(set)
    paths = {root, *contents}
    for path in contents:
        for length in range(len(root), len(path)):
            paths.add(path[:length])
            children[path[:length]].add(path[: length + 1])
    results: dict[Path, list[_Unit]] = {}
    for path in sorted(paths, key=lambda item: (-len(item), item)):
        below = [results.pop(child) for child in sorted(children[path])]
        results[path] = _units_of_folder(path, contents.get(path), below, ignore_similarity=ignore_similarity)
    return results[root]


def _units_of_folder(
    path: Path, content: FolderContent | None, below: list[list[_Unit]], *, ignore_similarity: bool
) -> list[_Unit]:
    """Decide what one folder is, from its files and from what its folders turned out to be."""
    if content is None:
        return _fold(path, below, ignore_similarity=ignore_similarity)
    leaves = _leaves(content)
    if not below and len(leaves) == 1:
        return [_Unit(path, 0, tuple(leaves))]
    alone = [_Unit(path, 0, (_leaf(path, [schema], (), alone=True),)) for schema in content.files]
    return [*alone, *(unit for units in below for unit in units)]


def _fold(path: Path, below: list[list[_Unit]], *, ignore_similarity: bool) -> list[_Unit]:
    """Make a partition level of a folder whose folders are alike."""
    foldable = [units[0] for units in below if _is_foldable(path, units)]
    cluster = max(_clusters(foldable, ignore_similarity=ignore_similarity), key=len, default=[])
    everything = [unit for units in below for unit in units]
    if 2 * len(cluster) <= len(below):
        return everything
    folded = _Unit(path, cluster[0].depth + 1, tuple(leaf for unit in cluster for leaf in unit.leaves))
    roots = {unit.root for unit in cluster}
    return [folded, *(unit for unit in everything if unit.stands_alone or unit.root not in roots)]


def _is_foldable(path: Path, units: Sequence[_Unit]) -> bool:
    """Tell whether a folder directly below ``path`` turned out to be one table that begins there."""
    return len(units) == 1 and len(units[0].root) == len(path) + 1 and not units[0].stands_alone


def _clusters(units: Sequence[_Unit], *, ignore_similarity: bool) -> list[list[_Unit]]:
    """Put units together that format, depth and schema allow; the first of a cluster is its measure."""
    clusters: list[tuple[_Unit, _Schema, list[_Unit], set[_Schema]]] = []
    for unit in units:
        schema = _schema(unit.record())
        distinct = unit.schemas()
        for first, measure, members, seen in clusters:
            if (first.format_key, first.depth) != (unit.format_key, unit.depth):
                continue
            few_enough = len(seen | distinct) <= MAX_DISTINCT_SCHEMAS
            if ignore_similarity or (few_enough and similarity(measure, schema) > SIMILARITY_THRESHOLD):
                members.append(unit)
                seen.update(distinct)
                break
        else:
            clusters.append((unit, schema, [unit], distinct))
    return [members for _, _, members, _ in clusters]


def similarity(left: _Schema, right: _Schema) -> float:
    """Return the share of columns two schemas have in common; two empty schemas are the same."""
    return len(left & right) / len(left | right) if left | right else 1.0


def _schema(record: StructOf) -> _Schema:
    return frozenset(columns_of(record)[0])


def _merged_record(leaves: Sequence[_Leaf]) -> StructOf:
    return leaves[0].format.merge(leaf.record for leaf in leaves)


def _merged_format(formats: Iterable[TableFormat]) -> TableFormat:
    return reduce(lambda merged, other: merged.merged_with(other), formats)


def _leaves(content: FolderContent) -> list[_Leaf]:
    """Return one leaf per format in a folder; what was not read counts where there is only one format."""
    by_format: dict[_FormatKey, list[FileSchema]] = defaultdict(list)
    for schema in content.files:
        by_format[schema.format.grouping_key(), schema.compression].append(schema)
    unread = content.unread if len(by_format) == 1 else ()
    return [_leaf(content.path, schemas, unread) for schemas in by_format.values()]


def _leaf(
    path: Path, schemas: Sequence[FileSchema], unread: Sequence[StoredObject], *, alone: bool = False
) -> _Leaf:
    table_format = _merged_format(schema.format for schema in schemas)
    sampled_records = sum(schema.records for schema in schemas)
    sampled_bytes = sum(schema.sampled_bytes for schema in schemas)
    statistics = Statistics(
        objects=len(schemas) + len(unread),
        size_bytes=sum(schema.stored.size for schema in schemas) + sum(stored.size for stored in unread),
        records=_record_count(schemas, unread, sampled_bytes // sampled_records if sampled_records else 0),
        sampled_records=sampled_records,
        sampled_bytes=sampled_bytes,
    )
    return _Leaf(
        path=path,
        format=table_format,
        compression=schemas[0].compression,
        record=table_format.merge(schema.record for schema in schemas),
        statistics=statistics,
        file=schemas[0].stored if alone else None,
    )


def _record_count(schemas: Sequence[FileSchema], unread: Sequence[StoredObject], average: int) -> int:
    """Count the records of files that tell their number, and estimate those of the others."""
    exact = sum(schema.exact_records for schema in schemas if schema.exact_records is not None)
    estimated = [*(schema.data_bytes for schema in schemas if schema.exact_records is None)]
    lengths = [*estimated, *(stored.size for stored in unread)]
    return exact + (sum(length // average for length in lengths) if average else 0)


def _table(unit: _Unit, grouping: Grouping) -> FoundTable:
    """Word a finished unit as a table."""
    file = unit.leaves[0].file
    groups: dict[Path, list[_Leaf]] = defaultdict(list)
    start = len(unit.root)
    for leaf in unit.leaves:
        groups[leaf.path[start : start + unit.depth]].append(leaf)
    keys = partition_keys(list(groups)) if unit.depth else ()
    root = _location(grouping.root, unit.root)
    return FoundTable(
        base_name=file.key.rpartition("/")[2]
        if file
        else (unit.root[-1] if unit.root else grouping.root_name),
        location=file.uri if file else root,
        format=_merged_format(leaf.format for leaf in unit.leaves),
        compression=unit.leaves[0].compression,
        record=unit.record(),
        statistics=sum((leaf.statistics for leaf in unit.leaves), Statistics()),
        partition_keys=keys,
        partitions=tuple(_partition(root, keys, names, groups[names]) for names in sorted(groups) if keys),
        folders=frozenset(_location(grouping.root, leaf.path) for leaf in unit.leaves),
        exclusions=grouping.exclusions,
    )


def _partition(root: str, keys: Sequence[str], names: Path, leaves: Sequence[_Leaf]) -> FoundPartition:
    return FoundPartition(
        values=tuple(partition_value(name, key) for name, key in zip(names, keys, strict=True)),
        location=_location(root, names),
        record=_merged_record(leaves),
        statistics=sum((leaf.statistics for leaf in leaves), Statistics()),
        format=_merged_format(leaf.format for leaf in leaves),
    )


def _location(root: str, path: Path) -> str:
    return root + "".join(f"{name}/" for name in path)
