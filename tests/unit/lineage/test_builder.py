from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from airflow_lineage_provider.exceptions import NodeNotFoundError
from airflow_lineage_provider.lineage.builder import GraphBuilder
from airflow_lineage_provider.lineage.graph import (
    Attributes,
    DatasetNode,
    Edge,
    Field,
    FieldEdge,
    JobNode,
    RunNode,
)
from airflow_lineage_provider.lineage.identifiers import FieldId, JobId
from tests.unit.lineage.builders import dataset, graphs, run


class TestGraphBuilder:
    @given(graphs())
    def test_rebuilds_a_graph(self, graph: Any) -> None:
        builder = GraphBuilder()
        builder.add_graph(graph)

        assert builder.build() == graph

    @given(graphs())
    def test_adding_a_graph_twice_changes_nothing(self, graph: Any) -> None:
        builder = GraphBuilder()
        builder.add_graph(graph)
        builder.add_graph(graph)

        assert builder.build() == graph

    def test_makes_bare_nodes_for_the_ends_of_an_edge(self) -> None:
        builder = GraphBuilder()
        builder.connect(dataset("a"), run("r1"))
        builder.connect(JobId("j", "j"), run("r1"))

        graph = builder.build()

        assert graph.nodes == (DatasetNode(dataset("a")), JobNode(JobId("j", "j")), RunNode(run("r1")))
        assert Edge(dataset("a"), run("r1")) in graph
        assert dataset("a") in builder
        assert dataset("b") not in builder

    def test_keeps_a_schema_until_another_comes(self) -> None:
        builder = GraphBuilder()
        builder.add(DatasetNode(dataset("a"), (Field("x", "int"),)))
        builder.add(DatasetNode(dataset("a")))
        assert builder.build().node(dataset("a")).fields == (Field("x", "int"),)

        builder.add(DatasetNode(dataset("a"), (Field("y"),)))
        assert builder.build().node(dataset("a")).fields == (Field("y"),)

    def test_lays_attributes_over_earlier_ones(self) -> None:
        builder = GraphBuilder()
        builder.add(JobNode(JobId("j", "j"), Attributes({"a": 1, "b": 1})))
        builder.add(JobNode(JobId("j", "j"), Attributes({"b": 2})))

        assert builder.build().node(JobId("j", "j")).attributes == {"a": 1, "b": 2}

    def test_unites_the_flows_of_a_run(self) -> None:
        builder = GraphBuilder()
        for flows in ({"x": ["a"]}, {"x": ["b"], "y": ["b"]}, {"z": "not a list"}):
            builder.add(RunNode(run("r1"), Attributes({"flows": flows})))

        assert builder.build().node(run("r1")).attributes == {"flows": {"x": ["a", "b"], "y": ["b"], "z": []}}

    def test_joins_fields(self) -> None:
        builder = GraphBuilder()
        builder.add(DatasetNode(dataset("a")))
        x, y = FieldId(dataset("a"), "x"), FieldId(dataset("a"), "y")
        builder.trace(x, y)
        builder.trace(x, y, dataset_wide=True)

        assert builder.build().field_edges == (FieldEdge(x, y), FieldEdge(x, y, dataset_wide=True))

    def test_refuses_fields_of_a_dataset_that_was_not_added(self) -> None:
        builder = GraphBuilder()
        builder.trace(FieldId(dataset("a"), "x"), FieldId(dataset("b"), "x"))

        with pytest.raises(NodeNotFoundError):
            builder.build()
