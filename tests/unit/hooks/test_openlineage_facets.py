"""A crawl as OpenLineage tells it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.serde import Serde

from airflow_lineage_provider.exceptions import CrawlFailedError
from airflow_lineage_provider.hooks.crawl_lineage import failed_crawl_lineage, gather_crawl_lineage
from airflow_lineage_provider.hooks.openlineage_facets import (
    GLUE_CRAWL_FACET,
    GLUE_CRAWL_SCHEMA,
    CrawlLineage,
    TableLineage,
    operator_lineage,
)
from airflow_lineage_provider.hooks.table_reader import TableReader
from airflow_lineage_provider.lineage.identifiers import DatasetId
from airflow_lineage_provider.lineage.naming import (
    catalog_source_identifier,
    dynamodb_table,
    glue_table,
    s3_dataset,
)
from tests.unit.hooks.scripted_glue import ScriptedGlue, client_error, make_hook

WHERE: dict[str, Any] = {"region": "eu-central-1", "account": "123456789012", "partition": "aws"}
GLUE = "arn:aws:glue:eu-central-1:123456789012"
CLICKS: dict[str, Any] = {
    "CatalogId": "123456789012",
    "PartitionKeys": [{"Name": "day", "Type": "string"}],
    "StorageDescriptor": {
        "Location": "s3://raw/clickstream/",
        "Columns": [{"Name": "sessionid", "Type": "string"}, {"Name": "price", "Type": "double"}],
        "SerdeInfo": {"Parameters": {"paths": "price,sessionId"}},
    },
    "Parameters": {"classification": "json"},
}
ORDERS: dict[str, Any] = {
    "CatalogId": "123456789012",
    "StorageDescriptor": {
        "Location": "arn:aws:dynamodb:eu-central-1:123456789012:table/Orders",
        "Columns": [{"Name": "userid", "Type": "string"}, {"Name": "total", "Type": "double"}],
    },
    "Parameters": {"classification": "dynamodb", "hashKey": "userId"},
}
SALES: dict[str, Any] = {
    "CatalogId": "123456789012",
    "StorageDescriptor": {
        "Location": "shop.public.sales",
        "Columns": [{"Name": "id", "Type": "int"}],
        "SerdeInfo": {"Parameters": {}},
    },
    "Parameters": {"classification": "postgresql", "connectionName": "shop-db"},
}
SHOP_DB = {"ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:postgresql://db.example/shop"}}
RESULT: dict[str, Any] = {
    "crawler_name": "sales",
    "crawl_id": "5f3b2e70-0b5e-4f34-a0cc-6a2f8f2f9d0e",
    "state": "COMPLETED",
    "joined": False,
    "data_as_of": "2025-06-04T09:00:00.000Z",
    "started_at": "2025-06-04T09:00:03.000Z",
    "ended_at": "2025-06-04T09:01:03.000Z",
    "tables": {"added": ["db.clicks"], "updated": ["db.orders"], "deleted": ["db.old"]},
    "dpu_hours": 0.1,
    "log_group": "/aws-glue/crawlers",
    "log_stream": "sales",
    "database": "db",
}


def read_table(record: dict[str, Any], **members: Any) -> TableLineage:
    """Read a table as GetTable gives it."""
    return TableLineage.from_table({"Name": "t", "DatabaseName": "db", **record, **members}, "added", **WHERE)


def gather(glue: ScriptedGlue, result: dict[str, Any] = RESULT) -> CrawlLineage:
    """Gather what a task gathers after a crawl."""
    return gather_crawl_lineage(TableReader(make_hook(glue)), result, region="eu-central-1", partition="aws")


def to_json(gathered: CrawlLineage) -> dict[str, Any]:
    """Return the event that Airflow would send."""
    lineage = operator_lineage(gathered)
    event = RunEvent(
        eventType=RunState.COMPLETE,
        eventTime=datetime.now(tz=UTC).isoformat(),
        run=Run(runId="01a20644-29b5-7647-a8ae-4a3f3d4f0c3e", facets=lineage.run_facets),
        job=Job("airflow", "dag.crawl", facets=lineage.job_facets),
        inputs=lineage.inputs,
        outputs=lineage.outputs,
        producer="https://example.org",
    )
    found: dict[str, Any] = json.loads(Serde.to_json(event))
    return found


class TestTableLineage:
    def test_names_table_and_source(self) -> None:
        table = read_table(CLICKS)

        assert table.table == glue_table("db", "t", region="eu-central-1", account="123456789012")
        assert table.source == s3_dataset("raw", "clickstream")

    def test_partition_keys_are_columns_without_a_source(self) -> None:
        table = read_table(CLICKS)

        assert table.columns == (("sessionid", "string"), ("price", "double"), ("day", "string"))
        assert [column for column, _ in table.sources] == ["sessionid", "price"]

    def test_fields_of_the_source_are_spelled_as_there(self) -> None:
        assert dict(read_table(CLICKS).sources) == {"sessionid": "sessionId", "price": "price"}
        assert dict(read_table(ORDERS).sources) == {"userid": "userId", "total": "total"}

    def test_an_ambiguous_spelling_is_left_alone(self) -> None:
        storage = {
            **CLICKS["StorageDescriptor"],
            "SerdeInfo": {"Parameters": {"paths": "SessionID,sessionId"}},
        }

        assert dict(read_table(CLICKS, StorageDescriptor=storage).sources)["sessionid"] == "sessionid"

    def test_a_dynamodb_table_is_named_by_its_arn(self) -> None:
        source = read_table(ORDERS).source

        assert source == dynamodb_table("Orders", region="eu-central-1", account="123456789012")

    @pytest.mark.parametrize("location", ["", "shop.public.orders"])
    def test_a_source_that_the_table_does_not_name_is_unknown(self, location: str) -> None:
        assert read_table({"StorageDescriptor": {"Location": location}}).source is None


class TestGather:
    def test_reads_what_changed(self) -> None:
        gathered = gather(ScriptedGlue(tables={"clicks": CLICKS, "orders": ORDERS}))

        assert [(table.table.name, table.change) for table in gathered.tables] == [
            ("table/db/clicks", "added"),
            ("table/db/orders", "updated"),
            ("table/db/old", "deleted"),
        ]

    def test_leaves_out_what_cannot_be_read(self) -> None:
        glue = ScriptedGlue(tables={"clicks": CLICKS, "orders": ORDERS})
        glue.faults["get_table"] = [client_error("GetTable", "AccessDeniedException")]

        gathered = gather(glue)

        assert [table.table.name for table in gathered.tables] == ["table/db/orders", "table/db/old"]

    def test_names_a_databases_table_by_the_server_of_its_connection(self) -> None:
        glue = ScriptedGlue(tables={"clicks": SALES, "orders": SALES}, connections={"shop-db": SHOP_DB})

        gathered = gather(glue)

        source = DatasetId("postgres://db.example:5432", "shop.public.sales")
        assert [table.source for table in gathered.tables] == [source, source, None]
        assert glue.calls["GetConnection"] == 1

    def test_keeps_a_databases_table_whose_connection_cannot_be_read(self) -> None:
        glue = ScriptedGlue(tables={"clicks": SALES, "orders": CLICKS})

        gathered = gather(glue)

        assert [table.table.name for table in gathered.tables][:2] == ["table/db/clicks", "table/db/orders"]
        assert [table.source for table in gathered.tables][:2] == [None, s3_dataset("raw", "clickstream")]

    def test_keeps_what_is_known_of_a_failure(self) -> None:
        error = CrawlFailedError(crawler_name="sales", crawl_id="c", message="no access", log_url="")

        gathered = failed_crawl_lineage("sales", error)

        assert dict(gathered.crawl) == {"crawl_id": "c", "state": "FAILED", "error_message": "no access"}


class TestEvent:
    @pytest.fixture
    def event(self) -> dict[str, Any]:
        """The event of a crawl of two targets."""
        return to_json(gather(ScriptedGlue(tables={"clicks": CLICKS, "orders": ORDERS})))

    def test_has_the_true_sources_as_inputs(self, event: dict[str, Any]) -> None:
        assert [(each["namespace"], each["name"]) for each in event["inputs"]] == [
            ("s3://raw", "clickstream"),
            ("arn:aws:dynamodb:eu-central-1:123456789012:table", "Orders"),
        ]

    def test_has_the_tables_as_outputs_with_schema_and_change(self, event: dict[str, Any]) -> None:
        facets = {each["name"]: each["facets"] for each in event["outputs"]}

        assert {
            name: each["lifecycleStateChange"]["lifecycleStateChange"] for name, each in facets.items()
        } == {
            "table/db/clicks": "CREATE",
            "table/db/orders": "ALTER",
            "table/db/old": "DROP",
        }
        assert [field["name"] for field in facets["table/db/clicks"]["schema"]["fields"]] == [
            "sessionid",
            "price",
            "day",
        ]

    def test_traces_columns_to_the_fields_of_the_source(self, event: dict[str, Any]) -> None:
        fields = event["outputs"][0]["facets"]["columnLineage"]["fields"]

        (source,) = fields["sessionid"]["inputFields"]
        assert (source["namespace"], source["name"], source["field"]) == (
            "s3://raw",
            "clickstream",
            "sessionId",
        )
        assert "day" not in fields

    def test_says_which_source_became_which_table(self, event: dict[str, Any]) -> None:
        entries = event["job"]["facets"]["lineage"]["entries"]

        assert [(entry["name"], [source["name"] for source in entry["inputs"]]) for entry in entries] == [
            ("table/db/clicks", ["clickstream"]),
            ("table/db/orders", ["Orders"]),
        ]

    def test_resolves_to_the_arn_in_the_catalog(self, event: dict[str, Any]) -> None:
        found = [
            catalog_source_identifier(
                each["namespace"],
                each["name"],
                facets=each.get("facets", {}),
                run_facets=event["run"]["facets"],
                caller_region="eu-central-1",
                caller_account="123456789012",
            )
            for each in event["outputs"][:1] + event["inputs"]
        ]

        assert found == [
            f"{GLUE}:table/db/clicks",
            "s3://raw/clickstream",
            "arn:aws:dynamodb:eu-central-1:123456789012:table/Orders",
        ]

    def test_names_the_crawl(self, event: dict[str, Any]) -> None:
        facets = event["run"]["facets"]

        assert facets["externalQuery"]["externalQueryId"] == RESULT["crawl_id"]
        assert facets[GLUE_CRAWL_FACET]["crawlId"] == RESULT["crawl_id"]
        assert facets[GLUE_CRAWL_FACET]["tables"] == RESULT["tables"]

    def test_every_facet_says_who_made_it_and_by_which_schema(self, event: dict[str, Any]) -> None:
        found = [event["run"]["facets"], event["job"]["facets"]]
        found += [each["facets"] for each in event["outputs"]]

        for facets in found:
            for facet in facets.values():
                assert facet["_producer"]
                assert facet["_schemaURL"].startswith("https://")

    def test_is_empty_before_there_is_a_crawl(self) -> None:
        event = to_json(CrawlLineage("sales"))

        assert (event["inputs"], event["outputs"]) == ([], [])
        assert event["run"]["facets"][GLUE_CRAWL_FACET]["crawlerName"] == "sales"
        assert "externalQuery" not in event["run"]["facets"]


class TestSchema:
    @pytest.fixture
    def schema(self) -> dict[str, Any]:
        """The definition of our facet, with what it inherits from OpenLineage left out."""
        path = (
            files("airflow_lineage_provider.lineage")
            / "schemas"
            / GLUE_CRAWL_SCHEMA.split("#")[0].split("/")[-1]
        )
        document: dict[str, Any] = json.loads(path.read_text())
        assert document["$id"] == GLUE_CRAWL_SCHEMA.split("#")[0]
        _, own = document["$defs"][GLUE_CRAWL_SCHEMA.split("/")[-1]]["allOf"]
        return dict(own, additionalProperties=False)

    @pytest.mark.parametrize(
        "gathered",
        [
            CrawlLineage("sales"),
            CrawlLineage("sales", RESULT),
            CrawlLineage("sales", {"crawl_id": "c", "state": "FAILED", "error_message": "no"}),
            CrawlLineage("sales", RESULT, (TableLineage(DatasetId(GLUE, "table/db/t"), "deleted"),)),
        ],
        ids=["started", "completed", "failed", "with tables"],
    )
    def test_describes_what_is_sent(self, gathered: CrawlLineage, schema: dict[str, Any]) -> None:
        facet = to_json(gathered)["run"]["facets"][GLUE_CRAWL_FACET]

        own = {name: value for name, value in facet.items() if not name.startswith("_")}
        assert own["crawlerName"] == "sales"
        assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(own)] == []

    def test_refuses_what_is_not_described(self, schema: dict[str, Any]) -> None:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"crawlerName": "sales", "other": 1}, schema)
