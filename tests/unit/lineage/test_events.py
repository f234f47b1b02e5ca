from __future__ import annotations

import itertools
from typing import Any

import pytest

from airflow_lineage_provider.lineage.events import graph_from_events
from airflow_lineage_provider.lineage.graph import Edge, Field, FieldEdge
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, JobId, RunId
from airflow_lineage_provider.lineage.naming import s3_dataset
from airflow_lineage_provider.lineage.traversal import origins
from tests.unit.lineage.builders import (
    ACCOUNT,
    CLICKS,
    CLICKS_SOURCE,
    CRAWL,
    CRAWLER,
    ORDERS,
    ORDERS_SOURCE,
    REGION,
    column_facet,
    dataset,
    make_crawl_event,
    make_dataset,
    make_estate,
    make_event,
    schema_facet,
)

CRAWL_RUN = RunId(JobId("glue_crawler", CRAWLER), CRAWL)
A, B, C, D = (dataset(name) for name in "abcd")


def graph_of(*events: Any) -> Any:
    """Make the graph as the caller of the tests would."""
    return graph_from_events(events, caller_region=REGION, caller_account=ACCOUNT)


def field_edges(graph: Any) -> Any:
    """Return field edges in short form."""
    return [
        (f"{edge.source.dataset.name}.{edge.source.name}", f"{edge.target.dataset.name}.{edge.target.name}")
        for edge in graph.field_edges
        if not edge.dataset_wide
    ]


class TestNodesAndEdges:
    def test_go_from_input_to_run_to_output(self) -> None:
        graph = graph_of(make_crawl_event())

        assert graph.edges == (Edge(CLICKS_SOURCE, CRAWL_RUN), Edge(CRAWL_RUN, CLICKS))
        assert [job.id for job in graph.jobs] == [CRAWL_RUN.job]

    def test_of_the_documented_sample_are_as_documented(self) -> None:
        raw = {
            "namespace": "xyz.analytics",
            "name": "raw_sales",
            "facets": {"schema": schema_facet(year="int")},
        }
        clean = {
            "namespace": "xyz.analytics",
            "name": "clean_sales",
            "facets": {
                "columnLineage": {
                    "fields": {
                        "id": {
                            "inputFields": [
                                {"namespace": "xyz.analytics", "name": "raw_sales", "field": "id"}
                            ]
                        }
                    }
                }
            },
        }

        graph = graph_of(
            make_event(
                eventTime="2024-05-04T10:15:30Z",
                run={"runId": "d2e7c111-8f3c-4f5b-9ebd-cb1d7995082a"},
                job={"namespace": "xyz.analytics", "name": "transform_sales_data"},
                inputs=[raw],
                outputs=[clean],
            )
        )

        assert [str(node.id) for node in graph.nodes] == [
            "xyz.analytics/clean_sales",
            "xyz.analytics/raw_sales",
            "xyz.analytics.transform_sales_data",
            "xyz.analytics.transform_sales_data/d2e7c111-8f3c-4f5b-9ebd-cb1d7995082a",
        ]
        assert field_edges(graph) == [("raw_sales.id", "clean_sales.id")]

    def test_have_the_identities_of_the_catalog(self) -> None:
        symlinks = {"identifiers": [{"namespace": "s3://b", "name": "lab_db.clickstream", "type": "TABLE"}]}
        location = s3_dataset("b", "clickstream")
        start = make_event(eventType="START", inputs=[make_dataset(location, symlinks=symlinks)])
        complete = make_event(
            run={
                "runId": CRAWL,
                "facets": {
                    "environment-properties": {
                        "environment-properties": {"GLUE_COMMAND_CRITERIA": "glue_crawler"}
                    }
                },
            },
            outputs=[
                make_dataset(location, symlinks=symlinks, columnLineage=column_facet(location, {"a": "a"}))
            ],
        )

        graph = graph_of(start, complete)

        assert graph.edges == (Edge(location, CRAWL_RUN), Edge(CRAWL_RUN, CLICKS))
        assert graph.field_edges == (FieldEdge(FieldId(location, "a"), FieldId(CLICKS, "a")),)

    def test_of_several_spellings_are_one_node(self) -> None:
        split = DatasetId(f"{CLICKS.namespace}:table", "lab_db/clickstream")

        graph = graph_of(make_crawl_event(), make_event(run={"runId": "r2"}, inputs=[make_dataset(split)]))

        assert len(graph.datasets) == 2
        assert len(graph.successors(CLICKS)) == 1

    def test_are_none_without_events(self) -> None:
        assert len(graph_of()) == 0


