"""Events that are too large are cut into parts that say the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidEventError
from airflow_lineage_provider.lineage.event_splitting import encode_event, split_event
from airflow_lineage_provider.lineage.events import MAX_EVENT_BYTES, graph_from_events, parse_run_event
from airflow_lineage_provider.lineage.graph import LineageGraph
from tests.unit.lineage.builders import ACCOUNT, REGION, make_payload

COLUMNS = st.sampled_from(["id", "total", "größe", "note"])
NAMES = st.sampled_from([f"{letter}{'x' * 20}" for letter in "abcdefgh"])
SPACES = st.sampled_from(["s3://bucket", "arn:aws:glue:us-east-1:123456789012:table"])
PADDING = st.integers(0, 300).map(lambda length: "p" * length)
SYMLINKS = st.fixed_dictionaries(
    {
        "identifiers": st.lists(
            st.fixed_dictionaries(
                {
                    "namespace": st.just("s3://elsewhere"),
                    "name": st.sampled_from(["db.one", "db.two"]),
                    "type": st.just("TABLE"),
                }
            ),
            min_size=1,
            max_size=1,
        )
    }
)
NAMED = st.fixed_dictionaries({"namespace": SPACES, "name": NAMES})
SCHEMA = st.fixed_dictionaries(
    {
        "fields": st.lists(
            st.fixed_dictionaries({"name": COLUMNS, "type": st.sampled_from(["int", "string"])}), max_size=4
        )
    }
)


def sources(key: str) -> st.SearchStrategy[Any]:
    """Lists of columns that something is made of; ``key`` is what says that one is a dataset's."""
    typed = {"type": st.just("DATASET")} if key == "inputs" else {}
    source = st.fixed_dictionaries({"namespace": SPACES, "name": NAMES, **typed}, optional={"field": COLUMNS})
    return st.lists(source, max_size=6)


def stated(key: str, whole: str) -> st.SearchStrategy[Any]:
    """What says where columns come from: ``columnLineage``, or explicit lineage."""
    columns = st.dictionaries(COLUMNS, st.fixed_dictionaries({key: sources(key)}), max_size=4)
    return st.fixed_dictionaries({}, optional={"fields": columns, whole: sources(key)})


FACETS = st.fixed_dictionaries(
    {},
    optional={
        "schema": SCHEMA,
        "symlinks": SYMLINKS,
        "columnLineage": stated("inputFields", "dataset"),
        "lineage": stated("inputs", "inputs"),
        "documentation": st.fixed_dictionaries({"description": PADDING}),
    },
)
DATASETS = st.lists(
    st.fixed_dictionaries({"namespace": SPACES, "name": NAMES}, optional={"facets": FACETS, "note": PADDING}),
    max_size=6,
)
ENTRIES = st.lists(
    st.builds(lambda named, said: {**named, "type": "DATASET", **said}, NAMED, stated("inputs", "inputs")),
    max_size=4,
)
GLUE_RUN = {"environment-properties": {"environment-properties": {"GLUE_VERSION": "3.0"}}}
EVENTS = st.builds(
    lambda inputs, outputs, entries, glue: make_payload(
        run={"runId": "run-1", "facets": GLUE_RUN if glue else {}},
        job={
            "namespace": "jobs",
            "name": "load",
            "facets": {"lineage": {"_producer": "p", "entries": entries}} if entries else {},
        },
        inputs=inputs,
        outputs=outputs,
    ),
    DATASETS,
    DATASETS,
    ENTRIES,
    st.booleans(),
)


def graph_of(*events: bytes | Mapping[str, Any]) -> LineageGraph:
    """Return the graph that the catalog makes of events."""
    parsed = [parse_run_event(event) for event in events]
    return graph_from_events(parsed, caller_region=REGION, caller_account=ACCOUNT)


def make_dataset(name: str, **facets: Any) -> dict[str, Any]:
    """Build a dataset of an event."""
    return {"namespace": "s3://bucket", "name": name, "facets": facets}


def make_schema(columns: int) -> dict[str, Any]:
    """Build a schema facet."""
    return {"fields": [{"name": f"column_{number:04}", "type": "string"} for number in range(columns)]}


def identity(source: str, columns: int) -> dict[str, Any]:
    """Build column lineage in which every column comes from the same one of a source."""
    return {
        "fields": {
            f"column_{number:04}": {
                "inputFields": [{"namespace": "s3://bucket", "name": source, "field": f"column_{number:04}"}]
            }
            for number in range(columns)
        }
    }


