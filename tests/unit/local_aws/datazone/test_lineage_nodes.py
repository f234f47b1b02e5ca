"""Nodes, versions and edges follow from what events said, in whatever order they came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.services.datazone.assumptions import version_key
from airflow_lineage_provider.local_aws.services.datazone.event_mapping import statements
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import LineageGraph, Node
from airflow_lineage_provider.local_aws.services.datazone.lineage_reading import neighbours
from tests.unit.local_aws.datazone.builders import NOON, PLACE, make_event

_MINUTE = 60_000
_ZERO = version_key(NOON)


def _say(graph: LineageGraph, event_id: str, minute: int = 0, **event: Any) -> None:
    said = statements(make_event(**event), **PLACE)
    graph.say(event_id, _ZERO + minute * _MINUTE, said, by="tester", at=NOON)


def _node(graph: LineageGraph, identifier: str) -> Node:
    node = graph.find(identifier)
    assert node is not None
    return node


def _around(graph: LineageGraph, identifier: str, minute: int) -> tuple[dict[str, int], dict[str, int]]:
    """Return the neighbours of a version by source identifier, with the minute of the version referred to."""
    found = neighbours(graph, _node(graph, identifier), _ZERO + minute * _MINUTE)
    upstream, downstream = (
        {
            graph.nodes[node_id].source_identifier: ((key or 0) - _ZERO) // _MINUTE
            for node_id, key in side.items()
        }
        for side in found
    )
    return upstream, downstream


def _minutes(graph: LineageGraph, identifier: str) -> list[int]:
    return [(key - _ZERO) // _MINUTE for key in _node(graph, identifier).times]


def _dataset(name: str) -> list[dict[str, str]]:
    namespace, _, rest = name.partition("/")
    return [{"namespace": namespace, "name": rest}]


def test_node_is_found_by_id_and_by_source_identifier() -> None:
    graph = LineageGraph()
    _say(graph, "e1")

    node = _node(graph, "in/raw")

    assert graph.find(node.id) is node
    assert graph.find("IN/RAW") is None


def test_each_event_time_makes_a_version() -> None:
    graph = LineageGraph()
    _say(graph, "e1", 0)
    _say(graph, "e2", 5, run={"runId": "r2"})

    assert _minutes(graph, "out/clean") == [0, 5]


def test_late_event_takes_its_place_in_history() -> None:
    graph = LineageGraph()
    _say(graph, "late arrives second", 5)
    _say(graph, "e0", 0, run={"runId": "r0"})

    node = _node(graph, "out/clean")
    assert _minutes(graph, "out/clean") == [0, 5]
    assert node.newest() == _ZERO + 5 * _MINUTE
    assert _around(graph, "out/clean", 5)[0] == {"etl.load/r1": 5}


def test_newest_version_at_a_time_is_the_last_one_not_after_it() -> None:
    graph = LineageGraph()
    _say(graph, "e1", 0)
    _say(graph, "e2", 5)
    node = _node(graph, "out/clean")

    assert node.newest(_ZERO + 4 * _MINUTE) == _ZERO
    assert node.newest(_ZERO - 1) is None
    assert node.first_since(_ZERO + 1) == _ZERO + 5 * _MINUTE
    assert node.first_since(_ZERO + 6 * _MINUTE) is None


def test_edges_belong_to_versions() -> None:
    graph = LineageGraph()
    _say(graph, "written", 0)
    _say(
        graph,
        "read",
        5,
        run={"runId": "r2"},
        inputs=_dataset("out/clean"),
        outputs=_dataset("out/report"),
    )

    assert _around(graph, "out/clean", 0) == ({"etl.load/r1": 0}, {})
    assert _around(graph, "out/clean", 5) == ({}, {"etl.load/r2": 5})


def test_run_gathers_what_its_events_said_until_then() -> None:
    graph = LineageGraph()
    _say(graph, "start", 0, eventType="START", outputs=[])
    _say(graph, "complete", 3, inputs=[])

    assert _around(graph, "etl.load/r1", 0) == ({"in/raw": 0}, {})
    assert _around(graph, "etl.load/r1", 3) == ({"in/raw": 0}, {"out/clean": 3})


def test_dataset_refers_to_the_newest_version_of_its_run() -> None:
    graph = LineageGraph()
    _say(graph, "start", 0, eventType="START", outputs=[])
    _say(graph, "complete", 3, inputs=[])

    assert _around(graph, "in/raw", 0)[1] == {"etl.load/r1": 3}


def test_events_of_one_run_and_time_are_united() -> None:
    graph = LineageGraph()
    _say(graph, "first table", outputs=_dataset("out/a"))
    _say(graph, "second table", inputs=_dataset("in/other"), outputs=_dataset("out/b"))

    upstream, downstream = _around(graph, "etl.load/r1", 0)

    assert set(upstream) == {"in/raw", "in/other"}
    assert set(downstream) == {"out/a", "out/b"}


def test_same_event_stored_twice_changes_no_version_and_no_edge() -> None:
    graph = LineageGraph()
    _say(graph, "e1")
    before = {identifier: _around(graph, identifier, 0) for identifier in ("in/raw", "out/clean")}

    _say(graph, "e2")

    assert {identifier: _around(graph, identifier, 0) for identifier in ("in/raw", "out/clean")} == before
    assert _minutes(graph, "out/clean") == [0]


def test_event_taken_back_leaves_what_others_said_too() -> None:
    graph = LineageGraph()
    _say(graph, "e1")
    _say(graph, "e2", outputs=_dataset("out/other"))

    graph.unsay("e2")

    assert graph.find("out/other") is None
    assert _around(graph, "etl.load/r1", 0) == ({"in/raw": 0}, {"out/clean": 0})


def test_aggregate_neighbours_are_those_of_all_versions() -> None:
    graph = LineageGraph()
    _say(graph, "e1", 0)
    _say(graph, "e2", 5, run={"runId": "r2"})

    found = {node.source_identifier for node in graph.upstream_of(_node(graph, "out/clean"))}

    assert found == {"etl.load/r1", "etl.load/r2"}


def test_link_joins_two_datasets_as_soon_as_both_exist() -> None:
    graph = LineageGraph()
    graph.link("out/clean", "amazon.datazone.asset/a1")
    _say(graph, "e1", 0)
    assert _around(graph, "out/clean", 0)[1] == {}

    _say(graph, "asset", 2, inputs=[], outputs=_dataset("amazon.datazone.asset/a1"))

    assert _around(graph, "out/clean", 0)[1] == {"amazon.datazone.asset/a1": 2}
    assert _around(graph, "amazon.datazone.asset/a1", 2)[0]["out/clean"] == 0


def test_link_refers_to_the_versions_that_belong_together() -> None:
    graph = LineageGraph()
    graph.link("out/clean", "asset/a1")
    for minute in (0, 10):
        _say(graph, f"table {minute}", minute, inputs=[])
        _say(graph, f"asset {minute}", minute + 2, inputs=[], outputs=_dataset("asset/a1"))
    _say(graph, "table 20", 20, inputs=[])

    assert _around(graph, "out/clean", 0)[1] == {"asset/a1": 2}
    assert _around(graph, "out/clean", 10)[1] == {"asset/a1": 12}
    assert _around(graph, "out/clean", 20)[1] == {"asset/a1": 12}
    assert _around(graph, "asset/a1", 12)[0]["out/clean"] == 10
    assert _around(graph, "asset/a1", 2)[0]["out/clean"] == 0


def test_link_taken_back_is_gone() -> None:
    graph = LineageGraph()
    _say(graph, "e1")
    graph.link("in/raw", "out/clean")
    graph.unlink("in/raw", "out/clean")

    assert graph.linked_downstream(_node(graph, "in/raw")) == []


_NAMES = st.sampled_from(["a", "b", "c"])
_EVENTS = st.lists(
    st.tuples(st.integers(0, 3), _NAMES, st.sets(_NAMES), st.sets(_NAMES)),
    max_size=8,
)


def _told(graph: LineageGraph) -> dict[str, Any]:
    """Return all that can be seen of a graph, without the ids and the order of neighbours."""
    return {
        node.source_identifier: [
            (
                key,
                *(
                    sorted((graph.nodes[each].source_identifier, at) for each, at in side.items())
                    for side in neighbours(graph, node, key)
                ),
            )
            for key in node.times
        ]
        for node in graph.nodes.values()
    }


def _tell(graph: LineageGraph, events: list[Any], order: list[int]) -> None:
    for index in order:
        minute, run, inputs, outputs = events[index]
        _say(
            graph,
            f"e{index}",
            minute,
            run={"runId": run},
            inputs=[{"namespace": "d", "name": name} for name in sorted(inputs)],
            outputs=[{"namespace": "d", "name": name} for name in sorted(outputs)],
        )


@given(events=_EVENTS, data=st.data())
def test_order_of_arrival_does_not_matter(events: list[Any], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(events))))
    straight, shuffled = LineageGraph(), LineageGraph()

    _tell(straight, events, list(range(len(events))))
    _tell(shuffled, events, order)

    assert _told(straight) == _told(shuffled)


@given(events=_EVENTS, data=st.data())
def test_taking_events_back_is_as_if_they_had_never_been(events: list[Any], data: st.DataObject) -> None:
    kept = data.draw(st.sets(st.sampled_from(range(len(events))))) if events else set()
    graph, expected = LineageGraph(), LineageGraph()
    _tell(graph, events, list(range(len(events))))
    _tell(expected, events, sorted(kept))

    for index in range(len(events)):
        if index not in kept:
            graph.unsay(f"e{index}")

    assert _told(graph) == _told(expected)
    assert {node.source_identifier: (node.upstream, node.downstream) for node in graph.nodes.values()} == {
        node.source_identifier: (node.upstream, node.downstream) for node in expected.nodes.values()
    }


def test_versions_are_told_apart_by_milliseconds() -> None:
    assert version_key(NOON + timedelta(microseconds=999)) == version_key(NOON)
    assert version_key(NOON + timedelta(milliseconds=1)) == version_key(NOON) + 1