class TestSchemas:
    def test_become_fields_in_order(self) -> None:
        output = make_dataset(CLICKS, schema=schema_facet(b="int", a="string"))

        graph = graph_of(make_event(outputs=[output]))

        assert graph.node(CLICKS).fields == (Field("b", "int"), Field("a", "string"))

    @pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
    def test_of_the_newest_event_count(self, order: Any) -> None:
        events = [
            make_event(eventTime=f"2025-06-0{day}T00:00:00Z", outputs=[make_dataset(CLICKS, schema=schema)])
            for day, schema in ((1, schema_facet(a="int")), (2, schema_facet(a="bigint")))
        ]

        graph = graph_of(*(events[index] for index in order))

        assert graph.node(CLICKS).fields == (Field("a", "bigint"),)
        assert graph.node(CLICKS).attributes["event_time"] == "2025-06-02T00:00:00Z"

    def test_stay_when_a_later_event_has_none(self) -> None:
        with_schema = make_event(
            eventType="START", outputs=[make_dataset(CLICKS, schema=schema_facet(a="int"))]
        )
        without = make_event(eventTime="2025-06-05T00:00:00Z", outputs=[make_dataset(CLICKS)])

        assert graph_of(with_schema, without).node(CLICKS).fields == (Field("a", "int"),)


class TestRuns:
    def test_tell_start_end_and_state(self) -> None:
        graph = graph_of(
            make_event(eventType="COMPLETE", eventTime="2025-06-04T09:31:12.500Z"),
            make_event(eventType="START", eventTime="2025-06-04T09:30:00Z"),
            make_event(eventType="START", eventTime="2025-06-04T09:30:30Z"),
            make_event(eventType="OTHER", eventTime="2025-06-04T09:32:00Z"),
        )

        assert graph.node(CRAWL_RUN).attributes == {
            "event_time": "2025-06-04T09:32:00Z",
            "started_at": "2025-06-04T09:30:00Z",
            "ended_at": "2025-06-04T09:31:12.500Z",
            "state": "COMPLETE",
        }

    @pytest.mark.parametrize("event_type", ["FAIL", "ABORT"])
    def test_end_without_success_too(self, event_type: Any) -> None:
        attributes = graph_of(make_event(eventType=event_type)).node(CRAWL_RUN).attributes

        assert attributes["ended_at"] == "2025-06-04T09:31:12Z"
        assert attributes["state"] == event_type

    def test_that_are_running_have_no_end(self) -> None:
        assert "ended_at" not in graph_of(make_event(eventType="RUNNING")).node(CRAWL_RUN).attributes

    def test_carry_what_is_known_of_the_job_in_the_job_node(self) -> None:
        facets = {
            "jobType": {"processingType": "BATCH", "integration": "GLUE", "jobType": "CRAWLER"},
            "sql": {"query": "select 1"},
        }

        graph = graph_of(make_event(job={"namespace": "n", "name": "j", "facets": facets}))

        assert graph.jobs[0].attributes == {
            "processing_type": "BATCH",
            "integration": "GLUE",
            "job_type": "CRAWLER",
            "sql": "select 1",
        }
        assert graph_of(make_event()).jobs[0].attributes == {}


