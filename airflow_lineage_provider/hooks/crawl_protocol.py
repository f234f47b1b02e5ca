"""
The rules of a crawl: which crawl answers a question, when it is over, and what its verdict is.

``StartCrawler`` returns no id, so identity is established here and never assumed. Nothing in this module
calls AWS or Airflow, sleeps or reads a clock: the operator that waits in the worker and the trigger that
waits in the triggerer both ask these functions, so they cannot disagree.

The one rule that decides everywhere is freshness: a crawl counts only if it *started* at or after what it
must have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from airflow_lineage_provider.exceptions import (
    CrawlerBusyError,
    CrawlerDeletedError,
    CrawlFailedError,
    CrawlStoppedError,
)
from airflow_lineage_provider.hooks.crawl_records import CRAWLER_READY, Crawl, Crawler, Sighting, iso_utc

__all__ = [
    "IF_RUNNING",
    "CrawlWatch",
    "Decision",
    "Look",
    "Move",
    "Note",
    "Pursuit",
    "Question",
    "busy_error",
    "decide",
    "identify",
    "raise_unless_completed",
    "started_before_data",
    "state_in_words",
]

IF_RUNNING = ("join_if_fresh", "join", "wait", "fail")
"""What a task may do about a crawl that is running already."""

_REPLY_TAKES = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Question:
    """
    What a task asks of a crawler.

    :param data_as_of: The crawl must have started at or after it; on the service's clock.
    :param if_running: One of :data:`IF_RUNNING`.
    """

    crawler_name: str
    data_as_of: datetime
    if_running: str = "join_if_fresh"


@dataclass(frozen=True, slots=True)
class Note:
    """
    The newest crawl id from before ``StartCrawler``; ``None`` if the crawler had never crawled.

    :param called: Whether this try called ``StartCrawler`` after it. ``False`` on a note that an earlier try
        left behind: a failed crawl since then is history and no answer.
    """

    newest_id: str | None
    called: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """
    What was seen of a crawler and its history.

    :param crawls: Newest first; at least the newest one, and all that started at or after ``data_as_of`` up
        to the newest successful one.
    """

    crawler: Crawler
    crawls: tuple[Crawl, ...]

    @property
    def newest(self) -> Crawl | None:
        """Return the newest crawl."""
        return self.crawls[0] if self.crawls else None


class Move(StrEnum):
    """What to do next."""

    USE = "use"
    """A fresh crawl has succeeded already: it is the answer."""
    JOIN = "join"
    """Wait for this crawl; its verdict is ours."""
    OUTLAST = "outlast"
    """Wait for the end of this crawl and ask again; its verdict does not matter."""
    START = "start"
    """Start a crawl."""
    LOOK_AGAIN = "look again"
    """A crawl runs that the history does not show yet."""
    REFUSE = "refuse"
    """A crawl is in the way and ``if_running`` is ``fail``."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A move, and the crawl it is about."""

    move: Move
    crawl: Crawl | None = None


def started_before_data(crawl: Crawl, question: Question) -> bool:
    """Tell whether a crawl is stale: it started before the data it must have seen."""
    return crawl.started_at < question.data_as_of


def _newer_than(note: Note, crawls: Sequence[Crawl]) -> list[Crawl]:
    """Return the crawls that appeared after a note, newest first."""
    newer = []
    for crawl in crawls:
        if crawl.crawl_id == note.newest_id:
            break
        newer.append(crawl)
    return newer


def identify(crawls: Sequence[Crawl], note: Note, accepted_at: datetime) -> Crawl | None:
    """
    Find the crawl that an accepted ``StartCrawler`` started, or ``None`` while it is not visible.

    It is the one that was not there before. Where more than one is new, it is the first that started at or
    after the service's own time of the reply; the others began and ended before our call was accepted. A
    crawl's start is noted just before the reply is dated, in another second at times, so a little earlier
    counts as well: crawls that short, one after the other, do not exist.

    :param crawls: The history, newest first, back to the noted crawl.
    :param accepted_at: The ``Date`` of the reply, whole seconds.
    """
    newer = _newer_than(note, crawls)
    if not newer:
        return None
    after = [crawl for crawl in newer if crawl.started_at >= accepted_at - _REPLY_TAKES]
    return after[-1] if after else newer[0]


def decide(question: Question, look: Look, note: Note | None = None) -> Decision:
    """
    Decide what to do about a crawler.

    :param question: What the task wants.
    :param look: What was seen.
    :param note: The crawl that was the newest before ``StartCrawler`` was called, if it was called and the
        answer was not a plain yes: whatever is newer is fresh, because it started after we asked.
    """
    for crawl in look.crawls:
        if crawl.state == "COMPLETED" and not started_before_data(crawl, question):
            return Decision(Move.USE, crawl)
    if note is not None:
        newer = _newer_than(note, look.crawls)
        for crawl in newer:
            if not crawl.has_ended:
                return Decision(Move.JOIN, crawl)
        if newer and note.called:
            return Decision(Move.JOIN, newer[-1])
    return _decide_by_state(question, look)


