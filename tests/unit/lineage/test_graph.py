from __future__ import annotations

import pickle
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidIdentifierError, NodeNotFoundError
from airflow_lineage_provider.lineage.graph import (
    Attributes,
    DatasetNode,
    Edge,
    FieldEdge,
    JobNode,
    LineageGraph,
    RunNode,
    resolve_dataset,
)
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, JobId
from airflow_lineage_provider.lineage.naming import glue_table
from tests.unit.lineage.builders import CLICKS, dataset, graphs, make_graph, names, run

GLUE = "arn:aws:glue:us-east-1:123456789012"


class TestLineageGraph:
    @given(graphs(), st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_things_come_in(self, graph: Any, chance: random.Random) -> None:
        parts = [list(graph.nodes), list(graph.edges), list(graph.field_edges)]
        for part in parts:
            chance.shuffle(part)

        shuffled = LineageGraph(*parts)

        assert shuffled == graph
        assert hash(shuffled) == hash(graph)
        assert (shuffled.nodes, shuffled.edges, shuffled.field_edges) == (
            graph.nodes,
            graph.edges,
            graph.field_edges,
        )

    @given(graphs())
    def test_survives_pickling(self, graph: Any) -> None:
        assert pickle.loads(pickle.dumps(graph)) == graph

    @given(graphs())
    def test_neighbours_are_the_ends_of_edges(self, graph: Any) -> None:
        for node in graph.nodes:
            assert list(graph.successors(node.id)) == [e.target for e in graph.edges if e.source == node.id]
            assert list(graph.predecessors(node.id)) == [e.source for e in graph.edges if e.target == node.id]

    def test_gives_nodes_by_kind_sorted(self) -> None:
        job = JobNode(JobId("a", "b"))
        graph = LineageGraph([RunNode(run("r")), job, DatasetNode(dataset("b")), DatasetNode(dataset("a"))])

        assert [node.id for node in graph.datasets] == [dataset("a"), dataset("b")]
        assert graph.jobs == (job,)
        assert graph.runs == (RunNode(run("r")),)
        assert graph.nodes == (*graph.datasets, *graph.jobs, *graph.runs)
        assert len(graph) == 4

    def test_knows_what_it_holds(self) -> None:
        graph = make_graph("a>r1>b")
        field_edge = FieldEdge(FieldId(dataset("a"), "x"), FieldId(dataset("b"), "x"))
        graph = LineageGraph(graph.nodes, graph.edges, [field_edge])

        assert dataset("a") in graph
        assert Edge(dataset("a"), run("r1")) in graph
        assert field_edge in graph
        assert dataset("c") not in graph
        assert Edge(dataset("a"), dataset("b")) not in graph
        assert repr(graph) == "<LineageGraph: 3 nodes, 2 edges, 1 field edges>"

    def test_differs_from_a_graph_that_lacks_something(self) -> None:
        graph = make_graph("a>b")

        assert graph != LineageGraph(graph.nodes)
        assert graph != LineageGraph(graph.nodes[:1])
        assert graph != "a graph"

    def test_cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError, match="immutable"):
            LineageGraph()._nodes = {}

    def test_raises_for_a_node_it_does_not_have(self) -> None:
        graph = make_graph("a>b")

        for ask in (graph.node, graph.predecessors, graph.successors):
            with pytest.raises(NodeNotFoundError, match="test/c"):
                ask(dataset("c"))

    def test_refuses_an_edge_to_nowhere(self) -> None:
        with pytest.raises(NodeNotFoundError, match="test/b"):
            LineageGraph([DatasetNode(dataset("a"))], [Edge(dataset("a"), dataset("b"))])

    def test_refuses_a_field_edge_to_nowhere(self) -> None:
        edge = FieldEdge(FieldId(dataset("b"), "x"), FieldId(dataset("a"), "x"))

        with pytest.raises(NodeNotFoundError, match="test/b"):
            LineageGraph([DatasetNode(dataset("a"))], [], [edge])

    def test_spells_the_ends_of_edges_as_the_nodes_do(self) -> None:
        other = DatasetId(f"{GLUE}:table", "lab_db/clickstream")
        graph = LineageGraph(
            [DatasetNode(CLICKS), DatasetNode(dataset("a"))],
            [Edge(other, dataset("a"))],
            [FieldEdge(FieldId(other, "x"), FieldId(dataset("a"), "x"))],
        )

        assert graph.successors(CLICKS) == (dataset("a"),)
        assert repr(graph.edges[0].source) == repr(CLICKS)
        assert graph.field_edges[0].source.dataset.namespace == CLICKS.namespace

    def test_leaves_dataset_wide_influence_out_of_what_a_field_is_made_from(self) -> None:
        x, y, z = (FieldId(dataset("a"), name) for name in "xyz")
        graph = LineageGraph(
            [DatasetNode(dataset("a"))], [], [FieldEdge(x, z), FieldEdge(y, z, dataset_wide=True)]
        )

        assert graph.field_sources(z) == (x,)
        assert graph.field_targets(x) == (z,)
        assert graph.field_targets(y) == ()
        assert len(graph.field_edges) == 2