def make_crawl(tables: int, columns: int) -> dict[str, Any]:
    """Build the event of a crawl that read and wrote so many tables, one into one."""
    names = [f"table_{number:04}" for number in range(tables)]
    said = [identity(name, columns)["fields"] for name in names]
    source = {"namespace": "s3://bucket", "type": "DATASET"}
    entries = [
        {
            **source,
            "name": f"out/{name}",
            "inputs": [{**source, "name": name}],
            "fields": {
                column: {"inputs": [{**each, "type": "DATASET"} for each in made["inputFields"]]}
                for column, made in fields.items()
            },
        }
        for name, fields in zip(names, said, strict=True)
    ]
    return make_payload(
        job={"namespace": "glue_crawler", "name": "wide", "facets": {"lineage": {"entries": entries}}},
        inputs=[make_dataset(name, schema=make_schema(columns)) for name in names],
        outputs=[
            make_dataset(f"out/{name}", schema=make_schema(columns), columnLineage=identity(name, columns))
            for name in names
        ],
    )


class TestEventsThatFit:
    def test_are_posted_as_they_are(self) -> None:
        event = make_payload(inputs=[make_dataset("größe")])

        (only,) = split_event(event)

        assert json.loads(only) == event
        assert "größe".encode() in only

    def test_may_have_exactly_the_limit(self) -> None:
        event = make_payload(outputs=[make_dataset("a", documentation={"description": "x" * 1000})])
        size = len(encode_event(event))

        assert len(split_event(event, most_bytes=size)) == 1
        assert len(split_event(make_payload(outputs=[make_dataset(n) for n in "ab"]), most_bytes=size)) == 1

    def test_are_read_as_text_and_bytes_too(self) -> None:
        event = make_payload(outputs=[make_dataset("a")])

        assert split_event(json.dumps(event)) == split_event(json.dumps(event).encode()) == split_event(event)


