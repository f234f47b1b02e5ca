"""Airflow's own OpenLineage events, of every type, sent by its own transport for Amazon DataZone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.openlineage.extractors import OperatorLineage
from airflow.providers.openlineage.plugins.adapter import OpenLineageAdapter
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Dataset
from openlineage.client.facet_v2 import parent_run, schema_dataset, sql_job
from openlineage.client.transport.amazon_datazone import AmazonDataZoneConfig, AmazonDataZoneTransport

from airflow_lineage_provider.local_aws import LocalAws

_DAG, _TASK = "shop", "shop.load"
_NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)

pytestmark = [pytest.mark.usefixtures("airflow_database"), pytest.mark.airflow3]


class Catalog:
    """A domain, and Airflow's adapter that posts to it."""

    def __init__(self, aws: LocalAws) -> None:
        self.client = aws.client("datazone")
        self.domain = self.client.create_domain(name="events")["id"]
        config = AmazonDataZoneConfig(domain_id=self.domain, endpoint_override=aws.endpoint_url)
        self.transport = AmazonDataZoneTransport(config)
        self.adapter = OpenLineageAdapter(client=OpenLineageClient(transport=self.transport))
        self.dag_run = self.adapter.build_dag_run_id(_DAG, _NOON, 0)
        self.task_run = self.adapter.build_task_instance_run_id(_DAG, "load", 1, _NOON, -1)

    def node(self, identifier: str) -> Any:
        return self.client.get_lineage_node(domainIdentifier=self.domain, identifier=identifier)

    def neighbours(self, node: Any, side: str) -> list[str]:
        return [self.node(each["id"])["sourceIdentifier"] for each in node[side]]

    def run_form(self, identifier: str) -> Any:
        forms = self.node(identifier)["formsOutput"]
        return next(json.loads(each["content"]) for each in forms if each["formName"] == "LineageJobRunForm")

    def summaries(self) -> list[tuple[str, str]]:
        """Return job and type of all events, oldest first."""
        page = self.client.list_lineage_events(domainIdentifier=self.domain, sortOrder="ASCENDING")
        events = [item["eventSummary"]["openLineageRunEventSummary"] for item in page["items"]]
        assert {item["processingStatus"] for item in page["items"]} == {"SUCCESS"}
        return [(each["job"]["name"], each["eventType"]) for each in events]


@pytest.fixture
def catalog(local_aws: LocalAws) -> Iterator[Catalog]:
    made = Catalog(local_aws)
    yield made
    made.transport.close()


def _dag_started(catalog: Catalog) -> None:
    catalog.adapter.dag_started(
        dag_id=_DAG,
        run_id="manual",
        logical_date=_NOON,
        start_date=_NOON,
        nominal_start_time=_NOON.isoformat(),
        nominal_end_time=None,
        owners=["data"],
        tags=[],
        run_facets={},
        clear_number=0,
        job_description="Loads the shop",
        is_asset_triggered=False,
    )


def _dag_ended(catalog: Catalog, ending: str) -> None:
    facts: dict[str, Any] = {} if ending == "dag_success" else {"msg": "it failed"}
    getattr(catalog.adapter, ending)(
        dag_id=_DAG,
        run_id="manual",
        logical_date=_NOON,
        end_date=_NOON + timedelta(minutes=9),
        nominal_start_time=_NOON.isoformat(),
        nominal_end_time=None,
        tags=[],
        clear_number=0,
        dag_run_state=None,
        task_ids=["load"],
        owners=["data"],
        run_facets={},
        job_description=None,
        is_asset_triggered=False,
        **facts,
    )


def _task(catalog: Catalog, method: str, minute: int, **overrides: Any) -> None:
    moment = (_NOON + timedelta(minutes=minute)).isoformat()
    schema = schema_dataset.SchemaDatasetFacet([schema_dataset.SchemaDatasetFacetFields("id", "int")])
    lineage = OperatorLineage(
        inputs=[Dataset("s3://raw", "orders")],
        outputs=[Dataset("postgres://db:5432", "shop.public.orders", facets={"schema": schema})],
        job_facets={"sql": sql_job.SQLJobFacet("insert into orders select * from raw")},
    )
    parent = parent_run.ParentRunFacet(
        parent_run.Run(catalog.dag_run), parent_run.Job(namespace="default", name=_DAG)
    )
    getattr(catalog.adapter, method)(
        run_id=catalog.task_run,
        job_name=_TASK,
        task=lineage,
        nominal_start_time=None,
        nominal_end_time=None,
        owners=["data"],
        tags=[],
        job_description=None,
        run_facets={"parent": parent},
        **({"event_time": moment} if method == "start_task" else {"end_time": moment}),
        **overrides,
    )


def test_run_of_a_dag_with_a_task_is_there_with_parent_and_datasets(catalog: Catalog) -> None:
    _dag_started(catalog)
    _task(catalog, "start_task", 1)
    _task(catalog, "complete_task", 5)
    _dag_ended(catalog, "dag_success")

    assert catalog.summaries() == [(_DAG, "START"), (_TASK, "START"), (_TASK, "COMPLETE"), (_DAG, "COMPLETE")]
    run = catalog.node(f"default.{_TASK}/{catalog.task_run}")
    assert catalog.neighbours(run, "upstreamNodes") == ["s3://raw/orders"]
    assert catalog.neighbours(run, "downstreamNodes") == ["postgres://db:5432/shop.public.orders"]
    form = catalog.run_form(f"default.{_TASK}/{catalog.task_run}")
    assert (form["eventType"], form["startTime"], form["endTime"]) == (
        "COMPLETE",
        "2025-06-04T12:01:00+00:00",
        "2025-06-04T12:05:00+00:00",
    )
    parent = form["facets"]["parent"]
    assert catalog.node(f"default.{parent['job']['name']}/{parent['run']['runId']}")["name"] == _DAG


def test_failure_of_a_task_and_its_dag_is_there_with_its_reason(catalog: Catalog) -> None:
    _dag_started(catalog)
    _task(catalog, "start_task", 1)
    _task(catalog, "fail_task", 5, error=ValueError("no such table"))
    _dag_ended(catalog, "dag_failed")

    assert [state for _, state in catalog.summaries()] == ["START", "START", "FAIL", "FAIL"]
    form = catalog.run_form(f"default.{_TASK}/{catalog.task_run}")
    assert (form["eventType"], form["facets"]["errorMessage"]["message"]) == ("FAIL", "no such table")
    assert catalog.run_form(f"default.{_DAG}/{catalog.dag_run}")["eventType"] == "FAIL"
