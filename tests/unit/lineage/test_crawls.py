from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.lineage.crawls import (
    crawl_id_of,
    crawler_of,
    ended_at,
    fact_of,
    runs_into,
    started_at,
)
from airflow_lineage_provider.lineage.graph import Attributes, DatasetNode, Edge, LineageGraph, RunNode
from airflow_lineage_provider.lineage.identifiers import JobId, RunId
from tests.unit.lineage.builders import (
    CLICKS,
    CRAWL,
    CRAWLER,
    ENDED,
    NOW,
    STARTED,
    dataset,
    make_crawl_fact,
    make_snapshot,
    run,
)

A = dataset("a")


def snapshot_of(*runs: Any, crawls: Any = ()) -> Any:
    """Return a snapshot of one dataset that these runs made."""
    graph = LineageGraph([DatasetNode(A), *runs], [Edge(each.id, A) for each in runs])
    return make_snapshot(graph, crawls=crawls)


class TestRunsInto:
    def test_are_the_newest_first(self) -> None:
        runs = [
            RunNode(run("r1"), Attributes({"event_time": "2025-06-01T00:00:00Z"})),
            RunNode(run("r2"), Attributes({"started_at": "2025-06-03T00:00:00Z"})),
            RunNode(run("r3"), Attributes({"ended_at": "2025-06-02T00:00:00Z"})),
            RunNode(run("r4"), Attributes({"event_time": "no time"})),
        ]

        assert [each.id.run_id for each in runs_into(snapshot_of(*runs), A)] == ["r2", "r3", "r1", "r4"]

    def test_heed_the_crawl_history(self) -> None:
        runs = [RunNode(run("r1"), Attributes({"event_time": "2025-06-01T00:00:00Z"})), RunNode(run("r2"))]
        crawls = [make_crawl_fact(crawl_id="r2", ended_at=None)]

        assert [each.id.run_id for each in runs_into(snapshot_of(*runs, crawls=crawls), A)] == ["r2", "r1"]

    def test_of_one_time_are_in_a_defined_order(self) -> None:
        assert [
            each.id.run_id for each in runs_into(snapshot_of(RunNode(run("r1")), RunNode(run("r2"))), A)
        ] == [
            "r2",
            "r1",
        ]

    def test_are_runs(self) -> None:
        graph = LineageGraph([DatasetNode(A), DatasetNode(CLICKS)], [Edge(CLICKS, A)])

        assert runs_into(make_snapshot(graph), A) == ()


class TestFacts:
    def test_of_the_history_come_before_those_of_events(self) -> None:
        node = RunNode(
            run(CRAWL), Attributes(dict.fromkeys(("started_at", "ended_at"), "2020-01-01T00:00:00Z"))
        )
        snapshot = snapshot_of(node, crawls=[make_crawl_fact()])

        assert fact_of(snapshot, node) == make_crawl_fact()
        assert (started_at(snapshot, node), ended_at(snapshot, node)) == (STARTED, ENDED)

    def test_of_events_count_where_there_is_no_history(self) -> None:
        node = RunNode(run("r1"), Attributes({"started_at": "2025-06-04T09:40:00Z"}))
        snapshot = snapshot_of(node)

        assert fact_of(snapshot, node) is None
        assert (started_at(snapshot, node), ended_at(snapshot, node)) == (NOW, None)

    def test_of_events_complete_a_history_without_end(self) -> None:
        node = RunNode(run(CRAWL), Attributes({"ended_at": "2025-06-04T09:40:00Z"}))

        assert ended_at(snapshot_of(node, crawls=[make_crawl_fact(ended_at=None)]), node) == NOW

    def test_are_joined_by_the_crawl_id_a_run_names(self) -> None:
        node = RunNode(run("r1"), Attributes({"crawl_id": CRAWL}))
        snapshot = snapshot_of(node, crawls=[make_crawl_fact()])

        assert crawl_id_of(node) == CRAWL
        assert started_at(snapshot, node) == STARTED


class TestCrawler:
    @pytest.mark.parametrize(
        "node, crawls, expected",
        [
            pytest.param(RunNode(RunId(JobId("glue_crawler", "C"), "x")), (), "C", id="by the job"),
            pytest.param(RunNode(RunId(JobId("spark", "C"), "x")), (), "", id="another job"),
            pytest.param(
                RunNode(RunId(JobId("spark", "C"), "x"), Attributes({"crawler_name": "D"})),
                (),
                "D",
                id="by the run",
            ),
            pytest.param(
                RunNode(RunId(JobId("spark", "C"), CRAWL)), (make_crawl_fact(),), CRAWLER, id="by the history"
            ),
        ],
    )
    def test_is_known(self, node: Any, crawls: Any, expected: Any) -> None:
        assert crawler_of(snapshot_of(node, crawls=crawls), node) == expected
