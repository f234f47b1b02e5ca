from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidArgumentError, InvalidIdentifierError
from airflow_lineage_provider.lineage.graph import Field
from airflow_lineage_provider.lineage.schema_compat import (
    MODES,
    HiveType,
    incompatibilities,
    is_widening,
    parse_hive_type,
)

_plain = st.sampled_from(
    [
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "string",
        "boolean",
        "date",
        "timestamp",
        "binary",
    ]
).map(HiveType)
_sized = st.builds(HiveType, st.sampled_from(["varchar", "char"]), st.tuples(st.integers(1, 99))) | st.builds(
    HiveType, st.just("decimal"), st.tuples(st.integers(5, 38), st.integers(0, 5))
)
_labels = st.text(alphabet="abc:, `<>$-é", min_size=1, max_size=5)


def _nested(inner: Any) -> Any:
    struct = st.lists(
        st.tuples(_labels, inner), min_size=1, max_size=3, unique_by=lambda each: each[0].lower()
    )
    return (
        st.builds(lambda part: HiveType("array", (), (part,)), inner)
        | st.builds(lambda key, value: HiveType("map", (), (key, value)), inner, inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: HiveType("uniontype", (), tuple(parts)))
        | struct.map(
            lambda pairs: HiveType(
                "struct", (), tuple(p for _, p in pairs), tuple(label for label, _ in pairs)
            )
        )
    )


hive_types = st.recursive(_plain | _sized, _nested, max_leaves=6)
schemas = st.lists(
    st.builds(Field, st.sampled_from("abcd"), hive_types.map(str)),
    max_size=4,
    unique_by=lambda field: field.name,
)


class TestParsing:
    @given(hive_types)
    def test_reads_what_a_type_prints(self, hive_type: Any) -> None:
        assert parse_hive_type(str(hive_type)) == hive_type

    @pytest.mark.parametrize(
        "text, expected",
        [
            ("INT", "int"),
            ("integer", "int"),
            ("double  precision", "double"),
            ("decimal", "decimal(10,0)"),
            ("numeric( 5 )", "decimal(5,0)"),
            (" struct < a : int , B : array < string > > ", "struct<a:int,B:array<string>>"),
            ("struct<first name:string,$oid:varchar(10)>", "struct<`first name`:string,$oid:varchar(10)>"),
            ("struct< `a``b:c` :int>", "struct<`a``b:c`:int>"),
            ("timestamp with local time zone", "timestamp with local time zone"),
        ],
    )
    def test_levels_out_spelling(self, text: Any, expected: Any) -> None:
        found = parse_hive_type(text)

        assert str(found) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "array",
            "array<int",
            "array<>",
            "array<int,int>",
            "map<int>",
            "struct<>",
            "struct<a>",
            "struct<:int>",
            "struct<`a:int>",
            "struct<a:int;b:int>",
            "int)",
            "int<a>",
            "decimal(",
            "decimal(x)",
            "decimal(1;2)",
            "decimal(1",
            "decimal(-1)",
            "decimal(²)",
            "array<" * 200 + "int" + ">" * 200,
        ],
    )
    def test_refuses_what_is_no_type(self, text: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match="a Hive type"):
            parse_hive_type(text)

    def test_takes_deep_types(self) -> None:
        text = "array<" * 90 + "int" + ">" * 90

        assert str(parse_hive_type(text)) == text


WIDER = [
    ("tinyint", "smallint"),
    ("tinyint", "bigint"),
    ("smallint", "int"),
    ("int", "bigint"),
    ("smallint", "float"),
    ("int", "double"),
    ("float", "double"),
    ("int", "decimal(10,0)"),
    ("bigint", "decimal(21,2)"),
    ("decimal(5,2)", "decimal(7,3)"),
    ("decimal(5,2)", "decimal(5,2)"),
    ("varchar(5)", "varchar(6)"),
    ("char(5)", "char(6)"),
    ("varchar(5)", "string"),
    ("char(5)", "string"),
    ("array<int>", "array<bigint>"),
    ("map<string,int>", "map<string,bigint>"),
    ("struct<a:int>", "struct<A:bigint,b:string>"),
    ("struct<a:int,b:string>", "struct<b:string,a:int>"),
    ("uniontype<int,string>", "uniontype<bigint,string>"),
    ("array<struct<a:array<int>>>", "array<struct<a:array<bigint>,b:int>>"),
]
NOT_WIDER = [
    ("bigint", "double"),
    ("int", "float"),
    ("bigint", "float"),
    ("int", "decimal(9,0)"),
    ("double", "decimal(38,10)"),
    ("decimal(5,2)", "decimal(5,1)"),
    ("decimal(5,2)", "decimal(6,4)"),
    ("decimal(5,2)", "double"),
    ("varchar(5)", "char(9)"),
    ("varchar", "varchar(9)"),
    ("string", "varchar(9)"),
    ("int", "string"),
    ("string", "int"),
    ("date", "timestamp"),
    ("date", "string"),
    ("boolean", "int"),
    ("array<int>", "int"),
    ("int", "array<int>"),
    ("array<int>", "array<string>"),
    ("struct<a:int,b:int>", "struct<a:int>"),
    ("struct<a:int>", "struct<a:string>"),
    ("uniontype<int>", "uniontype<int,string>"),
    ("map<string,bigint>", "map<string,int>"),
    ("array<int>", "uniontype<int>"),
]


