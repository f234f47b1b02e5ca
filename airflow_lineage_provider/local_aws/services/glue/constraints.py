"""
The API model's own limits: what a request must have, how long and how large its members may be.

They are read from botocore's model of Glue, so every operation is checked by the same code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from airflow_lineage_provider.local_aws.services.glue.exceptions import ValidationError

__all__ = ["check_request", "operation_names"]

_SECRET = re.compile(r"password|secret$|(access|refresh|jwt)token|authorizationcode", re.IGNORECASE)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "integer": (int,),
    "list": (list,),
    "long": (int,),
    "map": (dict,),
    "string": (str,),
    "structure": (dict,),
}


@cache
def _model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("glue")


@cache
def operation_names() -> frozenset[str]:
    """Return the names of all operations of the Glue API."""
    return frozenset(_model().operation_names)


def check_request(operation: str, request: Mapping[str, Any]) -> None:
    """
    Compare a request with the model of its operation.

    :raises ValidationError: If a required member is missing, or a value is of the wrong type, too long, too
        short, too small, too large, or none of an enumeration.
    """
    shape = _model().operation_model(operation).input_shape
    problems = list(_problems(shape, request, ())) if shape is not None else []
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise ValidationError(f"{count}: {'; '.join(problems)}")


def _problems(shape: Shape, value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if not _is_of_type(shape, value):
        yield _failed(path, value, f"Member must be a {shape.type_name}")
        return
    yield from (_failed(path, value, text) for text in _limits(shape, value))
    if isinstance(shape, StructureShape):
        yield from _structure_problems(shape, value, path)
    elif isinstance(shape, ListShape):
        for index, item in enumerate(value, start=1):
            yield from _problems(shape.member, item, (*path, str(index), "member"))
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _problems(shape.key, key, (*path, "key"))
            yield from _problems(shape.value, item, (*path, str(key)))


def _is_of_type(shape: Shape, value: Any) -> bool:
    wanted = _TYPES.get(shape.type_name)
    if wanted is None:
        return True
    return isinstance(value, wanted) and (bool in wanted or not isinstance(value, bool))


def _structure_problems(
    shape: StructureShape, value: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _failed((*path, name), None, "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], (*path, name))


def _limits(shape: Shape, value: Any) -> Iterator[str]:
    enumeration = getattr(shape, "enum", None)
    if enumeration and value not in enumeration:
        yield f"Member must satisfy enum value set: [{', '.join(enumeration)}]"
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    sized = isinstance(value, str | list | dict)
    size = len(value) if sized else value
    what = "length" if sized else "value"
    if low is not None and size < low:
        yield f"Member must have {what} greater than or equal to {low}"
    if high is not None and size > high:
        yield f"Member must have {what} less than or equal to {high}"


def _failed(path: tuple[str, ...], value: Any, rule: str) -> str:
    where = ".".join(name[:1].lower() + name[1:] for name in path)
    shown = "null" if value is None else f"'{_masked(path[-1], value) if path else value}'"
    return f"Value {shown} at '{where}' failed to satisfy constraint: {rule}"


def _masked(name: str, value: Any) -> Any:
    """Return what may be shown of a member's value: passwords and tokens may not."""
    if isinstance(value, dict):
        return {key: _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(name, item) for item in value]
    return "***" if _SECRET.search(name) else value
