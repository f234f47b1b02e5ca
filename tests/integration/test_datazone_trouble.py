"""Imports against a local AWS that refuses, throttles, loses replies and has a quota."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    LineageError,
    LineageImportOffError,
    PermissionDeniedError,
    QuotaExceededError,
)
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.datazone import DataZoneDataSourceRunOperator
from airflow_lineage_provider.sensors.datazone import DataZoneDataSourceRunSensor
from tests.integration.signing import become_user
from tests.unit.operators.driving import TaskStore, make_context, run

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
ACTIONS = {
    f"datazone:{operation}"
    for operation in (
        "GetDataSource",
        "GetConnection",
        "ListDataSourceRuns",
        "GetDataSourceRun",
        "ListDataSourceRunActivities",
        "StartDataSourceRun",
    )
}

pytestmark = [pytest.mark.airflow3, pytest.mark.timeout(600)]


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate with lineage import on."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    switch(local_aws, seeded, on=True)
    return seeded


def switch(local_aws: LocalAws, estate: EcommerceEstate, *, on: bool) -> None:
    """Switch lineage import on or off."""
    local_aws.client("datazone").update_connection(
        domainIdentifier=estate.domain,
        identifier=estate.connection,
        props={"lakehouseProperties": {"glueLineageSyncEnabled": on}},
    )


def make_arguments(estate: EcommerceEstate, **overrides: Any) -> dict[str, Any]:
    """Return the arguments of a task; boto3 repeats no call by itself unless a test wants it to."""
    return {
        "domain_identifier": estate.domain,
        "data_source_identifier": estate.data_source,
        "data_as_of": datetime.now(tz=UTC) - timedelta(seconds=1),
        "aws_conn_id": None,
        "waiter_delay": 0.05,
        "timeout": 60,
        "botocore_config": {"retries": {"total_max_attempts": 1}},
        **overrides,
    }


def starts(local_aws: LocalAws) -> int:
    """Return how often StartDataSourceRun was called."""
    return local_aws.calls()["datazone"].get("StartDataSourceRun", 0)


def runs(local_aws: LocalAws, estate: EcommerceEstate) -> list[str]:
    """Return the ids of the data source's runs."""
    listed = local_aws.client("datazone").list_data_source_runs(
        domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
    )
    return [item["id"] for item in listed["items"]]


class TestRights:
    @pytest.mark.parametrize(
        "earlier_run, deferrable",
        [
            pytest.param(False, False, id="no run yet, in the worker"),
            pytest.param(True, False, id="an earlier run, in the worker"),
            pytest.param(True, True, id="an earlier run, deferred"),
        ],
    )
    @pytest.mark.parametrize("action", sorted(ACTIONS))
    def test_nothing_is_started_that_could_not_be_watched(
        self,
        estate: EcommerceEstate,
        local_aws: LocalAws,
        monkeypatch: pytest.MonkeyPatch,
        action: str,
        earlier_run: bool,
        deferrable: bool,
    ) -> None:
        if earlier_run:
            run(DataZoneDataSourceRunOperator, make_arguments(estate))
        before = runs(local_aws, estate)
        arguments = make_arguments(
            estate, deferrable=deferrable, data_as_of=datetime.now(tz=UTC) + timedelta(seconds=5)
        )
        become_user(local_aws, monkeypatch, ACTIONS - {action})

        with pytest.raises(PermissionDeniedError, match=action):
            run(DataZoneDataSourceRunOperator, arguments)

        local_aws.settings(enforce=False)
        assert runs(local_aws, estate) == before

    @BOTH
    def test_these_rights_are_enough(
        self,
        estate: EcommerceEstate,
        local_aws: LocalAws,
        monkeypatch: pytest.MonkeyPatch,
        deferrable: bool,
    ) -> None:
        become_user(local_aws, monkeypatch, ACTIONS)

        result, _ = run(DataZoneDataSourceRunOperator, make_arguments(estate, deferrable=deferrable))

        assert result["status"] == "SUCCESS"

    @BOTH
    @pytest.mark.parametrize("task", [DataZoneDataSourceRunOperator, DataZoneDataSourceRunSensor])
    def test_nothing_is_started_while_lineage_import_is_off(
        self, estate: EcommerceEstate, local_aws: LocalAws, task: type[Any], deferrable: bool
    ) -> None:
        switch(local_aws, estate, on=False)

        with pytest.raises(LineageImportOffError, match=estate.connection):
            run(task, make_arguments(estate, deferrable=deferrable))

        assert starts(local_aws) == 0