class TestFlows:
    def test_keep_the_tables_of_one_crawl_apart(self) -> None:
        graph = make_estate()

        assert origins(graph, CLICKS) == (CLICKS_SOURCE,)
        assert origins(graph, ORDERS) == (ORDERS_SOURCE,)
        assert set(graph.predecessors(CRAWL_RUN)) == {CLICKS_SOURCE, ORDERS_SOURCE}

    def test_join_inputs_of_start_with_outputs_of_complete(self) -> None:
        start = make_event(eventType="START", inputs=[make_dataset(A), make_dataset(B)])
        complete = make_event(inputs=[make_dataset(C)], outputs=[make_dataset(D)])

        assert origins(graph_of(start, complete), D) == (A, B, C)

    def test_add_up_over_the_events_of_a_run(self) -> None:
        first = make_event(eventType="START", inputs=[make_dataset(A)], outputs=[make_dataset(D)])
        second = make_event(inputs=[make_dataset(B)], outputs=[make_dataset(D)])

        assert origins(graph_of(first, second), D) == (A, B)


def explicit(target: Any, inputs: Any = None, **fields: Any) -> Any:
    """Return an entry of the explicit lineage facet; sources as (dataset, field)."""

    def source(dataset_: Any, field: Any) -> Any:
        named = {"namespace": dataset_.namespace, "name": dataset_.name, "type": "DATASET"}
        return named | ({"field": field} if field else {})

    entry = {"namespace": target.namespace, "name": target.name, "type": "DATASET"}
    if inputs is not None:
        entry["inputs"] = [source(*each) for each in inputs]
    return entry | {
        "fields": {name: {"inputs": [source(*each) for each in came]} for name, came in fields.items()}
    }


def job_with(*entries: Any) -> Any:
    """Return a job with the explicit lineage facet."""
    return {"namespace": "glue_crawler", "name": CRAWLER, "facets": {"lineage": {"entries": list(entries)}}}


class TestExplicitLineage:
    def test_says_which_inputs_count(self) -> None:
        graph = graph_of(
            make_event(
                job=job_with(explicit(C, [(A, "")]), explicit(D, x=[(B, "x")])),
                inputs=[make_dataset(A), make_dataset(B)],
                outputs=[make_dataset(C), make_dataset(D)],
            )
        )

        assert origins(graph, C) == (A,)
        assert origins(graph, D) == (B,)

    def test_counts_instead_of_column_lineage(self) -> None:
        output = make_dataset(C, columnLineage=column_facet(A, {"x": "wrong"}))

        graph = graph_of(
            make_event(
                job=job_with(explicit(C, x=[(A, "right")])), inputs=[make_dataset(A)], outputs=[output]
            )
        )

        assert field_edges(graph) == [("a.right", "c.x")]

    def test_counts_instead_of_what_other_events_of_the_run_imply(self) -> None:
        plain = make_event(
            eventType="START",
            inputs=[make_dataset(A), make_dataset(B)],
            outputs=[make_dataset(C, columnLineage=column_facet(B, {"x": "x"}))],
        )
        stated = make_event(
            job=job_with(explicit(C, [(A, "")])), inputs=[make_dataset(A)], outputs=[make_dataset(C)]
        )

        graph = graph_of(plain, stated)

        assert origins(graph, C) == (A,)
        assert field_edges(graph) == []

    def test_may_stand_on_the_output(self) -> None:
        stated = explicit(C, [(A, "")], x=[(A, "x")])
        output = make_dataset(C, lineage={"inputs": stated["inputs"], "fields": stated["fields"]})

        graph = graph_of(make_event(inputs=[make_dataset(A), make_dataset(B)], outputs=[output]))

        assert origins(graph, C) == (A,)
        assert field_edges(graph) == [("a.x", "c.x")]

    def test_says_with_an_empty_list_that_nothing_is_upstream(self) -> None:
        graph = graph_of(
            make_event(job=job_with(explicit(C, [])), inputs=[make_dataset(A)], outputs=[make_dataset(C)])
        )

        assert origins(graph, C) == ()

    def test_that_says_nothing_leaves_every_input(self) -> None:
        graph = graph_of(
            make_event(job=job_with(explicit(C)), inputs=[make_dataset(A)], outputs=[make_dataset(C)])
        )

        assert origins(graph, C) == (A,)

    def test_of_a_source_that_is_not_in_the_graph_is_left_out(self) -> None:
        graph = graph_of(
            make_event(
                job=job_with(explicit(C, [(A, ""), (B, "")], x=[(B, "x"), (A, "")])),
                inputs=[make_dataset(A)],
                outputs=[make_dataset(C)],
            )
        )

        assert origins(graph, C) == (A,)
        assert graph.field_edges == ()

    def test_with_a_field_for_the_whole_output_is_dataset_wide(self) -> None:
        output = make_dataset(C, schema=schema_facet(y="int"))

        graph = graph_of(
            make_event(
                job=job_with(explicit(C, [(A, "key")], x=[(A, "x")])),
                inputs=[make_dataset(A)],
                outputs=[output],
            )
        )

        key = FieldId(A, "key")
        assert [edge for edge in graph.field_edges if edge.dataset_wide] == [
            FieldEdge(key, FieldId(C, "x"), dataset_wide=True),
            FieldEdge(key, FieldId(C, "y"), dataset_wide=True),
        ]


