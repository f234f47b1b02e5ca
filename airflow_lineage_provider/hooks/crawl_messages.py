"""
What a reader of an event queue keeps in mind: which messages it heeded, and when each may be deleted.

SQS hands a message to one reader at a time, but several (workers, triggerers, teams) may share a queue and
wait for the same crawler. So a message about a crawler stays in the queue for a while after it was heeded:
the others receive it, too, and who knows it already passes over it. Nothing here calls AWS, waits or reads a
clock.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["KEPT_SECONDS", "HeardMessages", "QueueMessage"]

KEPT_SECONDS = 30.0
"""How old a message must be before who heeded it deletes it, in seconds."""


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """
    A message, without its body.

    :param message_id: What stays the same whoever receives it.
    :param receipt: What deletes it; changes with every reception.
    :param crawler_name: The crawler that the message is about; empty if it is about something else.
    :param has_ended: Whether it says that a crawl is over.
    :param age_seconds: How long ago it was sent, when it was received.
    """

    message_id: str
    receipt: str = field(repr=False)
    crawler_name: str = ""
    has_ended: bool = False
    age_seconds: float = 0.0

    @classmethod
    def from_message(cls, message: Mapping[str, Any], *, received_at: float = 0.0) -> QueueMessage:
        """
        Read a ``Message`` of ``ReceiveMessage``; whatever its body is, it is no error.

        :param received_at: Time of the reply on the service's clock, in seconds since the epoch.
        """
        attributes = message.get("Attributes") or {}
        sent_at = float(attributes.get("SentTimestamp") or received_at * 1000) / 1000
        crawler_name, has_ended = _read_body(message.get("Body"))
        return cls(
            message_id=str(message.get("MessageId", "")),
            receipt=message["ReceiptHandle"],
            crawler_name=crawler_name,
            has_ended=has_ended,
            age_seconds=max(0.0, received_at - sent_at),
        )


def _read_body(body: Any) -> tuple[str, bool]:
    """Return which crawler a message is about, if it is about one, and whether its crawl is over."""
    try:
        event = json.loads(body)
        if event["detail-type"] != "Glue Crawler State Change":
            return "", False
        detail = event["detail"]
        return str(detail["crawlerName"]), detail.get("state") != "Started"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", False


class HeardMessages:
    """The messages that one reader heeded and that are still in the queue, as far as it knows."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[QueueMessage, float]] = {}

    def hear(
        self, messages: Iterable[QueueMessage], crawlers: Collection[str], now: float
    ) -> list[QueueMessage]:
        """
        Take in what was received and return what is news.

        :param messages: Messages about anything.
        :param crawlers: Those that somebody here waits for.
        :param now: Seconds on any clock that only goes forward.
        """
        news = []
        for message in messages:
            known = self._kept.get(message.message_id)
            if known is None and message.crawler_name not in crawlers:
                continue
            if known is None:
                news.append(message)
                # That a crawl has begun is of use to nobody.
                due = now + (KEPT_SECONDS - message.age_seconds if message.has_ended else 0.0)
            else:
                due = known[1]
            self._kept[message.message_id] = (message, due)
        return news

    def take_due(self, now: float) -> list[QueueMessage]:
        """Return the messages that may be deleted now, and forget them."""
        due = [message for message, when in self._kept.values() if when <= now]
        for message in due:
            del self._kept[message.message_id]
        return due

    def last_due(self) -> float | None:
        """Return when the last message may be deleted; ``None`` if there is none."""
        return max((when for _, when in self._kept.values()), default=None)
