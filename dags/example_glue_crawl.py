"""
Crawl data that was just written, and wait for a crawl that somebody else starts.

**What it shows.** A click event is written to S3. ``crawl`` runs a crawl that started after it, or uses one
that did, and answers for that crawl only. ``wait_for_crawl`` is what a DAG does that leaves the starting to
others, such as the crawler's schedule: it waits for a crawl that has seen the event, whoever started it.
Both return the same facts, and both name the same crawl here.

**What it needs.** A crawler over ``clickstream/`` in a bucket, and an ``aws_default`` connection that may put
objects there and do what :ref:`the guide <howto/operator:GlueCrawlOperator>` lists. The run's parameters name
them. Nothing changes between a real account and the local stack.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, Param, task

from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor

DAG_ID = "example_glue_crawl"

with DAG(
    DAG_ID,
    schedule=None,
    catchup=False,
    doc_md=__doc__,
    tags=["example", "glue"],
    params={
        "crawler_name": Param("GlueLineageCrawler", type="string", description="The Glue crawler."),
        "bucket": Param(type="string", description="Bucket with the click events under clickstream/."),
    },
) as dag:

    @task
    def write_click(bucket: str) -> str:
        """Write a click event; return the time at which it was there: what a crawl must have seen."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        event = {"user_id": "u789", "page": "/checkout", "event_time": "2025-06-04T09:30:00Z"}
        hook = S3Hook()
        hook.load_string(json.dumps(event), "clickstream/checkout.json", bucket_name=bucket, replace=True)
        return datetime.now(tz=UTC).isoformat()

    @task
    def compare(crawl: dict[str, Any], awaited: dict[str, Any]) -> list[str]:
        """Fail unless both tasks tell of the same crawl; return the tables it touched."""
        if crawl["crawl_id"] != awaited["crawl_id"]:
            raise ValueError(f"{crawl['crawl_id']} was run, {awaited['crawl_id']} was awaited.")
        return [*crawl["tables"]["added"], *crawl["tables"]["updated"]]

    written = write_click("{{ params.bucket }}")

    # [START howto_operator_glue_crawl]
    crawl = GlueCrawlOperator(
        task_id="crawl",
        crawler_name="{{ params.crawler_name }}",
        data_as_of="{{ ti.xcom_pull(task_ids='write_click') }}",
        waiter_delay=10,
        timeout=3600,
    )
    # [END howto_operator_glue_crawl]

    # [START howto_sensor_glue_crawl]
    wait_for_crawl = GlueCrawlSensor(
        task_id="wait_for_crawl",
        crawler_name="{{ params.crawler_name }}",
        data_as_of="{{ ti.xcom_pull(task_ids='write_click') }}",
        mode="reschedule",
        waiter_delay=60,
        timeout=6 * 3600,
    )
    # [END howto_sensor_glue_crawl]

    written >> crawl >> wait_for_crawl
    # [START howto_glue_crawl_result]
    compare(crawl.output, wait_for_crawl.output)  # type: ignore[arg-type]
    # [END howto_glue_crawl_result]
