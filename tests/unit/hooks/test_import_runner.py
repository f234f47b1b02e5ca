"""The import protocol carried out with a hook on a double of the AWS client."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    AwsCallError,
    DataSourceNotReadyError,
    DataSourceRunTimeoutError,
    InvalidArgumentError,
    LineageImportOffError,
    PermissionDeniedError,
    QuotaExceededError,
    ResourceNotFoundError,
    ThrottledError,
)
from airflow_lineage_provider.hooks.import_protocol import ImportQuestion, Move, Patience
from airflow_lineage_provider.hooks.import_runner import ImportRunner
from airflow_lineage_provider.hooks.import_source import Place, lineage_switch
from tests.unit.hooks.scripted_catalog import (
    CONNECTION,
    DOMAIN,
    NOON,
    SOURCE,
    ScriptedCatalog,
    ScriptedRun,
    make_activity,
    make_hook,
    moment,
)


def make_runner(catalog: ScriptedCatalog, *, as_of: float = NOON, **overrides: Any) -> ImportRunner:
    """Build a runner whose clock is the catalog's; a question's members can be overridden."""
    timeout = overrides.pop("timeout", 600.0)
    question: dict[str, Any] = {
        "domain_id": DOMAIN,
        "data_source_id": SOURCE,
        "data_as_of": moment(as_of),
        "explicit": True,
        **overrides,
    }

    def sleep(seconds: float) -> None:
        catalog.now += seconds

    return ImportRunner(
        make_hook(catalog),
        ImportQuestion(**question),
        Patience(timeout=timeout, deadline=NOON + timeout, delay=10, absent_seconds=60),
        clock=lambda: catalog.now,
        sleep=sleep,
    )


def token(attempt: int) -> str:
    """Return the token of an attempt."""
    return f"token{attempt}"


class TestPreflight:
    """What is checked before anything is started."""

    def test_tells_where_the_data_source_is(self) -> None:
        place = make_runner(ScriptedCatalog()).preflight()

        assert place == Place("project0000001", CONNECTION, "123456789012", "us-east-1")

    def test_refuses_when_lineage_import_is_off_and_starts_nothing(self) -> None:
        catalog = ScriptedCatalog()
        catalog.lineage_on = False

        with pytest.raises(LineageImportOffError) as caught:
            make_runner(catalog).preflight()

        assert caught.value.connection_id == CONNECTION
        assert "DataZoneEnableLineageOperator" in str(caught.value)
        assert catalog.calls == ["GetDataSource", "GetConnection"]

    def test_does_not_mind_the_switch_when_no_lineage_is_required(self) -> None:
        catalog = ScriptedCatalog()
        catalog.lineage_on = False

        assert make_runner(catalog, require_lineage=False).preflight().connection_id == CONNECTION

    @pytest.mark.parametrize(
        "facts, state",
        [
            ({"status": "CREATING"}, "CREATING"),
            ({"status": "FAILED_CREATION", "errorMessage": {"errorDetail": "no role"}}, "FAILED_CREATION"),
            ({"status": "DELETING"}, "DELETING"),
            ({"enableSetting": "DISABLED"}, "DISABLED"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_refuses_a_data_source_that_cannot_run(self, facts: dict[str, Any], state: str) -> None:
        catalog = ScriptedCatalog()
        catalog.data_source |= facts

        with pytest.raises(DataSourceNotReadyError) as caught:
            make_runner(catalog).preflight()

        assert caught.value.state == state

    def test_takes_a_data_source_that_is_running(self) -> None:
        catalog = ScriptedCatalog()
        catalog.data_source["status"] = "RUNNING"

        assert make_runner(catalog).preflight().project_id == "project0000001"

    def test_refuses_to_require_lineage_of_a_redshift_data_source(self) -> None:
        catalog = ScriptedCatalog()
        catalog.data_source["type"] = "REDSHIFT"
        catalog.member, catalog.connection_type = None, "REDSHIFT"

        with pytest.raises(InvalidArgumentError, match="require_lineage"):
            make_runner(catalog).preflight()

    def test_names_an_unknown_data_source(self) -> None:
        with pytest.raises(ResourceNotFoundError) as caught:
            make_runner(ScriptedCatalog(), data_source_id="other").preflight()

        assert "data source 'other' of domain 'dzd-abc123'" in str(caught.value)


class TestBegin:
    """Use, join, wait or start."""

    def test_starts_a_run(self) -> None:
        catalog = ScriptedCatalog()

        beginning = make_runner(catalog).begin(token)

        assert beginning.move is Move.START
        assert beginning.run is not None
        assert (beginning.run.run_id, beginning.joined) == ("started1", False)

    def test_starts_nothing_when_a_fresh_run_is_over(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("fresh", NOON - 20))

        beginning = make_runner(catalog, as_of=NOON - 20).begin(token)

        assert (beginning.move, beginning.joined) == (Move.USE, True)
        assert [asset.table for asset in beginning.assets or ()] == ["orders"]
        assert "StartDataSourceRun" not in catalog.calls

    def test_starts_a_run_when_an_event_of_the_fresh_one_failed(self) -> None:
        failed = make_activity(lineageSummary={"eventId": "e", "eventStatus": "FAILED"})
        catalog = ScriptedCatalog(ScriptedRun("bad", NOON - 20, activities=[failed]))

        beginning = make_runner(catalog, as_of=NOON - 20).begin(token)

        assert beginning.move is Move.START
        assert catalog.started() == ["started1"]

    def test_waits_when_an_older_run_is_in_the_way(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("old", NOON - 5, run_seconds=100))

        beginning = make_runner(catalog).begin(token)

        assert beginning.move is Move.WAIT
        assert beginning.run is not None
        assert beginning.run.run_id == "old"
        assert "StartDataSourceRun" not in catalog.calls

    def test_joins_the_run_that_won_the_race(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("rival", NOON + 4.5, run_seconds=100))

        beginning = make_runner(catalog, explicit=False).begin(token)

        assert catalog.calls.count("StartDataSourceRun") == 1
        assert beginning.run is not None
        assert (beginning.move, beginning.run.run_id, beginning.joined) == (Move.JOIN, "rival", True)

    def test_joins_a_fresh_run_when_the_quota_is_used_up(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("fresh", NOON + 0.5, run_seconds=0, lineage_seconds=0))
        catalog.quota = 1

        beginning = make_runner(catalog, explicit=False).begin(token)

        assert (beginning.move, beginning.joined) == (Move.USE, True)

    def test_raises_when_the_quota_is_used_up_and_no_run_is_fresh(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("old", NOON - 50))
        catalog.quota = 1

        with pytest.raises(QuotaExceededError, match="25 a day"):
            make_runner(catalog).begin(token)

    def test_waits_when_the_start_is_refused_and_nothing_is_listed(self) -> None:
        catalog = ScriptedCatalog()
        catalog.faults["StartDataSourceRun"] = ["ConflictException"]

        beginning = make_runner(catalog).begin(token)

        assert (beginning.move, beginning.run) == (Move.WAIT, None)

    def test_passes_on_any_other_refusal(self) -> None:
        catalog = ScriptedCatalog()
        catalog.faults["StartDataSourceRun"] = ["AccessDeniedException"]

        with pytest.raises(PermissionDeniedError):
            make_runner(catalog).begin(token)

    def test_goes_on_with_the_run_of_an_earlier_try(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("mine", NOON - 100, "token0", run_seconds=200))

        runner = make_runner(catalog, as_of=NOON - 200)
        beginning = runner.begin(token, try_number=2, own_run_id="mine")

        assert beginning.run is not None
        assert (beginning.run.run_id, beginning.joined) == ("mine", False)
        assert "StartDataSourceRun" not in catalog.calls

    def test_takes_the_finished_run_of_an_earlier_try_whose_id_was_lost(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("mine", NOON - 100, "token0"))

        beginning = make_runner(catalog, explicit=False).begin(token, try_number=2)

        assert beginning.run is not None
        assert (beginning.move, beginning.run.run_id, beginning.joined) == (Move.USE, "mine", False)
        assert len(catalog.runs) == 1

    def test_starts_anew_when_the_run_of_an_earlier_try_failed(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("mine", NOON - 100, "token0", status="FAILED"))

        beginning = make_runner(catalog, explicit=False).begin(token, try_number=2)

        assert beginning.run is not None
        assert beginning.run.run_id == "started2"
        assert catalog.runs[-1].token == "token2"

    def test_does_not_take_its_own_quickly_failed_run_for_an_earlier_one(self) -> None:
        catalog = ScriptedCatalog(next_runs=[{"run_seconds": 0, "status": "FAILED"}])

        beginning = make_runner(catalog).begin(token, try_number=2)

        assert beginning.run is not None
        assert beginning.run.status == "FAILED"
        assert len(catalog.started()) == 1

    def test_a_lost_reply_starts_nothing_twice(self) -> None:
        catalog = ScriptedCatalog()
        start = catalog.start_data_source_run
        catalog.faults["GetDataSourceRun"] = []

        def lose_the_first_reply(**request: Any) -> dict[str, Any]:
            reply = start(**request)
            if len(catalog.calls) < 4:
                catalog.faults["StartDataSourceRun"] = []
                raise_busy()
            return reply

        def raise_busy() -> None:
            from tests.unit.hooks.scripted_catalog import client_error

            raise client_error("StartDataSourceRun", "InternalServerException")

        catalog.start_data_source_run = lose_the_first_reply  # type: ignore[method-assign]

        beginning = make_runner(catalog).begin(token)

        assert beginning.run is not None
        assert beginning.run.run_id == "started1"
        assert len(catalog.started()) == 1

    def test_reads_every_page_of_a_listing_that_is_not_newest_first(self) -> None:
        old = [ScriptedRun(f"old{i}", NOON - 1000 + i, run_seconds=0) for i in range(5)]
        catalog = ScriptedCatalog(*old, ScriptedRun("fresh", NOON - 20))
        catalog.newest_first, catalog.page_size = False, 2

        beginning = make_runner(catalog, as_of=NOON - 20).begin(token)

        assert beginning.run is not None
        assert beginning.run.run_id == "fresh"

    def test_stops_reading_where_a_newest_first_listing_gets_older_than_the_data(self) -> None:
        old = [ScriptedRun(f"old{i}", NOON - 1000 + i, run_seconds=0) for i in range(50)]
        catalog = ScriptedCatalog(*old)
        catalog.page_size, catalog.quota = 10, 100

        make_runner(catalog).begin(token)

        assert catalog.calls.count("ListDataSourceRuns") == 2, "one page before the gate and one behind it"

    def test_starts_nothing_that_it_could_not_watch(self) -> None:
        for operation in ("GetDataSourceRun", "ListDataSourceRunActivities"):
            catalog = ScriptedCatalog(ScriptedRun("old", NOON - 1000))
            catalog.faults[operation] = ["AccessDeniedException"]

            with pytest.raises(PermissionDeniedError, match=operation):
                make_runner(catalog).begin(token)

            assert catalog.started() == []

    def test_finds_out_what_may_be_read_where_there_is_no_run_yet(self) -> None:
        catalog = ScriptedCatalog()

        assert make_runner(catalog).begin(token).move is Move.START

    def test_looks_again_after_a_random_time_if_it_is_told_to_spread_starts(self) -> None:
        rival = ScriptedRun("rival", NOON + 2, run_seconds=10_000)
        catalog = ScriptedCatalog(rival)
        runner = make_runner(catalog)
        runner.patience = replace(runner.patience, start_spread=1000.0)

        beginning = runner.begin(token)

        assert beginning.run is not None
        assert (beginning.run.run_id, catalog.started()) == ("rival", [])


class TestWait:
    """Waiting in the worker."""

    def test_waits_for_run_lineage_and_events(self) -> None:
        catalog = ScriptedCatalog(
            ScriptedRun("r", NOON, run_seconds=40, lineage_seconds=40, event_seconds=40)
        )

        run, assets = make_runner(catalog).wait("r")

        assert (run.status, run.lineage_status) == ("SUCCESS", "SUCCESS")
        assert [asset.lineage_status for asset in assets] == ["SUCCESS"]
        assert catalog.now >= NOON + 120

    def test_bears_a_missing_lineage_import_for_a_while(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("r", NOON, run_seconds=0, lineage_status=None))

        run, _ = make_runner(catalog).wait("r")

        assert run.lineage_status is None
        assert NOON + 60 <= catalog.now < NOON + 90

    def test_gives_up_at_the_deadline(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("r", NOON, run_seconds=1000))

        with pytest.raises(DataSourceRunTimeoutError) as caught:
            make_runner(catalog, timeout=100.0).wait("r")

        assert (caught.value.run_id, caught.value.status, caught.value.waited_seconds) == (
            "r",
            "RUNNING",
            100,
        )
        assert catalog.now < NOON + 115

    def test_is_not_put_off_by_throttling(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("r", NOON))
        catalog.faults["GetDataSourceRun"] = ["ThrottlingException"] * 6
        catalog.faults["ListDataSourceRunActivities"] = ["InternalServerException"] * 3

        run, _ = make_runner(catalog).wait("r")

        assert run.status == "SUCCESS"

    def test_ends_at_the_deadline_when_it_is_throttled_all_the_time(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("r", NOON))
        catalog.faults["GetDataSourceRun"] = ["ThrottlingException"] * 1000

        with pytest.raises(DataSourceRunTimeoutError) as caught:
            make_runner(catalog, timeout=100.0).wait("r")

        assert (caught.value.run_id, caught.value.status) == ("r", "UNKNOWN")
        assert isinstance(caught.value.__cause__, ThrottledError)
        assert catalog.now < NOON + 140

    def test_fails_at_once_without_permission(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("r", NOON))
        catalog.faults["GetDataSourceRun"] = ["AccessDeniedException"]

        with pytest.raises(PermissionDeniedError):
            make_runner(catalog).wait("r")

    def test_waits_for_its_turn_without_waiting_for_lineage(self) -> None:
        catalog = ScriptedCatalog(ScriptedRun("old", NOON, run_seconds=50, lineage_seconds=500))
        runner = make_runner(catalog)

        runner.wait_for_turn(runner.run("old"))

        assert NOON + 50 <= catalog.now < NOON + 80


class TestServiceClock:
    """Times of this machine on the service's clock."""

    def test_does_not_move_a_time_when_the_clocks_may_agree(self) -> None:
        runner = make_runner(ScriptedCatalog())

        assert runner.service_clock(moment(NOON)) == moment(NOON)

    def test_moves_a_time_when_this_clock_is_slow(self) -> None:
        catalog = ScriptedCatalog()
        runner = make_runner(catalog)
        runner.clock = lambda: catalog.now - 3600

        moved = runner.service_clock(moment(NOON - 3600))

        assert timedelta() <= moved - moment(NOON) <= timedelta(seconds=2)


