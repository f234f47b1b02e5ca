"""Every implemented operation is called through boto3, and every answer is as the service model says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.response import StreamingBody

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.datazone.operations import OPERATIONS
from airflow_lineage_provider.local_aws.services.datazone.validation import violations
from tests.contract.datazone_estate import make_estate
from tests.contract.datazone_walks import WALKS
from tests.contract.shape_validation import assert_valid


class _Recorder:
    """The last answer of each operation of a client, as boto3 parsed it."""

    def __init__(self, client: Any) -> None:
        self.model = client.meta.service_model
        self.answers: dict[str, list[Mapping[str, Any]]] = {}
        client.meta.events.register("after-call.datazone.*", self._record)

    def _record(self, http_response: Any, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        if http_response.status_code < 300:
            self.answers.setdefault(model.name, []).append(parsed)

    def problems(self) -> list[str]:
        """Return what breaks the constraints of the output shapes."""
        found = []
        for name, answers in self.answers.items():
            shape = self.model.operation_model(name).output_shape
            for answer in answers:
                members = {key: _plain(value) for key, value in answer.items() if key != "ResponseMetadata"}
                unknown = sorted(set(members) - set(shape.members if shape else ()))
                found += [f"{name}: unknown members {unknown}"] if unknown else []
                problems = violations(shape, members) if shape else ()
                found += [f"{name}: {problem}" for problem in problems]
        return found


def _plain(value: Any) -> Any:
    """Read a stream, so that what it holds can be checked."""
    return value.read() if isinstance(value, StreamingBody) else value


def _with_public_types(value: Any) -> Any:
    """Give connections of the type LAKEHOUSE, which the public model does not list, one that it does."""
    if isinstance(value, dict):
        changed = {name: _with_public_types(item) for name, item in value.items()}
        return changed | ({"type": "IAM"} if value.get("type") == "LAKEHOUSE" else {})
    return [_with_public_types(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def recorder(local_aws: LocalAws) -> _Recorder:
    """Walk through the whole API once, with crawled tables to import."""
    estate = make_estate(local_aws)
    recorder = _Recorder(estate.client)
    estate.put_files({"clickstream": {"sessionId": "a", "amount": 1.5}})
    estate.make_crawler()
    estate.crawl()
    estate.client.create_domain(name="empty", tags={"a": "b"})
    for walk in WALKS:
        walk(estate)
    estate.client.delete_domain(identifier=estate.domain, cascadeDelete=True)
    return recorder


_NEVER_ANSWERED = {"GetJobRun"}
"""Lineage jobs never run here, so there is no run to describe."""
_ALWAYS_EMPTY = {"ListJobRuns"}


def test_walk_covers_every_implemented_operation(recorder: _Recorder) -> None:
    assert set(recorder.answers) == set(OPERATIONS) - _NEVER_ANSWERED


def test_answers_keep_to_the_constraints_of_the_service_model(recorder: _Recorder) -> None:
    assert recorder.problems() == []


def test_answers_have_the_members_of_the_service_model(recorder: _Recorder) -> None:
    for name, answers in recorder.answers.items():
        for answer in answers:
            assert_valid("datazone", name, _with_public_types(dict(answer)))


def test_walk_sees_lists_that_are_not_empty(recorder: _Recorder) -> None:
    """An empty list is valid whatever its items would have looked like."""
    empty = [
        name
        for name, answers in recorder.answers.items()
        if name.startswith(("List", "Search", "QueryGraph"))
        and not any(
            answer.get("items") or answer.get("nodes") or answer.get("tags") or answer.get("members")
            for answer in answers
        )
    ]

    assert set(empty) == _ALWAYS_EMPTY
