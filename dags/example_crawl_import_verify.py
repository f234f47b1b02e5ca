"""
Crawl, import, prove that the catalog's lineage comes from the data just written, and let the schema grow.

**What it shows.** The e-commerce estate: click events in S3, order transactions in DynamoDB, one AWS Glue
crawler over both, and Amazon SageMaker Catalog (the DataZone API) importing the tables with their lineage.

1. Lineage import is switched on for the data source's connection.
2. An order is written. A crawl that started after it is run, the tables are imported, their lineage is
   extracted and verified: the origin of each table, every column traced, made by *this* crawl, and fresh.
3. The order gains ``customerSegment`` and ``conversionSource``. Crawl, import, extract and verify again.
4. The two lineages are compared: exactly those two columns are new, and the history has both crawls.

**What it needs.** A crawler with an S3 and a DynamoDB target, a SageMaker Catalog project with a Glue data
source over the crawler's database, and an ``aws_default`` connection that may do what the tasks do. The run's
parameters name them. Nothing else changes between a real account and a local one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from airflow.providers.common.compat.sdk import DAG, Param, task

from airflow_lineage_provider.lineage.expectations import AllColumnsTraced, FreshWithin, HasOrigin
from airflow_lineage_provider.operators.datazone import DataZoneEnableLineageOperator
from airflow_lineage_provider.operators.lineage import LineageDiffOperator
from airflow_lineage_provider.task_groups import crawl_import_verify

DAG_ID = "example_crawl_import_verify"
NEW_COLUMNS = {"customersegment", "conversionsource"}

with DAG(
    DAG_ID,
    schedule=None,
    catchup=False,
    doc_md=__doc__,
    tags=["example", "lineage", "glue", "datazone"],
    params={
        "domain_identifier": Param(type="string", description="Id of the SageMaker Catalog domain (dzd…)."),
        "data_source_identifier": Param(type="string", description="Id of the project's Glue data source."),
        "database": Param(type="string", description="The Glue database the crawler writes to."),
        "crawler_name": Param("GlueLineageCrawler", type="string", description="The Glue crawler."),
        "bucket": Param(type="string", description="Bucket with the click events under clickstream/."),
        "orders_table": Param(
            "OrderTransactionTable", type="string", description="DynamoDB table with the orders."
        ),
    },
) as dag:
    CLICKS = "{{ params.database }}.clickstream"
    ORDERS = "{{ params.database }}.{{ params.orders_table | lower }}"

    @task
    def write_order(orders_table: str, extra: dict[str, str]) -> dict[str, str]:
        """Write the order; return the table's ARN, and when it was there: what a crawl must have seen."""
        from airflow.providers.amazon.aws.hooks.dynamodb import DynamoDBHook

        order: dict[str, Any] = {
            "user_id": "u789",
            "order_id": "ord001",
            "product_id": "prod456",
            "order_total": Decimal("79.99"),
            "order_timestamp": "2025-06-04T09:30:00Z",
        }
        dynamodb: Any = DynamoDBHook(table_name=orders_table).get_conn()
        table = dynamodb.Table(orders_table)
        table.put_item(Item=order | extra)
        return {"table_arn": table.table_arn, "data_as_of": datetime.now(tz=UTC).isoformat()}

    def prove(group_id: str, written: Any) -> Any:
        """Crawl, import, extract and verify after an order was written."""
        expectations: list[Any] = [
            HasOrigin(subject=CLICKS, origin="s3://{{ params.bucket }}/clickstream"),
            {"type": "has_origin", "subject": ORDERS, "origin": written["table_arn"]},
        ]
        for table in (CLICKS, ORDERS):
            expectations += [
                AllColumnsTraced(subject=table),
                FreshWithin(subject=table, max_age=timedelta(hours=1)),
            ]
        # [START howto_task_group_crawl_import_verify]
        return crawl_import_verify(
            group_id=group_id,
            crawler_name="{{ params.crawler_name }}",
            domain_identifier="{{ params.domain_identifier }}",
            data_source_identifier="{{ params.data_source_identifier }}",
            data_as_of=written["data_as_of"],
            expectations=expectations,
            deferrable=True,
            waiter_delay=2,
        )
        # [END howto_task_group_crawl_import_verify]

    @task
    def prove_evolution(
        compared: dict[str, Any], crawls: list[dict[str, Any]], orders: str
    ) -> dict[str, Any]:
        """Fail unless exactly the two new columns were added, and the history has both crawls."""
        columns = {table: set(found["added"]) for table, found in compared["columns"].items()}
        if columns != {orders: NEW_COLUMNS}:
            raise ValueError(
                f"Expected {NEW_COLUMNS} to be new in {orders} and nothing else, found {columns}."
            )
        versions = {version["crawl_id"] for version in compared["history"][orders]}
        missing = {crawl["crawl_id"] for crawl in crawls} - versions
        if missing:
            raise ValueError(f"The history of {orders} lacks the crawls {missing}.")
        return {"columns_added": sorted(NEW_COLUMNS), "crawls": [crawl["crawl_id"] for crawl in crawls]}

    switched_on = DataZoneEnableLineageOperator(
        task_id="switch_lineage_import_on",
        domain_identifier="{{ params.domain_identifier }}",
        data_source_identifier="{{ params.data_source_identifier }}",
    )
    order = write_order.override(task_id="write_order")("{{ params.orders_table }}", {})
    first = prove("first", order)
    grown_order = write_order.override(task_id="write_order_with_new_attributes")(
        "{{ params.orders_table }}", {"customerSegment": "premium", "conversionSource": "organic"}
    )
    second = prove("second", grown_order)
    compare = LineageDiffOperator(
        task_id="compare",
        before=first.get_child_by_label("extract").output,
        after=second.get_child_by_label("extract").output,
    )
    both_crawls = [group.get_child_by_label("crawl").output for group in (first, second)]
    switched_on >> order >> first >> grown_order >> second
    compared: Any = compare.output
    prove_evolution(compared, both_crawls, ORDERS)
