"""
Which crawled tables get a lineage event in a data-source run, and which event.

The way is table → crawler → crawl history: the table's parameters name its crawler and its latest crawl.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage import MAX_EVENT_BYTES
from airflow_lineage_provider.local_aws.services.datazone.assumptions import MAX_CRAWLED_TABLES
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.crawl_events import crawl_event
from airflow_lineage_provider.local_aws.services.datazone.event_processing import submit
from airflow_lineage_provider.local_aws.services.datazone.state import Activity, Domain
from airflow_lineage_provider.local_aws.services.glue import reading
from airflow_lineage_provider.local_aws.services.glue.reading import CrawlRecord

__all__ = ["import_lineage"]


class _NoLineageError(Exception):
    """The lineage of a crawled table cannot be imported; the message is what the activity says."""


def import_lineage(
    context: Context, domain: Domain, table: Mapping[str, Any], *, arn: str, activity: Activity
) -> None:
    """
    Post the event of a table's latest crawl, unless it has been reported already or no crawler made it.

    The activity receives the event's id, or the reason why there is none.
    """
    parameters = table.get("Parameters", {})
    crawler_name, crawl_id = parameters.get("UPDATED_BY_CRAWLER"), parameters.get("CRAWL_RUN_ID")
    if not crawler_name or _is_reported(domain, arn, crawl_id):
        return
    try:
        crawl = _crawl(context, crawler_name, crawl_id)
        body = _event_body(context, table, crawl)
    except _NoLineageError as error:
        activity.lineage_error = str(error)
        return
    event = submit(context.as_system(), domain, body)
    activity.event_id = event.id
    domain.reported_crawls[arn] = (crawl.crawl_id, event.id)


def _is_reported(domain: Domain, arn: str, crawl_id: str | None) -> bool:
    """Tell whether an event that did not fail says this crawl made the table."""
    reported, event_id = domain.reported_crawls.get(arn, (None, ""))
    event = domain.events.get(event_id)
    return crawl_id is not None and reported == crawl_id and event is not None and event.status != "FAILED"


def _crawl(context: Context, crawler_name: str, crawl_id: str | None) -> CrawlRecord:
    catalog = context.catalog
    crawl = (
        reading.get_crawl(catalog.account_id, catalog.region, crawler_name, crawl_id) if crawl_id else None
    )
    if crawl is None:
        raise _NoLineageError(f"Crawl {crawl_id} of crawler {crawler_name} is not in the crawl history.")
    if crawl.ended_at is None or crawl.state != "COMPLETED":
        raise _NoLineageError(f"Crawl {crawl_id} of crawler {crawler_name} is {crawl.state}.")
    if crawl.table_count > MAX_CRAWLED_TABLES:
        raise _NoLineageError(
            f"Crawl {crawl_id} of crawler {crawler_name} brought {crawl.table_count} tables; "
            f"lineage of crawls with more than {MAX_CRAWLED_TABLES} tables is not imported."
        )
    return crawl


def _event_body(context: Context, table: Mapping[str, Any], crawl: CrawlRecord) -> bytes:
    catalog = context.catalog
    try:
        event = crawl_event(
            table,
            crawl,
            region=catalog.region,
            account=catalog.account_id,
            partition=catalog.partition,
            connection=_connection(context, table),
        )
    except InvalidIdentifierError:
        location = table["StorageDescriptor"].get("Location")
        raise _NoLineageError(f"The source {location!r} of the table is not supported.") from None
    body = json.dumps(event, separators=(",", ":")).encode()
    if len(body) > MAX_EVENT_BYTES:
        raise _NoLineageError(
            f"The lineage event of the table has {len(body)} bytes; {MAX_EVENT_BYTES} are allowed."
        )
    return body


def _connection(context: Context, table: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the Glue connection that leads to the table's database; ``None`` if there is none (any more)."""
    name = table.get("Parameters", {}).get("connectionName")
    catalog = context.catalog
    return reading.get_connection(catalog.account_id, catalog.region, name) if name else None
