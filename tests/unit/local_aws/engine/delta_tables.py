"""Delta tables for tests: written by the ``deltalake`` library, or by hand where it cannot write them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.unit.local_aws.engine.memory_reader import MemoryObjects

BASIC = {"minReaderVersion": 1, "minWriterVersion": 2}
ID = {"name": "Id", "type": "long", "nullable": True, "metadata": {}}


def objects_of(folder: Path, prefix: str) -> MemoryObjects:
    """Return the files of a folder as objects below a prefix."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return MemoryObjects(
        {f"{prefix}{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files}
    )


def features(*names: str) -> dict[str, Any]:
    """Return a protocol that asks readers for some features."""
    return {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": list(names),
        "writerFeatures": list(names),
    }


def added(path: str = "part-0.parquet", **members: Any) -> dict[str, Any]:
    """Return an ``add`` action."""
    action = {"path": path, "partitionValues": {}, "size": 10, "modificationTime": 1, "dataChange": True}
    return {"add": {**action, **members}}


def commit(
    fields: Sequence[Mapping[str, Any]] = (ID,),
    protocol: Mapping[str, Any] = BASIC,
    configuration: Mapping[str, str] | None = None,
    actions: Iterable[Mapping[str, Any]] = (),
    partition_columns: Sequence[str] = (),
) -> str:
    """Return the first commit of a table, as the Delta protocol words it."""
    metadata = {
        "id": "c0ffee00-0000-4000-8000-000000000000",
        "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": list(fields)}),
        "partitionColumns": list(partition_columns),
        "configuration": dict(configuration or {}),
        "createdTime": 1735689600000,
    }
    information = {"timestamp": 1735689600123, "operation": "CREATE TABLE"}
    lines = [{"commitInfo": information}, {"protocol": protocol}, {"metaData": metadata}, *actions]
    return "\n".join(json.dumps(line) for line in lines)


def log(*commits: str, table: str = "orders") -> dict[str, str | bytes]:
    """Return the objects of a log."""
    return {f"{table}/_delta_log/{version:020d}.json": text for version, text in enumerate(commits)}
