from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.engine.content import MEGABYTE
from airflow_lineage_provider.local_aws.engine.json_format import (
    JsonSample,
    MalformedJsonError,
    read_json,
    starts_like_json,
)
from airflow_lineage_provider.local_aws.engine.schema import columns_of


def read(text: str | bytes) -> JsonSample:
    return read_json(io.BytesIO(text.encode() if isinstance(text, str) else text))


def columns(text: str) -> dict[str, str]:
    return dict(columns_of(read(text).record)[0])


class TestLayouts:
    @pytest.mark.parametrize(
        "text, records",
        [
            pytest.param('{"a":1}\n{"a":2}\n', 2, id="3.1 one object per line"),
            pytest.param('{"a":1}\r\n{"a":2}', 2, id="3.1 lines ended by CR LF, no newline at the end"),
            pytest.param('{"a":1}{"a":2}{"a":3}', 3, id="3.1 concatenated"),
            pytest.param('{\n  "a": 1\n}\n', 1, id="3.1 pretty-printed"),
            pytest.param('{\n  "a": 1\n}\n{\n  "a": 2\n}', 2, id="3.1 several pretty-printed"),
            pytest.param('\ufeff{"a":1}', 1, id="a byte order mark is no data"),
            pytest.param("\n\n", 0, id="2.2 nothing contributes nothing"),
        ],
    )
    def test_reads_records(self, text: str, records: int) -> None:
        assert read(text).records == records

    def test_reads_a_top_level_array_as_one_record_with_the_column_array(self) -> None:
        sample = read('[{"A":1},{"A":2,"b":"x"}]')

        assert sample.records == 1
        assert columns_of(sample.record)[0] == (("array", "array<struct<A:int,b:string>>"),)

    def test_counts_the_whole_file_where_it_was_read_to_the_end(self) -> None:
        sample = read('{"a":1}\n{"a":2}\n')

        assert (sample.complete, sample.size_bytes) == (True, 16)


class TestTypes:
    @pytest.mark.parametrize(
        "values, expected",
        [
            pytest.param("1", "int", id="3.3 integer"),
            pytest.param("2147483647", "int", id="3.3 largest 32-bit integer"),
            pytest.param("2147483648", "bigint", id="3.3 beyond 32 bits"),
            pytest.param("-2147483648", "int", id="3.3 smallest 32-bit integer"),
            pytest.param("-2147483649", "bigint", id="3.3 below 32 bits"),
            pytest.param("9223372036854775807", "bigint", id="3.3 largest 64-bit integer"),
            pytest.param("9223372036854775808", "double", id="12 beyond 64 bits"),
            pytest.param("1.5", "double", id="3.3 fraction"),
            pytest.param("1e3", "double", id="3.3 exponent"),
            pytest.param("1.0", "double", id="3.3 a fraction of zero is a fraction"),
            pytest.param("true", "boolean", id="3.3 boolean"),
            pytest.param('"2025-06-04T09:23:12Z"', "string", id="3.3 a timestamp is text"),
            pytest.param('"1"', "string", id="3.3 a number in quotes is text"),
            pytest.param('""', "string", id="3.3 empty text"),
            pytest.param("null", "string", id="12 only nulls"),
            pytest.param("null 1", "int", id="3.3 null with T"),
            pytest.param("[]", "array<string>", id="12 empty array"),
            pytest.param("[] [1]", "array<int>", id="an empty array with a filled one"),
            pytest.param("[1,2]", "array<int>", id="3.3 array"),
            pytest.param("[1,null]", "array<int>", id="3.3 null in an array"),
            pytest.param("[1,2.5]", "array<struct<double:double,int:int>>", id="3.3 choice in an array"),
            pytest.param('[{"a":1},{"b":true}]', "array<struct<a:int,b:boolean>>", id="3.3 array of objects"),
            pytest.param("{}", "string", id="12 empty object"),
            pytest.param('{} {"a":1}', "struct<a:int>", id="an empty object with a filled one"),
            pytest.param('{"Zz":1,"aA":"x"}', "struct<Zz:int,aA:string>", id="3.2 case and order inside"),
            pytest.param('{"a":{"b":[1]}}', "struct<a:struct<b:array<int>>>", id="3.3 nested"),
            pytest.param("1 2147483648", "bigint", id="12 int with bigint"),
            pytest.param("1 1.5", "struct<double:double,int:int>", id="12 int with double"),
            pytest.param("1.5 1", "struct<double:double,int:int>", id="12 order by type name"),
            pytest.param("1.5 2147483648", "struct<double:double,long:bigint>", id="3.3 double with bigint"),
            pytest.param('1 "x"', "struct<int:int,string:string>", id="12 string with number"),
            pytest.param('true "x"', "struct<boolean:boolean,string:string>", id="3.3 boolean with string"),
            pytest.param('1 1.5 "x"', "struct<double:double,int:int,string:string>", id="3.3 three kinds"),
            pytest.param(
                '[1] {"a":2}', "struct<array:array<int>,struct:struct<a:int>>", id="3.3 array with object"
            ),
            pytest.param(
                '{"a":1} "x"', "struct<string:string,struct:struct<a:int>>", id="3.3 object with text"
            ),
        ],
    )
    def test_are_inferred_over_all_records(self, values: str, expected: str) -> None:
        text = "\n".join(f'{{"v":{value}}}' for value in values.split(" "))

        assert columns(text) == {"v": expected}

    def test_of_columns_stand_in_the_order_of_first_appearance(self) -> None:
        assert list(columns('{"Zed":1,"a":2}\n{"M":3,"a":4}')) == ["zed", "a", "m"]

    @given(st.lists(st.dictionaries(st.text("abc", min_size=1, max_size=2), st.integers()), min_size=1))
    def test_do_not_depend_on_the_layout(self, records: list[dict[str, int]]) -> None:
        lines = "\n".join(json.dumps(record) for record in records)
        pretty = "\n".join(json.dumps(record, indent=2) for record in records)
        joined = "".join(json.dumps(record) for record in records)

        assert read(lines).record == read(pretty).record == read(joined).record


