"""What the shared poller asks Glue about crawls, on a double of the AWS client."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import LineageError, PermissionDeniedError, ResourceNotFoundError
from airflow_lineage_provider.hooks.crawl_awaiting import AwaitedCrawl
from airflow_lineage_provider.hooks.crawl_records import Sighting
from airflow_lineage_provider.triggers import crawl_fetcher
from airflow_lineage_provider.triggers.crawl_fetcher import CrawlFetcher, Subject
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
    """Fetch at each of these moments of the service's clock, with one fetcher."""
    fetch = CrawlFetcher(lambda: make_hook(glue))

    async def looks() -> list[Any]:
        seen = []
        for at in moments:
            glue.now = at
            seen.append(dict(await fetch(subjects)))
        return seen

    return asyncio.run(looks())


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

        seen = asyncio.run(CrawlFetcher(lambda: make_hook(glue))([(CRAWLER, "ours")]))

        assert seen[CRAWLER, "ours"].crawl.state == "COMPLETED"  # type: ignore[union-attr]

    def test_one_call_asks_for_many_crawlers(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("ours", NINE)])

        seen = asyncio.run(CrawlFetcher(lambda: make_hook(glue))([(CRAWLER, "ours"), ("unknown", "x")]))

        assert glue.calls == {"BatchGetCrawlers": 1}
        assert seen["unknown", "x"].crawler_state is None  # type: ignore[union-attr]


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
