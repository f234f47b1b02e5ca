"""
Put tasks into an Airflow database as they are after they deferred, without a scheduler and without workers.

``python -m tests.system.deferred_tasks`` reads ``{"crawler": "crawl id", …}`` from its standard input, makes
the database of the ``AIRFLOW_HOME`` of its environment, and leaves one deferred task per crawler there.
With the name of a task as its argument, it clears that task as a user does.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.configuration import conf
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.taskinstance import TaskInstance, clear_task_instances
from airflow.models.trigger import Trigger
from airflow.sdk import DAG
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import select

from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.triggers.glue_crawl import GlueCrawlTrigger

DAG_ID = "deferred_crawls"
BUDGET_SECONDS = 3600.0


def defer_tasks(crawls: dict[str, str]) -> None:
    """Make the database and a run of a DAG whose tasks all wait for these crawls in the triggerer."""
    initdb()
    _make_dag_known(crawls)
    serialized: Any = SerializedDagModel.get_dag(DAG_ID)
    with create_session() as session:
        run = serialized.create_dagrun(
            run_id="manual",
            run_after=datetime(2025, 1, 1, tzinfo=UTC),
            run_type=DagRunType.MANUAL,
            triggered_by=DagRunTriggeredByType.TEST,
            state=DagRunState.RUNNING,
            session=session,
        )
        for task in run.get_task_instances(session=session):
            row = Trigger.from_object(_make_trigger(task.task_id, crawls[task.task_id]))
            session.add(row)
            session.flush()
            task.trigger_id = row.id
            task.state = TaskInstanceState.DEFERRED
            task.next_method, task.next_kwargs = "execute_complete", {}


def clear_task(task_id: str) -> None:
    """Clear a task of that run, and schedule it again as a scheduler does: only then its trigger goes."""
    with create_session() as session:
        found = select(TaskInstance).where(TaskInstance.dag_id == DAG_ID, TaskInstance.task_id == task_id)
        task = session.scalars(found).one()
        clear_task_instances([task], session)
        task.state = TaskInstanceState.SCHEDULED


def _make_dag_known(crawls: dict[str, str]) -> None:
    """Put the DAG, which is in no file, where Airflow looks for it."""
    with DAG(DAG_ID, start_date=datetime(2025, 1, 1, tzinfo=UTC), schedule=None) as dag:
        for crawler in crawls:
            GlueCrawlOperator(task_id=crawler, crawler_name=crawler, aws_conn_id=None, deferrable=True)
    folder = Path(conf.get_mandatory_value("core", "dags_folder"))
    with create_session() as session:
        manager: Any = DagBundlesManager
        manager().sync_bundles_to_db(session=session)
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder", collect_dags=False)
    bag.bag_dag(dag)
    sync_bag_to_db(bag, "dags-folder", None)


def _make_trigger(crawler: str, crawl_id: str) -> GlueCrawlTrigger:
    return GlueCrawlTrigger(
        crawler_name=crawler,
        crawl_id=crawl_id,
        deadline=time.time() + BUDGET_SECONDS,
        timeout=BUDGET_SECONDS,
        waiter_delay=1.0,
        cancel_on_kill=True,
        aws_conn_id=None,
    )


if __name__ == "__main__":
    if sys.argv[1:]:
        clear_task(sys.argv[1])
    else:
        defer_tasks(json.load(sys.stdin))
