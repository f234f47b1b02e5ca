"""The wait for a data-source run in the triggerer, on a double of the AWS client."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import DataSourceRunTimeoutError, PermissionDeniedError
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.triggers.base import error_from_payload
from airflow_lineage_provider.triggers.datazone import DataZoneDataSourceRunTrigger
from tests.unit.hooks.scripted_catalog import DOMAIN, NOON, SOURCE, ScriptedCatalog, ScriptedRun
from tests.unit.operators.driving import fire


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> ScriptedCatalog:
    """The catalog that every hook of the test calls, with one run."""
    scripted = ScriptedCatalog(ScriptedRun("run1", NOON, run_seconds=10))
    monkeypatch.setattr(DataZoneHook, "conn", scripted)
    return scripted


def make_trigger(**overrides: Any) -> DataZoneDataSourceRunTrigger:
    """Build a trigger that does not have to be waited for by the clock."""
    arguments: dict[str, Any] = {
        "domain_identifier": DOMAIN,
        "data_source_identifier": SOURCE,
        "run_identifier": "run1",
        "awaited": "verdict",
        "require_lineage": True,
        "waiter_delay": 0.001,
        "timeout": 30.0,
        "deadline": time.time() + 30,
        "absent_seconds": 0.0,
        "carried": {"joined": False},
        "aws_conn_id": None,
        "region_name": "eu-west-1",
        "verify": False,
        "botocore_config": {"retries": {"max_attempts": 2}},
        **overrides,
    }
    return DataZoneDataSourceRunTrigger(**arguments)


class TestDataZoneDataSourceRunTrigger:
    """One wait."""

    def test_serializes_every_argument_as_json(self) -> None:
        trigger = make_trigger()

        path, kwargs = trigger.serialize()
        copy = DataZoneDataSourceRunTrigger(**json.loads(json.dumps(kwargs)))

        assert path == "airflow_lineage_provider.triggers.datazone.DataZoneDataSourceRunTrigger"
        assert copy.serialize() == (path, kwargs)
        assert (kwargs["region_name"], kwargs["verify"]) == ("eu-west-1", False)
        assert kwargs["botocore_config"] == {"retries": {"max_attempts": 2}}

    def test_brings_run_assets_and_what_it_carries(self, catalog: ScriptedCatalog) -> None:
        payload = fire(make_trigger())

        assert payload["status"] == "over"
        assert (payload["run"]["run_id"], payload["run"]["lineage_status"]) == ("run1", "SUCCESS")
        assert [asset["lineage_status"] for asset in payload["assets"]] == ["SUCCESS"]
        assert payload["carried"] == {"joined": False}

    def test_logs_one_line_per_change_of_state_and_none_twice(
        self, catalog: ScriptedCatalog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(DataZoneDataSourceRunTrigger, "log", logging.getLogger(__name__), raising=False)
        caplog.set_level("INFO", logger=__name__)

        fire(make_trigger(seen="RUNNING, its lineage import IN_PROGRESS"))

        assert [each.getMessage() for each in caplog.records if each.name == __name__] == [
            "Run run1 is SUCCESS, its lineage import IN_PROGRESS",
            "Run run1 is SUCCESS, its lineage import SUCCESS",
        ]

    def test_waits_until_every_event_is_processed(self, catalog: ScriptedCatalog) -> None:
        catalog.runs[0].event_seconds = 20

        payload = fire(make_trigger())

        assert payload["assets"][0]["lineage_status"] == "SUCCESS"
        assert catalog.now >= NOON + 33

    def test_waits_only_for_the_run_when_it_is_in_the_way(self, catalog: ScriptedCatalog) -> None:
        catalog.runs[0].lineage_seconds = 1e6

        payload = fire(make_trigger(awaited="turn", deadline=4e9))

        assert payload == {"status": "turn", "carried": {"joined": False}, "deadline": 4e9}

    def test_waits_one_delay_when_nothing_is_seen_in_the_way(self, catalog: ScriptedCatalog) -> None:
        payload = fire(make_trigger(awaited="turn", run_identifier=None))

        assert payload["status"] == "turn"
        assert catalog.calls == []

    def test_reports_the_deadline_with_the_last_state_seen(self, catalog: ScriptedCatalog) -> None:
        catalog.runs[0].run_seconds = 1e6

        payload = fire(make_trigger(timeout=0.2, deadline=time.time() + 0.2))

        error = error_from_payload(payload["error"])
        assert isinstance(error, DataSourceRunTimeoutError)
        assert (error.run_id, error.status, error.waited_seconds) == ("run1", "RUNNING", 0.2)

    def test_outlasts_throttling(self, catalog: ScriptedCatalog) -> None:
        catalog.faults["ListDataSourceRuns"] = ["ThrottlingException"] * 3
        catalog.faults["GetDataSourceRun"] = ["ThrottlingException"] * 3

        assert fire(make_trigger())["status"] == "over"

    def test_reports_a_missing_permission(self, catalog: ScriptedCatalog) -> None:
        catalog.faults["ListDataSourceRuns"] = ["AccessDeniedException"]

        error = error_from_payload(fire(make_trigger())["error"])

        assert isinstance(error, PermissionDeniedError)
        assert error.operation == "ListDataSourceRuns"

    def test_asks_for_a_run_by_itself_when_the_listing_does_not_show_it(
        self, catalog: ScriptedCatalog
    ) -> None:
        catalog.unlisted = {"run1"}

        assert fire(make_trigger())["run"]["status"] == "SUCCESS"

    def test_follows_a_run_that_is_not_listed_to_its_end_when_it_is_in_the_way(
        self, catalog: ScriptedCatalog
    ) -> None:
        catalog.unlisted, catalog.runs[0].run_seconds = {"run1"}, 30

        payload = fire(make_trigger(awaited="turn"))

        assert payload["status"] == "turn"
        assert catalog.now >= NOON + 30

    def test_shares_the_listing_with_the_other_waits_on_the_data_source(
        self, catalog: ScriptedCatalog
    ) -> None:
        async def wait_for_all() -> list[dict[str, Any]]:
            async def first_event(trigger: DataZoneDataSourceRunTrigger) -> dict[str, Any]:
                async for event in trigger.run():
                    return event.payload  # type: ignore[no-any-return]
                return {}

            triggers = [make_trigger(carried={"number": number}) for number in range(40)]
            return list(await asyncio.gather(*(first_event(trigger) for trigger in triggers)))

        payloads = asyncio.run(wait_for_all())

        assert [payload["carried"]["number"] for payload in payloads] == list(range(40))
        assert {payload["status"] for payload in payloads} == {"over"}
        assert catalog.calls.count("ListDataSourceRuns") <= 20
        assert catalog.calls.count("GetDataSourceRun") <= 3
