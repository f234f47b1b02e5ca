"""Tables, crawls and events with sensible defaults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.state import Domain
from airflow_lineage_provider.local_aws.services.glue.reading import CrawlRecord

NOON = datetime(2025, 6, 4, 12, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
REGION = "us-east-1"
PLACE = {"region": REGION, "account": ACCOUNT}
CRAWL_ID = "7d3c1c8a-6a0e-4c0e-9f6b-2f8f3b6a1e55"


def make_domain(**overrides: Any) -> Domain:
    """An empty domain."""
    facts: dict[str, Any] = {
        "id": "dzd-test",
        "name": "test",
        "arn": f"arn:aws:datazone:{REGION}:{ACCOUNT}:domain/dzd-test",
        "version": "V2",
        "root_unit_id": "root",
        "settings": {},
        "tags": {},
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Domain(**facts | overrides)


def make_table(**overrides: Any) -> dict[str, Any]:
    """A crawled JSON table whose field names have capitals, with one partition key."""
    parameters = {"UPDATED_BY_CRAWLER": "clicks", "CRAWL_RUN_ID": CRAWL_ID, "classification": "json"}
    return {
        "Name": "clickstream",
        "DatabaseName": "lab_db",
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {
            "Columns": [{"Name": "sessionid", "Type": "string"}, {"Name": "amount", "Type": "double"}],
            "Location": "s3://shop/clickstream/",
            "SerdeInfo": {"Parameters": {"paths": "amount,sessionId"}},
        },
        "PartitionKeys": [{"Name": "year", "Type": "string"}],
        "Parameters": parameters,
    } | overrides


def make_dynamodb_table() -> dict[str, Any]:
    """A crawled DynamoDB table: the catalog keeps the spelling of its keys only."""
    columns = [{"Name": name, "Type": "string"} for name in ("userid", "orderid", "customersegment")]
    return make_table(
        Name="orders",
        StorageDescriptor={
            "Columns": columns,
            "Location": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Orders",
            "SerdeInfo": {},
        },
        PartitionKeys=[],
        Parameters={"classification": "dynamodb", "hashKey": "userId", "rangeKey": "orderId"},
    )


def make_crawl(**overrides: Any) -> CrawlRecord:
    """A crawl that took a minute and ended at noon."""
    facts: dict[str, Any] = {
        "crawl_id": CRAWL_ID,
        "crawler_name": "clicks",
        "state": "COMPLETED",
        "started_at": NOON - timedelta(minutes=1),
        "ended_at": NOON,
        "table_count": 1,
        "error_message": None,
    }
    return CrawlRecord(**facts | overrides)


def make_event(**overrides: Any) -> dict[str, Any]:
    """A COMPLETE event of run r1: in/raw → etl.load → out/clean."""
    return {
        "eventType": "COMPLETE",
        "eventTime": "2025-06-04T12:00:00Z",
        "producer": "https://example.com",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "r1"},
        "job": {"namespace": "etl", "name": "load"},
        "inputs": [{"namespace": "in", "name": "raw"}],
        "outputs": [{"namespace": "out", "name": "clean"}],
    } | overrides
