"""The service answers over WSGI without Flask."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.install import install, reset
from airflow_lineage_provider.local_aws.services.datazone.application import application

_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=testing/20250604/eu-west-1/datazone/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=0"
)


@pytest.fixture(autouse=True)
def _empty_account() -> Iterator[None]:
    install()
    reset()
    yield
    reset()


def _ask(method: str, path: str, document: Any = None) -> tuple[str, dict[str, str], Any]:
    body = b"" if document is None else json.dumps(document).encode()
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "5050",
        "HTTP_HOST": "127.0.0.1:5050",
        "HTTP_AUTHORIZATION": _AUTHORIZATION,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    seen: list[Any] = []
    answer = b"".join(application(environ, lambda *told: seen.extend(told)))
    status, headers = seen
    assert dict(headers)["Content-Length"] == str(len(answer))
    return status, dict(headers), json.loads(answer) if answer else None


def test_answer_has_status_headers_and_body() -> None:
    role = "arn:aws:iam::123456789012:role/Execution"

    status, headers, answer = _ask("POST", "/v2/domains", {"name": "d", "domainExecutionRole": role})

    assert (status, headers["Content-Type"], answer["name"]) == ("201 Created", "application/json", "d")
    assert answer["arn"].startswith("arn:aws:datazone:eu-west-1:")


@pytest.mark.parametrize(
    "method, path, status, code",
    [
        ("GET", "/v2/domains/dzd-none", "404 Not Found", "ResourceNotFoundException"),
        ("GET", "/v2/domains/%7B%7D", "400 Bad Request", "ValidationException"),
        ("GET", "/v2/nothing", "404 Not Found", "UnknownOperationException"),
        ("GET", "/v2/domains/dzd-abc/metrics/x", "404 Not Found", "UnknownOperationException"),
    ],
)
def test_error_has_its_status_and_code(method: str, path: str, status: str, code: str) -> None:
    found, headers, answer = _ask(method, path)

    assert (found, headers["x-amzn-ErrorType"]) == (status, code)
    assert answer["message"]


def test_web_pages_may_read_answers() -> None:
    _, headers, _ = _ask("GET", "/v2/domains")

    assert headers["Access-Control-Allow-Origin"] == "*"
