"""Reading an S3 target: list, leave out, sample, read, group."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.files import FileSchema, read_file
from airflow_lineage_provider.local_aws.engine.folders import FolderContent, Grouping, Path, group_folders
from airflow_lineage_provider.local_aws.engine.formats import BUILT_IN_FORMATS, FileFormat
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.globs import Exclusions
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject
from airflow_lineage_provider.local_aws.engine.reading_ahead import Read, read_ahead

__all__ = ["S3Crawl", "S3Target", "crawl_s3", "split_s3_path"]


def split_s3_path(path: str) -> tuple[str, str]:
    """
    Split an include path into bucket and key; the ``s3://`` in front may be missing, as Glue allows.

    :raises ValueError: If there is no bucket in it, or another scheme in front.
    """
    scheme, separator, rest = path.rpartition("://")
    bucket, _, key = rest.partition("/")
    if (separator and scheme != "s3") or not bucket:
        raise ValueError(f"{path!r} is not an S3 path")
    return bucket, key


@dataclass(frozen=True, slots=True)
class S3Target:
    """
    One include path.

    ``sample_size`` is how many files of each folder are read; ``None`` reads all.
    """

    path: str
    exclusions: tuple[str, ...] = ()
    sample_size: int | None = None

    @property
    def bucket(self) -> str:
        """The bucket."""
        return split_s3_path(self.path)[0]

    @property
    def key(self) -> str:
        """What follows the bucket: a folder, an object, or nothing."""
        return split_s3_path(self.path)[1]

    @property
    def folder(self) -> str:
        """The include path as a folder, with ``s3://`` in front and ``/`` at the end."""
        return f"s3://{self.bucket}/" + (f"{self.key.rstrip('/')}/" if self.key.rstrip("/") else "")

    def covers(self, location: str) -> bool:
        """Tell whether a table's location lies in this target."""
        return location.startswith(self.folder) or location == f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class S3Crawl:
    """
    What reading one target gave.

    ``folders`` holds the content of every folder by its location; given back to the next crawl as
    ``known``, these folders are not read again.
    """

    tables: tuple[FoundTable, ...]
    folders: Mapping[str, FolderContent]


def crawl_s3(
    reader: ObjectReader,
    target: S3Target,
    configuration: CrawlerConfiguration,
    *,
    known: Mapping[str, FolderContent] | None = None,
    formats: Sequence[FileFormat] = BUILT_IN_FORMATS,
    cancelled: Callable[[], bool] = lambda: False,
) -> S3Crawl:
    """
    Read a target and return its tables.

    :param known: Folders of an earlier crawl, by location, that are taken as they were then.
    :param formats: The classifiers in the order they are asked, custom ones first.
    :param cancelled: Asked before every file.
    :raises SourceMissingError: If the bucket is not there.
    :raises UnfitForCrawlError: If an object cannot be read; no table is returned then.
    :raises CrawlCancelledError: If ``cancelled`` said yes.
    """
    found = _listed(reader, target)
    read = partial(_read, reader, formats)
    single = [stored for stored in found if stored.key == target.key]
    if single:
        return _crawl_object(read, single[0], target, cancelled)
    contents = _contents(read, _folders(found, target), known or {}, cancelled)
    grouping = Grouping(
        root=target.folder,
        root_name=target.folder[5:].rstrip("/").rpartition("/")[2],
        ignore_similarity=configuration.combine_compatible_schemas,
        table_depth=_table_depth(configuration.table_level, target),
        exclusions=_absolute(target),
    )
    return S3Crawl(tuple(group_folders(contents.values(), grouping)), contents)


def _listed(reader: ObjectReader, target: S3Target) -> list[StoredObject]:
    """List what the target covers and does not exclude; empty objects are no data."""
    exclusions = Exclusions(target.exclusions)
    folder, own_key = target.folder.removeprefix(f"s3://{target.bucket}/"), target.key
    found = []
    for stored in reader.list(target.bucket, own_key.rstrip("/")):
        key = stored.key
        if stored.size == 0 or not (key.startswith(folder) or key == own_key):
            continue
        relative = key[len(folder) :] if len(key) > len(folder) else key.rpartition("/")[2]
        if not exclusions.exclude(relative):
            found.append(stored)
    return found


