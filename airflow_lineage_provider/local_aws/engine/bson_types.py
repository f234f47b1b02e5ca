"""
The types of MongoDB's values as the Data Catalog's.

No table that AWS crawled from MongoDB is public, so all of it is chosen: what there is a type of the catalog
for is that type; an ObjectId is ``struct<oid:string>``, as Spark's connector reads it; ``decimal128`` is
``decimal(38,18)``; regular expressions, JavaScript, MinKey and MaxKey are ``string``; a DBRef is a struct of
its parts. Values of several types make a choice, as in JSON.

.. seealso:: BSON specification 1.1; MongoDB Manual, "BSON Types".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from airflow_lineage_provider.local_aws.engine.schema import (
    NOTHING,
    ArrayOf,
    DataType,
    Scalar,
    StructOf,
    merge_all,
)

__all__ = ["infer_bson"]

_OBJECT_ID = StructOf((("oid", Scalar("string")),))
_BY_NAME: Mapping[str, DataType] = {
    "Binary": Scalar("binary"),
    "DatetimeMS": Scalar("timestamp"),
    "Decimal128": Scalar("decimal(38,18)"),
    "Int64": Scalar("long"),
    "ObjectId": _OBJECT_ID,
    "Timestamp": Scalar("timestamp"),
    "UUID": Scalar("binary"),
}


def infer_bson(value: object) -> DataType:
    """
    Return the type of one value, decoded by pymongo's ``bson``.

    pymongo's own types are told by their names, so that nothing of it is imported here: ``Int64`` is an
    ``int`` and ``Binary`` are ``bytes`` as well.
    """
    named = _BY_NAME.get(type(value).__name__)
    if named is not None:
        return named
    match value:
        case None:
            return NOTHING
        case bool():
            return Scalar("boolean")
        case int():
            return Scalar("int")
        case float():
            return Scalar("double")
        case bytes():
            return Scalar("binary")
        case datetime():
            return Scalar("timestamp")
        case Mapping():
            return StructOf(tuple((str(name), infer_bson(item)) for name, item in value.items()))
        case list():
            return ArrayOf(merge_all(infer_bson(item) for item in value))
        case _:
            return _reference(value) if type(value).__name__ == "DBRef" else Scalar("string")


def _reference(value: object) -> DataType:
    """Return the type of a DBRef: the collection's name, the other document's id, the database's name."""
    parts = {"ref": "collection", "id": "id", "db": "database"}
    fields = {name: infer_bson(getattr(value, attribute, None)) for name, attribute in parts.items()}
    return StructOf(tuple((name, field) for name, field in fields.items() if field != NOTHING))
