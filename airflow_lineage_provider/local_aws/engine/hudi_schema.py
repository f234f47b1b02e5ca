"""
The Avro schema of a Hudi table as fields with the catalog's types.

.. seealso:: Apache Hudi 0.14, ``HiveSchemaUtil`` (types), with timestamps as AWS's crawlers show them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.local_aws.engine.schema import (
    NOTHING,
    ArrayOf,
    DataType,
    MapOf,
    Scalar,
    StructOf,
    decimal,
)

__all__ = ["HudiField", "avro_fields"]

_SCALARS = {"bytes": "binary", "enum": "string", "fixed": "binary"}
_LOGICAL = {"date": Scalar("date"), "timestamp-micros": Scalar("timestamp")}


@dataclass(frozen=True, slots=True)
class HudiField:
    """One field of a table; ``doc`` is empty where the schema has none."""

    name: str
    type: DataType
    doc: str = ""


def avro_fields(text: str) -> tuple[HudiField, ...]:
    """
    Return the fields of an Avro record.

    :param text: The schema as JSON.
    :raises ValueError: If it is no Avro record.
    """
    from fastavro.schema import SchemaParseException, expand_schema

    try:
        # A schema may use a named type again by its name; expanded, it is written out everywhere.
        schema = expand_schema(json.loads(text))
        if not isinstance(schema, dict) or schema.get("type") != "record":
            raise ValueError("its schema is no Avro record")
        return tuple(_field(field) for field in schema["fields"])
    except (SchemaParseException, LookupError, TypeError, AttributeError) as error:
        raise ValueError("its schema is no Avro schema") from error


def _field(field: dict[str, Any]) -> HudiField:
    return HudiField(str(field["name"]), _type(field["type"]), str(field.get("doc") or ""))


def _type(schema: Any) -> DataType:
    if isinstance(schema, list):
        return next((_type(option) for option in schema if option != "null"), NOTHING)
    if isinstance(schema, str):
        return Scalar(_SCALARS.get(schema, schema))
    match schema["type"]:
        case "record":
            return StructOf(tuple((str(field["name"]), _type(field["type"])) for field in schema["fields"]))
        case "array":
            return ArrayOf(_type(schema["items"]))
        case "map":
            return MapOf(Scalar("string"), _type(schema["values"]))
        case _ if schema.get("logicalType") == "decimal":
            return decimal(schema["precision"], schema.get("scale", 0))
        case other:
            return _LOGICAL.get(schema.get("logicalType", ""), _type(other))
