"""
Import crawled tables into SageMaker Catalog, and wait for an import that somebody else starts.

**What it shows.** ``run_data_source`` runs a data source and waits until the tables are assets and their
lineage is processed. ``wait_for_run`` is what a DAG does that leaves the starting to others, such as the data
source's schedule: it waits for the first run that started after the crawl. ``wait_for_lineage`` waits until
the graph shows that the table comes from its source, by that very crawl.

**What it needs.** A crawler, and a data source of SageMaker Catalog over its database; an ``aws_default``
connection that may do what :doc:`the guide <howto/datazone>` lists. The run's parameters name them. Nothing
changes between a real account and the local stack.
"""

from __future__ import annotations

from airflow.providers.common.compat.sdk import DAG, Param

from airflow_lineage_provider.operators.datazone import (
    DataZoneDataSourceRunOperator,
    DataZoneEnableLineageOperator,
)
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.sensors.datazone import DataZoneDataSourceRunSensor, DataZoneLineageNodeSensor

DAG_ID = "example_datazone_import"

with DAG(
    DAG_ID,
    schedule=None,
    catchup=False,
    doc_md=__doc__,
    tags=["example", "datazone"],
    params={
        "domain_identifier": Param(type="string", description="Domain of SageMaker Catalog."),
        "data_source_identifier": Param(type="string", description="Data source over the database."),
        "crawler_name": Param("GlueLineageCrawler", type="string", description="The Glue crawler."),
        "source": Param(type="string", description="What is crawled, such as s3://bucket/prefix."),
        "table": Param(type="string", description="ARN of the table that the crawl makes of it."),
    },
) as dag:
    # [START howto_operator_enable_lineage]
    enable_lineage = DataZoneEnableLineageOperator(
        task_id="enable_lineage",
        domain_identifier="{{ params.domain_identifier }}",
        data_source_identifier="{{ params.data_source_identifier }}",
    )
    # [END howto_operator_enable_lineage]

    crawl = GlueCrawlOperator(task_id="crawl", crawler_name="{{ params.crawler_name }}", waiter_delay=10)

    # [START howto_operator_data_source_run]
    run_data_source = DataZoneDataSourceRunOperator(
        task_id="run_data_source",
        domain_identifier="{{ params.domain_identifier }}",
        data_source_identifier="{{ params.data_source_identifier }}",
        data_as_of=crawl.output,
        waiter_delay=10,
        timeout=3600,
    )
    # [END howto_operator_data_source_run]

    # [START howto_sensor_data_source_run]
    wait_for_run = DataZoneDataSourceRunSensor(
        task_id="wait_for_run",
        domain_identifier="{{ params.domain_identifier }}",
        data_source_identifier="{{ params.data_source_identifier }}",
        data_as_of=crawl.output,
        mode="reschedule",
        waiter_delay=60,
        timeout=6 * 3600,
    )
    # [END howto_sensor_data_source_run]

    # [START howto_sensor_lineage_node]
    wait_for_lineage = DataZoneLineageNodeSensor(
        task_id="wait_for_lineage",
        domain_identifier="{{ params.domain_identifier }}",
        node_identifier="{{ params.table }}",
        upstream_identifier="{{ params.source }}",
        crawl_id=crawl.output,
        waiter_delay=10,
        timeout=900,
    )
    # [END howto_sensor_lineage_node]

    enable_lineage >> crawl >> run_data_source >> wait_for_run >> wait_for_lineage
