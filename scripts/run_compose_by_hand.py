"""
Run docker-compose.yaml without Docker: the same processes, started by hand, and one DAG through them.

Needs the environment of ``make install``, a Postgres server and redis-server. Secrets are made as "make env"
makes them, for this run only. Everything that was started is ended and the temporary folder removed, however
the run goes. Exit code: 0 if the DAG run succeeded, 1 if not, 2 if something must be installed first.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from airflow_lineage_provider.cli.airflow_api import AirflowApi, AirflowApiError
from scripts.compose_file import read_compose_file
from scripts.compose_processes import ComposeByHand, ServiceFailedError, find_missing_programs
from scripts.make_env import make_env

ROOT = Path(__file__).resolve().parent.parent


_FINISHED = {"success", "failed"}
_RECEIVED = re.compile(r"Task \S+ received")
_PARAMETERS = {
    "domain_identifier": "domain",
    "data_source_identifier": "data_source",
    "crawler_name": "crawler",
    "database": "database",
    "bucket": "bucket",
    "orders_table": "dynamodb_table",
}
"""Parameters of the example DAG, and what the local AWS stack calls them when it is ready."""


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def estate_of(output: str) -> dict[str, str]:
    """Return the parameters of the example DAG, from the line the local AWS stack prints when it serves."""
    ready = next((line for line in output.splitlines() if line.startswith("ready ")), "ready")
    named = dict(word.split("=", 1) for word in ready.split()[1:])
    return {parameter: named[name] for parameter, name in _PARAMETERS.items() if name in named}


def _wait_for_dag(stack: ComposeByHand, api: AirflowApi, dag_id: str, deadline: float) -> None:
    """Wait until the DAG processor has found the DAG."""
    while not api.has_dag(dag_id):
        stack.check()
        problems = api.import_errors()
        if problems or time.monotonic() > deadline:
            told = "\n".join(problems)
            raise ServiceFailedError(f"The DAG processor has found no DAG {dag_id!r}.\n{told}")
        time.sleep(1)


def run_dag(
    stack: ComposeByHand, api: AirflowApi, *, dag_id: str, conf: dict[str, Any], seconds: float
) -> bool:
    """Run one DAG through the services, tell what happens, and return whether it succeeded."""
    deadline = time.monotonic() + seconds
    _wait_for_dag(stack, api, dag_id, deadline)
    run_id = api.trigger(dag_id, conf)
    _say(f"started {dag_id}, run {run_id}")
    started, seen, state = time.monotonic(), dict[str, str](), ""
    while state not in _FINISHED and time.monotonic() < deadline:
        time.sleep(1)
        stack.check()
        state = api.run_state(dag_id, run_id)
        for task_id, task_state in api.task_states(dag_id, run_id).items():
            if task_state not in {"none", seen.get(task_id)}:
                _say(f"  {task_id}: {task_state}")
            seen[task_id] = task_state
    _say(f"run of {dag_id}: {state} after {time.monotonic() - started:.1f} s")
    for task_id in [task_id for task_id, task_state in seen.items() if task_state == "failed"]:
        print(f"\n{task_id}:", *api.task_log(dag_id, run_id, task_id)[-30:], sep="\n  ", flush=True)
    return state == "success"


def _print_figures(stack: ComposeByHand) -> None:
    memory = stack.memory_megabytes()
    print(f"\n{'service':<16}{'seen ready after s':>20}{'memory MB':>12}")
    for name, seconds in stack.ready_seconds.items():
        print(f"{name:<16}{seconds:>20.1f}{memory.get(name, 0) or '-':>12}")
    print(f"{'all':<16}{'':>20}{sum(memory.values()):>12}")
    print(
        f"task executions the Celery worker received: {len(_RECEIVED.findall(stack.output('worker')))}\n",
        flush=True,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument(
        "--dag", default="example_crawl_import_verify", help="DAG to run (default: %(default)s)"
    )
    parser.add_argument("--dags", type=Path, default=ROOT / "dags", help="folder of DAGs (default: dags/)")
    parser.add_argument(
        "--conf", type=json.loads, help="parameters as JSON (default: names of the local AWS stack's estate)"
    )
    parser.add_argument(
        "--timeout", type=float, default=600, help="seconds for the run (default: %(default)s)"
    )
    parser.add_argument(
        "--without", action="append", default=[], metavar="SERVICE", help="do not start SERVICE"
    )
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="copy there what the services print")
    parser.add_argument("--stay", action="store_true", help="stay up afterwards until Ctrl-C")
    return parser.parse_args()


def _run(arguments: argparse.Namespace, room: Path) -> bool:
    variables = dict(line.split("=", 1) for line in make_env().splitlines() if not line.startswith("#"))
    services = read_compose_file(ROOT / "docker-compose.yaml", variables)
    services = {
        name: service.without(arguments.without)
        for name, service in services.items()
        if name not in arguments.without
    }
    with ComposeByHand(services, room=room, folders={"./dags": arguments.dags.resolve()}) as stack:
        began = time.monotonic()
        stack.start()
        _say(f"{len(services)} services started and healthy after {time.monotonic() - began:.1f} s")
        address = f"http://127.0.0.1:{stack.translation.port('api-server', 8080)}"
        password = variables["AIRFLOW_ADMIN_PASSWORD"]
        api = AirflowApi(address, "admin", password)
        conf = arguments.conf if arguments.conf is not None else estate_of(stack.output("local-aws"))
        succeeded = run_dag(stack, api, dag_id=arguments.dag, conf=conf, seconds=arguments.timeout)
        _print_figures(stack)
        if arguments.stay:
            _say(f"{address} user admin, password {password}; Ctrl-C ends everything")
            signal.pause()
    _say(f"ended; processes left over: {len(stack.find_leftovers())}")
    return succeeded


def main() -> int:
    """Run the services and the DAG; return the exit code."""
    arguments = _arguments()
    missing = find_missing_programs()
    if missing:
        print(f"Please install first: {', '.join(missing)}", file=sys.stderr)
        return 2
    room = Path(tempfile.mkdtemp(prefix="compose-by-hand-"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return 0 if _run(arguments, room) else 1
    except (ServiceFailedError, AirflowApiError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if arguments.output is not None:
            shutil.copytree(room / "output", arguments.output, dirs_exist_ok=True)
        shutil.rmtree(room, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
