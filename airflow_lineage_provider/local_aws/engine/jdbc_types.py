"""
The column types of relational databases as the Data Catalog's.

Seen in tables AWS crawled: int, smallint, bigint, decimal(p,s), float, double, boolean, date, timestamp, and
string for text, uuid, json and enums. The rest follows the databases' JDBC drivers where that gives a type of
the catalog. Where neither tells, the choices are:

* ``numeric`` without a precision is ``decimal(38,18)``; a larger precision is cut to 38;
* times of day, intervals, ranges, money and network addresses are ``string``;
* an array is ``array<…>`` of its elements' type;
* of MySQL, ``tinyint(1)`` and ``bit(1)`` are ``boolean``, longer ``bit`` is ``binary``, ``year`` is ``int``,
  and an unsigned type is the next larger one (``bigint unsigned`` is ``decimal(20,0)``).

.. seealso:: PostgreSQL documentation, "Data Types"; MySQL Reference Manual, "Data Types".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from airflow_lineage_provider.local_aws.engine.schema import ArrayOf, DataType, Scalar, decimal

__all__ = ["mysql_type", "postgresql_type", "type_reader"]

_MAX_PRECISION = 38
_PLAIN_DECIMAL = decimal(_MAX_PRECISION, 18)

_TYPE = re.compile(
    r"(?P<name>[^\s(\[]+)\s*(?:\((?P<arguments>.*)\))?(?P<suffix>[\w ]*)(?P<array>(?:\[\])*)", re.DOTALL
)

_POSTGRESQL = {
    "bool": "boolean",
    "bytea": "binary",
    "date": "date",
    "float4": "float",
    "float8": "double",
    "int2": "smallint",
    "int4": "int",
    "int8": "long",
    "timestamp": "timestamp",
    "timestamptz": "timestamp",
}
_MYSQL = {
    "bigint": "long",
    "binary": "binary",
    "bit": "binary",
    "blob": "binary",
    "date": "date",
    "datetime": "timestamp",
    "double": "double",
    "float": "float",
    "int": "int",
    "longblob": "binary",
    "mediumblob": "binary",
    "mediumint": "int",
    "smallint": "smallint",
    "timestamp": "timestamp",
    "tinyblob": "binary",
    "tinyint": "tinyint",
    "varbinary": "binary",
    "year": "int",
}
_MYSQL_UNSIGNED = {
    "bigint": "decimal(20,0)",
    "int": "long",
    "smallint": "int",
    "tinyint": "smallint",
}


def type_reader(engine: str) -> Callable[[str], DataType]:
    """
    Return the function that reads a database's type texts.

    :param engine: ``postgresql`` or ``mysql``.
    """
    return _READERS[engine]


def postgresql_type(text: str) -> DataType:
    """Return the type for PostgreSQL's internal name of one, such as ``numeric(10,2)`` or ``int4[]``."""
    name, arguments, _, dimensions = _take_apart(text)
    if name == "numeric":
        data_type: DataType = _decimal(arguments)
    else:
        data_type = Scalar(_POSTGRESQL.get(name, "string"))
    for _ in range(dimensions):
        data_type = ArrayOf(data_type)
    return data_type


def mysql_type(text: str) -> DataType:
    """Return the type for a ``COLUMN_TYPE`` of MySQL, such as ``int(11) unsigned``."""
    name, arguments, suffix, _ = _take_apart(text.lower())
    if name == "decimal":
        return _decimal(arguments)
    if (name, arguments) in {("tinyint", "1"), ("bit", "1")}:
        return Scalar("boolean")
    if "unsigned" in suffix and name in _MYSQL_UNSIGNED:
        return Scalar(_MYSQL_UNSIGNED[name])
    return Scalar(_MYSQL.get(name, "string"))


def _take_apart(text: str) -> tuple[str, str, str, int]:
    """Return a type's name, what stands in and behind its parentheses, and how many ``[]`` it has."""
    match = _TYPE.fullmatch(text)
    if match is None:
        return text, "", "", 0
    return match["name"], match["arguments"] or "", match["suffix"], match["array"].count("[")


def _decimal(arguments: str) -> Scalar:
    """
    Return the decimal type for a precision and scale.

    PostgreSQL allows scales below 0 and above the precision; digits are added so that all values fit.
    """
    numbers = [int(number) for number in arguments.split(",") if number]
    if not numbers:
        return _PLAIN_DECIMAL
    precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else 0
    precision = max(precision - min(scale, 0), scale)
    precision, scale = min(precision, _MAX_PRECISION), min(max(scale, 0), _MAX_PRECISION)
    return decimal(precision, scale)


_READERS: Mapping[str, Callable[[str], DataType]] = {"mysql": mysql_type, "postgresql": postgresql_type}
