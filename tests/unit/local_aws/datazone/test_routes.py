"""A request is matched with its operation as moto's router matches it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from moto.core.request import Request
from moto.core.routing import RestRouter
from moto.core.utils import get_service_model

from airflow_lineage_provider.local_aws.services.datazone.routes import Routes

_MODEL: Any = get_service_model("datazone")
_ROUTES = Routes(_MODEL)
_LABELS = [
    "dzd-abc",
    "history",
    "a b+c",
    "arn:aws:glue:us-east-1:123456789012:table/db/t",
    "größe/日本",
    "50%25?x=1",
]


def _path(template: str, value: str) -> str:
    return re.sub(r"\{[^}]+\}", quote(value, safe=""), template)


def _query(operation: Any) -> str:
    """Return the parameters that moto wants to see before it takes an operation for one."""
    shape = operation.input_shape
    members = [shape.members[name].serialization for name in shape.required_members]
    return "&".join(f"{each['name']}=x" for each in members if each.get("location") == "querystring")


@pytest.mark.parametrize("value", _LABELS)
def test_every_operation_is_found_with_the_values_of_its_labels(value: str) -> None:
    router = RestRouter(_MODEL)

    wrong = []
    for name in _MODEL.operation_names:
        operation = _MODEL.operation_model(name)
        http, path = operation.http, _path(operation.http["requestUri"], value)
        url = f"https://datazone.us-east-1.api.aws{path}?{_query(operation)}"
        request = Request.from_primitives(http["method"], url, {})
        request.environ["RAW_URI"] = path
        expected, labels = router.match(request)

        found = _ROUTES.match(http["method"], path)

        if found is None or (found[0].name, found[1]) != (expected.name, labels):
            wrong.append(name)
    assert wrong == []


@pytest.mark.parametrize(
    "method, path",
    [
        pytest.param("GET", "/", id="no path"),
        pytest.param("GET", "/v3/domains", id="another version"),
        pytest.param("PUT", "/v2/domains", id="another method"),
        pytest.param("GET", "/v2/domains//lineage/events", id="an empty label"),
        pytest.param("GET", "/v2/domains/dzd-abc/lineage/nodes/a/b", id="a slash that is not encoded"),
    ],
)
def test_anything_else_is_no_operation(method: str, path: str) -> None:
    assert _ROUTES.match(method, path) is None


def test_slash_at_the_end_does_not_matter() -> None:
    found = _ROUTES.match("GET", "/v2/domains/dzd-abc/")

    assert found is not None
    assert (found[0].name, found[1]) == ("GetDomain", {"identifier": "dzd-abc"})


def test_operation_that_lacks_a_parameter_is_found_all_the_same() -> None:
    """What is missing is then said, instead of that there is no such operation."""
    found = _ROUTES.match("GET", "/v2/domains/dzd-abc/data-sources")

    assert found is not None
    assert found[0].name == "ListDataSources"
