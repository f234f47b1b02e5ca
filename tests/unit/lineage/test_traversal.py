from __future__ import annotations

import itertools
from typing import Any, ClassVar

import pytest
from hypothesis import given

from airflow_lineage_provider.exceptions import NodeNotFoundError
from airflow_lineage_provider.lineage.graph import (
    Attributes,
    DatasetNode,
    Edge,
    FieldEdge,
    LineageGraph,
    RunNode,
)
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId
from airflow_lineage_provider.lineage.traversal import (
    cycles,
    downstream,
    field_origins,
    field_upstream,
    has_path,
    layers,
    origins,
    paths,
    shortest_path,
    upstream,
)
from tests.unit.lineage.builders import dataset, graphs, make_graph, names, run

A, B, C, D = (dataset(name) for name in "abcd")
LONG = 50_000


def reachable(graph: Any, start: Any) -> Any:
    """Find what can be reached, the plain way; for graphs without flows."""
    found, todo = set(), [start]
    while todo:
        for each in graph.successors(todo.pop()):
            if each not in found:
                found.add(each)
                todo.append(each)
    return found


@pytest.fixture(scope="module")
def chain() -> LineageGraph:
    """A chain of datasets."""
    ids = [DatasetId("chain", f"{index:06d}") for index in range(LONG)]
    return LineageGraph(map(DatasetNode, ids), itertools.starmap(Edge, itertools.pairwise(ids)))


class TestUpstreamAndDownstream:
    def test_list_the_nearest_first(self) -> None:
        graph = make_graph("a>r1>c b>r1 c>r2>d z>r2")

        assert names(upstream(graph, D)) == ["r2", "c", "z", "r1", "a", "b"]
        assert names(downstream(graph, A)) == ["r1", "c", "r2", "d"]

    @pytest.mark.parametrize(
        "depth, expected", [(0, []), (1, ["r2"]), (2, ["r2", "c"]), (9, ["r2", "c", "r1", "a"])]
    )
    def test_follow_as_many_edges_as_asked(self, depth: Any, expected: Any) -> None:
        assert names(upstream(make_graph("a>r1>c>r2>d"), D, depth=depth)) == expected

    def test_hold_the_start_only_on_a_cycle(self) -> None:
        assert names(upstream(make_graph("a>b>a"), A)) == ["b", "a"]
        assert names(upstream(make_graph("a>b"), B)) == ["a"]

    @given(graphs())
    def test_are_the_two_directions_of_one_relation(self, graph: Any) -> None:
        for one, other in itertools.product(graph.nodes, repeat=2):
            assert (one.id in upstream(graph, other.id)) == (other.id in downstream(graph, one.id))

    @given(graphs())
    def test_find_all_that_can_be_reached(self, graph: Any) -> None:
        for node in graph.nodes:
            assert set(downstream(graph, node.id)) == reachable(graph, node.id)

    def test_raise_for_an_unknown_node(self) -> None:
        for walk in (upstream, downstream):
            with pytest.raises(NodeNotFoundError):
                walk(make_graph("a>b"), C)


class TestWalksThroughRuns:
    flows: ClassVar = {"r1": {"x": ["a"], "y": ["b"]}}

    def test_keep_to_what_belongs_together(self) -> None:
        graph = make_graph("a>r1>x b>r1>y", flows=self.flows)

        assert names(upstream(graph, dataset("x"))) == ["r1", "a"]
        assert names(downstream(graph, B)) == ["r1", "y"]
        assert not has_path(graph, A, dataset("y"))

    def test_enter_a_run_once_for_every_way_in(self) -> None:
        graph = make_graph("a>r1>x b>r1>y x>r2>z y>r2", flows=self.flows | {"r2": {"z": ["x", "y"]}})

        assert names(upstream(graph, dataset("z"))) == ["r2", "x", "y", "r1", "a", "b"]
        assert names(upstream(graph, run("r1"))) == ["a", "b"]
        assert names(downstream(graph, run("r1"))) == ["x", "y", "r2", "z"]

    def test_mix_all_where_nothing_is_known(self) -> None:
        graph = make_graph("a>r1>x b>r1>y")

        assert names(upstream(graph, dataset("x"))) == ["r1", "a", "b"]


