from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from airflow_lineage_provider.exceptions import NodeNotFoundError
from airflow_lineage_provider.lineage.changes import (
    AttributesChanged,
    EdgeAdded,
    EdgeRemoved,
    FieldsChanged,
    GraphDiff,
    NodeAdded,
    NodeRemoved,
    RetypedField,
    apply,
    describe,
    diff,
)
from airflow_lineage_provider.lineage.events import graph_from_events
from airflow_lineage_provider.lineage.graph import (
    Attributes,
    DatasetNode,
    Edge,
    Field,
    FieldEdge,
    JobNode,
    LineageGraph,
    RunNode,
)
from airflow_lineage_provider.lineage.identifiers import FieldId, JobId
from tests.unit.lineage.builders import (
    ACCOUNT,
    ORDERS,
    ORDERS_SOURCE,
    REGION,
    dataset,
    graphs,
    make_crawl_event,
    make_graph,
    run,
)

A, B = dataset("a"), dataset("b")


def table(*fields: Any) -> Any:
    """Return the graph of one table with these fields, as (name, type)."""
    return LineageGraph([DatasetNode(A, tuple(Field(*each) for each in fields))])


class TestLaws:
    @given(graphs(), graphs())
    def test_applying_the_difference_gives_the_later_graph(self, before: Any, after: Any) -> None:
        assert apply(diff(before, after), before) == after

    @given(graphs())
    def test_a_graph_does_not_differ_from_itself(self, graph: Any) -> None:
        assert not diff(graph, graph)
        assert len(diff(graph, graph)) == 0

    @given(graphs(), graphs())
    def test_there_and_back_is_as_many_changes(self, before: Any, after: Any) -> None:
        assert len(diff(before, after)) == len(diff(after, before))

    @given(graphs(), graphs())
    def test_every_change_can_be_written_and_told(self, before: Any, after: Any) -> None:
        changes = diff(before, after)

        written = json.loads(json.dumps(changes.to_dict()))

        assert [each["description"] for each in written["changes"]] == [describe(each) for each in changes]
        assert all(each["description"].endswith(".") for each in written["changes"])


class TestChanges:
    def test_of_nodes_and_edges(self) -> None:
        before, after = make_graph("a>r1>b"), make_graph("a>r2>b")

        assert diff(before, after).changes == (
            NodeAdded(RunNode(run("r2"))),
            NodeRemoved(RunNode(run("r1"))),
            EdgeAdded(Edge(A, run("r2"))),
            EdgeAdded(Edge(run("r2"), B)),
            EdgeRemoved(Edge(A, run("r1"))),
            EdgeRemoved(Edge(run("r1"), B)),
        )

    def test_of_field_edges(self) -> None:
        graph = make_graph("a>b")
        edge = FieldEdge(FieldId(A, "x"), FieldId(B, "x"))
        traced = LineageGraph(graph.nodes, graph.edges, [edge])

        assert diff(graph, traced).changes == (EdgeAdded(edge),)
        assert diff(traced, graph).changes == (EdgeRemoved(edge),)

    def test_of_a_schema(self) -> None:
        before = table(("a", "int"), ("b", "int"), ("c", "int"))
        after = table(("a", "bigint"), ("d", "date"), ("c", "int"))

        assert diff(before, after).changes == (
            FieldsChanged(
                A,
                added=(Field("d", "date"),),
                removed=(Field("b", "int"),),
                retyped=(RetypedField("a", "int", "bigint"),),
                order=("a", "d", "c"),
            ),
        )

    def test_of_the_order_of_columns(self) -> None:
        changes = diff(table(("a", "int"), ("b", "int")), table(("b", "int"), ("a", "int")))

        assert changes.changes == (FieldsChanged(A, (), (), (), ("b", "a")),)

    def test_of_what_is_known(self) -> None:
        before = LineageGraph([JobNode(JobId("n", "j"), Attributes({"kept": 1, "gone": 1, "other": 1}))])
        after = LineageGraph([JobNode(JobId("n", "j"), Attributes({"kept": 1, "other": 2, "come": 1}))])

        assert diff(before, after).changes == (
            AttributesChanged(
                JobId("n", "j"), Attributes({"gone": 1, "other": 1}), Attributes({"other": 2, "come": 1})
            ),
        )

    def test_show_two_new_columns_after_a_second_crawl(self) -> None:
        columns = {"order_id": "order_id"}
        first = make_crawl_event(ORDERS, ORDERS_SOURCE, columns)
        wider = columns | {"customersegment": "customerSegment", "conversionsource": "conversionSource"}
        second = make_crawl_event(
            ORDERS, ORDERS_SOURCE, wider, crawl_id="second", time="2025-06-05T00:00:00Z"
        )
        before, after = (
            graph_from_events(events, caller_region=REGION, caller_account=ACCOUNT)
            for events in ([first], [first, second])
        )

        (change,) = diff(before, after).of_type(FieldsChanged)

        assert [each.name for each in change.added] == ["customersegment", "conversionsource"]
        assert (change.removed, change.retyped) == ((), ())

    def test_can_be_picked_by_type(self) -> None:
        changes = diff(make_graph("a"), make_graph("b"))

        assert changes.of_type(NodeAdded) == (NodeAdded(DatasetNode(B)),)
        assert changes.of_type(EdgeAdded) == ()
        assert list(changes) == list(changes.changes)
        assert changes


