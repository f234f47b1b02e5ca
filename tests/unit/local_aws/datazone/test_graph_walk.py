"""A walk goes no farther than somebody looks, and neither repeats nor skips when the graph changes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from airflow_lineage_provider.local_aws.services.datazone.assumptions import version_key
from airflow_lineage_provider.local_aws.services.datazone.event_mapping import statements
from airflow_lineage_provider.local_aws.services.datazone.graph_walk import Walk, Walks, reachable
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import LineageGraph, Node
from tests.unit.local_aws.datazone.builders import NOON, PLACE, make_event


def _flow(graph: LineageGraph, run: str, source: str, *targets: str) -> None:
    """Let a run read one dataset and write others; ``run`` is the event's id, too."""
    event = make_event(
        run={"runId": run},
        inputs=[{"namespace": "d", "name": source}],
        outputs=[{"namespace": "d", "name": target} for target in targets],
    )
    graph.say(run, version_key(NOON), statements(event, **PLACE), by="tester", at=NOON)


def _reached(graph: LineageGraph, root: str, direction: str, hops: int) -> list[str]:
    node = graph.find(root)
    assert node is not None
    return [each.source_identifier for each in reachable(graph, node, direction=direction, hops=hops)]


@pytest.fixture
def graph() -> LineageGraph:
    """The chain a → b → c → d, each by a run of its own."""
    graph = LineageGraph()
    for source, target in ("ab", "bc", "cd"):
        _flow(graph, f"{source}{target}", source, target)
    return graph


@pytest.mark.parametrize(
    "hops, expected",
    [
        pytest.param(0, ["d/a"], id="the root only"),
        pytest.param(1, ["d/a", "etl.load/ab"], id="its runs"),
        pytest.param(2, ["d/a", "etl.load/ab", "d/b"], id="a dataset is two hops away"),
        pytest.param(99, ["d/a", "etl.load/ab", "d/b", "etl.load/bc", "d/c", "etl.load/cd", "d/d"], id="all"),
    ],
)
def test_walk_ends_after_so_many_hops(graph: LineageGraph, hops: int, expected: list[str]) -> None:
    assert _reached(graph, "d/a", "OUT", hops) == expected


def test_walk_upstream_goes_against_the_flow(graph: LineageGraph) -> None:
    assert _reached(graph, "d/c", "IN", 2) == ["d/c", "etl.load/bc", "d/b"]


def test_circle_is_walked_once(graph: LineageGraph) -> None:
    _flow(graph, "da", "d", "a")

    reached = _reached(graph, "d/a", "OUT", 99)

    assert len(reached) == len(set(reached)) == 8


def test_dataset_on_two_ways_comes_once_at_its_shortest() -> None:
    graph = LineageGraph()
    _flow(graph, "long", "a", "b")
    _flow(graph, "long2", "b", "c")
    _flow(graph, "short", "a", "c")

    assert _reached(graph, "d/a", "OUT", 4).index("d/c") == 4


def test_nodes_are_looked_for_only_as_far_as_they_are_asked_for(graph: LineageGraph) -> None:
    visited: list[str] = []

    def watched() -> Iterator[Node]:
        root = graph.find("d/a")
        assert root is not None
        for node in reachable(graph, root, direction="OUT", hops=9):
            visited.append(node.source_identifier)
            yield node

    walk = Walk(1, watched())
    first = [node.source_identifier for _, node in islice(walk.since(0), 2)]
    again = [node.source_identifier for _, node in islice(walk.since(0), 2)]

    assert first == again == visited == ["d/a", "etl.load/ab"]


def test_walk_goes_on_where_it_stopped_though_the_graph_has_changed(graph: LineageGraph) -> None:
    root = graph.find("d/a")
    assert root is not None
    walk = Walk(1, reachable(graph, root, direction="OUT", hops=9))
    before = [node.source_identifier for _, node in islice(walk.since(0), 3)]

    _flow(graph, "new", "a", "before everything")
    _flow(graph, "new2", "c", "after c")
    after = [node.source_identifier for _, node in walk.since(3)]

    assert not set(before) & set(after)
    assert set(after) == {"etl.load/bc", "d/c", "etl.load/cd", "d/d", "etl.load/new2", "d/after c"}


def test_forgotten_walk_is_gone_over_up_to_its_position(graph: LineageGraph) -> None:
    root = graph.find("d/a")
    assert root is not None
    walk = Walk(1, reachable(graph, root, direction="OUT", hops=9))

    assert [position for position, _ in walk.since(5)] == [5, 6]


def test_only_the_walks_used_last_are_kept() -> None:
    walks = Walks()
    first, *others = (walks.begin(iter(())) for _ in range(33))
    walks.keep(first)
    for each in others[:-1]:
        walks.keep(each)
    walks.keep(first)
    walks.keep(others[-1])

    assert walks.kept(first.number) is first
    assert walks.kept(others[0].number) is None
