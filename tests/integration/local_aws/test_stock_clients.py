"""Clients that we did not write work unmodified against the local stack."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    return local_aws.seed("ecommerce")


def _aws_cli(aws: LocalAws, *arguments: str) -> Any:
    """Run the AWS CLI of this environment and return the JSON it prints."""
    command = [str(Path(sys.executable).with_name("aws")), *arguments, "--output", "json"]
    environment = {**os.environ, **aws.environment, "AWS_PAGER": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.mark.airflow3
class TestAwsCli:
    """The AWS CLI, a process of its own."""

    def test_runs_a_crawler_and_reads_its_table(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        _aws_cli(local_aws, "glue", "start-crawler", "--name", estate.crawler)
        state = ""
        while state != "COMPLETED":
            listed = _aws_cli(local_aws, "glue", "list-crawls", "--crawler-name", estate.crawler)
            state = listed["Crawls"][0]["State"]
            assert state in ("RUNNING", "COMPLETED")

        table = _aws_cli(
            local_aws, "glue", "get-table", "--database-name", estate.database, "--name", "clickstream"
        )

        columns = [column["Name"] for column in table["Table"]["StorageDescriptor"]["Columns"]]
        assert columns == ["session_id", "user_id", "event_type", "product_id", "timestamp"]

    def test_posts_and_reads_a_lineage_event(
        self, local_aws: LocalAws, estate: EcommerceEstate, tmp_path: Path
    ) -> None:
        event = {
            "eventType": "COMPLETE",
            "eventTime": "2025-06-04T09:31:12.345Z",
            "producer": "https://example.com/producer",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": "7d3c1c8a-6a0e-4c0e-9f6b-2f8f3b6a1e55"},
            "job": {"namespace": "xyz", "name": "transform"},
            "inputs": [{"namespace": "xyz", "name": "raw"}],
            "outputs": [{"namespace": "xyz", "name": "clean"}],
        }
        sent = tmp_path / "event.json"
        sent.write_text(json.dumps(event))
        read = tmp_path / "read.json"
        domain = ("--domain-identifier", estate.domain)

        posted = _aws_cli(local_aws, "datazone", "post-lineage-event", *domain, "--event", f"fileb://{sent}")
        facts = _aws_cli(
            local_aws, "datazone", "get-lineage-event", *domain, "--identifier", posted["id"], str(read)
        )

        assert json.loads(read.read_text()) == event
        assert facts["processingStatus"] in ("REQUESTED", "PROCESSING", "SUCCESS")
        assert facts["eventTime"] == "Wed, 04 Jun 2025 09:31:12 GMT"  # the CLI prints the header as sent

    def test_is_told_the_aws_error_for_an_unknown_crawler(self, local_aws: LocalAws) -> None:
        with pytest.raises(RuntimeError, match=r"EntityNotFoundException.*Crawler with name nobody does not"):
            _aws_cli(local_aws, "glue", "start-crawler", "--name", "nobody")


@pytest.mark.airflow3
class TestAmazonProvider:
    """The Amazon provider's own crawler classes."""

    def test_run_operator_waits_for_the_crawl(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerRunOperator

        operator = GlueCrawlerRunOperator(
            task_id="run", crawler_name=estate.crawler, aws_conn_id=None, poll_interval=1
        )
        local_aws.settings(crawl_seconds=0.2, stopping_seconds=0.1)

        result = operator.execute({})

        assert result == estate.crawler
        tables = local_aws.client("glue").get_tables(DatabaseName=estate.database)["TableList"]
        assert {table["Name"] for table in tables} == {"clickstream", "ordertransactiontable"}

    def test_sensor_sees_the_end_of_the_crawl(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        from airflow.providers.amazon.aws.sensors.glue_crawler import GlueCrawlerSensor

        sensor = GlueCrawlerSensor(task_id="sense", crawler_name=estate.crawler, aws_conn_id=None)
        sensor.hook.get_crawler(estate.crawler)  # the first call makes the client, which takes its time
        local_aws.settings(crawl_seconds=3)
        local_aws.client("glue").start_crawler(Name=estate.crawler)

        seen = [sensor.poke({})]
        while not seen[-1]:
            seen.append(sensor.poke({}))

        assert (seen[0], seen[-1]) == (False, True)

    def test_trigger_fires_when_the_crawl_ends(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        from airflow.providers.amazon.aws.triggers.glue_crawler import GlueCrawlerCompleteTrigger

        trigger = GlueCrawlerCompleteTrigger(
            crawler_name=estate.crawler, aws_conn_id=None, waiter_delay=1, waiter_max_attempts=20
        )
        local_aws.settings(crawl_seconds=0.3)
        local_aws.client("glue").start_crawler(Name=estate.crawler)

        async def first_event() -> Any:
            running: Any = trigger.run()
            async with contextlib.aclosing(running) as events:
                return await anext(events)

        event = asyncio.run(first_event())

        assert event.payload["status"] == "success"


class TestOpenLineageTransport:
    """OpenLineage's own DataZone transport."""

    def test_emits_into_the_catalog(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        from openlineage.client import OpenLineageClient
        from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
        from openlineage.client.transport.amazon_datazone import AmazonDataZoneConfig, AmazonDataZoneTransport

        local_aws.settings(lineage_seconds=0)
        config = AmazonDataZoneConfig.from_dict(
            {"domainId": estate.domain, "endpointOverride": local_aws.endpoint_url}
        )
        client = OpenLineageClient(transport=AmazonDataZoneTransport(config))
        run_id = "7d3c1c8a-6a0e-4c0e-9f6b-2f8f3b6a1e55"

        client.emit(
            RunEvent(
                eventType=RunState.COMPLETE,
                eventTime="2025-06-04T09:31:12Z",
                run=Run(runId=run_id),
                job=Job(namespace="airflow", name="dag.task"),
                inputs=[InputDataset(namespace="s3://raw", name="orders")],
                outputs=[OutputDataset(namespace="s3://clean", name="orders")],
                producer="https://example.com",
            )
        )

        node = _wait_for_node(local_aws, estate.domain, f"airflow.dag.task/{run_id}")
        assert (len(node["upstreamNodes"]), len(node["downstreamNodes"])) == (1, 1)


def _wait_for_node(aws: LocalAws, domain: str, identifier: str) -> Any:
    datazone = aws.client("datazone")
    while True:
        try:
            return datazone.get_lineage_node(domainIdentifier=domain, identifier=identifier)
        except datazone.exceptions.ResourceNotFoundException:
            continue


class TestBoto3:
    """boto3's own paginators and generated exceptions."""

    def test_paginates_crawlers(self, local_aws: LocalAws, estate: EcommerceEstate) -> None:
        glue = local_aws.client("glue")
        for number in range(25):
            glue.create_crawler(
                Name=f"c{number:02}",
                Role="r",
                DatabaseName="db",
                Targets={"S3Targets": [{"Path": f"s3://{estate.bucket}/clickstream/"}]},
            )

        pages = list(glue.get_paginator("get_crawlers").paginate(PaginationConfig={"PageSize": 10}))

        assert [len(page["Crawlers"]) for page in pages] == [10, 10, 6]

    def test_raises_the_modelled_exception(self, local_aws: LocalAws) -> None:
        datazone = local_aws.client("datazone")

        with pytest.raises(datazone.exceptions.ResourceNotFoundException):
            datazone.get_domain(identifier="dzd-nowhere0000001")
