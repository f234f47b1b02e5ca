"""
Comparing answers with botocore's service models.

:func:`assert_valid` checks one parsed answer; :func:`watch` makes a client check every answer it gets, the
raw JSON included: botocore drops members it does not know, so a parsed answer alone cannot show them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)

__all__ = ["COMMON_ERROR_CODES", "assert_valid", "watch"]

COMMON_ERROR_CODES = frozenset(
    {
        "AccessDeniedException",
        "NotImplementedException",
        "ThrottlingException",
        "UnknownOperationException",
        "ValidationException",
    }
)
"""Codes that services answer with although their operations do not name them."""

_NUMBER = (int, float)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "double": _NUMBER,
    "float": _NUMBER,
    "integer": (int,),
    "list": (list,),
    "long": (int,),
    "map": (dict,),
    "string": (str,),
    "structure": (dict,),
    "timestamp": (datetime,),
}
_RAW_TYPES = {**_TYPES, "timestamp": (int, float, str), "blob": (str,)}
_OUTSIDE_THE_BODY = ("header", "headers", "statusCode")


def assert_valid(service: str, operation: str, response: Mapping[str, Any]) -> None:
    """
    Check a parsed answer against the output shape of its operation.

    Every member must be known to the model and of its type, required members must be there, and values of
    an enumeration must be in it. Lengths are not checked.

    :param response: What a boto3 client returned; ``ResponseMetadata`` is left out.
    :raises AssertionError: If the answer does not fit; all problems are listed.
    """
    members = {key: value for key, value in response.items() if key != "ResponseMetadata"}
    _assert_fits(_model(service).operation_model(operation), members, _TYPES)


def watch(client: Any) -> set[str]:
    """
    Make a boto3 client check every answer, and return the (growing) set of operations that succeeded.

    An error must carry a code that the operation's model names, or one of :data:`COMMON_ERROR_CODES`.
    """
    succeeded: set[str] = set()
    service = client.meta.service_model.service_name

    def check(http_response: Any, parsed: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
        if http_response.status_code >= 300:
            _assert_known_error(model, str(parsed["Error"]["Code"]))
            return
        assert_valid(service, model.name, parsed)
        if http_response.content and model.output_shape is not None:
            _assert_fits(model, json.loads(http_response.content), _RAW_TYPES, only_body=True)
        succeeded.add(model.name)

    client.meta.events.register("after-call.*.*", check)
    return succeeded


@cache
def _model(service: str) -> ServiceModel:
    """Load a service's model once: reading Glue's takes a tenth of a second."""
    return botocore.session.get_session().get_service_model(service)


def _assert_known_error(model: OperationModel, code: str) -> None:
    known = {shape.name for shape in model.error_shapes}
    known |= {shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes}
    assert code in known | COMMON_ERROR_CODES, (
        f"{model.name} answered with {code}, which its model does not name"
    )


def _assert_fits(
    model: OperationModel,
    members: Mapping[str, Any],
    types: Mapping[str, tuple[type, ...]],
    *,
    only_body: bool = False,
) -> None:
    shape = model.output_shape
    if shape is None:
        assert members == {}, f"{model.name} has no output, but answered {members}"
        return
    problems = list(_structure_problems(shape, members, model.name, types, only_body=only_body))
    assert not problems, "\n".join(problems)


def _problems(shape: Shape, value: Any, path: str, types: Mapping[str, tuple[type, ...]]) -> Iterator[str]:
    wanted = types.get(shape.type_name)
    if wanted is not None and not _is_of(value, wanted) and not getattr(shape, "is_document_type", False):
        yield f"{path}: {value!r} is no {shape.type_name}"
    elif isinstance(shape, StructureShape):
        if not shape.is_document_type:
            yield from _structure_problems(shape, value, path, types)
    elif isinstance(shape, ListShape):
        for index, item in enumerate(value):
            yield from _problems(shape.member, item, f"{path}[{index}]", types)
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _problems(shape.value, item, f"{path}[{key!r}]", types)
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def _structure_problems(
    shape: StructureShape,
    value: Mapping[str, Any],
    path: str,
    types: Mapping[str, tuple[type, ...]],
    *,
    only_body: bool = False,
) -> Iterator[str]:
    known = {
        _wire_name(member, name) if types is _RAW_TYPES else name: member
        for name, member in shape.members.items()
        if not (only_body and member.serialization.get("location") in _OUTSIDE_THE_BODY)
    }
    yield from (f"{path}.{name}: not in the model" for name in value if name not in known)
    for name in shape.required_members:
        shown = _wire_name(shape.members[name], name) if types is _RAW_TYPES else name
        if shown in known and value.get(shown) is None:
            yield f"{path}.{shown}: required and missing"
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield f"{path}: a union has exactly one member, not {sorted(value)}"
    for name, item in value.items():
        if name in known and item is not None:
            yield from _problems(known[name], item, f"{path}.{name}", types)


def _wire_name(shape: Shape, name: str) -> str:
    return str(shape.serialization.get("name", name))


def _is_of(value: Any, wanted: tuple[type, ...]) -> bool:
    return isinstance(value, wanted) and (bool in wanted or not isinstance(value, bool))