class TestFlows:
    def test_say_which_inputs_went_into_which_outputs(self) -> None:
        graph = make_graph("a>r1>x b>r1>y", flows={"r1": {"x": ["a"], "y": ["a", "b"]}})

        assert names(graph.inputs_into(run("r1"), dataset("x"))) == ["a"]
        assert names(graph.inputs_into(run("r1"), dataset("y"))) == ["a", "b"]
        assert names(graph.outputs_from(run("r1"), dataset("a"))) == ["x", "y"]
        assert names(graph.outputs_from(run("r1"), dataset("b"))) == ["y"]

    def test_leave_an_output_they_do_not_list_to_every_input(self) -> None:
        graph = make_graph("a>r1>x b>r1>y", flows={"r1": {"x": ["a"]}})

        assert names(graph.inputs_into(run("r1"), dataset("y"))) == ["a", "b"]
        assert names(graph.outputs_from(run("r1"), dataset("b"))) == ["y"]

    def test_say_that_nothing_went_into_an_output_with_an_empty_list(self) -> None:
        graph = make_graph("a>r1>x", flows={"r1": {"x": []}})

        assert graph.inputs_into(run("r1"), dataset("x")) == ()
        assert graph.outputs_from(run("r1"), dataset("a")) == ()

    def test_name_only_inputs_the_run_has(self) -> None:
        graph = make_graph("a>r1>x b>y", flows={"r1": {"x": ["a", "b", "nowhere"]}})

        assert names(graph.inputs_into(run("r1"), dataset("x"))) == ["a"]

    def test_are_unknown_for_a_run_that_has_none(self) -> None:
        graph = make_graph("a>r1>x b>r1>y")

        assert not graph.has_flows(run("r1"))
        assert names(graph.inputs_into(run("r1"), dataset("x"))) == ["a", "b"]
        assert names(graph.outputs_from(run("r1"), dataset("a"))) == ["x", "y"]

    @pytest.mark.parametrize("flows", ["text", {"test/x": "text"}, {"test/x": [7, "test/a", None]}])
    def test_of_the_wrong_shape_do_no_harm(self, flows: Any) -> None:
        whole = make_graph("a>r1>x")
        nodes = [node for node in whole.nodes if node.id != run("r1")]

        graph = LineageGraph([*nodes, RunNode(run("r1"), Attributes({"flows": flows}))], whole.edges)

        assert names(graph.inputs_into(run("r1"), dataset("x"))) == ["a"]


class TestResolveDataset:
    graph = LineageGraph(
        DatasetNode(each)
        for each in (
            CLICKS,
            DatasetId("s3://b", "k"),
            glue_table("lab_db", "orders", region="us-east-1", account="123456789012"),
            glue_table("lab_db", "orders", region="us-west-2", account="123456789012"),
        )
    )

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(f"{GLUE}:table/lab_db/clickstream", id="source identifier"),
            pytest.param(f"{GLUE}/table/lab_db/clickstream", id="namespace and name"),
            pytest.param("lab_db.clickstream", id="database and table"),
            pytest.param(DatasetId(f"{GLUE}:table", "lab_db/clickstream"), id="identifier"),
        ],
    )
    def test_finds_the_dataset_that_is_meant(self, text: Any) -> None:
        assert resolve_dataset(self.graph, text) == CLICKS

    def test_finds_a_dataset_that_is_no_table(self) -> None:
        assert resolve_dataset(self.graph, "s3://b/k") == DatasetId("s3://b", "k")

    @pytest.mark.parametrize("text", ["lab_db.none", "Lab_db.clickstream", "s3://b/k/", "clickstream"])
    def test_raises_for_one_that_is_not_there(self, text: Any) -> None:
        with pytest.raises(NodeNotFoundError) as caught:
            resolve_dataset(self.graph, text)
        assert caught.value.node == text

    def test_raises_for_a_shorthand_of_several_and_names_them(self) -> None:
        with pytest.raises(InvalidIdentifierError, match=r"us-east-1.*and.*us-west-2.*fit; give the source"):
            resolve_dataset(self.graph, "lab_db.orders")

    def test_takes_the_source_identifier_before_any_other_reading(self) -> None:
        graph = LineageGraph([DatasetNode(CLICKS), DatasetNode(DatasetId.parse("lab_db.clickstream"))])

        assert resolve_dataset(graph, "lab_db.clickstream").source_identifier == "lab_db.clickstream"

    def test_raises_for_an_empty_text(self) -> None:
        with pytest.raises(InvalidIdentifierError):
            resolve_dataset(self.graph, "")
