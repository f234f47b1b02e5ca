"""
What an import or the parse of a DAG file costs in a process that has imported Airflow, as Airflow's own have.

``python -m benchmarks.import_probe`` reads jobs from its standard input, as JSON, and prints one JSON line
for each. Every job runs in a child forked off after Airflow was imported, the way Airflow's DAG processor
parses every file, so no job profits from another.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Cost", "Job", "main", "probe"]

_QUIET = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}


@dataclass(frozen=True, slots=True)
class Job:
    """
    Something to be done once in a process that has imported Airflow.

    :param kind: ``import`` or ``parse``.
    :param what: A module's name, or the path of a DAG file.
    """

    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What a job took.

    :param modules: The modules that it added to the process, sorted.
    :param tasks: How many tasks were parsed.
    """

    cpu_seconds: float
    wall_seconds: float
    modules: tuple[str, ...]
    tasks: int = 0


def probe(jobs: Sequence[Job]) -> list[Cost]:
    """
    Do jobs in fresh processes and return what each took.

    Each is done once before, so that it finds its bytecode compiled, as that of an installed package is.

    :raises RuntimeError: If one of them fails.
    """
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.import_probe"],
            input=json.dumps([asdict(job) for job in jobs]),
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parent.parent,
            env=os.environ | _QUIET | {"AIRFLOW_HOME": home, "PYTHONDONTWRITEBYTECODE": ""},
        )
    if done.returncode:
        raise RuntimeError(f"the probe failed:\n{done.stdout}{done.stderr}")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    answers = (json.loads(line) for line in lines[-len(jobs) :])
    return [Cost(**answer | {"modules": tuple(answer["modules"])}) for answer in answers]


def main() -> int:
    """Do the jobs of the standard input; return the exit code."""
    jobs = [Job(**job) for job in json.load(sys.stdin)]
    _import_airflow(with_parser=any(job.kind == "parse" for job in jobs))
    gc.collect()
    gc.freeze()  # so that a child's collector does not copy the parent's pages
    return max((_in_a_child(job) for job in [*dict.fromkeys(jobs), *jobs]), default=0)


def _import_airflow(*, with_parser: bool) -> None:
    for name in ("airflow.sdk", "airflow.sdk.bases.operator", "airflow.sdk.definitions.dag"):
        importlib.import_module(name)
    if with_parser:
        importlib.import_module("airflow.dag_processing.dagbag")


def _in_a_child(job: Job) -> int:
    """Do a job in a forked process, which prints what it took; return its exit code."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        sys.stdout.write(f"{json.dumps(asdict(_measure(job)))}\n")
        sys.stdout.flush()
        code = 0
    except BaseException:  # noqa: BLE001 - the child ends here, whatever happened
        traceback.print_exc()
    finally:
        os._exit(code)


def _measure(job: Job) -> Cost:
    before = set(sys.modules)
    cpu, wall = time.process_time(), time.perf_counter()
    tasks = 0
    if job.kind == "parse":
        tasks = _parse(job.what)
    else:
        importlib.import_module(job.what)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Cost(cpu, wall, tuple(_added(before)), tasks)


def _parse(path: str) -> int:
    """Parse a DAG file as Airflow does, and return how many tasks it has."""
    from airflow.dag_processing.dagbag import DagBag

    bag: Any = DagBag(dag_folder=path, bundle_path=Path(path).parent, bundle_name="measured")
    if bag.import_errors:
        sys.stderr.write(f"{bag.import_errors}\n")
        raise RuntimeError(path)
    return sum(len(dag.tasks) for dag in bag.dags.values())


def _added(before: set[str]) -> Iterable[str]:
    return sorted(set(sys.modules) - before)


if __name__ == "__main__":
    sys.exit(main())
