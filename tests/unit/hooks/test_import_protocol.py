"""The rules of an import, without Airflow and without AWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_lineage_provider.hooks.import_protocol import (
    ASSET_FAILED,
    ASSET_PASSED_OVER,
    EVENT_ENDED,
    LINEAGE_ENDED,
    ImportQuestion,
    ImportWatch,
    Move,
    began_earlier,
    choose,
    client_token,
    events_settled,
    import_result,
    judge,
    run_error,
)
from airflow_lineage_provider.hooks.import_records import RUN_ENDED, ImportedAsset, ImportRun

NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return a time so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def make_run(run_id: str = "run1", began: float = 0, **overrides: Any) -> ImportRun:
    """Build a run that was asked for and started ``began`` minutes after noon and was a success."""
    facts: dict[str, Any] = {
        "status": "SUCCESS",
        "lineage_status": "SUCCESS",
        "created_at": at(began),
        "started_at": at(began),
        "stopped_at": at(began + 1),
    }
    return ImportRun(run_id=run_id, **{**facts, **overrides})


def make_asset(table: str = "orders", **overrides: Any) -> ImportedAsset:
    """Build an asset that was imported with its lineage."""
    facts: dict[str, Any] = {
        "status": "SUCCEEDED_CREATED",
        "asset_id": "asset1",
        "lineage_event_id": "event1",
        "lineage_status": "SUCCESS",
    }
    return ImportedAsset(database="db", table=table, **{**facts, **overrides})


def make_question(as_of: float = 0, **overrides: Any) -> ImportQuestion:
    """Build a question about data of ``as_of`` minutes after noon."""
    return ImportQuestion(
        domain_id="dzd-1", data_source_id="source1", data_as_of=at(as_of), **{"explicit": True, **overrides}
    )


class TestChoose:
    """Which run is used, joined or waited for."""

    def test_starts_when_there_is_no_run(self) -> None:
        decision = choose([], make_question())

        assert (decision.move, decision.run) == (Move.START, None)

    def test_uses_a_finished_run_that_started_at_the_very_moment(self) -> None:
        run = make_run(began=0)

        assert choose([run], make_question(as_of=0)).run == run
        assert choose([run], make_question(as_of=0)).move is Move.USE

    def test_starts_when_the_finished_run_is_older_than_the_data(self) -> None:
        assert choose([make_run(began=0)], make_question(as_of=0.001)).move is Move.START

    def test_judges_freshness_by_the_start_and_not_by_the_end(self) -> None:
        run = make_run(began=0, stopped_at=at(60))

        assert choose([run], make_question(as_of=30)).move is Move.START

    def test_starts_anew_without_an_explicit_time_even_if_a_fresh_run_is_over(self) -> None:
        assert choose([make_run(began=5)], make_question(explicit=False)).move is Move.START

    def test_uses_a_finished_run_once_the_start_was_refused(self) -> None:
        decision = choose([make_run(began=5)], make_question(explicit=False), finished_counts=True)

        assert decision.move is Move.USE

    def test_uses_its_own_finished_run_without_an_explicit_time(self) -> None:
        question = make_question(explicit=False)

        assert choose([make_run("mine", 5)], question, own_run_id="mine").move is Move.USE
        assert choose([make_run("other", 5)], question, own_run_id="mine").move is Move.START

    def test_takes_the_newest_of_the_fresh_finished_runs(self) -> None:
        runs = [make_run("old", 1), make_run("new", 9), make_run("middle", 5)]

        decision = choose(runs, make_question())

        assert decision.run is not None
        assert decision.run.run_id == "new"

    def test_does_not_use_a_run_that_was_found_to_be_no_success(self) -> None:
        assert choose([make_run("bad", 5)], make_question(), unusable={"bad"}).move is Move.START

    @pytest.mark.parametrize(
        "overrides",
        [
            pytest.param({"status": "FAILED"}, id="run failed"),
            pytest.param({"status": "PARTIALLY_SUCCEEDED"}, id="run partial"),
            pytest.param({"lineage_status": "FAILED"}, id="lineage failed"),
            pytest.param({"lineage_status": "PARTIALLY_SUCCEEDED"}, id="lineage partial"),
            pytest.param({"lineage_status": None}, id="no lineage import"),
        ],
    )
    def test_does_not_use_a_fresh_run_without_full_success(self, overrides: dict[str, Any]) -> None:
        assert choose([make_run(began=5, **overrides)], make_question()).move is Move.START

    def test_uses_a_run_without_lineage_when_none_is_required(self) -> None:
        run = make_run(began=5, lineage_status=None)

        assert choose([run], make_question(require_lineage=False)).move is Move.USE

    @pytest.mark.parametrize("status", ["REQUESTED", "RUNNING"])
    def test_joins_a_fresh_run_that_goes_on(self, status: str) -> None:
        run = make_run(began=5, status=status, stopped_at=None, lineage_status=None)

        decision = choose([run], make_question(explicit=False))

        assert (decision.move, decision.run) == (Move.JOIN, run)

    def test_joins_a_fresh_run_whose_lineage_import_goes_on(self) -> None:
        assert choose([make_run(began=5, lineage_status="IN_PROGRESS")], make_question()).move is Move.JOIN

    def test_does_not_join_a_failed_run_whose_lineage_import_goes_on(self) -> None:
        run = make_run(began=5, status="FAILED", lineage_status="IN_PROGRESS")

        assert choose([run], make_question()).move is Move.START

    def test_waits_for_a_run_that_started_before_the_data(self) -> None:
        run = make_run(began=-5, status="RUNNING", stopped_at=None)

        decision = choose([run], make_question())

        assert (decision.move, decision.run) == (Move.WAIT, run)

    def test_waits_for_a_requested_run_because_it_may_start_after_the_data(self) -> None:
        run = make_run(began=-1, status="REQUESTED", started_at=None, stopped_at=None)

        assert choose([run], make_question()).move is Move.WAIT

    def test_joins_a_run_asked_for_before_the_data_and_started_after(self) -> None:
        run = make_run(began=-1, started_at=at(1), status="RUNNING", stopped_at=None)

        assert choose([run], make_question()).move is Move.JOIN


class TestBeganEarlier:
    """What StartDataSourceRun's answer is to the task that called."""

    def test_is_not_so_when_it_was_not_there_before(self) -> None:
        assert not began_earlier(make_run("r", 1), listed={"other"}, listed_at=at(1))

    def test_is_so_when_it_was_listed_before_the_call(self) -> None:
        assert began_earlier(make_run("r", 1), listed={"r"}, listed_at=at(1))

    def test_is_so_when_it_is_older_than_the_listing_that_missed_it(self) -> None:
        assert began_earlier(make_run("r", 1), listed=(), listed_at=at(9))


