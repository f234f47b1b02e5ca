"""The example DAGs run to success, and again, against the local AWS stack."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from tests.integration.dag_running import aws_connection, load_example, run_made_dag

pytestmark = [pytest.mark.airflow3, pytest.mark.usefixtures("airflow_database")]

_DAGS = Path(__file__).parents[2] / "dags"


def _load(name: str) -> Any:
    """Import a DAG file as Airflow does and return its DAG."""
    return load_example(name).dag


def _conf(estate: EcommerceEstate) -> dict[str, Any]:
    return {
        "domain_identifier": estate.domain,
        "data_source_identifier": estate.data_source,
        "crawler_name": estate.crawler,
        "database": estate.database,
        "bucket": estate.bucket,
        "orders_table": estate.dynamodb_table,
    }


class TestCrawlImportVerify:
    """``example_crawl_import_verify``."""

    def test_proves_the_lineage_and_the_two_new_columns_twice(
        self, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        estate = local_aws.seed("ecommerce")
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
        dag = _load("example_crawl_import_verify")

        outcomes = [run_made_dag(dag, conf=_conf(estate)) for _ in range(2)]

        assert [outcome.state for outcome in outcomes] == ["success", "success"]
        for outcome in outcomes:
            proof = outcome.values["prove_evolution"]
            assert proof["columns_added"] == ["conversionsource", "customersegment"]
        crawls = [crawl for outcome in outcomes for crawl in outcome.values["prove_evolution"]["crawls"]]
        assert len(set(crawls)) == 4
        assert local_aws.calls()["glue"]["StartCrawler"] == 4
        assert local_aws.calls()["datazone"]["StartDataSourceRun"] == 4

    def test_knows_nothing_of_the_local_stack(self) -> None:
        text = (_DAGS / "example_crawl_import_verify.py").read_text(encoding="utf-8")

        assert not [word for word in ("local_aws", "127.0.0.1", "endpoint") if word in text]


class TestGlueCrawlAssets:
    """``example_glue_crawl_assets`` and its reaction."""

    def test_crawls_and_tells_of_the_tables(
        self, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        estate = local_aws.seed("ecommerce")
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
        local_aws.settings(crawl_seconds=0)

        outcome = run_made_dag(_load("example_glue_crawl_assets"), conf={"crawler_name": estate.crawler})

        assert outcome.state == "success"
        assert len(outcome.values["crawl"]["tables"]["added"]) == 2

    @pytest.mark.parametrize(("changed", "told"), [(True, 1), (None, 1), (False, 0)])
    def test_reacts_to_a_changed_schema_only(self, changed: bool | None, told: int) -> None:
        from airflow.sdk.exceptions import AirflowSkipException

        module = load_example("example_glue_crawl_assets")
        task = module.reaction.get_task("find_changed_schemas")
        events = {module.TABLES: [SimpleNamespace(extra={"table": "orders", "schema_changed": changed})]}

        try:
            found = task.python_callable(triggering_asset_events=events)
        except AirflowSkipException:
            found = []

        assert len(found) == told

    def test_reaction_is_scheduled_on_what_the_crawl_announces(self) -> None:
        module = load_example("example_glue_crawl_assets")

        assert module.dag.get_task("crawl").outlets == [module.TABLES]
        assert module.TABLES in module.reaction.timetable.asset_condition.objects


class TestGlueCrawl:
    """``example_glue_crawl``."""

    def test_tells_of_the_same_crawl_by_operator_and_sensor(
        self, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        estate = local_aws.seed("ecommerce")
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
        dag = _load("example_glue_crawl")

        outcomes = [
            run_made_dag(dag, conf={"crawler_name": estate.crawler, "bucket": estate.bucket})
            for _ in range(2)
        ]

        assert [outcome.state for outcome in outcomes] == ["success", "success"]
        assert f"{estate.database}.clickstream" in outcomes[0].values["compare"]
        crawls = {outcome.values["crawl"]["crawl_id"] for outcome in outcomes}
        assert len(crawls) == local_aws.calls()["glue"]["StartCrawler"] == 2


class TestGlueCrawlWatcher:
    """``example_glue_crawl_watcher``."""

    def test_watches_the_crawler_and_tells_its_crawls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EXAMPLE_CRAWLER", "sales")
        module = load_example("example_glue_crawl_watcher")
        extra = {"from_trigger": True, "payload": {"crawl_id": "c"}}
        events = {module.CRAWLS: [SimpleNamespace(extra=extra)]}

        (watcher,) = module.CRAWLS.watchers
        told = module.dag.get_task("tell").python_callable(triggering_asset_events=events)

        assert watcher.trigger.serialize()[1]["crawler_name"] == "sales"
        assert told == ["c"]


class TestDataZoneImport:
    """``example_datazone_import``."""

    def test_imports_and_awaits_the_lineage_of_the_crawl_twice(
        self, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        estate = local_aws.seed("ecommerce")
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
        dag = _load("example_datazone_import")
        table = f"arn:aws:glue:us-east-1:{estate.account}:table/{estate.database}/clickstream"
        conf = {
            "domain_identifier": estate.domain,
            "data_source_identifier": estate.data_source,
            "crawler_name": estate.crawler,
            "source": f"s3://{estate.bucket}/clickstream",
            "table": table,
        }

        outcomes = [run_made_dag(dag, conf=conf) for _ in range(2)]

        assert [outcome.state for outcome in outcomes] == ["success", "success"]
        for outcome in outcomes:
            values = outcome.values
            assert values["wait_for_run"]["run_id"] == values["run_data_source"]["run_id"]
            assert values["wait_for_lineage"]["source_identifier"] == table
            assert values["crawl"]["crawl_id"] in values["wait_for_lineage"]["run"]["source_identifier"]


class TestDataZoneLineageEvent:
    """``example_datazone_lineage_event``."""

    def test_posts_and_awaits_the_edge_twice(
        self, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        estate = local_aws.seed("ecommerce")
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
        dag = _load("example_datazone_lineage_event")
        table = f"arn:aws:glue:us-east-1:{estate.account}:table/{estate.database}/ordertransactiontable"
        conf = {"domain_identifier": estate.domain, "table": table}

        outcomes = [run_made_dag(dag, conf=conf) for _ in range(2)]

        assert [outcome.state for outcome in outcomes] == ["success", "success"]
        for outcome in outcomes:
            assert outcome.values["wait_for_edge"]["upstream"]["source_identifier"] == table
            posted = outcome.values["post_event"]["event_ids"]
            assert [each["event_id"] for each in outcome.values["wait_for_event"]["events"]] == posted


class TestDataZoneSetup:
    """``example_datazone_setup``."""

    @staticmethod
    def run_twice(local_aws: LocalAws, estate: EcommerceEstate) -> list[Any]:
        """Run the DAG twice over crawled tables that no data source covers."""
        local_aws.client("datazone").delete_data_source(
            domainIdentifier=estate.domain, identifier=estate.data_source
        )
        local_aws.client("glue").start_crawler(Name=estate.crawler)
        conf = {
            "domain_identifier": estate.domain,
            "project_identifier": estate.project,
            "database": estate.database,
        }
        return [run_made_dag(_load("example_datazone_setup"), conf=conf) for _ in range(2)]

    @staticmethod
    def left(local_aws: LocalAws, estate: EcommerceEstate) -> list[Any]:
        """Return the data sources and assets that are left."""
        datazone = local_aws.client("datazone")
        where = {"domainIdentifier": estate.domain}
        sources = datazone.list_data_sources(**where, projectIdentifier=estate.project)["items"]
        return [*sources, *datazone.search(**where, searchScope="ASSET")["items"]]

    def test_imports_and_leaves_nothing_twice(
        self, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        estate = local_aws.seed("ecommerce")
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))

        outcomes = self.run_twice(local_aws, estate)

        assert [outcome.state for outcome in outcomes] == ["success", "success"]
        for outcome in outcomes:
            assert outcome.values["run_data_source"]["statistics"]["added"] == 2
            assert len(outcome.values["delete_assets"]["deleted"]) == 2
        assert self.left(local_aws, estate) == []

    def test_cleans_up_after_an_import_that_failed_halfway(
        self, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        estate = local_aws.seed("ecommerce")
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
        local_aws.fault(
            service="datazone-worker", operation="ImportTable", error_code="InternalServerException", times=1
        )

        outcomes = self.run_twice(local_aws, estate)

        assert [outcome.state for outcome in outcomes] == ["failed", "success"]
        assert [len(outcome.values["delete_assets"]["deleted"]) for outcome in outcomes] == [1, 2]
        assert [outcome.states["delete_data_source"] for outcome in outcomes] == ["success", "success"]
        assert self.left(local_aws, estate) == []


class TestLakeFormation:
    """``example_lake_formation``."""

    def test_lets_the_role_make_tables_while_it_crawls_twice(
        self, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        estate = local_aws.seed("ecommerce")
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
        conf = {
            "crawler_name": estate.crawler,
            "role_arn": estate.role_arn,
            "database": estate.database,
        }

        outcomes = [run_made_dag(_load("example_lake_formation"), conf=conf) for _ in range(2)]

        assert [outcome.state for outcome in outcomes] == ["success", "success"]
        listed = local_aws.client("lakeformation").list_permissions(
            Principal={"DataLakePrincipalIdentifier": estate.role_arn},
            Resource={"Database": {"Name": estate.database}},
        )
        left = [each["Permissions"] for each in listed["PrincipalResourcePermissions"]]
        assert left == [["CREATE_TABLE"]], "what the estate's own set-up granted is left"