class TestApply:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(NodeRemoved(DatasetNode(B)), id="node"),
            pytest.param(EdgeRemoved(Edge(A, B)), id="edge"),
            pytest.param(EdgeRemoved(FieldEdge(FieldId(A, "x"), FieldId(B, "x"))), id="field edge"),
            pytest.param(FieldsChanged(B, (), (), (), ()), id="schema"),
            pytest.param(FieldsChanged(A, (), (), (), ("x",)), id="field"),
            pytest.param(AttributesChanged(run("r"), Attributes(), Attributes()), id="attributes"),
        ],
    )
    def test_refuses_a_change_of_what_is_not_there(self, change: Any) -> None:
        with pytest.raises(NodeNotFoundError):
            apply(GraphDiff((change,)), make_graph("a"))

    def test_of_a_schema_to_a_node_without_fields_makes_it(self) -> None:
        change = FieldsChanged(A, (Field("x", "int"),), (), (), ("x",))

        assert apply([change], make_graph("a")) == table(("x", "int"))


class TestSentences:
    @pytest.mark.parametrize(
        "change, expected",
        [
            (NodeAdded(DatasetNode(A)), "Dataset test/a is new."),
            (NodeRemoved(JobNode(JobId("n", "j"))), "Job n.j is gone."),
            (NodeAdded(RunNode(run("r1"))), "Run jobs.job/r1 is new."),
            (EdgeAdded(Edge(A, B)), "The flow from test/a to test/b is new."),
            (
                EdgeRemoved(FieldEdge(FieldId(A, "x"), FieldId(B, "y"))),
                "The column flow from x of test/a to y of test/b is gone.",
            ),
            (
                EdgeAdded(FieldEdge(FieldId(A, "x"), FieldId(B, "y"), dataset_wide=True)),
                "The dataset-wide influence from x of test/a to y of test/b is new.",
            ),
            (
                FieldsChanged(
                    A,
                    (Field("n", "int"), Field("m")),
                    (Field("o", "date"),),
                    (RetypedField("t", "int", "bigint"), RetypedField("u", "", "")),
                    (),
                ),
                (
                    "Dataset test/a gained n (int), m (type unknown); lost o (date); "
                    "has t as bigint instead of int; has u as type unknown instead of type unknown."
                ),
            ),
            (FieldsChanged(A, (), (), (), ("b", "a")), "Dataset test/a has its columns in another order."),
            (
                AttributesChanged(A, Attributes({"x": 1}), Attributes({"a": 1, "x": 2})),
                "Dataset test/a changed in a, x.",
            ),
        ],
    )
    def test_say_what_changed(self, change: Any, expected: Any) -> None:
        assert describe(change) == expected
