from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.engine.hive_types import add_new_fields


class TestAddNewFields:
    @pytest.mark.parametrize(
        "existing, found, expected",
        [
            pytest.param("int", "string", "int", id="a plain type stays"),
            pytest.param("struct<a:int>", "struct<b:int>", "struct<a:int,b:int>", id="a field is added"),
            pytest.param("struct<a:int>", "struct<a:string>", "struct<a:int>", id="no field is retyped"),
            pytest.param("struct<a:int>", "string", "struct<a:int>", id="no struct becomes text"),
            pytest.param(
                "array<struct<a:int>>",
                "array<struct<a:int,b:int>>",
                "array<struct<a:int,b:int>>",
                id="in arrays",
            ),
            pytest.param(
                "struct<s:struct<x:decimal(10,2)>>",
                "struct<s:struct<y:map<string,int>>>",
                "struct<s:struct<x:decimal(10,2),y:map<string,int>>>",
                id="commas inside types do not separate",
            ),
            pytest.param("map<string,int>", "map<string,bigint>", "map<string,int>", id="maps stay"),
            pytest.param(
                "map<string,struct<a:int>>",
                "map<int,struct<b:int>>",
                "map<string,struct<a:int,b:int>>",
                id="in the values of maps",
            ),
        ],
    )
    def test_keeps_what_is_there(self, existing: str, found: str, expected: str) -> None:
        assert add_new_fields(existing, found) == expected
