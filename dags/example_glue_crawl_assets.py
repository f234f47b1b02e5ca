"""
Crawl in one DAG, and act in another one only when the schema of a table has changed.

**What it shows.** ``example_glue_crawl_assets`` runs a crawl. Every table that the crawl added, updated or
deleted is an asset event, found through the alias ``glue-tables``: nobody needs to know the tables before.
``example_glue_crawl_assets_reaction`` is scheduled on that alias. It looks at what the events say of the
schemas, and skips what follows if none has changed.

**What it needs.** A crawler, named by the run's parameter, and an ``aws_default`` connection that may run it
and read its tables (``glue:GetTable``, ``glue:GetTableVersions``).
"""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import DAG, AirflowSkipException, AssetAlias, Param, task

from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator

# [START howto_assets_crawl]
TABLES = AssetAlias("glue-tables")

with DAG(
    "example_glue_crawl_assets",
    schedule=None,
    catchup=False,
    doc_md=__doc__,
    tags=["example", "glue", "assets"],
    params={"crawler_name": Param("GlueLineageCrawler", type="string", description="The Glue crawler.")},
) as dag:
    GlueCrawlOperator(
        task_id="crawl",
        crawler_name="{{ params.crawler_name }}",
        outlets=[TABLES],
        waiter_delay=5,
        deferrable=True,
    )
# [END howto_assets_crawl]

# [START howto_assets_reaction]
with DAG(
    "example_glue_crawl_assets_reaction",
    schedule=[TABLES],
    catchup=False,
    doc_md=__doc__,
    tags=["example", "glue", "assets"],
) as reaction:

    @task
    def find_changed_schemas(**context: Any) -> list[dict[str, Any]]:
        """Return what is told of the tables whose schema changed, or is not known to be the same."""
        events = context["triggering_asset_events"][TABLES]
        changed = [event.extra for event in events if event.extra["schema_changed"] is not False]
        if not changed:
            raise AirflowSkipException("The crawl changed no schema.")
        return changed

    @task
    def act(changed: list[dict[str, Any]]) -> list[str]:
        """Do what a changed schema calls for; here, name the tables."""
        return sorted({f"{table['database']}.{table['table']} was {table['change']}" for table in changed})

    act(find_changed_schemas())  # type: ignore[arg-type]
# [END howto_assets_reaction]
