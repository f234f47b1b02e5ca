"""
Reading a Delta target: one table from the Delta log at its path.

A *native* table points at the Delta table itself; its parameters and formats are those of a crawler's table
that was published. A *symlink* table points at manifests that list the current data files; each partition is
in the catalog, because engines that read manifests find partitions there only.

Where AWS is silent:

* a native table has partition keys and no partitions: what reads it finds them in the log;
* ``delta.lastUpdateVersion`` and ``delta.lastCommitTimestamp`` follow the log and make no new version;
* a symlink table's classification is ``delta``, too;
* a path without a Delta log holds no table, like an S3 path without data.

.. seealso::
    - AWS Glue Developer Guide, "How to specify configuration options for a Delta Lake data store"
    - Delta Lake documentation, "Generate a manifest file"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from airflow_lineage_provider.local_aws.engine.delta_log import (
    MANIFEST_FOLDER,
    DeltaState,
    read_delta_log,
)
from airflow_lineage_provider.local_aws.engine.errors import TableUnsupportedError
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import NO_STATISTICS, FoundPartition, FoundTable
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target
from airflow_lineage_provider.local_aws.engine.schema import (
    ArrayOf,
    DataType,
    MapOf,
    Scalar,
    StructOf,
    hive_type,
)

__all__ = ["DeltaCrawl", "DeltaTarget", "crawl_delta"]

_SCHEMA_PART = 4000
_SYMLINK = TableFormat(
    classification="delta",
    input_format="org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat",
    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    serde_parameters=(("serialization.format", "1"),),
    type_of_data="",
)
_SCALARS = {
    "binary": "binary",
    "boolean": "boolean",
    "byte": "tinyint",
    "date": "date",
    "double": "double",
    "float": "float",
    "integer": "int",
    "long": "long",
    "short": "smallint",
    "string": "string",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp",
}


@dataclass(frozen=True, slots=True)
class DeltaTarget:
    """
    One path of a Delta table.

    ``native`` makes a table of the Delta table itself, else one of its manifests; ``write_manifest`` asks for
    new manifests.
    """

    path: str
    native: bool = False
    write_manifest: bool = False


@dataclass(frozen=True, slots=True)
class DeltaCrawl:
    """
    What reading a Delta table gave.

    ``manifests`` are to be written, by key; ``stale`` manifests are of partitions that are gone and are to be
    deleted. Both are empty unless the target asks for manifests.
    """

    bucket: str
    table: FoundTable
    manifests: Mapping[str, bytes] = field(default_factory=dict)
    stale: tuple[StoredObject, ...] = ()


def crawl_delta(
    reader: ObjectReader, target: DeltaTarget, *, cancelled: Callable[[], bool] = lambda: False
) -> DeltaCrawl | None:
    """
    Read a Delta table.

    :return: ``None`` if there is no Delta log at the path.
    :raises SourceMissingError: If the bucket is not there.
    :raises TableUnsupportedError: If the log cannot be read, has a type the catalog does not know, or the
        target asks for manifests and Delta generates none for such a table.
    :raises CrawlCancelledError: If ``cancelled`` said yes.
    """
    location = S3Target(target.path)
    wanted = target.write_manifest or not target.native
    state = read_delta_log(reader, location, with_manifests=wanted, cancelled=cancelled)
    if state is None:
        return None
    table = _native_table(state) if target.native else _symlink_table(state)
    if not target.write_manifest:
        return DeltaCrawl(location.bucket, table)
    if state.no_manifest:
        problem = f"{state.no_manifest}, so Delta generates no manifest for it (WriteManifest)"
        raise TableUnsupportedError(location=state.location, problem=problem)
    folder = state.location.removeprefix(f"s3://{location.bucket}/") + f"{MANIFEST_FOLDER}/"
    manifests = {
        f"{folder}{f'{partition}/' if partition else ''}manifest": text.encode()
        for partition, text in state.manifests.items()
    }
    present = reader.list(location.bucket, folder)
    stale = [item for item in present if item.key.endswith("/manifest") and item.key not in manifests]
    return DeltaCrawl(location.bucket, table, manifests, tuple(stale))


def _delta_type(data_type: str | Mapping[str, Any]) -> DataType:
    """Return the type for one of a Delta schema's JSON; ``ValueError`` if the catalog has no such type."""
    if isinstance(data_type, str):
        if data_type.startswith("decimal"):
            return Scalar(data_type.replace(" ", ""))
        if data_type not in _SCALARS:
            raise ValueError(data_type)
        return Scalar(_SCALARS[data_type])
    match data_type["type"]:
        case "struct":
            fields = data_type["fields"]
            return StructOf(tuple((each["name"], _delta_type(each["type"])) for each in fields))
        case "array":
            return ArrayOf(_delta_type(data_type["elementType"]))
        case _:
            return MapOf(_delta_type(data_type["keyType"]), _delta_type(data_type["valueType"]))


