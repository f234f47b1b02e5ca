from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.engine.choices import without_choices
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import FoundPartition, FoundTable, Statistics
from airflow_lineage_provider.local_aws.engine.schema import (
    NOTHING,
    ArrayOf,
    DataType,
    MapOf,
    OneOf,
    Scalar,
    SetOf,
    StructOf,
)

_INT, _LONG, _DOUBLE, _STRING = Scalar("int"), Scalar("long"), Scalar("double"), Scalar("string")
_NUMBERS = OneOf((_DOUBLE, _LONG))
_MIXED = OneOf((_INT, _STRING))


class TestWithoutChoices:
    @pytest.mark.parametrize(
        "data_type, expected",
        [
            pytest.param(_NUMBERS, _DOUBLE, id="12 mixed numbers: double"),
            pytest.param(_MIXED, _STRING, id="12 string and other: string"),
            pytest.param(OneOf((_DOUBLE, _INT, _STRING)), _STRING, id="numbers and text"),
            pytest.param(OneOf((_STRING, StructOf((("a", _INT),)))), _STRING, id="object and text"),
            pytest.param(ArrayOf(_NUMBERS), ArrayOf(_DOUBLE), id="in an array"),
            pytest.param(SetOf(_NUMBERS), SetOf(_DOUBLE), id="in a set"),
            pytest.param(MapOf(_STRING, _MIXED), MapOf(_STRING, _STRING), id="in a map"),
            pytest.param(
                StructOf((("a", StructOf((("b", _MIXED),))),)),
                StructOf((("a", StructOf((("b", _STRING),))),)),
                id="in structs",
            ),
            pytest.param(NOTHING, NOTHING, id="nothing stays nothing"),
            pytest.param(_INT, _INT, id="one type stays as it is"),
        ],
    )
    def test_puts_one_type_in_the_place_of_a_mixture(self, data_type: DataType, expected: DataType) -> None:
        assert without_choices(data_type) == expected

    def test_holds_for_a_table_and_its_partitions(self) -> None:
        record = StructOf((("a", _MIXED),))
        partition = FoundPartition(("1",), "s3://b/1/", record, Statistics(), TableFormat("json"))
        table = FoundTable(
            "t", "s3://b/", TableFormat("json"), "none", record, Statistics(), ("k",), (partition,)
        )

        resolved = table.without_choices()

        assert resolved.record == StructOf((("a", _STRING),))
        assert [part.record for part in resolved.partitions] == [resolved.record]
