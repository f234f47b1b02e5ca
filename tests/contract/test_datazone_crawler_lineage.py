"""The lineage of crawled tables: one event per table and crawl, and what keeps one from being made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, columns_of, eventually, make_estate, run_event

_ROW = {"sessionId": "a", "amount": 1.5}
_EVENT = run_event()


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    """An estate whose lineage import is on and whose crawler has two folders to crawl."""
    estate = make_estate(local_aws)
    estate.switch_lineage(on=True)
    estate.put_files({"clickstream": _ROW, "orders": {"orderId": 1}})
    estate.make_crawler()
    return estate


def _event(estate: Estate, activity: Any) -> dict[str, Any]:
    answer = estate.call("get_lineage_event", identifier=activity["lineageSummary"]["eventId"])
    event: dict[str, Any] = json.loads(answer["event"].read())
    return event


class TestCrawlerLineage:
    """The lineage of crawled tables."""

    def test_run_has_no_lineage_summary_while_the_switch_is_off(self, estate: Estate) -> None:
        estate.switch_lineage(on=False)
        estate.crawl()

        run = estate.run()

        assert "lineageSummary" not in run
        assert all("lineageSummary" not in each for each in estate.activities(run).values())
        assert estate.call("list_lineage_events")["items"] == []

    def test_each_crawled_table_has_one_complete_event_of_its_crawl(self, estate: Estate) -> None:
        crawl = estate.crawl()

        activities = estate.activities(estate.run())
        events = [_event(estate, activity) for activity in activities.values()]

        assert [event["eventType"] for event in events] == ["COMPLETE", "COMPLETE"]
        assert {event["run"]["runId"] for event in events} == {crawl["CrawlId"]}
        assert {event["job"]["name"] for event in events} == {"clicks"}
        assert [event["inputs"][0]["name"] for event in events] == ["clickstream", "orders"]
        assert len(estate.call("list_lineage_events")["items"]) == 2

    def test_table_is_traced_to_the_data_it_was_crawled_from(self, estate: Estate) -> None:
        crawl = estate.crawl()
        estate.run()

        table = estate.node(estate.arn("clickstream"))
        (reference,) = table["upstreamNodes"]
        run = estate.node(reference["id"], eventTimestamp=reference["eventTimestamp"])

        assert run["sourceIdentifier"] == f"glue_crawler.clicks/{crawl['CrawlId']}"
        assert run["typeName"] == "amazon.datazone.JobRunLineageNodeType"
        assert estate.identifiers(run["upstreamNodes"]) == ["s3://shop/clickstream", "s3://shop/orders"]
        assert columns_of(table) == ["sessionid", "amount"]
        assert columns_of(estate.node("s3://shop/clickstream")) == ["sessionId", "amount"]

    def test_asset_stands_downstream_of_its_table(self, estate: Estate) -> None:
        estate.crawl()
        asset = estate.activities(estate.run())["clickstream"]["dataAssetId"]

        table = estate.node(estate.arn("clickstream"))
        node = estate.node(f"amazon.datazone.asset/{asset}")

        assert estate.identifiers(table["downstreamNodes"]) == [f"amazon.datazone.asset/{asset}"]
        assert estate.identifiers(node["upstreamNodes"]) == [estate.arn("clickstream")]
        assert node["name"] == "clickstream"

    def test_crawl_is_reported_once(self, estate: Estate) -> None:
        estate.crawl()
        estate.run()

        second = estate.run()

        assert second["lineageSummary"] == {"importStatus": "SUCCESS"}
        assert all("lineageSummary" not in each for each in estate.activities(second).values())
        assert len(estate.call("list_lineage_events")["items"]) == 2

    def test_next_crawl_is_a_new_version_with_the_newcolumns_of(self, estate: Estate) -> None:
        first = estate.crawl()
        estate.run()
        estate.put_files({"clickstream": {**_ROW, "customerSegment": "gold"}})
        second = estate.crawl()
        estate.run()
        arn = estate.arn("clickstream")

        history = estate.call("list_lineage_node_history", identifier=arn, direction="UPSTREAM")["nodes"]
        versions = [estate.node(arn, eventTimestamp=each["eventTimestamp"]) for each in history]

        assert [columns_of(each) for each in versions] == [
            ["sessionid", "amount", "customersegment"],
            ["sessionid", "amount"],
        ]
        assert [estate.identifiers(each["upstreamNodes"]) for each in versions] == [
            [f"glue_crawler.clicks/{crawl['CrawlId']}"] for crawl in (second, first)
        ]

    def test_event_that_was_deleted_is_imported_again(self, estate: Estate) -> None:
        estate.crawl()
        summary = estate.activities(estate.run())["clickstream"]["lineageSummary"]
        estate.call("delete_lineage_event", identifier=summary["eventId"])

        again = estate.activities(estate.run())

        assert again["clickstream"]["lineageSummary"]["eventStatus"] == "SUCCESS"
        assert "lineageSummary" not in again["orders"]

    def test_table_that_no_crawler_made_has_an_asset_but_no_event(self, estate: Estate) -> None:
        estate.aws.client("glue").create_table(
            DatabaseName=estate.database,
            TableInput={"Name": "by_hand", "StorageDescriptor": {"Location": "s3://shop/by_hand/"}},
        )

        run = estate.run()

        assert estate.activities(run)["by_hand"]["dataAssetStatus"] == "SUCCEEDED_CREATED"
        assert "lineageSummary" not in estate.activities(run)["by_hand"]
        assert run["lineageSummary"] == {"importStatus": "SUCCESS"}

    def test_crawl_that_is_not_in_the_history_fails_the_lineage_of_its_tables(self, estate: Estate) -> None:
        estate.crawl()
        estate.aws.client("glue").delete_crawler(Name="clicks")

        run = estate.run()
        summary = estate.activities(run)["clickstream"]["lineageSummary"]

        assert (run["status"], run["lineageSummary"]) == ("SUCCESS", {"importStatus": "FAILED"})
        assert summary["eventStatus"] == "FAILED"
        assert "is not in the crawl history" in summary["errorMessage"]
        assert "eventId" not in summary

    def test_import_succeeds_partially_when_one_of_two_tables_fails(self, estate: Estate) -> None:
        estate.crawl()
        estate.put_files({"late": {"a": 1}}, bucket="late")
        estate.make_crawler("second", bucket="late")
        estate.crawl("second")
        estate.aws.client("glue").delete_crawler(Name="clicks")

        run = estate.run()

        assert run["lineageSummary"] == {"importStatus": "PARTIALLY_SUCCEEDED"}
        assert estate.activities(run)["late"]["lineageSummary"]["eventStatus"] == "SUCCESS"

    def test_crawl_of_more_than_250_tables_has_no_lineage(self, estate: Estate) -> None:
        estate.put_files(
            {f"t{number:03}": {f"column_{number}": number} for number in range(251)}, bucket="big"
        )
        estate.make_crawler("big", bucket="big")
        estate.crawl("big")

        run = estate.run()
        activities = estate.call("list_data_source_run_activities", identifier=run["id"])["items"]

        assert run["runStatisticsForAssets"]["added"] == 251
        assert run["lineageSummary"] == {"importStatus": "FAILED"}
        assert "brought 251 tables" in activities[0]["lineageSummary"]["errorMessage"]

    def test_crawl_that_has_not_ended_fails_the_lineage_of_its_tables(self, estate: Estate) -> None:
        glue = estate.aws.client("glue")
        estate.aws.settings(crawl_seconds=3600)
        glue.start_crawler(Name="clicks")
        (crawl,) = glue.list_crawls(CrawlerName="clicks")["Crawls"]
        parameters = {"UPDATED_BY_CRAWLER": "clicks", "CRAWL_RUN_ID": crawl["CrawlId"]}
        storage = {"Location": "s3://shop/early/"}
        glue.create_table(
            DatabaseName=estate.database,
            TableInput={"Name": "early", "StorageDescriptor": storage, "Parameters": parameters},
        )

        summary = estate.activities(estate.run())["early"]["lineageSummary"]

        assert summary["eventStatus"] == "FAILED"
        assert "is RUNNING" in summary["errorMessage"]

    def test_event_over_300000_bytes_fails_the_lineage_of_its_table(self, estate: Estate) -> None:
        estate.put_files(
            {"wide": {f"a_rather_long_column_name_{n:05}": n for n in range(1500)}}, bucket="wide"
        )
        estate.make_crawler("wide", bucket="wide")
        estate.crawl("wide")

        summary = estate.activities(estate.run())["wide"]["lineageSummary"]

        assert summary["eventStatus"] == "FAILED"
        assert "300000 are allowed" in summary["errorMessage"]

    def test_source_that_cannot_be_identified_fails_the_lineage_of_its_table(self, estate: Estate) -> None:
        crawl = estate.crawl()
        parameters = {"UPDATED_BY_CRAWLER": "clicks", "CRAWL_RUN_ID": crawl["CrawlId"]}
        estate.aws.client("glue").create_table(
            DatabaseName=estate.database,
            TableInput={
                "Name": "jdbc",
                "StorageDescriptor": {"Location": "shop.public.orders"},
                "Parameters": parameters,
            },
        )

        summary = estate.activities(estate.run())["jdbc"]["lineageSummary"]

        assert summary["eventStatus"] == "FAILED"
        assert "'shop.public.orders'" in summary["errorMessage"]

    def test_dynamodb_table_is_the_origin_of_its_catalog_table(self, local_aws: LocalAws) -> None:
        seeded = local_aws.seed("ecommerce")
        estate = Estate(
            local_aws,
            local_aws.client("datazone"),
            seeded.domain,
            seeded.project,
            seeded.connection,
            seeded.data_source,
            seeded.database,
        )
        estate.switch_lineage(on=True)
        estate.crawl(seeded.crawler)
        estate.run()

        table = estate.node(estate.arn("ordertransactiontable"))
        (run,) = table["upstreamNodes"]

        origin = f"arn:aws:dynamodb:us-east-1:123456789012:table/{seeded.dynamodb_table}"
        assert origin in estate.identifiers(estate.node(run["id"])["upstreamNodes"])
        assert estate.node(origin)["name"] == seeded.dynamodb_table


class TestFaults:
    """What the service does on its own can be made to fail."""

    def test_event_can_be_made_to_fail(self, estate: Estate) -> None:
        estate.crawl()
        estate.aws.fault(
            service="datazone-worker",
            operation="ProcessLineageEvent",
            error_code="InternalServerException",
            message="No luck.",
            times=1,
        )

        run = estate.run()
        first, second = (each["lineageSummary"] for each in estate.activities(run).values())

        assert run["lineageSummary"] == {"importStatus": "PARTIALLY_SUCCEEDED"}
        assert (first["eventStatus"], first["errorMessage"]) == ("FAILED", "No luck.")
        assert second["eventStatus"] == "SUCCESS"
        event = estate.call("get_lineage_event", identifier=first["eventId"])
        assert event["processingStatus"] == "FAILED"

    def test_event_that_failed_is_imported_again(self, estate: Estate) -> None:
        estate.crawl()
        estate.aws.fault(
            service="datazone-worker", operation="ProcessLineageEvent", error_code="Any", times=1
        )
        estate.run()

        activities = estate.activities(estate.run())

        assert activities["clickstream"]["lineageSummary"]["eventStatus"] == "SUCCESS"
        assert "lineageSummary" not in activities["orders"]

    @pytest.mark.parametrize(
        "step, code, status, error_type, counted",
        [
            pytest.param(
                "ImportTable", "ConflictException", "FAILED", "CONFLICT_EXCEPTION", "failed", id="import"
            ),
            pytest.param(
                "ImportTable",
                "AccessDeniedException",
                "SKIPPED_NO_ACCESS",
                "ACCESS_DENIED_EXCEPTION",
                "skipped",
                id="access",
            ),
            pytest.param(
                "PublishAsset",
                "Odd",
                "PUBLISHING_FAILED",
                "INTERNAL_SERVER_EXCEPTION",
                "failed",
                id="publishing",
            ),
        ],
    )
    def test_table_can_be_made_to_fail(
        self, estate: Estate, step: str, code: str, status: str, error_type: str, counted: str
    ) -> None:
        estate.call("update_data_source", identifier=estate.data_source, publishOnImport=True)
        estate.crawl()
        estate.aws.fault(service="datazone-worker", operation=step, error_code=code, times=1)

        run = estate.run()
        activity = estate.activities(run)["clickstream"]

        assert (activity["dataAssetStatus"], activity["errorMessage"]["errorType"]) == (status, error_type)
        assert run["runStatisticsForAssets"][counted] == 1
        assert run["status"] == ("PARTIALLY_SUCCEEDED" if counted == "failed" else "SUCCESS")

    def test_fault_of_the_service_does_not_hit_its_worker(self, estate: Estate) -> None:
        event = json.dumps(_EVENT).encode()
        estate.aws.settings(lineage_seconds=0.1)
        event_id = estate.call("post_lineage_event", event=event)["id"]
        estate.aws.fault(service="datazone", error_code="ThrottlingException", latency_seconds=0.3, times=1)
        with pytest.raises(ClientError, match="ThrottlingException"):
            estate.call("get_lineage_event", identifier=event_id)

        eventually(
            lambda: estate.call("get_lineage_event", identifier=event_id)["processingStatus"] == "SUCCESS"
        )
