"""The lineage operators inside Airflow, against the local AWS: what verify lets pass and what not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import BaseOperator

from airflow_lineage_provider.exceptions import ExpectationViolatedError, SnapshotNotFoundError
from airflow_lineage_provider.lineage.expectations import (
    AllColumnsTraced,
    ColumnTracedTo,
    HasDownstream,
    HasOrigin,
)
from airflow_lineage_provider.lineage.snapshot import Snapshot
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.datazone import DataZoneDataSourceRunOperator
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.operators.lineage import (
    LineageDiffOperator,
    LineageExtractOperator,
    LineageVerifyOperator,
)
from tests.integration.dag_running import DagOutcome, run_dag
from tests.unit.operators.driving import run

pytestmark = pytest.mark.usefixtures("airflow_database")

NEW_ITEM = {
    "user_id": {"S": "u790"},
    "order_id": {"S": "ord002"},
    "product_id": {"S": "prod457"},
    "order_total": {"N": "19.99"},
    "order_timestamp": {"S": "2025-06-05T09:30:00Z"},
    "customerSegment": {"S": "premium"},
    "conversionSource": {"S": "email"},
}


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate with lineage import on."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    switch(seeded, local_aws, on=True)
    return seeded


def switch(estate: EcommerceEstate, aws: LocalAws, *, on: bool) -> None:
    """Switch lineage import on or off."""
    aws.client("datazone").update_connection(
        domainIdentifier=estate.domain,
        identifier=estate.connection,
        props={"lakehouseProperties": {"glueLineageSyncEnabled": on}},
    )


def crawling(estate: EcommerceEstate, task_id: str = "crawl", **overrides: Any) -> GlueCrawlOperator:
    """Build a task that crawls."""
    arguments = {"crawler_name": estate.crawler, "waiter_delay": 0.05, "timeout": 30, "aws_conn_id": None}
    return GlueCrawlOperator(task_id=task_id, **{**arguments, **overrides})


def importing(
    estate: EcommerceEstate, task_id: str = "import", **overrides: Any
) -> DataZoneDataSourceRunOperator:
    """Build a task that imports."""
    arguments = {"waiter_delay": 0.05, "timeout": 30, "aws_conn_id": None, **catalog(estate)}
    return DataZoneDataSourceRunOperator(task_id=task_id, **{**arguments, **overrides})


def catalog(estate: EcommerceEstate) -> dict[str, Any]:
    """Return the arguments that name domain and data source."""
    return {"domain_identifier": estate.domain, "data_source_identifier": estate.data_source}


def verifying(estate: EcommerceEstate, **overrides: Any) -> LineageVerifyOperator:
    """Build a task that verifies."""
    return LineageVerifyOperator(task_id="verify", aws_conn_id=None, **{**catalog(estate), **overrides})


def violations(outcome: DagOutcome) -> list[tuple[str, str]]:
    """Return table and reason of everything the verify task found."""
    (error,) = outcome.errors["verify"]
    assert isinstance(error, ExpectationViolatedError)
    return [(each["subject"].rpartition("/")[2], each["reason"]) for each in error.violations]


class TestVerify:
    """The verify task."""

    def test_proves_every_link_of_the_chain(self, estate: EcommerceEstate) -> None:
        orders = f"{estate.database}.ordertransactiontable"
        source = f"arn:aws:dynamodb:{estate.region}:{estate.account}:table/{estate.dynamodb_table}"
        written = datetime.now(tz=UTC).isoformat()

        def build() -> None:
            crawl = crawling(estate)
            imported = importing(estate, data_as_of=crawl.output)
            verifying(
                estate,
                data_source_run=imported.output,
                crawl=crawl.output,
                data_as_of="{{ params.written }}",
                expectations=[
                    HasOrigin(f"{estate.database}.clickstream", f"s3://{estate.bucket}/clickstream"),
                    HasOrigin(orders, source),
                    AllColumnsTraced(orders),
                    ColumnTracedTo(orders, "order_total", source, "order_total"),
                    {
                        "type": "crawled_by",
                        "subject": orders,
                        "crawler_name": estate.crawler,
                        "crawl_id": "{{ ti.xcom_pull(task_ids='crawl')['crawl_id'] }}",
                    },
                    {
                        "type": "has_downstream",
                        "subject": orders,
                        "downstream": "amazon.datazone.asset/"
                        "{{ ti.xcom_pull(task_ids='import')['assets'][1]['asset_id'] }}",
                    },
                ],
                params={"written": written},
            )

        outcome = run_dag(build)

        assert outcome.errors == {}
        assert outcome.values["verify"]["verified"] is True
        assert outcome.values["verify"]["expectations"] == 6 + 2 * 2

    def test_fails_when_the_crawl_predates_the_data(self, estate: EcommerceEstate) -> None:
        def build() -> None:
            crawl = crawling(estate)
            imported = importing(estate, data_as_of=crawl.output)
            written = "{{ ti.xcom_pull(task_ids='crawl')['ended_at'] }}"
            verifying(estate, data_source_run=imported.output, crawl=crawl.output, data_as_of=written)

        outcome = run_dag(build)

        assert violations(outcome) == [
            ("clickstream", "STALE_CRAWL"),
            ("ordertransactiontable", "STALE_CRAWL"),
        ]

    def test_fails_when_lineage_import_is_off(self, estate: EcommerceEstate, local_aws: LocalAws) -> None:
        switch(estate, local_aws, on=False)

        def build() -> None:
            crawl = crawling(estate)
            imported = importing(estate, data_as_of=crawl.output, require_lineage=False)
            verifying(estate, data_source_run=imported.output, crawl=crawl.output)

        outcome = run_dag(build)

        assert {reason for _, reason in violations(outcome)} == {"LINEAGE_IMPORT_OFF"}
        assert "DataZoneEnableLineageOperator" in str(outcome.errors["verify"][0])

    def test_fails_when_lineage_import_was_switched_off_after_an_earlier_import(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        run_dag(lambda: crawling(estate) >> importing(estate))
        switch(estate, local_aws, on=False)

        def build() -> None:
            imported = importing(estate, require_lineage=False)
            verifying(estate, data_source_run=imported.output)

        outcome = run_dag(build)

        assert violations(outcome) == [
            ("clickstream", "LINEAGE_IMPORT_OFF"),
            ("ordertransactiontable", "LINEAGE_IMPORT_OFF"),
        ]

    def test_fails_when_the_event_failed(self, estate: EcommerceEstate, local_aws: LocalAws) -> None:
        run_dag(lambda: crawling(estate))
        local_aws.client("glue").delete_crawler(Name=estate.crawler)

        def build() -> None:
            imported = importing(estate, require_lineage=False)
            verifying(estate, data_source_run=imported.output)

        outcome = run_dag(build)

        assert violations(outcome) == [
            ("clickstream", "EVENT_FAILED"),
            ("ordertransactiontable", "EVENT_FAILED"),
        ]
        assert "crawl history" in str(outcome.errors["verify"][0])

    def test_fails_when_a_column_has_no_source(self, estate: EcommerceEstate, local_aws: LocalAws) -> None:
        def build() -> None:
            crawl = crawling(estate)
            imported = importing(estate, data_as_of=crawl.output)
            posted = PostEventWithAnUntracedColumn(task_id="post")
            posted.estate, posted.aws = estate, local_aws
            verified = verifying(
                estate,
                tables="clickstream",
                database=estate.database,
                expectations=[AllColumnsTraced(f"{estate.database}.clickstream")],
            )
            imported >> posted >> verified

        outcome = run_dag(build)

        assert violations(outcome) == [("clickstream", "COLUMN_NOT_TRACED")]
        assert "1 of 2; without a source: made_up" in str(outcome.errors["verify"][0])

    def test_fails_when_the_table_came_from_another_crawler(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        local_aws.client("glue").create_crawler(
            Name="somebody-elses",
            Role=estate.role_arn,
            DatabaseName=estate.database,
            Targets={"S3Targets": [{"Path": f"s3://{estate.bucket}/clickstream/"}]},
        )

        def build() -> None:
            crawl, other = crawling(estate), crawling(estate, "other", crawler_name="somebody-elses")
            imported = importing(estate, data_as_of=other.output)
            crawl >> other
            verifying(estate, data_source_run=imported.output, crawl=crawl.output)

        outcome = run_dag(build)

        assert violations(outcome) == [("clickstream", "NOT_CRAWLED")]

    def test_fails_when_the_table_came_from_another_crawl_of_the_same_crawler(
        self, estate: EcommerceEstate
    ) -> None:
        def build() -> None:
            crawl, later = crawling(estate), crawling(estate, "later")
            imported = importing(estate, data_as_of=later.output)
            crawl >> later
            verifying(estate, data_source_run=imported.output, crawl=crawl.output)

        outcome = run_dag(build)

        assert violations(outcome) == [
            ("clickstream", "WRONG_CRAWL"),
            ("ordertransactiontable", "WRONG_CRAWL"),
        ]

    def test_fails_when_the_crawl_was_not_imported(self, estate: EcommerceEstate) -> None:
        def build() -> None:
            imported = importing(estate)
            crawl = crawling(estate, "later")
            crawling(estate) >> imported >> crawl
            verifying(estate, data_source_run=imported.output, crawl=crawl.output)

        outcome = run_dag(build)

        assert violations(outcome) == [
            ("clickstream", "STALE_CRAWL"),
            ("ordertransactiontable", "STALE_CRAWL"),
        ]

    def test_names_a_table_that_the_catalog_does_not_have(self, estate: EcommerceEstate) -> None:
        def build() -> None:
            crawl = crawling(estate)
            imported = importing(estate, data_as_of=crawl.output)
            verifying(
                estate,
                data_source_run=imported.output,
                crawl=crawl.output,
                tables=[f"{estate.database}.nothing"],
            )

        outcome = run_dag(build)

        assert violations(outcome) == [("nothing", "NO_ASSET")]


class PostEventWithAnUntracedColumn(BaseOperator):
    """Say that a job made the clicks table, and leave the source of one column open."""

    estate: EcommerceEstate
    aws: LocalAws

    def execute(self, context: Any) -> None:
        """Post the event."""
        where = f"arn:aws:glue:{self.estate.region}:{self.estate.account}"
        source = {"namespace": f"s3://{self.estate.bucket}", "name": "clickstream"}
        fields = [{"name": "user_id", "type": "string"}, {"name": "made_up", "type": "string"}]
        event = {
            "eventType": "COMPLETE",
            "eventTime": datetime.now(tz=UTC).isoformat(),
            "producer": "https://example.com",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": "run-1"},
            "job": {"namespace": "etl", "name": "load"},
            "inputs": [source],
            "outputs": [
                {
                    "namespace": where,
                    "name": f"table/{self.estate.database}/clickstream",
                    "facets": {
                        "schema": {"fields": fields},
                        "columnLineage": {
                            "fields": {"user_id": {"inputFields": [{**source, "field": "user_id"}]}}
                        },
                    },
                }
            ],
        }
        self.aws.client("datazone").post_lineage_event(
            domainIdentifier=self.estate.domain, event=json.dumps(event).encode()
        )


class TestSchemaEvolution:
    """The second half of the walkthrough: two columns more, another crawl, another import."""

    def test_shows_exactly_the_new_columns_and_both_crawls(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        run_dag(lambda: crawling(estate) >> importing(estate))
        between = datetime.now(tz=UTC)
        local_aws.client("dynamodb").put_item(TableName=estate.dynamodb_table, Item=NEW_ITEM)

        def build() -> None:
            crawl = crawling(estate)
            imported = importing(estate, data_as_of=crawl.output)
            imported >> LineageDiffOperator(
                task_id="diff",
                before=between,
                data_source_run=imported.output,
                aws_conn_id=None,
                **catalog(estate),
            )

        outcome = run_dag(build)

        result, orders = outcome.values["diff"], f"{estate.database}.ordertransactiontable"
        crawls = local_aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"]
        assert outcome.state == "success"
        assert {table: set(changes["added"]) for table, changes in result["columns"].items()} == {
            orders: {"customersegment", "conversionsource"}
        }
        assert result["columns"][orders]["removed"] == result["columns"][orders]["retyped"] == []
        assert [entry["crawl_id"] for entry in result["history"][orders]] == [
            crawl["CrawlId"] for crawl in crawls
        ]
        assert len(result["runs"]["added"]) == len(result["runs"]["removed"]) == 1
        assert {change["type"] for change in result["changes"]} == {"fields_changed", "edge_added"}

    def test_branches_on_whether_anything_changed(self, estate: EcommerceEstate) -> None:
        run_dag(lambda: crawling(estate) >> importing(estate))
        between = datetime.now(tz=UTC)

        def build() -> None:
            compared = LineageDiffOperator(
                task_id="diff",
                before=between,
                tables=f"{estate.database}.clickstream",
                follow_task_ids_if_changed="tell",
                follow_task_ids_if_unchanged="rest",
                aws_conn_id=None,
                **catalog(estate),
            )
            compared >> [Nothing(task_id="tell"), Nothing(task_id="rest")]

        outcome = run_dag(build)

        assert (outcome.states["tell"], outcome.states["rest"]) == ("skipped", "success")
        assert outcome.values["diff"]["changed"] is False


class Nothing(BaseOperator):
    """A task that does nothing."""

    def execute(self, context: Any) -> None:
        """Do nothing."""


class TestSnapshots:
    """Snapshots as files."""

    @pytest.mark.parametrize("in_s3", [False, True], ids=["on this machine", "in S3"])
    def test_are_written_once_and_verified_later(
        self, estate: EcommerceEstate, local_aws: LocalAws, tmp_path: Path, in_s3: bool
    ) -> None:
        path = f"s3://{estate.bucket}/snapshots/now.json" if in_s3 else str(tmp_path / "now.json")

        def build() -> None:
            crawl = crawling(estate)
            imported = importing(estate, data_as_of=crawl.output)
            extracted = LineageExtractOperator(
                task_id="extract",
                data_source_run=imported.output,
                snapshot_path=path,
                aws_conn_id=None,
                **catalog(estate),
            )
            verifying(estate, snapshot=extracted.output, crawl=crawl.output)

        outcome = run_dag(build)

        extracted = outcome.values["extract"]
        assert outcome.values["verify"]["verified"] is True
        assert (extracted["snapshot_path"], "snapshot" in extracted) == (path, False)
        assert extracted["counts"]["events"] == 2
        if not in_s3:
            assert Snapshot.from_json(Path(path).read_bytes()).lineage_import_on is True

    def test_say_that_there_is_none_in_s3(self, estate: EcommerceEstate) -> None:
        given = {"snapshot_path": f"s3://{estate.bucket}/nothing.json", "data_as_of": datetime.now(tz=UTC)}

        with pytest.raises(SnapshotNotFoundError, match=r"nothing\.json"):
            run(LineageVerifyOperator, {**given, "aws_conn_id": None})

    def test_hold_the_lineage_as_it_was_at_a_time(self, estate: EcommerceEstate, local_aws: LocalAws) -> None:
        run_dag(lambda: crawling(estate) >> importing(estate))
        between = datetime.now(tz=UTC)
        local_aws.client("dynamodb").put_item(TableName=estate.dynamodb_table, Item=NEW_ITEM)
        run_dag(lambda: crawling(estate) >> importing(estate))
        given = {"tables": f"{estate.database}.ordertransactiontable", "aws_conn_id": None, **catalog(estate)}

        then, _ = run(LineageExtractOperator, {**given, "at": between.isoformat()})
        now, _ = run(LineageExtractOperator, given)

        (name,) = then["facets"]
        assert len(then["facets"][name]["schema"]["fields"]) == 5
        assert len(now["facets"][name]["schema"]["fields"]) == 7
        assert [len(each["history"][name]) for each in (then, now)] == [1, 2]
        assert datetime.fromisoformat(then["snapshot"]["takenAt"]) - between < timedelta(milliseconds=1)


def test_downstream_of_a_table_is_its_asset(estate: EcommerceEstate) -> None:
    outcome = run_dag(lambda: crawling(estate) >> importing(estate))
    asset = outcome.values["import"]["assets"][0]
    expectation = HasDownstream(
        f"{estate.database}.clickstream", f"amazon.datazone.asset/{asset['asset_id']}"
    )

    result, _ = run(
        LineageVerifyOperator,
        {
            "asset_identifiers": [asset["asset_id"]],
            "expectations": [expectation],
            "aws_conn_id": None,
            **catalog(estate),
        },
    )

    assert result["verified"] is True
