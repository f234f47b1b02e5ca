"""
Which AWS operation a raw HTTP request asks for, and how its service words an error.

Everything is read from botocore's service models; nothing here knows a service by name but S3, whose
operations are told apart by their query string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, ServiceModel

__all__ = ["Call", "ErrorReply", "error_reply", "error_status", "identify", "protocol"]

_SIGNING_ALIASES = {"monitoring": "cloudwatch", "states": "stepfunctions", "email": "ses"}
_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_CBOR_PATH = re.compile(r"^/service/[^/]+/operation/(?P<operation>[^/]+)$")


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the service as botocore names it, and the operation where it could be told."""

    service: str
    operation: str | None
    region: str | None = None
    access_key: str = ""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An HTTP answer that an AWS client reads as a service error."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def identify(
    *, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes = b""
) -> Call | None:
    """
    Tell service and operation of a request.

    :param path: The path as sent, still percent-encoded.
    :param headers: The request's headers, names in lower case.
    :param body: The body where it is a form; other bodies are not needed.
    :return: ``None`` if the request is not signed for any service.
    """
    parameters = parse_qs(query, keep_blank_values=True)
    credential = headers.get("authorization", "") or "Credential=" + "".join(
        parameters.get("X-Amz-Credential", [])
    )
    match = _CREDENTIAL.search(credential)
    if match is None:
        return None
    service = _SIGNING_ALIASES.get(match["service"], match["service"])
    operation = _operation(service, method, path, parameters, headers, body)
    return Call(service, operation, match["region"], match["key"])


def _operation(
    service: str,
    method: str,
    path: str,
    parameters: Mapping[str, list[str]],
    headers: Mapping[str, str],
    body: bytes,
) -> str | None:
    target = headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    cbor = _CBOR_PATH.match(path)
    if cbor:
        return cbor["operation"]
    form = parse_qs(body.decode("utf-8", "replace")) if body else {}
    action = form.get("Action") or parameters.get("Action")
    if action:
        return action[0]
    for route in _routes(service):
        if route.matches(method, path, parameters, headers):
            return route.operation
    return None


@dataclass(frozen=True, slots=True)
class _Route:
    """How one REST operation is addressed."""

    operation: str
    method: str
    pattern: re.Pattern[str]
    query: tuple[tuple[str, str | None], ...]
    headers: tuple[str, ...]
    literal_length: int

    def matches(
        self, method: str, path: str, parameters: Mapping[str, list[str]], headers: Mapping[str, str]
    ) -> bool:
        if method != self.method or not self.pattern.match(path):
            return False
        if not all(name in headers for name in self.headers):
            return False
        return all(
            name in parameters and (value is None or value in parameters[name]) for name, value in self.query
        )


@cache
def _model(service: str) -> ServiceModel | None:
    try:
        description = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return None
    return description


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    """Return a service's REST routes, the most specific first."""
    model = _model(service)
    if model is None or not str(model.metadata.get("protocol", "")).startswith("rest"):
        return ()
    routes = [_route(model.operation_model(name)) for name in model.operation_names]
    return tuple(
        sorted(routes, key=lambda route: (-len(route.query) - len(route.headers), -route.literal_length))
    )


def _route(operation: OperationModel) -> _Route:
    http: Mapping[str, Any] = operation.http
    uri, _, query = str(http["requestUri"]).partition("?")
    pattern = ""
    for part in re.split(r"(\{[^}]+\})", uri):
        if part.startswith("{"):
            pattern += ".+" if part.endswith("+}") else "[^/]+"
        else:
            pattern += re.escape(part)
    wanted = []
    for item in filter(None, query.split("&")):
        name, _, value = item.partition("=")
        wanted.append((name, value or None))
    headers = []
    shape = operation.input_shape
    required = [shape.members[name] for name in shape.required_members] if shape is not None else []
    for placed in (member.serialization for member in required):
        if placed.get("location") == "querystring":
            wanted.append((placed["name"], None))
        elif placed.get("location") == "header":
            headers.append(placed["name"].lower())
    return _Route(
        operation=operation.name,
        method=str(http["method"]),
        pattern=re.compile(f"^{pattern}/?$"),
        query=tuple(wanted),
        headers=tuple(headers),
        literal_length=len(re.sub(r"\{[^}]+\}", "", uri)),
    )


def protocol(service: str) -> str:
    """Return the protocol of a service as its model names it; ``json`` for an unknown one."""
    model = _model(service)
    return str(model.metadata.get("protocol", "json")) if model else "json"


def error_status(service: str, code: str) -> int | None:
    """Return the HTTP status the service's model gives the error ``code``, if it names it."""
    model = _model(service)
    for shape in model.error_shapes if model else ():
        error: Mapping[str, Any] = shape.metadata.get("error", {})
        if code in (shape.name, error.get("code")):
            return int(error.get("httpStatusCode", 400))
    return None


def error_reply(service: str, code: str, message: str, status: int) -> ErrorReply:
    """Word an error the way the service's protocol does, so that every client raises it by its code."""
    kind = protocol(service)
    request_id = ("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000")
    if kind in ("query", "ec2", "rest-xml"):
        return ErrorReply(status, (("Content-Type", "text/xml"), request_id), _xml(service, code, message))
    content_type = "application/json" if kind == "rest-json" else "application/x-amz-json-1.1"
    body = json.dumps({"__type": code, "message": message}).encode()
    headers: Iterable[tuple[str, str]] = (
        ("Content-Type", content_type),
        ("x-amzn-ErrorType", code),
        request_id,
    )
    return ErrorReply(status, tuple(headers), body)


def _xml(service: str, code: str, message: str) -> bytes:
    detail = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service == "s3":
        return f'<?xml version="1.0" encoding="UTF-8"?><Error>{detail}</Error>'.encode()
    return f"<ErrorResponse><Error><Type>Sender</Type>{detail}</Error></ErrorResponse>".encode()
