"""
``airflow-lineage demo``: the whole story on this machine, in one command.

It serves the local AWS stack with the e-commerce estate, starts an Airflow of its own (SQLite, scheduler,
DAG processor, triggerer, API server), runs the example DAG through them, prints the lineage it verified, and
ends everything it started.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_lineage_provider.cli.airflow_api import AirflowApi, AirflowApiError
from airflow_lineage_provider.cli.local_airflow import LocalAirflow, clean_environment
from airflow_lineage_provider.cli.processes import ProcessDiedError, Processes, free_port

__all__ = ["run_demo"]

_DAG_ID = "example_crawl_import_verify"
_START_SECONDS = 180.0


class _DemoError(Exception):
    """The demo cannot go on; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Demo:
    """What one run of the demo works with."""

    folder: Path
    dags_folder: Path
    api_port: int
    local_aws_port: int
    timeout_seconds: float


def run_demo(
    *, once: bool, port: int, local_aws_port: int, dags_folder: str | None, timeout_seconds: float
) -> int:
    """
    Run the example DAG to verified lineage.

    :param once: End after the run instead of staying up.
    :param port: Preferred port of Airflow's UI.
    :param local_aws_port: Preferred port of the local AWS stack.
    :param dags_folder: Folder with the example DAGs; ``None`` takes that of the checkout.
    :param timeout_seconds: How long the DAG run may take.
    :return: 0 if the lineage was verified, 1 if not, 130 after a Ctrl-C before that.
    """
    folder = Path(tempfile.mkdtemp(prefix="airflow-lineage-demo-"))
    started = time.monotonic()
    keep, verified = True, False
    try:
        with _terminate_like_interrupt(), Processes(folder / "logs") as processes:
            demo = _Demo(
                folder=folder,
                dags_folder=_find_dags(dags_folder),
                api_port=_port(port, "Airflow's UI"),
                local_aws_port=_port(local_aws_port, "local AWS"),
                timeout_seconds=timeout_seconds,
            )
            airflow = _play(demo, processes, started)
            keep, verified = False, True
            if not once:
                _stay(airflow, processes)
            _say("Ending everything that was started ...")
        return 0
    except KeyboardInterrupt:
        keep = False
        _say("Stopped.")
        return 0 if verified else 130
    except (_DemoError, ProcessDiedError, AirflowApiError) as error:
        sys.stderr.write(f"\nThe demo failed: {error}\nAll logs are kept in {folder}\n")
        return 1
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _play(demo: _Demo, processes: Processes, started: float) -> LocalAirflow:
    """Start everything, run the DAG, print what it proved, and return where Airflow is."""
    estate = _start_local_aws(demo, processes)
    _say(f"Local AWS      {estate['endpoint']}  domain {estate['domain']}, crawler {estate['crawler']}")
    airflow = LocalAirflow(
        demo.folder / "airflow",
        dags_folder=demo.dags_folder,
        port=demo.api_port,
        aws_endpoint=estate["endpoint"],
        aws_region=estate["region"],
    )
    api = _start_airflow(airflow, processes)
    _say(f"Airflow        {airflow.url}  (ready after {time.monotonic() - started:.0f} s)")
    run_id = api.trigger(_DAG_ID, _conf(estate))
    _say(f"DAG run        {_DAG_ID} {run_id}")
    _follow(demo, processes, api, run_id)
    _print_lineage(api, run_id)
    _say(f"\nVerified in {time.monotonic() - started:.0f} s.")
    return airflow


def _conf(estate: Mapping[str, str]) -> dict[str, Any]:
    return {
        "domain_identifier": estate["domain"],
        "data_source_identifier": estate["data_source"],
        "crawler_name": estate["crawler"],
        "database": estate["database"],
        "bucket": estate["bucket"],
        "orders_table": estate["dynamodb_table"],
    }


def _find_dags(dags_folder: str | None) -> Path:
    folder = Path(dags_folder) if dags_folder else Path(__file__).resolve().parents[2] / "dags"
    if not (folder / f"{_DAG_ID}.py").is_file():
        raise _DemoError(
            f"There is no {_DAG_ID}.py in {folder}. Run the demo from a checkout, or pass --dags-folder."
        )
    return folder.resolve()


def _port(preferred: int, what: str) -> int:
    port = free_port(preferred)
    if preferred not in (0, port):
        _say(f"Port {preferred} is taken: {what} uses {port}.")
    return port


