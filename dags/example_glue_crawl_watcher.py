"""
Start a DAG when any crawl of a crawler ends: scheduled by Glue, run by hand or by another DAG.

**What it shows.** A watcher in the triggerer looks at the crawler's history. Each crawl that completes is an
event of the asset, and starts this DAG with what the crawl did.

**What it needs.** Airflow 3, a crawler named by the environment variable ``EXAMPLE_CRAWLER`` (a watcher
belongs to a DAG, not to a run, so there is no parameter), and an ``aws_default`` connection that may read it.
"""

from __future__ import annotations

import os
from typing import Any

from airflow.providers.common.compat.sdk import DAG, AirflowSkipException, Asset, task

try:
    from airflow.sdk import AssetWatcher
except ImportError:
    raise AirflowSkipException("Watchers need Airflow 3.") from None

from airflow_lineage_provider.triggers.glue_crawl_event import GlueCrawlEventTrigger

# [START howto_assets_watcher]
CRAWLS = Asset(
    "crawls of the lineage crawler",
    watchers=[
        AssetWatcher(
            name="ended crawls",
            trigger=GlueCrawlEventTrigger(
                crawler_name=os.environ.get("EXAMPLE_CRAWLER", "GlueLineageCrawler"),
                states=["COMPLETED"],
                waiter_delay=30,
            ),
        )
    ],
)

with DAG(
    "example_glue_crawl_watcher",
    schedule=[CRAWLS],
    catchup=False,
    doc_md=__doc__,
    tags=["example", "glue", "assets"],
) as dag:

    @task
    def tell(**context: Any) -> list[str]:
        """Return the crawls that started this run."""
        events = context["triggering_asset_events"][CRAWLS]
        return [event.extra["payload"]["crawl_id"] for event in events]

    tell()
# [END howto_assets_watcher]
