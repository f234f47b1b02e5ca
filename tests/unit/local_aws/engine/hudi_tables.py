"""
Hudi tables for tests, built by hand: no Python library writes them.

They hold what Hudi 0.14 leaves behind (table version 6), or Hudi 1.0 (table version 8, whose commits are Avro
files), and nothing else: the properties, completed instants, partition markers and base files. A test reads
their records through the ``hudi`` library, so they are Hudi tables to others than us.

Source: Apache Hudi, *Technical Specification*, version 6 and 8; ``HoodieCommitMetadata.avsc`` and
``HoodieWriteStat``, of which they have the members the specification requires.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["ORDERS", "avro_record", "commit", "hudi_table", "optional", "version_8"]

_INSTANT = "20250101120000000"
_COMPLETED = "20250101120005000"
_META_FIELDS = (
    "_hoodie_commit_time",
    "_hoodie_commit_seqno",
    "_hoodie_record_key",
    "_hoodie_partition_path",
    "_hoodie_file_name",
)
_WRITE_STAT = {
    "type": "record",
    "name": "HoodieWriteStat",
    "fields": [
        {"name": name, "type": ["null", "string"], "default": None}
        for name in ("fileId", "path", "partitionPath")
    ],
}
_COMMIT_AVRO = {
    "type": "record",
    "name": "HoodieCommitMetadata",
    "fields": [
        {
            "name": "partitionToWriteStats",
            "type": ["null", {"type": "map", "values": {"type": "array", "items": _WRITE_STAT}}],
            "default": None,
        },
        {"name": "extraMetadata", "type": ["null", {"type": "map", "values": "string"}], "default": None},
        {"name": "version", "type": ["int", "null"], "default": 1},
        {"name": "operationType", "type": ["null", "string"], "default": None},
    ],
}


def optional(data_type: Any) -> list[Any]:
    """Return the nullable form of an Avro type, as Spark writes it."""
    return ["null", data_type]


def avro_record(name: str = "orders_record", **types: Any) -> dict[str, Any]:
    """Return an Avro record with nullable fields."""
    fields = [
        {"name": field, "type": optional(data_type), "default": None} for field, data_type in types.items()
    ]
    return {"type": "record", "name": name, "namespace": "hoodie.orders", "fields": fields}


ORDERS = avro_record(Id="long", region="string")


def commit(
    partitions: Sequence[str] = ("",), schema: Mapping[str, Any] | None = ORDERS, **members: Any
) -> dict[str, Any]:
    """Return what a completed commit records that wrote one base file into each of some partitions."""
    stats = {
        partition: [{"fileId": "file-0", "path": _base_file(partition), "partitionPath": partition}]
        for partition in partitions
    }
    extra = {"schema": json.dumps(schema)} if schema is not None else {}
    return {
        "partitionToWriteStats": stats,
        "extraMetadata": extra,
        "operationType": "UPSERT",
        **members,
    }


def hudi_table(
    folder: str = "orders/",
    commits: Mapping[str, Mapping[str, Any]] | None = None,
    partitions: Sequence[str] = (),
    merge_on_read: bool = False,
    properties: Mapping[str, str] | None = None,
) -> dict[str, str | bytes]:
    """
    Return the objects of a table.

    :param folder: Key of its folder.
    :param commits: What each completed instant records, by its file name; one commit into every partition
        when left out.
    :param partitions: Paths of the partitions.
    :param properties: More table properties.
    """
    action = "deltacommit" if merge_on_read else "commit"
    recorded = {f"{_INSTANT}.{action}": commit(partitions or ("",))} if commits is None else commits
    options = {
        "hoodie.table.name": "name_of_its_own",
        "hoodie.table.type": "MERGE_ON_READ" if merge_on_read else "COPY_ON_WRITE",
        "hoodie.table.version": "6",
        "hoodie.timeline.layout.version": "1",
        "hoodie.table.base.file.format": "PARQUET",
        "hoodie.table.recordkey.fields": "Id",
        **(properties or {}),
    }
    lines = "".join(f"{name}={value}\n" for name, value in options.items())
    objects: dict[str, str | bytes] = {f"{folder}.hoodie/hoodie.properties": f"#Updated at a time\n{lines}"}
    for name, metadata in recorded.items():
        objects[f"{folder}.hoodie/{name}"] = json.dumps(metadata)
    for partition in partitions or ("",):
        objects[folder + _base_file(partition)] = _records(partition)
        if partition:
            marker = f"#partition metadata\ncommitTime={_INSTANT}\npartitionDepth=1\n"
            objects[f"{folder}{partition}/.hoodie_partition_metadata"] = marker
    return objects


def version_8(objects: dict[str, str | bytes]) -> dict[str, str | bytes]:
    """Return a table of version 6 in the layout of version 8: instants in a folder of their own, as Avro."""
    moved: dict[str, str | bytes] = {}
    for key, content in objects.items():
        folder, _, name = key.rpartition("/")
        if name.endswith("commit") and folder.endswith(".hoodie"):
            buffer = io.BytesIO()
            fastavro.writer(buffer, _COMMIT_AVRO, [json.loads(content)])
            instant, _, action = name.partition(".")
            moved[f"{folder}/timeline/{instant}_{_COMPLETED}.{action}"] = buffer.getvalue()
        elif name == "hoodie.properties" and isinstance(content, str):
            upgraded = content.replace("version=6", "version=8").replace(
                "layout.version=1", "layout.version=2"
            )
            moved[key] = upgraded
        else:
            moved[key] = content
    return moved


def _base_file(partition: str) -> str:
    name = f"file-0_0-1-1_{_INSTANT}.parquet"
    return f"{partition}/{name}" if partition else name


def _records(partition: str) -> bytes:
    """Return a base file with one record."""
    meta = {name: [""] for name in _META_FIELDS}
    table = pa.table({**meta, "Id": pa.array([7], pa.int64()), "region": [partition.rpartition("=")[2]]})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()
