"""What a task instance remembers, and when its first try began."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.tasks.memory import DurableState, first_try_start
from tests.unit.operators.driving import TaskStore, make_context

NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)


def make_operator(**overrides: Any) -> GlueCrawlOperator:
    """Build an operator."""
    return GlueCrawlOperator(task_id="task", crawler_name="sales", **overrides)


class TestFirstTryStart:
    def test_is_the_start_of_the_first_try(self) -> None:
        assert first_try_start(make_context(make_operator(), start_date=NOON)) == NOON

    def test_is_the_start_of_the_first_try_after_a_clearing(self) -> None:
        operator = make_operator(retries=2)
        context = make_context(operator, try_number=4, max_tries=5, start_date=NOON)

        assert first_try_start(context) == NOON

    def test_is_now_where_airflow_does_not_say(self) -> None:
        context = make_context(make_operator())
        context["ti"].start_date = None

        assert abs(first_try_start(context) - datetime.now(tz=UTC)) < timedelta(seconds=5)


class TestDurableState:
    def test_remembers_from_try_to_try(self) -> None:
        store, operator = TaskStore(), make_operator()
        DurableState(make_context(operator, store=store, max_tries=2), "key").save({"crawl_id": "c"})

        again = DurableState(make_context(operator, store=store, try_number=2, max_tries=2), "key")

        assert again.load() == {"crawl_id": "c"}

    def test_forgets_when_the_task_is_cleared(self) -> None:
        store, operator = TaskStore(), make_operator()
        DurableState(make_context(operator, store=store, max_tries=2), "key").save({"crawl_id": "c"})

        cleared = DurableState(make_context(operator, store=store, try_number=2, max_tries=3), "key")

        assert cleared.load() is None

    def test_forgets_when_the_run_is_cleared_while_the_task_runs(self) -> None:
        store, operator = TaskStore(), make_operator()
        DurableState(make_context(operator, store=store), "key").save({"crawl_id": "c"})
        context = make_context(operator, store=store)
        context["dag_run"].clear_number = 1

        assert DurableState(context, "key").load() is None

    def test_forgets_what_it_is_told_to(self) -> None:
        state = DurableState(make_context(make_operator(), store=TaskStore()), "key")
        state.save({"crawl_id": "c"})

        state.forget()

        assert state.load() is None

    def test_remembers_nothing_where_airflow_cannot(self) -> None:
        state = DurableState(make_context(make_operator()), "key")

        state.save({"crawl_id": "c"})
        state.forget()

        assert state.load() is None

    @pytest.mark.parametrize("junk", ["text", [], {"series": "x"}, None])
    def test_reads_only_what_it_wrote(self, junk: Any) -> None:
        store = TaskStore()
        store.kept["key"] = json.dumps(junk)

        assert DurableState(make_context(make_operator(), store=store), "key").load() is None


@pytest.mark.airflow3
class TestStoreOutOfReach:
    def test_is_a_warning_and_no_failure(self) -> None:
        from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
        from airflow.sdk.execution_time.comms import ErrorResponse

        class Unreachable:
            def __getattr__(self, name: str) -> Any:
                raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))

        state = DurableState(make_context(make_operator(), store=Unreachable()), "key")  # type: ignore[arg-type]

        state.save({"crawl_id": "c"})
        state.forget()

        assert state.load() is None
