from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.engine.schema import (
    NOTHING,
    ArrayOf,
    DataType,
    MapOf,
    OneOf,
    Scalar,
    SetOf,
    StructOf,
    UnionOf,
    columns_of,
    decimal,
    hive_type,
    lower_cased,
    merge,
    merge_all,
)

INT, LONG, DOUBLE = Scalar("int"), Scalar("long"), Scalar("double")
STRING, BOOLEAN = Scalar("string"), Scalar("boolean")
TINYINT, SMALLINT, FLOAT = Scalar("tinyint"), Scalar("smallint"), Scalar("float")


def struct(**fields: DataType) -> StructOf:
    return StructOf(tuple(fields.items()))


scalars = st.sampled_from([INT, LONG, DOUBLE, STRING, BOOLEAN, SMALLINT, FLOAT, decimal(9, 2), decimal(5, 4)])
types: st.SearchStrategy[DataType] = st.recursive(
    st.one_of(scalars, st.just(NOTHING)),
    lambda inner: st.one_of(
        inner.map(ArrayOf),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(lambda fields: struct(**fields)),
    ),
    max_leaves=6,
)


class TestHiveType:
    @pytest.mark.parametrize(
        "data_type, expected",
        [
            pytest.param(INT, "int", id="3.3 integer within 32 bits"),
            pytest.param(LONG, "bigint", id="3.3 integer beyond 32 bits"),
            pytest.param(DOUBLE, "double", id="3.3 fraction or exponent"),
            pytest.param(BOOLEAN, "boolean", id="3.3 true or false"),
            pytest.param(Scalar("binary"), "binary", id="6.1 B"),
            pytest.param(Scalar("decimal(10,2)"), "decimal(10,2)", id="6.2 the catalog's own text"),
            pytest.param(
                OneOf((Scalar("decimal(10,2)"), INT)),
                "struct<decimal:decimal(10,2),int:int>",
                id="a choice names its members without digits",
            ),
            pytest.param(NOTHING, "string", id="12 only nulls"),
            pytest.param(ArrayOf(NOTHING), "array<string>", id="12 empty array"),
            pytest.param(StructOf(()), "string", id="12 empty object"),
            pytest.param(SetOf(LONG), "set<bigint>", id="6.1 NS"),
            pytest.param(MapOf(STRING, LONG), "map<string,bigint>", id="5 map"),
            pytest.param(UnionOf((INT, STRING)), "uniontype<int,string>", id="5 union"),
            pytest.param(decimal(10, 2), "decimal(10,2)", id="5 decimal"),
            pytest.param(TINYINT, "tinyint", id="5 the catalog's own text"),
            pytest.param(
                merge_all([TINYINT, STRING, decimal(3, 1)]),
                "struct<byte:tinyint,decimal:decimal(3,1),string:string>",
                id="3.3 a choice names its members by Glue's type names",
            ),
            pytest.param(
                ArrayOf(struct(OwningAccountId=STRING, n=INT)),
                "array<struct<OwningAccountId:string,n:int>>",
                id="3.2 names inside structs keep their case",
            ),
            pytest.param(
                OneOf((DOUBLE, INT)), "struct<double:double,int:int>", id="3.3 int with double is a choice"
            ),
            pytest.param(
                OneOf((DOUBLE, LONG)), "struct<double:double,long:bigint>", id="3.3 member named long"
            ),
        ],
    )
    def test_writes_the_catalogs_text(self, data_type: DataType, expected: str) -> None:
        assert hive_type(data_type) == expected

    @given(types)
    def test_never_contains_a_space(self, data_type: DataType) -> None:
        assert " " not in hive_type(data_type)