class TestClientToken:
    """The token that keeps a task from starting twice."""

    IDENTITY = ("dzd-1", "source", "dag", "manual__1", "group.import", -1, 3, 0, "")

    def test_is_the_same_for_the_same_question(self) -> None:
        assert client_token(self.IDENTITY) == client_token(list(self.IDENTITY))

    @pytest.mark.parametrize("position", range(9))
    def test_is_another_when_any_part_is_another(self, position: int) -> None:
        other = [*self.IDENTITY]
        other[position] = "other"

        assert client_token(self.IDENTITY) != client_token(other)

    def test_is_another_for_another_attempt(self) -> None:
        assert client_token(self.IDENTITY) != client_token(self.IDENTITY, attempt=2)

    def test_does_not_mix_up_neighbouring_parts(self) -> None:
        assert client_token(("a", "bc")) != client_token(("ab", "c"))

    def test_fits_what_the_api_takes_as_a_token(self) -> None:
        token = client_token(("d" * 300,))

        assert 1 <= len(token) <= 64
        assert all("!" <= letter <= "~" for letter in token)


class TestImportWatch:
    """When a run has nothing more to wait for."""

    def test_waits_for_the_lineage_import_after_the_run(self) -> None:
        watch = ImportWatch(require_lineage=True, absent_seconds=60)

        assert not watch.is_over(make_run(lineage_status="IN_PROGRESS"), now=0)
        assert watch.is_over(make_run(lineage_status="SUCCESS"), now=1)

    def test_bears_an_absent_lineage_import_only_so_long(self) -> None:
        watch = ImportWatch(require_lineage=True, absent_seconds=60)
        run = make_run(lineage_status=None)

        assert not watch.is_over(run, now=1000)
        assert not watch.is_over(run, now=1059)
        assert watch.is_over(run, now=1060)

    def test_does_not_count_the_time_the_run_itself_takes(self) -> None:
        watch = ImportWatch(require_lineage=True, absent_seconds=60)
        watch.is_over(make_run(status="RUNNING", lineage_status=None), now=0)

        assert not watch.is_over(make_run(lineage_status=None), now=3600)

    def test_does_not_wait_for_lineage_that_nobody_asked_for(self) -> None:
        assert ImportWatch(require_lineage=False, absent_seconds=60).is_over(
            make_run(lineage_status=None), now=0
        )

    def test_does_not_wait_for_the_lineage_of_a_failed_run(self) -> None:
        run = make_run(status="FAILED", lineage_status="IN_PROGRESS")

        assert ImportWatch(require_lineage=True, absent_seconds=60).is_over(run, now=0)

    @pytest.mark.parametrize("status", ["REQUESTED", "RUNNING", "A_STATE_OF_TOMORROW"])
    def test_waits_in_every_state_that_is_no_end(self, status: str) -> None:
        assert not ImportWatch(require_lineage=False, absent_seconds=0).is_over(
            make_run(status=status), now=0
        )


