"""What the shared poller asks Glue about crawls, on a double of the AWS client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import LineageError, PermissionDeniedError, ResourceNotFoundError
from airflow_lineage_provider.hooks.crawl_awaiting import AwaitedCrawl
from airflow_lineage_provider.hooks.crawl_records import Sighting
from airflow_lineage_provider.triggers import crawl_fetcher
from airflow_lineage_provider.triggers.closer_looks import CloserLook
from airflow_lineage_provider.triggers.crawl_fetcher import CrawlFetcher, Subject
from airflow_lineage_provider.triggers.poller_hooks import PollerHook
from tests.unit.hooks.scripted_glue import (
    CRAWLER,
    NINE,
    ScriptedCrawl,
    ScriptedGlue,
    client_error,
    make_hook,
    moment,
)

AWAITED = (CRAWLER, AwaitedCrawl(moment(NINE)))


def look_at(
    glue: ScriptedGlue, subjects: Sequence[Subject], *, moments: Sequence[float]
) -> list[dict[Subject, Sighting | LineageError]]:
    """Fetch at each of these moments of the service's clock, with one fetcher, as the poller does."""
    fetch = CrawlFetcher(PollerHook(lambda: make_hook(glue)))
    seen = []
    for at in moments:
        glue.now = at
        seen.append(fetch_all(fetch, subjects))
    return seen


def fetch_all(fetch: CrawlFetcher, subjects: Sequence[Subject]) -> dict[Subject, Sighting | LineageError]:
    """Fetch once, and take the closer looks that are wanted, group by group."""
    seen: dict[Subject, Sighting | LineageError] = {}
    groups: dict[Any, list[Subject]] = {}
    for subject, found in fetch(subjects).items():
        if isinstance(found, CloserLook):
            groups.setdefault(found.group, []).append(subject)
        else:
            seen[subject] = found
    for group in groups.values():
        try:
            seen |= fetch.look_closer(group)
        except LineageError as error:
            seen |= dict.fromkeys(group, error)
    return seen


class TestKnownCrawl:
    def test_sees_that_a_crawler_left_running_and_came_back(self) -> None:
        glue = ScriptedGlue(
            crawls=[
                ScriptedCrawl("ours", NINE, seconds=10, stopping=0),
                ScriptedCrawl("next", NINE + 11, seconds=1e9),
            ]
        )
        first, second = (
            seen[CRAWLER, "ours"]
            for seen in look_at(glue, [(CRAWLER, "ours")], moments=[NINE + 5, NINE + 20])
        )
        assert isinstance(first, Sighting)
        assert isinstance(second, Sighting)
        assert second.crawl is not None

        assert (first.crawler_state, first.looked) == ("RUNNING", False)
        assert (second.crawler_state, second.crawl.state, second.newest_id) == (
            "RUNNING",
            "COMPLETED",
            "next",
        )

    def test_looks_when_another_crawl_runs_from_the_beginning(self) -> None:
        glue = ScriptedGlue(
            crawls=[
                ScriptedCrawl("ours", NINE - 60, seconds=10, stopping=0),
                ScriptedCrawl("next", NINE - 30, seconds=1e9),
            ]
        )

        (seen,) = look_at(glue, [(CRAWLER, "ours")], moments=[NINE])

        assert seen[CRAWLER, "ours"].crawl.state == "COMPLETED"  # type: ignore[union-attr]

    def test_one_call_asks_for_many_crawlers(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)])

        (seen,) = look_at(glue, [(CRAWLER, "ours"), ("unknown", "x")], moments=[NINE])

        assert glue.calls == {"BatchGetCrawlers": 1, "GetCrawlerMetrics": 2}
        assert seen["unknown", "x"].crawler_state is None  # type: ignore[union-attr]

    def test_is_not_looked_at_while_the_crawler_is_stopping(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=10, stopping=60)])

        seen = look_at(glue, [(CRAWLER, "ours")], moments=[NINE + 5, NINE + 20, NINE + 40, NINE + 80])

        assert [getattr(each[CRAWLER, "ours"], "looked", None) for each in seen] == [
            False,
            False,
            False,
            True,
        ]
        assert glue.calls["ListCrawls"] == 1


