"""Forms of lineage nodes hold what events said about them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.services.datazone.assumptions import version_key
from airflow_lineage_provider.local_aws.services.datazone.event_mapping import statements
from airflow_lineage_provider.local_aws.services.datazone.lineage_forms import forms_of, telling
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import LineageGraph, Node
from tests.unit.local_aws.datazone.builders import NOON, PLACE, make_event

_KEY = version_key(NOON)


def make_node(identifier: str, *events: dict[str, Any], with_gist: bool = True) -> Node:
    """Return a node that these events said something about, one event a millisecond."""
    graph = LineageGraph()
    for number, event in enumerate(events):
        said = statements(make_event(**event), **PLACE)
        if not with_gist:
            said = [replace(each, gist=None) for each in said]
        graph.say(f"e{number}", _KEY + number, said, by="tester", at=NOON)
    node = graph.find(identifier)
    assert node is not None
    return node


def contents(node: Node, key: int) -> dict[str, Any]:
    """Return the contents of a version's forms by name."""
    return {form["formName"]: json.loads(form["content"]) for form in forms_of(node, key)}


def _forms(identifier: str, *events: dict[str, Any]) -> dict[str, Any]:
    """Return the contents of the newest version's forms by name."""
    node = make_node(identifier, *events)
    return contents(node, node.times[-1])


_FACETS = st.dictionaries(st.sampled_from("abc"), st.integers().map(lambda n: {"n": n}), max_size=2)
_EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "eventType": st.sampled_from(["START", "RUNNING", "COMPLETE", "FAIL", "ABORT", None]),
            "run": st.fixed_dictionaries({"runId": st.just("r1"), "facets": _FACETS}),
            "job": st.fixed_dictionaries(
                {"namespace": st.just("etl"), "name": st.just("load"), "facets": _FACETS}
            ),
        }
    ),
    min_size=1,
    max_size=12,
)


@given(events=_EVENTS)
def test_forms_need_only_the_events_that_tell_something_new(events: list[dict[str, Any]]) -> None:
    read = [event | {"eventTime": f"2025-06-04T12:00:{n:02d}Z"} for n, event in enumerate(events)]
    complete = make_node("etl.load/r1", *read)
    unseen = make_node("etl.load/r1", *read, with_gist=False)

    assert len(telling(unseen.said(unseen.times[-1]))) == len(events)
    for key in complete.times:
        assert contents(complete, key) == contents(unseen, key)


def test_run_that_reports_for_hours_is_read_in_a_few_events() -> None:
    events: list[dict[str, Any]] = [{"eventType": "START", "run": {"runId": "r1", "facets": {"parent": {}}}}]
    events += [{"eventType": "RUNNING"}] * 500 + [{"eventType": "COMPLETE"}]
    node = make_node("etl.load/r1", *events)

    read = [each.gist.state for each in telling(node.said(node.times[-1])) if each.gist is not None]

    assert read == ["START", "RUNNING", "COMPLETE"]


def _output(**facets: Any) -> dict[str, Any]:
    return {"outputs": [{"namespace": "out", "name": "clean", "facets": facets}]}


def test_schema_becomes_columns() -> None:
    fields = [
        {"name": "id", "type": "int", "description": "the key"},
        {"name": "place", "type": "struct", "fields": [{"name": "city", "type": "string"}]},
        {"name": "untyped"},
    ]

    forms = _forms("out/clean", _output(schema={"fields": fields}))

    assert forms["LineageSchemaForm"] == {
        "columns": [
            {"name": "id", "dataType": "int", "description": "the key"},
            {"name": "place", "dataType": "struct", "fields": [{"name": "city", "dataType": "string"}]},
            {"name": "untyped"},
        ]
    }


def test_column_lineage_names_the_sources_of_each_column() -> None:
    source = {"namespace": "in", "name": "raw", "field": "ID"}
    facet = {"fields": {"id": {"inputFields": [source]}}, "dataset": [source]}

    forms = _forms("out/clean", _output(columnLineage=facet))

    assert forms["LineageColumnLineageForm"] == {
        "columns": [{"name": "id", "inputFields": [source]}],
        "dataset": [source],
    }