class TestEventsSettled:
    """When every event has been processed."""

    @pytest.mark.parametrize("status", ["REQUESTED", "PROCESSING"])
    def test_is_not_so_while_an_event_is_on_its_way(self, status: str) -> None:
        assets = [make_asset(), make_asset("clicks", lineage_status=status)]

        assert not events_settled(make_run(), assets, require_lineage=True)

    def test_is_so_when_a_table_has_no_event(self) -> None:
        assets = [make_asset(lineage_event_id=None, lineage_status=None)]

        assert events_settled(make_run(), assets, require_lineage=True)

    def test_is_so_when_the_import_has_failed(self) -> None:
        assets = [make_asset(lineage_status="PROCESSING")]

        assert events_settled(make_run(lineage_status="FAILED"), assets, require_lineage=True)


class TestJudge:
    """The verdict."""

    def test_finds_nothing_wrong_with_a_full_success(self) -> None:
        judgement = judge(make_run(), [make_asset()], make_question())

        assert (judgement.fatal, judgement.partial, judgement.notes) == ((), (), ())
        assert not judgement.fails(make_question())

    def test_takes_an_unchanged_table_without_an_event(self) -> None:
        asset = make_asset(status="UNCHANGED", lineage_event_id=None, lineage_status=None)

        assert not judge(make_run(), [asset], make_question()).fails(make_question())

    def test_names_the_failed_event_and_its_table_although_all_states_say_success(self) -> None:
        assets = [
            make_asset(),
            make_asset("clicks", lineage_status="FAILED", lineage_error="event too large"),
        ]

        judgement = judge(make_run(), assets, make_question())

        assert judgement.partial == ("lineage event event1 of table db.clicks is FAILED: event too large",)
        assert judgement.fails(make_question())

    def test_names_a_table_whose_lineage_was_refused_without_an_event(self) -> None:
        asset = make_asset(lineage_event_id=None, lineage_status=None, lineage_error="over 250 tables")

        assert judge(make_run(), [asset], make_question()).partial == (
            "table db.orders has no lineage event: over 250 tables",
        )

    @pytest.mark.parametrize("status", sorted(ASSET_FAILED))
    def test_names_a_table_that_was_not_imported(self, status: str) -> None:
        asset = make_asset(status=status, error="ACCESS_DENIED_EXCEPTION: no")

        problems = judge(make_run(), [asset], make_question(require_lineage=False)).partial

        assert problems == (f"table db.orders is {status}: ACCESS_DENIED_EXCEPTION: no",)

    @pytest.mark.parametrize("status", sorted(ASSET_PASSED_OVER))
    def test_only_notes_a_table_that_was_left_out(self, status: str) -> None:
        judgement = judge(make_run(), [make_asset(status=status)], make_question())

        assert judgement.notes == (f"table db.orders was left out: {status}",)
        assert not judgement.fails(make_question())

    @pytest.mark.parametrize(
        "overrides, problem",
        [
            ({"status": "FAILED", "message": "role is gone"}, "the run failed: role is gone"),
            ({"lineage_status": "FAILED"}, "the lineage import failed"),
            (
                {"lineage_status": None},
                "the run has no lineage import, although it is switched on for the connection",
            ),
        ],
        ids=["run failed", "lineage failed", "lineage absent"],
    )
    def test_fails_whatever_is_said_about_partial_success(
        self, overrides: dict[str, Any], problem: str
    ) -> None:
        question = make_question(on_partial="warn")

        judgement = judge(make_run(**overrides), [], question)

        assert judgement.fatal == (problem,)
        assert judgement.fails(question)

    @pytest.mark.parametrize(
        "overrides",
        [{"status": "PARTIALLY_SUCCEEDED"}, {"lineage_status": "PARTIALLY_SUCCEEDED"}],
        ids=["run", "lineage import"],
    )
    def test_leaves_partial_success_to_the_task(self, overrides: dict[str, Any]) -> None:
        run = make_run(**overrides)

        assert judge(run, [], make_question()).fails(make_question(on_partial="fail"))
        assert not judge(run, [], make_question()).fails(make_question(on_partial="warn"))

    def test_ignores_lineage_that_nobody_asked_for(self) -> None:
        run = make_run(lineage_status="FAILED")
        asset = make_asset(lineage_status="FAILED", lineage_error="no")
        question = make_question(require_lineage=False)

        assert judge(run, [asset], question).partial == ()
        assert not judge(run, [asset], question).fails(question)

    def test_says_everything_in_the_error(self) -> None:
        run = make_run(lineage_status="PARTIALLY_SUCCEEDED")
        judgement = judge(run, [make_asset(lineage_status="FAILED", lineage_error="no")], make_question())

        error = run_error(run, judgement, make_question())

        assert error.problems == [
            "the lineage import is PARTIALLY_SUCCEEDED",
            "lineage event event1 of table db.orders is FAILED: no",
        ]
        assert "Run run1 of data source 'source1' (domain 'dzd-1')" in str(error)


