"""Inputs that keep to an operation's constraints, with any values for what it requires."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

__all__ = ["sample_input"]

_SCALARS: dict[str, Any] = {
    "integer": 1,
    "long": 1,
    "float": 1.0,
    "double": 1.0,
    "boolean": True,
    "blob": b"{}",
    "timestamp": datetime(2025, 6, 4, 12, tzinfo=UTC),
}
_BY_PATTERN = {
    "UserProfileId": "8d1f2a3b-0c4d-4e5f-8a6b-7c8d9e0f1a2b",
    "GroupProfileId": "8d1f2a3b-0c4d-4e5f-8a6b-7c8d9e0f1a2b",
    "UserIdentifier": "8d1f2a3b-0c4d-4e5f-8a6b-7c8d9e0f1a2b",
    "GroupIdentifier": "8d1f2a3b-0c4d-4e5f-8a6b-7c8d9e0f1a2b",
    "IamRoleArn": "arn:aws:iam::123456789012:role/any",
    "RoleArn": "arn:aws:iam::123456789012:role/any",
    "LineageEventIdentifier": "abcdefghij1234",
    "DomainId": "dzd-abc",
    "AwsAccountId": "123456789012",
    "AwsRegion": "us-east-1",
    "RegionName": "us-east-1",
}


def sample_input(shape: StructureShape) -> dict[str, Any]:
    """Return the required members of a structure; of a union its first member."""
    names = list(shape.members)[:1] if shape.is_tagged_union else shape.required_members
    return {name: _sample(shape.members[name]) for name in names}


def _sample(shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        return sample_input(shape)
    if isinstance(shape, ListShape):
        return [_sample(shape.member)] * max(1, shape.metadata.get("min", 0))
    if isinstance(shape, MapShape):
        return {_sample(shape.key): _sample(shape.value)}
    if isinstance(shape, StringShape):
        allowed = shape.enum
        return allowed[0] if allowed else _BY_PATTERN.get(shape.name, "abc")
    return _SCALARS[shape.type_name]
