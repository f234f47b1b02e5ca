"""
Carry the crawl protocol out in a worker: look, note, start, identify, and wait where nobody defers.

The decisions are :mod:`~airflow_lineage_provider.hooks.crawl_protocol`'s; this module makes the calls and
keeps what a retry must know.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from airflow_lineage_provider.exceptions import AwsCallError, CrawlNotVisibleError, InvalidArgumentError
from airflow_lineage_provider.hooks.crawl_patience import Clock, CrawlAsk, Patience, stop_crawl
from airflow_lineage_provider.hooks.crawl_protocol import (
    CrawlWatch,
    Look,
    Move,
    Note,
    Pursuit,
    Question,
    busy_error,
    decide,
    identify,
    started_before_data,
    state_in_words,
)
from airflow_lineage_provider.hooks.crawl_records import (
    CRAWLER_READY,
    Crawl,
    Crawler,
    clock_offset,
    iso_utc,
    parse_time,
)
from airflow_lineage_provider.hooks.crawl_turns import StartTurn, Unshared
from airflow_lineage_provider.hooks.error_codes import is_throttled, is_transient
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.hooks.repeating import a_few_times

__all__ = ["VISIBLE_SECONDS", "CrawlSession", "Found"]

VISIBLE_SECONDS = 120.0
"""For how long a crawl that was started may be missing in the history."""

_MOST_FUTURE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Found:
    """The crawl that a session found or started, with what was seen of it and of its crawler."""

    pursuit: Pursuit
    crawl: Crawl
    crawler: Crawler
    newest_id: str | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether there is nothing to wait for: see :class:`CrawlWatch`."""
        moved_on = self.newest_id not in {None, self.crawl.crawl_id}
        return self.crawl.has_ended and (self.crawler.state == CRAWLER_READY or moved_on)

    @property
    def state(self) -> str:
        """Return the state of the crawl in words."""
        return state_in_words(self.crawl, CRAWLER_READY if self.is_over else self.crawler.state)

    @property
    def state_and_age(self) -> str:
        """Return the state of the crawl in words, with its age."""
        age = self.crawl.age(self.crawler.elapsed_seconds)
        return self.state.replace(self.crawl.state, f"{self.crawl.state}{age}", 1)


