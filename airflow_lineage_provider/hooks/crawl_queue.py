"""
Hear of crawls that end, from an SQS queue to which EventBridge sends ``Glue Crawler State Change``.

A message is a hint to look at once, and nothing else: what a crawl did is read from its history, and polling
goes on for the case that no message comes (delivery is best effort, and a stopped crawl has no event). So any
number of readers may share a queue. A message about a crawler that a reader does not wait for is left alone
and can be received by another one two seconds later. So can a message about its own crawler, until it is half
a minute old: somebody else may wait for the same crawler. Then whoever heeded it deletes it.

.. seealso::
    - EventBridge user guide, *Events from AWS services: AWS Glue*
    - `ReceiveMessage
      <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>`__
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from time import monotonic
from time import sleep as _sleep

from airflow_lineage_provider.exceptions import AwsCallError, InvalidArgumentError, LineageError
from airflow_lineage_provider.hooks.base import LineageAwsHook
from airflow_lineage_provider.hooks.crawl_messages import HeardMessages, QueueMessage

__all__ = ["LOOKS_AFTER_EVENT", "ListeningPause", "SqsCrawlEventHook"]

LOOKS_AFTER_EVENT = (0.0, 2.0, 3.0, 10.0, 15.0)
"""Pauses in seconds before the looks after an event: history and state of the crawler may lag behind it."""

_BATCH = 10
_LEFT_ALONE_SECONDS = 2
_LONG_POLL_SECONDS = 5
_PAUSE_AFTER_OTHERS_SECONDS = 1.0
_NO_SUCH_RECEIPT = "ReceiptHandleIsInvalid"
_log = logging.getLogger(__name__)


class SqsCrawlEventHook(LineageAwsHook):
    """
    Read one queue of crawl events, and delete messages that were heeded.

    :param aws_conn_id: Airflow connection; ``None`` leaves the credentials to boto3.
    :param region_name: AWS region of the queue; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param config: Options of the botocore client.
    """

    service = "sqs"

    def check(self, queue_url: str) -> None:
        """
        Make sure that the queue is there and may be read, by calls that change nothing.

        :raises InvalidArgumentError: If it is a FIFO queue, in which messages for others would be in the way.
        :raises ResourceNotFoundError: If there is no such queue.
        :raises PermissionDeniedError: If ``sqs:GetQueueAttributes``, ``sqs:ReceiveMessage`` or
            ``sqs:DeleteMessage`` is not allowed; it names the action.
        """
        if queue_url.endswith(".fifo"):
            raise InvalidArgumentError(
                argument="event_queue_url", value=queue_url, wanted="the URL of a standard queue, not FIFO"
            )
        about = {"subject": f"queue {queue_url}", "QueueUrl": queue_url}
        self.call("get_queue_attributes", AttributeNames=["QueueArn"], **about)
        self.call("receive_message", MaxNumberOfMessages=1, VisibilityTimeout=0, WaitTimeSeconds=0, **about)
        try:
            self.call("delete_message", ReceiptHandle="preflight", **about)
        except AwsCallError as error:
            if error.code != _NO_SUCH_RECEIPT:
                raise

    def receive(self, queue_url: str, *, wait_seconds: int = _LONG_POLL_SECONDS) -> list[QueueMessage]:
        """
        Wait for messages; they are hidden from other readers for two seconds.

        :param wait_seconds: How long to wait if there are none, at most 20.
        """
        reply = self.call(
            "receive_message",
            subject=f"queue {queue_url}",
            QueueUrl=queue_url,
            MaxNumberOfMessages=_BATCH,
            MessageSystemAttributeNames=["SentTimestamp"],
            VisibilityTimeout=_LEFT_ALONE_SECONDS,
            WaitTimeSeconds=wait_seconds,
        )
        received_at = self.service_time(reply).timestamp()
        return [
            QueueMessage.from_message(message, received_at=received_at)
            for message in reply.get("Messages", ())
        ]

    def delete(self, queue_url: str, messages: Iterable[QueueMessage]) -> None:
        """Delete messages; one that is gone already does not matter."""
        receipts = [message.receipt for message in messages]
        for start in range(0, len(receipts), _BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt}
                for number, receipt in enumerate(receipts[start : start + _BATCH])
            ]
            self.call(
                "delete_message_batch", subject=f"queue {queue_url}", QueueUrl=queue_url, Entries=entries
            )


class ListeningPause:
    """
    Sleep in a worker, but not longer than until an event says that a crawl of a crawler is over.

    A queue that cannot be read is logged once, and the pauses are as long as without it.

    :param make_hook: Makes the hook; called with the first pause.
    :param sleep: How to sleep where there is nothing to listen to.
    """

    def __init__(
        self,
        make_hook: Callable[[], SqsCrawlEventHook],
        queue_url: str,
        crawler_name: str,
        *,
        sleep: Callable[[float], None] = _sleep,
    ) -> None:
        self._make_hook = make_hook
        self._queue_url = queue_url
        self._crawler_name = crawler_name
        self._sleep = sleep
        self._hook: SqsCrawlEventHook | None = None
        self._heard = HeardMessages()
        self._looks: list[float] = []
        self._complained = False

    def __call__(self, seconds: float) -> None:
        """Sleep for so many seconds, or less."""
        self.close()
        if self._looks:
            self._sleep(min(seconds, self._looks.pop(0)))
            return
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            if self._complained or left < 1:
                self._sleep(left)
                return
            if self._hears(min(_LONG_POLL_SECONDS, int(left))):
                self._looks = list(LOOKS_AFTER_EVENT[1:])
                return

    def close(self) -> None:
        """Delete the messages that were heeded and are old: the look that they asked for was made."""
        due, hook = self._heard.take_due(monotonic()), self._hook
        if due and hook is not None:
            try:
                hook.delete(self._queue_url, due)
            except LineageError as error:
                _log.debug("A message was not deleted and may come again: %s", error)

    def _hears(self, wait_seconds: int) -> bool:
        """Read the queue once; tell whether a crawl of our crawler is over."""
        try:
            if self._hook is None:
                self._hook = self._make_hook()
            messages = self._hook.receive(self._queue_url, wait_seconds=wait_seconds)
        except LineageError as error:
            self._complained = True
            _log.warning("The event queue cannot be read; the wait goes on by polling alone: %s", error)
            return False
        news = self._heard.hear(messages, {self._crawler_name}, monotonic())
        if any(message.has_ended for message in news):
            return True
        self.close()
        if messages and not news:
            self._sleep(_PAUSE_AFTER_OTHERS_SECONDS)
        return False
