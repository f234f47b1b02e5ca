"""Reading an S3 target: list, leave out, sample, read, group."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError
from airflow_lineage_provider.local_aws.engine.files import FileSchema, read_file
from airflow_lineage_provider.local_aws.engine.folders import FolderContent, Grouping, Path, group_folders
from airflow_lineage_provider.local_aws.engine.formats import BUILT_IN_FORMATS, FileFormat
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.globs import Exclusions
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject

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
    single = [stored for stored in found if stored.key == target.key]
    if single:
        return _crawl_object(reader, single[0], target, formats)
    by_folder = _by_folder(found, target)
    read = partial(_read_folder, partial(read_file, reader, cancelled=cancelled, formats=formats), target)
    contents: dict[str, FolderContent] = {}
    for path, objects in by_folder.items():
        location = target.folder + "".join(f"{name}/" for name in path)
        if known is not None and location in known:
            contents[location] = known[location]
        else:
            contents[location] = read(path, location, objects, cancelled)
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
    start = len(target.folder) - len(f"s3://{target.bucket}/")
    found = []
    for stored in reader.list(target.bucket, target.key.rstrip("/")):
        if stored.size == 0 or not target.covers(stored.uri):
            continue
        relative = stored.key[start:] if len(stored.key) > start else stored.key.rpartition("/")[2]
        if not exclusions.exclude(relative):
            found.append(stored)
    return found


def _crawl_object(
    reader: ObjectReader, stored: StoredObject, target: S3Target, formats: Sequence[FileFormat]
) -> S3Crawl:
    """Read a target that is one object: its table is the object itself."""
    schema = read_file(reader, stored, formats=formats)
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


def _by_folder(objects: Sequence[StoredObject], target: S3Target) -> dict[Path, list[StoredObject]]:
    start = len(target.folder) - len(f"s3://{target.bucket}/")
    folders: dict[Path, list[StoredObject]] = defaultdict(list)
    for stored in objects:
        *names, _ = stored.key[start:].split("/")
        folders[tuple(names)].append(stored)
    return dict(folders)


def _read_folder(
    read: Callable[[StoredObject], FileSchema | None],
    target: S3Target,
    path: Path,
    location: str,
    objects: Sequence[StoredObject],
    cancelled: Callable[[], bool],
) -> FolderContent:
    chosen = list(objects)
    if target.sample_size is not None and target.sample_size < len(chosen):
        # The same files in every crawl of the same folder: a sample must not make a table change.
        chosen = sorted(random.Random(location).sample(chosen, target.sample_size))  # noqa: S311
    schemas: list[FileSchema] = []
    for stored in chosen:
        if cancelled():
            raise CrawlCancelledError
        schema = read(stored)
        if schema is not None:
            schemas.append(schema)
    left_out = set(objects) - set(chosen)
    return FolderContent(path, tuple(schemas), tuple(sorted(left_out)))


def _table_depth(level: int | None, target: S3Target) -> int | None:
    """Turn an absolute level (bucket = 1) into folders below the include path."""
    if level is None:
        return None
    own_level = len(target.folder[5:].rstrip("/").split("/"))
    return max(0, level - own_level)


def _absolute(target: S3Target) -> tuple[str, ...]:
    return tuple(target.folder + pattern for pattern in target.exclusions)
