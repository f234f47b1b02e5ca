"""Values with sensible defaults, and strategies that make arbitrary ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from airflow_lineage_provider.lineage.events import RunEvent, graph_from_events, parse_run_event
from airflow_lineage_provider.lineage.graph import (
    Attributes,
    DatasetNode,
    Edge,
    Field,
    FieldEdge,
    JobNode,
    LineageGraph,
    RunNode,
)
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, JobId, NodeId, RunId
from airflow_lineage_provider.lineage.naming import dynamodb_table, glue_table, s3_dataset
from airflow_lineage_provider.lineage.snapshot import CrawlFact, ImportFact, Snapshot

ACCOUNT = "123456789012"
REGION = "us-east-1"
CRAWLER = "GlueLineageCrawler"
CRAWL = "7d3c1c8a-6a0e-4c0e-9f6b-2f8f3b6a1e55"

CLICKS_SOURCE = s3_dataset(f"ecomm-analytics-{ACCOUNT}-{REGION}", "clickstream")
ORDERS_SOURCE = dynamodb_table("OrderTransactionTable", region=REGION, account=ACCOUNT)
CLICKS = glue_table("lab_db", "clickstream", region=REGION, account=ACCOUNT)
ORDERS = glue_table("lab_db", "ordertransactiontable", region=REGION, account=ACCOUNT)

STARTED = datetime(2025, 6, 4, 9, 30, tzinfo=UTC)
ENDED = datetime(2025, 6, 4, 9, 31, 12, tzinfo=UTC)
NOW = datetime(2025, 6, 4, 9, 40, tzinfo=UTC)


def make_dataset(dataset: DatasetId, **facets: Any) -> dict[str, Any]:
    """Return a dataset as an event has it."""
    return {"namespace": dataset.namespace, "name": dataset.name, "facets": facets}


def make_payload(**overrides: Any) -> dict[str, Any]:
    """Return a run event as JSON, without datasets."""
    return {
        "eventType": "COMPLETE",
        "eventTime": "2025-06-04T09:31:12Z",
        "producer": "https://example.com/producer",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": CRAWL},
        "job": {"namespace": "glue_crawler", "name": CRAWLER},
        **overrides,
    }


def make_event(**overrides: Any) -> RunEvent:
    """Return a parsed run event, without datasets."""
    return parse_run_event(make_payload(**overrides))


def schema_facet(**types: str) -> dict[str, Any]:
    """Return a schema facet."""
    return {"fields": [{"name": name, "type": type_} for name, type_ in types.items()]}


def column_facet(source: DatasetId, columns: Mapping[str, str]) -> dict[str, Any]:
    """Return a column lineage facet: output column to source column, all of one source."""
    return {
        "fields": {
            target: {"inputFields": [{"namespace": source.namespace, "name": source.name, "field": column}]}
            for target, column in columns.items()
        }
    }


def make_crawl_event(
    table: DatasetId = CLICKS,
    source: DatasetId = CLICKS_SOURCE,
    columns: Mapping[str, str] | None = None,
    *,
    crawl_id: str = CRAWL,
    time: str = "2025-06-04T09:31:12Z",
) -> RunEvent:
    """Return the event of one crawled table; ``columns`` maps table column to source column."""
    columns = columns if columns is not None else {"session_id": "session_id", "user_id": "user_id"}
    output = make_dataset(
        table,
        schema=schema_facet(**dict.fromkeys(columns, "string")),
        columnLineage=column_facet(source, columns),
    )
    return make_event(
        run={"runId": crawl_id}, eventTime=time, inputs=[make_dataset(source)], outputs=[output]
    )


def make_estate() -> LineageGraph:
    """Return the graph of one crawl with two tables, one from S3 and one from DynamoDB."""
    events = [
        make_crawl_event(),
        make_crawl_event(
            ORDERS, ORDERS_SOURCE, {"customersegment": "customerSegment", "order_id": "order_id"}
        ),
    ]
    return graph_from_events(events, caller_region=REGION, caller_account=ACCOUNT)


def make_crawl_fact(**overrides: Any) -> CrawlFact:
    """Return what Glue says of the crawl."""
    facts: dict[str, Any] = {
        "crawl_id": CRAWL,
        "crawler_name": CRAWLER,
        "state": "COMPLETED",
        "started_at": STARTED,
        "ended_at": ENDED,
    }
    return CrawlFact(**(facts | overrides))


def make_import_fact(table: str = "clickstream", **overrides: Any) -> ImportFact:
    """Return what the data-source run says of a table, by default all went well."""
    facts: dict[str, Any] = {
        "run_id": "b5n0example01x",
        "database": "lab_db",
        "table": table,
        "table_identifier": f"arn:aws:glue:{REGION}:{ACCOUNT}:table/lab_db/{table}",
        "asset_id": "c3y1example02a",
        "event_id": "a1b2c3d4e5f6g7",
        "event_status": "SUCCESS",
    }
    return ImportFact(**(facts | overrides))


def make_snapshot(graph: LineageGraph | None = None, **overrides: Any) -> Snapshot:
    """Return a snapshot of the estate."""
    facts: dict[str, Any] = {
        "taken_at": NOW,
        "domain_id": "dzd_example",
        "roots": (CLICKS, ORDERS),
        "graph": graph if graph is not None else make_estate(),
        "crawls": (make_crawl_fact(),),
    }
    return Snapshot(**(facts | overrides))


def dataset(name: str) -> DatasetId:
    """Return a dataset of a short name."""
    return DatasetId("test", name)


def run(name: str) -> RunId:
    """Return a run of a short name."""
    return RunId(JobId("jobs", "job"), name)


def make_graph(
    edges: str = "", *, flows: Mapping[str, Mapping[str, Sequence[str]]] | None = None
) -> LineageGraph:
    """
    Return a graph from text such as ``a>r1>b c>d``.

    Names that start with ``r`` are runs, all others datasets. ``flows`` maps runs to outputs to inputs.
    """
    nodes: dict[str, NodeId] = {}
    joined = []
    for chain in edges.split():
        names = chain.split(">")
        for name in names:
            nodes[name] = run(name) if name.startswith("r") else dataset(name)
        joined += [Edge(nodes[one], nodes[other]) for one, other in pairwise(names)]
    made: list[DatasetNode | RunNode] = []
    for name, node_id in nodes.items():
        if isinstance(node_id, RunId):
            told = (flows or {}).get(name)
            named = {
                str(dataset(target)): [str(dataset(each)) for each in sources]
                for target, sources in (told or {}).items()
            }
            made.append(RunNode(node_id, Attributes({} if told is None else {"flows": named})))
        elif isinstance(node_id, DatasetId):
            made.append(DatasetNode(node_id))
    return LineageGraph(made, joined)


def names(nodes: Sequence[NodeId]) -> list[str]:
    """Return the short names of nodes made by :func:`make_graph`."""
    return [each.run_id if isinstance(each, RunId) else each.name for each in nodes]


texts = st.text(min_size=1, max_size=8)
"""Any text."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
"""Any JSON value."""