class CrawlSession:
    """
    One task's way to its crawl.

    :param hook: Makes the calls.
    :param ask: What the task wants.
    :param remember: Called with what a retry must know, before and after anything is started.
    :param remembered: What an earlier try of the same task remembered.
    :param preflight: Called once before a crawl is started: exercises the read permissions that a wait in the
        triggerer needs besides ``GetCrawler`` and ``ListCrawls``.
    :param turn: The right to start the crawler, which tasks that start the same one take in turn.
    :param clock: This machine's clock.
    :param poll_sleep: Sleeps between two polls of a crawl, or less if there is news; the clock's by default.
    :param log: Where changes of state are logged.
    """

    def __init__(
        self,
        hook: GlueCrawlHook,
        ask: CrawlAsk,
        *,
        remember: Callable[[Mapping[str, Any]], None] = lambda _: None,
        remembered: Mapping[str, Any] | None = None,
        preflight: Callable[[], object] = lambda: None,
        turn: StartTurn | None = None,
        clock: Clock | None = None,
        poll_sleep: Callable[[float], None] | None = None,
        log: logging.Logger | None = None,
    ) -> None:
        self.ask = ask
        self.remember = remember
        self.remembered = dict(remembered or {})
        self.preflight = preflight
        self.turn = turn or Unshared()
        self.clock = clock or Clock()
        self.log = log or logging.getLogger(__name__)
        self.patience = Patience(ask, self.clock, self.log, poll_sleep=poll_sleep)
        self._bare_hook = hook
        self.hook = hook.patient(self.patience.read)
        self._question: Question | None = None
        self.current: Pursuit | None = None
        self._found_state = self._refusal = ""
        self._note: Note | None = None
        self._has_spread = False
        self._accepted_at: datetime | None = None

    def begin(self) -> Found:
        """
        Find the crawl that answers the question, or start it, or find the one that must end first.

        :raises ResourceNotFoundError: If there is no such crawler.
        :raises PermissionDeniedError: If the caller may not read or start it; reading is tried first.
        :raises CrawlerBusyError: If a crawl is in the way and ``if_running`` is ``fail``.
        :raises CrawlNotVisibleError: If a started crawl does not appear in the history.
        :raises CrawlTimeoutError: At the deadline.
        """
        try:
            return self._find_or_start()
        finally:
            self.turn.give_back()

    def _find_or_start(self) -> Found:
        """
        Look and do what the protocol says until there is a crawl.

        The turn is taken before the look: who has it sees what the one before started.
        """
        self.patience.begin()
        self.patience.watch = None
        unlisted_since: float | None = None
        while True:
            may_start = self.turn.take()
            look = self._look()
            if self._note is None and self.remembered:
                resumed = self._resume(look)
                if resumed is not None:
                    return resumed
            decision = decide(self.asked, look, self._note)
            if decision.move is Move.START and not may_start:
                # Another task of this machine is about to: what is newer than this is its crawl, and fresh.
                newest_id = None if look.newest is None else look.newest.crawl_id
                self._note = self._note or Note(newest_id, called=False)
            elif decision.move is Move.START:
                started = self._start(look)
                if started is not None:
                    return started
            elif decision.move is Move.REFUSE:
                raise busy_error(self.asked, decision.crawl)
            elif decision.crawl is not None:
                return self._found(decision.move, decision.crawl, look)
            else:
                unlisted_since = self.clock.time() if unlisted_since is None else unlisted_since
                if self.clock.time() - unlisted_since > VISIBLE_SECONDS:
                    self._give_up_on_unlisted(look)
            self.patience.pause()

    def wait(self, crawl_id: str) -> Crawl:
        """
        Wait in this process until a crawl is over, whatever came of it.

        :raises CrawlerDeletedError: If the crawler disappears.
        :raises CrawlTimeoutError: At the deadline.
        """
        known = self._found_state if self.current and self.current.crawl_id == crawl_id else ""
        watch = CrawlWatch(self.ask.crawler_name, crawl_id, patience=VISIBLE_SECONDS, state=known)
        self.patience.watch = watch
        while True:
            sighting = self.hook.sight(self.ask.crawler_name, crawl_id)
            change = watch.change(sighting)
            if change:
                self.log.info("Crawl %s of %r is %s", crawl_id, self.ask.crawler_name, change)
            ended = watch.see(sighting, self.clock.time())
            if ended is not None:
                return ended
            self.patience.poll_pause(watch)

    def cancel(self) -> bool:
        """
        Stop the crawl, if this task started it and it is the one that is running.

        A crawl that was started a moment ago and is not in the history yet is looked for, for a moment.

        :returns: Whether a stop was asked for.
        :raises AwsCallError: If that is not allowed, or the service was not available.
        :raises CrawlNotVisibleError: If the crawl does not appear.
        """
        pursuit, note, accepted_at = self.current, self._note, self._accepted_at
        if accepted_at is None and (pursuit is None or not pursuit.owned):
            return False

        def find_id(hook: GlueCrawlHook) -> str | None:
            if accepted_at is None or note is None:
                return None if pursuit is None else pursuit.crawl_id
            crawl = identify(self._history_since(hook, note), note, accepted_at)
            return None if crawl is None else crawl.crawl_id

        began = self.clock.time()
        stopped = stop_crawl(self._bare_hook, self.ask.crawler_name, find_id, self.clock)
        if stopped is None:
            raise self._not_visible(note, self.clock.time() - began)
        if stopped:
            self.log.info("Stopped crawl %s of %r", stopped, self.ask.crawler_name)
        return bool(stopped)

    @property
    def asked(self) -> Question:
        """
        Return the question, which is complete once the service's clock is known.

        :raises LookupError: Before the first look.
        """
        if self._question is None:
            raise LookupError("the question is complete after the first look")
        return self._question

    def _look(self) -> Look:
        """Look at the crawler and at its history, and learn the service's time."""
        name = self.ask.crawler_name
        sent_at = self.clock.now()

        def get_crawler() -> tuple[Crawler, datetime]:
            nonlocal sent_at
            sent_at = self.clock.now()
            return self._bare_hook.get_crawler(name)

        crawler, said = self.patience.read(get_crawler)
        if self._question is None:
            self._question = Question(name, self._data_as_of(said, sent_at), self.ask.if_running)
        question, noted = self._question, None if self._note is None else self._note.newest_id

        def far_enough(crawl: Crawl) -> bool:
            fresh = not started_before_data(crawl, question)
            return crawl.crawl_id == noted or not fresh or crawl.state == "COMPLETED"

        return Look(crawler, self.hook.recent_crawls(name, until=far_enough))

    def _data_as_of(self, said: datetime, sent_at: datetime) -> datetime:
        """
        Return the time that a crawl must not have started before, on the service's clock, once it has come.

        :raises InvalidArgumentError: If that is longer than a moment away.
        """
        data_as_of = self.ask.data_as_of
        if self.ask.by_worker_clock:
            if self.remembered.get("data_as_of"):
                return parse_time(self.remembered["data_as_of"], argument="data_as_of")
            offset = clock_offset(said, sent_at, self.clock.now())
            if offset:
                self.log.info("This machine's clock differs from Glue's by %.0f s", -offset.total_seconds())
            data_as_of += offset
        early = (data_as_of - said).total_seconds()
        if early > _MOST_FUTURE_SECONDS:
            raise InvalidArgumentError(
                argument="data_as_of",
                value=iso_utc(data_as_of),
                wanted=f"in the past; it is {iso_utc(said)} for Glue (a time without an offset is UTC)",
            )
        if early > 0:
            self.log.debug("Waiting %.1f s until data_as_of has come by Glue's clock", early)
            self.clock.sleep(early)
        return data_as_of

    def _resume(self, look: Look) -> Found | None:
        """Go on with the crawl of an earlier try, unless it failed or is stale by now."""
        remembered, self.remembered = self.remembered, {}
        if "noted" in remembered:
            self._note = Note(remembered["noted"], called=False)
        crawl_id = remembered.get("crawl_id")
        if not crawl_id:
            return None
        crawl = self.hook.find_crawl(self.ask.crawler_name, crawl_id)
        if crawl is None or crawl.state in {"FAILED", "STOPPED"}:
            self._note = None
            return None
        same_question = remembered.get("data_as_of") == iso_utc(self.asked.data_as_of)
        if not same_question and started_before_data(crawl, self.asked):
            self._note = None
            return None
        pursuit = Pursuit(
            crawl_id, owned=bool(remembered.get("owned")), joined=bool(remembered.get("joined"))
        )
        found = self._settle(pursuit, crawl, look)
        self._log_found("Going on with", found, ", found by an earlier try")
        return found

    def _start(self, look: Look) -> Found | None:
        """Start a crawl and find out which one it is; ``None`` if one must look again before."""
        self.patience.read(self.preflight)
        if self.ask.start_spread and not self._has_spread:
            self._has_spread = True
            self.patience.spread()
            return None
        newest, before = look.newest, self._note
        note = self._note = Note(None if newest is None else newest.crawl_id)
        self._remember()
        crawler, _ = self.patience.read(lambda: self.hook.get_crawler(self.ask.crawler_name))
        if crawler.state != CRAWLER_READY:
            # Somebody on another machine was faster since the look: Glue would refuse the call.
            self._note = before or replace(note, called=False)
            return None
        try:
            # Throttled means that nothing was started, so that may be tried again at once.
            accepted_at = self._accepted_at = a_few_times(
                lambda: self.hook.start_crawler(self.ask.crawler_name),
                passes=is_throttled,
                sleep=self.clock.sleep,
            )
        except AwsCallError as error:
            if error.code != "CrawlerRunningException" and not is_transient(error):
                raise
            if error.code != self._refusal:
                self._refusal = error.code
                self.log.info("Not started now, looking again: %s", error)
            return None
        began = self.clock.time()
        while True:
            crawl = identify(self._history_since(self.hook, note), note, accepted_at)
            if crawl is not None:
                # What was seen before the start says nothing of the crawler's state now.
                running = Look(replace(look.crawler, state="RUNNING"), (crawl,))
                found = self._settle(
                    Pursuit(crawl.crawl_id, owned=True), crawl, self._look() if crawl.has_ended else running
                )
                self._log_found("Started", found)
                return found
            waited = self.clock.time() - began
            if waited > VISIBLE_SECONDS:
                raise self._not_visible(note, waited)
            self.patience.pause()

    def _not_visible(self, note: Note | None, waited_seconds: float) -> CrawlNotVisibleError:
        """Return the error of a crawl that was started and does not appear in the history."""
        return CrawlNotVisibleError(
            crawler_name=self.ask.crawler_name,
            newest_crawl_id=(note and note.newest_id) or "",
            waited_seconds=waited_seconds,
        )

    def _history_since(self, hook: GlueCrawlHook, note: Note) -> tuple[Crawl, ...]:
        """Return the history back to the noted crawl; all of it if there was none."""
        return hook.recent_crawls(self.ask.crawler_name, until=lambda crawl: crawl.crawl_id == note.newest_id)

    def _found(self, move: Move, crawl: Crawl, look: Look) -> Found:
        """Take the crawl of a decision: use it, join it or let it pass."""
        started = f", started {iso_utc(crawl.started_at)}"
        if move is Move.OUTLAST:
            found = self._settle(Pursuit(crawl.crawl_id, passing=True), crawl, look)
            as_of = iso_utc(self.asked.data_as_of)
            then = f", before the data ({as_of}); it must end before another is started"
            self._log_found("Waiting for", found, started + then)
            return found
        found = self._settle(Pursuit(crawl.crawl_id, joined=True), crawl, look)
        self._log_found("Using" if move is Move.USE else "Joining", found, started)
        return found

    def _log_found(self, doing: str, found: Found, more: str = "") -> None:
        """Log which crawl it is that the task goes on with, and its state."""
        name, crawl_id = self.ask.crawler_name, found.crawl.crawl_id
        self.log.info("%s crawl %s of %r: it is %s%s", doing, crawl_id, name, found.state_and_age, more)

    def _settle(self, pursuit: Pursuit, crawl: Crawl, look: Look) -> Found:
        """Keep what was found, for cancelling and for a retry."""
        self.current = pursuit
        self._accepted_at = None
        if pursuit.passing:
            self._note = None
        else:
            self._remember(pursuit)
        newest = look.newest
        found = Found(pursuit, crawl, look.crawler, None if newest is None else newest.crawl_id)
        self._found_state = found.state
        return found

    def _remember(self, pursuit: Pursuit | None = None) -> None:
        """Tell the task what a retry must know."""
        memory: dict[str, Any] = {"data_as_of": iso_utc(self.asked.data_as_of)}
        if self._note is not None:
            memory["noted"] = self._note.newest_id
        if pursuit is not None:
            memory |= {"crawl_id": pursuit.crawl_id, "owned": pursuit.owned, "joined": pursuit.joined}
        self.remember(memory)

    def _give_up_on_unlisted(self, look: Look) -> None:
        """Fail because a running crawl stays invisible, where the task does not want to wait for it."""
        if self.asked.if_running == "fail":
            raise busy_error(self.asked, None)
        newest = "" if look.newest is None else look.newest.crawl_id
        raise CrawlNotVisibleError(
            crawler_name=self.ask.crawler_name, newest_crawl_id=newest, waited_seconds=VISIBLE_SECONDS
        )
