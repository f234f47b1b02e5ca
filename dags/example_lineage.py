"""
Read the lineage of a table, keep it, check it, and go on by whether it changed.

**What it shows.** For a table that Amazon SageMaker Catalog (the DataZone API) knows already:

1. Its lineage is read and kept as a snapshot: the graph, the raw OpenLineage events, the crawls.
2. It is verified: every column is traced to a source, and a crawl of the last two days made the table.
3. It is compared with the lineage as it was ``since``. A schema that its readers do not survive fails the
   task; otherwise one branch is taken if anything changed, the other one if not.

Nothing is started and nothing in AWS is changed, but for the snapshot's file.

**What it needs.** The domain, the table as ``database.table``, a folder for the snapshots
(``s3://bucket/prefix``, or a path that all workers have), and an ``aws_default`` connection that may read.
The guide lists the actions.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG, Param, task

from airflow_lineage_provider.lineage.expectations import AllColumnsTraced, FreshWithin
from airflow_lineage_provider.operators.lineage import (
    LineageDiffOperator,
    LineageExtractOperator,
    LineageVerifyOperator,
)

with DAG(
    "example_lineage",
    schedule=None,
    catchup=False,
    doc_md=__doc__,
    tags=["example", "lineage", "datazone"],
    params={
        "domain_identifier": Param(type="string", description="Id of the SageMaker Catalog domain (dzd…)."),
        "table": Param(type="string", description="The table, as database.table."),
        "snapshots": Param(type="string", description="Folder of the snapshots: s3://bucket/prefix."),
        "since": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="Compare with the lineage as it was then; default: a day ago.",
        ),
    },
) as dag:
    # [START howto_operator_lineage_extract]
    extract = LineageExtractOperator(
        task_id="extract",
        domain_identifier="{{ params.domain_identifier }}",
        tables="{{ params.table }}",
        snapshot_path="{{ params.snapshots }}/{{ run_id }}.json",
    )
    # [END howto_operator_lineage_extract]

    # [START howto_operator_lineage_verify]
    verify = LineageVerifyOperator(
        task_id="verify",
        snapshot=extract.output,
        expectations=[
            AllColumnsTraced(subject="{{ params.table }}"),
            FreshWithin(subject="{{ params.table }}", max_age=timedelta(days=2)),
        ],
    )
    # [END howto_operator_lineage_verify]

    # [START howto_operator_lineage_diff]
    compare = LineageDiffOperator(
        task_id="compare",
        domain_identifier="{{ params.domain_identifier }}",
        tables="{{ params.table }}",
        before="{{ params.since or (ti.start_date - macros.timedelta(days=1)).isoformat() }}",
        after=extract.output,
        compatibility="BACKWARD",
        follow_task_ids_if_changed="tell_what_changed",
        follow_task_ids_if_unchanged="nothing_changed",
    )
    # [END howto_operator_lineage_diff]

    @task
    def tell_what_changed(compared: dict[str, Any]) -> list[str]:
        """Return one sentence per change; a message to the table's owner would go out here."""
        return [change["description"] for change in compared["changes"]]

    @task
    def nothing_changed() -> None:
        """Go on with what needs no new look at the schema."""

    verify >> compare
    compared: Any = compare.output
    tell_what_changed(compared)
    compare >> nothing_changed()
