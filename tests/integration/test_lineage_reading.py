"""Lineage read from the catalog of the local AWS, without Airflow's processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import InvalidArgumentError, ResourceNotFoundError
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.hooks.lineage_reading import LineageReader, LineageReading
from airflow_lineage_provider.hooks.lineage_roots import LineageWanted
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId
from airflow_lineage_provider.lineage.traversal import origins, upstream
from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import NOON, Estate, make_estate, run_event

RAW, CLEAN, REPORT = (DatasetId.parse(text) for text in ("in/raw", "out/clean", "out/report"))


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    """A domain and a project with two crawled tables that are not imported yet."""
    made = make_estate(local_aws)
    made.put_files({"clickstream": {"sessionId": "a"}, "orders": {"orderId": 1, "total": 2.5}})
    made.make_crawler()
    made.switch_lineage(on=True)
    return made


def read(estate: Estate, **wanted: Any) -> LineageReading:
    """Read lineage of the estate's domain."""
    reader = LineageReader(
        DataZoneHook(None), lambda: GlueCrawlHook(None), LineageWanted(estate.domain, **wanted)
    )
    return reader.read(now=datetime.now(tz=UTC))


def columns(**names: str) -> dict[str, Any]:
    """Return a schema facet."""
    return {"schema": {"fields": [{"name": name, "type": kind} for name, kind in names.items()]}}


class TestGraph:
    """Nodes and edges."""

    def test_finds_who_made_a_dataset_although_it_was_read_later(self, estate: Estate) -> None:
        estate.post(run_event(run="writer", minute=0))
        estate.post(run_event(run="reader", minute=5, inputs=["out/clean"], outputs=["out/report"]))

        graph = read(estate, tables=("out/clean",)).snapshot.graph

        assert origins(graph, CLEAN) == (RAW,)
        assert [str(each) for each in graph.successors(CLEAN)] == ["etl.load/reader"]

    def test_follows_a_chain_at_the_times_of_its_versions(self, estate: Estate) -> None:
        estate.post(run_event(run="first", minute=0))
        estate.post(run_event(run="second", minute=5, inputs=["out/clean"], outputs=["out/report"]))
        estate.post(run_event(run="later", minute=9, inputs=["in/other"]))

        graph = read(estate, tables=("out/report",)).snapshot.graph

        assert origins(graph, REPORT) == (RAW,)

    def test_shows_the_lineage_as_it_was(self, estate: Estate) -> None:
        estate.post(run_event(run="first", minute=0))
        estate.post(run_event(run="later", minute=9, inputs=["in/other"]))

        then = read(estate, tables=("out/clean",), at=NOON + timedelta(minutes=1)).snapshot
        now = read(estate, tables=("out/clean",)).snapshot

        assert origins(then.graph, CLEAN) == (RAW,)
        assert origins(now.graph, CLEAN) == (DatasetId.parse("in/other"),)
        assert then.taken_at == NOON + timedelta(minutes=1)

    def test_gathers_inputs_and_outputs_of_a_run_over_its_events(self, estate: Estate) -> None:
        estate.post(run_event(state="START", outputs=[]))
        estate.post(run_event(state="COMPLETE", minute=1, inputs=[]))

        assert origins(read(estate, tables=("out/clean",)).snapshot.graph, CLEAN) == (RAW,)

    def test_goes_no_further_than_the_depth(self, estate: Estate) -> None:
        estate.post(run_event(run="first", minute=0))
        estate.post(run_event(run="second", minute=5, inputs=["out/clean"], outputs=["out/report"]))

        graph = read(estate, tables=("out/report",), depth=2).snapshot.graph

        assert CLEAN in graph
        assert RAW not in graph

    def test_ends_in_a_cycle(self, estate: Estate) -> None:
        estate.post(run_event(run="out", minute=0))
        estate.post(run_event(run="back", minute=1, inputs=["out/clean"], outputs=["in/raw"]))
        estate.post(run_event(run="again", minute=2))

        assert CLEAN in upstream(read(estate, tables=("out/clean",)).snapshot.graph, RAW)

    def test_leaves_out_what_is_unknown_and_keeps_it_as_a_root(self, estate: Estate) -> None:
        reading = read(estate, tables=("out/nothing",))

        assert len(reading.snapshot.graph) == 0
        assert [str(root) for root in reading.snapshot.roots] == ["out/nothing"]
        assert reading.history == {"out/nothing": []}

    def test_takes_columns_and_their_sources_from_the_events(self, estate: Estate) -> None:
        lineage = {"fields": {"b": {"inputFields": [{"namespace": "in", "name": "raw", "field": "A"}]}}}
        event = run_event()
        event["inputs"][0]["facets"] = columns(A="string")
        event["outputs"][0]["facets"] = {**columns(b="string"), "columnLineage": lineage}
        event_id = estate.post(event)

        snapshot = read(estate, tables=("out/clean",)).snapshot

        assert snapshot.graph.field_sources(FieldId(CLEAN, "b")) == (FieldId(RAW, "A"),)
        assert list(snapshot.events) == [event_id]
        assert snapshot.events[event_id] == event

    @pytest.mark.parametrize("operation", ["GetLineageEvent", "ListLineageEvents"])
    def test_takes_columns_from_the_nodes_when_events_may_not_be_read(
        self, estate: Estate, operation: str
    ) -> None:
        lineage = {"fields": {"b": {"inputFields": [{"namespace": "in", "name": "raw", "field": "A"}]}}}
        event = run_event()
        event["inputs"][0]["facets"] = columns(A="string")
        event["outputs"][0]["facets"] = {**columns(b="string"), "columnLineage": lineage}
        estate.post(event)
        estate.aws.fault(service="datazone", operation=operation, error_code="AccessDeniedException")

        snapshot = read(estate, tables=("out/clean",)).snapshot

        assert [field.name for field in snapshot.graph.node(CLEAN).fields] == ["b"]
        assert snapshot.graph.field_sources(FieldId(CLEAN, "b")) == (FieldId(RAW, "A"),)
        assert snapshot.events == {}

    def test_reads_no_events_when_they_are_not_wanted(self, estate: Estate) -> None:
        estate.post(run_event())

        assert read(estate, tables=("out/clean",), include_events=False).snapshot.events == {}
        assert "GetLineageEvent" not in estate.aws.calls()["datazone"]

    def test_changes_nothing(self, estate: Estate) -> None:
        crawl = estate.crawl()
        run = estate.run()
        before = estate.aws.calls()["datazone"]

        read(estate, run_id=run["id"])

        new = {name for name, count in estate.aws.calls()["datazone"].items() if count > before.get(name, 0)}
        assert crawl["State"] == "COMPLETED"
        assert {name for name in new if not name.startswith(("Get", "List"))} == set()