class TestWidening:
    @pytest.mark.parametrize("before, after", WIDER)
    def test_loses_nothing(self, before: Any, after: Any) -> None:
        assert is_widening(parse_hive_type(before), parse_hive_type(after))

    @pytest.mark.parametrize("before, after", NOT_WIDER)
    def test_is_refused_where_something_could_be_lost(self, before: Any, after: Any) -> None:
        assert not is_widening(parse_hive_type(before), parse_hive_type(after))

    @given(hive_types)
    def test_holds_for_a_type_and_itself(self, hive_type: Any) -> None:
        assert is_widening(hive_type, hive_type)

    @given(hive_types, hive_types, hive_types)
    def test_can_be_chained(self, one: Any, two: Any, three: Any) -> None:
        if is_widening(one, two) and is_widening(two, three):
            assert is_widening(one, three)


def fields(**types: Any) -> Any:
    """Return fields by name and type."""
    return [Field(name, type_) for name, type_ in types.items()]


class TestIncompatibilities:
    before = fields(id="int", name="string")

    @pytest.mark.parametrize(
        "after, backward, forward",
        [
            pytest.param(fields(id="int", name="string"), [], [], id="the same"),
            pytest.param(fields(name="string", id="int"), [], [], id="another order"),
            pytest.param(
                fields(id="int", name="string", new="date"), [], ["column 'new' was added"], id="added"
            ),
            pytest.param(fields(id="int"), ["column 'name' was removed"], [], id="removed"),
            pytest.param(
                fields(id="bigint", name="string"),
                [],
                ["column 'id' changed from int to bigint"],
                id="widened",
            ),
            pytest.param(
                fields(id="smallint", name="string"),
                ["column 'id' changed from int to smallint"],
                [],
                id="narrowed",
            ),
            pytest.param(
                fields(id="date", name="string"),
                ["column 'id' changed from int to date"],
                ["column 'id' changed from int to date"],
                id="another type",
            ),
            pytest.param(
                fields(id="int", Name="string"),
                ["column 'name' was removed"],
                ["column 'Name' was added"],
                id="another case",
            ),
            pytest.param(
                fields(id="int", name=""),
                ["column 'name' changed from string to no type"],
                ["column 'name' changed from string to no type"],
                id="type no longer known",
            ),
        ],
    )
    def test_are_what_the_mode_does_not_allow(self, after: Any, backward: Any, forward: Any) -> None:
        assert list(incompatibilities(self.before, after)) == backward
        assert list(incompatibilities(self.before, after, mode="FORWARD")) == forward
        assert set(incompatibilities(self.before, after, mode="FULL")) == {*backward, *forward}

    def test_of_types_that_are_none_are_judged_by_their_text(self) -> None:
        assert incompatibilities(fields(a="??<"), fields(a="??<"), mode="FULL") == ()
        assert incompatibilities(fields(a="??<"), fields(a="??>")) == ("column 'a' changed from ??< to ??>",)

    def test_of_an_unknown_mode_are_refused(self) -> None:
        with pytest.raises(InvalidArgumentError, match="BACKWARD, FORWARD, FULL"):
            incompatibilities([], [], mode="NONE")

    @pytest.mark.parametrize("mode", MODES)
    @given(schema=schemas)
    def test_of_a_schema_with_itself_are_none(self, mode: Any, schema: Any) -> None:
        assert incompatibilities(schema, schema, mode=mode) == ()

    @given(schemas, schemas)
    def test_forward_are_those_backward_seen_from_the_other_side(self, before: Any, after: Any) -> None:
        forward = incompatibilities(before, after, mode="FORWARD")
        backward = incompatibilities(after, before, mode="BACKWARD")

        assert bool(forward) == bool(backward)
        assert len(forward) == len(backward)