class TestPause:
    """At 9:00 a crawl began that usually takes an hour, and the waiter wants a look every 30 seconds."""

    SUBJECT = (CRAWLER, "ours")

    def pauses(self, glue: ScriptedGlue, *moments: float) -> list[float]:
        """Return the pause after a fetch at each of these moments."""
        fetch = CrawlFetcher(PollerHook(lambda: make_hook(glue)))
        pauses = []
        for at in moments:
            glue.now = at
            fetch_all(fetch, [self.SUBJECT])
            pauses.append(fetch.pause(self.SUBJECT, 30))
        return pauses

    def test_follows_the_usual_run_time(self) -> None:
        glue = ScriptedGlue(usual_seconds=3600, crawls=[ScriptedCrawl("ours", NINE, seconds=1e5)])

        pauses = self.pauses(glue, NINE + 60, NINE + 2400, NINE + 3500, NINE + 5000)

        assert pauses == [120, 30, 15, 30]
        assert glue.calls["GetCrawlerMetrics"] == 2  # two pages of one answer

    def test_is_short_while_the_crawler_is_stopping(self) -> None:
        crawl = ScriptedCrawl("ours", NINE, seconds=10, stopping=600)

        assert self.pauses(ScriptedGlue(crawls=[crawl]), NINE + 20) == [15]

    @pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServiceException"])
    def test_is_an_interval_where_metrics_are_not_to_be_had(self, code: str) -> None:
        glue = ScriptedGlue(usual_seconds=3600, crawls=[ScriptedCrawl("ours", NINE, seconds=1e5)])
        glue.faults["get_crawler_metrics"] = [client_error("GetCrawlerMetrics", code)] * 9

        assert self.pauses(glue, NINE + 60, NINE + 120, NINE + 180) == [30, 30, 30]
        assert glue.calls["GetCrawlerMetrics"] == 1

    def test_asks_for_metrics_again_when_they_were_only_throttled(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(crawl_fetcher, "_METRICS_AGAIN_SECONDS", 0.0)
        glue = ScriptedGlue(usual_seconds=3600, crawls=[ScriptedCrawl("ours", NINE, seconds=1e5)])
        glue.faults["get_crawler_metrics"] = [client_error("GetCrawlerMetrics", "ThrottlingException")]

        assert self.pauses(glue, NINE + 60, NINE + 120) == [30, 120]

    def test_is_an_interval_for_a_crawler_that_never_ran_or_rests(self) -> None:
        never_ran = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=1e5)])
        rests = ScriptedGlue(usual_seconds=3600, crawls=[])

        assert self.pauses(never_ran, NINE + 60) == [30]
        assert self.pauses(rests, NINE + 60) == [30]

    def test_nothing_is_known_of_what_was_forgotten(self) -> None:
        glue = ScriptedGlue(usual_seconds=3600, crawls=[ScriptedCrawl("ours", NINE, seconds=1e5)])
        fetch = CrawlFetcher(PollerHook(lambda: make_hook(glue)))
        fetch([self.SUBJECT])

        fetch.forget(self.SUBJECT)

        assert fetch.pause(self.SUBJECT, 30) == 30
        assert not fetch._known


class TestAwaitedCrawl:
    def test_is_found_with_its_crawler(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE)])

        (seen,) = look_at(glue, [AWAITED], moments=[NINE + 200])

        sighting = seen[AWAITED]
        assert isinstance(sighting, Sighting)
        assert sighting.crawl is not None
        assert sighting.crawler is not None
        assert (sighting.crawl.crawl_id, sighting.crawler.database) == ("theirs", "db")

    def test_fifty_waits_with_different_data_cost_one_look(self) -> None:
        crawls = [ScriptedCrawl(f"{number}", NINE + 100 * number) for number in range(5)]
        glue = ScriptedGlue(crawls=crawls)
        wanted: list[Subject] = [(CRAWLER, AwaitedCrawl(moment(NINE + 10 * number))) for number in range(50)]

        (seen,) = look_at(glue, wanted, moments=[NINE + 900])

        found = [sighting.crawl for sighting in map(seen.get, wanted) if isinstance(sighting, Sighting)]
        assert [crawl and crawl.crawl_id for crawl in found] == [
            "0", *["1"] * 10, *["2"] * 10, *["3"] * 10, *["4"] * 10, *[None] * 9,
        ]  # fmt: skip
        assert glue.calls == {"BatchGetCrawlers": 1, "ListCrawls": 1}

    def test_a_running_crawler_is_looked_at_once_until_something_ends(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE, seconds=60, stopping=0)])

        seen = look_at(glue, [AWAITED], moments=[NINE + 5, NINE + 20, NINE + 40, NINE + 70])

        assert [getattr(each[AWAITED], "looked", None) for each in seen] == [True, False, False, True]

    def test_a_resting_crawler_is_looked_at_until_its_history_can_lag_no_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("late", NINE + 5, seconds=10, shown_after=60)])
        asked = [NINE + seconds for seconds in (30, 60, 90)]

        seen = look_at(glue, [AWAITED], moments=asked)
        monkeypatch.setattr(crawl_fetcher, "PATIENCE_SECONDS", 0.0)
        resting = look_at(glue, [AWAITED], moments=[NINE + 200, NINE + 230, NINE + 260])

        assert [getattr(each[AWAITED], "crawl", None) is not None for each in seen] == [False, False, True]
        assert [getattr(each[AWAITED], "looked", None) for each in resting] == [True, False, False]

    def test_says_in_aws_words_that_the_crawler_is_gone(self) -> None:
        (seen,) = look_at(ScriptedGlue(exists=False), [AWAITED], moments=[NINE])

        error = seen[AWAITED]
        assert isinstance(error, ResourceNotFoundError)
        assert (error.operation, error.subject) == ("GetCrawler", "crawler 'sales'")

    def test_an_error_concerns_its_crawler_only(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE, seconds=600)])
        glue.faults["list_crawls"] = [client_error("ListCrawls", "AccessDeniedException", "not authorized")]

        (seen,) = look_at(glue, [AWAITED, (CRAWLER, "ours")], moments=[NINE + 5])

        assert type(seen[AWAITED]) is PermissionDeniedError
        assert isinstance(seen[CRAWLER, "ours"], Sighting)
