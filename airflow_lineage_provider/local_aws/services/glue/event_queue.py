"""
Queues of moto's SQS as a crawl in event mode uses them: no HTTP, no credentials, no IAM.

moto's own receiving and deleting look through the whole queue for every message, so here many are taken and
deleted in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from moto.sqs.models import sqs_backends

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["EventQueue", "QueueMessage"]

_VISIBILITY_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """One message that was received: nobody else sees it until it is given back."""

    message_id: str
    body: str


class EventQueue:
    """
    One queue.

    :param arn: Its ARN.
    """

    def __init__(self, arn: str) -> None:
        parts = arn.split(":")
        valid = len(parts) == 6 and parts[0] == "arn" and parts[2] == "sqs"
        self._region, self._account, self._name = parts[3:6] if valid else ("", "", "")

    def exists(self) -> bool:
        """Tell whether there is such a queue."""
        return self._queue is not None

    def receive(self, limit: int) -> list[QueueMessage]:
        """Take up to ``limit`` messages; what was received too often goes where the queue's redrive says."""
        queue = self._queue
        taken: list[QueueMessage] = []
        for message in queue.messages if queue is not None else ():
            if len(taken) == limit:
                break
            if _is_expired(queue, message):
                continue
            if _was_received_too_often(queue, message):
                queue._messages.remove(message)
                queue.dead_letter_queue.add_message(message)
                continue
            message.mark_received(visibility_timeout=_VISIBILITY_SECONDS)
            queue.pending_messages.add(message)
            taken.append(QueueMessage(message.id, message.body))
        return taken

    def delete(self, messages: Sequence[QueueMessage]) -> None:
        """Delete messages."""
        queue, ids = self._queue, {message.message_id for message in messages}
        if queue is not None:
            for message in [pending for pending in queue.pending_messages if pending.id in ids]:
                queue.pending_messages.discard(message)
            queue._messages = [message for message in queue._messages if message.id not in ids]

    def give_back(self, messages: Sequence[QueueMessage]) -> None:
        """Let messages be received again."""
        queue, ids = self._queue, {message.message_id for message in messages}
        for message in list(queue._messages) if queue is not None else ():
            if message.id in ids:
                message.change_visibility(0)
                queue.pending_messages.discard(message)

    def send(self, body: str) -> None:
        """Put a message there, if the queue is."""
        if self.exists():
            self._backend.send_message(self._name, body)

    @property
    def _backend(self) -> Any:
        return sqs_backends[self._account][self._region]

    @property
    def _queue(self) -> Any:
        """The queue in moto; ``None`` if there is none."""
        return self._backend.queues.get(self._name) if self._name else None


def _is_expired(queue: Any, message: Any) -> bool:
    kept_until = message.sent_timestamp / 1000 + int(queue.message_retention_period)
    return bool(kept_until <= RUNTIME.now().timestamp())


def _was_received_too_often(queue: Any, message: Any) -> bool:
    if queue.dead_letter_queue is None or not queue.redrive_policy:
        return False
    return bool(message.approximate_receive_count >= queue.redrive_policy["maxReceiveCount"])
