"""Waiting for a lineage node, an edge into it, or the crawl that made it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import CatalogTimeoutError
from airflow_lineage_provider.hooks.node_waits import NodeThere
from tests.unit.hooks.scripted_answers import Answer, ScriptedAnswers, make_hook

DOMAIN = "dzd-abc123"
TABLE = "arn:aws:glue:us-east-1:123456789012:table/db/orders"
SOURCE = "s3://raw/orders"
CRAWL = "7d3c1c8a-6a0e-4c0e-9f6b-2f8f3b6a1e55"
RUN = f"glue_crawler.sales/{CRAWL}"


def node(identifier: str, name: str, kind: str = "Dataset", **overrides: Any) -> dict[str, Any]:
    """Return a node."""
    return {
        "id": identifier,
        "sourceIdentifier": name,
        "typeName": f"amazon.datazone.{kind}LineageNodeType",
        "eventTimestamp": datetime(2025, 6, 4, 12, tzinfo=UTC),
        **overrides,
    }


TABLE_NODE = node("table", TABLE)
AROUND = [
    node("table", TABLE, upstreamLineageNodeIds=["run"]),
    node("run", RUN, "JobRun", upstreamLineageNodeIds=["source"], downstreamLineageNodeIds=["table"]),
    node("source", SOURCE, downstreamLineageNodeIds=["run"]),
]


def look(wait: NodeThere, *nodes: Answer, around: list[dict[str, Any]] | None = None) -> tuple[str, Any]:
    """Look once; return the state that is seen, and the verdict."""
    items = [{"lineageNode": each} for each in (AROUND if around is None else around)]
    client = ScriptedAnswers(get_lineage_node=list(nodes), query_graph=[{"items": items}])
    seen = wait.look(make_hook(client))
    return seen.state, wait.verdict(seen)


def test_there_is_a_node() -> None:
    state, found = look(NodeThere(DOMAIN, TABLE), TABLE_NODE)

    assert state == "there"
    assert found == {
        "domain_id": DOMAIN,
        "node_id": "table",
        "source_identifier": TABLE,
        "type_name": "amazon.datazone.DatasetLineageNodeType",
        "event_time": "2025-06-04T12:00:00.000Z",
        "upstream": None,
        "run": None,
    }


def test_there_is_none() -> None:
    assert look(NodeThere(DOMAIN, TABLE), "ResourceNotFoundException") == ("absent", None)


def test_asks_for_neighbours_only_where_they_matter() -> None:
    client = ScriptedAnswers(get_lineage_node=[TABLE_NODE])

    NodeThere(DOMAIN, TABLE).look(make_hook(client))

    assert [method for method, _ in client.asked] == ["get_lineage_node"]


@pytest.mark.parametrize("upstream", [SOURCE, "source", RUN, "run"])
def test_an_edge_is_there_directly_or_through_the_job_run(upstream: str) -> None:
    state, found = look(NodeThere(DOMAIN, TABLE, upstream), TABLE_NODE)

    assert state == "there"
    assert upstream in found["upstream"].values()


@pytest.mark.parametrize(
    "around",
    [
        pytest.param([], id="nothing around"),
        pytest.param(AROUND[:2], id="a run that read nothing"),
        pytest.param([AROUND[0], AROUND[2]], id="no way to it"),
        pytest.param(
            [
                node("table", TABLE, upstreamLineageNodeIds=["middle"]),
                node("middle", "s3://middle", upstreamLineageNodeIds=["source"]),
                node("source", SOURCE),
            ],
            id="a dataset in between",
        ),
    ],
)
def test_an_edge_is_missing(around: list[dict[str, Any]]) -> None:
    state, found = look(NodeThere(DOMAIN, TABLE, SOURCE), TABLE_NODE, around=around)

    assert (state, found) == (f"there without an edge from '{SOURCE}'", None)


def test_an_edge_may_be_told_by_one_of_its_ends_only() -> None:
    around = [
        node("run", RUN, "JobRun", downstreamLineageNodeIds=["table"]),
        node("source", SOURCE, downstreamLineageNodeIds=["run"]),
    ]

    assert look(NodeThere(DOMAIN, TABLE, SOURCE), TABLE_NODE, around=around)[0] == "there"


def test_a_crawl_is_told_by_the_run_that_made_the_table() -> None:
    _, found = look(NodeThere(DOMAIN, TABLE, None, CRAWL), TABLE_NODE)

    assert found["run"] == {"node_id": "run", "source_identifier": RUN}


def test_a_crawl_is_told_by_the_node_that_is_its_run() -> None:
    _, found = look(NodeThere(DOMAIN, RUN, None, CRAWL), node("run", RUN, "JobRun"), around=[])

    assert found["run"] == {"node_id": "run", "source_identifier": RUN}


def test_a_crawl_is_told_by_a_form_where_the_run_has_another_id() -> None:
    form = {"formName": "f", "content": json.dumps({"facets": [{"crawlerRunId": CRAWL}]})}
    run = node("run", "glue_crawler.sales/0001", "JobRun", formsOutput=[form])
    table = node("table", TABLE, upstreamNodes=[{"id": "run"}])

    _, found = look(
        NodeThere(DOMAIN, TABLE, None, CRAWL),
        table,
        run,
        around=[node("run", run["sourceIdentifier"], "JobRun")],
    )

    assert found["run"]["node_id"] == "run"


def test_another_crawl_does_not_count() -> None:
    state, found = look(NodeThere(DOMAIN, TABLE, None, "other"), TABLE_NODE)

    assert (state, found) == ("there without crawl other", None)


def test_says_all_that_is_missing() -> None:
    wait = NodeThere(DOMAIN, TABLE, "s3://other", "other")
    state, _ = look(wait, TABLE_NODE)

    error = wait.timeout_error(state, 60)

    assert isinstance(error, CatalogTimeoutError)
    assert "there without an edge from 's3://other' and crawl other" in str(error)
    assert TABLE in str(error)
