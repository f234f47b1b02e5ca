"""
ORC: the schema and the number of records, both from the file's footer.

Columns have the Hive types the file was written with, but for those that Glue's own types do not know:
``char`` and ``varchar`` are ``string``, as in tables of databases, ``timestamp with local time zone`` is
``timestamp``. Several files make one schema as with Parquet. A file that is broken or compressed as a
whole is not recognised.

.. seealso:: Apache ORC, "ORC specification v1" (types).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from airflow_lineage_provider.local_aws.engine.formats.arrow_files import read_or_none
from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.schema import (
    ArrayOf,
    DataType,
    MapOf,
    Scalar,
    StructOf,
    UnionOf,
    decimal,
    lower_cased,
)

__all__ = ["ORC_TABLE", "OrcFormat"]

ORC_TABLE = TableFormat(
    classification="orc",
    input_format="org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
    output_format="org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
    serde="org.apache.hadoop.hive.ql.io.orc.OrcSerde",
)

_MAGIC = b"ORC"
_SCALARS = {
    "bool": Scalar("boolean"),
    "int8": Scalar("tinyint"),
    "int16": Scalar("smallint"),
    "int32": Scalar("int"),
    "int64": Scalar("long"),
    "float": Scalar("float"),
    "double": Scalar("double"),
    "string": Scalar("string"),
    "binary": Scalar("binary"),
    "date32[day]": Scalar("date"),
}


class OrcFormat:
    """The built-in ORC classifier."""

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample | None:
        """Read the footer, and nothing of the data."""
        del cancelled
        if source.compression != "none" or not source.head.startswith(_MAGIC):
            return None
        return read_or_none(source.rewound(), lambda raw: _read(raw, source.stored.size))


def _read(raw: BinaryIO, size: int) -> FileSample:
    """Return what the footer says."""
    from pyarrow.orc import ORCFile

    footer = ORCFile(raw)
    return FileSample(
        format=ORC_TABLE,
        record=lower_cased(_struct(footer.schema)),
        records=footer.nrows,
        size_bytes=size,
        complete=True,
        exact_records=footer.nrows,
    )


def _struct(fields: Any) -> StructOf:
    """Return the type of a file's columns or of a struct's fields."""
    return StructOf(tuple((field.name, _data_type(field.type)) for field in fields))


def _data_type(arrow_type: Any) -> DataType:
    """Return the Hive type behind an Arrow type that was read from an ORC file."""
    from pyarrow import types

    if types.is_struct(arrow_type):
        return _struct(arrow_type)
    if types.is_map(arrow_type):
        return MapOf(_data_type(arrow_type.key_type), _data_type(arrow_type.item_type))
    if types.is_union(arrow_type):
        fields = (arrow_type.field(index) for index in range(arrow_type.num_fields))
        return UnionOf(tuple(_data_type(field.type) for field in fields))
    if types.is_list(arrow_type):
        return ArrayOf(_data_type(arrow_type.value_type))
    if types.is_decimal(arrow_type):
        return decimal(arrow_type.precision, arrow_type.scale)
    if types.is_timestamp(arrow_type):
        return Scalar("timestamp")
    return _SCALARS[str(arrow_type)]