dataset_ids = st.builds(DatasetId, texts, texts)
job_ids = st.builds(JobId, texts, texts)
run_ids = st.builds(RunId, job_ids, texts)

_few = st.sampled_from("abcdef")
_values = st.sampled_from([None, 0, 1, True, "text", [1, "a"], {"a": {"b": [None]}}])
_attributes = st.builds(Attributes, st.dictionaries(st.sampled_from("xyz"), _values, max_size=2))
_fields = st.lists(st.builds(Field, _few, st.sampled_from(["int", "string", ""])), max_size=4).map(tuple)


@st.composite
def graphs(draw: st.DrawFn) -> LineageGraph:
    """Make graphs over a few nodes, so that two of them overlap."""
    nodes: dict[NodeId, DatasetNode | JobNode | RunNode] = {}
    for name in draw(st.lists(_few, unique=True)):
        nodes[dataset(name)] = DatasetNode(dataset(name), draw(_fields), draw(_attributes))
    for name in draw(st.lists(_few, unique=True, max_size=3)):
        nodes[run(name)] = RunNode(run(name), draw(_attributes))
    for name in draw(st.lists(_few, unique=True, max_size=2)):
        nodes[JobId("jobs", name)] = JobNode(JobId("jobs", name), draw(_attributes))
    if not nodes:
        return LineageGraph()
    ends = st.sampled_from(sorted(nodes, key=str))
    edges = draw(st.lists(st.builds(Edge, ends, ends), max_size=8))
    datasets = sorted(each for each in nodes if isinstance(each, DatasetId))
    field_edges: list[FieldEdge] = []
    if datasets:
        field_ids = st.builds(FieldId, st.sampled_from(datasets), _few)
        field_edges = draw(st.lists(st.builds(FieldEdge, field_ids, field_ids, st.booleans()), max_size=6))
    return LineageGraph(nodes.values(), edges, field_edges)
