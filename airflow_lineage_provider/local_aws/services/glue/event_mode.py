"""
Crawls in event mode: what has changed is what S3 told a queue (CRAWL_EVENT_MODE).

The first crawl lists everything, and so does the first after a change of the crawler that may matter to the
catalog. A later one takes up to 100,000 messages and looks at the folders they name. Messages are deleted
when the crawl has succeeded and given back when it has not. A message that is none of S3's goes to the
target's dead-letter queue, or is deleted where there is none.

.. seealso:: AWS Glue Developer Guide, "Accelerating crawls using Amazon S3 event notifications".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from airflow_lineage_provider.local_aws.engine.s3_events import touched_folders
from airflow_lineage_provider.local_aws.services.glue.crawlers import Crawler
from airflow_lineage_provider.local_aws.services.glue.definition import EVENT_MODE, CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.event_queue import EventQueue, QueueMessage

__all__ = ["MAX_MESSAGES", "EventReading", "same_crawl", "take_events"]

MAX_MESSAGES = 100_000


class EventReading:
    """
    What one crawl took from its queue.

    ``changed`` are the locations of the folders the messages name, of those that are of interest.
    """

    def __init__(
        self, queue: EventQueue, dead_letters: EventQueue | None, concerns: Callable[[str], bool]
    ) -> None:
        self._queue = queue
        self._dead_letters = dead_letters
        self._messages = queue.receive(MAX_MESSAGES)
        self._strange: list[QueueMessage] = []
        changed: set[str] = set()
        for message in self._messages:
            folders = touched_folders(message.body)
            if folders is None:
                self._strange.append(message)
            else:
                changed |= folders
        self.changed = frozenset(location for location in changed if concerns(location))

    @property
    def strange(self) -> int:
        """How many messages were none of S3's."""
        return len(self._strange)

    def settle(self, *, succeeded: bool) -> None:
        """Delete the messages of a crawl that succeeded, give back those of another."""
        if not succeeded:
            self._queue.give_back(self._messages)
            return
        if self._dead_letters is not None:
            for message in self._strange:
                self._dead_letters.send(message.body)
        self._queue.delete(self._messages)


def take_events(crawler: Crawler) -> EventReading | None:
    """
    Take what is in a crawler's queue.

    :return: ``None`` if the crawl has to list everything.
    """
    definition, before = crawler.definition, crawler.crawled_as
    if before is None or not same_crawl(before, definition):
        return None
    if any(not location.endswith("/") for location in crawler.folders):
        return None  # the target is an object, not a folder
    target = next(target for targets in definition.targets.values() for target in targets)
    dead_letters = target.get("DlqEventQueueArn")
    paths = definition.s3_targets
    return EventReading(
        EventQueue(target["EventQueueArn"]),
        EventQueue(dead_letters) if dead_letters else None,
        concerns=lambda location: not paths or any(path.covers(location) for path in paths),
    )


def same_crawl(before: CrawlerDefinition, after: CrawlerDefinition) -> bool:
    """Tell whether two definitions of a crawler in event mode crawl the same in the same way."""
    return after.recrawl_behavior == EVENT_MODE and _what_matters(before) == _what_matters(after)


def _what_matters(definition: CrawlerDefinition) -> CrawlerDefinition:
    return replace(definition, description="", schedule="", role="", security_configuration="")
