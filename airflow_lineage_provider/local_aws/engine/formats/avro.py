"""
Avro: the schema from the file's header, the number of records from the headers of its blocks.

Types are those of Hive's AvroSerDe, which reads these tables: unions with null are the type without it, other
unions are a ``uniontype``, logical types count where the SerDe knows them (``date``, ``timestamp-millis``,
``decimal``) and are the type beneath elsewhere. A record inside itself, which Hive cannot express, is
``string``; a file whose schema is no record is not recognised, nor is one that is broken in its header or
compressed as a whole.

The schema itself goes into the table as ``avro.schema.literal``. Where files differ it is a schema that reads
all of them, see :mod:`.avro_evolution`.

.. seealso:: Apache Avro specification, "Object Container Files"; Apache Hive, "AvroSerDe".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from airflow_lineage_provider.local_aws.engine.content import MEGABYTE
from airflow_lineage_provider.local_aws.engine.formats.avro_evolution import (
    Definitions,
    definitions_of,
    merged_literal,
)
from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.schema import (
    NOTHING,
    ArrayOf,
    DataType,
    MapOf,
    Scalar,
    StructOf,
    UnionOf,
    decimal,
    lower_cased,
)

__all__ = ["AvroFormat", "AvroTable", "avro_table"]

_LITERAL = "avro.schema.literal"

_MAGIC = b"Obj\x01"
_SYNC_BYTES = 16
_MOST_DIGITS = 38
_BROKEN = (ValueError, EOFError, LookupError, TypeError, RecursionError)
_PRIMITIVES: dict[str, DataType] = {
    "null": NOTHING,
    "boolean": Scalar("boolean"),
    "int": Scalar("int"),
    "long": Scalar("long"),
    "float": Scalar("float"),
    "double": Scalar("double"),
    "bytes": Scalar("binary"),
    "string": Scalar("string"),
    "fixed": Scalar("binary"),
    "enum": Scalar("string"),
}
_LOGICAL = {("int", "date"): Scalar("date"), ("long", "timestamp-millis"): Scalar("timestamp")}


@dataclass(frozen=True, slots=True)
class AvroTable(TableFormat):
    """Avro: the SerDe is given a schema that reads every file of the table."""

    def merged_with(self, other: TableFormat) -> TableFormat:
        """Return the format with a schema that reads the files of both."""
        mine, others = dict(self.parameters)[_LITERAL], dict(other.parameters)[_LITERAL]
        return self if mine == others else avro_table(merged_literal(mine, others))

    def merged_parameter(self, name: str, held: str, found: str) -> str:
        """Keep a schema that reads old and new files; one in the catalog that is none is replaced."""
        if name != _LITERAL or held == found:
            return found
        try:
            return merged_literal(held, found)
        except ValueError:
            return found


def avro_table(literal: str) -> AvroTable:
    """
    Return what the Data Catalog says of Avro data.

    :param literal: The schema as JSON text.
    """
    return AvroTable(
        classification="avro",
        input_format="org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
        serde="org.apache.hadoop.hive.serde2.avro.AvroSerDe",
        serde_parameters=((_LITERAL, literal), ("serialization.format", "1")),
        parameters=((_LITERAL, literal),),
    )


class AvroFormat:
    """The built-in Avro classifier."""

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample | None:
        """Read the header, and the lengths of the blocks in the first megabyte."""
        if source.compression != "none" or not source.head.startswith(_MAGIC):
            return None
        raw = source.rewound()
        try:
            schema = _read_schema(raw)
            record = _record(*definitions_of(schema))
        except _BROKEN:
            return None
        if record is None:
            return None
        blocks = _count_blocks(raw, cancelled)
        return FileSample(
            format=avro_table(json.dumps(schema, separators=(",", ":"), ensure_ascii=False)),
            record=record,
            records=blocks.records,
            size_bytes=blocks.size_bytes,
            complete=blocks.complete,
            exact_records=blocks.records if blocks.complete else None,
        )


def _read_schema(raw: BinaryIO) -> Any:
    """
    Read the header, and return the schema it holds.

    :raises ValueError: If it is not the header of an Avro file.
    """
    import fastavro
    from fastavro.schema import SchemaParseException

    try:
        return json.loads(fastavro.reader(raw).metadata["avro.schema"])
    except SchemaParseException as error:
        raise ValueError(f"no Avro schema: {error}") from error


@dataclass(frozen=True, slots=True)
class _Blocks:
    """How many records the blocks at the beginning hold and how long they are; whether that is the file."""

    records: int
    size_bytes: int
    complete: bool


def _count_blocks(raw: BinaryIO, cancelled: Callable[[], bool]) -> _Blocks:
    """Add up the blocks of the first megabyte, from the end of the header on, without reading any record."""
    start = raw.tell()
    raw.seek(start - _SYNC_BYTES)
    sync = raw.read(_SYNC_BYTES)
    records, position = 0, start
    while position - start < MEGABYTE and not cancelled():
        count = _read_long(raw)
        if count is None:
            return _Blocks(records, position - start, complete=True)
        size = _read_long(raw)
        if count < 0 or size is None or size < 0:
            break
        raw.seek(size, 1)
        if raw.read(_SYNC_BYTES) != sync:
            break
        records, position = records + count, raw.tell()
    return _Blocks(records, position - start, complete=False)


def _read_long(raw: BinaryIO) -> int | None:
    """Read one number in Avro's variable-length zig-zag form; ``None`` at the end of the file."""
    number, shift = 0, 0
    while byte := raw.read(1):
        number |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            return (number >> 1) ^ -(number & 1)
    return None


def _record(root: Any, definitions: Definitions) -> StructOf | None:
    """Return the record type of a file's schema; ``None`` if it is no record."""
    definition = definitions.get(root) if isinstance(root, str) else None
    if definition is None or "fields" not in definition:
        return None
    record = _data_type(root, definitions, ())
    return lower_cased(record) if isinstance(record, StructOf) else None


def _data_type(schema: Any, definitions: Definitions, inside: tuple[str, ...]) -> DataType:
    """
    Return the Hive type of an Avro type.

    :param inside: The records this type lies in, outermost first.
    """
    if isinstance(schema, list):
        options = [_data_type(option, definitions, inside) for option in schema if option != "null"]
        return options[0] if len(options) == 1 else UnionOf(tuple(options)) if options else NOTHING
    if isinstance(schema, str):
        if schema not in definitions:
            return _PRIMITIVES[schema]
        return _named(schema, definitions, inside)
    if schema["type"] == "array":
        return ArrayOf(_data_type(schema["items"], definitions, inside))
    if schema["type"] == "map":
        return MapOf(Scalar("string"), _data_type(schema["values"], definitions, inside))
    return _logical(schema)


def _named(name: str, definitions: Definitions, inside: tuple[str, ...]) -> DataType:
    """Return the type of a record, an enum or a fixed."""
    definition = definitions[name]
    if "fields" not in definition:
        return _logical(definition)
    if name in inside:
        return Scalar("string")
    fields = definition["fields"]
    return StructOf(
        tuple((field["name"], _data_type(field["type"], definitions, (*inside, name))) for field in fields)
    )


def _logical(schema: Mapping[str, Any]) -> DataType:
    """Return the type of a primitive or fixed that may carry a logical type."""
    beneath, logical = schema["type"], schema.get("logicalType")
    if (
        logical == "decimal"
        and beneath in ("bytes", "fixed")
        and 0 < schema.get("precision", 0) <= _MOST_DIGITS
    ):
        return decimal(schema["precision"], schema.get("scale", 0))
    return _LOGICAL.get((beneath, str(logical)), _PRIMITIVES[beneath])
