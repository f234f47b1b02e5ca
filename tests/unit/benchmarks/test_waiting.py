"""The measurement of waits: its endpoint answers as Glue does, and its figures say what happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import bench_waiting
from benchmarks.bench_waiting import STOCK, Wait, figures, make_plan
from benchmarks.waiting_client import Outcome, Scenario
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


def make_wait(seconds: float, counts: dict[str, int]) -> Wait:
    """Return a run that took so much CPU time and so many calls."""
    latencies = tuple(number / 10 for number in range(100))
    return Wait(Outcome(seconds, latencies, 2, 0.04, (204800, 102400)), counts)


def test_figures_are_those_of_the_runs() -> None:
    ours = make_wait(1.5, {"BatchGetCrawlers": 20, "ListCrawls": 5, "refused": 7})
    theirs = make_wait(9.0, {"GetCrawler": 400})

    found = {row.what.removeprefix("x: "): row for row in figures("x", ours, theirs, STOCK)}

    assert (found["requests"].ours, found["requests"].peer) == (25, 400)
    assert (found["requests without verdicts"].ours, found["requests without verdicts"].peer) == (20, 400)
    assert (found["CPU time"].ours, found["CPU time"].peer) == (1.5, 9.0)
    assert round(found["seen after, mean"].ours, 2) == 4.95
    assert found["seen after, 99 of 100"].ours == 9.9
    assert found["memory at its height"].ours == 200
    assert found["tasks that missed their crawl's end"].ours == 2
    assert {row.peer_name for row in found.values()} == {STOCK.name}


def test_a_process_that_does_not_end_is_ended(tmp_path: Path) -> None:
    scenario = Scenario("ours", 1, "http://127.0.0.1:9", (1.0,))

    with pytest.raises(RuntimeError, match="did not end in 0 s"):
        bench_waiting._run_client(scenario, str(tmp_path), 0.01)
