"""The thin base of our sensors: Airflow's ways of failing, deferred or not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowSensorTimeout,
    AirflowSkipException,
    Context,
    TaskDeferred,
)
from airflow.triggers.base import TriggerEvent

from airflow_lineage_provider.exceptions import (
    CrawlTimeoutError,
    InvalidArgumentError,
    LineageError,
    PermissionDeniedError,
    ThrottledError,
)
from airflow_lineage_provider.hooks.base import LineageAwsHook
from airflow_lineage_provider.sensors.base import LineageAwsSensor
from airflow_lineage_provider.triggers.base import LineageAwsTrigger, error_payload
from tests.unit.operators.driving import make_context

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
DENIED = PermissionDeniedError(
    service="glue", operation="ListCrawls", code="AccessDeniedException", message="no."
)
THROTTLED = ThrottledError(
    service="glue", operation="ListCrawls", code="ThrottlingException", message="slow."
)
LATE = CrawlTimeoutError(crawler_name="sales", crawl_id="c", state="RUNNING", waited_seconds=0)


class ScriptTrigger(LineageAwsTrigger):
    """A trigger that sends what it is told to."""

    hook_class_path = "unused"

    def __init__(self, *, payload: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.payload = payload

    def own_arguments(self) -> dict[str, Any]:
        """Return the payload."""
        return {"payload": self.payload}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Send the payload."""
        yield TriggerEvent(self.payload)  # type: ignore[no-untyped-call]


class ScriptSensor(LineageAwsSensor[LineageAwsHook]):
    """A sensor that sees what the script says, look by look."""

    hook_class_path = "unused"
    sees: list[Any]

    def look(self, context: Context) -> dict[str, Any] | None:
        """Return or raise the next part of the script."""
        seen = self.sees.pop(0) if len(self.sees) > 1 else self.sees[0]
        if isinstance(seen, Exception):
            raise seen
        return None if seen is None else {"saw": seen}

    def make_trigger(self, context: Context, *, deadline: float) -> LineageAwsTrigger:
        """Return a trigger that sees the rest of the script."""
        seen = next((each for each in self.sees if each is not None), LATE)
        if isinstance(seen, LineageError):
            return ScriptTrigger(
                payload={"status": "error", "error": error_payload(seen), "deadline": deadline}
            )
        return ScriptTrigger(payload={"status": "ended", "saw": seen})

    def conclude(self, context: Context, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the trigger saw."""
        return {"saw": payload["saw"]}

    def timeout_error(self) -> LineageError:
        """Return the error."""
        return LATE


def run(sees: list[Any], *, deferrable: bool, deferrals: int = 3, **overrides: Any) -> Any:
    """Run a sensor as Airflow does."""
    sensor = ScriptSensor(
        task_id="task", **{"waiter_delay": 0, "timeout": 0, "deferrable": deferrable, **overrides}
    )
    sensor.sees = sees
    context = make_context(sensor)
    try:
        return sensor.execute(context)
    except TaskDeferred as deferred:
        trigger = deferred.trigger
    for _ in range(deferrals):
        try:
            return sensor.execute_complete(context, event=trigger.payload)
        except TaskDeferred as deferred:
            sensor.sees = sensor.sees[1:] or [None]
            trigger = deferred.trigger
    raise AssertionError("deferred again and again")


class TestLook:
    @BOTH
    @pytest.mark.parametrize("sees", [["it"], [None, "it"], [THROTTLED, None, "it"]])
    def test_returns_what_it_sees(self, sees: list[Any], deferrable: bool) -> None:
        sees = [each for each in sees if not (deferrable and each is THROTTLED)]

        assert run(sees, deferrable=deferrable, timeout=60) == {"saw": "it"}

    def test_defers_when_the_first_look_is_throttled(self) -> None:
        sensor = ScriptSensor(task_id="task", deferrable=True)
        sensor.sees = [THROTTLED]

        with pytest.raises(TaskDeferred):
            sensor.execute(make_context(sensor))

    @BOTH
    def test_fails_with_what_it_meets(self, deferrable: bool) -> None:
        with pytest.raises(PermissionDeniedError, match="ListCrawls"):
            run([None, DENIED], deferrable=deferrable, timeout=60)

    def test_refuses_an_event_that_is_not_its_triggers(self) -> None:
        sensor = ScriptSensor(task_id="task", silent_fail=True)

        with pytest.raises(InvalidArgumentError, match="ScriptSensor"):
            sensor.execute_complete(make_context(sensor), event={"status": "odd"})


class TestTimeout:
    @BOTH
    def test_is_airflows_with_our_words(self, deferrable: bool) -> None:
        with pytest.raises(AirflowSensorTimeout) as raised:
            run([None], deferrable=deferrable)

        assert str(raised.value) == str(LATE)

    @BOTH
    @pytest.mark.parametrize("flag", ["soft_fail", "never_fail"])
    def test_skips_if_told_to(self, flag: str, deferrable: bool) -> None:
        with pytest.raises(AirflowSkipException):
            run([None], deferrable=deferrable, **{flag: True})


class TestFailure:
    @BOTH
    def test_soft_fail_does_not_hide_other_errors(self, deferrable: bool) -> None:
        with pytest.raises(PermissionDeniedError):
            run([None, DENIED], deferrable=deferrable, timeout=60, soft_fail=True)

    @BOTH
    @pytest.mark.parametrize("sees", [[DENIED], [None, DENIED]], ids=["at once", "later"])
    def test_never_fail_skips(self, sees: list[Any], deferrable: bool) -> None:
        with pytest.raises(AirflowSkipException):
            run(sees, deferrable=deferrable, timeout=60, never_fail=True)

    @BOTH
    @pytest.mark.parametrize("sees", [[DENIED, "it"], [None, DENIED, "it"]], ids=["at once", "later"])
    def test_silent_fail_goes_on(self, sees: list[Any], deferrable: bool) -> None:
        assert run(sees, deferrable=deferrable, timeout=60, silent_fail=True) == {"saw": "it"}


class TestArguments:
    def test_waiter_delay_is_airflows_poke_interval(self) -> None:
        assert ScriptSensor(task_id="task", waiter_delay=7).poke_interval == 7
        assert ScriptSensor(task_id="task", poke_interval=8).poke_interval == 8

    def test_default_args_reach_every_argument(self) -> None:
        sensor = ScriptSensor(
            task_id="task", default_args={"aws_conn_id": "mine", "poke_interval": 9, "deferrable": True}
        )

        assert (sensor.aws_conn_id, sensor.poke_interval, sensor.deferrable) == ("mine", 9, True)
