"""The events of OpenLineage's producers are accepted and give the graph that is expected of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract import openlineage_producers as producers
from tests.contract.datazone_estate import Estate, make_estate

_SPEC = Path(os.environ.get("OPENLINEAGE_SPEC_DIR", "/no/such/folder"))


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _form(node: Mapping[str, Any], name: str) -> Any:
    return next(json.loads(each["content"]) for each in node["formsOutput"] if each["formName"] == name)


def _graph(estate: Estate, root: str, direction: str, hops: int) -> list[Any]:
    relation = {"relationType": "LINEAGE", "relationDirection": direction, "maxPathLength": hops}
    clauses = [
        {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": root}},
        {"relationPattern": relation},
    ]
    return [item["lineageNode"] for item in estate.call("query_graph", match=clauses)["items"]]


def _reached(estate: Estate, root: str, direction: str = "OUT", hops: int = 2) -> set[str]:
    """Return the datasets within so many hops, without the root."""
    nodes = _graph(estate, root, direction, hops)
    return {
        node["sourceIdentifier"]
        for node in nodes[1:]
        if node["typeName"] == "amazon.datazone.DatasetLineageNodeType"
    }


def _states(estate: Estate) -> set[str]:
    return {item["processingStatus"] for item in estate.call("list_lineage_events")["items"]}


class TestAirflow:
    """The facts of the consumer scenario ``airflow`` of OpenLineage's compatibility tests."""

    @pytest.fixture
    def scenario(self, estate: Estate) -> Estate:
        """Two DAG runs; each task says START, and COMPLETE with its datasets."""
        for dag, tasks in (("BQ", ("gcs_to_bq", "bq_to_bq", "bq_to_gcs", "bash")), ("gcs_hook", ("upload",))):
            estate.post(producers.airflow_dag(dag, "START"))
            for task in tasks:
                estate.post(producers.airflow_task(dag, task, "START", second=1))
        for number, (task, inputs, output) in enumerate(producers.AIRFLOW_LINKS):
            dag = "BQ" if number < 3 else "gcs_hook"
            done = producers.airflow_task(
                dag, task, "COMPLETE", second=6 + number, inputs=inputs, outputs=[output]
            )
            estate.post(done)
        estate.post(producers.airflow_task("BQ", "bash", "COMPLETE", second=20))
        for dag in ("BQ", "gcs_hook"):
            estate.post(producers.airflow_dag(dag, "COMPLETE", second=30))
        return estate

    def test_events_are_all_processed(self, scenario: Estate) -> None:
        assert _states(scenario) == {"SUCCESS"}

    def test_links_are_those_the_scenario_expects(self, scenario: Estate) -> None:
        expected: dict[str, set[str]] = {}
        for _, inputs, output in producers.AIRFLOW_LINKS:
            for source in inputs:
                expected.setdefault(source, set()).add(output)

        assert {source: _reached(scenario, source) for source in expected} == expected

    def test_file_that_was_copied_is_traced_through_all_tasks(self, scenario: Estate) -> None:
        assert _reached(scenario, "gs://mock-bucket/result.csv", "IN", hops=4) == {
            "bigquery/mock-project.test.upload_cp",
            "bigquery/mock-project.test.upload",
        }

    def test_task_without_datasets_is_a_run_on_its_own(self, scenario: Estate) -> None:
        node = scenario.node(f"airflow.BQ.bash/{producers.run_id('BQ.bash')}")

        assert (node["upstreamNodes"], node["downstreamNodes"]) == ([], [])
        assert _form(node, "LineageJobForm")["facets"]["sourceCode"]["language"] == "bash"

    def test_task_names_its_dag_run_as_its_parent(self, scenario: Estate) -> None:
        node = scenario.node(f"airflow.BQ.bq_to_bq/{producers.run_id('BQ.bq_to_bq')}")

        form = _form(node, "LineageJobRunForm")
        assert form["facets"]["parent"]["job"] == {"namespace": "airflow", "name": "BQ"}
        assert scenario.node(f"airflow.BQ/{form['facets']['parent']['run']['runId']}")["name"] == "BQ"
        assert (form["eventType"], form["facets"]["externalQuery"]["source"]) == ("COMPLETE", "bigquery")

    def test_job_shows_what_it_is(self, scenario: Estate) -> None:
        task, dag = (
            _form(scenario.node(each), "LineageJobForm") for each in ("airflow.BQ.bash", "airflow.BQ")
        )

        assert (task["integration"], task["processingType"], task["jobType"]) == ("AIRFLOW", "BATCH", "TASK")
        assert dag["jobType"] == "DAG"

    def test_failed_task_shows_its_error(self, estate: Estate) -> None:
        estate.post(producers.airflow_task("d", "t", "START", inputs=["s3://raw/a"]))
        estate.post(producers.airflow_task("d", "t", "FAIL", second=1))

        node = estate.node(f"airflow.d.t/{producers.run_id('d.t')}")

        form = _form(node, "LineageJobRunForm")
        assert (form["eventType"], form["facets"]["errorMessage"]["message"]) == ("FAIL", "no access")
        assert estate.identifiers(node["upstreamNodes"]) == ["s3://raw/a"]


