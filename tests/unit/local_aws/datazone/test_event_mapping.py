"""An event says which nodes there are and how they are joined."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.datazone.event_mapping import (
    MappingFailedError,
    statements,
)
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import Gist, NodeKind, Statement
from tests.unit.local_aws.datazone.builders import ACCOUNT, PLACE, make_event


def _said(**overrides: Any) -> dict[str, Statement]:
    found = statements(make_event(**overrides), **PLACE)
    return {statement.source_identifier: statement for statement in found}


def test_event_makes_a_job_a_run_and_a_node_for_each_dataset() -> None:
    said = _said()

    assert {identifier: statement.kind for identifier, statement in said.items()} == {
        "etl.load": NodeKind.JOB,
        "etl.load/r1": NodeKind.RUN,
        "in/raw": NodeKind.DATASET,
        "out/clean": NodeKind.DATASET,
    }


def test_data_flows_through_the_run_and_not_through_the_job() -> None:
    said = _said()

    assert (said["etl.load/r1"].upstream, said["etl.load/r1"].downstream) == (("in/raw",), ("out/clean",))
    assert (said["in/raw"].upstream, said["in/raw"].downstream) == ((), ("etl.load/r1",))
    assert (said["out/clean"].upstream, said["out/clean"].downstream) == (("etl.load/r1",), ())
    assert (said["etl.load"].upstream, said["etl.load"].downstream) == ((), ())


def test_dataset_that_is_read_and_written_is_one_node_on_both_sides() -> None:
    same = [{"namespace": "in", "name": "raw"}]

    said = _said(inputs=same, outputs=same)

    assert said["in/raw"].upstream == said["in/raw"].downstream == ("etl.load/r1",)
    assert said["etl.load/r1"].upstream == said["etl.load/r1"].downstream == ("in/raw",)


def test_dataset_named_twice_is_one_node_with_the_facets_of_both() -> None:
    twice = [
        {"namespace": "in", "name": "raw", "facets": {"schema": {"fields": []}}},
        {"namespace": "in", "name": "raw", "facets": {"dataSource": {"name": "x"}}},
    ]

    said = _said(inputs=twice)

    assert set(said["in/raw"].detail["facets"]) == {"schema", "dataSource"}
    assert said["etl.load/r1"].upstream == ("in/raw",)


def test_event_without_datasets_still_makes_job_and_run() -> None:
    assert set(_said(inputs=[], outputs=None)) == {"etl.load", "etl.load/r1"}


def test_glue_run_with_a_symlink_gives_the_arn_of_the_table() -> None:
    symlinks = {"identifiers": [{"namespace": "s3://b", "name": "db.t", "type": "TABLE"}]}
    environment = {"environment-properties": {"environment-properties": {"GLUE_VERSION": "4.0"}}}

    said = _said(
        run={"runId": "r1", "facets": environment},
        outputs=[{"namespace": "s3://b", "name": "t", "facets": {"symlinks": symlinks}}],
    )

    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:table/db/t"
    assert said["etl.load/r1"].downstream == (arn,)
    assert said[arn].name == "t"


def test_facets_that_are_no_objects_are_passed_over() -> None:
    inputs = [{"namespace": "in", "name": "raw", "facets": {"schema": "none", "tags": {}}}]

    assert _said(inputs=inputs)["in/raw"].detail["facets"] == {"tags": {}}


def test_facets_of_inputs_and_outputs_of_their_own_are_kept() -> None:
    inputs = [{"namespace": "in", "name": "raw", "inputFacets": {"inputStatistics": {"rowCount": 1}}}]

    assert _said(inputs=inputs)["in/raw"].detail["facets"] == {"inputStatistics": {"rowCount": 1}}


def test_identity_that_cannot_be_asked_for_fails() -> None:
    with pytest.raises(MappingFailedError, match="has 2087 characters; 2086 are allowed"):
        _said(outputs=[{"namespace": "out", "name": "x" * 2083}])


@pytest.mark.parametrize(
    "overrides, identifier",
    [
        pytest.param({"outputs": [{"namespace": "etl.load", "name": "r1"}]}, "etl.load/r1", id="run, output"),
        pytest.param(
            {
                "job": {"namespace": "s3://b", "name": "x/y"},
                "inputs": [{"namespace": "s3:/", "name": "b.x/y"}],
            },
            "s3://b.x/y",
            id="job, input",
        ),
    ],
)
def test_event_that_calls_two_nodes_alike_fails(overrides: dict[str, Any], identifier: str) -> None:
    with pytest.raises(MappingFailedError, match=f"{identifier} is that of two nodes"):
        _said(**overrides)


def test_gist_says_what_is_in_a_detail() -> None:
    said = _said(
        eventType="START",
        run={"runId": "r1", "facets": {"parent": {}}},
        job={"namespace": "etl", "name": "load", "facets": {"sql": {}, "none": 1}},
        inputs=[{"namespace": "in", "name": "raw", "facets": {"schema": {}}}],
    )

    assert said["etl.load/r1"].gist == Gist("START", frozenset({"parent"}), frozenset({"sql"}))
    assert said["etl.load"].gist == Gist(facets=frozenset({"sql"}))
    assert said["in/raw"].gist == Gist(facets=frozenset({"schema"}))
