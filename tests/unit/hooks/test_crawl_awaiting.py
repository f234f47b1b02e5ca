"""Which crawl answers a task that starts none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_lineage_provider.exceptions import FreshCrawlTimeoutError
from airflow_lineage_provider.hooks.crawl_awaiting import AwaitedCrawl, CrawlWait, look_for_crawl
from airflow_lineage_provider.hooks.crawl_records import Crawl, Crawler, Sighting
from tests.unit.hooks.scripted_glue import CRAWLER, NINE, ScriptedCrawl, ScriptedGlue, make_hook, moment

ANY = AwaitedCrawl(moment(NINE))
FIRST = AwaitedCrawl(moment(NINE), failures_count=True)


def make_crawl(crawl_id: str, started: float, state: str = "COMPLETED") -> Crawl:
    """Build a crawl that started so many seconds after nine."""
    return Crawl(crawl_id, state, moment(NINE + started))


def newest_first(*crawls: Crawl) -> tuple[Crawl, ...]:
    """Return a history as ListCrawls does."""
    return tuple(sorted(crawls, key=lambda crawl: crawl.started_at, reverse=True))


STALE = make_crawl("stale", -1)
RUNS = make_crawl("runs", 300, "RUNNING")


class TestChoose:
    @pytest.mark.parametrize(
        "history, chosen",
        [
            pytest.param([], None, id="nothing"),
            pytest.param([STALE], None, id="a success of any age is none"),
            pytest.param([make_crawl("a", 0)], "a", id="started at the very time"),
            pytest.param([STALE, RUNS], "runs", id="running"),
            pytest.param([make_crawl("a", 0), make_crawl("b", 100), RUNS], "a", id="the first"),
            pytest.param([make_crawl("a", 0, "FAILED"), make_crawl("b", 100)], "b", id="after a failure"),
            pytest.param([make_crawl("a", 0, "STOPPED"), RUNS], "runs", id="running after a stop"),
            pytest.param([make_crawl("a", 0, "FAILED")], "a", id="only a failure: it is told"),
        ],
    )
    def test_takes_the_first_that_completed(self, history: list[Crawl], chosen: str | None) -> None:
        found = ANY.choose(newest_first(*history))

        assert (found.crawl_id if found else None) == chosen

    @pytest.mark.parametrize("state", ["FAILED", "STOPPED"])
    def test_takes_the_first_that_ended_if_failures_count(self, state: str) -> None:
        history = newest_first(STALE, make_crawl("a", 0, state), make_crawl("b", 100))

        found = FIRST.choose(history)

        assert found is not None
        assert found.crawl_id == "a"

    def test_a_stale_failure_never_counts(self) -> None:
        assert FIRST.choose([replace(STALE, state="FAILED")]) is None


class TestCrawlWait:
    def test_is_over_when_the_crawl_ended_and_the_crawler_is_ready(self) -> None:
        wait, crawl = CrawlWait(CRAWLER, ANY), make_crawl("a", 5)

        assert wait.see(Sighting("STOPPING", crawl, newest_id="a")) is None
        assert wait.see(Sighting("READY", crawl, newest_id="a")) == crawl

    def test_is_over_when_the_next_crawl_has_begun(self) -> None:
        crawl = make_crawl("a", 5)

        assert CrawlWait(CRAWLER, ANY).see(Sighting("RUNNING", crawl, newest_id="b")) == crawl

    @pytest.mark.parametrize("state", ["FAILED", "STOPPED", "RUNNING"])
    def test_goes_on_past_what_did_not_complete(self, state: str) -> None:
        sighting = Sighting("READY", make_crawl("a", 5, state), newest_id="a")

        assert CrawlWait(CRAWLER, ANY).see(sighting) is None

    def test_tells_each_change_once(self) -> None:
        wait = CrawlWait(CRAWLER, ANY)
        seen = [
            Sighting("READY"),
            Sighting("READY", looked=False),
            Sighting("RUNNING", make_crawl("a", 5, "RUNNING")),
            Sighting("RUNNING", looked=False),
            Sighting("READY", make_crawl("a", 5, "FAILED"), newest_id="a"),
            Sighting("STOPPING", make_crawl("b", 9), newest_id="b"),
            Sighting("READY", make_crawl("b", 9), newest_id="b"),
        ]

        assert [change for change in map(wait.change, seen) if change] == [
            "no such crawl yet",
            "crawl a RUNNING",
            "crawl a FAILED, waiting for a later one",
            "crawl b COMPLETED (crawler STOPPING)",
            "crawl b COMPLETED",
        ]

    def test_says_at_the_deadline_what_was_seen_last(self) -> None:
        wait = CrawlWait(CRAWLER, ANY)
        wait.change(Sighting("RUNNING", make_crawl("a", 5, "RUNNING")))

        assert wait.timeout_error(60) == FreshCrawlTimeoutError(
            crawler_name=CRAWLER,
            data_as_of="2025-06-04T09:00:00.000Z",
            seen="crawl a RUNNING",
            waited_seconds=60,
        )

    def test_says_so_if_nothing_was_seen(self) -> None:
        assert "AWS did not answer" in str(CrawlWait(CRAWLER, ANY).timeout_error(60))


class TestLookForCrawl:
    def test_reads_back_to_the_first_stale_crawl(self) -> None:
        crawls = [ScriptedCrawl(f"old {day}", NINE - 86_400 * day) for day in range(1, 400)]
        fresh = [ScriptedCrawl(f"fresh {number}", NINE + 100 * number) for number in range(15)]
        glue = ScriptedGlue(now=NINE + 10_000, crawls=[*crawls, *fresh])

        sighting = look_for_crawl(make_hook(glue), ANY, Crawler(CRAWLER, "READY"))

        assert sighting.crawl is not None
        assert (sighting.crawl.crawl_id, sighting.newest_id) == ("fresh 0", "fresh 14")
        assert glue.calls == {"ListCrawls": 2}
