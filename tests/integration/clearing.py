"""Run a DAG, clear a task of it as the UI does, and run on (Airflow 3)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG

from tests.integration.dag_running import make_known, xcom_of

__all__ = ["ClearableRun"]


class ClearableRun:
    """
    One run of a DAG, whose tasks are run one after the other in this process.

    :param build: Makes operators; called inside the DAG's context.
    """

    def __init__(self, build: Callable[[], object]) -> None:
        from airflow.models.serialized_dag import SerializedDagModel
        from airflow.utils.session import create_session
        from airflow.utils.state import DagRunState
        from airflow.utils.types import DagRunTriggeredByType, DagRunType

        with DAG(
            f"test_{uuid.uuid4().hex}", start_date=datetime(2025, 1, 1, tzinfo=UTC), schedule=None
        ) as dag:
            build()
        make_known(dag)
        scheduled: Any = SerializedDagModel.get_dag(dag.dag_id)
        self._dag: Any = dag
        self._scheduled = scheduled
        with create_session() as session:
            scheduled.create_dagrun(
                run_id="manual",
                run_after=datetime.now(tz=UTC),
                run_type=DagRunType.MANUAL,
                triggered_by=DagRunTriggeredByType.TEST,
                state=DagRunState.RUNNING,
                session=session,
            )

    def play(self) -> str:
        """Run what can be run, triggers included, until the run is over; return its state."""
        from airflow.utils.session import create_session
        from airflow.utils.state import DagRunState

        with create_session() as session:
            run = self._run(session)
            run.state = DagRunState.RUNNING
            session.commit()
            while run.state == DagRunState.RUNNING:
                for ti in self._schedule(run, session):
                    self._run_task(ti, with_triggers=True)
                session.expire_all()
            return str(run.state.value)

    def step(self) -> str:
        """Run the one task that is to be run, as a worker does; return its state, such as ``deferred``."""
        from airflow.utils.session import create_session

        with create_session() as session:
            (ti,) = self._schedule(self._run(session), session)
            self._run_task(ti, with_triggers=False)
            session.commit()
            return str(ti.state.value)

    def clear(self, task_id: str) -> None:
        """Clear a task."""
        from airflow.models.taskinstance import clear_task_instances
        from airflow.utils.session import create_session

        with create_session() as session:
            ti = self._run(session).get_task_instance(task_id, session=session)
            clear_task_instances([ti], session)

    def value(self, task_id: str) -> Any:
        """Return what a task returned last."""
        from airflow.utils.session import create_session

        with create_session() as session:
            return xcom_of(self._run(session).get_task_instance(task_id, session=session), "return_value")

    def _run(self, session: Any) -> Any:
        """Return the DAG run."""
        from airflow.models.dagrun import DagRun
        from sqlalchemy import select

        run: Any = session.scalar(select(DagRun).where(DagRun.dag_id == self._dag.dag_id))
        run.dag = self._scheduled
        return run

    @staticmethod
    def _schedule(run: Any, session: Any) -> list[Any]:
        """Do what the scheduler does once, and return what is to be run."""
        from airflow.utils.state import TaskInstanceState

        ready, _ = run.update_state(session=session)
        for ti in ready:
            if ti.state != TaskInstanceState.UP_FOR_RESCHEDULE:
                ti.try_number += 1
            ti.state = TaskInstanceState.SCHEDULED
        session.commit()
        return [ti for ti in run.get_task_instances(session=session) if ti.state == "scheduled"]

    def _run_task(self, ti: Any, *, with_triggers: bool) -> None:
        """Run a task as ``dag.test()`` does."""
        from airflow.sdk.definitions.dag import _run_task

        _run_task(ti=ti, task=self._dag.task_dict[ti.task_id], run_triggerer=with_triggers)
