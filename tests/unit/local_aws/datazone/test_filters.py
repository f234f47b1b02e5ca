"""Filter clauses select items by attribute."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.filters import contains_text, matches

_ITEM: dict[str, list[str | int]] = {"name": ["clickstream"], "size": [10], "terms": ["a", "b"], "empty": []}


def _attributes(name: str) -> Iterable[str | int]:
    return _ITEM[name]


def _filter(attribute: str, operator: str = "EQ", **value: Any) -> dict[str, Any]:
    return {"filter": {"attribute": attribute, "operator": operator, **value}}


@pytest.mark.parametrize(
    "clause, passes",
    [
        pytest.param(None, True, id="no filter"),
        pytest.param(_filter("name", value="clickstream"), True, id="equal"),
        pytest.param(_filter("name", value="Clickstream"), False, id="case counts"),
        pytest.param(_filter("terms", value="b"), True, id="any of several values"),
        pytest.param(_filter("empty", value=""), False, id="no value equals nothing"),
        pytest.param(_filter("size", "GT", intValue=9), True, id="number greater"),
        pytest.param(_filter("size", "GE", value="10"), True, id="number as text"),
        pytest.param(_filter("size", "LT", intValue=10), False, id="number not less"),
        pytest.param(_filter("size", "LE", intValue=10), True, id="number at most"),
        pytest.param(_filter("name", "LT", value="d"), True, id="text before"),
        pytest.param(_filter("name", "TEXT_SEARCH", value="STREAM"), True, id="text search knows no case"),
        pytest.param(
            {"and": [_filter("size", intValue=10), _filter("name", value="x")]}, False, id="and needs all"
        ),
        pytest.param(
            {"or": [_filter("size", intValue=1), _filter("terms", value="a")]}, True, id="or needs one"
        ),
        pytest.param(
            {"and": [{"or": [_filter("size", intValue=1), _filter("size", intValue=10)]}]}, True, id="nested"
        ),
    ],
)
def test_clause_selects(clause: dict[str, Any] | None, passes: bool) -> None:
    assert matches(clause, _attributes) is passes


@pytest.mark.parametrize(
    "clause, message",
    [
        pytest.param(_filter("colour", value="red"), "no attribute colour", id="unknown attribute"),
        pytest.param(
            {"or": [_filter("size", intValue=10), _filter("colour", value="red")]},
            "no attribute colour",
            id="unknown attribute after one that passes",
        ),
        pytest.param(_filter("name"), "needs value or intValue", id="no value"),
        pytest.param(_filter("size", value="ten"), "'ten' is not a number", id="text for a number"),
    ],
)
def test_clause_that_cannot_be_applied_is_refused(clause: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        matches(clause, _attributes)


@pytest.mark.parametrize(
    "text, is_found",
    [
        pytest.param("", True, id="nothing asked for"),
        pytest.param("stream click", True, id="words in any order"),
        pytest.param('"click"', True, id="quoted"),
        pytest.param("click order", False, id="one word is missing"),
    ],
)
def test_text_is_found_when_every_word_is(text: str, is_found: bool) -> None:
    assert contains_text(text, ["Clickstream", 7]) is is_found
