"""ORC: sections 2.2, 2.6 and 5 of the crawler reference, and 12 where AWS is silent."""

from __future__ import annotations

import io

import pyarrow as pa
from pyarrow import orc

from tests.unit.local_aws.engine.inference_cases.case import Case, Table, columns

_SERDE = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"


def orc_file(*, rows: int = 0, **types: pa.DataType) -> bytes:
    """Return a file with columns of the given Arrow types, and so many rows of nulls."""
    schema = pa.schema(list(types.items()))
    return _written(pa.table([pa.nulls(rows, field.type) for field in schema], schema=schema))


def _written(table: pa.Table) -> bytes:
    file = io.BytesIO()
    orc.write_table(table, file)
    return file.getvalue()


def _union() -> bytes:
    """Return a file with a column that holds integers and text."""
    children = [pa.array([1], pa.int32()), pa.array(["x"])]
    kinds, places = pa.array([0, 1], pa.int8()), pa.array([0, 0], pa.int32())
    return _written(pa.table({"a": pa.UnionArray.from_dense(kinds, places, children)}))


def _type(name: str, rule: str, arrow_type: pa.DataType, expected: str) -> Case:
    """Return a case of one column whose type matters."""
    return Case(f"orc-{name}", rule, {"data/f": orc_file(a=arrow_type)}, (_table(a=expected),))


def _table(**types: str) -> Table:
    return Table("data", columns(**types), classification="orc")


CASES = [
    _type("boolean", "5 stored Hive types: boolean", pa.bool_(), "boolean"),
    _type("tinyint", "5 stored Hive types: tinyint", pa.int8(), "tinyint"),
    _type("smallint", "5 stored Hive types: smallint", pa.int16(), "smallint"),
    _type("int", "5 stored Hive types: int", pa.int32(), "int"),
    _type("bigint", "5 stored Hive types: bigint", pa.int64(), "bigint"),
    _type("float", "5 stored Hive types: float", pa.float32(), "float"),
    _type("double", "5 stored Hive types: double", pa.float64(), "double"),
    _type("string", "5 stored Hive types: string", pa.string(), "string"),
    _type("binary", "5 stored Hive types: binary", pa.binary(), "binary"),
    _type("date", "5 stored Hive types: date", pa.date32(), "date"),
    _type("timestamp", "5 stored Hive types: timestamp", pa.timestamp("ns"), "timestamp"),
    _type("timestamp-local", "12 instants: timestamp", pa.timestamp("ns", "UTC"), "timestamp"),
    _type("decimal", "5 stored Hive types: decimal(p,s)", pa.decimal128(12, 3), "decimal(12,3)"),
    _type("array", "5 stored Hive types: array", pa.list_(pa.int16()), "array<smallint>"),
    _type("map", "5 stored Hive types: map", pa.map_(pa.string(), pa.string()), "map<string,string>"),
    _type(
        "struct",
        "5 stored Hive types: struct, inner names keep their case (3.2)",
        pa.struct([("MinX", pa.float32()), ("tags", pa.list_(pa.string()))]),
        "struct<MinX:float,tags:array<string>>",
    ),
    Case(
        "orc-union",
        "5 stored Hive types: uniontype",
        {"data/f": _union()},
        (_table(a="uniontype<int,string>"),),
    ),
    Case(
        "orc-layout",
        "5 the standard Hive trio; 2.6 figures: recordCount from the footer",
        {"data/f.json": orc_file(rows=5, Id=pa.int64(), at=pa.date32())},
        (
            Table(
                "data",
                columns(id="bigint", at="date"),
                classification="orc",
                serde=_SERDE,
                serde_parameters={},
                parameters={
                    "classification": "orc",
                    "compressionType": "none",
                    "typeOfData": "file",
                    "objectCount": "1",
                    "recordCount": "5",
                    "averageRecordSize": str(len(orc_file(rows=5, Id=pa.int64(), at=pa.date32())) // 5),
                },
            ),
        ),
    ),
    Case(
        "orc-evolution",
        "12 files of one folder make one schema: new columns at the end, the wider number",
        {
            "data/1": orc_file(a=pa.int32(), b=pa.string()),
            "data/2": orc_file(c=pa.bool_(), a=pa.int64()),
        },
        (_table(a="bigint", b="string", c="boolean"),),
    ),
]
