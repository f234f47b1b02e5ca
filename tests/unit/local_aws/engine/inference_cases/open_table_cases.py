"""Delta, Iceberg and Hudi: sections 6.4 and 6.5 of the crawler reference, and 12 where AWS is silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyiceberg import types as iceberg

from tests.unit.local_aws.engine.delta_tables import BASIC, ID, commit, features, log
from tests.unit.local_aws.engine.hudi_tables import avro_record, hudi_table, optional
from tests.unit.local_aws.engine.hudi_tables import commit as hudi_commit
from tests.unit.local_aws.engine.iceberg_tables import metadata_file, schema, table_metadata
from tests.unit.local_aws.engine.inference_cases.case import Case, Table, columns

_FIELD = {"nullable": True, "metadata": {}}
_DATES = {"type": "array", "elementType": "date", "containsNull": True}
_INSTANT = "20250101120000000"
_META_COLUMNS = columns(
    _hoodie_commit_time="string",
    _hoodie_commit_seqno="string",
    _hoodie_record_key="string",
    _hoodie_partition_path="string",
    _hoodie_file_name="string",
)


def _delta(
    name: str, data_type: str | Mapping[str, Any], expected: str, rule: str = "", feature: str = ""
) -> Case:
    """Return a case of a Delta table with one column, whose type may need a feature of the protocol."""
    protocol = features(feature) if feature else BASIC
    text = commit([{"name": "A", "type": data_type, **_FIELD}], protocol)
    table = Table("data", columns(a=expected), classification="delta")
    cited = rule or f"6.4 Delta {name}: {expected}"
    return Case(f"delta-{name}", cited, log(text, table="data"), (table,), kind="delta")


def _iceberg(name: str, data_type: iceberg.IcebergType, expected: str) -> Case:
    """Return a case of an Iceberg table with one column."""
    content = metadata_file(table_metadata(schema(A=data_type), "s3://bucket/data"))
    table = Table("data", columns(a=expected), classification="iceberg", location="s3://bucket/data")
    files: dict[str, str | bytes] = {"data/metadata/v1.metadata.json": content}
    return Case(f"iceberg-{name}", f"6.5 Iceberg {name}: {expected}", files, (table,), kind="iceberg")


def _hudi(name: str, data_type: Any, expected: str, rule: str = "") -> Case:
    """Return a case of a copy-on-write table with one column."""
    recorded = {f"{_INSTANT}.commit": hudi_commit(schema=avro_record(A=data_type))}
    table = Table("data", (*_META_COLUMNS, *columns(a=expected)), classification="hudi")
    cited = rule or f"6.5 Hudi {name}: {expected}"
    return Case(f"hudi-{name}", cited, hudi_table("data/", recorded), (table,), kind="hudi")


def _merge_on_read() -> Case:
    recorded = {f"{_INSTANT}.deltacommit": hudi_commit(schema=avro_record(A="int"))}
    files = hudi_table("data/", recorded, merge_on_read=True)
    table = Table("data_ro", (*_META_COLUMNS, *columns(a="int")), classification="hudi")
    rule = "6.5 merge-on-read: two tables, _ro and _rt"
    return Case("hudi-merge-on-read", rule, files, (table, replace(table, name="data_rt")), kind="hudi")


CASES = [
    _delta("string", "string", "string"),
    _delta("long", "long", "bigint"),
    _delta("integer", "integer", "int"),
    _delta("short", "short", "smallint"),
    _delta("byte", "byte", "tinyint"),
    _delta("float", "float", "float"),
    _delta("double", "double", "double"),
    _delta("decimal", "decimal(10,2)", "decimal(10,2)"),
    _delta("boolean", "boolean", "boolean"),
    _delta("binary", "binary", "binary"),
    _delta("date", "date", "date"),
    _delta("timestamp", "timestamp", "timestamp"),
    _delta(
        "timestamp-ntz",
        "timestamp_ntz",
        "timestamp",
        "12 Delta timestamp without time zone: timestamp",
        "timestampNtz",
    ),
    _delta("array", {"type": "array", "elementType": "integer", "containsNull": True}, "array<int>"),
    _delta(
        "map",
        {"type": "map", "keyType": "string", "valueType": "short", "valueContainsNull": True},
        "map<string,smallint>",
    ),
    _delta(
        "struct",
        {
            "type": "struct",
            "fields": [{**ID, "type": {"type": "array", "elementType": "date", "containsNull": True}}],
        },
        "struct<Id:array<date>>",
    ),
    _iceberg("boolean", iceberg.BooleanType(), "boolean"),
    _iceberg("int", iceberg.IntegerType(), "int"),
    _iceberg("long", iceberg.LongType(), "bigint"),
    _iceberg("float", iceberg.FloatType(), "float"),
    _iceberg("double", iceberg.DoubleType(), "double"),
    _iceberg("decimal", iceberg.DecimalType(10, 2), "decimal(10,2)"),
    _iceberg("date", iceberg.DateType(), "date"),
    _iceberg("time", iceberg.TimeType(), "string"),
    _iceberg("timestamp", iceberg.TimestampType(), "timestamp"),
    _iceberg("timestamptz", iceberg.TimestamptzType(), "timestamp"),
    _iceberg("string", iceberg.StringType(), "string"),
    _iceberg("uuid", iceberg.UUIDType(), "string"),
    _iceberg("fixed", iceberg.FixedType(16), "binary"),
    _iceberg("binary", iceberg.BinaryType(), "binary"),
    _iceberg("list", iceberg.ListType(2, iceberg.LongType()), "array<bigint>"),
    _iceberg("map", iceberg.MapType(2, iceberg.StringType(), 3, iceberg.DateType()), "map<string,date>"),
    _iceberg(
        "struct",
        iceberg.StructType(iceberg.NestedField(2, "Inner", iceberg.IntegerType(), required=False)),
        "struct<Inner:int>",
    ),
    _hudi("int", "int", "int"),
    _hudi("long", "long", "bigint"),
    _hudi("float", "float", "float"),
    _hudi("double", "double", "double"),
    _hudi("boolean", "boolean", "boolean"),
    _hudi("string", "string", "string"),
    _hudi("bytes", "bytes", "binary"),
    _hudi("date", {"type": "int", "logicalType": "date"}, "date"),
    _hudi(
        "timestamp-millis",
        {"type": "long", "logicalType": "timestamp-millis"},
        "bigint",
        "6.5 timestamp-millis: bigint",
    ),
    _hudi(
        "timestamp-micros",
        {"type": "long", "logicalType": "timestamp-micros"},
        "timestamp",
        "12 timestamp-micros: timestamp, as Hudi's own sync makes it",
    ),
    _hudi("uuid", {"type": "string", "logicalType": "uuid"}, "string"),
    _hudi(
        "decimal",
        {"type": "fixed", "name": "f", "size": 5, "logicalType": "decimal", "precision": 10, "scale": 2},
        "decimal(10,2)",
    ),
    _hudi("fixed", {"type": "fixed", "name": "f", "size": 5}, "binary"),
    _hudi("enum", {"type": "enum", "name": "e", "symbols": ["A"]}, "string"),
    _hudi("array", {"type": "array", "items": optional("string")}, "array<string>"),
    _hudi("map", {"type": "map", "values": optional("int")}, "map<string,int>"),
    _hudi("record", avro_record("Inner", Deep="int"), "struct<Deep:int>"),
    _merge_on_read(),
]
