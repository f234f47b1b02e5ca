"""Run a DAG to its end in this process, as ``dag.test()`` does, on Airflow 2.11 and 3."""

from __future__ import annotations

import importlib.util
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import DAG

from airflow_lineage_provider.local_aws import LocalAws

_DAGS = Path(__file__).parents[2] / "dags"


def aws_connection(aws: LocalAws) -> str:
    """Return the AWS connection, as JSON for an environment variable, that leads to the local stack."""
    extra = {"region_name": aws.region_name, "endpoint_url": aws.endpoint_url}
    return json.dumps({"conn_type": "aws", "login": "testing", "password": "testing", "extra": extra})


def load_example(name: str) -> Any:
    """Import a file of ``dags/`` as Airflow does, and return its module."""
    spec = importlib.util.spec_from_file_location(name, _DAGS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class DagOutcome:
    """
    What became of a run: the states, the returned values and the errors of its tasks, by their ids.

    A mapped task is there once per index, as ``task[index]``.
    """

    state: str
    states: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)
    errors: dict[str, list[BaseException]] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)


def run_dag(build: Callable[[], object], *, retries: int = 0, link_keys: tuple[str, ...] = ()) -> DagOutcome:
    """
    Run the tasks that ``build`` makes and return what became of them.

    :param build: Makes operators; called inside the DAG's context.
    :param retries: How often each task is tried again, at once.
    :param link_keys: Keys of XComs to return besides the values.
    """
    errors: dict[str, list[BaseException]] = {}

    def note(context: Any) -> None:
        errors.setdefault(context["ti"].task_id, []).append(context["exception"])

    with DAG(
        f"test_{uuid.uuid4().hex}",
        start_date=datetime(2025, 1, 1, tzinfo=UTC),
        schedule=None,
        default_args={
            "retries": retries,
            "retry_delay": timedelta(),
            "on_failure_callback": note,
            "on_retry_callback": note,
        },
    ) as dag:
        build()
    outcome = run_made_dag(dag, link_keys=link_keys)
    outcome.errors = errors
    return outcome


def run_made_dag(
    dag: DAG, *, conf: dict[str, Any] | None = None, link_keys: tuple[str, ...] = ()
) -> DagOutcome:
    """
    Run a DAG that is there already, and return what became of its tasks; their errors are not gathered.

    :param conf: Configuration of the run, such as values of the DAG's params.
    :param link_keys: Keys of XComs to return besides the values.
    """
    make_known(dag)
    run: Any = dag.test(run_conf=conf)
    outcome = DagOutcome(state=str(run.state))
    for ti in run.get_task_instances():
        name = ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"
        outcome.states[name] = str(ti.state)
        outcome.tries[name] = ti.try_number
        outcome.values[name] = xcom_of(ti, "return_value")
        outcome.links[name] = {key: xcom_of(ti, key) for key in link_keys}
    return outcome


def xcom_of(ti: Any, key: str) -> Any:
    """Return an XCom of a task instance."""
    try:
        from airflow.models.xcom import XComModel
    except ImportError:
        return ti.xcom_pull(task_ids=ti.task_id, key=key, map_indexes=ti.map_index)
    from airflow.utils.session import create_session

    with create_session() as session:
        query = XComModel.get_many(
            run_id=ti.run_id, key=key, task_ids=ti.task_id, dag_ids=ti.dag_id, map_indexes=ti.map_index
        )
        found = session.scalars(query).first()
        return None if found is None else XComModel.deserialize_value(found)


def make_known(dag: DAG) -> None:
    """Put a DAG that is in no file where Airflow looks for it; Airflow 2 wants its datasets only."""
    try:
        from airflow.dag_processing.bundles.manager import DagBundlesManager
        from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
    except ImportError:
        airflow2_dag: Any = dag
        airflow2_dag.sync_to_db()
        return
    from airflow.configuration import conf
    from airflow.utils.session import create_session

    folder = Path(conf.get_mandatory_value("core", "dags_folder"))
    with create_session() as session:
        manager: Any = DagBundlesManager
        manager().sync_bundles_to_db(session=session)
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder", collect_dags=False)
    bag.bag_dag(dag)
    sync_bag_to_db(bag, "dags-folder", None)