class TestParts:
    @settings(max_examples=40)
    @given(EVENTS, st.integers(700, 4000))
    def test_say_together_what_the_event_says(self, event: dict[str, Any], most_bytes: int) -> None:
        try:
            parts = split_event(event, most_bytes=most_bytes)
        except InvalidEventError:
            return

        assert graph_of(*parts) == graph_of(event)
        assert max(map(len, parts)) <= most_bytes

    @settings(max_examples=40)
    @given(EVENTS, st.integers(900, 3000))
    def test_leave_what_other_events_of_the_run_say_alone(
        self, event: dict[str, Any], most_bytes: int
    ) -> None:
        other = {**event, "eventTime": "2025-06-04T09:40:00Z", "outputs": [make_dataset("later")]}
        other["inputs"] = [make_dataset("also read")]
        try:
            parts = split_event(event, most_bytes=most_bytes)
        except InvalidEventError:
            return

        assert graph_of(*parts, other) == graph_of(event, other)

    @settings(max_examples=40)
    @given(EVENTS, st.integers(700, 3000))
    def test_are_the_same_for_the_same_event(self, event: dict[str, Any], most_bytes: int) -> None:
        try:
            parts = split_event(event, most_bytes=most_bytes)
        except InvalidEventError:
            return

        assert split_event(json.loads(json.dumps(event)), most_bytes=most_bytes) == parts

    @settings(max_examples=40)
    @given(EVENTS, st.integers(700, 3000))
    def test_are_events_of_the_same_run_job_type_and_time(
        self, event: dict[str, Any], most_bytes: int
    ) -> None:
        try:
            parts = [json.loads(part) for part in split_event(event, most_bytes=most_bytes)]
        except InvalidEventError:
            return

        for part in parts:
            assert part["run"] == event["run"]
            assert [part["job"][name] for name in ("namespace", "name")] == ["jobs", "load"]
            assert [part[name] for name in ("eventType", "eventTime", "producer", "schemaURL")] == [
                event[name] for name in ("eventType", "eventTime", "producer", "schemaURL")
            ]

    def test_of_a_crawl_of_a_thousand_tables_fit_and_say_it_all(self) -> None:
        event = make_crawl(1000, columns=10)

        parts = split_event(event)

        assert len(encode_event(event)) > 10 * MAX_EVENT_BYTES
        assert max(map(len, parts)) <= MAX_EVENT_BYTES
        graph = graph_of(*parts)
        assert graph == graph_of(event)
        assert (len(graph.edges), len(graph.field_edges)) == (2000, 10_000)

    def test_say_all_of_a_dataset_in_one_part(self) -> None:
        parts = [json.loads(part) for part in split_event(make_crawl(60, columns=20))]

        said = [
            (each["name"], sorted(each["facets"]))
            for part in parts
            for each in (*part["inputs"], *part["outputs"])
            if "facets" in each
        ]
        assert len(parts) > 1
        assert len(said) == len({name for name, _ in said}) == 120
        assert {tuple(facets) for name, facets in said if name.startswith("out/")} == {
            ("columnLineage", "schema")
        }

    def test_name_every_input_with_every_output(self) -> None:
        event = make_payload(
            inputs=[make_dataset(f"in{n}", schema=make_schema(300)) for n in range(30)],
            outputs=[make_dataset(f"out{n}", schema=make_schema(300)) for n in range(30)],
        )

        parts = [json.loads(part) for part in split_event(event)]

        assert len(parts) > 1
        assert {len(part["inputs"]) for part in parts} == {30}
        assert all(part["outputs"] for part in parts)

    def test_come_of_one_table_of_very_many_columns_too(self) -> None:
        event = make_payload(
            inputs=[make_dataset("wide")],
            outputs=[make_dataset("out", schema=make_schema(3000), columnLineage=identity("wide", 3000))],
        )

        parts = split_event(event)

        assert len(parts) > 1
        assert graph_of(*parts) == graph_of(event)

    def test_come_of_more_inputs_than_one_event_can_name(self) -> None:
        event = make_payload(
            inputs=[make_dataset(f"{n:05}{'x' * 500}") for n in range(1000)],
            outputs=[make_dataset("a"), make_dataset("b", documentation={"description": "d" * 1000})],
        )

        parts = [json.loads(part) for part in split_event(event)]

        assert graph_of(*map(encode_event, parts)) == graph_of(event)
        assert {tuple(each["name"] for each in part["outputs"]) for part in parts} == {("a", "b")}

    def test_keep_the_names_that_tell_a_tables_node(self) -> None:
        symlinks = {"identifiers": [{"namespace": "s3://b", "name": "db.t", "type": "TABLE"}]}
        event = make_payload(
            run={"runId": "r", "facets": GLUE_RUN},
            inputs=[make_dataset(f"in{n}", schema=make_schema(2000), symlinks=symlinks) for n in range(4)],
            outputs=[make_dataset("out", schema=make_schema(1000))],
        )

        parts = [json.loads(part) for part in split_event(event)]

        assert len(parts) > 1
        assert all(each["facets"]["symlinks"] == symlinks for part in parts for each in part["inputs"])


class TestRefusals:
    @pytest.mark.parametrize(
        "overrides, path",
        [
            pytest.param(
                {"outputs": [make_dataset("a"), make_dataset("b", schema=make_schema(9000))]},
                "$.outputs[1].facets.schema",
                id="schema",
            ),
            pytest.param(
                {"inputs": [make_dataset("a", documentation={"description": "d" * 300_000})]},
                "$.inputs[0].facets.documentation",
                id="facet of an input",
            ),
            pytest.param(
                {"job": {"namespace": "j", "name": "n", "facets": {"sql": {"query": "q" * 300_000}}}},
                "$",
                id="job",
            ),
        ],
    )
    def test_name_what_cannot_be_cut(self, overrides: dict[str, Any], path: str) -> None:
        with pytest.raises(InvalidEventError, match="cannot be cut") as caught:
            split_event(make_payload(**overrides))

        assert caught.value.path == path

    @pytest.mark.parametrize(
        "event, path",
        [
            pytest.param("{", "$", id="no JSON"),
            pytest.param([], "$", id="no object"),
            pytest.param({"job": {"namespace": "n", "name": "n"}}, "$.run", id="no run event"),
            pytest.param(make_payload(producer={1, 2}), "$.producer", id="no text"),
            pytest.param(make_payload(extra={1, 2}), "$", id="no JSON value"),
            pytest.param(make_payload(extra="\ud800"), "$", id="half a character"),
            pytest.param(make_payload(extra=float("nan")), "$", id="no number"),
        ],
    )
    def test_name_what_is_wrong_with_an_event(self, event: Any, path: str) -> None:
        with pytest.raises(InvalidEventError) as caught:
            split_event(event)

        assert caught.value.path == path
