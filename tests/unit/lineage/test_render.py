from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.exceptions import NodeNotFoundError
from airflow_lineage_provider.lineage.graph import Attributes, DatasetNode, Edge, Field, LineageGraph, RunNode
from airflow_lineage_provider.lineage.identifiers import DatasetId, JobId, RunId
from airflow_lineage_provider.lineage.render import forest, tree
from tests.unit.lineage.builders import (
    CLICKS,
    ORDERS,
    dataset,
    make_crawl_fact,
    make_estate,
    make_graph,
    make_snapshot,
    run,
)


class TestTree:
    def test_shows_columns_crawl_and_origins(self) -> None:
        assert tree(make_snapshot(), "lab_db.clickstream").splitlines() == [
            "arn:aws:glue:us-east-1:123456789012:table/lab_db/clickstream",
            "├─ asset    none",
            "├─ columns  2, 2 of them traced",
            "│  ├─ session_id  string  ← s3://ecomm-analytics-123456789012-us-east-1/clickstream: session_id",
            "│  └─ user_id     string  ← s3://ecomm-analytics-123456789012-us-east-1/clickstream: user_id",
            "├─ crawl    GlueLineageCrawler 7d3c1c8a-6a0e-4c0e-9f6b-2f8f3b6a1e55",
            "│           COMPLETED, 2025-06-04T09:30:00Z → 2025-06-04T09:31:12Z (72 s)",
            "└─ origins  1",
            "   └─ s3://ecomm-analytics-123456789012-us-east-1/clickstream",
        ]

    @pytest.mark.parametrize("width", [100, 80, 40])
    def test_keeps_to_the_width_but_for_the_dataset_itself(self, width: Any) -> None:
        lines = tree(make_snapshot(), ORDERS, width=width).splitlines()

        assert lines[0] == str(ORDERS)
        assert max(len(line) for line in lines[1:]) <= width
        assert any("…" in line for line in lines[1:])

    def test_of_a_graph_knows_what_events_told(self) -> None:
        lines = tree(make_estate(), CLICKS).splitlines()

        assert "│           COMPLETE, ? → 2025-06-04T09:31:12Z" in lines
        assert not any("asset" in line for line in lines)

    def test_names_the_assets(self) -> None:
        assets = [DatasetId("amazon.datazone.asset", name) for name in ("a1", "a2")]
        nodes = [
            DatasetNode(CLICKS, (), Attributes({"asset_id": "a1"})),
            *map(DatasetNode, assets),
            DatasetNode(dataset("x")),
        ]
        graph = LineageGraph(nodes, [*(Edge(CLICKS, each) for each in assets), Edge(CLICKS, dataset("x"))])

        lines = tree(make_snapshot(graph), CLICKS).splitlines()

        assert lines[1:3] == ["├─ asset    a1", "├─ asset    a2"]
        assert not any("asset" in line for line in tree(make_snapshot(graph), assets[0]).splitlines()[1:])

    def test_says_what_is_not_known(self) -> None:
        assert tree(make_graph("a"), "test/a").splitlines() == [
            "test/a",
            "├─ columns  no schema known",
            "└─ origins  none",
        ]

    def test_shows_columns_without_type_or_source(self) -> None:
        graph = LineageGraph([DatasetNode(dataset("a"), (Field("id", "bigint"), Field("bare")))])

        assert tree(graph, "test/a").splitlines()[1:4] == [
            "├─ columns  2, 0 of them traced",
            "│  ├─ id    bigint",
            "│  └─ bare",
        ]

    def test_shows_the_newest_runs_and_counts_the_rest(self) -> None:
        graph = make_graph("r1>a r2>a r3>a")

        lines = tree(graph, "test/a", runs=2).splitlines()

        assert [line for line in lines if "r" in line and "job" in line] == [
            "├─ run      jobs.job r3",
            "├─ run      jobs.job r2",
        ]
        assert "├─ earlier  1 more" in lines
        assert "│           state unknown, ? → ?" in lines

    def test_shows_a_crawl_that_is_running(self) -> None:
        crawl = RunNode(RunId(JobId("glue_crawler", "C"), "now"))
        graph = LineageGraph([DatasetNode(dataset("a")), crawl], [Edge(crawl.id, dataset("a"))])
        fact = make_crawl_fact(crawl_id="now", state="RUNNING", ended_at=None)

        lines = tree(make_snapshot(graph, crawls=(fact,)), "test/a").splitlines()

        assert "│           RUNNING, 2025-06-04T09:30:00Z → ?" in lines

    def test_lists_every_origin(self) -> None:
        lines = tree(make_graph("a>r1>c b>r1"), "test/c").splitlines()

        assert lines[-3:] == ["└─ origins  2", "   ├─ test/a", "   └─ test/b"]

    def test_of_an_unknown_dataset_raises(self) -> None:
        with pytest.raises(NodeNotFoundError):
            tree(make_graph("a"), "test/b")


class TestForest:
    def test_is_the_trees_of_all_roots(self) -> None:
        snapshot = make_snapshot()

        assert forest(snapshot) == f"{tree(snapshot, CLICKS)}\n\n{tree(snapshot, ORDERS)}"

    def test_names_a_root_that_is_missing(self) -> None:
        snapshot = make_snapshot(LineageGraph([RunNode(run("r1"))]), roots=(CLICKS,))

        assert forest(snapshot) == f"{CLICKS}\n└─ not in the lineage"
