"""A domain with a project, and the few calls that most tests of the DataZone service begin with."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_lineage_provider.local_aws import LocalAws

__all__ = ["NOON", "Estate", "columns_of", "eventually", "make_estate", "run_event"]

NOON = datetime(2025, 6, 4, 12, 0, tzinfo=UTC)
_PATIENCE_SECONDS = 30.0


def eventually(check: Callable[[], Any]) -> Any:
    """Return what ``check`` returns as soon as it is true."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
    return found


def run_event(
    *,
    run: str = "r1",
    minute: float = 0,
    inputs: Iterable[str] = ("in/raw",),
    outputs: Iterable[str] = ("out/clean",),
    state: str | None = "COMPLETE",
    **overrides: Any,
) -> dict[str, Any]:
    """An OpenLineage event of job ``etl.load``; datasets are written ``namespace/name``."""

    def datasets(names: Iterable[str]) -> list[dict[str, str]]:
        return [dict(zip(("namespace", "name"), name.rsplit("/", 1), strict=True)) for name in names]

    return {
        "eventType": state,
        "eventTime": (NOON + timedelta(minutes=minute)).isoformat(timespec="milliseconds"),
        "producer": "https://example.com",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run},
        "job": {"namespace": "etl", "name": "load"},
        "inputs": datasets(inputs),
        "outputs": datasets(outputs),
    } | overrides


def columns_of(node: Mapping[str, Any]) -> list[str]:
    """Return the columns of a lineage node, in order."""
    for form in node["formsOutput"]:
        if form["formName"] == "LineageSchemaForm":
            return [column["name"] for column in json.loads(form["content"])["columns"]]
    return []


@dataclass(frozen=True)
class Estate:
    """
    A domain and a project with all it came with.

    ``call`` calls an operation of the client with ``domainIdentifier`` filled in.
    """

    aws: LocalAws
    client: Any
    domain: str
    project: str
    connection: str
    data_source: str
    database: str

    def call(self, operation: str, **params: Any) -> Any:
        return getattr(self.client, operation)(domainIdentifier=self.domain, **params)

    def post(self, event: Mapping[str, Any] | bytes, **params: Any) -> str:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return str(self.call("post_lineage_event", event=body, **params)["id"])

    def node(self, identifier: str, **params: Any) -> Any:
        return self.call("get_lineage_node", identifier=identifier, **params)

    def identifiers(self, references: Iterable[Mapping[str, Any]]) -> list[str]:
        """Return the source identifiers of nodes that are referred to by id, sorted."""
        return sorted(self.node(each["id"])["sourceIdentifier"] for each in references)

    def arn(self, table: str) -> str:
        """Return the ARN of a table of the project's database."""
        return f"arn:aws:glue:us-east-1:123456789012:table/{self.database}/{table}"

    def make_source(self, **overrides: Any) -> str:
        """Make another data source over the project's database, or over ``filters``, and return its id."""
        filters = overrides.pop("filters", [{"databaseName": self.database}])
        params = {
            "name": "mine",
            "projectIdentifier": self.project,
            "type": "GLUE",
            "connectionIdentifier": self.connection,
            "configuration": {"glueRunConfiguration": {"relationalFilterConfigurations": filters}},
        }
        return str(self.call("create_data_source", **params | overrides)["id"])

    def make_asset(self, name: str = "orders", **overrides: Any) -> str:
        """Make an asset of a Glue table with one column by hand and return its id."""
        columns = [{"columnName": "id", "dataType": "int"}]
        content = {"tableName": name, "databaseName": self.database, "columns": columns}
        params = {
            "name": name,
            "owningProjectIdentifier": self.project,
            "typeIdentifier": "amazon.datazone.GlueTableAssetType",
            "formsInput": [{"formName": "GlueTableForm", "content": json.dumps(content)}],
        }
        return str(self.call("create_asset", **params | overrides)["id"])

    def publish(self, asset: str, **params: Any) -> Any:
        """Publish an asset and return what CreateListingChangeSet says."""
        change = {"entityIdentifier": asset, "entityType": "ASSET", "action": "PUBLISH"}
        return self.call("create_listing_change_set", **change | params)

    def switch_lineage(self, *, on: bool) -> None:
        props = {"lakehouseProperties": {"glueLineageSyncEnabled": on}}
        self.call("update_connection", identifier=self.connection, props=props)

    def run(self, **params: Any) -> Any:
        """Start a run and return it as GetDataSourceRun shows it then."""
        started = self.call("start_data_source_run", dataSourceIdentifier=self.data_source, **params)
        return self.call("get_data_source_run", identifier=started["id"])

    def activities(self, run: Mapping[str, Any], **params: Any) -> dict[str, Any]:
        """Return the activities of a run by table."""
        listed = self.call("list_data_source_run_activities", identifier=run["id"], **params)
        return {each["technicalName"]: each for each in listed["items"]}

    def put_files(self, tables: Mapping[str, Mapping[str, Any]], bucket: str = "shop") -> None:
        """Put one JSON object for each table under a folder of its name."""
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket=bucket)
        for table, row in tables.items():
            s3.put_object(Bucket=bucket, Key=f"{table}/part.json", Body=json.dumps(row).encode())

    def make_crawler(self, name: str = "clicks", bucket: str = "shop") -> None:
        self.aws.client("glue").create_crawler(
            Name=name,
            Role="arn:aws:iam::123456789012:role/glue-crawler-role",
            DatabaseName=self.database,
            Targets={"S3Targets": [{"Path": f"s3://{bucket}/"}]},
        )

    def crawl(self, name: str = "clicks") -> Any:
        """Run a crawler to its end and return the crawl."""
        glue = self.aws.client("glue")
        known = {each["CrawlId"] for each in glue.list_crawls(CrawlerName=name)["Crawls"]}
        glue.start_crawler(Name=name)

        def ended() -> Any:
            if glue.get_crawler(Name=name)["Crawler"]["State"] != "READY":
                return None
            crawls = glue.list_crawls(CrawlerName=name)["Crawls"]
            return next((each for each in crawls if each["CrawlId"] not in known), None)

        return eventually(ended)


def make_estate(aws: LocalAws, *, version: str = "V2") -> Estate:
    """Make a domain and a project in it."""
    client = aws.client("datazone")
    domain = client.create_domain(
        name=f"domain-{uuid.uuid4()}",
        domainExecutionRole="arn:aws:iam::123456789012:role/Execution",
        domainVersion=version,
    )["id"]
    project = client.create_project(domainIdentifier=domain, name="analytics")["id"]
    (source,) = client.list_data_sources(domainIdentifier=domain, projectIdentifier=project)["items"]
    described = client.get_data_source(domainIdentifier=domain, identifier=source["dataSourceId"])
    run = described["configuration"]["glueRunConfiguration"]
    return Estate(
        aws=aws,
        client=client,
        domain=domain,
        project=project,
        connection=described["connectionId"],
        data_source=described["id"],
        database=run["relationalFilterConfigurations"][0]["databaseName"],
    )
