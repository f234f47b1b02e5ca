"""
Read a REST-JSON request as the service model describes it: path, query string, headers and body.

Values keep the types JSON gives them, so that :mod:`validation` can say what is wrong with them; only what
arrives as text (path, query string, headers) and moments, for which JSON has no type, are converted here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.utils import parse_timestamp

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.validation import require_valid, violation

__all__ = ["RawRequest", "read_request"]

_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class RawRequest:
    """
    What an HTTP request carries.

    :param labels: Values of the path's labels, decoded.
    :param query: Values of each parameter of the query string.
    :param headers: Headers, names in lower case.
    :param body: The body, untouched.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


_MAX_DEPTH = 200
"""How deep a request body may be nested; AWS's limit is unknown, no form or filter of a person comes near."""
_TOO_DEEP = "The request body is nested too deeply; flatten its filters"


def read_request(operation: OperationModel, request: RawRequest) -> dict[str, Any]:
    """
    Return the members of the operation's input.

    :raises ValidationError: If the request breaks the model's constraints.
    """
    shape = operation.input_shape
    if shape is None:
        return {}
    params = _members(shape, request)
    require_valid(shape, params)
    return params


def _members(shape: StructureShape, request: RawRequest) -> dict[str, Any]:
    params: dict[str, Any] = {}
    payload = shape.serialization.get("payload")
    document = {} if payload else _document(request.body)
    for name, member in shape.members.items():
        value = request.body if name == payload else _value(name, member, request, document)
        if value is not None:
            params[name] = value
    return params


def _document(body: bytes) -> Mapping[str, Any]:
    if not body.strip():
        return {}
    try:
        document = json.loads(body)
    except RecursionError as error:
        raise ValidationError(_TOO_DEEP) from error
    except ValueError as error:
        raise ValidationError(f"Could not parse the request body as JSON: {error}") from error
    if not isinstance(document, dict):
        raise ValidationError("The request body must be a JSON object")
    if _is_deeper_than(document, _MAX_DEPTH):
        raise ValidationError(_TOO_DEEP)
    return document


def _is_deeper_than(document: object, depth: int) -> bool:
    """Tell whether containers lie in each other more than ``depth`` times."""
    level: list[object] = [document]
    while level and depth >= 0:
        holders = [item for item in level if isinstance(item, dict | list)]
        level = [value for item in holders for value in (item.values() if isinstance(item, dict) else item)]
        depth -= 1
    return any(isinstance(item, dict | list) for item in level)


def _value(name: str, member: Shape, request: RawRequest, document: Mapping[str, Any]) -> Any:
    place = member.serialization.get("location")
    wire_name = str(member.serialization.get("name", name))
    if place is None:
        return _with_moments(member, document.get(wire_name), path=name)
    if place == "uri":
        return request.labels.get(wire_name)
    if place == "header":
        text = request.headers.get(wire_name.lower())
        return None if text is None else _converted(name, member, text)
    texts = request.query.get(wire_name)
    if not texts:
        return None
    if isinstance(member, ListShape):
        return list(texts)
    return _converted(name, member, texts[0])


def _with_moments(shape: Shape, value: Any, *, path: str) -> Any:
    """Return a value of the body with its moments (epoch seconds or text) read; all else stays."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            name: _with_moments(shape.members[name], item, path=f"{path}.{name}")
            if name in shape.members
            else item
            for name, item in value.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        items = enumerate(value, start=1)
        return [_with_moments(shape.member, item, path=f"{path}.{place}.member") for place, item in items]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _with_moments(shape.value, item, path=f"{path}.{key}") for key, item in value.items()}
    if (
        shape.type_name == "timestamp"
        and isinstance(value, str | int | float)
        and not isinstance(value, bool)
    ):
        return _converted(path, shape, value)
    return value


def _converted(name: str, member: Shape, text: str | float) -> Any:
    try:
        return _read(member.type_name, text)
    except (ValueError, OverflowError, OSError, RuntimeError):
        constraint = f"Member must be of type {member.type_name}"
        raise violation(f"Value at '{name}' failed to satisfy constraint: {constraint}") from None


def _read(kind: str, text: str | float) -> Any:
    if kind in ("integer", "long"):
        return int(text)
    if kind == "boolean":
        return _BOOLEANS[text] if text in _BOOLEANS else _refuse(text)
    if kind == "timestamp":
        return _moment(text)
    return text


def _refuse(text: object) -> bool:
    raise ValueError(text)


def _moment(text: str | float) -> datetime:
    """Read ISO 8601 (what SDKs send), an HTTP date or epoch seconds; a time without zone is UTC."""
    if not isinstance(text, str):
        return datetime.fromtimestamp(text, tz=UTC)
    moment: datetime = parse_timestamp(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