def _read(
    reader: ObjectReader, formats: Sequence[FileFormat], stored: StoredObject, cancelled: Callable[[], bool]
) -> FileSchema | None:
    return read_file(reader, stored, cancelled, formats=formats)


def _crawl_object(
    read: Read[StoredObject, FileSchema | None],
    stored: StoredObject,
    target: S3Target,
    cancelled: Callable[[], bool],
) -> S3Crawl:
    """Read a target that is one object: its table is the object itself."""
    (schema,) = read_ahead(read, [stored], cancelled, readers=1)
    folder = stored.uri.rpartition("/")[0] + "/"
    if schema is None:
        return S3Crawl((), {})
    name = stored.key.rpartition("/")[2]
    content = FolderContent((), (schema,))
    grouping = Grouping(root=folder, root_name=name, exclusions=_absolute(target))
    (table,) = group_folders([content], grouping)
    whole = FoundTable(
        base_name=name,
        location=stored.uri,
        format=table.format,
        compression=table.compression,
        record=table.record,
        statistics=table.statistics,
        folders=frozenset({stored.uri}),
        exclusions=table.exclusions,
    )
    return S3Crawl((whole,), {stored.uri: content})


@dataclass(frozen=True, slots=True)
class _Folder:
    """One folder's objects: those to read, and those a sample leaves out."""

    path: Path
    location: str
    chosen: tuple[StoredObject, ...]
    left_out: tuple[StoredObject, ...]


def _folders(objects: Sequence[StoredObject], target: S3Target) -> list[_Folder]:
    """Put objects into folders, and choose which to read."""
    start = len(target.folder) - len(f"s3://{target.bucket}/")
    by_path: dict[Path, list[StoredObject]] = defaultdict(list)
    for stored in objects:
        *names, _ = stored.key[start:].split("/")
        by_path[tuple(names)].append(stored)
    return [_folder(path, held, target) for path, held in by_path.items()]


def _folder(path: Path, objects: Sequence[StoredObject], target: S3Target) -> _Folder:
    location = target.folder + "".join(f"{name}/" for name in path)
    chosen = set(objects)
    if target.sample_size is not None and target.sample_size < len(chosen):
        # The same files in every crawl of the same folder: a sample must not make a table change.
        chosen = set(random.Random(location).sample(list(objects), target.sample_size))  # noqa: S311
    return _Folder(
        path=path,
        location=location,
        chosen=tuple(stored for stored in objects if stored in chosen),
        left_out=tuple(stored for stored in objects if stored not in chosen),
    )


def _contents(
    read: Read[StoredObject, FileSchema | None],
    folders: Sequence[_Folder],
    known: Mapping[str, FolderContent],
    cancelled: Callable[[], bool],
) -> dict[str, FolderContent]:
    """Return what each folder holds, by location; those that are known are not read."""
    unknown = [folder for folder in folders if folder.location not in known]
    objects = [stored for folder in unknown for stored in folder.chosen]
    contents: dict[str, FolderContent] = {}
    with closing(read_ahead(read, objects, cancelled)) as schemas:
        for folder in folders:
            if folder.location in known:
                contents[folder.location] = known[folder.location]
                continue
            held = tuple(schema for schema in islice(schemas, len(folder.chosen)) if schema is not None)
            contents[folder.location] = FolderContent(folder.path, held, folder.left_out)
    return contents


def _table_depth(level: int | None, target: S3Target) -> int | None:
    """Turn an absolute level (bucket = 1) into folders below the include path."""
    if level is None:
        return None
    own_level = len(target.folder[5:].rstrip("/").split("/"))
    return max(0, level - own_level)


def _absolute(target: S3Target) -> tuple[str, ...]:
    return tuple(target.folder + pattern for pattern in target.exclusions)