def _native_table(state: DeltaState) -> FoundTable:
    return _table(state, state.location, _native_format(state))


def _symlink_table(state: DeltaState) -> FoundTable:
    location = f"{state.location}{MANIFEST_FOLDER}/"
    return _table(state, location, _SYMLINK, tuple(_partitions(state, location)))


def _native_format(state: DeltaState) -> TableFormat:
    """Return formats and parameters as a crawler writes them for Spark and Athena to read."""
    parts = [
        state.schema[start : start + _SCHEMA_PART] for start in range(0, len(state.schema), _SCHEMA_PART)
    ]
    parameters = {
        "EXTERNAL": "true",
        "table_type": "delta",
        "spark.sql.partitionProvider": "catalog",
        "spark.sql.sources.provider": "delta",
        "spark.sql.sources.schema.numParts": str(len(parts)),
        **{f"spark.sql.sources.schema.part.{number}": part for number, part in enumerate(parts)},
        "delta.lastUpdateVersion": str(state.version),
    }
    if state.committed_at is not None:
        parameters["delta.lastCommitTimestamp"] = str(state.committed_at)
    return TableFormat(
        classification="delta",
        input_format="org.apache.hadoop.mapred.SequenceFileInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
        serde="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        serde_parameters=(("serialization.format", "1"), ("path", state.location)),
        parameters=tuple(parameters.items()),
        type_of_data="",
        volatile_parameters=("delta.lastUpdateVersion", "delta.lastCommitTimestamp"),
    )


def _table(
    state: DeltaState,
    location: str,
    table_format: TableFormat,
    partitions: tuple[FoundPartition, ...] = (),
) -> FoundTable:
    types = {name: hive_type(data_type) for name, data_type in _typed(state, state.partition_columns)}
    comments = {each["name"]: each.get("metadata", {}).get("comment") for each in state.fields}
    return FoundTable(
        base_name=state.location.rstrip("/").rpartition("/")[2],
        location=location,
        format=table_format,
        compression="",
        record=_record(state),
        statistics=NO_STATISTICS,
        partition_keys=tuple(name.lower() for name in state.partition_columns),
        partitions=partitions,
        folders=frozenset({state.location}),
        partition_types={name.lower(): text for name, text in types.items()},
        column_members={name.lower(): {"Comment": text} for name, text in comments.items() if text},
    )


def _record(state: DeltaState) -> StructOf:
    """Return the columns that are no partition keys."""
    names = [each["name"] for each in state.fields if each["name"] not in state.partition_columns]
    return StructOf(tuple(_typed(state, names)))


def _typed(state: DeltaState, names: Iterable[str]) -> Iterator[tuple[str, DataType]]:
    """Yield some fields with their types, in the order given."""
    types = {each["name"]: each["type"] for each in state.fields}
    for name in names:
        try:
            yield name, _delta_type(types[name])
        except ValueError as error:
            problem = f"its column {name} has the type {error}"
            raise TableUnsupportedError(location=state.location, problem=problem) from error


def _partitions(state: DeltaState, location: str) -> Iterator[FoundPartition]:
    """Yield the partitions that have a manifest."""
    record = _record(state)
    for folder in state.manifests:
        if folder:
            values = tuple(unquote(name.partition("=")[2]) for name in folder.split("/"))
            yield FoundPartition(values, f"{location}{folder}/", record, NO_STATISTICS, _SYMLINK)