class TestColumnLineage:
    def test_joins_columns_in_the_case_each_side_spells(self) -> None:
        edges = field_edges(make_estate())

        assert (
            "OrderTransactionTable.customerSegment",
            "table/lab_db/ordertransactiontable.customersegment",
        ) in edges

    def test_that_is_dataset_wide_reaches_every_column(self) -> None:
        lineage = column_facet(A, {"x": "x"}) | {
            "dataset": [{"namespace": A.namespace, "name": A.name, "field": "filter"}]
        }
        output = make_dataset(C, schema=schema_facet(x="int", y="int"), columnLineage=lineage)

        graph = graph_of(make_event(inputs=[make_dataset(A)], outputs=[output]))

        wide = [edge.target.name for edge in graph.field_edges if edge.dataset_wide]
        assert wide == ["x", "y"]
        assert field_edges(graph) == [("a.x", "c.x")]

    def test_finds_the_input_in_another_event_of_the_run(self) -> None:
        start = make_event(eventType="START", inputs=[make_dataset(A)])
        complete = make_event(outputs=[make_dataset(C, columnLineage=column_facet(A, {"x": "x"}))])

        assert field_edges(graph_of(start, complete)) == [("a.x", "c.x")]

    def test_prefers_the_input_of_the_same_event(self) -> None:
        glue = {"environment-properties": {"environment-properties": {"GLUE_VERSION": "3.0"}}}
        symlinks = {"identifiers": [{"namespace": "x", "name": "lab_db.clickstream", "type": "TABLE"}]}
        start = make_event(eventType="START", inputs=[make_dataset(A)])
        complete = make_event(
            run={"runId": CRAWL, "facets": glue},
            inputs=[make_dataset(A, symlinks=symlinks)],
            outputs=[make_dataset(C, columnLineage=column_facet(A, {"x": "x"}))],
        )

        assert field_edges(graph_of(start, complete)) == [("table/lab_db/clickstream.x", "c.x")]

    def test_finds_a_dataset_that_is_in_the_graph_only(self) -> None:
        other = make_event(run={"runId": "other"}, outputs=[make_dataset(A)])
        event = make_event(outputs=[make_dataset(C, columnLineage=column_facet(A, {"x": "x"}))])

        assert field_edges(graph_of(other, event)) == [("a.x", "c.x")]

    def test_of_an_unknown_dataset_is_left_out(self) -> None:
        event = make_event(outputs=[make_dataset(C, columnLineage=column_facet(A, {"x": "x"}))])

        graph = graph_of(event)

        assert graph.field_edges == ()
        assert A not in graph