class TestSampling:
    def test_stops_after_the_first_megabyte(self) -> None:
        line = json.dumps({"a": "x" * 1000}) + "\n"

        sample = read(line * 2000 + '{"late":1}')

        assert sample.complete is False
        assert sample.records == MEGABYTE // len(line)
        assert sample.size_bytes == sample.records * len(line)
        assert columns_of(sample.record)[0] == (("a", "string"),)

    def test_reads_on_where_the_first_megabyte_holds_no_complete_record(self) -> None:
        sample = read(json.dumps({"a": "x" * 2 * MEGABYTE}))

        assert sample.records == 1

    def test_gives_up_after_ten_megabytes(self) -> None:
        with pytest.raises(MalformedJsonError, match="first 10 MB"):
            read('{"a":"' + "x" * 11 * MEGABYTE)

    def test_does_not_mind_a_character_cut_in_two(self) -> None:
        filler = '{"a":"' + "ä" * (MEGABYTE // 2 - 10) + '"}\n{"b":"ää'

        assert read(filler + "ä" * 100 + '"}').records == 1

    def test_does_not_mind_where_a_record_is_cut(self) -> None:
        record = '{"k":[-1.5e+10,true,null,"\\u00e9 x"],"m":{}}'
        for length in range(len(record)):
            filler = '{"a":"' + "x" * (MEGABYTE - length - 8) + '"}'

            assert read(filler + record + "x" * 10).records == 1

    def test_refuses_what_is_broken_before_the_cut(self) -> None:
        with pytest.raises(MalformedJsonError):
            read('{"a":1}\n{"a"}\n' + '{"a":1}\n' * MEGABYTE)

    def test_ends_early_when_cancelled(self) -> None:
        sample = read_json(io.BytesIO(b'{"a":"' + b"x" * 5 * MEGABYTE), cancelled=lambda: True)

        assert sample.records == 0


class TestMalformed:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('{"a":1}\n{"a":', id="broken last record"),
            pytest.param('{"a":1},{"a":2}', id="commas between records"),
            pytest.param('{"a":NaN}', id="NaN"),
            pytest.param("{'a':1}", id="single quotes"),
            pytest.param('{"a":1}\n7', id="a bare number among records"),
            pytest.param("[" * 100_000, id="nested without end"),
            pytest.param(f"{'[' * 5000}{']' * 5000}", id="nested too deeply"),
        ],
    )
    def test_is_refused(self, text: str) -> None:
        with pytest.raises(MalformedJsonError):
            read(text)

    def test_is_refused_when_not_utf_8(self) -> None:
        with pytest.raises(MalformedJsonError, match="not UTF-8"):
            read(b'{"a":"\xff"}')


class TestStartsLikeJson:
    @pytest.mark.parametrize("head", [b"{", b" \n[", b'\xef\xbb\xbf{"a"'])
    def test_sees_objects_and_arrays(self, head: bytes) -> None:
        assert starts_like_json(head)

    @pytest.mark.parametrize("head", [b"1,2", b'"text"', b"a,b\n1,2", b"PAR1"])
    def test_does_not_take_anything_else(self, head: bytes) -> None:
        assert not starts_like_json(head)
