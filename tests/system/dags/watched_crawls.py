"""A DAG that every crawl of a crawler starts, whoever started the crawl."""

from __future__ import annotations

import os
from typing import Any

from airflow.sdk import DAG, Asset, AssetWatcher, task

from airflow_lineage_provider.triggers.glue_crawl_event import GlueCrawlEventTrigger

CRAWLS = Asset(
    "watched crawls",
    watchers=[
        AssetWatcher(
            name="watched crawls",
            trigger=GlueCrawlEventTrigger(crawler_name=os.environ["WATCHED_CRAWLER"], waiter_delay=1),
        )
    ],
)

with DAG("watched_crawls", schedule=[CRAWLS], catchup=False) as dag:

    @task
    def tell(**context: Any) -> list[str]:
        """Return the crawls that started this run."""
        return [event.extra["payload"]["crawl_id"] for event in context["triggering_asset_events"][CRAWLS]]

    tell()
