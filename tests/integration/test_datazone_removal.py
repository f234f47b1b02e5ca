"""Deleting assets and projects of SageMaker Catalog, twice in a row, against the local AWS."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    AssetsNotDeletedError,
    InvalidArgumentError,
    RequestInvalidError,
)
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.datazone import (
    DataZoneCreateDataSourceOperator,
    DataZoneDataSourceRunOperator,
    DataZoneDeleteAssetsOperator,
    DataZoneDeleteDataSourceOperator,
    DataZoneDeleteProjectOperator,
)
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from tests.integration.catalog_changes import (
    BOTH,
    assets,
    common,
    execute,
    import_tables,
    publish,
    wanted,
)
from tests.integration.dag_running import run_dag
from tests.unit.operators.driving import run


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate, in which making and deleting take a moment."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.settings(import_seconds=0.3)
    return seeded


class TestDeleteAssets:
    @BOTH
    def test_deletes_what_a_run_imported_once(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        imported = import_tables(estate)
        publish(local_aws, estate, imported["assets"][0]["asset_id"])
        ids = [asset["asset_id"] for asset in imported["assets"]]
        arguments = common(estate, asset_identifiers=imported, deferrable=deferrable)

        results = [execute(DataZoneDeleteAssetsOperator, arguments) for _ in range(2)]

        assert results == [
            {"domain_id": estate.domain, "deleted": ids, "unpublished": ids[:1], "absent": []},
            {"domain_id": estate.domain, "deleted": [], "unpublished": [], "absent": ids},
        ]
        assert assets(local_aws, estate) == set()

    def test_touches_no_other_asset(self, estate: EcommerceEstate, local_aws: LocalAws) -> None:
        one, other = (asset["asset_id"] for asset in import_tables(estate)["assets"])

        execute(DataZoneDeleteAssetsOperator, common(estate, asset_identifiers=one))

        assert assets(local_aws, estate) == {other}

    def test_leaves_assets_that_a_run_passed_over(self, estate: EcommerceEstate, local_aws: LocalAws) -> None:
        imported = import_tables(estate)
        second = execute(DataZoneCreateDataSourceOperator, wanted(estate))
        passed_over, _ = run(
            DataZoneDataSourceRunOperator,
            common(estate, data_source_identifier=second["data_source_id"], require_lineage=False),
        )

        result = execute(DataZoneDeleteAssetsOperator, common(estate, asset_identifiers=passed_over))

        assert {asset["status"] for asset in passed_over["assets"]} == {"SKIPPED_ALREADY_IMPORTED"}
        assert result["deleted"] == []
        assert assets(local_aws, estate) == {asset["asset_id"] for asset in imported["assets"]}

    @BOTH
    @pytest.mark.parametrize("by_name", [False, True], ids=["by its id", "by its name"])
    def test_deletes_what_a_data_source_has_imported_once(
        self, estate: EcommerceEstate, local_aws: LocalAws, by_name: bool, deferrable: bool
    ) -> None:
        imported = import_tables(estate)
        import_tables(estate)
        source = local_aws.client("datazone").get_data_source(
            domainIdentifier=estate.domain, identifier=estate.data_source
        )
        which = (
            {"project_identifier": estate.project, "name": source["name"]}
            if by_name
            else {"data_source_identifier": estate.data_source}
        )
        arguments = common(estate, deferrable=deferrable, **which)

        results = [execute(DataZoneDeleteAssetsOperator, arguments) for _ in range(2)]

        ids = {asset["asset_id"] for asset in imported["assets"]}
        assert [set(result["deleted"]) for result in results] == [ids, set()]
        assert [set(result["absent"]) for result in results] == [set(), ids]
        assert assets(local_aws, estate) == set()

    def test_leaves_the_assets_of_other_data_sources(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        imported = import_tables(estate)
        second = execute(DataZoneCreateDataSourceOperator, wanted(estate))
        which = {"data_source_identifier": second["data_source_id"]}
        run(DataZoneDataSourceRunOperator, common(estate, **which, require_lineage=False))

        result = execute(DataZoneDeleteAssetsOperator, common(estate, **which))

        assert result == {"domain_id": estate.domain, "deleted": [], "unpublished": [], "absent": []}
        assert assets(local_aws, estate) == {asset["asset_id"] for asset in imported["assets"]}

    @BOTH
    def test_waits_for_a_run_that_may_bring_more(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        run(GlueCrawlOperator, {"crawler_name": estate.crawler, "aws_conn_id": None, "waiter_delay": 0.1})
        local_aws.settings(import_seconds=1)
        local_aws.client("datazone").start_data_source_run(
            domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
        )

        result = execute(
            DataZoneDeleteAssetsOperator,
            common(estate, data_source_identifier=estate.data_source, deferrable=deferrable),
        )

        assert len(result["deleted"]) == 2
        assert assets(local_aws, estate) == set()

    def test_has_nothing_to_do_without_such_a_data_source(self, estate: EcommerceEstate) -> None:
        result = execute(
            DataZoneDeleteAssetsOperator, common(estate, project_identifier=estate.project, name="gone")
        )

        assert result == {"domain_id": estate.domain, "deleted": [], "unpublished": [], "absent": []}

    @pytest.mark.parametrize(
        "which, argument",
        [
            pytest.param({}, "asset_identifiers", id="nothing"),
            pytest.param(
                {"asset_identifiers": ["asset000000001"], "data_source_identifier": "source00000001"},
                "asset_identifiers",
                id="both",
            ),
            pytest.param({"name": "sales"}, "project_identifier", id="no project"),
            pytest.param(
                {"data_source_identifier": "source00000001", "name": "sales"},
                "data_source_identifier",
                id="id and name",
            ),
        ],
    )
    def test_deletes_nothing_if_it_is_not_told_clearly_what(
        self, estate: EcommerceEstate, local_aws: LocalAws, which: dict[str, Any], argument: str
    ) -> None:
        error = execute(DataZoneDeleteAssetsOperator, common(estate, **which))

        assert isinstance(error, InvalidArgumentError)
        assert error.argument == argument
        assert "DeleteAsset" not in local_aws.calls()["datazone"]

    @BOTH
    def test_deletes_the_others_when_one_cannot_be_deleted(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        ids = [asset["asset_id"] for asset in import_tables(estate)["assets"]]
        local_aws.fault(service="datazone", operation="DeleteAsset", error_code="ConflictException", times=1)

        error = execute(
            DataZoneDeleteAssetsOperator,
            common(estate, asset_identifiers=ids, deferrable=deferrable),
        )

        assert isinstance(error, AssetsNotDeletedError)
        assert [problem.partition(": ")[0] for problem in error.problems] == [f"asset {ids[0]}"]
        assert assets(local_aws, estate) == {ids[0]}

    def test_leaves_what_is_published_if_it_is_told_to(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        ids = [asset["asset_id"] for asset in import_tables(estate)["assets"]]
        publish(local_aws, estate, ids[1])

        error = execute(DataZoneDeleteAssetsOperator, common(estate, asset_identifiers=ids, unpublish=False))

        assert isinstance(error, AssetsNotDeletedError)
        assert error.problems == [f"asset {ids[1]} is published, and unpublish is False"]
        assert assets(local_aws, estate) == {ids[1]}

    def test_says_why_an_asset_could_not_be_unpublished(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        (asset, _) = (each["asset_id"] for each in import_tables(estate)["assets"])
        publish(local_aws, estate, asset)
        local_aws.fault(
            service="datazone", operation="CreateListingChangeSet", error_code="AccessDeniedException"
        )

        error = execute(DataZoneDeleteAssetsOperator, common(estate, asset_identifiers=[asset]))

        assert isinstance(error, AssetsNotDeletedError)
        assert "could not be unpublished: AccessDeniedException" in str(error)
        assert asset in assets(local_aws, estate)

    @pytest.mark.parametrize("drop", ["before", "after"])
    def test_deletes_it_when_the_reply_is_lost(
        self, estate: EcommerceEstate, local_aws: LocalAws, drop: str
    ) -> None:
        ids = [asset["asset_id"] for asset in import_tables(estate)["assets"]]
        local_aws.fault(service="datazone", operation="DeleteAsset", drop=drop, times=1)

        result = execute(DataZoneDeleteAssetsOperator, common(estate, asset_identifiers=ids))

        assert (result["deleted"], assets(local_aws, estate)) == (ids, set())

    def test_deletes_nothing_of_an_empty_list(self, estate: EcommerceEstate, local_aws: LocalAws) -> None:
        result = execute(DataZoneDeleteAssetsOperator, common(estate, asset_identifiers=[]))

        assert result["deleted"] == []
        assert "DeleteAsset" not in local_aws.calls()["datazone"]

    @pytest.mark.parametrize("given", [None, "", "{{ x }}", ["a/b"], {"run_id": "r"}, 7])
    def test_names_a_bad_argument_before_any_call(self, estate: EcommerceEstate, given: Any) -> None:
        error = execute(DataZoneDeleteAssetsOperator, common(estate, asset_identifiers=given))

        assert isinstance(error, InvalidArgumentError)
        assert error.argument == "asset_identifiers"


class TestDeleteProject:
    @BOTH
    def test_deletes_it_once(self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool) -> None:
        arguments = common(estate, project_identifier=estate.project, deferrable=deferrable)

        results = [execute(DataZoneDeleteProjectOperator, arguments) for _ in range(2)]

        assert [result["deleted"] for result in results] == [True, False]
        listed = local_aws.client("datazone").list_projects(domainIdentifier=estate.domain)
        assert listed["items"] == []

    def test_leaves_one_that_owns_something_unless_it_is_told_to(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        import_tables(estate)
        arguments = common(estate, project_identifier=estate.project)

        refused = execute(DataZoneDeleteProjectOperator, arguments)
        deleted = execute(DataZoneDeleteProjectOperator, {**arguments, "skip_deletion_check": True})

        assert isinstance(refused, RequestInvalidError)
        assert deleted["deleted"] is True

    @BOTH
    def test_waits_for_somebody_elses_deletion(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.client("datazone").delete_project(domainIdentifier=estate.domain, identifier=estate.project)

        result = execute(
            DataZoneDeleteProjectOperator,
            common(estate, project_identifier=estate.project, deferrable=deferrable),
        )

        assert result["deleted"] is False

    def test_names_a_bad_argument_before_any_call(self, estate: EcommerceEstate) -> None:
        error = execute(DataZoneDeleteProjectOperator, common(estate, project_identifier="None"))

        assert isinstance(error, InvalidArgumentError)


@BOTH
@pytest.mark.usefixtures("airflow_database")
def test_all_of_it_in_one_dag(estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool) -> None:
    run(GlueCrawlOperator, {"crawler_name": estate.crawler, "aws_conn_id": None, "waiter_delay": 0.1})
    execute(DataZoneDeleteDataSourceOperator, common(estate, data_source_identifier=estate.data_source))

    def build() -> None:
        source = DataZoneCreateDataSourceOperator(task_id="make", **wanted(estate, deferrable=deferrable))
        found = "{{ ti.xcom_pull(task_ids='make')['data_source_id'] }}"
        imported = DataZoneDataSourceRunOperator(
            task_id="import",
            **common(estate, data_source_identifier=found, require_lineage=False, deferrable=deferrable),
        )
        assets_gone = DataZoneDeleteAssetsOperator(
            task_id="assets", **common(estate, asset_identifiers=imported.output, deferrable=deferrable)
        )
        source_gone = DataZoneDeleteDataSourceOperator(
            task_id="source", **common(estate, data_source_identifier=found, deferrable=deferrable)
        )
        project_gone = DataZoneDeleteProjectOperator(
            task_id="project",
            **common(estate, project_identifier=estate.project, deferrable=deferrable),
        )
        source >> imported >> assets_gone >> source_gone >> project_gone

    outcome = run_dag(build)

    assert outcome.state == "success"
    assert len(outcome.values["assets"]["deleted"]) == 2
    assert outcome.values["source"]["deleted"] is True
    assert outcome.values["project"]["deleted"] is True
