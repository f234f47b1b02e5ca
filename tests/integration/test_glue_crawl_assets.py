"""What Airflow is told of the tables of a crawl, against the local AWS."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import Asset, AssetAlias

from airflow_lineage_provider.assets import create_asset
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from tests.integration.dag_running import DagOutcome, run_dag

pytestmark = pytest.mark.usefixtures("airflow_database")
BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
TABLE = "ordertransactiontable"


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    return seeded


def crawl(
    estate: EcommerceEstate, *, deferrable: bool = False, outlets: list[Any] | None = None
) -> tuple[DagOutcome, dict[str, dict[str, Any]]]:
    """Run the crawler in a DAG; return the outcome and the extra of each asset event by the asset's URI."""
    before = _newest_event()
    declared = [AssetAlias("tables")] if outlets is None else outlets
    outcome = run_dag(
        lambda: GlueCrawlOperator(
            task_id="crawl",
            crawler_name=estate.crawler,
            aws_conn_id=None,
            waiter_delay=0.05,
            timeout=30,
            deferrable=deferrable,
            outlets=declared,
        )
    )
    assert outcome.state == "success"
    return outcome, _events_since(before)


def _newest_event() -> int:
    """Return the id of the newest asset event."""
    return max((event.id for event in _rows()), default=0)


def _events_since(newest: int) -> dict[str, dict[str, Any]]:
    return {event.uri: event.extra for event in _rows() if event.id > newest}


def _rows() -> list[Any]:
    """Read all asset events."""
    from airflow.utils.session import create_session
    from sqlalchemy import select

    model: Any
    try:
        model = import_module("airflow.models.asset").AssetEvent
    except ImportError:  # Airflow 2
        model = import_module("airflow.models.dataset").DatasetEvent
    with create_session() as session:
        events = list(session.scalars(select(model)))
        for event in events:
            _ = event.uri  # loads the asset, too
        session.expunge_all()
        return events


def uri_of(estate: EcommerceEstate, table: str) -> str:
    """Return the URI of a table of the estate."""
    return create_asset(region="us-east-1", account="123456789012", database=estate.database, table=table).uri


def add_column(local_aws: LocalAws, estate: EcommerceEstate) -> None:
    """Let the schema of the orders grow."""
    item = {"user_id": {"S": "u"}, "order_id": {"S": "o"}, "segment": {"S": "premium"}}
    local_aws.client("dynamodb").put_item(TableName=estate.dynamodb_table, Item=item)


@BOTH
def test_every_new_table_is_an_event(estate: EcommerceEstate, deferrable: bool) -> None:
    outcome, events = crawl(estate, deferrable=deferrable)

    result = outcome.values["crawl"]
    assert set(events) == {uri_of(estate, "clickstream"), uri_of(estate, TABLE)}
    extra = events[uri_of(estate, TABLE)]
    assert len(extra.pop("schema_fingerprint")) == 64
    assert extra == {
        "crawler_name": estate.crawler,
        "crawl_id": result["crawl_id"],
        "state": "COMPLETED",
        "joined": False,
        "started_at": result["started_at"],
        "ended_at": result["ended_at"],
        "database": estate.database,
        "table": TABLE,
        "change": "added",
        "previous_schema_fingerprint": None,
        "schema_changed": True,
    }


@BOTH
def test_a_changed_schema_is_told(estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool) -> None:
    _, first = crawl(estate)
    add_column(local_aws, estate)

    _, second = crawl(estate, deferrable=deferrable)

    (extra,) = second.values()
    assert (extra["change"], extra["schema_changed"]) == ("updated", True)
    assert extra["previous_schema_fingerprint"] == first[uri_of(estate, TABLE)]["schema_fingerprint"]
    assert extra["schema_fingerprint"] != extra["previous_schema_fingerprint"]


def test_without_the_right_to_read_versions_it_is_unknown(
    estate: EcommerceEstate, local_aws: LocalAws
) -> None:
    crawl(estate)
    add_column(local_aws, estate)
    local_aws.fault(service="glue", operation="GetTableVersions", error_code="AccessDeniedException", times=9)

    _, events = crawl(estate)

    (extra,) = events.values()
    assert extra["schema_changed"] is None
    assert len(extra["schema_fingerprint"]) == 64


def test_without_the_right_to_read_tables_there_are_events_all_the_same(
    estate: EcommerceEstate, local_aws: LocalAws
) -> None:
    local_aws.fault(service="glue", operation="GetTable", error_code="AccessDeniedException", times=9)

    _, events = crawl(estate)

    assert {extra["schema_fingerprint"] for extra in events.values()} == {None}
    assert set(events) == {uri_of(estate, "clickstream"), uri_of(estate, TABLE)}


def test_a_crawl_that_changes_nothing_is_no_event(estate: EcommerceEstate) -> None:
    crawl(estate)

    _, events = crawl(estate)

    assert events == {}


def test_a_deleted_table_is_an_event(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    local_aws.client("glue").update_crawler(
        Name=estate.crawler,
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DELETE_FROM_DATABASE"},
    )
    crawl(estate)
    s3 = local_aws.client("s3")
    for row in s3.list_objects_v2(Bucket=estate.bucket, Prefix="clickstream/")["Contents"]:
        s3.delete_object(Bucket=estate.bucket, Key=row["Key"])

    _, events = crawl(estate)

    (extra,) = events.values()
    assert (extra["table"], extra["change"]) == ("clickstream", "deleted")
    assert (extra["schema_fingerprint"], extra["schema_changed"]) == (None, True)


def test_without_an_alias_no_table_is_read(estate: EcommerceEstate, local_aws: LocalAws) -> None:
    outcome, events = crawl(estate, outlets=[Asset("x-shop://orders")])

    assert events["x-shop://orders"]["crawl_id"] == outcome.values["crawl"]["crawl_id"]
    assert events["x-shop://orders"]["tables"] == outcome.values["crawl"]["tables"]
    assert not {"GetTable", "GetTableVersions"} & set(local_aws.calls()["glue"])
