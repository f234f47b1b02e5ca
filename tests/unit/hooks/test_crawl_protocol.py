"""The decisions of the crawl protocol, as values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airflow_lineage_provider.exceptions import (
    CrawlerBusyError,
    CrawlerDeletedError,
    CrawlError,
    CrawlFailedError,
    CrawlStoppedError,
)
from airflow_lineage_provider.hooks.crawl_protocol import (
    CrawlWatch,
    Decision,
    Look,
    Move,
    Note,
    Question,
    busy_error,
    decide,
    identify,
    raise_unless_completed,
    started_before_data,
)
from airflow_lineage_provider.hooks.crawl_records import CRAWL_ENDED, Crawl, Crawler, Sighting

NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return a time so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def make_crawl(crawl_id: str, started: float, state: str = "COMPLETED") -> Crawl:
    """Build a crawl that started so many seconds after noon and, if it has ended, took half a minute."""
    ended = None if state == "RUNNING" else at(started + 30)
    return Crawl(crawl_id, state, at(started), ended)


def make_question(if_running: str = "join_if_fresh", as_of: float = 0) -> Question:
    """Build the question for a crawl that started after noon."""
    return Question("sales", at(as_of), if_running)


def make_look(*crawls: Crawl, state: str = "READY") -> Look:
    """Build a look at a crawler; its crawls are given newest first."""
    return Look(Crawler("sales", state), crawls)


FRESH_RUNNING, STALE_RUNNING = make_crawl("fresh", 10, "RUNNING"), make_crawl("stale", -10, "RUNNING")
FRESH_DONE, STALE_DONE = make_crawl("fresh", 10), make_crawl("stale", -100)
FRESH_FAILED, FRESH_STOPPED = make_crawl("fresh", 10, "FAILED"), make_crawl("fresh", 10, "STOPPED")


class TestStartedBeforeData:
    @pytest.mark.parametrize(
        "started, stale", [(-0.001, True), (0, False), (0.001, False)], ids=["before", "at", "after"]
    )
    def test_a_crawl_is_fresh_if_it_started_at_or_after_the_data(self, started: float, stale: bool) -> None:
        assert started_before_data(make_crawl("x", started), make_question()) is stale


class TestDecide:
    @pytest.mark.parametrize(
        "look, decision",
        [
            pytest.param(make_look(), Decision(Move.START), id="never crawled"),
            pytest.param(make_look(STALE_DONE), Decision(Move.START), id="stale success"),
            pytest.param(make_look(FRESH_DONE), Decision(Move.USE, FRESH_DONE), id="fresh success"),
            pytest.param(
                make_look(make_crawl("later", 50, "FAILED"), FRESH_DONE),
                Decision(Move.USE, FRESH_DONE),
                id="fresh success before a failure",
            ),
            pytest.param(
                make_look(make_crawl("later", 50, "RUNNING"), FRESH_DONE, state="RUNNING"),
                Decision(Move.USE, FRESH_DONE),
                id="fresh success before a running crawl",
            ),
            pytest.param(make_look(FRESH_FAILED), Decision(Move.START), id="fresh failure"),
            pytest.param(make_look(FRESH_STOPPED), Decision(Move.START), id="fresh but stopped"),
            pytest.param(
                make_look(FRESH_RUNNING, state="RUNNING"),
                Decision(Move.JOIN, FRESH_RUNNING),
                id="fresh running",
            ),
            pytest.param(
                make_look(STALE_RUNNING, state="RUNNING"),
                Decision(Move.OUTLAST, STALE_RUNNING),
                id="stale running",
            ),
            pytest.param(
                make_look(STALE_RUNNING, state="READY"),
                Decision(Move.OUTLAST, STALE_RUNNING),
                id="running by the history, READY by the crawler",
            ),
            pytest.param(
                make_look(STALE_DONE, state="STOPPING"),
                Decision(Move.OUTLAST, STALE_DONE),
                id="stale, still stopping",
            ),
            pytest.param(
                make_look(STALE_DONE, state="RUNNING"),
                Decision(Move.LOOK_AGAIN),
                id="running but not listed yet",
            ),
            pytest.param(
                make_look(state="STOPPING"), Decision(Move.LOOK_AGAIN), id="stopping, nothing listed"
            ),
        ],
    )
    def test_joins_what_is_fresh_and_outlasts_what_is_not(self, look: Look, decision: Decision) -> None:
        assert decide(make_question(), look) == decision

    @pytest.mark.parametrize(
        "if_running, running, move",
        [
            ("join", STALE_RUNNING, Move.JOIN),
            ("join", FRESH_RUNNING, Move.JOIN),
            ("wait", STALE_RUNNING, Move.OUTLAST),
            ("wait", FRESH_RUNNING, Move.OUTLAST),
            ("fail", STALE_RUNNING, Move.REFUSE),
            ("fail", FRESH_RUNNING, Move.REFUSE),
        ],
    )
    def test_does_with_a_running_crawl_what_it_is_told(
        self, if_running: str, running: Crawl, move: Move
    ) -> None:
        decision = decide(make_question(if_running), make_look(running, state="RUNNING"))

        assert decision == Decision(move, running)

    def test_refuses_to_wait_for_a_stopping_crawler_if_told_to_fail(self) -> None:
        decision = decide(make_question("fail"), make_look(STALE_DONE, state="STOPPING"))

        assert decision == Decision(Move.REFUSE, STALE_DONE)

    @pytest.mark.parametrize("if_running", ["join_if_fresh", "join", "wait", "fail"])
    def test_joins_whatever_is_newer_than_the_note(self, if_running: str) -> None:
        newer = make_crawl("newer", 5, "RUNNING")

        decision = decide(
            make_question(if_running), make_look(newer, STALE_DONE, state="RUNNING"), Note("stale")
        )

        assert decision == Decision(Move.JOIN, newer)

    def test_answers_for_a_newer_crawl_that_failed_at_once(self) -> None:
        decision = decide(make_question(), make_look(FRESH_FAILED, STALE_DONE), Note("stale"))

        assert decision == Decision(Move.JOIN, FRESH_FAILED)

    def test_starts_anew_when_the_crawl_of_an_earlier_try_failed(self) -> None:
        decision = decide(make_question(), make_look(FRESH_FAILED, STALE_DONE), Note("stale", called=False))

        assert decision == Decision(Move.START)

    def test_starts_again_when_nothing_came_of_the_call(self) -> None:
        decision = decide(make_question(), make_look(STALE_DONE), Note("stale"))

        assert decision == Decision(Move.START)


class TestIdentify:
    def test_finds_nothing_while_nothing_is_new(self) -> None:
        assert identify([STALE_DONE], Note("stale"), at(0)) is None

    def test_takes_the_only_new_one_even_if_its_clock_is_a_little_off(self) -> None:
        ours = make_crawl("ours", -0.2, "RUNNING")

        assert identify([ours, STALE_DONE], Note("stale"), at(0)) == ours

    def test_takes_the_only_crawl_of_a_crawler_that_never_crawled(self) -> None:
        ours = make_crawl("ours", 1, "RUNNING")

        assert identify([ours], Note(None), at(0)) == ours

    def test_passes_over_one_that_began_and_ended_before_the_call(self) -> None:
        before, ours = make_crawl("theirs", -40), make_crawl("ours", 1, "RUNNING")

        assert identify([ours, before, STALE_DONE], Note("stale"), at(0)) == ours

    def test_passes_over_one_that_began_after_ours_had_ended(self) -> None:
        ours, after = make_crawl("ours", 0, "FAILED"), make_crawl("theirs", 60, "RUNNING")

        assert identify([after, ours, STALE_DONE], Note("stale"), at(0)) == ours

    def test_takes_ours_when_the_reply_is_dated_in_the_second_after_its_start(self) -> None:
        ours, after = make_crawl("ours", -0.9, "FAILED"), make_crawl("theirs", 60, "RUNNING")

        assert identify([after, ours, STALE_DONE], Note("stale"), at(0)) == ours

    def test_takes_the_newest_if_all_seem_to_have_started_before_the_reply(self) -> None:
        before, ours = make_crawl("theirs", -40), make_crawl("ours", -0.1, "RUNNING")

        assert identify([ours, before, STALE_DONE], Note("stale"), at(0)) == ours


class TestCrawlWatch:
    def test_is_over_when_the_crawl_ended_and_the_crawler_is_ready(self) -> None:
        watch = CrawlWatch("sales", "fresh", patience=10)

        assert watch.see(Sighting("RUNNING", FRESH_RUNNING), 0) is None
        assert watch.see(Sighting("STOPPING", FRESH_DONE, newest_id="fresh"), 1) is None
        assert watch.see(Sighting("READY", FRESH_DONE), 2) == FRESH_DONE

    def test_is_over_when_the_next_crawl_has_begun(self) -> None:
        watch = CrawlWatch("sales", "fresh", patience=10)

        assert watch.see(Sighting("RUNNING", FRESH_DONE, newest_id="next"), 0) == FRESH_DONE

    def test_goes_on_while_the_crawler_seems_to_run_the_same_crawl(self) -> None:
        watch = CrawlWatch("sales", "fresh", patience=10)

        assert watch.see(Sighting("RUNNING", FRESH_DONE, newest_id="fresh"), 0) is None

    def test_has_patience_with_a_history_that_lags(self) -> None:
        watch = CrawlWatch("sales", "fresh", patience=10)

        assert watch.see(Sighting("READY", None), 0) is None
        assert watch.see(Sighting("READY", None), 9) is None
        assert watch.see(Sighting("READY", FRESH_DONE), 10) == FRESH_DONE

    def test_does_not_count_looks_that_did_not_ask_for_the_history(self) -> None:
        watch = CrawlWatch("sales", "fresh", patience=10)

        assert watch.see(Sighting("RUNNING", looked=False), 0) is None
        assert watch.see(Sighting("RUNNING", looked=False), 1000) is None

    def test_gives_up_on_a_crawl_that_left_the_history(self) -> None:
        watch = CrawlWatch("sales", "fresh", patience=10)
        watch.see(Sighting("READY", None), 0)

        with pytest.raises(CrawlerDeletedError):
            watch.see(Sighting("READY", None), 11)

    def test_says_at_once_that_the_crawler_is_gone(self) -> None:
        with pytest.raises(CrawlerDeletedError):
            CrawlWatch("sales", "fresh", patience=10).see(Sighting(None), 0)

    def test_tells_each_change_once(self) -> None:
        watch = CrawlWatch("sales", "fresh", patience=10)
        sightings = [
            Sighting("RUNNING", looked=False),
            Sighting("RUNNING", FRESH_RUNNING),
            Sighting("STOPPING", FRESH_DONE),
            Sighting("STOPPING", FRESH_DONE),
            Sighting("READY", FRESH_DONE),
        ]

        assert [watch.change(sighting) for sighting in sightings] == [
            "RUNNING",
            None,
            "COMPLETED after 30 s (crawler STOPPING)",
            None,
            "COMPLETED after 30 s",
        ]

    def test_tells_that_a_crawl_is_missing(self) -> None:
        watch = CrawlWatch("sales", "fresh", patience=10)

        assert watch.change(Sighting("READY", None)) == "not in the history (crawler READY)"


class TestVerdict:
    def test_only_a_completed_crawl_is_no_error(self) -> None:
        def is_refused(state: str) -> bool:
            try:
                raise_unless_completed("sales", Crawl("fresh", state, at(10), at(40)), log_url="")
            except CrawlError:
                return True
            return False

        assert {state for state in CRAWL_ENDED if is_refused(state)} == CRAWL_ENDED - {"COMPLETED"}

    def test_a_failed_crawl_keeps_the_message_and_the_log(self) -> None:
        failed = Crawl("fresh", "FAILED", at(10), at(40), "AccessDenied on s3://raw")

        with pytest.raises(CrawlFailedError) as caught:
            raise_unless_completed("sales", failed, log_url="https://log")

        assert str(caught.value).startswith(
            "Crawl fresh of 'sales' ended in FAILED: AccessDenied on s3://raw"
        )
        assert "https://log" in str(caught.value)

    def test_a_stopped_crawl_says_who_to_ask(self) -> None:
        with pytest.raises(CrawlStoppedError, match="Crawl fresh of 'sales' was stopped"):
            raise_unless_completed("sales", FRESH_STOPPED, log_url="")

    def test_a_busy_crawler_names_the_crawl_in_the_way(self) -> None:
        error = busy_error(make_question("fail"), STALE_RUNNING)

        assert isinstance(error, CrawlerBusyError)
        assert "'stale', started 2025-06-04T11:59:50.000Z" in str(error)
