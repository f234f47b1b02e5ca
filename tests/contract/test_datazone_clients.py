"""Clients we did not write talk to the service unmodified, over HTTP and in process."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import Any

import boto3
import moto.backend_index
import pytest
from moto import mock_aws
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.transport.amazon_datazone import AmazonDataZoneConfig, AmazonDataZoneTransport

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services import datazone
from tests.contract.datazone_estate import Estate, make_estate, run_event

_RUN_ID = "d2e7c111-8f3c-4f5b-9ebd-cb1d7995082a"


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _openlineage_event() -> RunEvent:
    return RunEvent(
        eventType=RunState.COMPLETE,
        eventTime=datetime(2024, 5, 4, 10, 15, 30, tzinfo=UTC).isoformat(),
        run=Run(runId=_RUN_ID),
        job=Job(namespace="xyz.analytics", name="transform_sales_data"),
        producer="https://github.com/OpenLineage/OpenLineage",
        inputs=[InputDataset(namespace="xyz.analytics", name="raw_sales")],
        outputs=[OutputDataset(namespace="xyz.analytics", name="clean_sales")],
    )


def test_openlineage_transport_posts_events(estate: Estate) -> None:
    config = AmazonDataZoneConfig(domain_id=estate.domain, endpoint_override=estate.aws.endpoint_url)
    transport = AmazonDataZoneTransport(config)

    transport.emit(_openlineage_event())
    transport.close()

    run = estate.node(f"xyz.analytics.transform_sales_data/{_RUN_ID}")
    assert estate.identifiers(run["upstreamNodes"]) == ["xyz.analytics/raw_sales"]
    assert estate.identifiers(run["downstreamNodes"]) == ["xyz.analytics/clean_sales"]


def test_openlineage_transport_reports_a_refusal(estate: Estate) -> None:
    config = AmazonDataZoneConfig(domain_id="dzd-doesnotexist", endpoint_override=estate.aws.endpoint_url)
    transport = AmazonDataZoneTransport(config)

    with pytest.raises(RuntimeError, match="Failed to send lineage event"):
        transport.emit(_openlineage_event())

    transport.close()


def test_service_works_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_lineage_provider.local_aws.install import install

    monkeypatch.delenv("AWS_ENDPOINT_URL")
    install()
    with mock_aws():
        client: Any = boto3.client("datazone", region_name="us-east-1")
        domain = client.create_domain(name="in process")["id"]
        body = json.dumps(run_event(inputs=["s3://bucket/a"])).encode()
        event = client.post_lineage_event(domainIdentifier=domain, event=body)["id"]
        identifier = f"x/{'y' * 10}"
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_lineage_node(domainIdentifier=domain, identifier=identifier)

        def read() -> Any:
            return client.get_lineage_event(domainIdentifier=domain, identifier=event)

        while read()["processingStatus"] != "SUCCESS":
            pass
        node = client.get_lineage_node(domainIdentifier=domain, identifier="s3://bucket/a")

        assert read()["event"].read() == body
        assert node["sourceIdentifier"] == "s3://bucket/a"
        assert client.list_domains()["items"][0]["id"] == domain


def test_installing_twice_changes_nothing() -> None:
    datazone.install()
    before = list(moto.backend_index.backend_url_patterns)

    datazone.install()

    assert moto.backend_index.backend_url_patterns == before


def test_many_clients_at_once_lose_nothing(estate: Estate) -> None:
    estate.aws.settings(lineage_seconds=0.05)

    def post(number: int) -> None:
        client = estate.aws.client("datazone")
        for each in range(10):
            event = run_event(run=f"{number}-{each}", minute=number * 10 + each)
            client.post_lineage_event(domainIdentifier=estate.domain, event=json.dumps(event).encode())

    threads = [threading.Thread(target=post, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    paginator = estate.client.get_paginator("list_lineage_events")

    def listed(status: str) -> int:
        pages = paginator.paginate(domainIdentifier=estate.domain, processingStatus=status)
        return sum(len(page["items"]) for page in pages)

    while listed("SUCCESS") < 60:
        assert listed("FAILED") == 0
    history = estate.client.get_paginator("list_lineage_node_history")
    pages = history.paginate(domainIdentifier=estate.domain, identifier="out/clean")
    assert sum(len(page["nodes"]) for page in pages) == 60
