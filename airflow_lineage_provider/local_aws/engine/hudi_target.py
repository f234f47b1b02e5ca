"""
Reading a Hudi target: the tables below the paths, from their properties and timelines.

A copy-on-write table becomes one table; a merge-on-read table becomes two over the same location: ``_ro``
reads the base files, ``_rt`` merges the logs. Hudi's five meta columns come first, as in every table that
Hudi itself registers.

Where AWS is silent:

* a table's name is its folder's, like that of a table on S3, not ``hoodie.table.name``;
* formats and SerDe parameters are those of Hudi's own catalog sync, and so are the types
  (``timestamp-micros`` is a timestamp; that ``timestamp-millis`` is a ``bigint`` AWS says itself);
* ``last_commit_time_sync`` follows the timeline and makes no new version;
* a table nobody has written to yet is no table.

.. seealso::
    - AWS Big Data Blog, "Introducing Apache Hudi support with AWS Glue crawlers"
    - Amazon Athena User Guide, "Create table examples" for Hudi (input formats, meta columns)
    - Apache Hudi 0.14, ``HiveSyncTool``, ``HiveSchemaUtil`` and the partition value extractors
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError, TableUnsupportedError
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import NO_STATISTICS, FoundPartition, FoundTable
from airflow_lineage_provider.local_aws.engine.hudi_timeline import HudiState, read_hudi_timeline
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader
from airflow_lineage_provider.local_aws.engine.s3_target import split_s3_path
from airflow_lineage_provider.local_aws.engine.schema import Scalar, StructOf, hive_type
from airflow_lineage_provider.local_aws.engine.table_folders import (
    TableFolder,
    TraversalTarget,
    find_table_folders,
)

__all__ = ["crawl_hudi"]

_PROPERTIES = "hoodie.properties"
_PARTITION_MARKER = ".hoodie_partition_metadata"
_READ_OPTIMISED = "org.apache.hudi.hadoop.HoodieParquetInputFormat"
_REAL_TIME = "org.apache.hudi.hadoop.realtime.HoodieParquetRealtimeInputFormat"
_META_FIELDS = (
    "_hoodie_commit_time",
    "_hoodie_commit_seqno",
    "_hoodie_record_key",
    "_hoodie_partition_path",
    "_hoodie_file_name",
)


def crawl_hudi(
    reader: ObjectReader, target: TraversalTarget, *, cancelled: Callable[[], bool] = lambda: False
) -> tuple[FoundTable, ...]:
    """
    Return the tables of the Hudi tables below a path, by location.

    :raises SourceMissingError: If the bucket is not there.
    :raises TableUnsupportedError: If a table's properties, timeline or partitions cannot be read.
    :raises CrawlCancelledError: If ``cancelled`` said yes.
    """
    tables: list[FoundTable] = []
    for folder in find_table_folders(reader, target, ".hoodie", lambda name: name == _PROPERTIES):
        if cancelled():
            raise CrawlCancelledError
        state = read_hudi_timeline(reader, folder.location, cancelled=cancelled)
        if state is not None:
            paths = _partition_paths(reader, folder) - state.dropped
            tables += _tables(folder, state, sorted(paths))
    return tuple(tables)


def _partition_paths(reader: ObjectReader, folder: TableFolder) -> set[str]:
    """Return the paths of the folders that Hudi has marked as partitions."""
    bucket, key = split_s3_path(folder.location)
    paths = set()
    for stored in reader.list(bucket, key):
        path, _, name = stored.key.removeprefix(key).rpartition("/")
        if path and name.partition(".parquet")[0] == _PARTITION_MARKER and not path.startswith(".hoodie"):
            paths.add(path)
    return paths


def _tables(folder: TableFolder, state: HudiState, paths: Sequence[str]) -> Iterator[FoundTable]:
    """Yield the views of one Hudi table; they differ in name and format only."""
    views = {"": (_READ_OPTIMISED, "false")}
    if state.is_merge_on_read:
        views = {"_ro": (_READ_OPTIMISED, "true"), "_rt": (_REAL_TIME, "false")}
    for suffix, (input_format, read_optimised) in views.items():
        yield _table(folder, state, paths, suffix, _format(folder, input_format, read_optimised))


def _format(folder: TableFolder, input_format: str, read_optimised: str) -> TableFormat:
    return TableFormat(
        classification="hudi",
        input_format=input_format,
        output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        serde_parameters=(
            ("serialization.format", "1"),
            ("path", folder.location),
            ("hoodie.query.as.ro.table", read_optimised),
        ),
        type_of_data="",
        volatile_parameters=("last_commit_time_sync",),
    )


def _table(
    folder: TableFolder, state: HudiState, paths: Sequence[str], suffix: str, table_format: TableFormat
) -> FoundTable:
    keys = _partition_fields(state.properties)
    types = {field.name: field.type for field in state.fields}
    record = StructOf(
        (
            *((name, Scalar("string")) for name in _meta_fields(state.properties)),
            *((name, data_type) for name, data_type in types.items() if name not in (*keys, *_META_FIELDS)),
        )
    )
    return FoundTable(
        base_name=folder.name + suffix,
        location=folder.location,
        format=table_format,
        compression="",
        record=record,
        statistics=NO_STATISTICS,
        partition_keys=tuple(key.lower() for key in keys),
        partitions=tuple(
            FoundPartition(
                values=_partition_values(path, keys, folder),
                location=f"{folder.location}{path}/",
                record=record,
                statistics=NO_STATISTICS,
                format=table_format,
            )
            for path in (paths if keys else ())
        ),
        folders=frozenset({folder.location}),
        parameters={"last_commit_time_sync": state.latest_commit} if state.latest_commit else {},
        partition_types={key.lower(): hive_type(types.get(key, Scalar("string"))) for key in keys},
        column_members={field.name.lower(): {"Comment": field.doc} for field in state.fields if field.doc},
        shares_location=bool(suffix),
    )


def _meta_fields(properties: Mapping[str, str]) -> tuple[str, ...]:
    return () if properties.get("hoodie.populate.meta.fields") == "false" else _META_FIELDS


def _partition_fields(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Return the partition fields; since table version 8 each may carry the kind of its key generator."""
    listed = properties.get("hoodie.table.partition.fields", "").split(",")
    return tuple(field.strip().partition(":")[0] for field in listed if field.strip())


def _partition_values(path: str, keys: Sequence[str], folder: TableFolder) -> tuple[str, ...]:
    """Return the values a partition's path stands for: of a single key it is the whole path."""
    names = [path] if len(keys) == 1 else path.split("/")
    if len(names) != len(keys):
        problem = f"its partition {path} does not have a value for each of {', '.join(keys)}"
        raise TableUnsupportedError(location=folder.location, problem=problem)
    prefixes = [f"{key}=" for key in keys]
    return tuple(unquote(name.removeprefix(prefix)) for name, prefix in zip(names, prefixes, strict=True))