def _decide_by_state(question: Question, look: Look) -> Decision:
    """Decide by what the crawler does now, when nothing fresh has succeeded."""
    newest = look.newest
    if newest is not None and not newest.has_ended:
        if question.if_running == "fail":
            return Decision(Move.REFUSE, newest)
        fresh = not started_before_data(newest, question)
        joins = question.if_running == "join" or (question.if_running == "join_if_fresh" and fresh)
        return Decision(Move.JOIN if joins else Move.OUTLAST, newest)
    if look.crawler.state == CRAWLER_READY:
        return Decision(Move.START)
    if look.crawler.state == "RUNNING" or newest is None:
        return Decision(Move.LOOK_AGAIN)
    # STOPPING after the end of the newest crawl: StartCrawler would be refused until the crawler is READY.
    return Decision(Move.REFUSE if question.if_running == "fail" else Move.OUTLAST, newest)


def busy_error(question: Question, crawl: Crawl | None) -> CrawlerBusyError:
    """Return the error of ``if_running="fail"``."""
    return CrawlerBusyError(
        crawler_name=question.crawler_name,
        crawl_id="" if crawl is None else crawl.crawl_id,
        started_at="at an unknown time" if crawl is None else str(iso_utc(crawl.started_at)),
        data_as_of=str(iso_utc(question.data_as_of)),
    )


@dataclass(frozen=True, slots=True)
class Pursuit:
    """
    The crawl that a task waits for.

    :param owned: This task started it; only then may it stop it.
    :param joined: Somebody else started it, or nobody knows who.
    :param passing: Wait for its end only, then ask again.
    """

    crawl_id: str
    owned: bool = False
    joined: bool = False
    passing: bool = False


def state_in_words(crawl: Crawl, crawler_state: str) -> str:
    """Say what a crawl's state is, and the crawler's where the crawl is not over because of it."""
    if crawl.has_ended and crawler_state != CRAWLER_READY:
        return f"{crawl.state} (crawler {crawler_state})"
    return crawl.state


class CrawlWatch:
    """
    Follow one crawl from sighting to sighting, the same way in the worker and in the triggerer.

    A crawl is over when the history says that it ended *and* the crawler is READY: Glue reports the end
    before it has cleaned up. If the next crawl has begun by then, the crawler has been READY in between.

    :param patience: Seconds for which a crawl may be missing in the history.
    :param state: What was logged of the crawl already, in the words of :func:`state_in_words`.
    """

    def __init__(self, crawler_name: str, crawl_id: str, *, patience: float, state: str = "") -> None:
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.patience = patience
        self.state = state
        self._missing_since: float | None = None

    def see(self, sighting: Sighting, now: float) -> Crawl | None:
        """
        Take a sighting in and return the crawl once it is over.

        :param now: Seconds on any clock that only goes forward.
        :raises CrawlerDeletedError: If the crawler is gone, or its history no longer has the crawl.
        """
        if sighting.crawler_state is None:
            raise CrawlerDeletedError(crawler_name=self.crawler_name, crawl_id=self.crawl_id)
        crawl = sighting.crawl
        if crawl is None:
            if sighting.looked:
                self._note_missing(now)
            return None
        self._missing_since = None
        moved_on = sighting.newest_id not in {None, self.crawl_id}
        return crawl if crawl.has_ended and (sighting.crawler_state == CRAWLER_READY or moved_on) else None

    def change(self, sighting: Sighting) -> str | None:
        """Return the new state of the crawl in words, with its age, if it is another one than last time."""
        crawl = sighting.crawl
        if sighting.crawler_state is None:
            return None  # that is an error, which says it
        if crawl is not None:
            moved_on = sighting.newest_id not in {None, self.crawl_id}
            state = state_in_words(crawl, CRAWLER_READY if moved_on else sighting.crawler_state)
        elif sighting.looked:
            state = f"not in the history (crawler {sighting.crawler_state})"
        else:
            state = "RUNNING"
        if state == self.state:
            return None
        self.state = state
        return state if crawl is None else state.replace(crawl.state, f"{crawl.state}{crawl.age()}", 1)

    def _note_missing(self, now: float) -> None:
        """Count how long the crawl has been missing."""
        if self._missing_since is None:
            self._missing_since = now
        elif now - self._missing_since > self.patience:
            raise CrawlerDeletedError(crawler_name=self.crawler_name, crawl_id=self.crawl_id)


def raise_unless_completed(crawler_name: str, crawl: Crawl, *, log_url: str) -> None:
    """
    Raise the error of a crawl that ended and did not complete.

    :raises CrawlStoppedError: If somebody stopped it.
    :raises CrawlFailedError: If it failed.
    """
    if crawl.state == "COMPLETED":
        return
    if crawl.state == "STOPPED":
        raise CrawlStoppedError(
            crawler_name=crawler_name,
            crawl_id=crawl.crawl_id,
            message=crawl.error_message,
            log_url=log_url,
        )
    raise CrawlFailedError(
        crawler_name=crawler_name,
        crawl_id=crawl.crawl_id,
        message=crawl.error_message,
        log_url=log_url,
        state=crawl.state,
    )
