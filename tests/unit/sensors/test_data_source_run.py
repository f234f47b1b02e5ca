"""The sensor for data-source runs, without Airflow's processes, on a double of the AWS client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout

from airflow_lineage_provider.exceptions import (
    DataSourceRunFailedError,
    InvalidArgumentError,
    LineageError,
    LineageImportOffError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.sensors.datazone import DataZoneDataSourceRunSensor
from tests.unit.hooks.scripted_catalog import (
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
    """Return arguments of a wait that does not have to be waited for by the clock."""
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


def outcome(**overrides: Any) -> Any:
    """Run the sensor; return its value or its error."""
    try:
        return run(DataZoneDataSourceRunSensor, arguments(**overrides))[0]
    except (LineageError, AirflowSensorTimeout) as error:
        return error


class TestWhichRun:
    @BOTH
    def test_is_the_first_that_started_after_the_data(
        self, catalog: ScriptedCatalog, deferrable: bool
    ) -> None:
        catalog.runs = [
            ScriptedRun("stale", NOON - 60, run_seconds=1),
            ScriptedRun("first", NOON + 5),
            ScriptedRun("second", NOON + 40),
        ]

        assert outcome(deferrable=deferrable)["run_id"] == "first"

    @BOTH
    def test_does_not_depend_on_how_late_it_looks(self, catalog: ScriptedCatalog, deferrable: bool) -> None:
        catalog.runs = [ScriptedRun(f"run{number:03}", NOON + 100 * number) for number in range(120)]
        catalog.now = NOON + 1_000_000

        assert outcome(deferrable=deferrable)["run_id"] == "run000"

    @BOTH
    def test_is_one_that_was_asked_for_before_the_data_and_started_after_it(
        self, catalog: ScriptedCatalog, deferrable: bool
    ) -> None:
        catalog.runs = [ScriptedRun("queued", NOON - 5, start_after=20)]

        assert outcome(deferrable=deferrable)["run_id"] == "queued"

    @BOTH
    @pytest.mark.parametrize(
        "given", ["given", {"run_id": "given", "status": "RUNNING"}], ids=["by its id", "by a result"]
    )
    def test_is_the_one_that_is_given(self, catalog: ScriptedCatalog, given: Any, deferrable: bool) -> None:
        catalog.runs = [ScriptedRun("given", NOON - 60), ScriptedRun("other", NOON + 5)]

        assert outcome(deferrable=deferrable, run_identifier=given)["run_id"] == "given"

    @BOTH
    def test_counts_the_end_of_a_crawl_as_the_time_of_the_data(
        self, catalog: ScriptedCatalog, deferrable: bool
    ) -> None:
        catalog.runs = [ScriptedRun("early", NOON - 60), ScriptedRun("late", NOON - 20)]
        crawl = {"crawl_id": "c", "ended_at": moment(NOON - 30).isoformat()}

        assert outcome(deferrable=deferrable, data_as_of=crawl)["run_id"] == "late"

    @BOTH
    def test_is_none_that_started_before_the_task_if_no_time_is_given(
        self, catalog: ScriptedCatalog, deferrable: bool
    ) -> None:
        catalog.runs = [ScriptedRun("old", NOON - 60, run_seconds=1), ScriptedRun("new", NOON + 30)]
        sensor = DataZoneDataSourceRunSensor(task_id="task", **arguments())
        context = make_context(sensor, store=TaskStore())
        given = arguments(deferrable=deferrable, data_as_of=None)

        result, _ = run(DataZoneDataSourceRunSensor, given, context)

        assert result["run_id"] == "new"

    def test_remembers_from_poke_to_poke_since_when_it_waits(self, catalog: ScriptedCatalog) -> None:
        store = TaskStore()
        given = arguments(data_as_of=None)
        for later in (0, 500):
            sensor = DataZoneDataSourceRunSensor(task_id="task", **given)
            catalog.now = NOON + later
            catalog.runs = [ScriptedRun("new", NOON + 30)] if later else []
            found = sensor.poke(make_context(sensor, store=store))

        assert found.xcom_value is not None
        assert found.xcom_value["run_id"] == "new"


class TestVerdict:
    @pytest.mark.parametrize(
        "script, overrides",
        [
            pytest.param({}, {}, id="success"),
            pytest.param({"status": "FAILED", "message": "role is gone"}, {}, id="run failed"),
            pytest.param({"status": "PARTIALLY_SUCCEEDED"}, {}, id="run partial"),
            pytest.param({"status": "PARTIALLY_SUCCEEDED"}, {"on_partial": "warn"}, id="partial accepted"),
            pytest.param({"lineage_status": "FAILED"}, {}, id="lineage failed"),
            pytest.param({"lineage_status": None}, {"lineage_start_timeout": 0}, id="lineage absent"),
            pytest.param({"lineage_status": None}, {"require_lineage": False}, id="no lineage wanted"),
            pytest.param(
                {
                    "activities": [
                        make_activity(lineageSummary={"eventId": "e", "eventStatus": "FAILED"}),
                        make_activity("b"),
                    ]
                },
                {},
                id="event failed",
            ),
            pytest.param({"event_seconds": 20}, {}, id="events late"),
        ],
    )
    def test_is_the_same_in_the_worker_and_deferred(
        self, catalog: ScriptedCatalog, script: dict[str, Any], overrides: dict[str, Any]
    ) -> None:
        outcomes = []
        for deferrable in (False, True):
            catalog.__init__(ScriptedRun("run", NOON + 5, **script))  # type: ignore[misc]
            outcomes.append(outcome(deferrable=deferrable, **overrides))

        assert outcomes[0] == outcomes[1]

    @BOTH
    def test_of_a_success_is_what_the_operator_returns(
        self, catalog: ScriptedCatalog, deferrable: bool
    ) -> None:
        catalog.runs = [ScriptedRun("run", NOON + 5)]

        found = outcome(deferrable=deferrable)

        assert (found["status"], found["lineage_status"], found["joined"]) == ("SUCCESS", "SUCCESS", True)
        assert found["started_at"] == moment(NOON + 5).isoformat(timespec="milliseconds").replace(
            "+00:00", "Z"
        )
        assert [asset["lineage_event_id"] for asset in found["assets"]] == ["event-orders"]

    @BOTH
    def test_of_a_failed_run_names_what_failed(self, catalog: ScriptedCatalog, deferrable: bool) -> None:
        catalog.runs = [ScriptedRun("run", NOON + 5, status="FAILED", message="role is gone")]

        error = outcome(deferrable=deferrable)

        assert isinstance(error, DataSourceRunFailedError)
        assert error.run_id == "run"
        assert "role is gone" in str(error)

    @BOTH
    @pytest.mark.parametrize(
        "runs, said",
        [
            pytest.param([], "No run of data source 'source00000001'", id="no run"),
            pytest.param([ScriptedRun("slow", NOON + 5, run_seconds=1e9)], "Run slow of data", id="slow run"),
        ],
    )
    def test_of_a_wait_that_took_too_long_is_a_sensors_timeout(
        self, catalog: ScriptedCatalog, runs: list[ScriptedRun], said: str, deferrable: bool
    ) -> None:
        catalog.runs = list(runs)

        error = outcome(deferrable=deferrable, timeout=0.3)

        assert isinstance(error, AirflowSensorTimeout)
        assert said in str(error)

    @BOTH
    def test_outlasts_throttling(self, catalog: ScriptedCatalog, deferrable: bool) -> None:
        catalog.runs = [ScriptedRun("run", NOON + 5)]
        for operation in ("GetDataSource", "ListDataSourceRuns", "GetDataSourceRun"):
            catalog.faults[operation] = ["ThrottlingException"] * 3

        assert outcome(deferrable=deferrable)["run_id"] == "run"


class TestWithoutWaiting:
    @BOTH
    def test_says_that_lineage_import_is_off(self, catalog: ScriptedCatalog, deferrable: bool) -> None:
        catalog.lineage_on = False

        assert isinstance(outcome(deferrable=deferrable), LineageImportOffError)

    def test_does_not_ask_for_lineage_that_nobody_wants(self, catalog: ScriptedCatalog) -> None:
        catalog.lineage_on, catalog.runs = False, [ScriptedRun("run", NOON + 5, lineage_status=None)]

        assert outcome(require_lineage=False)["run_id"] == "run"

    @BOTH
    def test_names_an_unknown_data_source(self, catalog: ScriptedCatalog, deferrable: bool) -> None:
        error = outcome(deferrable=deferrable, data_source_identifier="elsewhere")

        assert isinstance(error, ResourceNotFoundError)
        assert "'elsewhere'" in str(error)

    @pytest.mark.parametrize(
        "overrides, argument",
        [
            pytest.param({"domain_identifier": "{{ domain }}"}, "domain_identifier", id="template"),
            pytest.param({"data_source_identifier": None}, "data_source_identifier", id="nothing"),
            pytest.param({"run_identifier": {"status": "x"}}, "run_identifier", id="no run"),
            pytest.param({"data_as_of": "soon"}, "data_as_of", id="no time"),
            pytest.param({"on_partial": "ignore"}, "on_partial", id="unknown choice"),
            pytest.param({"lineage_start_timeout": -1}, "lineage_start_timeout", id="negative time"),
        ],
    )
    def test_names_a_bad_argument_before_any_call(
        self, catalog: ScriptedCatalog, overrides: dict[str, Any], argument: str
    ) -> None:
        error = outcome(**overrides)

        assert isinstance(error, InvalidArgumentError)
        assert error.argument == argument
        assert catalog.calls == []

    def test_pushes_the_link_before_it_waits(self, catalog: ScriptedCatalog) -> None:
        sensor = DataZoneDataSourceRunSensor(task_id="task", **arguments())
        context = make_context(sensor)

        assert not sensor.poke(context)

        url = f"https://{DOMAIN}.sagemaker.us-east-1.on.aws/projects/project0000001/overview"
        assert context["ti"].pushed == {"datazone_data_source_run": url}

    def test_starts_nothing(self, catalog: ScriptedCatalog) -> None:
        catalog.runs = [ScriptedRun("run", NOON + 5)]

        outcome()

        assert set(catalog.calls) <= {
            "GetDataSource",
            "GetConnection",
            "ListDataSourceRuns",
            "GetDataSourceRun",
            "ListDataSourceRunActivities",
        }

    def test_takes_a_time_that_is_yet_to_come(self, catalog: ScriptedCatalog) -> None:
        catalog.runs = [ScriptedRun("now", NOON + 5), ScriptedRun("later", NOON + 3600)]
        later = moment(NOON) + timedelta(minutes=30)
        catalog.now = NOON + 4000

        assert outcome(data_as_of=later)["run_id"] == "later"
