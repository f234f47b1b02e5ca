"""Sensors that give their worker back between two looks, inside Airflow: they find what comes later, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout, BaseOperator, task

from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.sensors.datazone import (
    DataZoneDataSourceRunSensor,
    DataZoneLineageEventSensor,
    DataZoneLineageNodeSensor,
)
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from tests.integration.dag_running import DagOutcome, run_dag

pytestmark = pytest.mark.usefixtures("airflow_database")

WAITING: dict[str, Any] = {"mode": "reschedule", "poke_interval": 0.2, "timeout": 60, "aws_conn_id": None}
EVENT = b"""{"eventType": "COMPLETE", "eventTime": "2025-06-04T12:00:00Z",
    "run": {"runId": "run-1"}, "job": {"namespace": "jobs", "name": "load"},
    "outputs": [{"namespace": "s3://clean", "name": "orders"}]}"""


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate, in which crawls, imports and events take a moment."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.settings(crawl_seconds=0.5, import_seconds=0.5, lineage_seconds=0.5)
    return seeded


def run_before(aws: LocalAws, begin: Callable[[], object], wait: Callable[[], BaseOperator]) -> DagOutcome:
    """Run a sensor, and what brings about that for which it waits: two seconds after its first look."""

    @task
    def let_the_sensor_look() -> None:
        """Take one turn: the sensor runs in the same."""

    @task
    def start() -> None:
        aws.advance(2)
        begin()

    def build() -> None:
        let_the_sensor_look() >> start()
        wait()

    return run_dag(build)


def looks(aws: LocalAws, service: str, operation: str) -> int:
    """Return how often an operation was called."""
    return int(aws.calls()[service].get(operation, 0))


def test_a_crawl_that_starts_after_the_first_look(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    glue = local_aws.client("glue")
    glue.start_crawler(Name=estate.crawler)
    local_aws.advance(2)

    outcome = run_before(
        local_aws,
        lambda: glue.start_crawler(Name=estate.crawler),
        lambda: GlueCrawlSensor(task_id="wait", crawler_name=estate.crawler, **WAITING),
    )

    newest = glue.list_crawls(CrawlerName=estate.crawler)["Crawls"][0]
    found = outcome.values["wait"]
    assert (outcome.state, outcome.tries["wait"], found["crawl_id"]) == ("success", 1, newest["CrawlId"])
    assert datetime.fromisoformat(found["data_as_of"]) <= newest["StartTime"]
    assert looks(local_aws, "glue", "StartCrawler") == 2


def test_an_import_that_starts_after_the_first_look(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    datazone = local_aws.client("datazone")
    where = {"domainIdentifier": estate.domain, "dataSourceIdentifier": estate.data_source}
    datazone.start_data_source_run(**where)
    local_aws.advance(2)
    which: dict[str, Any] = {"domain_identifier": estate.domain, "data_source_identifier": estate.data_source}

    outcome = run_before(
        local_aws,
        lambda: datazone.start_data_source_run(**where),
        lambda: DataZoneDataSourceRunSensor(task_id="wait", require_lineage=False, **which, **WAITING),
    )

    newest = datazone.list_data_source_runs(**where)["items"][0]
    assert (outcome.state, outcome.tries["wait"]) == ("success", 1)
    assert outcome.values["wait"]["run_id"] == newest["id"]
    assert looks(local_aws, "datazone", "StartDataSourceRun") == 2


def test_an_event_that_is_processed_after_the_first_look(
    estate: EcommerceEstate, local_aws: LocalAws
) -> None:
    local_aws.settings(lineage_seconds=3600)
    posted = local_aws.client("datazone").post_lineage_event(domainIdentifier=estate.domain, event=EVENT)

    outcome = run_before(
        local_aws,
        lambda: local_aws.advance(3600),
        lambda: DataZoneLineageEventSensor(
            task_id="wait", domain_identifier=estate.domain, event_identifier=posted["id"], **WAITING
        ),
    )

    (event,) = outcome.values["wait"]["events"]
    assert (outcome.state, event["event_id"], event["status"]) == ("success", posted["id"], "SUCCESS")
    assert looks(local_aws, "datazone", "GetLineageEvent") >= 2


def test_a_node_that_appears_after_the_first_look(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    datazone = local_aws.client("datazone")

    outcome = run_before(
        local_aws,
        lambda: datazone.post_lineage_event(domainIdentifier=estate.domain, event=EVENT),
        lambda: DataZoneLineageNodeSensor(
            task_id="wait", domain_identifier=estate.domain, node_identifier="s3://clean/orders", **WAITING
        ),
    )

    assert (outcome.state, outcome.values["wait"]["source_identifier"]) == ("success", "s3://clean/orders")
    assert looks(local_aws, "datazone", "GetLineageNode") >= 2


@pytest.mark.parametrize("is_import", [False, True], ids=["a crawl", "an import"])
def test_the_time_counts_from_the_first_look(
    estate: EcommerceEstate, local_aws: LocalAws, is_import: bool
) -> None:
    waiting = {**WAITING, "timeout": 1.0}
    which: dict[str, Any] = {"domain_identifier": estate.domain, "data_source_identifier": estate.data_source}

    def wait() -> BaseOperator:
        if is_import:
            return DataZoneDataSourceRunSensor(task_id="wait", require_lineage=False, **which, **waiting)
        return GlueCrawlSensor(task_id="wait", crawler_name=estate.crawler, **waiting)

    outcome = run_dag(wait, retries=2)

    (error,) = outcome.errors["wait"]
    assert (outcome.state, type(error)) == ("failed", AirflowSensorTimeout)
    assert outcome.tries["wait"] == 1
    assert (
        looks(local_aws, *(("datazone", "ListDataSourceRuns") if is_import else ("glue", "ListCrawls"))) > 1
    )
