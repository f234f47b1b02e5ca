"""Answers of custom resources: who may give one, and what one is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.cloudformation.answers import (
    Answer,
    AnswerDesk,
    AnswerSlot,
)
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError

REQUEST = {"stack_id": "arn:stack", "request_id": "r-1", "logical_id": "Thing"}
ANSWER = {
    "Status": "SUCCESS",
    "StackId": "arn:stack",
    "RequestId": "r-1",
    "LogicalResourceId": "Thing",
    "PhysicalResourceId": "thing-1",
    "Data": {"Colour": "blue"},
}


def answered(document: object) -> AnswerSlot:
    slot = AnswerSlot(**REQUEST)
    slot.body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return slot


class TestDesk:
    """An answer reaches the one who waits for it, once, while they wait."""

    def test_delivers_to_who_waits(self) -> None:
        desk, slot = AnswerDesk(), AnswerSlot(**REQUEST)

        with desk.expecting(slot):
            taken = desk.deliver(slot.token, json.dumps(ANSWER).encode())

        assert taken
        assert slot.done.is_set()
        assert slot.read() == Answer(True, "thing-1", "", {"Colour": "blue"})

    def test_takes_no_second_answer_and_none_afterwards(self) -> None:
        desk, slot = AnswerDesk(), AnswerSlot(**REQUEST)

        with desk.expecting(slot):
            desk.deliver(slot.token, b"{}")
            again = desk.deliver(slot.token, b"{}")

        assert not again
        assert not desk.deliver(slot.token, b"{}")

    def test_knows_nobody_by_a_guess(self) -> None:
        assert not AnswerDesk().deliver("guess", b"{}")
        assert AnswerSlot(**REQUEST).token != AnswerSlot(**REQUEST).token


class TestAnswer:
    """An answer says of which request it is, how it went, and what came of it."""

    def test_can_be_a_failure_with_its_reason(self) -> None:
        slot = answered({**ANSWER, "Status": "FAILED", "Reason": "No paint.", "Data": None})

        assert slot.read() == Answer(False, "thing-1", "No paint.", {})

    @pytest.mark.parametrize(
        "change, problem",
        [
            pytest.param({"Status": "DONE"}, "must be SUCCESS or FAILED, not 'DONE'", id="status"),
            pytest.param({"RequestId": "r-2"}, "RequestId is not that of the request", id="another request"),
            pytest.param({"LogicalResourceId": "It"}, "LogicalResourceId is not", id="another resource"),
            pytest.param({"PhysicalResourceId": ""}, "Invalid PhysicalResourceId", id="no id"),
            pytest.param({"Data": ["blue"]}, "property Data must be an object", id="data"),
            pytest.param({"Data": {"Text": "x" * 4096}}, "Response object is too long.", id="too long"),
        ],
    )
    def test_is_refused_in_the_words_of_aws(self, change: dict[str, Any], problem: str) -> None:
        with pytest.raises(ResourceError) as refused:
            answered({**ANSWER, **change}).read()

        assert problem in refused.value.reason

    @pytest.mark.parametrize("body", [b"", b"no JSON", b"[]"], ids=["nothing", "text", "a list"])
    def test_is_a_json_object(self, body: bytes) -> None:
        with pytest.raises(ResourceError, match="no JSON object"):
            answered(body).read()
