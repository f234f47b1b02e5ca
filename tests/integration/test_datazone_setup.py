"""Setting up and cleaning up SageMaker Catalog, twice in a row, against the local AWS."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    CatalogThingFailedError,
    CatalogTimeoutError,
    DataSourceDiffersError,
    InvalidArgumentError,
    PermissionDeniedError,
)
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.datazone import (
    DataZoneCreateDataSourceOperator,
    DataZoneDeleteDataSourceOperator,
)
from tests.integration.catalog_changes import (
    BOTH,
    common,
    execute,
    sources,
    wanted,
)
from tests.unit.operators.driving import make_context, run


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate, in which making and deleting take a moment."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.settings(import_seconds=0.3)
    return seeded


class TestCreateDataSource:
    @BOTH
    def test_makes_it_and_waits_until_it_can_be_run(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        result = execute(
            DataZoneCreateDataSourceOperator,
            wanted(estate, deferrable=deferrable, options={"publishOnImport": True}),
        )

        made = local_aws.client("datazone").get_data_source(
            domainIdentifier=estate.domain, identifier=result["data_source_id"]
        )
        assert result == {
            "domain_id": estate.domain,
            "project_id": estate.project,
            "data_source_id": made["id"],
            "name": "sales",
            "connection_id": estate.connection,
            "status": "READY",
            "created": True,
            "differences": [],
        }
        (filtered,) = made["configuration"]["glueRunConfiguration"]["relationalFilterConfigurations"]
        assert (filtered["databaseName"], made["publishOnImport"]) == (estate.database, True)

    @BOTH
    def test_adopts_the_one_that_is_there(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        first = execute(DataZoneCreateDataSourceOperator, wanted(estate, deferrable=deferrable))

        second = execute(DataZoneCreateDataSourceOperator, wanted(estate, deferrable=deferrable))

        assert second == {**first, "created": False}
        assert local_aws.calls()["datazone"]["CreateDataSource"] == 1

    def test_says_what_differs_and_changes_nothing(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        execute(DataZoneCreateDataSourceOperator, wanted(estate))
        other = wanted(
            estate, databases=["other"], options={"publishOnImport": True, "description": "Orders"}
        )

        result = execute(DataZoneCreateDataSourceOperator, other)

        assert [each.split(" is ")[0] for each in result["differences"]] == [
            "publishOnImport",
            "description",
            "configuration.glueRunConfiguration.relationalFilterConfigurations",
        ]
        assert "UpdateDataSource" not in local_aws.calls()["datazone"]

    @BOTH
    def test_fails_over_a_difference_if_it_is_told_to(
        self, estate: EcommerceEstate, deferrable: bool
    ) -> None:
        execute(DataZoneCreateDataSourceOperator, wanted(estate))

        error = execute(
            DataZoneCreateDataSourceOperator,
            wanted(estate, databases=["other"], if_different="fail", deferrable=deferrable),
        )

        assert isinstance(error, DataSourceDiffersError)
        assert "asked for is" in str(error)

    @BOTH
    def test_says_why_it_could_not_be_made(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.fault(
            service="datazone-worker",
            operation="CreateDataSource",
            error_code="AccessDeniedException",
            message="the role is gone",
        )

        error = execute(DataZoneCreateDataSourceOperator, wanted(estate, deferrable=deferrable))

        assert isinstance(error, CatalogThingFailedError)
        assert error.state == "FAILED_CREATION"
        assert "the role is gone" in str(error)

    @BOTH
    def test_waits_until_one_of_that_name_is_gone(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        first = execute(DataZoneCreateDataSourceOperator, wanted(estate))
        local_aws.client("datazone").delete_data_source(
            domainIdentifier=estate.domain, identifier=first["data_source_id"]
        )

        arguments = wanted(estate, deferrable=deferrable)
        operator = DataZoneCreateDataSourceOperator(task_id="other", **arguments)

        result, _ = run(DataZoneCreateDataSourceOperator, arguments, make_context(operator))

        assert (result["created"], result["status"]) == (True, "READY")
        assert sources(local_aws, estate)["sales"] == "READY"

    def test_makes_another_in_a_retry_if_the_first_was_deleted(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        arguments = wanted(estate)
        operator = DataZoneCreateDataSourceOperator(task_id="task", **arguments)
        made = []
        for try_number in (1, 2):
            context = make_context(operator, try_number=try_number, max_tries=1)
            result, _ = run(DataZoneCreateDataSourceOperator, arguments, context)
            made.append(result["data_source_id"])
            execute(DataZoneDeleteDataSourceOperator, common(estate, data_source_identifier=made[-1]))

        assert len(set(made)) == 2

    @BOTH
    @pytest.mark.parametrize("drop", ["before", "after"])
    def test_makes_one_when_the_reply_is_lost(
        self, estate: EcommerceEstate, local_aws: LocalAws, drop: str, deferrable: bool
    ) -> None:
        local_aws.fault(service="datazone", operation="CreateDataSource", drop=drop, times=1)
        arguments = wanted(estate, deferrable=deferrable)
        operator = DataZoneCreateDataSourceOperator(task_id="task", **arguments)

        result, _ = run(DataZoneCreateDataSourceOperator, arguments, make_context(operator))

        assert result["created"] is True
        assert len(sources(local_aws, estate)) == 2

    @BOTH
    def test_outlasts_throttling(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.fault(service="datazone", error_code="ThrottlingException", probability=0.5)

        result = execute(DataZoneCreateDataSourceOperator, wanted(estate, deferrable=deferrable, timeout=120))

        assert result["status"] == "READY"

    def test_makes_nothing_that_it_could_not_watch(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        local_aws.fault(service="datazone", operation="GetDataSource", error_code="AccessDeniedException")

        error = execute(DataZoneCreateDataSourceOperator, wanted(estate))

        assert isinstance(error, PermissionDeniedError)
        assert list(sources(local_aws, estate)) != ["sales"]
        assert "CreateDataSource" not in local_aws.calls()["datazone"]

    def test_says_that_the_project_has_no_lakehouse_connection(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        datazone = local_aws.client("datazone")
        execute(DataZoneDeleteDataSourceOperator, common(estate, data_source_identifier=estate.data_source))
        datazone.delete_connection(domainIdentifier=estate.domain, identifier=estate.connection)

        error = execute(DataZoneCreateDataSourceOperator, wanted(estate))

        assert isinstance(error, InvalidArgumentError)
        assert "has no connection 'project.default_lakehouse'" in str(error)

    @pytest.mark.parametrize(
        "overrides, argument",
        [
            pytest.param({"project_identifier": "{{ p }}"}, "project_identifier", id="template"),
            pytest.param({"name": ""}, "name", id="no name"),
            pytest.param({"name": "n" * 257}, "name", id="long name"),
            pytest.param({"databases": None}, "databases", id="nothing to import"),
            pytest.param({"databases": []}, "databases", id="no databases"),
            pytest.param({"configuration": {}}, "databases", id="both"),
            pytest.param({"connection_identifier": "a/b"}, "connection_identifier", id="no connection"),
            pytest.param({"if_different": "change"}, "if_different", id="unknown choice"),
            pytest.param({"options": ["x"]}, "options", id="no mapping"),
            pytest.param({"domain_identifier": "shop"}, "domain_identifier", id="no domain"),
            pytest.param({"waiter_max_attempts": -1}, "waiter_max_attempts", id="negative looks"),
        ],
    )
    def test_names_a_bad_argument_before_any_change(
        self, estate: EcommerceEstate, local_aws: LocalAws, overrides: dict[str, Any], argument: str
    ) -> None:
        error = execute(DataZoneCreateDataSourceOperator, wanted(estate, **overrides))

        assert isinstance(error, InvalidArgumentError)
        assert error.argument == argument
        assert "CreateDataSource" not in local_aws.calls()["datazone"]

    def test_pushes_the_link_to_the_project(self, estate: EcommerceEstate) -> None:
        operator = DataZoneCreateDataSourceOperator(task_id="task", **wanted(estate))
        context = make_context(operator)

        operator.execute(context)

        assert estate.project in context["ti"].pushed["datazone_project"]


class TestDeleteDataSource:
    @BOTH
    @pytest.mark.parametrize("by_name", [False, True], ids=["by its id", "by its name"])
    def test_deletes_it_once(
        self, estate: EcommerceEstate, local_aws: LocalAws, by_name: bool, deferrable: bool
    ) -> None:
        made = execute(DataZoneCreateDataSourceOperator, wanted(estate))
        which = (
            {"project_identifier": estate.project, "name": "sales"}
            if by_name
            else {"data_source_identifier": made["data_source_id"]}
        )
        arguments = common(estate, deferrable=deferrable, **which)

        results = [execute(DataZoneDeleteDataSourceOperator, arguments) for _ in range(2)]

        assert [result["deleted"] for result in results] == [True, False]
        assert results[0]["data_source_id"] == made["data_source_id"]
        assert len(sources(local_aws, estate)) == 1

    @BOTH
    def test_waits_for_a_run_that_goes_on(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.settings(import_seconds=1)
        local_aws.client("datazone").start_data_source_run(
            domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
        )

        result = execute(
            DataZoneDeleteDataSourceOperator,
            common(estate, data_source_identifier=estate.data_source, deferrable=deferrable),
        )

        assert result["deleted"] is True
        assert sources(local_aws, estate) == {}

    @BOTH
    def test_waits_for_somebody_elses_deletion(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.client("datazone").delete_data_source(
            domainIdentifier=estate.domain, identifier=estate.data_source
        )

        result = execute(
            DataZoneDeleteDataSourceOperator,
            common(estate, data_source_identifier=estate.data_source, deferrable=deferrable),
        )

        assert (result["deleted"], sources(local_aws, estate)) == (False, {})

    @BOTH
    def test_says_that_it_could_not_be_deleted(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.fault(
            service="datazone-worker", operation="DeleteDataSource", error_code="ConflictException"
        )

        error = execute(
            DataZoneDeleteDataSourceOperator,
            common(estate, data_source_identifier=estate.data_source, deferrable=deferrable),
        )

        assert isinstance(error, CatalogThingFailedError)
        assert error.state == "FAILED_DELETION"

    @BOTH
    def test_gives_up_at_the_deadline(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.settings(import_seconds=60)
        local_aws.client("datazone").start_data_source_run(
            domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
        )

        error = execute(
            DataZoneDeleteDataSourceOperator,
            common(estate, data_source_identifier=estate.data_source, deferrable=deferrable, timeout=1),
        )

        assert isinstance(error, CatalogTimeoutError)
        assert estate.data_source in str(error)

    @pytest.mark.parametrize("drop", ["before", "after"])
    def test_deletes_it_when_the_reply_is_lost(
        self, estate: EcommerceEstate, local_aws: LocalAws, drop: str
    ) -> None:
        local_aws.fault(service="datazone", operation="DeleteDataSource", drop=drop, times=1)

        result = execute(
            DataZoneDeleteDataSourceOperator, common(estate, data_source_identifier=estate.data_source)
        )

        assert result["data_source_id"] == estate.data_source
        assert sources(local_aws, estate) == {}

    @pytest.mark.parametrize(
        "which",
        [
            {},
            {"data_source_identifier": "source00000001", "name": "sales"},
            {"name": "sales"},
            {"project_identifier": "project0000001"},
            {"data_source_identifier": "{{ x }}"},
        ],
    )
    def test_deletes_nothing_that_is_not_named(
        self, estate: EcommerceEstate, local_aws: LocalAws, which: dict[str, Any]
    ) -> None:
        assert isinstance(
            execute(DataZoneDeleteDataSourceOperator, common(estate, **which)), InvalidArgumentError
        )
        assert len(sources(local_aws, estate)) == 1
