from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.elements import Attributes, DatasetNode, Field, JobNode, RunNode
from airflow_lineage_provider.lineage.identifiers import JobId
from tests.unit.lineage.builders import dataset, json_values, run, texts

objects = st.dictionaries(texts, json_values, max_size=4)


class TestAttributes:
    @given(objects)
    def test_give_back_the_json_they_froze(self, values: Any) -> None:
        assert Attributes(values).thaw() == values

    @given(objects)
    def test_are_equal_whatever_the_order(self, values: Any) -> None:
        backwards = dict(reversed(values.items()))

        assert Attributes(values) == Attributes(backwards)
        assert hash(Attributes(values)) == hash(Attributes(backwards))

    @given(objects)
    def test_survive_pickling(self, values: Any) -> None:
        assert pickle.loads(pickle.dumps(Attributes(values))) == Attributes(values)

    def test_compare_with_plain_json(self) -> None:
        assert Attributes({"a": [1, {"b": None}]}) == {"a": [1, {"b": None}]}
        assert Attributes({"a": 1}) != {"a": 2}
        assert Attributes({"a": 1}) != "a"

    def test_are_a_mapping_in_the_order_of_the_names(self) -> None:
        attributes = Attributes({"b": 1, "a": 2})

        assert list(attributes) == ["a", "b"]
        assert len(attributes) == 2
        assert attributes["a"] == 2
        assert "c" not in attributes

    def test_freeze_what_is_inside(self) -> None:
        inner = {"list": [1, 2]}

        attributes = Attributes({"inner": inner})
        inner["list"].append(3)

        assert attributes.thaw() == {"inner": {"list": [1, 2]}}

    def test_cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError, match="immutable"):
            Attributes().anything = 1

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x", object()])
    def test_refuse_what_has_no_json_form(self, value: Any) -> None:
        with pytest.raises(TypeError, match="JSON value"):
            Attributes({"a": value})

    @pytest.mark.parametrize("value, expected", [("x", "x"), ("", None), (7, None), (None, None)])
    def test_give_a_text_only_where_there_is_one(self, value: Any, expected: Any) -> None:
        assert Attributes({"a": value}).text("a") == expected
        assert Attributes().text("a") is None

    def test_show_what_they_hold(self) -> None:
        assert repr(Attributes({"a": [1]})) == "Attributes({'a': [1]})"


class TestNodes:
    def test_freeze_plain_mappings(self) -> None:
        for node in (
            DatasetNode(dataset("a"), attributes={"x": [1]}),  # type: ignore[arg-type]
            JobNode(JobId("a", "b"), {"x": [1]}),  # type: ignore[arg-type]
            RunNode(run("r"), {"x": [1]}),  # type: ignore[arg-type]
        ):
            assert node.attributes == Attributes({"x": [1]})
            assert hash(node)

    def test_keep_the_last_of_several_fields_with_one_name(self) -> None:
        node = DatasetNode(dataset("a"), (Field("x", "int"), Field("y", "int"), Field("x", "string")))

        assert node.fields == (Field("x", "string"), Field("y", "int"))

    def test_a_field_has_a_name(self) -> None:
        with pytest.raises(InvalidIdentifierError, match="name of a field"):
            Field("")
