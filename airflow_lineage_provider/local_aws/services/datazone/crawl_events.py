"""
The OpenLineage event of one crawled table: source → crawl → Glue table.

The event the managed integration really makes is not published. This one keeps to the form AWS's own sample
script for crawlers posts, joined into one COMPLETE event; what differs is listed in :mod:`assumptions`.

.. seealso::
    - aws-samples/amazon-datazone-examples, ``extract_glue_crawler_lineage.py``
    - OpenLineage 2-0-2; facets Schema 1-2-0, ColumnLineage 1-2-0, Symlinks 1-0-1, JobType 2-0-4,
      NominalTime 1-0-1, Datasource 1-0-1
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from airflow_lineage_provider.lineage import glue_table, location_to_dataset, source_field_names
from airflow_lineage_provider.local_aws.services.datazone.assumptions import (
    CRAWLER_JOB_NAMESPACE,
    CRAWLER_PRODUCER,
)
from airflow_lineage_provider.local_aws.services.glue.reading import CrawlRecord

__all__ = ["crawl_event"]

_SPEC = "https://openlineage.io/spec"
_RUN_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_RUN_FACET = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunFacet"
_JOB_FACET = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/JobFacet"
_IDENTITY = {"type": "DIRECT", "subtype": "IDENTITY", "description": "", "masking": False}


def crawl_event(
    table: Mapping[str, Any],
    crawl: CrawlRecord,
    *,
    region: str,
    account: str,
    partition: str,
    connection: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """
    Return the event that says what a crawl made a table of.

    :param table: The table, as GetTable gives it.
    :param crawl: The crawl that wrote it; it has ended.
    :param connection: The Glue connection behind a database's table, as GetConnection gives it.
    :raises InvalidIdentifierError: If the table's location names no source that can be identified.
    """
    location = table["StorageDescriptor"].get("Location", "")
    source = location_to_dataset(location, connection)
    target = glue_table(
        table["DatabaseName"], table["Name"], region=region, account=account, partition=partition
    )
    columns = _columns(table)
    source_names = source_field_names(table)
    fields = [
        {**column, "name": source_names.get(column["name"].lower(), column["name"])} for column in columns
    ]
    mapping = {
        column["name"]: {
            "inputFields": [
                {
                    "namespace": source.namespace,
                    "name": source.name,
                    "field": field["name"],
                    "transformations": [dict(_IDENTITY)],
                }
            ]
        }
        for column, field in zip(columns, fields, strict=True)
    }
    target_facets = {
        "schema": _facet("1-2-0/SchemaDatasetFacet", fields=columns),
        "symlinks": _facet(
            "1-0-1/SymlinksDatasetFacet",
            identifiers=[{"namespace": target.namespace, "name": target.name, "type": "TABLE"}],
        ),
        "columnLineage": _facet("1-2-0/ColumnLineageDatasetFacet", fields=mapping),
    }
    uri = source.namespace if source.name == location else location
    source_facets = {
        "schema": _facet("1-2-0/SchemaDatasetFacet", fields=fields),
        "dataSource": _facet("1-0-1/DatasourceDatasetFacet", name=source.namespace, uri=uri),
    }
    return {
        "eventType": "COMPLETE",
        "eventTime": _iso(crawl.ended_at or crawl.started_at),
        "producer": CRAWLER_PRODUCER,
        "schemaURL": _RUN_EVENT,
        "run": {"runId": crawl.crawl_id, "facets": _run_facets(crawl, region)},
        "job": {"namespace": CRAWLER_JOB_NAMESPACE, "name": crawl.crawler_name, "facets": _job_facets(crawl)},
        "inputs": [{"namespace": source.namespace, "name": source.name, "facets": source_facets}],
        "outputs": [{"namespace": target.namespace, "name": target.name, "facets": target_facets}],
    }


def _run_facets(crawl: CrawlRecord, region: str) -> dict[str, Any]:
    ended = {} if crawl.ended_at is None else {"nominalEndTime": _iso(crawl.ended_at)}
    environment = {
        "GLUE_VERSION": "3.0",
        "GLUE_COMMAND_CRITERIA": "glue_crawler",
        "AWS_DEFAULT_REGION": region,
    }
    return {
        "environment-properties": _custom_facet(_RUN_FACET, {"environment-properties": environment}),
        "nominalTime": _facet("1-0-1/NominalTimeRunFacet", nominalStartTime=_iso(crawl.started_at), **ended),
    }


def _job_facets(crawl: CrawlRecord) -> dict[str, Any]:
    return {
        "jobType": _facet("2-0-4/JobTypeJobFacet", processingType="BATCH", integration="glue", jobType="JOB"),
        "glueCrawler": _custom_facet(
            _JOB_FACET, {"crawlerName": crawl.crawler_name, "crawlerRunId": crawl.crawl_id}
        ),
    }


def _columns(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return columns and partition keys as fields, named as Glue names them."""
    given: Iterable[Mapping[str, Any]] = [
        *table["StorageDescriptor"].get("Columns", []),
        *table.get("PartitionKeys", []),
    ]
    fields = []
    for column in given:
        field = {"name": column["Name"], "type": column.get("Type", "string")}
        if column.get("Comment"):
            field["description"] = column["Comment"]
        fields.append(field)
    return fields


def _facet(schema: str, **members: Any) -> dict[str, Any]:
    name = schema.partition("/")[2]
    return _custom_facet(f"{_SPEC}/facets/{schema}.json#/$defs/{name}", members)


def _custom_facet(schema_url: str, members: Mapping[str, Any]) -> dict[str, Any]:
    return {"_producer": CRAWLER_PRODUCER, "_schemaURL": schema_url, **members}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