class TestOrigins:
    def test_have_nothing_upstream(self) -> None:
        graph = make_graph("a>r1>c b>r1 c>r2>d")

        assert origins(graph, D) == (A, B)

    def test_do_not_hold_the_dataset_itself(self) -> None:
        assert origins(make_graph("a>b"), A) == ()

    def test_are_none_on_a_cycle(self) -> None:
        assert origins(make_graph("a>b>a"), A) == ()

    def test_are_datasets(self) -> None:
        assert origins(make_graph("r1>a>r2>b"), B) == ()

    @given(graphs())
    def test_are_upstream_and_start_there(self, graph: Any) -> None:
        for node in graph.datasets:
            for origin in origins(graph, node.id):
                assert origin in upstream(graph, node.id)
                assert upstream(graph, origin) == ()


class TestPaths:
    def test_shortest_is_found(self) -> None:
        graph = make_graph("a>b>c>d a>d")

        assert names(shortest_path(graph, A, D)) == ["a", "d"]

    def test_shortest_of_equals_sorts_first(self) -> None:
        graph = make_graph("a>c>d a>b>d")

        assert names(shortest_path(graph, A, D)) == ["a", "b", "d"]

    def test_shortest_keeps_to_flows(self) -> None:
        graph = make_graph("a>r1>x b>r1>y", flows={"r1": {"x": ["a"], "y": ["b"]}})

        assert names(shortest_path(graph, A, dataset("x"))) == ["a", "r1", "x"]
        assert shortest_path(graph, A, dataset("y")) == ()

    def test_from_a_node_to_itself_is_a_cycle(self) -> None:
        graph = make_graph("a>b>c>a d")

        assert names(shortest_path(graph, A, A)) == ["a", "b", "c", "a"]
        assert shortest_path(graph, D, D) == ()

    @given(graphs())
    def test_shortest_is_a_chain_of_edges(self, graph: Any) -> None:
        for one, other in itertools.product(graph.nodes, repeat=2):
            way = shortest_path(graph, one.id, other.id)
            assert bool(way) == (other.id in reachable(graph, one.id))
            assert all(Edge(*step) in graph for step in itertools.pairwise(way))
            if way:
                assert (way[0], way[-1]) == (one.id, other.id)

    def test_all_are_listed_in_order(self) -> None:
        graph = make_graph("a>b>d a>c>d a>d b>c a>dead>end")

        assert [names(way) for way in paths(graph, A, D)] == [
            ["a", "b", "c", "d"],
            ["a", "b", "d"],
            ["a", "c", "d"],
            ["a", "d"],
        ]

    def test_all_keep_to_flows(self) -> None:
        graph = make_graph("a>r1>x b>r1>y", flows={"r1": {"x": ["a"], "y": ["b"]}})

        assert [names(way) for way in paths(graph, A, dataset("x"))] == [["a", "r1", "x"]]
        assert list(paths(graph, A, dataset("y"))) == []

    def test_all_visit_no_node_twice(self) -> None:
        graph = make_graph("a>b>a b>c>b c>d")

        assert [names(way) for way in paths(graph, A, D)] == [["a", "b", "c", "d"]]
        assert [names(way) for way in paths(graph, B, B)] == [["b", "a", "b"], ["b", "c", "b"]]

    def test_all_end_at_the_limit(self) -> None:
        layered = " ".join(
            f"n{layer}{one}>n{layer + 1}{other}" for layer in range(20) for one in "ab" for other in "ab"
        )
        graph = make_graph(layered)

        assert len(list(paths(graph, dataset("n0a"), dataset("n20a"), limit=7))) == 7

    def test_unknown_ends_raise(self) -> None:
        graph = make_graph("a>b")

        for source, target in ((A, C), (C, A)):
            with pytest.raises(NodeNotFoundError):
                list(paths(graph, source, target))
            with pytest.raises(NodeNotFoundError):
                shortest_path(graph, source, target)


