"""``example_lineage``: what it keeps, and which branch it takes, against the local AWS stack."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.lineage.snapshot import Snapshot
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from tests.integration.dag_running import DagOutcome, aws_connection, load_example, run_made_dag

pytestmark = [pytest.mark.airflow3, pytest.mark.usefixtures("airflow_database")]

GROWN = {"user_id": {"S": "u790"}, "order_id": {"S": "ord002"}, "customerSegment": {"S": "premium"}}


@pytest.fixture
def estate(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> EcommerceEstate:
    """The e-commerce estate, crawled and imported with its lineage."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.client("datazone").update_connection(
        domainIdentifier=seeded.domain,
        identifier=seeded.connection,
        props={"lakehouseProperties": {"glueLineageSyncEnabled": True}},
    )
    crawl_and_import(local_aws, seeded)
    return seeded


def crawl_and_import(aws: LocalAws, estate: EcommerceEstate) -> None:
    """Crawl and import; both are over when the clock has gone on."""
    aws.client("glue").start_crawler(Name=estate.crawler)
    aws.advance(1)
    aws.client("datazone").start_data_source_run(
        domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
    )
    aws.advance(1)


def run_example(estate: EcommerceEstate, folder: Path, since: datetime | None = None) -> DagOutcome:
    """Run the DAG for the orders."""
    conf: dict[str, Any] = {
        "domain_identifier": estate.domain,
        "table": f"{estate.database}.ordertransactiontable",
        "snapshots": str(folder),
    }
    if since is not None:
        conf["since"] = since.isoformat()
    return run_made_dag(load_example("example_lineage").dag, conf=conf)


def test_keeps_the_lineage_and_tells_that_the_table_is_new(estate: EcommerceEstate, tmp_path: Path) -> None:
    outcome = run_example(estate, tmp_path)

    assert outcome.state == "success"
    assert outcome.states["nothing_changed"] == "skipped"
    kept = Snapshot.from_dict(json.loads(Path(outcome.values["extract"]["snapshot_path"]).read_text()))
    assert len(kept.crawls) == 1
    assert any("user_id" in change for change in outcome.values["tell_what_changed"])


def test_goes_on_by_whether_anything_changed_since(
    estate: EcommerceEstate, local_aws: LocalAws, tmp_path: Path
) -> None:
    since = local_aws.now()

    same = run_example(estate, tmp_path, since)
    local_aws.client("dynamodb").put_item(TableName=estate.dynamodb_table, Item=GROWN)
    crawl_and_import(local_aws, estate)
    grown = run_example(estate, tmp_path, since)

    assert (same.states["tell_what_changed"], same.states["nothing_changed"]) == ("skipped", "success")
    assert (grown.states["tell_what_changed"], grown.states["nothing_changed"]) == ("success", "skipped")
    assert all("customersegment" in change for change in grown.values["tell_what_changed"])
