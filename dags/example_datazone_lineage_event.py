"""
Tell SageMaker Catalog what a job of your own read and wrote, and wait until its graph shows it.

**What it shows.** ``describe_run`` makes an OpenLineage run event of a report that is computed from a crawled
table. ``post_event`` checks it, posts it and waits until it is processed; an event that is too large for AWS
is posted in parts. ``wait_for_edge`` waits until the report is downstream of the table.

**What it needs.** A domain of SageMaker Catalog, and an ``aws_default`` connection that may do what
:doc:`the guide <howto/datazone>` lists. The run's parameters name the domain and the table. Nothing changes
between a real account and the local stack.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, Param, task

from airflow_lineage_provider.operators.datazone import DataZonePostLineageEventOperator
from airflow_lineage_provider.sensors.datazone import DataZoneLineageEventSensor, DataZoneLineageNodeSensor

DAG_ID = "example_datazone_lineage_event"
REPORT = {"namespace": "s3://reports", "name": "daily/orders"}

with DAG(
    DAG_ID,
    schedule=None,
    catchup=False,
    doc_md=__doc__,
    tags=["example", "datazone"],
    params={
        "domain_identifier": Param(type="string", description="Domain of SageMaker Catalog."),
        "table": Param(type="string", description="ARN of the Glue table that the report is made of."),
    },
) as dag:

    @task
    def describe_run(table: str, job_run: str) -> dict[str, Any]:
        """Return the event: which table went into the report, and which column into which."""
        namespace, _, name = table.partition(":table/")
        source = {"namespace": f"{namespace}:table", "name": name}
        traced = {"inputFields": [{**source, "field": "order_total"}]}
        return {
            "eventType": "COMPLETE",
            "eventTime": datetime.now(tz=UTC).isoformat(),
            "producer": "https://example.com/reports",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": job_run},
            "job": {"namespace": "reports", "name": "daily_orders"},
            "inputs": [source],
            "outputs": [
                {
                    **REPORT,
                    "facets": {
                        "schema": {"fields": [{"name": "revenue", "type": "double"}]},
                        "columnLineage": {"fields": {"revenue": traced}},
                    },
                }
            ],
        }

    event: Any = describe_run("{{ params.table }}", "{{ run_id }}")

    # [START howto_operator_post_lineage_event]
    post_event = DataZonePostLineageEventOperator(
        task_id="post_event",
        domain_identifier="{{ params.domain_identifier }}",
        event=event,
        wait_for_completion=False,
    )
    # [END howto_operator_post_lineage_event]

    # [START howto_sensor_lineage_event]
    wait_for_event = DataZoneLineageEventSensor(
        task_id="wait_for_event",
        domain_identifier="{{ params.domain_identifier }}",
        event_identifier=post_event.output,
        waiter_delay=5,
        timeout=900,
    )
    # [END howto_sensor_lineage_event]

    wait_for_edge = DataZoneLineageNodeSensor(
        task_id="wait_for_edge",
        domain_identifier="{{ params.domain_identifier }}",
        node_identifier=f"{REPORT['namespace']}/{REPORT['name']}",
        upstream_identifier="{{ params.table }}",
        waiter_delay=5,
        timeout=900,
    )

    wait_for_event >> wait_for_edge
