"""Avro: sections 2.2, 2.6 and 5 of the crawler reference, and 12 where AWS is silent."""

from __future__ import annotations

import io
import json
from typing import Any

import fastavro

from tests.unit.local_aws.engine.inference_cases.case import Case, Table, columns

_SERDE = "org.apache.hadoop.hive.serde2.avro.AvroSerDe"


def record(**types: Any) -> dict[str, Any]:
    """Return the schema of a record with fields of the given types."""
    fields = [{"name": name, "type": data_type} for name, data_type in types.items()]
    return {"type": "record", "name": "Order", "namespace": "shop", "fields": fields}


def avro(schema: Any, *rows: Any, codec: str = "null", sync_interval: int = 16_000) -> bytes:
    """Return a file with a schema and some records."""
    file = io.BytesIO()
    fastavro.writer(file, schema, rows, codec=codec, sync_interval=sync_interval, sync_marker=b"s" * 16)
    return file.getvalue()


def literal(schema: Any) -> str:
    """Return a schema as the table carries it."""
    return json.dumps(schema, separators=(",", ":"))


def _type(name: str, rule: str, avro_type: Any, expected: str) -> Case:
    """Return a case of one field whose type matters."""
    return Case(f"avro-{name}", rule, {"data/f": avro(record(a=avro_type))}, (_table(a=expected),))


def _table(**types: str) -> Table:
    return Table("data", columns(**types), classification="avro")


def _logical(beneath: str, logical_type: str, **more: Any) -> dict[str, Any]:
    return {"type": beneath, "logicalType": logical_type, **more}


_SIZE = {"type": "enum", "name": "Size", "symbols": ["S", "M"]}
_HASH = {"type": "fixed", "name": "Hash", "size": 4}
_ITEM = {"type": "record", "name": "Item", "fields": [{"name": "Sku", "type": "string"}]}
_NUMBERS = record(a="long")

CASES = [
    _type("int", "5 int: int", "int", "int"),
    _type("long", "5 long: bigint", "long", "bigint"),
    _type("float", "5 float: float", "float", "float"),
    _type("double", "5 double: double", "double", "double"),
    _type("boolean", "5 boolean: boolean", "boolean", "boolean"),
    _type("string", "5 string: string", "string", "string"),
    _type("bytes", "5 bytes: binary", "bytes", "binary"),
    _type("enum", "5 enum: string", _SIZE, "string"),
    _type("fixed", "5 fixed: binary", _HASH, "binary"),
    _type("array", "5 array: array<T>", {"type": "array", "items": "int"}, "array<int>"),
    _type("map", "5 map: map<string,T>", {"type": "map", "values": "double"}, "map<string,double>"),
    _type("record", "5 record: struct, inner names keep their case (3.2)", _ITEM, "struct<Sku:string>"),
    _type("null", "12 only nulls: string", "null", "string"),
    _type("nullable", "5 null-unions are stripped", ["null", "long"], "bigint"),
    _type(
        "nullable-last", "5 null-unions are stripped, wherever the null stands", ["string", "null"], "string"
    ),
    _type("union", "5 multi-type union: uniontype", ["null", "int", "string"], "uniontype<int,string>"),
    _type("date", "5 logical date: date", _logical("int", "date"), "date"),
    _type(
        "timestamp-millis",
        "5 logical timestamp-millis: timestamp",
        _logical("long", "timestamp-millis"),
        "timestamp",
    ),
    _type(
        "timestamp-micros",
        "12 a logical type Hive's SerDe does not know: the type beneath",
        _logical("long", "timestamp-micros"),
        "bigint",
    ),
    _type("time-millis", "12 no time of day in Hive: int", _logical("int", "time-millis"), "int"),
    _type("uuid", "12 uuid: the type beneath", _logical("string", "uuid"), "string"),
    _type(
        "decimal",
        "5 logical decimal: decimal(p,s)",
        ["null", _logical("bytes", "decimal", precision=20, scale=4)],
        "decimal(20,4)",
    ),
    _type(
        "decimal-in-fixed",
        "5 logical decimal: decimal(p,s), scale 0 if none is given",
        _logical("fixed", "decimal", name="Amount", size=8, precision=10),
        "decimal(10,0)",
    ),
    _type(
        "recursive",
        "12 a record inside itself: string at the second level",
        {
            "type": "record",
            "name": "Node",
            "fields": [{"name": "n", "type": "int"}, {"name": "next", "type": ["null", "Node"]}],
        },
        "struct<n:int,next:string>",
    ),
    Case(
        "avro-named-twice",
        "5 a type is defined once and named again",
        {"data/f": avro(record(a=_ITEM, b={"type": "array", "items": "Item"}))},
        (_table(a="struct<Sku:string>", b="array<struct<Sku:string>>"),),
    ),
    Case(
        "avro-layout",
        "5 formats and SerDe; the schema stands in the SerDe's and the table's parameters; 2.6 figures",
        {"data/f": avro(_NUMBERS, *[{"a": 1}] * 9, codec="deflate")},
        (
            Table(
                "data",
                columns(a="bigint"),
                classification="avro",
                serde=_SERDE,
                serde_parameters={"avro.schema.literal": literal(_NUMBERS), "serialization.format": "1"},
                parameters={
                    "avro.schema.literal": literal(_NUMBERS),
                    "classification": "avro",
                    "compressionType": "none",
                    "typeOfData": "file",
                    "objectCount": "1",
                    "recordCount": "9",
                },
            ),
        ),
    ),
    Case(
        "avro-many-blocks",
        "2.6 records are counted over all blocks of a small file",
        {"data/f": avro(_NUMBERS, *({"a": number} for number in range(1000)), sync_interval=100)},
        (Table("data", columns(a="bigint"), classification="avro", parameters={"recordCount": "1000"}),),
    ),
    Case(
        "avro-without-rows",
        "12 a file without records has a schema all the same",
        {"data/f": avro(_NUMBERS)},
        (
            Table(
                "data",
                columns(a="bigint"),
                classification="avro",
                parameters={"recordCount": "0", "averageRecordSize": "0"},
            ),
        ),
    ),
    Case(
        "avro-names",
        "3.2 columns are lower case, in the schema's order",
        {"data/f": avro(record(UserId="int", at="string"))},
        (_table(userid="int", at="string"),),
    ),
    Case(
        "avro-named-json",
        "2.3 the content decides, not the name",
        {"data/f.json": avro(_NUMBERS)},
        (_table(a="bigint"),),
    ),
    Case(
        "avro-evolution",
        "12 files of one folder make one schema that reads all of them",
        {"data/1": avro(record(a="int", b="string")), "data/2": avro(record(a="long", c="double"))},
        (
            Table(
                "data",
                columns(a="bigint", b="string", c="double"),
                classification="avro",
                parameters={
                    "avro.schema.literal": literal(
                        {
                            "type": "record",
                            "name": "shop.Order",
                            "fields": [
                                {"name": "a", "type": "long"},
                                {"name": "b", "type": ["null", "string"], "default": None},
                                {"name": "c", "type": ["null", "double"], "default": None},
                            ],
                        }
                    )
                },
            ),
        ),
    ),
    Case(
        "avro-no-record",
        "12 a schema that is no record makes no columns: UNKNOWN",
        {"data/f": avro("long", 1, 2)},
        (Table("data", (), classification="UNKNOWN"),),
    ),
]
