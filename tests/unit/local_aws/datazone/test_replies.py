"""Answers are written as moto's own serializer writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.serialize import RestJSONSerializer
from moto.core.utils import get_service_model

from airflow_lineage_provider.local_aws.services.datazone.operations import OPERATIONS
from airflow_lineage_provider.local_aws.services.datazone.replies import written

_MODEL: Any = get_service_model("datazone")
_NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)


def _value(shape: Shape, random: Random, depth: int = 0) -> Any:
    """Return any value of a shape; members are left out, or said to be absent, at random."""
    if isinstance(shape, StructureShape):
        share = 0.8 if depth < 4 else 0.1
        return {
            name: _value(member, random, depth + 1) if random.random() < 0.9 else None
            for name, member in shape.members.items()
            if random.random() < share
        }
    if isinstance(shape, ListShape):
        return [_value(shape.member, random, depth + 1) for _ in range(random.randrange(3))]
    if isinstance(shape, MapShape):
        return {text: _value(shape.value, random, depth + 1) for text in random.sample(["a", "ä", "日"], 2)}
    return _scalar(shape.type_name, random)


def _scalar(kind: str, random: Random) -> Any:
    if kind == "timestamp":
        microseconds = random.choice([0, 1, 999, 1000, 123_456, 999_999])
        return _NOON + timedelta(seconds=random.randrange(10**6), microseconds=microseconds)
    values: dict[str, list[Any]] = {
        "string": ["", "text", 'with "quotes" and 日本', "a/b?c=d"],
        "boolean": [True, False],
        "integer": [0, 1, -7],
        "long": [0, 2**40],
        "float": [0.5, 3],
        "double": [0.5, 3],
        "blob": [b"", b"\x00\xff"],
    }
    return random.choice(values[kind])


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_answer_of_an_operation_is_the_same(name: str) -> None:
    operation = _MODEL.operation_model(name)
    random = Random(name)

    for _ in range(25):
        reply = _value(operation.output_shape, random) if operation.output_shape is not None else {}
        expected = RestJSONSerializer(operation_model=operation).serialize(reply)

        status, headers, body = written(operation, reply)

        assert (status, headers, body) == (expected["status_code"], expected["headers"], expected["body"])


def test_time_of_another_zone_is_told_in_utc() -> None:
    operation = _MODEL.operation_model("GetDataSourceRun")
    moment = datetime(2025, 6, 4, 14, tzinfo=timezone(timedelta(hours=2)))

    _, _, body = written(operation, {"createdAt": moment})

    assert body == '{"createdAt": "2025-06-04T12:00:00Z"}'


def test_what_is_absent_is_not_written() -> None:
    operation = _MODEL.operation_model("QueryGraph")

    assert written(operation, {"items": [], "nextToken": None})[2] == '{"items": []}'