def _start_local_aws(demo: _Demo, processes: Processes) -> dict[str, str]:
    """Serve the seeded stack and return the facts of its ready line."""
    command = [sys.executable, "-m", "airflow_lineage_provider.local_aws", "--seed", "ecommerce"]
    command += ["--port", str(demo.local_aws_port)]
    log = processes.start("local-aws", command, clean_environment())

    def ready_line() -> str | None:
        lines = log.read_text(encoding="utf-8").splitlines()
        return next((line for line in lines if line.startswith("ready ")), None)

    line = _wait_for(ready_line, processes, "the local AWS stack")
    return dict(pair.split("=", 1) for pair in line.split()[1:])


def _start_airflow(airflow: LocalAirflow, processes: Processes) -> AirflowApi:
    _say("Airflow        making its database ...")
    airflow.make_database(processes)
    _say("Airflow        starting scheduler, DAG processor, triggerer and API server ...")
    api = airflow.start(processes)
    _wait_for(lambda: not api.unhealthy() or None, processes, "Airflow")

    def dag_is_known() -> bool | None:
        errors = api.import_errors()
        if errors:
            raise _DemoError("A DAG file cannot be imported:\n" + "\n".join(errors))
        return api.has_dag(_DAG_ID) or None

    _wait_for(dag_is_known, processes, f"the DAG {_DAG_ID}")
    return api


def _follow(demo: _Demo, processes: Processes, api: AirflowApi, run_id: str) -> None:
    """Print each task's changes of state until the run ends."""
    seen: dict[str, str] = {}
    began = time.monotonic()
    while True:
        state = api.run_state(_DAG_ID, run_id)
        for task_id, now in api.task_states(_DAG_ID, run_id).items():
            if seen.get(task_id) != now and now not in ("none", "scheduled", "queued"):
                _say(f"  {time.monotonic() - began:5.1f} s  {task_id:<28} {now}")
            seen[task_id] = now
        if state == "success":
            return
        if state == "failed":
            raise _DemoError(_failure(api, run_id, seen))
        if time.monotonic() - began > demo.timeout_seconds:
            raise _DemoError(
                f"The DAG run is still {state} after {demo.timeout_seconds:.0f} s. Raise --timeout."
            )
        processes.check()
        time.sleep(0.5)


def _failure(api: AirflowApi, run_id: str, states: Mapping[str, str]) -> str:
    failed = [task_id for task_id, state in states.items() if state == "failed"]
    parts = [f"The DAG run failed in {', '.join(failed) or 'no task'}."]
    for task_id in failed:
        parts.append(f"The end of the log of {task_id}:")
        parts += [f"  {line}" for line in api.task_log(_DAG_ID, run_id, task_id)[-15:]]
    return "\n".join(parts)


def _print_lineage(api: AirflowApi, run_id: str) -> None:
    """Print the lineage after the second import, and what the DAG found changed."""
    from airflow_lineage_provider.lineage import Snapshot, tree

    extracted = api.result(_DAG_ID, run_id, "second.extract")
    compared = api.result(_DAG_ID, run_id, "compare")
    if not extracted or not compared:
        raise _DemoError("The DAG run succeeded but left no lineage; the tasks' logs say why.")
    snapshot = Snapshot.from_dict(extracted["snapshot"])
    for root in snapshot.roots:
        _say("\n" + tree(snapshot, root))
    _say("\nChanges between the two crawls:")
    for table, columns in compared["columns"].items():
        for kind in ("added", "removed", "retyped"):
            for column in columns[kind]:
                _say(f"  {table}: column {_column_text(column)} {kind}")


def _column_text(column: Any) -> str:
    if isinstance(column, Mapping):
        return " ".join(str(value) for value in column.values())
    return str(column)


def _stay(airflow: LocalAirflow, processes: Processes) -> None:
    _say(f"\nAirflow's UI   {airflow.url}   user {airflow.username}, password {airflow.password}")
    _say("Everything stays up until Ctrl-C.")
    while True:
        processes.check()
        time.sleep(1)


def _wait_for(ask: Callable[[], Any], processes: Processes, what: str) -> Any:
    """Ask until there is an answer, while all processes live."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        answer = ask()
        if answer is not None:
            return answer
        processes.check()
        if time.monotonic() > deadline:
            raise _DemoError(f"Waited {_START_SECONDS:.0f} s for {what}; the logs say what it is doing.")
        time.sleep(0.3)


@contextmanager
def _terminate_like_interrupt() -> Iterator[None]:
    """Let SIGTERM end the demo the way Ctrl-C does, and SIGINT even where a shell had it ignored."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
