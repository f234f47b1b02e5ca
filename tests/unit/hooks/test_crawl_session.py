"""The crawl protocol carried out with a hook on a double of the AWS client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    CrawlerBusyError,
    CrawlerDeletedError,
    CrawlNotVisibleError,
    CrawlTimeoutError,
    InvalidArgumentError,
    PermissionDeniedError,
    ResourceNotFoundError,
    ThrottledError,
)
from airflow_lineage_provider.hooks.crawl_patience import CrawlAsk
from airflow_lineage_provider.hooks.crawl_protocol import Pursuit
from airflow_lineage_provider.hooks.crawl_session import CrawlSession
from tests.unit.hooks.scripted_glue import (
    CRAWLER,
    NINE,
    ScriptedCrawl,
    ScriptedGlue,
    client_error,
    make_hook,
    moment,
)

HOUR = 3600.0


def make_session(glue: ScriptedGlue, *, as_of: float = NINE, **overrides: Any) -> CrawlSession:
    """Build a session whose clock is the service's; the question's members can be overridden."""
    session: dict[str, Any] = {
        name: overrides.pop(name)
        for name in ("remember", "remembered", "preflight", "turn")
        if name in overrides
    }
    ask: dict[str, Any] = {
        "crawler_name": CRAWLER,
        "data_as_of": moment(as_of),
        "by_worker_clock": False,
        "if_running": "join_if_fresh",
        "deadline": NINE + HOUR,
        "timeout": HOUR,
        "waiter_delay": 5.0,
        **overrides,
    }
    return CrawlSession(make_hook(glue), CrawlAsk(**ask), clock=glue.clock, **session)


class TestBegin:
    def test_starts_a_crawl_and_owns_it(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("old", NINE - HOUR)], coming=[ScriptedCrawl("ours", 0)])

        found = make_session(glue).begin()

        assert found.pursuit == Pursuit("ours", owned=True)
        assert glue.calls == {"GetCrawler": 2, "ListCrawls": 2, "StartCrawler": 1}

    @pytest.mark.parametrize("if_running", ["join_if_fresh", "wait", "join"])
    def test_does_not_call_start_crawler_if_somebody_was_faster_since_the_look(self, if_running: str) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("old", NINE - HOUR)])

        def start_theirs() -> None:
            glue.crawls.append(ScriptedCrawl("theirs", glue.now))

        found = make_session(glue, if_running=if_running, preflight=start_theirs).begin()

        assert (found.pursuit, glue.calls["StartCrawler"]) == (Pursuit("theirs", joined=True), 0)

    def test_looks_again_after_a_random_time_if_it_is_told_to_spread_starts(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("old", NINE - HOUR)])
        glue.crawls.append(ScriptedCrawl("theirs", NINE + 4, seconds=HOUR))

        found = make_session(glue, start_spread=1000.0).begin()

        assert (found.pursuit, glue.calls["StartCrawler"]) == (Pursuit("theirs", joined=True), 0)

    def test_starts_a_crawl_after_the_spread_if_there_is_none(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])

        found = make_session(glue, start_spread=1000.0).begin()

        assert found.pursuit == Pursuit("ours", owned=True)
        assert found.crawl.started_at > moment(NINE + 5)

    def test_uses_a_crawl_that_succeeded_since_the_data_was_written(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("fresh", NINE - 600)])

        found = make_session(glue, as_of=NINE - 900).begin()

        assert found.pursuit == Pursuit("fresh", joined=True)
        assert found.is_over
        assert "StartCrawler" not in glue.calls

    def test_starts_a_crawl_when_the_fresh_one_failed(self) -> None:
        failed = ScriptedCrawl("failed", NINE - 600, state="FAILED")
        glue = ScriptedGlue(crawls=[failed], coming=[ScriptedCrawl("ours", 0)])

        found = make_session(glue, as_of=NINE - 900).begin()

        assert found.pursuit.crawl_id == "ours"

    def test_joins_a_fresh_crawl_that_is_running_without_starting_one(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE - 10)])

        found = make_session(glue, as_of=NINE - 20).begin()

        assert found.pursuit == Pursuit("theirs", joined=True)
        assert "StartCrawler" not in glue.calls

    @pytest.mark.parametrize("if_running", ["join_if_fresh", "wait"])
    def test_waits_for_the_end_of_a_stale_crawl(self, if_running: str) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE - 10)])

        found = make_session(glue, if_running=if_running).begin()

        assert found.pursuit == Pursuit("stale", passing=True)

    def test_joins_a_stale_crawl_if_told_to(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE - 10)])

        found = make_session(glue, if_running="join").begin()

        assert found.pursuit == Pursuit("stale", joined=True)

    @pytest.mark.parametrize("as_of", [NINE, NINE - 20], ids=["stale", "fresh"])
    def test_fails_on_a_running_crawl_if_told_to(self, as_of: float) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE - 10)])

        with pytest.raises(CrawlerBusyError, match="theirs"):
            make_session(glue, as_of=as_of, if_running="fail").begin()

        assert "StartCrawler" not in glue.calls

    def test_waits_while_the_crawler_is_stopping(self) -> None:
        stale = ScriptedCrawl("stale", NINE - 60, seconds=59, stopping=30)
        glue = ScriptedGlue(crawls=[stale], coming=[ScriptedCrawl("ours", 0)])

        found = make_session(glue).begin()

        assert found.pursuit == Pursuit("stale", passing=True)

    def test_waits_until_the_crawl_it_started_is_visible(self) -> None:
        glue = ScriptedGlue(
            crawls=[ScriptedCrawl("old", NINE - HOUR)], coming=[ScriptedCrawl("ours", 0, shown_after=40)]
        )

        found = make_session(glue).begin()

        assert found.pursuit.crawl_id == "ours"
        assert glue.calls["StartCrawler"] == 1

    def test_gives_up_on_a_crawl_that_never_becomes_visible(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0, shown_after=HOUR)])

        with pytest.raises(CrawlNotVisibleError, match="showed no new crawl"):
            make_session(glue).begin()

    def test_is_not_over_before_the_crawler_is_ready_if_it_ended_before_it_was_listed(self) -> None:
        glue = ScriptedGlue(
            crawls=[ScriptedCrawl("old", NINE - HOUR)],
            coming=[ScriptedCrawl("ours", 0, seconds=10, stopping=60, shown_after=20)],
        )
        session = make_session(glue)

        found = session.begin()

        assert (found.crawl.state, found.is_over) == ("COMPLETED", False)
        session.wait("ours")
        assert glue.state() == "READY"

    def test_is_not_fooled_by_a_crawler_that_still_says_ready(self) -> None:
        glue = ScriptedGlue(
            crawls=[ScriptedCrawl("old", NINE - HOUR)], coming=[ScriptedCrawl("ours", 0)], stale_ready_for=30
        )
        session = make_session(glue)

        found = session.begin()
        ended = session.wait(found.pursuit.crawl_id)

        assert ended.crawl_id == "ours"
        assert ended.state == "COMPLETED"

    def test_joins_the_crawl_of_its_own_lost_call_without_owning_it(self) -> None:
        glue = ScriptedGlue(
            crawls=[ScriptedCrawl("old", NINE - HOUR)], coming=[ScriptedCrawl("ours", 0)], lose_reply=True
        )

        found = make_session(glue).begin()

        assert found.pursuit == Pursuit("ours", joined=True)
        assert glue.calls["StartCrawler"] == 2

    def test_joins_what_somebody_started_in_between_even_if_told_to_fail(self) -> None:
        glue = ScriptedGlue()
        glue.before["start_crawler"] = [lambda: glue.crawls.append(ScriptedCrawl("theirs", glue.now))]

        found = make_session(glue, if_running="fail").begin()

        assert found.pursuit == Pursuit("theirs", joined=True)

    def test_waits_for_an_unlisted_crawl_to_be_listed_before_joining_it(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE, shown_after=30)])

        found = make_session(glue).begin()

        assert found.pursuit == Pursuit("theirs", joined=True)
        assert "StartCrawler" not in glue.calls

    def test_looks_again_when_the_call_to_start_was_throttled(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])
        glue.faults["start_crawler"] = [client_error("StartCrawler", "ThrottlingException")]

        found = make_session(glue).begin()

        assert found.pursuit == Pursuit("ours", owned=True)

    def test_reads_through_throttling_until_the_deadline(self) -> None:
        throttled = client_error("ListCrawls", "ThrottlingException", "Rate exceeded")
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])
        glue.faults["list_crawls"] = [throttled] * 50

        found = make_session(glue).begin()

        assert found.pursuit.crawl_id == "ours"

    def test_times_out_when_throttling_does_not_end(self) -> None:
        throttled = client_error("GetCrawler", "ThrottlingException", "Rate exceeded")
        glue = ScriptedGlue()
        glue.faults["get_crawler"] = [throttled] * 10_000

        with pytest.raises(CrawlTimeoutError):
            make_session(glue).begin()

        assert NINE + HOUR <= glue.now < NINE + HOUR + 30

    @pytest.mark.parametrize(
        "method, action", [("get_crawler", "glue:GetCrawler"), ("list_crawls", "glue:ListCrawls")]
    )
    def test_starts_nothing_without_the_right_to_read(self, method: str, action: str) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])
        glue.faults[method] = [client_error(action, "AccessDeniedException", "not authorized")]

        with pytest.raises(PermissionDeniedError, match=action):
            make_session(glue).begin()

        assert "StartCrawler" not in glue.calls

    def test_starts_nothing_when_the_preflight_fails(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])
        glue.faults["batch_get_crawlers"] = [client_error("BatchGetCrawlers", "AccessDeniedException")]
        session = make_session(glue)
        session.preflight = lambda: session.hook.batch_get_crawlers([CRAWLER])

        with pytest.raises(PermissionDeniedError, match="BatchGetCrawlers"):
            session.begin()

        assert "StartCrawler" not in glue.calls

    def test_names_a_crawler_that_does_not_exist(self) -> None:
        glue = ScriptedGlue(exists=False)

        with pytest.raises(ResourceNotFoundError, match=r"GetCrawler for crawler 'sales'.*Check the name"):
            make_session(glue).begin()

    def test_passes_other_refusals_of_start_on(self) -> None:
        glue = ScriptedGlue()
        glue.faults["start_crawler"] = [
            client_error("StartCrawler", "AccessDeniedException", "no StartCrawler")
        ]

        with pytest.raises(PermissionDeniedError, match="glue:StartCrawler"):
            make_session(glue).begin()


class SomebodyElsesTurn:
    """A turn that another task has, which starts the crawler at our second look."""

    def __init__(self, glue: ScriptedGlue, *, state: str = "COMPLETED") -> None:
        self.glue = glue
        self.state = state
        self.looks = 0

    def take(self) -> bool:
        """Tell that it is not ours, but for the end."""
        self.looks += 1
        if self.looks == 2:
            theirs = ScriptedCrawl("theirs", self.glue.now, seconds=3, stopping=0, state=self.state)
            self.glue.crawls.append(theirs)
        return self.looks > 9

    def give_back(self) -> None:
        """Give nothing back."""


class TestTurn:
    @pytest.mark.parametrize("if_running", ["join_if_fresh", "join", "wait", "fail"])
    def test_joins_what_the_task_whose_turn_it_is_starts(self, if_running: str) -> None:
        glue = ScriptedGlue()

        found = make_session(glue, turn=SomebodyElsesTurn(glue), if_running=if_running).begin()

        assert found.pursuit == Pursuit("theirs", joined=True)
        assert "StartCrawler" not in glue.calls

    def test_starts_one_when_what_the_other_task_started_has_failed(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])
        session = make_session(glue, turn=SomebodyElsesTurn(glue, state="FAILED"), waiter_delay=60.0)
        glue.step = 5.0

        assert session.begin().pursuit == Pursuit("ours", owned=True)


class TestDataAsOf:
    def test_refuses_a_time_that_has_not_come(self) -> None:
        glue = ScriptedGlue()

        with pytest.raises(InvalidArgumentError, match="data_as_of"):
            make_session(glue, as_of=NINE + 600).begin()

        assert "StartCrawler" not in glue.calls

    def test_waits_until_a_time_that_comes_soon(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])

        found = make_session(glue, as_of=NINE + 20).begin()

        assert found.crawl.started_at >= moment(NINE + 20)

    def test_is_corrected_by_the_clock_of_the_service(self) -> None:
        # The worker's clock is ten minutes fast: by it, every crawl would be stale.
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE - 5)])
        session = make_session(glue, as_of=NINE - 20 + 600, by_worker_clock=True)
        session.clock = session.patience.clock = type(glue.clock)(
            time=lambda: glue.now + 600, sleep=glue.clock.sleep
        )

        found = session.begin()

        assert found.pursuit == Pursuit("theirs", joined=True)
        # Late by the length of the call and the header's whole second, never early.
        assert timedelta() <= session.asked.data_as_of - moment(NINE - 20) <= timedelta(seconds=2)

    def test_stays_that_of_the_first_try(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("first try's", NINE - 50)])

        found = make_session(
            glue, by_worker_clock=True, remembered={"data_as_of": moment(NINE - 60).isoformat()}
        ).begin()

        assert found.pursuit == Pursuit("first try's", joined=True)


class TestMemory:
    def test_remembers_the_note_before_the_start_and_the_crawl_after_it(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("old", NINE - HOUR)], coming=[ScriptedCrawl("ours", 0)])
        remembered: list[dict[str, Any]] = []
        make_session(glue, remember=lambda known: remembered.append(dict(known))).begin()

        assert remembered == [
            {"data_as_of": "2025-06-04T09:00:00.000Z", "noted": "old"},
            {
                "data_as_of": "2025-06-04T09:00:00.000Z",
                "noted": "old",
                "crawl_id": "ours",
                "owned": True,
                "joined": False,
            },
        ]

    @pytest.mark.parametrize("started", [NINE - 10, NINE - 600], ids=["running", "done"])
    def test_goes_on_with_its_crawl_and_still_owns_it(self, started: float) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", started)])
        known = {
            "data_as_of": moment(NINE - 700).isoformat(),
            "crawl_id": "ours",
            "owned": True,
            "joined": False,
        }

        found = make_session(glue, as_of=NINE - 700, remembered=known).begin()

        assert found.pursuit == Pursuit("ours", owned=True)
        assert "StartCrawler" not in glue.calls

    @pytest.mark.parametrize("state", ["FAILED", "STOPPED"])
    def test_crawls_again_when_its_crawl_did_not_complete(self, state: str) -> None:
        glue = ScriptedGlue(
            crawls=[ScriptedCrawl("first", NINE - 600, state=state)], coming=[ScriptedCrawl("second", 0)]
        )
        known = {"data_as_of": moment(NINE - 700).isoformat(), "crawl_id": "first", "owned": True}

        found = make_session(glue, as_of=NINE - 700, remembered=known).begin()

        assert found.pursuit == Pursuit("second", owned=True)

    def test_joins_what_a_crashed_try_may_have_started_whatever_if_running_says(self) -> None:
        glue = ScriptedGlue(
            crawls=[ScriptedCrawl("old", NINE - HOUR), ScriptedCrawl("maybe ours", NINE - 10)]
        )
        known = {"data_as_of": moment(NINE - 20).isoformat(), "noted": "old"}

        found = make_session(glue, as_of=NINE - 20, if_running="fail", remembered=known).begin()

        assert found.pursuit == Pursuit("maybe ours", joined=True)

    def test_crawls_again_when_what_a_crashed_try_started_has_failed(self) -> None:
        failed = ScriptedCrawl("maybe ours", NINE - 600, state="FAILED")
        glue = ScriptedGlue(crawls=[failed], coming=[ScriptedCrawl("second", 0)])
        known = {"data_as_of": moment(NINE - 700).isoformat(), "noted": None}

        found = make_session(glue, as_of=NINE - 700, remembered=known).begin()

        assert found.pursuit == Pursuit("second", owned=True)

    def test_does_not_go_on_with_a_crawl_that_is_stale_for_new_data(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE - 600)], coming=[ScriptedCrawl("second", 0)])
        known = {"data_as_of": moment(NINE - 700).isoformat(), "crawl_id": "ours", "owned": True}

        found = make_session(glue, as_of=NINE - 60, remembered=known).begin()

        assert found.pursuit == Pursuit("second", owned=True)


class TestWait:
    def test_waits_until_the_crawl_ended_and_the_crawler_is_ready(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=60, stopping=60)])

        make_session(glue).wait("ours")

        assert glue.now >= NINE + 120

    def test_does_not_wait_for_the_crawl_after_ours(self) -> None:
        glue = ScriptedGlue(
            crawls=[
                ScriptedCrawl("ours", NINE, seconds=60, stopping=0),
                ScriptedCrawl("next", NINE + 60, seconds=HOUR, state="FAILED"),
            ]
        )

        ended = make_session(glue).wait("ours")

        assert (ended.crawl_id, ended.state) == ("ours", "COMPLETED")
        assert glue.now < NINE + 120

    @pytest.mark.parametrize("ours, other", [("FAILED", "COMPLETED"), ("COMPLETED", "FAILED")])
    def test_takes_the_verdict_from_its_own_crawl(self, ours: str, other: str) -> None:
        glue = ScriptedGlue(
            crawls=[
                ScriptedCrawl("ours", NINE, seconds=10, stopping=0, state=ours),
                ScriptedCrawl("other", NINE + 11, seconds=10, stopping=0, state=other),
            ],
            step=30.0,
        )

        assert make_session(glue).wait("ours").state == ours

    def test_says_that_the_crawler_was_deleted(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)], deleted_at=NINE + 20)

        with pytest.raises(CrawlerDeletedError, match="'sales' was deleted or renamed while crawl ours"):
            make_session(glue).wait("ours")

    def test_says_that_the_crawler_was_made_anew(self) -> None:
        glue = ScriptedGlue(crawls=[])

        with pytest.raises(CrawlerDeletedError):
            make_session(glue).wait("ours")

    def test_ends_at_the_deadline(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=10 * HOUR)])

        with pytest.raises(CrawlTimeoutError, match="Crawl ours of 'sales' was still RUNNING after 3600 s"):
            make_session(glue).wait("ours")

        assert NINE + HOUR <= glue.now < NINE + HOUR + 10

    def test_looks_once_more_at_the_deadline(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=90, stopping=0)], step=0.0)

        ended = make_session(glue, waiter_delay=80.0, deadline=NINE + 100).wait("ours")

        assert ended.state == "COMPLETED"

    def test_reads_through_throttling(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)])
        glue.faults["list_crawls"] = [client_error("ListCrawls", "ThrottlingException"), None] * 30

        assert make_session(glue).wait("ours").state == "COMPLETED"


class Killed(BaseException):
    """The task was killed: no handler of ours runs."""


def killed(**_: object) -> None:
    """Kill the task where it would sleep."""
    raise Killed


class TestCancel:
    def test_stops_its_own_crawl_once(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])
        session = make_session(glue)
        session.begin()

        assert session.cancel()
        assert not session.cancel()
        assert glue.calls["StopCrawler"] == 1

    def test_asks_only_once_while_the_crawl_is_being_stopped(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0, seconds=HOUR)], stop_takes=120)
        session = make_session(glue)
        session.begin()

        assert session.cancel()
        assert not session.cancel()
        assert glue.state() == "STOPPING"
        assert glue.calls["StopCrawler"] == 1

    def test_waits_a_moment_for_its_crawl_to_appear_in_the_history(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0, shown_after=8)])
        session = make_session(glue)
        session.patience.pause = killed  # type: ignore[method-assign]
        with pytest.raises(Killed):
            session.begin()

        assert session.cancel()
        assert glue.crawls[-1].state == "STOPPED"

    def test_stops_nothing_whose_crawl_does_not_appear(self) -> None:
        glue = ScriptedGlue(
            crawls=[ScriptedCrawl("old", NINE - HOUR)], coming=[ScriptedCrawl("ours", 0, shown_after=HOUR)]
        )
        session = make_session(glue)
        session.patience.pause = killed  # type: ignore[method-assign]
        with pytest.raises(Killed):
            session.begin()
        began = glue.now

        with pytest.raises(CrawlNotVisibleError, match="newest known: old"):
            session.cancel()

        assert "StopCrawler" not in glue.calls
        assert glue.now - began < 30

    @pytest.mark.parametrize("method", ["list_crawls", "get_crawler", "stop_crawler"])
    def test_insists_while_glue_throttles(self, method: str) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])
        session = make_session(glue)
        session.begin()
        glue.faults[method] = [client_error(method, "ThrottlingException", "Rate exceeded")] * 3

        assert session.cancel()
        assert glue.crawls[-1].state == "STOPPED"

    def test_gives_up_soon_when_throttling_does_not_end(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0, seconds=HOUR)])
        session = make_session(glue)
        session.begin()
        began = glue.now
        glue.faults["stop_crawler"] = [client_error("StopCrawler", "ThrottlingException")] * 1000

        with pytest.raises(ThrottledError):
            session.cancel()

        assert glue.now - began < 30
        assert glue.calls["StopCrawler"] < 12

    def test_never_stops_a_crawl_it_joined(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE - 10)])
        session = make_session(glue, as_of=NINE - 20)
        session.begin()

        assert not session.cancel()
        assert "StopCrawler" not in glue.calls

    def test_never_stops_the_crawl_after_its_own(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0, seconds=5, stopping=0)])
        session = make_session(glue)
        session.begin()
        glue.now += 10
        glue.crawls.append(ScriptedCrawl("theirs", glue.now))

        assert not session.cancel()
        assert "StopCrawler" not in glue.calls

    def test_stops_the_crawl_it_has_started_but_not_yet_identified(self) -> None:
        glue = ScriptedGlue(coming=[ScriptedCrawl("ours", 0)])
        glue.faults["list_crawls"] = [None, client_error("ListCrawls", "AccessDeniedException")]
        session = make_session(glue)
        with pytest.raises(PermissionDeniedError):
            session.begin()

        assert session.cancel()
        assert glue.crawls[-1].state == "STOPPED"

    def test_stops_nothing_before_anything_was_started(self) -> None:
        glue = ScriptedGlue()

        assert not make_session(glue).cancel()
        assert not glue.calls
