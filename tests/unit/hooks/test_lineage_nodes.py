"""Lineage nodes as the catalog answers them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from airflow_lineage_provider.hooks.lineage_nodes import (
    NodeVersion,
    asset_columns,
    asset_source_identifier,
    columns_of,
)
from airflow_lineage_provider.lineage.graph import DatasetNode, Field, JobNode, RunNode
from airflow_lineage_provider.lineage.identifiers import DatasetId, JobId, RunId

NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)
ARN = "arn:aws:glue:us-east-1:123456789012:table/db/orders"


def make_answer(kind: str = "Dataset", source: str | None = ARN, **overrides: Any) -> dict[str, Any]:
    """Build an answer of GetLineageNode."""
    return {
        "domainId": "dzd-1",
        "id": "node1",
        "typeName": f"amazon.datazone.{kind}LineageNodeType",
        "eventTimestamp": NOON,
        **({"sourceIdentifier": source} if source else {}),
        **overrides,
    }


def form(content: object) -> dict[str, Any]:
    """Build a form with some content."""
    return {"formName": "AnyForm", "content": json.dumps(content)}


def test_reads_a_dataset_with_its_columns() -> None:
    forms = [
        form({"columns": [{"name": "id", "dataType": "bigint"}, {"name": "total", "dataType": "double"}]})
    ]

    (node,) = NodeVersion.from_answer(make_answer(formsOutput=forms)).to_nodes()

    assert node == DatasetNode(
        DatasetId.parse(ARN),
        (Field("id", "bigint"), Field("total", "double")),
        {"node_id": "node1", "event_time": "2025-06-04T12:00:00Z"},  # type: ignore[arg-type]
    )


def test_reads_a_run_and_its_job_with_dots_in_the_namespace() -> None:
    forms = [
        form({"namespace": "my.team.glue", "name": "daily.load"}),
        form({"runId": "r1", "startTime": "2025-06-04T11:00:00Z", "eventType": "COMPLETE"}),
    ]
    answer = make_answer("JobRun", "my.team.glue.daily.load/r1", formsOutput=forms)

    job, run = NodeVersion.from_answer(answer).to_nodes()

    assert isinstance(job, JobNode)
    assert isinstance(run, RunNode)
    assert (run.id.job.namespace, run.id.job.name, run.id.run_id) == ("my.team.glue", "daily.load", "r1")
    assert (run.attributes["started_at"], run.attributes["state"]) == ("2025-06-04T11:00:00Z", "COMPLETE")


def test_reads_a_run_without_forms_by_its_source_identifier() -> None:
    version = NodeVersion.from_answer(make_answer("JobRun", "glue_crawler.sales/r1"))

    assert version.id == RunId(JobId("glue_crawler", "sales"), "r1")


def test_reads_a_job() -> None:
    assert NodeVersion.from_answer(make_answer("Job", "etl.load")).id == JobId("etl", "load")


def test_takes_the_node_id_for_a_dataset_without_a_source_identifier() -> None:
    assert str(NodeVersion.from_answer(make_answer(source=None)).id) == "node1"


def test_knows_an_asset_by_its_source_identifier() -> None:
    (node,) = NodeVersion.from_answer(make_answer(source="amazon.datazone.asset/a1")).to_nodes()

    assert node.attributes["asset_id"] == "a1"


def test_reads_neighbours_with_the_time_of_their_version() -> None:
    references = [{"id": "up", "eventTimestamp": NOON}, {"id": "bare"}]

    version = NodeVersion.from_answer(make_answer(upstreamNodes=references))

    assert version.upstream == (("up", NOON), ("bare", None))
    assert version.downstream == ()


def test_finds_where_columns_come_from_by_content() -> None:
    source = {"namespace": "s3://b", "name": "orders", "field": "orderId"}
    forms = [form({"anything": [{"name": "orderid", "inputFields": [source, {"name": "no field"}, "junk"]}]})]

    version = NodeVersion.from_answer(make_answer(formsOutput=forms))

    assert list(version.column_sources()) == [("orderid", DatasetId("s3://b", "orders"), "orderId")]


@pytest.mark.parametrize(
    "contents, fields",
    [
        pytest.param(
            [{"columns": [{"columnName": "a", "dataType": "int"}]}], [("a", "int")], id="asset form"
        ),
        pytest.param([{"fields": [{"name": "a", "type": "int"}]}], [("a", "int")], id="schema facet"),
        pytest.param([{"columns": [{"name": "a"}]}], [("a", "")], id="untyped"),
        pytest.param(
            [{"columns": [{"name": "b"}]}, {"columns": [{"name": "a", "dataType": "int"}]}],
            [("a", "int")],
            id="typed before untyped",
        ),
        pytest.param([{"columns": [{"x": 1}], "other": "text", "list": ["a"]}], [], id="no columns"),
        pytest.param([], [], id="no forms"),
    ],
)
def test_finds_columns_by_content(contents: list[dict[str, Any]], fields: list[tuple[str, str]]) -> None:
    assert [(field.name, field.type) for field in columns_of(contents)] == fields


@pytest.mark.parametrize("content", ["no json", "[1]", "null", None], ids=str)
def test_ignores_a_form_that_is_no_object(content: str | None) -> None:
    answer = make_answer(formsOutput=[{"formName": "x", "content": content}, {"formName": "y"}])

    assert NodeVersion.from_answer(answer).contents == ()


class TestAsset:
    """The forms of an asset."""

    ASSET: ClassVar[dict[str, Any]] = {
        "formsOutput": [
            form({"tableName": "orders", "columns": [{"columnName": "id", "dataType": "bigint"}]}),
            form({"sourceIdentifier": ARN}),
        ]
    }

    def test_tell_its_columns(self) -> None:
        assert asset_columns(self.ASSET) == (Field("id", "bigint"),)

    def test_tell_what_it_is_linked_to(self) -> None:
        assert asset_source_identifier(self.ASSET) == ARN

    def test_may_tell_nothing(self) -> None:
        assert asset_source_identifier({"formsOutput": [form({"sourceIdentifier": ""})]}) is None
        assert asset_columns({}) == ()