class TestMerge:
    @pytest.mark.parametrize(
        "left, right, expected",
        [
            pytest.param(NOTHING, INT, INT, id="3.3 null with T is T"),
            pytest.param(INT, LONG, LONG, id="12 int with bigint is bigint"),
            pytest.param(INT, DOUBLE, OneOf((DOUBLE, INT)), id="12 int with double is a choice"),
            pytest.param(TINYINT, SMALLINT, SMALLINT, id="small integers take the wider"),
            pytest.param(SMALLINT, LONG, LONG, id="integers take the widest"),
            pytest.param(FLOAT, DOUBLE, DOUBLE, id="float with double is double"),
            pytest.param(FLOAT, INT, OneOf((FLOAT, INT)), id="float with int is a choice"),
            pytest.param(decimal(5, 2), decimal(6, 4), decimal(7, 4), id="decimals keep all digits"),
            pytest.param(decimal(38, 0), decimal(38, 10), decimal(38, 0), id="decimals end at 38 digits"),
            pytest.param(
                MapOf(STRING, INT), MapOf(STRING, LONG), MapOf(STRING, LONG), id="maps merge their values"
            ),
            pytest.param(
                UnionOf((INT, STRING)),
                UnionOf((STRING, LONG)),
                UnionOf((INT, STRING, LONG)),
                id="unions have the options of both",
            ),
            pytest.param(LONG, DOUBLE, OneOf((DOUBLE, LONG)), id="3.3 double with bigint is a choice"),
            pytest.param(INT, STRING, OneOf((INT, STRING)), id="12 string with number is a choice"),
            pytest.param(
                OneOf((DOUBLE, INT)), LONG, OneOf((DOUBLE, LONG)), id="the choice's int becomes long"
            ),
            pytest.param(ArrayOf(INT), ArrayOf(NOTHING), ArrayOf(INT), id="an empty array is neutral"),
            pytest.param(ArrayOf(INT), ArrayOf(LONG), ArrayOf(LONG), id="3.3 T is merged over elements"),
            pytest.param(
                struct(a=INT),
                struct(b=STRING, a=LONG),
                struct(a=LONG, b=STRING),
                id="3.3 fields in first-seen order",
            ),
            pytest.param(
                struct(a=INT),
                ArrayOf(INT),
                OneOf((ArrayOf(INT), struct(a=INT))),
                id="an object with an array is a choice",
            ),
        ],
    )
    def test_covers_both(self, left: DataType, right: DataType, expected: DataType) -> None:
        assert merge(left, right) == expected

    def test_makes_double_of_mixed_numbers_where_there_is_one_number_type(self) -> None:
        assert merge(LONG, DOUBLE, widen_numbers=True) == DOUBLE

    def test_of_nothing_is_nothing(self) -> None:
        assert merge_all([]) == NOTHING

    @given(types)
    def test_with_itself_changes_nothing(self, data_type: DataType) -> None:
        assert merge(data_type, data_type) == data_type

    @given(types)
    def test_with_nothing_changes_nothing(self, data_type: DataType) -> None:
        assert merge(data_type, NOTHING) == data_type
        assert merge(NOTHING, data_type) == data_type

    @given(types, types)
    def test_absorbs_what_it_already_covers(self, left: DataType, right: DataType) -> None:
        merged = merge(left, right)

        assert merge(merged, left) == merged
        assert merge(merged, right) == merged


class TestColumnsOf:
    def test_gives_lower_case_names_in_first_seen_order(self) -> None:
        columns, dropped = columns_of(struct(Zeta=INT, alpha=struct(Inner=STRING)))

        assert columns == (("zeta", "int"), ("alpha", "struct<Inner:string>"))
        assert dropped == ()

    def test_keeps_the_first_of_names_that_differ_only_in_case(self) -> None:
        columns, dropped = columns_of(struct(userId=INT, userid=STRING))

        assert columns == (("userid", "int"),)
        assert dropped == ("userid",)


class TestLowerCased:
    def test_names_fields_as_their_columns(self) -> None:
        assert lower_cased(struct(UserId=INT, at=struct(Inner=LONG))) == struct(
            userid=INT, at=struct(Inner=LONG)
        )

    def test_leaves_names_alone_that_would_become_the_same(self) -> None:
        record = struct(A=INT, B=LONG, a=STRING)

        assert lower_cased(record) == struct(A=INT, b=LONG, a=STRING)
        assert columns_of(lower_cased(record)) == ((("a", "int"), ("b", "bigint")), ("a",))
