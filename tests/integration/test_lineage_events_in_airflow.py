"""Posting lineage events inside Airflow, against the local AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import InvalidEventError, LineageEventFailedError
from airflow_lineage_provider.lineage import graph_from_events, parse_run_event
from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.operators.datazone import DataZonePostLineageEventOperator
from tests.integration.dag_running import run_dag
from tests.unit.operators.driving import make_context, run

pytestmark = pytest.mark.usefixtures("airflow_database")
BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])


@pytest.fixture
def domain(local_aws: LocalAws) -> str:
    """A domain in which an event takes a moment."""
    local_aws.settings(lineage_seconds=0.3)
    made = local_aws.client("datazone").create_domain(
        name="shop", domainExecutionRole="arn:aws:iam::123456789012:role/Domain", domainVersion="V2",
        serviceRole="arn:aws:iam::123456789012:role/Service",
    )  # fmt: skip
    return str(made["id"])


def make_event(tables: int = 2, columns: int = 2, **overrides: Any) -> dict[str, Any]:
    """Build the event of a run that made tables of tables, one of each."""
    names = [f"table_{number:04}" for number in range(tables)]
    fields = [{"name": f"column_{number:04}", "type": "string"} for number in range(columns)]
    source = {"namespace": "s3://raw", "type": "DATASET"}
    entries = [
        {
            "namespace": "s3://clean",
            "name": name,
            "type": "DATASET",
            "fields": {
                field["name"]: {"inputs": [{**source, "name": name, "field": field["name"]}]}
                for field in fields
            },
        }
        for name in names
    ]
    return {
        "eventType": "COMPLETE",
        "eventTime": "2025-06-04T12:00:00Z",
        "run": {"runId": "run-1"},
        "job": {"namespace": "jobs", "name": "load", "facets": {"lineage": {"entries": entries}}},
        "inputs": [
            {"namespace": "s3://raw", "name": name, "facets": {"schema": {"fields": fields}}}
            for name in names
        ],
        "outputs": [
            {"namespace": "s3://clean", "name": name, "facets": {"schema": {"fields": fields}}}
            for name in names
        ],
        **overrides,
    }


def make_post(domain: str, **overrides: Any) -> DataZonePostLineageEventOperator:
    """Build a task that posts an event."""
    arguments: dict[str, Any] = {
        "task_id": "post",
        "domain_identifier": domain,
        "event": make_event(),
        "waiter_delay": 0.1,
        "timeout": 60,
        "aws_conn_id": None,
        **overrides,
    }
    return DataZonePostLineageEventOperator(**arguments)


def stored(local_aws: LocalAws, domain: str) -> dict[str, bytes]:
    """Return the bodies of all events of a domain by id."""
    client = local_aws.client("datazone")
    pages = client.get_paginator("list_lineage_events").paginate(domainIdentifier=domain)
    ids = [item["id"] for page in pages for item in page["items"]]
    return {
        each: client.get_lineage_event(domainIdentifier=domain, identifier=each)["event"].read()
        for each in ids
    }


@BOTH
def test_posts_an_event_and_waits_until_it_is_processed(
    local_aws: LocalAws, domain: str, deferrable: bool
) -> None:
    outcome = run_dag(lambda: make_post(domain, deferrable=deferrable))

    result = outcome.values["post"]
    assert outcome.state == "success"
    assert result["status"] == "SUCCESS"
    (body,) = stored(local_aws, domain).values()
    assert json.loads(body) == make_event()
    node = local_aws.client("datazone").get_lineage_node(
        domainIdentifier=domain, identifier=result["node_identifier"]
    )
    assert len(node["upstreamNodes"]) == len(node["downstreamNodes"]) == 2


@BOTH
def test_an_event_that_is_too_large_is_in_the_graph_as_if_it_were_not(
    local_aws: LocalAws, domain: str, deferrable: bool
) -> None:
    event = make_event(tables=60, columns=100)

    outcome = run_dag(lambda: make_post(domain, event=event, deferrable=deferrable))

    bodies = stored(local_aws, domain)
    assert outcome.state == "success"
    assert len(bodies) > 1
    assert max(map(len, bodies.values())) <= 300_000
    assert set(outcome.values["post"]["event_ids"]) == set(bodies)
    graphs = [
        graph_from_events(
            [parse_run_event(each) for each in events],
            caller_region="us-east-1",
            caller_account="123456789012",
        )
        for events in ([event], bodies.values())
    ]
    assert graphs[0] == graphs[1]
    around = local_aws.client("datazone").get_paginator("query_graph")
    query = [
        {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "jobs.load/run-1"}},
        {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "IN", "maxPathLength": 1}},
    ]
    found = [
        item["lineageNode"]["sourceIdentifier"]
        for page in around.paginate(domainIdentifier=domain, match=query)
        for item in page["items"]
    ]
    assert len([each for each in found if each.startswith("s3://raw/")]) == 60


@BOTH
def test_names_the_event_that_could_not_be_processed_and_posts_it_anew_in_the_retry(
    local_aws: LocalAws, domain: str, deferrable: bool
) -> None:
    local_aws.fault(
        service="datazone-worker", operation="ProcessLineageEvent", error_code="InternalFailure", times=1
    )

    outcome = run_dag(lambda: make_post(domain, deferrable=deferrable), retries=1)

    (error,) = outcome.errors["post"]
    assert isinstance(error, LineageEventFailedError)
    assert outcome.state == "success"
    assert set(stored(local_aws, domain)) == {*error.event_ids, *outcome.values["post"]["event_ids"]}


@BOTH
def test_a_retry_posts_nothing_twice(local_aws: LocalAws, domain: str, deferrable: bool) -> None:
    local_aws.settings(lineage_seconds=6)

    outcome = run_dag(lambda: make_post(domain, deferrable=deferrable, timeout=3), retries=3)

    assert outcome.state == "success"
    assert outcome.tries["post"] > 1
    assert list(stored(local_aws, domain)) == outcome.values["post"]["event_ids"]


@BOTH
@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_reply_posts_nothing_twice(
    local_aws: LocalAws, domain: str, drop: str, deferrable: bool
) -> None:
    local_aws.fault(service="datazone", operation="PostLineageEvent", drop=drop, times=1)
    arguments: dict[str, Any] = {
        "domain_identifier": domain,
        "event": make_event(tables=60, columns=100),
        "deferrable": deferrable,
        "waiter_delay": 0.1,
        "timeout": 60,
        "aws_conn_id": None,
        "botocore_config": {"retries": {"total_max_attempts": 1}},
    }
    operator = DataZonePostLineageEventOperator(task_id="task", **arguments)

    result, _ = run(DataZonePostLineageEventOperator, arguments, make_context(operator))

    assert set(stored(local_aws, domain)) == set(result["event_ids"])
    assert len(result["event_ids"]) > 1


@BOTH
def test_outlasts_throttling_of_every_second_call(local_aws: LocalAws, domain: str, deferrable: bool) -> None:
    local_aws.fault(service="datazone", error_code="ThrottlingException", probability=0.5)

    outcome = run_dag(lambda: make_post(domain, deferrable=deferrable, timeout=120))

    local_aws.clear_faults()
    assert outcome.state == "success"
    assert len(stored(local_aws, domain)) == 1


def test_sends_nothing_that_is_no_run_event(local_aws: LocalAws, domain: str) -> None:
    outcome = run_dag(lambda: make_post(domain, event=make_event(eventTime="yesterday")))

    (error,) = outcome.errors["post"]
    assert isinstance(error, InvalidEventError)
    assert error.path == "$.eventTime"
    assert "PostLineageEvent" not in local_aws.calls()["datazone"]


def test_renders_templates_inside_of_the_event(local_aws: LocalAws, domain: str) -> None:
    event = make_event(run={"runId": "{{ ti.task_id }}-{{ 6 * 7 }}"})

    outcome = run_dag(lambda: make_post(domain, event=event))

    assert outcome.values["post"]["node_identifier"] == "jobs.load/post-42"
