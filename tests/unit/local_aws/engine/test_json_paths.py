"""JSON paths: what the inference cases do not show."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.engine.errors import InvalidClassifierError
from airflow_lineage_provider.local_aws.engine.json_paths import JsonPath

_DOCUMENT: dict[str, Any] = {"a": [{"b": 1, "c d": 2}, {"b": None}], "e": "x"}


class TestValues:
    @pytest.mark.parametrize(
        "path, values",
        [
            pytest.param("$", [_DOCUMENT], id="the root"),
            pytest.param("$.a[*].b", [1, None], id="nulls count"),
            pytest.param("$['a'][0]['c d']", [2], id="a name with a blank"),
            pytest.param('$["a"][ 1 ].b', [None], id="double quotes and blanks"),
            pytest.param("$.a[7]", [], id="an element that is not there"),
            pytest.param("$.a.b", [], id="a name in an array"),
            pytest.param("$.e[0]", [], id="an element of a text"),
            pytest.param("$.e.*", [], id="anything in a text"),
            pytest.param("a[0].b", [1], id="without the root"),
        ],
    )
    def test_are_those_the_path_leads_to(self, path: str, values: list[object]) -> None:
        assert list(JsonPath.parse(path).values(_DOCUMENT)) == values


class TestRefusals:
    @pytest.mark.parametrize("path", ["$..a", "$.a[", "$[?(@.b)]", "$.a[-1]", "$.a[0:2]", "$a", "$.", "a b"])
    def test_name_the_path_and_what_is_allowed(self, path: str) -> None:
        with pytest.raises(InvalidClassifierError) as raised:
            JsonPath.parse(path)

        assert (
            raised.value.problem == f"{path!r} is no JSON path of the operators $, .name, ['name'], [0] and *"
        )
