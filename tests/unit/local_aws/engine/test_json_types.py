from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.engine.json_types import covers, infer
from airflow_lineage_provider.local_aws.engine.schema import NOTHING, merge

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats(allow_nan=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


class TestCovers:
    @given(st.lists(values, max_size=4), values)
    def test_is_right_whenever_it_says_yes(self, seen: list[Any], value: Any) -> None:
        known = NOTHING
        for item in seen:
            known = merge(known, infer(item))  # type: ignore[assignment]

        if covers(known, value):
            assert merge(known, infer(value)) == known

    @pytest.mark.parametrize(
        "seen",
        [
            pytest.param({"a": 1, "b": "x", "c": [{"d": 1.5, "e": True}]}, id="a record as the one before"),
            pytest.param({"a": None, "b": {}, "c": []}, id="nulls and nothing"),
        ],
    )
    def test_knows_a_record_that_looks_like_the_last(self, seen: dict[str, Any]) -> None:
        assert covers(infer(seen), seen)

    @pytest.mark.parametrize("value", [2, None, -(2**31)])
    def test_knows_smaller_integers(self, value: int | None) -> None:
        assert covers(infer({"a": 2**40}), {"a": value})

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param({"a": 2**31}, id="a wider integer"),
            pytest.param({"a": 1, "b": 1}, id="another field"),
            pytest.param({"b": 1}, id="another name"),
            pytest.param({"a": True}, id="a boolean is no integer"),
            pytest.param([1], id="another kind"),
        ],
    )
    def test_does_not_take_new_things_for_known(self, value: Any) -> None:
        assert not covers(infer({"a": 1}), value)
