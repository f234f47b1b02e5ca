"""
Parquet: the schema and the number of records, both from the file's footer.

Types follow the file's own (physical and logical) types and never the Arrow schema that some writers leave in
the metadata. Where the reference leaves a choice, it is Spark's, whose readers meet these tables:

* Unsigned integers take the next wider signed type, 64 bits ``decimal(20,0)``.
* Hive has no type for times of day, nanoseconds and decimals of more than 38 digits: they keep their physical
  one, ``int``, ``bigint`` or ``binary``. UUIDs, intervals and half-precision numbers are ``binary`` as well.
* A column that says it is always null counts as one where only nulls were seen.
* Names inside structs keep their case, as in JSON.

Files that differ make one schema: columns are added at the end, numbers take the wider type as Hive's Parquet
reader does, anything else becomes a choice. A file that is broken, encrypted in its footer or compressed as a
whole is not recognised: no engine that uses the table could read it. Encrypted columns behind a plain footer
are recognised.

.. seealso:: Apache Parquet, "Logical type definitions".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from airflow_lineage_provider.local_aws.engine.formats.arrow_files import read_or_none
from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.schema import (
    NOTHING,
    ArrayOf,
    DataType,
    MapOf,
    Scalar,
    StructOf,
    decimal,
    lower_cased,
)

__all__ = ["PARQUET_TABLE", "ParquetFormat"]

PARQUET_TABLE = TableFormat(
    classification="parquet",
    input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    serde_parameters=(("serialization.format", "1"),),
)

_MAGIC = b"PAR1"
_PHYSICAL = {
    "BOOLEAN": Scalar("boolean"),
    "INT32": Scalar("int"),
    "INT64": Scalar("long"),
    "INT96": Scalar("timestamp"),
    "FLOAT": Scalar("float"),
    "DOUBLE": Scalar("double"),
    "BYTE_ARRAY": Scalar("binary"),
    "FIXED_LEN_BYTE_ARRAY": Scalar("binary"),
}
_LOGICAL: dict[str, DataType] = {
    "STRING": Scalar("string"),
    "ENUM": Scalar("string"),
    "JSON": Scalar("string"),
    "DATE": Scalar("date"),
    "UNKNOWN": NOTHING,
}
_SIGNED = {8: Scalar("tinyint"), 16: Scalar("smallint"), 32: Scalar("int"), 64: Scalar("long")}
_UNSIGNED = {8: Scalar("smallint"), 16: Scalar("int"), 32: Scalar("long"), 64: decimal(20, 0)}
_MOST_DIGITS = 38


class ParquetFormat:
    """The built-in Parquet classifier."""

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample | None:
        """Read the footer, and nothing of the data."""
        del cancelled
        if source.compression != "none" or not source.head.startswith(_MAGIC):
            return None
        return read_or_none(source.rewound(), lambda raw: _read(raw, source.stored.size))


def _read(raw: BinaryIO, size: int) -> FileSample:
    """Return what the footer says."""
    from pyarrow.parquet import read_metadata

    footer = read_metadata(raw)
    return FileSample(
        format=PARQUET_TABLE,
        record=_record(footer.schema),
        records=footer.num_rows,
        size_bytes=size,
        complete=True,
        exact_records=footer.num_rows,
    )


def _record(schema: Any) -> StructOf:
    """Return the record type of a Parquet schema: Arrow shows how it nests, the leaves what they hold."""
    leaves = (schema.column(index) for index in range(len(schema)))
    fields = ((field.name, _nested(field.type, leaves)) for field in schema.to_arrow_schema())
    return lower_cased(StructOf(tuple(fields)))


def _nested(arrow_type: Any, leaves: Iterator[Any]) -> DataType:
    """Return one field's type, taking from ``leaves`` those that lie in it, in the file's order."""
    from pyarrow import BaseExtensionType, types

    if isinstance(arrow_type, BaseExtensionType):
        return _nested(arrow_type.storage_type, leaves)
    if types.is_struct(arrow_type):
        return StructOf(tuple((field.name, _nested(field.type, leaves)) for field in arrow_type))
    if types.is_map(arrow_type):
        return MapOf(_nested(arrow_type.key_type, leaves), _nested(arrow_type.item_type, leaves))
    if types.is_nested(arrow_type):
        return ArrayOf(_nested(arrow_type.value_type, leaves))
    return _leaf(next(leaves))


def _leaf(column: Any) -> DataType:
    """Return the type of one column of values."""
    logical, physical = column.logical_type.type, _PHYSICAL[column.physical_type]
    if logical in _LOGICAL:
        return _LOGICAL[logical]
    if logical == "DECIMAL":
        return decimal(column.precision, column.scale) if column.precision <= _MOST_DIGITS else physical
    if logical == "TIMESTAMP":
        return Scalar("timestamp") if _details(column)["timeUnit"] != "nanoseconds" else physical
    if logical == "INT":
        details = _details(column)
        return (_SIGNED if details["isSigned"] else _UNSIGNED)[details["bitWidth"]]
    return physical


def _details(column: Any) -> dict[str, Any]:
    """Return what the logical type says of itself."""
    details: dict[str, Any] = json.loads(column.logical_type.to_json())
    return details