class TestImportResult:
    """What the operator returns."""

    def test_has_the_promised_shape(self) -> None:
        run = make_run(statistics={"added": 2})

        result = import_result(run, [make_asset("b"), make_asset("a")], make_question(), joined=True)

        assert result == {
            "domain_id": "dzd-1",
            "data_source_id": "source1",
            "run_id": "run1",
            "status": "SUCCESS",
            "lineage_status": "SUCCESS",
            "joined": True,
            "started_at": "2025-06-04T12:00:00.000Z",
            "stopped_at": "2025-06-04T12:01:00.000Z",
            "statistics": {"added": 2, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 0},
            "assets": [
                {
                    "asset_id": "asset1",
                    "database": "db",
                    "table": table,
                    "status": "SUCCEEDED_CREATED",
                    "lineage_event_id": "event1",
                    "lineage_status": "SUCCESS",
                    "error": None,
                }
                for table in ("a", "b")
            ],
        }


class TestRecords:
    """Runs and assets as values."""

    def test_read_a_run_as_boto3_gives_it(self) -> None:
        run = ImportRun.from_answer(
            {
                "id": "r",
                "status": "FAILED",
                "createdAt": NOON,
                "startedAt": at(1),
                "lineageSummary": {"importStatus": "IN_PROGRESS"},
                "runStatisticsForAssets": {"failed": 1},
                "errorMessage": {"errorType": "VALIDATION_EXCEPTION", "errorDetail": "bad"},
            }
        )

        assert run == ImportRun(
            run_id="r",
            status="FAILED",
            created_at=NOON,
            lineage_status="IN_PROGRESS",
            started_at=at(1),
            statistics={"failed": 1},
            message="VALIDATION_EXCEPTION: bad",
        )

    def test_read_an_activity_as_boto3_gives_it(self) -> None:
        asset = ImportedAsset.from_answer(
            {
                "database": "db",
                "technicalName": "orders",
                "dataAssetStatus": "UNCHANGED",
                "dataAssetId": "a",
                "lineageSummary": {"eventId": "e", "eventStatus": "FAILED", "errorMessage": "no"},
            }
        )

        assert asset == make_asset(
            status="UNCHANGED",
            asset_id="a",
            lineage_event_id="e",
            lineage_status="FAILED",
            lineage_error="no",
        )

    def test_survive_json(self) -> None:
        run = make_run(statistics={"added": 1}, stopped_at=None)

        assert ImportRun.from_dict(run.to_dict()) == run
        assert ImportedAsset.from_dict(make_asset().to_dict()) == make_asset()

    def test_take_the_request_for_the_start_while_the_start_is_unknown(self) -> None:
        assert make_run(began=3, started_at=None).began_at == at(3)


@pytest.mark.parametrize(
    "shape, ended, going_on",
    [
        ("DataSourceRunStatus", RUN_ENDED, {"REQUESTED", "RUNNING"}),
        ("LineageImportStatus", LINEAGE_ENDED, {"IN_PROGRESS"}),
        ("LineageEventProcessingStatus", EVENT_ENDED, {"REQUESTED", "PROCESSING"}),
        (
            "DataAssetActivityStatus",
            ASSET_FAILED | ASSET_PASSED_OVER,
            {"SUCCEEDED_CREATED", "SUCCEEDED_UPDATED", "UNCHANGED"},
        ),
    ],
)
def test_every_state_of_the_service_model_is_known(
    shape: str, ended: frozenset[str], going_on: set[str]
) -> None:
    from botocore.session import get_session

    model = get_session().get_service_model("datazone").shape_for(shape)

    assert set(model.metadata["enum"]) == ended | going_on
