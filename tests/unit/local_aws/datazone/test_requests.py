"""A REST-JSON request is read as the model describes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import OperationModel
from botocore.session import get_session

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.requests import RawRequest, read_request


def _operation(name: str) -> OperationModel:
    operation: OperationModel = get_session().get_service_model("datazone").operation_model(name)
    return operation


def _read(name: str, **parts: Any) -> dict[str, Any]:
    return read_request(_operation(name), RawRequest(**parts))


def test_members_come_from_path_query_and_body() -> None:
    clauses = [
        {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "s3://b/k"}},
        {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "IN"}},
    ]

    params = _read(
        "QueryGraph",
        labels={"domainIdentifier": "dzd_a"},
        query={"maxResults": ["7"]},
        body=json.dumps({"match": clauses}).encode(),
    )

    assert params == {"domainIdentifier": "dzd_a", "maxResults": 7, "match": clauses}


def test_payload_is_taken_byte_for_byte_and_the_token_from_a_header() -> None:
    body = b'\xff{"not": "even text"}&Action=Nothing'

    params = _read(
        "PostLineageEvent",
        labels={"domainIdentifier": "dzd_a"},
        headers={"client-token": "t-1", "content-type": "application/x-www-form-urlencoded"},
        body=body,
    )

    assert params == {"domainIdentifier": "dzd_a", "event": body, "clientToken": "t-1"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2025-06-04T09:31:12.250000Z", id="what SDKs send"),
        pytest.param("2025-06-04T11:31:12.250+02:00", id="with an offset"),
        pytest.param("2025-06-04T09:31:12.250", id="without a zone"),
    ],
)
def test_times_in_the_query_string_become_utc(text: str) -> None:
    params = _read(
        "GetLineageNode",
        labels={"domainIdentifier": "dzd_a", "identifier": "n"},
        query={"timestamp": [text]},
    )

    assert params["eventTimestamp"] == datetime(2025, 6, 4, 9, 31, 12, 250_000, tzinfo=UTC)


def _points(moment: object) -> dict[str, Any]:
    form = {"formName": "f", "typeIdentifier": "t", "timestamp": moment}
    labels = {"domainIdentifier": "dzd_a", "entityIdentifier": "a", "entityType": "ASSET"}
    return _read("PostTimeSeriesDataPoints", labels=labels, body=json.dumps({"forms": [form]}).encode())


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(1749029472.25, id="epoch seconds, what SDKs send"),
        pytest.param("2025-06-04T09:31:12.25Z", id="text"),
    ],
)
def test_times_deep_in_the_body_become_utc(moment: object) -> None:
    params = _points(moment)

    assert params["forms"][0]["timestamp"] == datetime(2025, 6, 4, 9, 31, 12, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("soon", id="no time"),
        pytest.param("1e30", id="text of a time out of range"),
        pytest.param(1e30, id="time out of range"),
        pytest.param(True, id="boolean"),
    ],
)
def test_unreadable_time_of_the_body_is_named(moment: object) -> None:
    with pytest.raises(ValidationError, match=r"forms\.1\.member\.timestamp' failed .* type timestamp"):
        _points(moment)


def test_filters_nested_beyond_reading_are_refused() -> None:
    clause = '{"and": [' * 400 + "]}" * 400

    with pytest.raises(ValidationError, match="nested too deeply"):
        _read("Search", labels={"domainIdentifier": "dzd_a"}, body=f'{{"filters": {clause}}}'.encode())


def test_every_value_of_a_list_in_the_query_string_counts() -> None:
    params = _read("UntagResource", labels={"resourceArn": "arn"}, query={"tagKeys": ["a", "b"]})

    assert params["tagKeys"] == ["a", "b"]


def test_booleans_in_the_query_string_are_read() -> None:
    params = _read("DeleteDomain", labels={"identifier": "dzd_a"}, query={"cascadeDelete": ["true"]})

    assert params["cascadeDelete"] is True


@pytest.mark.parametrize(
    "operation, query, member",
    [
        pytest.param("ListDomains", {"maxResults": ["many"]}, "maxResults", id="integer"),
        pytest.param("DeleteDomain", {"cascadeDelete": ["yes"]}, "cascadeDelete", id="boolean"),
        pytest.param("GetLineageNode", {"timestamp": ["soon"]}, "eventTimestamp", id="timestamp"),
    ],
)
def test_unreadable_value_of_the_query_string_is_named(
    operation: str, query: dict[str, list[str]], member: str
) -> None:
    labels = {"identifier": "dzd_a", "domainIdentifier": "dzd_a"}

    with pytest.raises(ValidationError, match=f"Value at '{member}' failed"):
        _read(operation, labels=labels, query=query)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="not JSON"),
        pytest.param(b"[1]", id="not an object"),
        pytest.param(b"[" * 100_000, id="nested too deeply"),
        pytest.param(b"\xff\xfe\xfd", id="not text"),
    ],
)
def test_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationError):
        _read("CreateDomain", body=body)


def test_missing_body_counts_as_empty() -> None:
    with pytest.raises(ValidationError, match="Value null at 'name'"):
        _read("CreateDomain")