class TestFields:
    def graph(self, *edges: Any, wide: Any = ()) -> Any:
        made = [
            FieldEdge(
                FieldId(dataset(one[0]), one[1]), FieldId(dataset(other[0]), other[1]), (one, other) in wide
            )
            for one, other in (*edges, *wide)
        ]
        return LineageGraph(map(DatasetNode, (A, B, C)), [], made)

    def test_come_from_fields_over_several_steps(self) -> None:
        graph = self.graph(("ax", "by"), ("az", "by"), ("by", "cw"))

        assert field_upstream(graph, FieldId(C, "w")) == (FieldId(B, "y"), FieldId(A, "x"), FieldId(A, "z"))
        assert field_origins(graph, FieldId(C, "w")) == (FieldId(A, "x"), FieldId(A, "z"))

    def test_do_not_come_from_what_has_a_say_in_the_whole_dataset(self) -> None:
        graph = self.graph(wide=[("ax", "by")])

        assert field_upstream(graph, FieldId(B, "y")) == ()

    def test_may_go_in_circles(self) -> None:
        graph = self.graph(("ax", "by"), ("by", "ax"))

        assert field_upstream(graph, FieldId(A, "x")) == (FieldId(B, "y"), FieldId(A, "x"))
        assert field_origins(graph, FieldId(A, "x")) == ()

    def test_of_an_unknown_dataset_raise(self) -> None:
        with pytest.raises(NodeNotFoundError):
            field_origins(self.graph(), FieldId(D, "x"))


class TestCycles:
    def test_are_groups_that_lead_to_one_another(self) -> None:
        graph = make_graph("a>b>c>a c>d>e>d f>f g>h")

        assert [names(group) for group in cycles(graph)] == [["a", "b", "c"], ["d", "e"], ["f"]]

    @given(graphs())
    def test_hold_exactly_the_nodes_that_reach_themselves(self, graph: Any) -> None:
        found = [node for group in cycles(graph) for node in group]

        assert len(found) == len(set(found))
        assert set(found) == {node.id for node in graph.nodes if node.id in reachable(graph, node.id)}


class TestLayers:
    def test_put_a_node_after_the_last_of_its_sources(self) -> None:
        graph = make_graph("a>b>c a>c d")

        assert [names(layer) for layer in layers(graph)] == [["a", "d"], ["b"], ["c"]]

    def test_put_a_cycle_in_one_layer(self) -> None:
        graph = make_graph("a>b>c>b c>d")

        assert [names(layer) for layer in layers(graph)] == [["a"], ["b", "c"], ["d"]]

    def test_of_an_empty_graph_are_none(self) -> None:
        assert layers(LineageGraph()) == ()

    @given(graphs())
    def test_hold_every_node_once_and_follow_the_edges(self, graph: Any) -> None:
        place = {node: index for index, layer in enumerate(layers(graph)) for node in layer}

        assert sorted(place, key=str) == sorted((node.id for node in graph.nodes), key=str)
        for edge in graph.edges:
            on_cycle = edge.source in reachable(graph, edge.target)
            assert (
                place[edge.source] == place[edge.target]
                if on_cycle
                else place[edge.source] < place[edge.target]
            )


class TestLongChains:
    def test_are_walked_to_both_ends(self, chain: Any) -> None:
        first, last = chain.datasets[0].id, chain.datasets[-1].id

        assert len(upstream(chain, last)) == LONG - 1
        assert downstream(chain, first)[-1] == last
        assert origins(chain, last) == (first,)
        assert len(shortest_path(chain, first, last)) == LONG

    def test_have_as_many_layers_as_nodes_and_no_cycle(self, chain: Any) -> None:
        assert len(layers(chain)) == LONG
        assert cycles(chain) == ()

    def test_have_one_path(self, chain: Any) -> None:
        first, last = chain.datasets[0].id, chain.datasets[-1].id

        assert [len(way) for way in paths(chain, first, last)] == [LONG]

    def test_trace_a_column_to_its_origin(self) -> None:
        columns = [FieldId(A, f"{index:06d}") for index in range(LONG)]
        graph = LineageGraph([DatasetNode(A)], [], itertools.starmap(FieldEdge, itertools.pairwise(columns)))

        assert field_origins(graph, columns[-1]) == (columns[0],)

    def test_of_runs_with_flows_are_walked(self) -> None:
        ends = [DatasetId("chain", f"{index:05d}") for index in range(5_000)]
        runs = [run(f"r{index:05d}") for index in range(4_999)]
        nodes = [
            RunNode(each, Attributes({"flows": {str(ends[index + 1]): [str(ends[index])]}}))
            for index, each in enumerate(runs)
        ]
        edges = [
            edge
            for index, each in enumerate(runs)
            for edge in (Edge(ends[index], each), Edge(each, ends[index + 1]))
        ]
        graph = LineageGraph([*map(DatasetNode, ends), *nodes], edges)

        assert origins(graph, ends[-1]) == (ends[0],)
