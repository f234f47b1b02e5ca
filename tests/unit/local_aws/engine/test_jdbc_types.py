"""Column types of databases; each case cites the rule of the crawler reference."""

from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.engine.jdbc_types import type_reader
from airflow_lineage_provider.local_aws.engine.schema import hive_type

_POSTGRESQL = [
    ("int2", "smallint", "6.2 int2"),
    ("int4", "int", "6.2 int4"),
    ("int8", "bigint", "6.2 int8"),
    ("numeric(10,2)", "decimal(10,2)", "6.2 numeric(p,s)"),
    ("numeric", "decimal(38,18)", "6.2 numeric"),
    ("numeric(5,0)", "decimal(5,0)", "numeric(p)"),
    ("numeric(100,40)", "decimal(38,38)", "numeric beyond 38 digits is cut"),
    ("numeric(3,-2)", "decimal(5,0)", "a scale below 0 makes more digits"),
    ("numeric(3,5)", "decimal(5,5)", "a scale above the precision, too"),
    ("float4", "float", "6.2 float4"),
    ("float8", "double", "6.2 float8"),
    ("bool", "boolean", "6.2 bool"),
    ("date", "date", "6.2 date"),
    ("timestamp", "timestamp", "6.2 timestamp"),
    ("timestamptz", "timestamp", "6.2 timestamptz"),
    ("time", "string", "time of day: chosen"),
    ("timetz", "string", "time of day with zone: chosen"),
    ("bytea", "binary", "6.2 bytea"),
    ("varchar", "string", "6.2 varchar"),
    ("bpchar", "string", "6.2 char"),
    ("text", "string", "6.2 text"),
    ("uuid", "string", "6.2 uuid"),
    ("json", "string", "6.2 json"),
    ("jsonb", "string", "6.2 jsonb"),
    ("mood", "string", "6.2 enum"),
    ("interval", "string", "6.2 others"),
    ("int4range", "string", "6.2 others: no prefix of a name counts"),
    ("money", "string", "6.2 others"),
    ("my type", "string", "a name with a space"),
    ("int4[]", "array<int>", "6.2 arrays: chosen"),
    ("numeric(10,2)[]", "array<decimal(10,2)>", "arrays of decimals"),
    ("text[][]", "array<array<string>>", "arrays of arrays"),
]
_MYSQL = [
    ("int(11)", "int", "6.2 int"),
    ("int", "int", "6.2 int as MySQL 8 writes it"),
    ("bigint(20)", "bigint", "6.2 bigint"),
    ("smallint(6)", "smallint", "6.2 smallint"),
    ("mediumint(9)", "int", "mediumint"),
    ("tinyint(4)", "tinyint", "tinyint"),
    ("tinyint(1)", "boolean", "the driver's boolean"),
    ("bit(1)", "boolean", "one bit"),
    ("bit(8)", "binary", "several bits"),
    ("tinyint(3) unsigned", "smallint", "unsigned tinyint"),
    ("smallint(5) unsigned", "int", "unsigned smallint"),
    ("mediumint(8) unsigned", "int", "unsigned mediumint"),
    ("int(10) unsigned", "bigint", "unsigned int"),
    ("int unsigned", "bigint", "unsigned int as MySQL 8 writes it"),
    ("bigint(20) unsigned zerofill", "decimal(20,0)", "unsigned bigint"),
    ("decimal(10,2)", "decimal(10,2)", "6.2 decimal(p,s)"),
    ("decimal(10,2) unsigned", "decimal(10,2)", "unsigned decimal"),
    ("decimal(65,30)", "decimal(38,30)", "decimal beyond 38 digits is cut"),
    ("float", "float", "6.2 float"),
    ("float(7,3)", "float", "float with digits"),
    ("double unsigned", "double", "6.2 double"),
    ("date", "date", "6.2 date"),
    ("datetime(6)", "timestamp", "6.2 datetime"),
    ("timestamp", "timestamp", "6.2 timestamp"),
    ("time", "string", "time of day: chosen"),
    ("year(4)", "int", "year: chosen"),
    ("varchar(10)", "string", "6.2 varchar"),
    ("char(3)", "string", "6.2 char"),
    ("longtext", "string", "6.2 text"),
    ("enum('a(1)','int')", "string", "6.2 enum"),
    ("set('x','y')", "string", "6.2 others"),
    ("json", "string", "6.2 json"),
    ("longblob", "binary", "blobs"),
    ("varbinary(10)", "binary", "varbinary"),
    ("geometry", "string", "6.2 others"),
    ("uuid", "string", "6.2 uuid"),
    ("INT(11)", "int", "case does not count"),
]


class TestTypes:
    @pytest.mark.parametrize(
        "text, expected", [pytest.param(text, hive, id=rule) for text, hive, rule in _POSTGRESQL]
    )
    def test_of_postgresql(self, text: str, expected: str) -> None:
        assert hive_type(type_reader("postgresql")(text)) == expected

    @pytest.mark.parametrize(
        "text, expected", [pytest.param(text, hive, id=rule) for text, hive, rule in _MYSQL]
    )
    def test_of_mysql(self, text: str, expected: str) -> None:
        assert hive_type(type_reader("mysql")(text)) == expected