def test_other_facets_are_kept_as_they_are() -> None:
    facet = {"_producer": "p", "anything": [1, {"x": None}]}

    assert _forms("out/clean", _output(custom=facet))["LineageOpenLineageFacetsForm"] == {"custom": facet}


def test_dataset_without_facets_has_no_forms() -> None:
    assert _forms("in/raw", {}) == {}


def test_job_shows_type_and_query() -> None:
    facets = {
        "jobType": {"processingType": "BATCH", "integration": "SPARK", "jobType": "QUERY"},
        "sql": {"query": "select 1"},
        "documentation": {"description": "loads"},
    }

    forms = _forms("etl.load", {"job": {"namespace": "etl", "name": "load", "facets": facets}})

    assert forms["LineageJobForm"] == {
        "namespace": "etl",
        "name": "load",
        "processingType": "BATCH",
        "integration": "SPARK",
        "jobType": "QUERY",
        "sql": "select 1",
        "facets": {"documentation": {"description": "loads"}},
    }


def test_run_carries_the_form_of_its_job_and_its_own() -> None:
    forms = _forms(
        "etl.load/r1",
        {"eventType": "START", "eventTime": "2025-06-04T11:00:00Z"},
        {"run": {"runId": "r1", "facets": {"parent": {"run": {"runId": "p"}}}}},
    )

    assert set(forms) == {"LineageJobForm", "LineageJobRunForm"}
    assert forms["LineageJobRunForm"] == {
        "runId": "r1",
        "eventType": "COMPLETE",
        "startTime": "2025-06-04T11:00:00Z",
        "endTime": "2025-06-04T12:00:00Z",
        "facets": {"parent": {"run": {"runId": "p"}}},
    }


def test_run_without_a_start_event_starts_at_its_nominal_time() -> None:
    facets = {"nominalTime": {"nominalStartTime": "2025-06-04T11:30:00Z"}}

    forms = _forms("etl.load/r1", {"run": {"runId": "r1", "facets": facets}})

    assert forms["LineageJobRunForm"]["startTime"] == "2025-06-04T11:30:00Z"


def test_running_run_has_no_end() -> None:
    assert "endTime" not in _forms("etl.load/r1", {"eventType": "RUNNING"})["LineageJobRunForm"]


def test_column_lineage_of_a_split_event_adds_up() -> None:
    graph = LineageGraph()
    for number, column in enumerate(("a", "b")):
        facet: dict[str, Any] = {"fields": {column: {"inputFields": []}}}
        said = statements(make_event(**_output(columnLineage=facet)), **PLACE)
        graph.say(f"e{number}", _KEY, said, by="tester", at=NOON)
    node = graph.find("out/clean")
    assert node is not None

    (form,) = forms_of(node, _KEY)

    assert [column["name"] for column in json.loads(form["content"])["columns"]] == ["a", "b"]


@pytest.mark.parametrize(
    "facets",
    [
        pytest.param({"schema": {"fields": "all"}}, id="fields are no list"),
        pytest.param({"schema": {"fields": ["id"]}}, id="a field is no object"),
        pytest.param({"columnLineage": {"fields": ["id"]}}, id="column lineage is no object"),
        pytest.param({"columnLineage": {"fields": {"id": "ID"}}}, id="a column is no object"),
    ],
)
def test_facets_of_another_shape_give_forms_without_content(facets: dict[str, Any]) -> None:
    (form,) = _forms("out/clean", _output(**facets)).values()

    assert form == {"columns": []}


def test_only_the_forms_asked_for_are_given() -> None:
    graph = LineageGraph()
    said = statements(make_event(), **PLACE)
    graph.say("e", _KEY, said, by="tester", at=NOON)
    node = graph.find("etl.load/r1")
    assert node is not None

    assert [form["formName"] for form in forms_of(node, _KEY, names={"LineageJobForm"})] == ["LineageJobForm"]
