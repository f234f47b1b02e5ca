"""The OpenLineage events that Airflow sends of a crawl, against the local AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
from airflow.providers.common.compat.sdk import AssetAlias
from airflow.utils.db import initdb
initdb()
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from tests.integration.dag_running import run_dag

def build():
    for name, deferrable in (("here", False), ("deferred", True)):
        GlueCrawlOperator(
            task_id=name, crawler_name=sys.argv[1], deferrable=deferrable, waiter_delay=0.1, timeout=30,
            aws_conn_id=None, if_running="wait", outlets=[AssetAlias("tables")],
        )
    GlueCrawlOperator(task_id="failing", crawler_name="nobody", aws_conn_id=None)

run_dag(build)
"""


@pytest.fixture
def events(local_aws: LocalAws, tmp_path: Path) -> list[dict[str, Any]]:
    """The events of three tasks: a crawl in the worker, a deferred one, and one that fails."""
    estate = local_aws.seed("ecommerce")
    local_aws.settings(crawl_seconds=0.3, stopping_seconds=0.1)
    path = tmp_path / "events.jsonl"
    transport = {"type": "file", "log_file_path": str(path), "append": True}
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "test",
        "PYTHONPATH": str(ROOT),
    }

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, estate.crawler],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )

    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_airflow_sends_sources_tables_and_the_crawl(
    events: list[dict[str, Any]], local_aws: LocalAws
) -> None:
    ended = {
        event["job"]["name"].split(".")[-1]: event
        for event in events
        if event["eventType"] in {"COMPLETE", "FAIL"}
    }
    added = next(ended[name] for name in ("here", "deferred") if ended[name]["outputs"])

    assert {event["eventType"] for name, event in ended.items() if name in {"here", "deferred"}} == {
        "COMPLETE"
    }
    assert sorted(each["name"].split("/")[-1] for each in added["outputs"]) == [
        "clickstream",
        "ordertransactiontable",
    ]
    assert sorted(each["namespace"].split(":")[0] for each in added["inputs"]) == ["arn", "s3"]
    assert len(added["job"]["facets"]["lineage"]["entries"]) == 2
    crawls = {
        ended[name]["run"]["facets"]["externalQuery"]["externalQueryId"] for name in ("here", "deferred")
    }
    assert len(crawls) == 2
    assert ended["deferred"]["run"]["facets"]["airflowLineage_glueCrawl"]["state"] == "COMPLETED"
    assert ended["failing"]["eventType"] == "FAIL"
    assert ended["failing"]["run"]["facets"]["airflowLineage_glueCrawl"]["crawlerName"] == "nobody"
    assert local_aws.calls()["glue"]["GetTable"] == 2  # once per table, though an asset alias asks, too
