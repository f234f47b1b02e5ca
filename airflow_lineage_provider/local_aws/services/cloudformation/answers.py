"""
Answers of custom resources: what a provider puts to the ``ResponseURL`` it was given.

A URL is good for one answer of one request. On AWS it is a presigned URL of S3; here it leads back to the
stack itself and carries a token that cannot be guessed.

.. seealso:: AWS CloudFormation User Guide, "CloudFormation custom resource request and response reference".
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError

__all__ = ["ANSWERS", "Answer", "AnswerDesk", "AnswerSlot"]

_MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider says of one request."""

    succeeded: bool
    physical_id: str
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class AnswerSlot:
    """
    Where one answer is waited for.

    ``done`` is set when an answer came or none will come any more.
    """

    def __init__(self, *, stack_id: str, request_id: str, logical_id: str) -> None:
        self.token = secrets.token_urlsafe(24)
        self.done = threading.Event()
        self.body: bytes | None = None
        self.ending = ""
        self._expected = {
            "StackId": stack_id,
            "RequestId": request_id,
            "LogicalResourceId": logical_id,
        }

    def end(self, how: str) -> None:
        """Note how the provider's work ended; without an answer until now there will be none."""
        self.ending = how
        self.done.set()

    def read(self) -> Answer:
        """
        Return the answer that came.

        :raises ResourceError: If it is not what CloudFormation takes for one.
        """
        document = self._document()
        for member, value in self._expected.items():
            if document.get(member) != value:
                raise ResourceError(f"Invalid Response object: {member} is not that of the request")
        status = document.get("Status")
        if status not in ("SUCCESS", "FAILED"):
            raise ResourceError(
                f"Invalid Response object: Value of property Status must be SUCCESS or FAILED, not {status!r}"
            )
        physical_id = document.get("PhysicalResourceId")
        if not isinstance(physical_id, str) or not physical_id:
            raise ResourceError("Invalid PhysicalResourceId in the Response object")
        data = document.get("Data") or {}
        if not isinstance(data, dict):
            raise ResourceError("Invalid Response object: Value of property Data must be an object")
        return Answer(status == "SUCCESS", physical_id, str(document.get("Reason") or ""), data)

    def _document(self) -> dict[str, Any]:
        body = self.body or b""
        if len(body) > _MAX_BYTES:
            raise ResourceError("Response object is too long.")
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise ResourceError("Invalid Response object: it is no JSON object")
        return document


class AnswerDesk:
    """The requests that wait for an answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[str, AnswerSlot] = {}

    @contextmanager
    def expecting(self, slot: AnswerSlot) -> Iterator[AnswerSlot]:
        """Take an answer for ``slot`` while the block runs."""
        with self._lock:
            self._slots[slot.token] = slot
        try:
            yield slot
        finally:
            with self._lock:
                self._slots.pop(slot.token, None)

    def deliver(self, token: str, body: bytes) -> bool:
        """Give an answer to whoever waits for it, the first one only; tell whether anybody does."""
        with self._lock:
            slot = self._slots.pop(token, None)
        if slot is None:
            return False
        slot.body = body
        slot.done.set()
        return True


ANSWERS = AnswerDesk()
