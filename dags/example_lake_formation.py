"""
Let a crawler's role make tables where Lake Formation governs the database, for as long as it crawls.

**What it shows.** ``grant`` gives the role what it needs on the database, ``crawl`` runs the crawler, and
``revoke`` takes it back as a teardown task: also when the crawl fails, and without hiding that it failed. All
of it can be run again and again.

**What it needs.** A crawler and its role, and an ``aws_default`` connection that may do what
:doc:`the guide <howto/lake-formation>` lists. The run's parameters name them. Nothing changes between a real
account and the local stack.
"""

from __future__ import annotations

from airflow.providers.common.compat.sdk import DAG, Param

from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.operators.lake_formation import (
    LakeFormationGrantPermissionsOperator,
    LakeFormationRevokePermissionsOperator,
)

DAG_ID = "example_lake_formation"

with DAG(
    DAG_ID,
    schedule=None,
    catchup=False,
    doc_md=__doc__,
    tags=["example", "lake formation"],
    params={
        "crawler_name": Param("GlueLineageCrawler", type="string", description="The Glue crawler."),
        "role_arn": Param(type="string", description="ARN of its role."),
        "database": Param(type="string", description="Database that it makes tables in."),
    },
) as dag:
    # [START howto_operator_grant_permissions]
    grant = LakeFormationGrantPermissionsOperator(
        task_id="grant",
        principal="{{ params.role_arn }}",
        resource={"Database": {"Name": "{{ params.database }}"}},
        permissions=["CREATE_TABLE", "DESCRIBE"],
    )
    # [END howto_operator_grant_permissions]

    crawl = GlueCrawlOperator(task_id="crawl", crawler_name="{{ params.crawler_name }}", waiter_delay=10)

    # [START howto_operator_revoke_permissions]
    revoke = LakeFormationRevokePermissionsOperator(
        task_id="revoke",
        principal="{{ params.role_arn }}",
        resource={"Database": {"Name": "{{ params.database }}"}},
        permissions=["CREATE_TABLE", "DESCRIBE"],
    )
    # [END howto_operator_revoke_permissions]

    grant >> crawl >> revoke.as_teardown(setups=grant)