class TestColumnLevelLineage:
    """What the consumer scenario ``CLL`` is about: Spark's column lineage with transformations."""

    def test_each_column_names_its_sources_with_what_was_done_to_them(self, estate: Estate) -> None:
        for each in producers.spark_column_lineage():
            estate.post(each)

        form = _form(estate.node("file//tmp/cll_test/tbl1"), "LineageColumnLineageForm")

        found = {
            column["name"]: [
                (
                    source["name"].rpartition("/")[2],
                    source["field"],
                    [each["subtype"] for each in source["transformations"]],
                )
                for source in column["inputFields"]
            ]
            for column in form["columns"]
        }
        indirect = [
            ("cll_source1", "a", ["GROUP_BY", "JOIN", "FILTER"]),
            ("cll_source1", "b", ["GROUP_BY"]),
            ("cll_source2", "a", ["JOIN", "FILTER"]),
        ]
        assert found == {
            "ident": [("cll_source1", "a", ["IDENTITY"]), *indirect],
            "trans": [("cll_source1", "b", ["TRANSFORMATION"]), *indirect],
            "agg": [("cll_source2", "c", ["AGGREGATION"]), *indirect],
        }

    def test_indirect_lineage_may_be_said_once_for_the_dataset(self, estate: Estate) -> None:
        """``spark.openlineage.columnLineage.datasetLineageEnabled`` (4.3)."""
        for each in producers.spark_column_lineage(dataset_wide=True):
            estate.post(each)

        form = _form(estate.node("file//tmp/cll_test/tbl1"), "LineageColumnLineageForm")

        assert [len(column["inputFields"]) for column in form["columns"]] == [1, 1, 1]
        assert [(each["name"][-1], each["field"]) for each in form["dataset"]] == [
            ("1", "a"),
            ("1", "b"),
            ("2", "a"),
        ]

    def test_symlink_outside_of_glue_leaves_the_dataset_its_name(self, estate: Estate) -> None:
        for each in producers.spark_column_lineage():
            estate.post(each)

        assert _reached(estate, "file//tmp/cll_test/tbl1", "IN") == {
            "file//tmp/cll_test/cll_source1",
            "file//tmp/cll_test/cll_source2",
        }

    def test_every_event_of_the_run_is_a_version_of_its_output(self, estate: Estate) -> None:
        for each in producers.spark_column_lineage():
            estate.post(each)

        nodes = estate.call("list_lineage_node_history", identifier="file//tmp/cll_test/tbl1")["nodes"]

        assert [node["eventTimestamp"].second for node in nodes] == [25, 24]


