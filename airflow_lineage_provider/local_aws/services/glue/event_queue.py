"""Queues of moto's SQS as a crawl in event mode uses them: no HTTP, no credentials, no IAM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import sqs_backends

__all__ = ["EventQueue", "QueueMessage"]

_VISIBILITY_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """One message that was received: nobody else sees it until it is given back."""

    message_id: str
    receipt: str
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
        return bool(self._name) and self._name in self._backend.queues

    def receive(self, limit: int) -> list[QueueMessage]:
        """Take up to ``limit`` messages; none if the queue is gone."""
        if not self.exists():
            return []
        received = self._backend.receive_message(self._name, limit, 0, _VISIBILITY_SECONDS)
        return [QueueMessage(message.id, message.receipt_handle, message.body) for message in received]

    def delete(self, messages: Sequence[QueueMessage]) -> None:
        """Delete messages; all at once, as moto looks through the whole queue for each."""
        if not self.exists():
            return
        queue = self._backend.queues[self._name]
        ids = {message.message_id for message in messages}
        for pending in [message for message in queue.pending_messages if message.id in ids]:
            queue.pending_messages.discard(pending)
        queue._messages = [message for message in queue._messages if message.id not in ids]

    def give_back(self, messages: Sequence[QueueMessage]) -> None:
        """Let messages be received again."""
        for message in messages if self.exists() else ():
            try:
                self._backend.change_message_visibility(self._name, message.receipt, 0)
            except ReceiptHandleIsInvalid:
                continue

    def send(self, body: str) -> None:
        """Put a message there, if the queue is."""
        if self.exists():
            self._backend.send_message(self._name, body)

    @property
    def _backend(self) -> Any:
        return sqs_backends[self._account][self._region]