class TestLineageSwitch:
    """Where the switch is."""

    @pytest.mark.parametrize(
        "connection, member, on",
        [
            ({"type": "LAKEHOUSE", "props": {"lakehouseProperties": {}}}, "lakehouseProperties", False),
            (
                {"type": "LAKEHOUSE", "props": {"lakehouseProperties": {"glueLineageSyncEnabled": True}}},
                "lakehouseProperties",
                True,
            ),
            (
                {"type": "IAM", "props": {"iamProperties": {"glueLineageSyncEnabled": True}}},
                "iamProperties",
                True,
            ),
            ({"type": "IAM"}, "iamProperties", False),
            ({"type": "A_NEW_TYPE", "props": {"iamProperties": {}}}, "iamProperties", False),
            ({"type": "REDSHIFT", "props": {"redshiftProperties": {}}}, None, False),
        ],
        ids=["lakehouse off", "lakehouse on", "iam on", "iam without properties", "unknown type", "redshift"],
    )
    def test_is_found_by_property_or_type(
        self, connection: dict[str, Any], member: str | None, on: bool
    ) -> None:
        switch = lineage_switch({"connectionId": "c", **connection})

        assert (switch.connection_id, switch.member, switch.on) == ("c", member, on)


def test_an_unmapped_refusal_keeps_the_code_of_aws() -> None:
    catalog = ScriptedCatalog()
    catalog.faults["GetDataSource"] = ["ConflictException"]

    with pytest.raises(AwsCallError) as caught:
        make_runner(catalog).preflight()

    assert (caught.value.code, caught.value.operation) == ("ConflictException", "GetDataSource")


class TestLog:
    def test_has_one_line_per_change_of_state(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("INFO")
        catalog = ScriptedCatalog(next_runs=[{"start_after": 30, "run_seconds": 300, "lineage_seconds": 60}])
        runner = make_runner(catalog)

        beginning = runner.begin(token)
        assert beginning.run is not None
        runner.wait(beginning.run.run_id)

        assert [record.getMessage() for record in caplog.records] == [
            f"Started run started1 of data source {SOURCE}: it is REQUESTED, its lineage import absent",
            "Run started1 is RUNNING, its lineage import IN_PROGRESS",
            "Run started1 is SUCCESS, its lineage import IN_PROGRESS",
            "Run started1 is SUCCESS, its lineage import SUCCESS",
        ]