def test_spark_outside_of_glue_reaches_the_table_of_the_glue_catalog(estate: Estate) -> None:
    """(3.3)"""
    estate.post(producers.spark_on_glue_catalog("123456789012", "us-east-1"))

    table = "arn:aws:glue:us-east-1:123456789012:table/sales/orders"
    assert _reached(estate, "s3://lake/raw/orders") == {table}


def test_dbt_run_that_fails_shows_model_statement_and_error(estate: Estate) -> None:
    for each in producers.dbt_failed_run():
        estate.post(each)

    postgres, model = "postgres://postgres:5432/postgres.public", "model.jaffle_shop.orders"
    assert _reached(estate, f"{postgres}.stg_orders") == {f"{postgres}.orders"}
    statement = estate.node(f"dbt-test-namespace.{model}.sql.2/{producers.run_id(f'{model}.sql.2')}")
    assert _form(statement, "LineageJobForm")["sql"] == "create table orders"
    run = _form(statement, "LineageJobRunForm")
    assert (run["eventType"], run["facets"]["parent"]["job"]["name"]) == ("FAIL", model)
    assert "final" in run["facets"]["errorMessage"]["message"]
    assert _form(estate.node(f"{postgres}.orders"), "LineageSchemaForm") == {
        "columns": [{"name": "order_id"}]
    }


def test_streaming_job_of_flink_accumulates_and_keeps_running(estate: Estate) -> None:
    for each in producers.flink_streaming_job(checkpoints=5):
        estate.post(each)

    run = f"flink_job_namespace.flink_examples_stateful/{producers.run_id('flink')}"
    kafka = "kafka://kafka-cluster-prod:9092/io.openlineage.flink.kafka"
    node = estate.node(run)
    form = _form(node, "LineageJobRunForm")
    assert (form["eventType"], form["facets"]["checkpoints"]["completed"]) == ("RUNNING", 5)
    assert "endTime" not in form
    assert estate.identifiers(node["upstreamNodes"]) == [f"{kafka}.input1", f"{kafka}.input2"]
    assert len(estate.call("list_lineage_node_history", identifier=run)["nodes"]) == 6
    assert _form(node, "LineageJobForm")["processingType"] == "STREAMING"


def test_trino_query_is_named_after_its_coordinator(estate: Estate) -> None:
    for each in producers.trino_insert():
        estate.post(each)

    coordinator = "trino://trino.example.com:8080"
    assert _reached(estate, f"{coordinator}/tpch.sf1.orders") == {f"{coordinator}/tpch.sf1.totals"}
    job = estate.node(f"{coordinator}.20251125_220010_00001_abcde")
    assert _form(job, "LineageJobForm")["sql"].startswith("INSERT INTO")
    (column,) = _form(estate.node(f"{coordinator}/tpch.sf1.totals"), "LineageColumnLineageForm")["columns"]
    assert column == {
        "name": "total",
        "inputFields": [{"namespace": coordinator, "name": "tpch.sf1.orders", "field": "price"}],
    }


@pytest.mark.skipif(
    not _SPEC.is_dir(),
    reason="the OpenLineage schemas are not here: set OPENLINEAGE_SPEC_DIR to check events",
)
def test_events_made_here_are_valid_by_the_schemas_of_openlineage() -> None:
    from tests.unit.local_aws.datazone.openlineage_schemas import problems

    events = [
        producers.airflow_dag("d", "START"),
        producers.airflow_task("d", "t", "FAIL", inputs=["s3://b/a"], outputs=["bigquery/p.d.t"]),
        *producers.spark_column_lineage(),
        *producers.spark_column_lineage(dataset_wide=True),
        producers.spark_on_glue_catalog("123456789012", "us-east-1"),
        *producers.dbt_failed_run(),
        *producers.flink_streaming_job(checkpoints=1),
        *producers.trino_insert(),
    ]

    assert [found for event in events for found in problems(event, _SPEC)] == []