class TestImport:
    """Tables that a data-source run imported."""

    def test_reads_the_tables_of_a_run_with_all_that_is_behind_them(self, estate: Estate) -> None:
        crawl = estate.crawl()
        run = estate.run()

        reading = read(estate, run_id=run["id"])

        snapshot = reading.snapshot
        orders = DatasetId.parse(f"arn:aws:glue:us-east-1:123456789012:table/{estate.database}/orders")
        assert list(reading.facets) == [f"{estate.database}.clickstream", f"{estate.database}.orders"]
        assert snapshot.lineage_import_on is True
        assert [(fact.crawl_id, fact.crawler_name, fact.state) for fact in snapshot.crawls] == [
            (crawl["CrawlId"], "clicks", "COMPLETED")
        ]
        assert snapshot.crawls[0].started_at == crawl["StartTime"]
        assert [(fact.table, fact.event_status) for fact in snapshot.imports] == [
            ("clickstream", "SUCCESS"),
            ("orders", "SUCCESS"),
        ]
        assert [str(each) for each in origins(snapshot.graph, orders)] == ["s3://shop/orders"]
        assert snapshot.graph.field_sources(FieldId(orders, "orderid")) == (
            FieldId(DatasetId("s3://shop", "orders"), "orderId"),
        )
        assert snapshot.graph.node(orders).attributes.text("asset_id") == snapshot.imports[1].asset_id

    def test_gives_the_facets_of_a_table_as_they_were_posted(self, estate: Estate) -> None:
        estate.crawl()

        facets = read(estate, run_id=estate.run()["id"]).facets[f"{estate.database}.orders"]

        assert set(facets) == {"schema", "columnLineage", "symlinks"}
        assert [field["name"] for field in facets["schema"]["fields"]] == ["orderid", "total"]
        assert facets["symlinks"]["identifiers"][0]["name"] == f"table/{estate.database}/orders"

    def test_makes_the_facets_of_a_table_of_the_graph_when_no_event_may_be_read(self, estate: Estate) -> None:
        estate.crawl()
        run_id = estate.run()["id"]
        posted = read(estate, run_id=run_id).facets[f"{estate.database}.orders"]

        made = read(estate, run_id=run_id, include_events=False).facets[f"{estate.database}.orders"]

        assert [(each["name"], each["type"]) for each in made["schema"]["fields"]] == [
            (each["name"], each["type"]) for each in posted["schema"]["fields"]
        ]
        assert {
            column: [(each["name"], each["field"]) for each in found["inputFields"]]
            for column, found in made["columnLineage"]["fields"].items()
        } == {"orderid": [("orders", "orderId")], "total": [("orders", "total")]}
        assert made["symlinks"]["identifiers"] == posted["symlinks"]["identifiers"]

    def test_lists_both_crawls_in_the_history_newest_first(self, estate: Estate) -> None:
        first = estate.crawl()
        estate.run()
        second = estate.crawl()
        run = estate.run()

        history = read(estate, run_id=run["id"]).history[f"{estate.database}.orders"]

        assert [entry["crawl_id"] for entry in history] == [second["CrawlId"], first["CrawlId"]]

    def test_narrows_the_tables_of_a_run_to_those_that_are_named(self, estate: Estate) -> None:
        estate.crawl()
        run = estate.run()

        reading = read(estate, run_id=run["id"], tables=(f"{estate.database}.orders",))

        assert list(reading.facets) == [f"{estate.database}.orders"]
        assert len(reading.snapshot.imports) == 2

    def test_finds_a_table_by_its_name_alone(self, estate: Estate) -> None:
        estate.crawl()
        estate.run()

        reading = read(estate, tables=(f"{estate.database}.orders",))

        assert len(reading.snapshot.crawls) == 1
        assert reading.snapshot.lineage_import_on is None

    def test_finds_a_table_by_its_asset(self, estate: Estate) -> None:
        estate.crawl()
        asset_id = estate.activities(estate.run())["orders"]["dataAssetId"]

        reading = read(estate, asset_ids=(asset_id,))

        assert list(reading.facets) == [f"{estate.database}.orders"]

    def test_takes_columns_from_the_asset_when_the_catalog_has_no_lineage(self, estate: Estate) -> None:
        estate.switch_lineage(on=False)
        estate.crawl()
        run = estate.run()

        snapshot = read(estate, run_id=run["id"]).snapshot

        orders = DatasetId.parse(f"arn:aws:glue:us-east-1:123456789012:table/{estate.database}/orders")
        assert snapshot.lineage_import_on is False
        assert {fact.event_id for fact in snapshot.imports} == {None}
        if orders in snapshot.graph:
            assert [field.name for field in snapshot.graph.node(orders).fields] == ["orderid", "total"]

    def test_reads_without_crawl_facts_when_glue_may_not_be_asked(self, estate: Estate) -> None:
        estate.crawl()
        run = estate.run()
        estate.aws.fault(service="glue", operation="ListCrawls", error_code="AccessDeniedException")

        snapshot = read(estate, run_id=run["id"]).snapshot

        assert snapshot.crawls == ()
        assert snapshot.graph.runs[0].attributes.text("crawler_name") == "clicks"

    def test_names_an_unknown_run(self, estate: Estate) -> None:
        with pytest.raises(ResourceNotFoundError, match="data-source run 'nowhere0000001'"):
            read(estate, run_id="nowhere0000001")

    @pytest.mark.parametrize(
        "wanted",
        [{}, {"tables": ("['a.b']",)}, {"tables": ("None",)}, {"tables": ("orders",)}],
        ids=["nothing", "a list as text", "nothing rendered", "no database"],
    )
    def test_says_what_is_missing(self, estate: Estate, wanted: dict[str, Any]) -> None:
        with pytest.raises(InvalidArgumentError, match="tables"):
            read(estate, **wanted)
