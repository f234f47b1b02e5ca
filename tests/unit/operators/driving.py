"""Run an operator without Airflow's processes: its context, its deferrals, its retries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator, TaskDeferred
from airflow.triggers.base import BaseTrigger


class TaskStore:
    """The task state store of Airflow 3.3, as far as operators use it; values travel as JSON."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """Return what was set."""
        return json.loads(self.kept[key]) if key in self.kept else default

    def set(self, key: str, value: Any) -> None:
        """Keep a JSON value."""
        self.kept[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        """Drop a value."""
        self.kept.pop(key, None)


def make_context(
    operator: BaseOperator,
    *,
    store: TaskStore | None = None,
    try_number: int = 1,
    max_tries: int = 0,
    start_date: datetime | None = None,
) -> Any:
    """Build the context of one try."""
    pushed: dict[str, Any] = {}
    ti = SimpleNamespace(
        task=operator,
        dag_id="dag",
        task_id=operator.task_id,
        run_id="run",
        map_index=-1,
        try_number=try_number,
        max_tries=max_tries,
        start_date=start_date or datetime.now(tz=UTC),
        pushed=pushed,
        xcom_push=lambda *, key, value: pushed.__setitem__(key, value),
    )
    context: dict[str, Any] = {"ti": ti, "dag_run": SimpleNamespace(clear_number=0)}
    if store is not None:
        context["task_state_store"] = store
    return context


def fire(trigger: BaseTrigger) -> Any:
    """Send a trigger through serialization, run it, and return its event's payload as JSON carries it."""
    path, kwargs = trigger.serialize()
    module, _, name = path.rpartition(".")
    copy = getattr(__import__(module, fromlist=[name]), name)(**json.loads(json.dumps(kwargs)))

    async def first_event() -> Any:
        async for event in copy.run():
            return event.payload
        return None

    return json.loads(json.dumps(asyncio.run(first_event())))


def run(cls: type[Any], arguments: Mapping[str, Any], context: Any = None) -> tuple[Any, int]:
    """
    Run an operator to its end; return its result and how often it was deferred.

    Every step is a new process in Airflow, so each gets a new operator: attributes are lost.
    """
    operator = cls(task_id="task", **arguments)
    context = make_context(operator) if context is None else context
    deferrals = 0
    try:
        return operator.execute(context), deferrals
    except TaskDeferred as deferred:
        step = deferred
    while True:
        deferrals += 1
        event = fire(step.trigger)
        try:
            return getattr(cls(task_id="task", **arguments), step.method_name)(
                context, event=event
            ), deferrals
        except TaskDeferred as deferred:
            step = deferred
