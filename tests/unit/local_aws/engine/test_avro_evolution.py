from __future__ import annotations

import io
import json
from typing import Any

import fastavro
import pytest

from airflow_lineage_provider.local_aws.engine.formats.avro_evolution import definitions_of, merged_literal

Rows = list[dict[str, Any]]


def record(*fields: dict[str, Any], name: str = "Order", **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name: str, data_type: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": data_type, **more}


def merged(left: Any, right: Any) -> Any:
    return json.loads(merged_literal(json.dumps(left), json.dumps(right)))


def read_as(reader: Any, writer: Any, *rows: dict[str, Any]) -> Rows:
    """Write rows with one schema and read them with another."""
    file = io.BytesIO()
    fastavro.writer(file, writer, rows)
    file.seek(0)
    return [row for row in fastavro.reader(file, reader_schema=reader) if isinstance(row, dict)]


ITEM = record(field("sku", "string"), name="Item", namespace="shop")


class TestMergedLiteral:
    @pytest.mark.parametrize(
        "left, right, expected",
        [
            pytest.param("int", "long", "long", id="integers are promoted"),
            pytest.param("double", "int", "double", id="numbers are promoted"),
            pytest.param(["null", "int"], "long", ["null", "long"], id="one may be null"),
            pytest.param("int", ["null", "int"], ["int", "null"], id="the other may be null"),
            pytest.param("int", "string", ["int", "string"], id="nothing in common"),
            pytest.param(
                {"type": "array", "items": "int"},
                {"type": "array", "items": "double"},
                {"type": "array", "items": "double"},
                id="arrays",
            ),
            pytest.param(
                {"type": "map", "values": "int"},
                {"type": "map", "values": ["null", "long"]},
                {"type": "map", "values": ["long", "null"]},
                id="maps",
            ),
            pytest.param(
                {"type": "enum", "name": "Size", "symbols": ["S", "M"]},
                {"type": "enum", "name": "Size", "symbols": ["M", "L"]},
                {"type": "enum", "name": "Size", "symbols": ["S", "M", "L"]},
                id="enums",
            ),
            pytest.param(
                {"type": "int", "logicalType": "date"},
                {"type": "int", "logicalType": "date"},
                {"type": "int", "logicalType": "date"},
                id="logical types",
            ),
        ],
    )
    def test_covers_both_types_of_a_field(self, left: Any, right: Any, expected: Any) -> None:
        schema = merged(record(field("a", left)), record(field("a", right)))

        assert schema["fields"][0]["type"] == expected

    def test_reads_the_files_of_both_schemas(self) -> None:
        left = record(field("id", "int"), field("item", ITEM), field("note", "string"))
        right = record(
            field("id", "long"),
            field(
                "item", record(field("sku", "string"), field("count", "int"), name="Item", namespace="shop")
            ),
            field("more", {"type": "array", "items": "shop.Item"}),
        )

        schema = merged(left, right)

        assert read_as(schema, left, {"id": 1, "item": {"sku": "a"}, "note": "n"}) == [
            {"id": 1, "item": {"sku": "a", "count": None}, "note": "n", "more": None}
        ]
        item = {"sku": "b", "count": 3}
        assert read_as(schema, right, {"id": 2**40, "item": item, "more": [item]}) == [
            {"id": 2**40, "item": item, "note": None, "more": [item]}
        ]

    def test_keeps_a_default_a_field_has(self) -> None:
        schema = merged(record(field("a", "int", default=5)), record(field("b", "string")))

        assert read_as(schema, record(field("b", "string")), {"b": "x"}) == [{"a": 5, "b": "x"}]

    def test_reads_records_inside_themselves(self) -> None:
        def node(*fields: dict[str, Any]) -> dict[str, Any]:
            return record(*fields, field("next", ["null", "Node"]), name="Node")

        left, right = node(field("n", "int")), node(field("n", "long"), field("label", "string"))

        schema = merged(left, right)

        inner = {"n": 2, "next": None}
        assert read_as(schema, left, {"n": 1, "next": inner}) == [
            {"n": 1, "label": None, "next": {**inner, "label": None}}
        ]

    def test_remembers_the_other_name_of_a_record(self) -> None:
        left, right = record(field("a", "int"), name="One"), record(field("b", "int"), name="Two")

        schema = merged(left, right)

        assert (schema["name"], schema["aliases"]) == ("One", ["Two"])
        assert read_as(schema, right, {"b": 1}) == [{"a": None, "b": 1}]

    def test_changes_nothing_where_both_are_the_same(self) -> None:
        schema = record(field("a", ["null", "int"], default=None), namespace="shop", doc="text")

        assert merged(schema, schema) == {**record(*schema["fields"], name="shop.Order"), "doc": "text"}

    @pytest.mark.parametrize(
        "left, right",
        [
            pytest.param(record(field("a", "int")), record(field("b", ITEM)), id="other fields"),
            pytest.param(record(field("a", "int")), record(field("a", "string")), id="other types"),
            pytest.param(
                record(field("a", ["null", ITEM], default=None), doc="left", namespace="n"),
                record(field("a", {"type": "array", "items": ITEM}, doc="right"), name="Other"),
                id="documented",
            ),
        ],
    )
    def test_does_not_change_when_merged_again(self, left: Any, right: Any) -> None:
        once = merged(left, right)

        assert merged(once, right) == once
        assert merged(once, left) == once


class TestDefinitionsOf:
    def test_takes_definitions_out_and_leaves_names(self) -> None:
        root, definitions = definitions_of(record(field("a", ITEM), field("b", ["null", "shop.Item"])))

        assert root == "Order"
        assert set(definitions) == {"Order", "shop.Item"}
        assert [inner["type"] for inner in definitions["Order"]["fields"]] == [
            "shop.Item",
            ["null", "shop.Item"],
        ]

    @pytest.mark.parametrize("schema", ["nothing", record(field("a", "nothing")), {"type": "record"}])
    def test_refuses_what_is_no_schema(self, schema: Any) -> None:
        with pytest.raises(ValueError, match="no Avro schema"):
            definitions_of(schema)
