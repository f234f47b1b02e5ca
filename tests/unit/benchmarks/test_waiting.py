"""The measurement of waits: its endpoint answers as Glue does, and its figures say what happened."""

from __future__ import annotations

import json

from benchmarks.bench_waiting import Wait, figures, make_plan
from benchmarks.waiting_client import Outcome
from benchmarks.waiting_endpoint import Endpoint, Plan, crawl_id, crawler_name

PLAN = Plan(ends=(30.0, 60.0), medians=(33.0, 55.0))


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def ask(endpoint: Endpoint, operation: str, **request: object) -> dict[str, object]:
    """Call the endpoint and return what a call that is not refused brings."""
    status, found = endpoint.answer(operation, json.dumps(request).encode())
    assert status == 200
    return found


class TestEndpoint:
    def test_a_crawler_runs_stops_and_is_ready(self) -> None:
        clock = Clock()
        endpoint = Endpoint(PLAN, clock=clock)
        endpoint.begin()

        states = []
        for clock.now in (1010.0, 1029.0, 1031.0):
            found = ask(endpoint, "BatchGetCrawlers", CrawlerNames=[crawler_name(0), crawler_name(1)])
            states.append([each["State"] for each in found["Crawlers"]])  # type: ignore[attr-defined]

        assert states == [["RUNNING", "RUNNING"], ["STOPPING", "RUNNING"], ["READY", "RUNNING"]]
        assert endpoint.counts == {"BatchGetCrawlers": 3}

    def test_the_history_shows_the_end_of_a_crawl(self) -> None:
        clock = Clock()
        endpoint = Endpoint(PLAN, clock=clock)
        before = ask(endpoint, "ListCrawls", CrawlerName=crawler_name(1))
        clock.now = 1061.0

        after = ask(endpoint, "ListCrawls", CrawlerName=crawler_name(1))

        rows = [found["Crawls"][0] for found in (before, after)]  # type: ignore[index]
        assert [(row["CrawlId"], row["State"]) for row in rows] == [
            (crawl_id(1), "RUNNING"),
            (crawl_id(1), "COMPLETED"),
        ]

    def test_refuses_the_share_of_calls_that_the_plan_wants(self) -> None:
        endpoint = Endpoint(make_plan(1, refused=0.5))
        body = json.dumps({"Name": crawler_name(0)}).encode()

        statuses = [endpoint.answer("GetCrawler", body)[0] for _ in range(1000)]

        assert 400 < statuses.count(400) < 600
        assert endpoint.counts["refused"] == statuses.count(400)


def test_figures_are_those_of_the_run() -> None:
    latencies = tuple(number / 10 for number in range(100))
    outcome = Outcome(1.5, latencies, 2, 0.04, (204800, 102400))
    wait = Wait(outcome, {"BatchGetCrawlers": 20, "ListCrawls": 5, "refused": 7})

    found = {row.what.removeprefix("x: "): row.ours for row in figures("x", wait)}

    assert found["requests"] == 25
    assert round(found["seen after, mean"], 2) == 4.95
    assert found["seen after, 99 of 100"] == 9.9
    assert found["memory at its height"] == 200
    assert found["tasks that missed their crawl's end"] == 2
