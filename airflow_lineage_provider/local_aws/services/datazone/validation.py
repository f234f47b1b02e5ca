"""
Check a request against the service model, as the service itself does.

Clients check only required members, types and minimums; maxima, patterns and enumerations reach the service.
The text of a broken pattern is the one AWS documents for GetAsset; the others follow its form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from airflow_lineage_provider.local_aws.services.datazone.assumptions import EXTRA_ENUM_VALUES
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError

__all__ = ["require_valid", "violation", "violations"]

_KINDS: dict[str, tuple[type, ...]] = {
    "structure": (Mapping,),
    "map": (Mapping,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime,),
    "blob": (bytes,),
}
_CATEGORY = re.compile(r"\\p\{\w+\}")
_PRINTED = r"\\x21-\\x7e\\x80-\\U0010ffff"


def require_valid(shape: StructureShape, params: Mapping[str, Any]) -> None:
    """
    Raise if ``params`` break the constraints of ``shape``.

    :raises ValidationError: With every broken constraint in its message.
    """
    found = list(violations(shape, params))
    if found:
        raise violation(*found)


def violation(*problems: str) -> ValidationError:
    """Return the error for problems worded as "Value at '…' failed to satisfy constraint: …"."""
    noun = "error" if len(problems) == 1 else "errors"
    return ValidationError(f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")


def violations(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """Yield a sentence for each constraint of ``shape`` that ``value`` breaks."""
    if not _is_of(shape.type_name, value):
        yield _failed(path, f"Member must be of type {shape.type_name}")
    elif isinstance(shape, StructureShape):
        yield from _structure_violations(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _size_violations(shape, len(value), path)
        for index, item in enumerate(value, start=1):
            yield from violations(shape.member, item, f"{path}.{index}.member")
    elif isinstance(shape, MapShape):
        yield from _size_violations(shape, len(value), path)
        for key, item in value.items():
            yield from violations(shape.key, key, f"{path}.key")
            yield from violations(shape.value, item, f"{path}.{key}.member")
    else:
        yield from _scalar_violations(shape, value, path)


def _is_of(kind: str, value: object) -> bool:
    kinds = _KINDS[kind]
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _structure_violations(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{prefix}{name}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from violations(member, value[name], f"{prefix}{name}")
    if shape.is_tagged_union and sum(value.get(name) is not None for name in shape.members) != 1:
        yield _failed(path, f"Exactly one member must be set: [{', '.join(shape.members)}]")


def _size_violations(shape: Shape, size: int, path: str) -> Iterator[str]:
    constraints = shape.metadata
    if size > constraints.get("max", size):
        yield _failed(path, f"Member must have length less than or equal to {constraints['max']}")
    if size < constraints.get("min", size):
        yield _failed(path, f"Member must have length greater than or equal to {constraints['min']}")


def _scalar_violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    constraints = shape.metadata
    if isinstance(value, str | bytes):
        yield from _size_violations(shape, len(value), path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if value > constraints.get("max", value):
            yield _failed(path, f"Member must have value less than or equal to {constraints['max']}")
        if value < constraints.get("min", value):
            yield _failed(path, f"Member must have value greater than or equal to {constraints['min']}")
    pattern = constraints.get("pattern")
    if pattern and isinstance(value, str) and not _compiled(pattern).fullmatch(value):
        yield _failed(path, f"Member must satisfy regular expression pattern: {pattern}")
    allowed = shape.enum if isinstance(shape, StringShape) else []
    if allowed and value not in allowed and value not in EXTRA_ENUM_VALUES.get(shape.name, ()):
        yield _failed(path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")


def _failed(path: str, constraint: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: {constraint}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of the model; a Unicode category, which Python lacks, stands for any printed sign."""
    return re.compile(_CATEGORY.sub(_PRINTED, pattern), re.ASCII)
