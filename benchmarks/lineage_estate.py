"""A domain whose lineage grows by two nodes with each event, and the calls that are made to it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.event_processing import submit
from airflow_lineage_provider.local_aws.services.datazone.graph_walk import reachable
from airflow_lineage_provider.local_aws.services.datazone.models import datazone_backends
from airflow_lineage_provider.local_aws.services.datazone.state import Domain
from benchmarks.http_load import Call

__all__ = ["NODES_PER_EVENT", "Estate", "event_body", "make_estate", "peer_get", "peer_put", "plain_walk"]

NODES_PER_EVENT = 2
"""A run, and the table that it writes; jobs are shared by hundreds of runs."""

_REGION = "us-east-1"
_DATABASE = "postgres://db.example.com:5432"
_BEGIN = datetime(2025, 6, 4, tzinfo=UTC)
_PRODUCER = "https://github.com/apache/airflow/tree/providers-openlineage/2.20.3"
_TABLE = "peer"


def _headers(service: str, **more: str) -> dict[str, str]:
    credential = f"Credential=testing/20250604/{_REGION}/{service}/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"
    return {"Authorization": authorization, **more}


def table_name(number: int) -> str:
    """Return the name of a table."""
    return f"shop.public.table_{number}"


def sources_of(number: int) -> list[int]:
    """Return the tables that a table is made of."""
    return sorted({max(0, number - 1), max(0, number - 7)} - {number})


def event_body(number: int) -> str:
    """Return the event of a task that makes one table of two, about 4 kB as Airflow sends it."""
    fields = [{"name": f"column_{column}", "type": "string"} for column in range(10)]
    sources = sources_of(number)

    def facet(**members: Any) -> dict[str, Any]:
        return {"_producer": _PRODUCER, "_schemaURL": "https://openlineage.io/spec/facets", **members}

    def dataset(table: int, **facets: Any) -> dict[str, Any]:
        facets["schema"] = facet(fields=fields)
        return {"namespace": _DATABASE, "name": table_name(table), "facets": facets}

    traced = {
        field["name"]: {
            "inputFields": [
                {"namespace": _DATABASE, "name": table_name(source), "field": field["name"]}
                for source in sources[:1]
            ]
        }
        for field in fields
    }
    event = {
        "eventType": "COMPLETE",
        "eventTime": (_BEGIN + timedelta(seconds=number)).isoformat(),
        "producer": _PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": f"01936893-9751-7a91-a2a0-{number:012d}"},
        "job": {
            "namespace": "airflow",
            "name": f"shop.task_{number % 500}",
            "facets": {"jobType": facet(processingType="BATCH", integration="AIRFLOW", jobType="TASK")},
        },
        "inputs": [dataset(each) for each in sources],
        "outputs": [dataset(number, columnLineage=facet(fields=traced))],
    }
    return json.dumps(event)


@dataclass(slots=True)
class Estate:
    """The domain; ``events`` is how many it has."""

    aws: LocalAws
    port: int
    domain: Domain
    context: Context
    events: int = 0

    def fill(self, events: int) -> None:
        """Let the domain have so many events, without HTTP."""
        while self.events < events:
            with self.context.catalog.lock:
                submit(self.context, self.domain, event_body(self.events).encode())
            self.events += 1

    def posts(self, number: int) -> Iterator[Call]:
        """Yield calls that post the next events."""
        path = f"/v2/domains/{self.domain.id}/lineage/events"
        for _ in range(number):
            yield Call("POST", path, _headers("datazone"), event_body(self.events))
            self.events += 1

    def node(self, table: int) -> Call:
        """Return the call that reads a table's node."""
        identifier = quote(f"{_DATABASE}/{table_name(table)}", safe="")
        return Call("GET", f"/v2/domains/{self.domain.id}/lineage/nodes/{identifier}", _headers("datazone"))

    def graph(self, table: int) -> Call:
        """Return the call that asks for all within five hops upstream of a table."""
        relation = {"relationType": "LINEAGE", "relationDirection": "IN", "maxPathLength": 5}
        entity = {"entityType": "LINEAGE_NODE", "identifier": f"{_DATABASE}/{table_name(table)}"}
        body = json.dumps({"match": [{"entityPattern": entity}, {"relationPattern": relation}]})
        return Call("POST", f"/v2/domains/{self.domain.id}/graph/query", _headers("datazone"), body)

    def walk(self, table: int) -> int:
        """Return how many nodes are within five hops upstream of a table."""
        root = self.domain.lineage.find(f"{_DATABASE}/{table_name(table)}")
        if root is None:
            raise LookupError(table_name(table))
        return sum(1 for _ in reachable(self.domain.lineage, root, direction="IN", hops=5))

    def upstream(self) -> dict[str, list[str]]:
        """Return the graph as plainly as can be: the neighbours of each node, by source identifier."""
        return {node.source_identifier: list(node.upstream) for node in self.domain.lineage.nodes.values()}


def make_estate(aws: LocalAws) -> Estate:
    """Make an empty domain, where events are processed at once, and the peer's table."""
    aws.settings(lineage_seconds=0)
    identifier = aws.client("datazone").create_domain(name="benchmark")["id"]
    aws.client("dynamodb").create_table(
        TableName=_TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    catalog = datazone_backends[aws.account_id][_REGION].catalog
    port = int(aws.endpoint_url.rpartition(":")[2])
    return Estate(aws, port, catalog.domains[identifier], Context(catalog))


def _dynamodb(operation: str, **request: Any) -> Call:
    target = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    body = json.dumps({"TableName": _TABLE, **request})
    return Call("POST", "/", _headers("dynamodb", **target), body)


def peer_put(number: int) -> Call:
    """Return the call that puts the same text into a DynamoDB table."""
    return _dynamodb("PutItem", Item={"id": {"S": str(number)}, "event": {"S": event_body(number)}})


def peer_get(number: int) -> Call:
    """Return the call that gets it back."""
    return _dynamodb("GetItem", Key={"id": {"S": str(number)}})


def plain_walk(neighbours: Mapping[str, list[str]], table: int) -> int:
    """Return how many nodes are within five hops, by the plainest breadth-first search there is."""
    root = f"{_DATABASE}/{table_name(table)}"
    depth = {root: 0}
    queue = deque([root])
    while queue:
        node = queue.popleft()
        if depth[node] == 5:
            continue
        for neighbour in neighbours[node]:
            if neighbour not in depth:
                depth[neighbour] = depth[node] + 1
                queue.append(neighbour)
    return len(depth)
