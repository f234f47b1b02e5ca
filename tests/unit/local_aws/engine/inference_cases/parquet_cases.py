"""Parquet: sections 2.2, 2.6 and 5 of the crawler reference, and 12 where AWS is silent."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.unit.local_aws.engine.inference_cases.case import Case, Table, columns

_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def parquet(*, rows: int = 0, options: dict[str, Any] | None = None, **types: pa.DataType) -> bytes:
    """Return a file with columns of the given Arrow types, and so many rows of nulls."""
    schema = pa.schema(list(types.items()))
    table = pa.table([pa.nulls(rows, field.type) for field in schema], schema=schema)
    file = io.BytesIO()
    pq.write_table(table, file, **(options or {}))
    return file.getvalue()


def _type(
    name: str, rule: str, arrow_type: pa.DataType, expected: str, options: dict[str, Any] | None = None
) -> Case:
    """Return a case of one column whose type matters."""
    content = parquet(a=arrow_type, options=options)
    return Case(f"parquet-{name}", rule, {"data/f": content}, (_table(a=expected),))


def _table(**types: str) -> Table:
    return Table("data", columns(**types), classification="parquet")


def _evolution(name: str, rule: str, first: bytes, second: bytes, **types: str) -> Case:
    """Return a case of two files in one folder."""
    return Case(f"parquet-{name}", rule, {"data/a": first, "data/b": second}, (_table(**types),))


_ENTRY = pa.struct([("Inner", pa.int32()), ("tags", pa.list_(pa.string()))])

CASES = [
    _type("boolean", "5 BOOLEAN: boolean", pa.bool_(), "boolean"),
    _type("int32", "5 INT32: int", pa.int32(), "int"),
    _type("int8", "5 INT32 (INT_8): tinyint", pa.int8(), "tinyint"),
    _type("int16", "5 INT32 (INT_16): smallint", pa.int16(), "smallint"),
    _type("int64", "5 INT64: bigint", pa.int64(), "bigint"),
    _type("uint8", "12 unsigned 8: the next wider signed type", pa.uint8(), "smallint"),
    _type("uint16", "12 unsigned 16: the next wider signed type", pa.uint16(), "int"),
    _type("uint32", "5 unsigned 32: bigint", pa.uint32(), "bigint"),
    _type("uint64", "5 unsigned 64: decimal(20,0)", pa.uint64(), "decimal(20,0)"),
    _type("float", "5 FLOAT: float", pa.float32(), "float"),
    _type("double", "5 DOUBLE: double", pa.float64(), "double"),
    _type("half", "5 FIXED_LEN_BYTE_ARRAY otherwise: binary", pa.float16(), "binary"),
    _type("string", "5 BYTE_ARRAY (STRING): string", pa.string(), "string"),
    _type("large-string", "5 the file's own type, not Arrow's", pa.large_string(), "string"),
    _type("json", "5 BYTE_ARRAY (JSON): string", pa.json_(), "string"),
    _type("bytes", "5 BYTE_ARRAY without annotation: binary", pa.binary(), "binary"),
    _type("fixed", "5 FIXED_LEN_BYTE_ARRAY otherwise: binary", pa.binary(16), "binary"),
    _type("uuid", "5 FIXED_LEN_BYTE_ARRAY otherwise: binary", pa.uuid(), "binary"),
    _type("date", "5 INT32 (DATE): date", pa.date32(), "date"),
    _type("time-millis", "12 no time of day in Hive: INT32 stays int", pa.time32("ms"), "int"),
    _type("time-micros", "12 no time of day in Hive: INT64 stays bigint", pa.time64("us"), "bigint"),
    _type("timestamp-millis", "5 INT64 (TIMESTAMP_MILLIS): timestamp", pa.timestamp("ms"), "timestamp"),
    _type(
        "timestamp-micros", "5 INT64 (TIMESTAMP_MICROS): timestamp", pa.timestamp("us", "UTC"), "timestamp"
    ),
    _type("timestamp-nanos", "5 nanoseconds: bigint", pa.timestamp("ns"), "bigint"),
    _type(
        "int96",
        "5 INT96: timestamp",
        pa.timestamp("ns"),
        "timestamp",
        {"use_deprecated_int96_timestamps": True},
    ),
    _type("duration", "5 INT64: bigint, whatever Arrow keeps beside it", pa.duration("us"), "bigint"),
    _type(
        "decimal", "5 FIXED_LEN_BYTE_ARRAY (DECIMAL): decimal(p,s)", pa.decimal128(38, 10), "decimal(38,10)"
    ),
    _type(
        "decimal-in-int32",
        "5 INT32 (DECIMAL): decimal(p,s)",
        pa.decimal128(9, 2),
        "decimal(9,2)",
        {"store_decimal_as_integer": True},
    ),
    _type(
        "decimal-in-int64",
        "5 INT64 (DECIMAL): decimal(p,s)",
        pa.decimal128(18, 2),
        "decimal(18,2)",
        {"store_decimal_as_integer": True},
    ),
    _type("decimal-60", "12 more digits than Hive has: as stored", pa.decimal256(60, 2), "binary"),
    _type("always-null", "12 only nulls: string", pa.null(), "string"),
    _type("dictionary", "5 a dictionary is an encoding", pa.dictionary(pa.int32(), pa.string()), "string"),
    _type("list", "5 LIST: array<T>", pa.list_(pa.int64()), "array<bigint>"),
    _type(
        "list-of-version-1",
        "5 LIST: array<T>, in the older layout as well",
        pa.list_(pa.int64()),
        "array<bigint>",
        {"use_compliant_nested_type": False},
    ),
    _type("map", "5 MAP: map<K,V>", pa.map_(pa.string(), pa.float64()), "map<string,double>"),
    _type(
        "group",
        "5 group: struct, inner names keep their case (3.2)",
        _ENTRY,
        "struct<Inner:int,tags:array<string>>",
    ),
    _type(
        "nested",
        "5 LIST, MAP and group nest",
        pa.map_(pa.string(), pa.list_(pa.struct([("at", pa.timestamp("ms")), ("n", pa.uint32())]))),
        "map<string,array<struct<at:timestamp,n:bigint>>>",
    ),
    Case(
        "parquet-names",
        "5 names are lower-cased, columns in file order",
        {"data/f": parquet(UserId=pa.int64(), amount=pa.float64(), At=pa.date32())},
        (_table(userid="bigint", amount="double", at="date"),),
    ),
    Case(
        "parquet-case-collision",
        "12 case-colliding names: the first stays",
        {"data/f": parquet(A=pa.int64(), a=pa.string())},
        (_table(a="bigint"),),
    ),
    Case(
        "parquet-layout",
        "5 formats and SerDe; 2.6 figures: recordCount is exact",
        {"data/f": parquet(rows=7, a=pa.int64())},
        (
            Table(
                "data",
                columns(a="bigint"),
                classification="parquet",
                serde=_SERDE,
                serde_parameters={"serialization.format": "1"},
                parameters={
                    "classification": "parquet",
                    "compressionType": "none",
                    "typeOfData": "file",
                    "objectCount": "1",
                    "recordCount": "7",
                    "sizeKey": str(len(parquet(rows=7, a=pa.int64()))),
                    "averageRecordSize": str(len(parquet(rows=7, a=pa.int64())) // 7),
                },
            ),
        ),
    ),
    Case(
        "parquet-compressed-inside",
        "2.6 compression inside the format shows as none",
        {"data/f": parquet(rows=3, a=pa.int64(), options={"compression": "zstd"})},
        (
            Table(
                "data",
                columns(a="bigint"),
                classification="parquet",
                parameters={"compressionType": "none", "recordCount": "3"},
            ),
        ),
    ),
    Case(
        "parquet-without-rows",
        "12 a file without records has a schema all the same",
        {"data/f": parquet(a=pa.int64())},
        (
            Table(
                "data",
                columns(a="bigint"),
                classification="parquet",
                parameters={"recordCount": "0", "averageRecordSize": "0", "objectCount": "1"},
            ),
        ),
    ),
    Case(
        "parquet-named-csv",
        "2.3 the content decides, not the name",
        {"data/f.csv": parquet(a=pa.int64())},
        (_table(a="bigint"),),
    ),
    _evolution(
        "column-added",
        "12 files of one folder make one schema: new columns at the end",
        parquet(a=pa.int64(), b=pa.string()),
        parquet(c=pa.date32(), a=pa.int64()),
        a="bigint",
        b="string",
        c="date",
    ),
    _evolution(
        "integer-widened",
        "12 int and bigint: bigint",
        parquet(a=pa.int32()),
        parquet(a=pa.int64()),
        a="bigint",
    ),
    _evolution(
        "float-widened",
        "12 float and double: double",
        parquet(a=pa.float32()),
        parquet(a=pa.float64()),
        a="double",
    ),
    _evolution(
        "decimal-widened",
        "12 decimals keep all digits of both",
        parquet(a=pa.decimal128(10, 2)),
        parquet(a=pa.decimal128(12, 6)),
        a="decimal(14,6)",
    ),
    _evolution(
        "null-and-type", "3.3 null mixed with T: T", parquet(a=pa.null()), parquet(a=pa.date32()), a="date"
    ),
    _evolution(
        "no-common-type",
        "3.3/12 mixed types: choice struct",
        parquet(a=pa.int64()),
        parquet(a=pa.string()),
        a="struct<long:bigint,string:string>",
    ),
    _evolution(
        "nested-evolution",
        "12 structs unite their fields at any depth",
        parquet(a=pa.list_(pa.struct([("x", pa.int32())]))),
        parquet(a=pa.list_(pa.struct([("x", pa.int64()), ("y", pa.string())]))),
        a="array<struct<x:bigint,y:string>>",
    ),
    _evolution(
        "other-case",
        "5 names are lower-cased: one column, whatever its case in each file",
        parquet(UserId=pa.int32()),
        parquet(userid=pa.int64()),
        userid="bigint",
    ),
    Case(
        "parquet-partitions",
        "2.4 similar schemas below one folder are partitions; the table has all columns",
        {
            "data/year=2023/f": parquet(rows=2, **dict.fromkeys("abcd", pa.int64())),
            "data/year=2024/f": parquet(rows=3, **dict.fromkeys("abcde", pa.int64())),
        },
        (
            Table(
                "data",
                columns(**dict.fromkeys("abcde", "bigint")),
                classification="parquet",
                partition_keys=("year",),
                partitions=(("2023",), ("2024",)),
                parameters={"recordCount": "5", "objectCount": "2"},
            ),
        ),
    ),
    Case(
        "parquet-beside-json",
        "2.4 other formats in one folder: a table per file",
        {"data/a.json": '{"a":1}', "data/b.parquet": parquet(a=pa.int32())},
        (
            Table("a_json", columns(a="int"), location="s3://bucket/data/a.json"),
            Table(
                "b_parquet", columns(a="int"), classification="parquet", location="s3://bucket/data/b.parquet"
            ),
        ),
    ),
]
