"""The operators for SageMaker Catalog, without Airflow's processes, on a double of the AWS client."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_lineage_provider.exceptions import (
    DataSourceNotReadyError,
    DataSourceRunFailedError,
    DataSourceRunTimeoutError,
    InvalidArgumentError,
    LineageError,
    LineageImportOffError,
    PermissionDeniedError,
    QuotaExceededError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.operators.datazone import (
    DataZoneDataSourceRunOperator,
    DataZoneEnableLineageOperator,
)
from tests.unit.hooks.scripted_catalog import (
    CONNECTION,
    DOMAIN,
    NOON,
    SOURCE,
    ScriptedCatalog,
    ScriptedRun,
    make_activity,
    moment,
)
from tests.unit.operators.driving import TaskStore, make_context, run

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> ScriptedCatalog:
    """The catalog that every hook of the test calls."""
    scripted = ScriptedCatalog()
    monkeypatch.setattr(DataZoneHook, "conn", scripted)
    return scripted


def arguments(**overrides: Any) -> dict[str, Any]:
    """Return arguments of a run that does not have to be waited for by the clock."""
    return {
        "domain_identifier": DOMAIN,
        "data_source_identifier": SOURCE,
        "data_as_of": moment(NOON).isoformat(),
        "waiter_delay": 0.001,
        "timeout": 30,
        "aws_conn_id": None,
        "region_name": "us-east-1",
        **overrides,
    }


class TestDataZoneDataSourceRunOperator:
    """One import."""

    @BOTH
    def test_returns_the_promised_shape(self, catalog: ScriptedCatalog, deferrable: bool) -> None:
        result, deferrals = run(DataZoneDataSourceRunOperator, arguments(deferrable=deferrable))

        (script,) = catalog.runs
        assert deferrals == int(deferrable)
        assert result == {
            "domain_id": DOMAIN,
            "data_source_id": SOURCE,
            "run_id": "started1",
            "status": "SUCCESS",
            "lineage_status": "SUCCESS",
            "joined": False,
            "started_at": _iso(script.started),
            "stopped_at": _iso(script.ended),
            "statistics": {"added": 1, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 0},
            "assets": [
                {
                    "asset_id": "asset-orders",
                    "database": "db",
                    "table": "orders",
                    "status": "SUCCEEDED_CREATED",
                    "lineage_event_id": "event-orders",
                    "lineage_status": "SUCCESS",
                    "error": None,
                }
            ],
        }

    @BOTH
    @pytest.mark.parametrize(
        "script",
        [
            pytest.param({"status": "FAILED", "message": "role is gone"}, id="run failed"),
            pytest.param({"lineage_status": "FAILED"}, id="lineage import failed"),
            pytest.param(
                {
                    "activities": [
                        make_activity(
                            lineageSummary={"eventId": "e", "eventStatus": "FAILED", "errorMessage": "x"}
                        )
                    ]
                },
                id="event failed",
            ),
            pytest.param(
                {"activities": [make_activity(dataAssetStatus="FAILED")], "status": "PARTIALLY_SUCCEEDED"},
                id="table failed",
            ),
        ],
    )
    def test_fails_and_says_why(
        self, catalog: ScriptedCatalog, script: dict[str, Any], deferrable: bool
    ) -> None:
        catalog.next_runs = [script]

        with pytest.raises(DataSourceRunFailedError) as caught:
            run(DataZoneDataSourceRunOperator, arguments(deferrable=deferrable))

        assert caught.value.run_id == "started1"
        assert caught.value.problems
        assert pickle.loads(pickle.dumps(caught.value)) == caught.value

    @pytest.mark.parametrize(
        "script, faults, overrides",
        [
            pytest.param({"status": "FAILED", "message": "gone"}, {}, {}, id="run failed"),
            pytest.param({"status": "PARTIALLY_SUCCEEDED"}, {}, {}, id="run partial"),
            pytest.param({"lineage_status": "PARTIALLY_SUCCEEDED"}, {}, {}, id="lineage partial"),
            pytest.param({"lineage_status": None}, {}, {"lineage_start_timeout": 0}, id="lineage absent"),
            pytest.param({"run_seconds": 1e6}, {}, {"timeout": 0.3}, id="too slow"),
            pytest.param(
                {}, {"ListDataSourceRunActivities": ["AccessDeniedException"]}, {}, id="no permission to read"
            ),
            pytest.param({"lineage_status": None}, {}, {"require_lineage": False}, id="no lineage wanted"),
            pytest.param(
                {"status": "PARTIALLY_SUCCEEDED"}, {}, {"on_partial": "warn"}, id="partial accepted"
            ),
            pytest.param(
                {"activities": [make_activity(dataAssetStatus="UNCHANGED", lineageSummary=None)]},
                {},
                {},
                id="unchanged",
            ),
        ],
    )
    def test_gives_the_same_value_or_error_in_the_worker_and_deferred(
        self,
        catalog: ScriptedCatalog,
        script: dict[str, Any],
        faults: dict[str, list[str]],
        overrides: dict[str, Any],
    ) -> None:
        outcomes: list[Any] = []
        for deferrable in (False, True):
            catalog.__init__(next_runs=[script])  # type: ignore[misc]
            catalog.faults = {operation: list(codes) for operation, codes in faults.items()}
            try:
                outcomes.append(
                    run(DataZoneDataSourceRunOperator, arguments(**overrides, deferrable=deferrable))[0]
                )
            except LineageError as error:
                outcomes.append(error)

        assert outcomes[0] == outcomes[1]

    @BOTH
    def test_waits_for_a_stale_run_and_starts_its_own(
        self, catalog: ScriptedCatalog, deferrable: bool
    ) -> None:
        catalog.runs = [ScriptedRun("stale", NOON - 5, run_seconds=30)]

        result, deferrals = run(DataZoneDataSourceRunOperator, arguments(deferrable=deferrable))

        assert (result["run_id"], result["joined"]) == ("started1", False)
        assert datetime.fromisoformat(result["started_at"]) >= moment(NOON + 25)
        assert deferrals == (2 if deferrable else 0)

    @BOTH
    def test_joins_a_fresh_run_and_starts_nothing(self, catalog: ScriptedCatalog, deferrable: bool) -> None:
        catalog.runs = [ScriptedRun("fresh", NOON, run_seconds=30)]

        result, _ = run(DataZoneDataSourceRunOperator, arguments(deferrable=deferrable))

        assert (result["run_id"], result["joined"]) == ("fresh", True)
        assert "StartDataSourceRun" not in catalog.calls

    @BOTH
    def test_tries_again_when_the_start_is_refused_without_a_visible_reason(
        self, catalog: ScriptedCatalog, deferrable: bool
    ) -> None:
        catalog.faults["StartDataSourceRun"] = ["ConflictException"] * 2

        result, deferrals = run(DataZoneDataSourceRunOperator, arguments(deferrable=deferrable))

        assert result["run_id"] == "started1"
        assert deferrals == (3 if deferrable else 0)

    @BOTH
    def test_finds_a_run_that_the_listing_does_not_show(
        self, catalog: ScriptedCatalog, deferrable: bool
    ) -> None:
        catalog.unlisted = {"started1"}

        result, _ = run(DataZoneDataSourceRunOperator, arguments(deferrable=deferrable))

        assert result["status"] == "SUCCESS"

    def test_returns_at_once_when_it_is_not_to_wait(self, catalog: ScriptedCatalog) -> None:
        result, deferrals = run(
            DataZoneDataSourceRunOperator, arguments(wait_for_completion=False, deferrable=True)
        )

        assert (result["status"], result["assets"], deferrals) == ("RUNNING", [], 0)

    def test_counts_the_end_of_a_crawl_as_the_time_of_the_data(self, catalog: ScriptedCatalog) -> None:
        catalog.runs = [ScriptedRun("fresh", NOON - 20, run_seconds=1, lineage_seconds=1)]
        crawl = {"crawl_id": "c", "started_at": "2025-06-04T11:59:00Z", "ended_at": "2025-06-04T11:59:40Z"}

        result, _ = run(DataZoneDataSourceRunOperator, arguments(data_as_of=crawl))

        assert result["run_id"] == "fresh"

    @BOTH
    def test_a_retry_goes_on_with_the_run_of_the_first_try(
        self, catalog: ScriptedCatalog, deferrable: bool
    ) -> None:
        catalog.next_runs = [{"run_seconds": 60}]
        store = TaskStore()
        given = arguments(data_as_of=None, deferrable=deferrable)
        start = moment(catalog.now)
        operator = DataZoneDataSourceRunOperator(task_id="task", **given)
        killed = make_context(operator, store=store, max_tries=1, start_date=start)
        run(DataZoneDataSourceRunOperator, {**given, "wait_for_completion": False}, killed)

        retry = make_context(operator, store=store, try_number=2, max_tries=1, start_date=start)
        result, _ = run(DataZoneDataSourceRunOperator, given, retry)

        assert (result["run_id"], result["joined"]) == ("started1", False)
        assert catalog.started() == ["started1"]

    def test_a_retry_without_memory_gets_its_run_back_by_the_token(self, catalog: ScriptedCatalog) -> None:
        given = arguments(data_as_of=None)
        operator = DataZoneDataSourceRunOperator(task_id="task", **given)
        first = make_context(operator, max_tries=1, start_date=moment(catalog.now))
        run(DataZoneDataSourceRunOperator, given, first)

        retry = make_context(operator, try_number=2, max_tries=1, start_date=moment(catalog.now))
        result, _ = run(DataZoneDataSourceRunOperator, given, retry)

        assert (result["run_id"], result["joined"]) == ("started1", False)
        assert catalog.started() == ["started1"]

    def test_a_retry_after_a_failed_run_imports_again(self, catalog: ScriptedCatalog) -> None:
        catalog.next_runs = [{"status": "FAILED"}, {}]
        store = TaskStore()
        operator = DataZoneDataSourceRunOperator(task_id="task", **arguments())
        with pytest.raises(DataSourceRunFailedError):
            run(DataZoneDataSourceRunOperator, arguments(), make_context(operator, store=store, max_tries=1))

        retry = make_context(operator, store=store, try_number=2, max_tries=1)
        result, _ = run(DataZoneDataSourceRunOperator, arguments(), retry)

        assert result["run_id"] == "started2"

    def test_a_cleared_task_imports_again(self, catalog: ScriptedCatalog) -> None:
        given = arguments(data_as_of=None)
        operator = DataZoneDataSourceRunOperator(task_id="task", **given)
        store = TaskStore()
        run(
            DataZoneDataSourceRunOperator,
            given,
            make_context(operator, store=store, start_date=moment(catalog.now)),
        )

        catalog.now += 100
        cleared = make_context(
            operator, store=store, try_number=2, max_tries=1, start_date=moment(catalog.now)
        )
        result, _ = run(DataZoneDataSourceRunOperator, given, cleared)

        assert result["run_id"] == "started2"

    def test_pushes_the_link_before_it_waits(self, catalog: ScriptedCatalog) -> None:
        operator = DataZoneDataSourceRunOperator(task_id="task", **arguments(deferrable=True))
        context = make_context(operator)

        with pytest.raises(TaskDeferred):
            operator.execute(context)

        url = f"https://{DOMAIN}.sagemaker.us-east-1.on.aws/projects/project0000001/overview"
        assert context["ti"].pushed == {"datazone_data_source_run": url}

    def test_leaves_nothing_behind_that_is_needed_after_a_deferral(self, catalog: ScriptedCatalog) -> None:
        operator = DataZoneDataSourceRunOperator(task_id="task", **arguments(deferrable=True))

        with pytest.raises(TaskDeferred) as caught:
            operator.execute(make_context(operator))

        assert not caught.value.kwargs

    @pytest.mark.parametrize(
        "overrides, argument",
        [
            pytest.param({"domain_identifier": "{{ var.value.domain }}"}, "domain_identifier", id="template"),
            pytest.param({"domain_identifier": "my-domain"}, "domain_identifier", id="no domain id"),
            pytest.param({"data_source_identifier": "None"}, "data_source_identifier", id="nothing rendered"),
            pytest.param({"data_source_identifier": "a/b"}, "data_source_identifier", id="no data source id"),
            pytest.param({"data_as_of": "yesterday"}, "data_as_of", id="no time"),
            pytest.param({"data_as_of": {"crawl_id": "c"}}, "data_as_of", id="a crawl without an end"),
            pytest.param({"on_partial": "ignore"}, "on_partial", id="unknown choice"),
            pytest.param({"timeout": -1}, "timeout", id="negative time"),
            pytest.param({"waiter_delay": float("inf")}, "waiter_delay", id="endless delay"),
        ],
    )
    def test_names_a_bad_argument_before_any_call(
        self, catalog: ScriptedCatalog, overrides: dict[str, Any], argument: str
    ) -> None:
        with pytest.raises(InvalidArgumentError) as caught:
            run(DataZoneDataSourceRunOperator, arguments(**overrides))

        assert caught.value.argument == argument
        assert catalog.calls == []

    def test_names_an_unknown_data_source_and_what_to_do(self, catalog: ScriptedCatalog) -> None:
        with pytest.raises(ResourceNotFoundError, match=r"'other'.*Check the name, the region"):
            run(DataZoneDataSourceRunOperator, arguments(data_source_identifier="other"))

    def test_starts_nothing_when_lineage_import_is_off(self, catalog: ScriptedCatalog) -> None:
        catalog.lineage_on = False

        with pytest.raises(LineageImportOffError):
            run(DataZoneDataSourceRunOperator, arguments())

        assert "StartDataSourceRun" not in catalog.calls

    def test_starts_nothing_when_the_data_source_is_disabled(self, catalog: ScriptedCatalog) -> None:
        catalog.data_source["enableSetting"] = "DISABLED"

        with pytest.raises(DataSourceNotReadyError, match="DISABLED"):
            run(DataZoneDataSourceRunOperator, arguments())

    def test_starts_nothing_without_permission_to_list_runs(self, catalog: ScriptedCatalog) -> None:
        catalog.faults["ListDataSourceRuns"] = ["AccessDeniedException"]

        with pytest.raises(PermissionDeniedError, match="ListDataSourceRuns"):
            run(DataZoneDataSourceRunOperator, arguments())

        assert "StartDataSourceRun" not in catalog.calls

    def test_tells_when_the_quota_is_used_up(self, catalog: ScriptedCatalog) -> None:
        catalog.quota = 0

        with pytest.raises(QuotaExceededError):
            run(DataZoneDataSourceRunOperator, arguments())

    def test_counts_looks_in_place_of_seconds(self, catalog: ScriptedCatalog) -> None:
        catalog.next_runs = [{"run_seconds": 1e6}]

        with pytest.raises(DataSourceRunTimeoutError) as caught:
            run(DataZoneDataSourceRunOperator, arguments(timeout=None, waiter_max_attempts=5))

        assert caught.value.waited_seconds == pytest.approx(0.005)

    def test_takes_a_timedelta_as_timeout(self, catalog: ScriptedCatalog) -> None:
        catalog.next_runs = [{"run_seconds": 1e6}]

        with pytest.raises(DataSourceRunTimeoutError) as caught:
            run(DataZoneDataSourceRunOperator, arguments(timeout=timedelta(milliseconds=50)))

        assert caught.value.waited_seconds == 0.05

    def test_refuses_an_event_that_is_none(self, catalog: ScriptedCatalog) -> None:
        operator = DataZoneDataSourceRunOperator(task_id="task", **arguments())

        with pytest.raises(InvalidArgumentError, match="DataZoneDataSourceRunTrigger"):
            operator.execute_complete(make_context(operator), None)

    def test_tells_openlineage_which_table_became_which_asset(self, catalog: ScriptedCatalog) -> None:
        operator = DataZoneDataSourceRunOperator(task_id="task", **arguments())
        operator.execute(make_context(operator))

        told = operator.get_openlineage_facets_on_complete(None)

        table, asset = told.inputs[0], told.outputs[0]
        assert (table.namespace, table.name) == ("arn:aws:glue:us-east-1:123456789012", "table/db/orders")
        assert (asset.namespace, asset.name) == ("amazon.datazone.asset", "asset-orders")
        assert told.run_facets["externalQuery"].externalQueryId == "started1"

    def test_tells_openlineage_nothing_before_there_is_a_run(self) -> None:
        operator = DataZoneDataSourceRunOperator(task_id="task", **arguments())

        assert operator.get_openlineage_facets_on_start().outputs == []


class TestDataZoneEnableLineageOperator:
    """The switch."""

    def test_switches_on_by_the_data_source(self, catalog: ScriptedCatalog) -> None:
        catalog.lineage_on = False

        result = enable(data_source_identifier=SOURCE)

        assert catalog.lineage_on is True
        assert result == {
            "domain_id": DOMAIN,
            "connection_id": CONNECTION,
            "connection_name": "project.default_lakehouse",
            "property": "lakehouseProperties",
            "changed": True,
        }

    def test_switches_on_an_iam_connection_by_its_own_property(self, catalog: ScriptedCatalog) -> None:
        catalog.lineage_on, catalog.member, catalog.connection_type = False, "iamProperties", "IAM"

        result = enable(connection_identifier=CONNECTION)

        assert (result["property"], result["changed"], catalog.lineage_on) == ("iamProperties", True, True)

    def test_changes_nothing_when_it_is_on_already(self, catalog: ScriptedCatalog) -> None:
        result = enable(connection_identifier=CONNECTION)

        assert result["changed"] is False
        assert catalog.calls == ["GetConnection"]

    def test_refuses_a_connection_without_a_switch(self, catalog: ScriptedCatalog) -> None:
        catalog.member, catalog.connection_type = None, "REDSHIFT"

        with pytest.raises(InvalidArgumentError, match="REDSHIFT"):
            enable(connection_identifier=CONNECTION)

    def test_refuses_a_data_source_on_an_environment(self, catalog: ScriptedCatalog) -> None:
        del catalog.data_source["connectionId"]

        with pytest.raises(InvalidArgumentError, match="environment"):
            enable(data_source_identifier=SOURCE)

    @pytest.mark.parametrize(
        "given",
        [{}, {"data_source_identifier": SOURCE, "connection_identifier": CONNECTION}],
        ids=["neither", "both"],
    )
    def test_wants_exactly_one_of_data_source_and_connection(
        self, catalog: ScriptedCatalog, given: dict[str, str]
    ) -> None:
        with pytest.raises(InvalidArgumentError, match="but not both"):
            enable(**given)

    def test_names_a_domain_that_is_none(self, catalog: ScriptedCatalog) -> None:
        with pytest.raises(InvalidArgumentError, match="domain_identifier"):
            enable(domain_identifier="{{ params.domain }}", data_source_identifier=SOURCE)

        assert catalog.calls == []


def enable(**overrides: Any) -> dict[str, Any]:
    """Run the operator that switches lineage import on."""
    given = {"domain_identifier": DOMAIN, "aws_conn_id": None, **overrides}
    result: dict[str, Any] = run(DataZoneEnableLineageOperator, given)[0]
    return result


def _iso(seconds: float) -> str:
    """Write a time as results have it."""
    return moment(seconds).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
