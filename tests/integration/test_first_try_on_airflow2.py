"""On Airflow 2 the start of the first try stands in the task instance's history."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, BaseOperator

from airflow_lineage_provider.tasks.memory import first_try_start

pytestmark = [
    pytest.mark.skipif(
        int(version("apache-airflow").split(".")[0]) > 2, reason="Airflow 3 workers have no database"
    ),
    pytest.mark.usefixtures("airflow_database"),
    pytest.mark.filterwarnings("ignore"),
]


class FailingOperator(BaseOperator):
    """Notes when its tries began and fails."""

    seen: list[tuple[datetime, datetime]]

    def execute(self, context: Any) -> None:
        """Note the start of this try and of the first one."""
        self.seen.append((context["ti"].start_date, first_try_start(context)))
        raise ValueError


def test_is_remembered_over_retries_and_forgotten_when_the_task_is_cleared() -> None:
    from airflow.models import taskinstance
    from airflow.utils.session import create_session

    clear: Any = taskinstance.clear_task_instances

    FailingOperator.seen = []
    with DAG("first_try_on_airflow2", start_date=datetime(2025, 1, 1, tzinfo=UTC), schedule=None) as dag:
        task = FailingOperator(task_id="task", retries=2, retry_delay=timedelta())
    airflow2: Any = dag
    airflow2.sync_to_db()
    now = datetime.now(tz=UTC)
    run = airflow2.create_dagrun(
        run_id="run", state="running", run_type="manual", execution_date=now, data_interval=(now, now)
    )
    ti = run.get_task_instance("task")
    ti.refresh_from_task(task)

    def run_try(number: int) -> None:
        with create_session() as session:
            ti.try_number = number
            session.merge(ti)
        with suppress(ValueError):
            ti.run(ignore_ti_state=True)
        ti.refresh_from_db()

    run_try(1)
    run_try(2)
    with create_session() as session:
        clear([session.merge(ti)], session, dag=airflow2)
    ti.refresh_from_db()
    run_try(3)

    (first, _), second, cleared = FailingOperator.seen
    assert second[1] == first
    assert second[0] > first
    assert cleared[1] == cleared[0] > second[0]
