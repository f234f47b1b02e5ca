"""JSON: sections 3 (layout, names, types) and 12 (choices where AWS is silent) of the crawler reference."""

from __future__ import annotations

from tests.unit.local_aws.engine.inference_cases.case import Case, Table, columns

_SERDE = "org.openx.data.jsonserde.JsonSerDe"


def _types(name: str, rule: str, content: str, **types: str) -> Case:
    """Return a case of one file whose types matter."""
    return Case(name, rule, {"data/f.json": content}, (Table("data", columns(**types)),))


CASES = [
    _types("integer", "3.3 integer within 32 bits: int", '{"a":2147483647}', a="int"),
    _types("negative-integer", "3.3 integer within 32 bits signed: int", '{"a":-2147483648}', a="int"),
    _types("long", "3.3 integer beyond 32 bits: bigint", '{"a":2147483648}', a="bigint"),
    _types("beyond-long", "12 integer beyond 64 bits: double", '{"a":9223372036854775808}', a="double"),
    _types("fraction", "3.3 number with a fraction: double", '{"a":1.5}', a="double"),
    _types("exponent", "3.3 number with an exponent: double", '{"a":1e3}', a="double"),
    _types("boolean", "3.3 true and false: boolean", '{"a":true}\n{"a":false}', a="boolean"),
    _types("string", "3.3 text: string", '{"a":"x"}', a="string"),
    _types("timestamp", "3.3 ISO timestamps are strings", '{"a":"2025-06-04T09:23:12Z"}', a="string"),
    _types("date", "3.3 dates are strings", '{"a":"2025-06-04"}', a="string"),
    _types("digits-in-text", "3.3 text of digits stays a string", '{"a":"42"}', a="string"),
    _types(
        "object",
        "3.2/3.3 object: struct in first-seen order, inner names keep their case",
        '{"a":{"OwningAccountId":"1","n":2}}',
        a="struct<OwningAccountId:string,n:int>",
    ),
    _types("array", "3.3 array: merged over the elements", '{"a":[1,3000000000]}', a="array<bigint>"),
    _types(
        "array-of-objects",
        "3.3 array of objects: struct of all fields",
        '{"a":[{"x":1},{"y":"z"}]}',
        a="array<struct<x:int,y:string>>",
    ),
    _types("nested-array", "3.3 arrays nest", '{"a":[[1],[2]]}', a="array<array<int>>"),
    _types("empty-array", "12 empty array: array<string>", '{"a":[]}', a="array<string>"),
    _types("empty-object", "12 empty object: string", '{"a":{}}', a="string"),
    _types("null", "12 only nulls: string", '{"a":null}', a="string"),
    _types("null-and-integer", "3.3 null mixed with T: T", '{"a":null}\n{"a":1}', a="int"),
    _types("int-and-long", "12 int and bigint: bigint", '{"a":1}\n{"a":3000000000}', a="bigint"),
    _types(
        "int-and-double",
        "3.3 int and double: choice struct, members by name",
        '{"a":1}\n{"a":1.5}',
        a="struct<double:double,int:int>",
    ),
    _types(
        "long-and-double",
        "3.3 double and bigint: choice struct with the JSON-side name long",
        '{"a":3000000000}\n{"a":1.5}',
        a="struct<double:double,long:bigint>",
    ),
    _types(
        "int-and-string",
        "3.3/12 string and number: choice struct",
        '{"a":1}\n{"a":"x"}',
        a="struct<int:int,string:string>",
    ),
    _types(
        "object-and-string",
        "3.3 mixed kinds: one member per kind",
        '{"a":{"b":1}}\n{"a":"x"}',
        a="struct<string:string,struct:struct<b:int>>",
    ),
    _types(
        "choice-in-array",
        "3.3 a choice may stand in an array",
        '{"a":[1,"x"]}',
        a="array<struct<int:int,string:string>>",
    ),
    _types("upper-case", "3.2 top-level columns are lower case", '{"UserId":1}', userid="int"),
    _types("first-seen-order", "3.2 order of first appearance", '{"b":1}\n{"a":1,"b":2}', b="int", a="int"),
    _types("case-collision", "12 case-colliding keys: the first stays", '{"A":1,"a":"x"}', a="int"),
    _types("concatenated", "3.1 objects one after the other", '{"a":1}{"a":2}', a="int"),
    _types(
        "pretty-printed",
        "3.1 one object over many lines",
        '{\n  "a": 1,\n  "b": "x"\n}\n',
        a="int",
        b="string",
    ),
    _types(
        "top-level-array",
        "3.1 a top-level array is one record with the column array",
        '[{"a":1},{"a":2}]',
        array="array<struct<a:int>>",
    ),
    Case(
        "json-layout",
        "3.1 SerDe paths: original case, sorted, comma-joined; 2.6 parameters",
        {"data/f": '{"b":1,"A":2}'},
        (
            Table(
                "data",
                columns(b="int", a="int"),
                serde=_SERDE,
                serde_parameters={"paths": "A,b"},
                parameters={
                    "classification": "json",
                    "compressionType": "none",
                    "typeOfData": "file",
                    "objectCount": "1",
                    "recordCount": "1",
                    "sizeKey": "13",
                    "averageRecordSize": "13",
                },
            ),
        ),
    ),
]
