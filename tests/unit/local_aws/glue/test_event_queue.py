from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.sqs.models import sqs_backends

from airflow_lineage_provider.local_aws.install import reset
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.glue.event_queue import EventQueue

DAY = 24 * 3600


@pytest.fixture
def sqs() -> Iterator[Any]:
    """An SQS without queues."""
    reset()
    yield sqs_backends["123456789012"]["us-east-1"]
    reset()


def make_queue(sqs: Any, name: str = "q", **attributes: Any) -> EventQueue:
    queue = EventQueue(sqs.create_queue(name, **attributes).queue_arn)
    for number in range(3):
        sqs.send_message(name, str(number))
    return queue


def bodies(queue: EventQueue, limit: int = 10) -> list[str]:
    return [message.body for message in queue.receive(limit)]


class TestReceive:
    def test_takes_the_oldest_up_to_a_limit(self, sqs: Any) -> None:
        queue = make_queue(sqs)

        assert (bodies(queue, 2), bodies(queue, 2), bodies(queue, 2)) == (["0", "1"], ["2"], [])

    def test_hides_from_others_what_it_took(self, sqs: Any) -> None:
        make_queue(sqs).receive(2)

        assert [message.body for message in sqs.receive_message("q", 10, 0, 30)] == ["2"]

    def test_does_not_take_what_others_are_working_on(self, sqs: Any) -> None:
        queue = make_queue(sqs)
        sqs.receive_message("q", 1, 0, 30)

        assert bodies(queue) == ["1", "2"]

    def test_does_not_take_what_is_too_old(self, sqs: Any) -> None:
        queue = make_queue(sqs)

        RUNTIME.advance(5 * DAY)

        assert bodies(queue) == []

    def test_moves_what_was_received_too_often(self, sqs: Any) -> None:
        dead = EventQueue(sqs.create_queue("dead").queue_arn)
        policy = {"deadLetterTargetArn": sqs.get_queue("dead").queue_arn, "maxReceiveCount": 1}
        queue = make_queue(sqs, RedrivePolicy=json.dumps(policy))
        queue.give_back(queue.receive(1))

        assert bodies(queue) == ["1", "2"]
        assert bodies(dead) == ["0"]


class TestSettling:
    def test_deletes_for_good(self, sqs: Any) -> None:
        queue = make_queue(sqs)

        queue.delete(queue.receive(2))

        assert bodies(queue) == ["2"]
        assert len(sqs.get_queue("q")._messages) == 1

    def test_gives_back_at_once(self, sqs: Any) -> None:
        queue = make_queue(sqs)

        queue.give_back(queue.receive(2))
        RUNTIME.advance(1)

        assert bodies(queue) == ["0", "1", "2"]


class TestMissingQueues:
    @pytest.mark.parametrize(
        "arn", ["arn:aws:sqs:us-east-1:123456789012:gone", "gone", "arn:aws:s3:::bucket"]
    )
    def test_hold_nothing_and_take_nothing(self, sqs: Any, arn: str) -> None:
        queue = EventQueue(arn)
        queue.send("lost")
        queue.delete([])
        queue.give_back([])

        assert (queue.exists(), queue.receive(10)) == (False, [])
