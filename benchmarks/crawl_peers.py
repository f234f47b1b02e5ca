"""What the crawl is measured against: the same answer, got the straightforward way, in one thread."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.json as pj
import pyarrow.parquet as pq

from airflow_lineage_provider.local_aws.engine.reader import ObjectReader
from benchmarks.crawl_estate import BUCKET

__all__ = ["discover_parquet", "read_all_json", "read_all_json_with_arrow", "read_all_parquet"]

_NAMES = {bool: "boolean", int: "int", float: "double", str: "string", list: "array", dict: "struct"}


def read_all_json(reader: ObjectReader, prefix: str) -> dict[str, set[str]]:
    """
    Parse every line of every object, and gather the kinds of values of every top-level field.

    It knows no folders, no partitions, no nested types, no figures: the least a crawl has to do.
    """
    fields: dict[str, set[str]] = {}
    for content in _contents(reader, prefix):
        for line in content.splitlines():
            for name, value in json.loads(line).items():
                fields.setdefault(name, set()).add(_NAMES.get(type(value), "string"))
    return fields


def read_all_json_with_arrow(reader: ObjectReader, prefix: str) -> Any:
    """Read every object into a table with Arrow, in C++, and unite the schemas, nested types included."""
    tables = (pj.read_json(io.BytesIO(content)) for content in _contents(reader, prefix))
    return pa.unify_schemas([table.schema for table in tables], promote_options="permissive")


def read_all_parquet(reader: ObjectReader, prefix: str) -> Any:
    """Read every object whole into a table with Arrow, one at a time, and unite the schemas."""
    schemas = [pq.read_table(io.BytesIO(content)).schema for content in _contents(reader, prefix)]
    return pa.unify_schemas(schemas, promote_options="permissive")


def discover_parquet(reader: ObjectReader, prefix: str) -> tuple[Any, int]:
    """Let pyarrow.dataset find the schema of every object, and count the rows, from the footers."""
    schemas, rows = [], 0
    for stored in reader.list(BUCKET, prefix):
        with reader.open(stored) as raw:
            fragment = ds.ParquetFileFormat().make_fragment(raw)
            schemas.append(fragment.physical_schema)
            rows += fragment.count_rows()
    return pa.unify_schemas(schemas, promote_options="permissive"), rows


def _contents(reader: ObjectReader, prefix: str) -> Iterator[bytes]:
    for stored in reader.list(BUCKET, prefix):
        with reader.open(stored) as raw:
            yield raw.read()
