"""The crash matrix of GlueCrawlOperator: a worker dies at every step, and the next try goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from tests.unit.hooks.scripted_glue import CRAWLER, ScriptedCrawl, ScriptedGlue, moment
from tests.unit.operators.driving import TaskStore, make_context, run

STEPS_TO_THE_WAIT = 7
"""Look twice, read as the poller will, remember, start, identify, remember."""


def steps(*, remembers: bool) -> list[Any]:
    """Return every step of a worker: a deferred task has none left when it waits, another has three."""
    to_the_wait = STEPS_TO_THE_WAIT - (0 if remembers else 2)
    return [
        pytest.param(step, after, deferrable, id=f"{step} {'after' if after else 'before'} {mode}")
        for deferrable, mode, last in [
            (False, "in the worker", to_the_wait - 1 + 3),
            (True, "deferred", to_the_wait),
        ]
        for step in range(1, last + 1)
        for after in (False, True)
    ]


class Killed(BaseException):
    """The worker is gone: no handler of ours runs."""


@dataclass
class Steps:
    """Counts the steps of a try and kills it before or after the effect of one."""

    kill_at: int
    after: bool
    done: int = 0

    def before_effect(self) -> None:
        """Begin a step."""
        self.done += 1
        if self.done == self.kill_at and not self.after:
            raise Killed

    def after_effect(self) -> None:
        """End a step."""
        if self.done == self.kill_at and self.after:
            raise Killed


@dataclass
class MortalGlue(ScriptedGlue):
    """The double of the client, whose caller may die in every call."""

    steps: Steps | None = None

    def _enter(self, method: str) -> None:
        if self.steps:
            self.steps.before_effect()
        super()._enter(method)

    def _reply(self, **members: Any) -> dict[str, Any]:
        if self.steps:
            self.steps.after_effect()
        return super()._reply(**members)


class MortalStore(TaskStore):
    """The task state store, whose caller may die in every call."""

    steps: Steps | None = None

    def set(self, key: str, value: Any) -> None:
        """Keep a value, or die."""
        if self.steps:
            self.steps.before_effect()
        super().set(key, value)
        if self.steps:
            self.steps.after_effect()


def die_and_go_on(
    *, kill_at: int, after: bool, deferrable: bool, remembers: bool, explicit: bool
) -> tuple[bool, dict[str, Any], MortalGlue]:
    """Run a try that dies at a step, then another; tell whether it died, what came of it, and the service."""
    now = datetime.now(tz=UTC)
    glue = MortalGlue(
        now=now.timestamp(),
        crawls=[ScriptedCrawl("old", now.timestamp() - 3600)],
        coming=[ScriptedCrawl("ours", 0, seconds=20, stopping=5), ScriptedCrawl("second", 0)],
    )
    steps = Steps(kill_at, after)
    store = MortalStore() if remembers else None
    arguments: dict[str, Any] = {
        "crawler_name": CRAWLER,
        "data_as_of": moment(now.timestamp()) if explicit else None,
        "aws_conn_id": None,
        "waiter_delay": 0,
        "timeout": 20,
        "deferrable": deferrable,
    }
    operator = GlueCrawlOperator(task_id="task", **arguments)
    died = False
    with glue.installed():
        glue.steps = steps
        if store is not None:
            store.steps = steps
        try:
            run(GlueCrawlOperator, arguments, make_context(operator, store=store, max_tries=1))
        except Killed:
            died = True
        glue.steps = None
        if store is not None:
            store.steps = None
        glue.now += 100  # whatever the first try started is stale for a question that is asked now
        again = make_context(operator, store=store, try_number=2, max_tries=1)
        result, _ = run(GlueCrawlOperator, arguments, again)
    return died, result, glue


class TestCrashMatrix:
    @pytest.mark.parametrize("step, after, deferrable", steps(remembers=True))
    def test_one_crawl_whatever_step_the_worker_dies_at(
        self, step: int, after: bool, deferrable: bool
    ) -> None:
        died, result, glue = die_and_go_on(
            kill_at=step, after=after, deferrable=deferrable, remembers=True, explicit=False
        )

        assert died
        assert (result["crawl_id"], result["state"]) == ("ours", "COMPLETED")
        assert [crawl.crawl_id for crawl in glue.coming] == ["second"]

    @pytest.mark.parametrize("step, after, deferrable", steps(remembers=False))
    def test_freshness_does_it_where_airflow_remembers_nothing(
        self, step: int, after: bool, deferrable: bool
    ) -> None:
        died, result, glue = die_and_go_on(
            kill_at=step, after=after, deferrable=deferrable, remembers=False, explicit=True
        )

        assert died
        assert (result["crawl_id"], result["state"]) == ("ours", "COMPLETED")
        assert [crawl.crawl_id for crawl in glue.coming] == ["second"]

    def test_a_try_after_one_that_succeeded_unheard_gives_the_same_answer(self) -> None:
        died, result, glue = die_and_go_on(
            kill_at=10_000, after=True, deferrable=False, remembers=True, explicit=False
        )

        assert not died
        assert (result["crawl_id"], result["joined"]) == ("ours", False)
        assert [crawl.crawl_id for crawl in glue.coming] == ["second"]