class TestManyTasks:
    @pytest.mark.parametrize(
        "tasks, deferrable",
        [pytest.param(50, False, id="fifty in the worker"), pytest.param(15, True, id="fifteen deferred")],
    )
    def test_that_come_at_once_start_one_run(
        self, estate: EcommerceEstate, local_aws: LocalAws, tasks: int, deferrable: bool
    ) -> None:
        local_aws.settings(import_seconds=1, lineage_seconds=0.2)
        arguments = make_arguments(estate, deferrable=deferrable, waiter_delay=0.5, timeout=120)

        with ThreadPoolExecutor(tasks) as pool:
            results = list(pool.map(lambda _: run(DataZoneDataSourceRunOperator, arguments)[0], range(tasks)))

        assert {result["run_id"] for result in results} == set(runs(local_aws, estate))
        assert starts(local_aws) == 1
        assert sum(not result["joined"] for result in results) == 1

    def test_fifty_that_wait_for_one_stale_run_start_one_more(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        local_aws.settings(import_seconds=5)
        local_aws.client("datazone").start_data_source_run(
            domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
        )
        # A run begins a moment after it was asked for; now it has.
        time_of_data = local_aws.advance(1) + timedelta(seconds=1)
        arguments = make_arguments(estate, data_as_of=time_of_data, waiter_delay=0.2, timeout=120)
        before = starts(local_aws)

        with ThreadPoolExecutor(50) as pool:
            results = list(pool.map(lambda _: run(DataZoneDataSourceRunOperator, arguments)[0], range(50)))

        assert starts(local_aws) - before == 1
        assert len({result["run_id"] for result in results}) == 1
        assert all(datetime.fromisoformat(result["started_at"]) >= time_of_data for result in results)

    def test_every_one_gets_a_run_that_saw_its_data_and_few_are_started(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        local_aws.settings(import_seconds=1)
        begin = datetime.now(tz=UTC)
        written = [begin + timedelta(seconds=number * 0.1) for number in range(20)]

        def import_data(as_of: datetime) -> dict[str, Any]:
            while datetime.now(tz=UTC) < as_of:
                time.sleep(0.01)  # the data is written then, not before
            result: dict[str, Any]
            result, _ = run(DataZoneDataSourceRunOperator, make_arguments(estate, data_as_of=as_of))
            return result

        with ThreadPoolExecutor(20) as pool:
            results = list(pool.map(import_data, written))

        late = [
            as_of
            for as_of, result in zip(written, results, strict=True)
            if datetime.fromisoformat(result["started_at"]) < as_of
        ]
        assert late == []
        assert starts(local_aws) <= 5


class TestQuota:
    @BOTH
    def test_a_run_that_is_fresh_answers_when_it_is_used_up(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.settings(enforce_quotas=True, data_source_runs_per_day=1)
        arguments = make_arguments(estate, deferrable=deferrable)
        first, _ = run(DataZoneDataSourceRunOperator, arguments)

        second, _ = run(DataZoneDataSourceRunOperator, arguments)

        assert (second["run_id"], second["joined"]) == (first["run_id"], True)
        assert starts(local_aws) == 1

    @BOTH
    def test_the_task_fails_when_it_is_used_up_and_nothing_is_fresh(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.settings(enforce_quotas=True, data_source_runs_per_day=1)
        run(DataZoneDataSourceRunOperator, make_arguments(estate))
        later = datetime.now(tz=UTC) + timedelta(seconds=2)

        with pytest.raises(QuotaExceededError, match="StartDataSourceRun"):
            run(
                DataZoneDataSourceRunOperator,
                make_arguments(estate, deferrable=deferrable, data_as_of=later),
            )

    def test_more_tasks_than_it_allows_runs_fit_in(
        self, estate: EcommerceEstate, local_aws: LocalAws
    ) -> None:
        local_aws.settings(enforce_quotas=True)
        arguments = make_arguments(estate)

        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda _: run(DataZoneDataSourceRunOperator, arguments), range(30)))

        assert starts(local_aws) == 1


class TestLostReply:
    @BOTH
    @pytest.mark.parametrize("drop", ["before", "after"])
    @pytest.mark.parametrize("attempts", [1, 3], ids=["boto3 gives up", "boto3 sends it again"])
    def test_there_is_one_run_and_it_is_ours(
        self, estate: EcommerceEstate, local_aws: LocalAws, attempts: int, drop: str, deferrable: bool
    ) -> None:
        local_aws.settings(import_seconds=1)
        local_aws.fault(service="datazone", operation="StartDataSourceRun", drop=drop, times=1)
        config = {"retries": {"total_max_attempts": attempts}}

        result, _ = run(
            DataZoneDataSourceRunOperator,
            make_arguments(estate, deferrable=deferrable, botocore_config=config),
        )

        assert runs(local_aws, estate) == [result["run_id"]]
        assert result["joined"] is False


class TestThrottling:
    @BOTH
    def test_of_every_second_call_is_no_failure(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.settings(import_seconds=1)
        local_aws.fault(service="datazone", error_code="ThrottlingException", probability=0.5)

        result, _ = run(
            DataZoneDataSourceRunOperator,
            make_arguments(estate, deferrable=deferrable, waiter_delay=0.2, timeout=150),
        )

        assert (result["status"], result["lineage_status"]) == ("SUCCESS", "SUCCESS")
        local_aws.clear_faults()
        assert runs(local_aws, estate) == [result["run_id"]]

    @BOTH
    def test_up_to_the_deadline_ends_in_a_timeout_then(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.fault(service="datazone", operation="ListDataSourceRuns", error_code="ThrottlingException")
        began = time.monotonic()

        with pytest.raises(TimeoutError):
            run(DataZoneDataSourceRunOperator, make_arguments(estate, deferrable=deferrable, timeout=2))

        assert time.monotonic() - began >= 2


class KilledError(BaseException):
    """The worker is killed."""


class Killer:
    """
    Kills the worker at its n-th call, before the call has had its effect or after it.

    It stands in for ``DataZoneHook.call``. What the triggerer calls, in threads, is no call of the worker.
    """

    def __init__(self, at: int, *, before: bool) -> None:
        self.at = at
        self.before = before
        self.calls = 0
        self._call = DataZoneHook.call

    def __call__(self, hook: DataZoneHook, operation: str, **arguments: Any) -> dict[str, Any]:
        """Make the call, or die."""
        if threading.current_thread() is not threading.main_thread():
            return self._call(hook, operation, **arguments)
        self.calls += 1
        if self.calls == self.at and self.before:
            raise KilledError
        answer = self._call(hook, operation, **arguments)
        if self.calls == self.at:
            raise KilledError
        return answer

    def method(self) -> Callable[..., dict[str, Any]]:
        """Return what replaces the hook's method."""
        return lambda hook, operation, **arguments: self(hook, operation, **arguments)


class TestCrashes:
    @pytest.mark.parametrize(
        "deferrable, remembers, explicit",
        [
            pytest.param(False, False, False, id="in the worker, nothing remembered, no time given"),
            pytest.param(False, True, True, id="in the worker, remembered, time given"),
            pytest.param(True, False, True, id="deferred, nothing remembered, time given"),
            pytest.param(True, True, False, id="deferred, remembered, no time given"),
        ],
    )
    def test_at_any_step_leave_one_run_and_its_verdict(
        self,
        estate: EcommerceEstate,
        local_aws: LocalAws,
        monkeypatch: pytest.MonkeyPatch,
        deferrable: bool,
        remembers: bool,
        explicit: bool,
    ) -> None:
        step, is_over = 0, False
        while not is_over:
            step += 1
            for before in (True, False):
                known = runs(local_aws, estate)
                as_of = datetime.now(tz=UTC) if explicit else None
                arguments = make_arguments(estate, deferrable=deferrable, data_as_of=as_of)
                store = TaskStore() if remembers else None
                operator = DataZoneDataSourceRunOperator(task_id=f"task{step}{before}", **arguments)
                killer = Killer(step, before=before)
                first = make_context(operator, store=store, max_tries=1)

                with monkeypatch.context() as patch:
                    patch.setattr(DataZoneHook, "call", killer.method())
                    try:
                        run(DataZoneDataSourceRunOperator, arguments, first)
                    except (KilledError, LineageError):
                        pass
                    else:
                        is_over = True
                retry = make_context(operator, store=store, try_number=2, max_tries=1)
                result, _ = run(DataZoneDataSourceRunOperator, arguments, retry)

                made = [each for each in runs(local_aws, estate) if each not in known]
                assert (made, step, before) == ([result["run_id"]], step, before)
        assert step > 6

    @BOTH
    def test_a_task_that_is_cleared_and_tried_again_imports_once(
        self, estate: EcommerceEstate, local_aws: LocalAws, deferrable: bool
    ) -> None:
        local_aws.settings(import_seconds=2)
        store = TaskStore()
        arguments = make_arguments(estate, deferrable=deferrable)
        operator = DataZoneDataSourceRunOperator(task_id="task", **arguments)
        not_waiting = {**arguments, "wait_for_completion": False}
        first = make_context(operator, store=store, max_tries=1)
        run(DataZoneDataSourceRunOperator, not_waiting, first)

        cleared = make_context(operator, store=store, try_number=2, max_tries=2)
        run(DataZoneDataSourceRunOperator, not_waiting, cleared)
        retry = make_context(operator, store=store, try_number=3, max_tries=2)
        result, _ = run(DataZoneDataSourceRunOperator, arguments, retry)

        assert runs(local_aws, estate) == [result["run_id"]]
        assert starts(local_aws) == 1
