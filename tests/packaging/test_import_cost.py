"""DAG files are parsed again and again: importing our modules must cost little on top of Airflow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import airflow_lineage_provider

PACKAGE = Path(airflow_lineage_provider.__file__).parent
MOST_SECONDS = 0.050
MOST_SECONDS_TASK_GROUPS = 3 * MOST_SECONDS
"""The task groups put the operators of three modules together."""
HEAVY = {
    "aiobotocore",
    "airflow.providers.amazon",
    "boto3",
    "botocore",
    "fastapi",
    "moto",
    "openlineage",
    "requests",
}
PARSED = sorted(
    f"{PACKAGE.name}.{path.relative_to(PACKAGE).with_suffix('').as_posix().replace('/', '.')}"
    for path in [
        *PACKAGE.glob("task_groups.py"),
        *PACKAGE.glob("operators/*.py"),
        *PACKAGE.glob("sensors/*.py"),
    ]
    if path.stem not in {"__init__", "base"}
)
PROGRAM = """
import importlib, json, sys, time
import airflow.sdk
from airflow.sdk import BaseOperator, DAG
before = set(sys.modules)
began = time.process_time()
importlib.import_module(sys.argv[1])
print(json.dumps({"seconds": time.process_time() - began, "modules": sorted(set(sys.modules) - before)}))
"""


def import_once(module: str) -> tuple[float, set[str]]:
    """Import a module in a fresh process in which Airflow is imported already."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, module], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    return float(answer["seconds"]), set(answer["modules"])


@pytest.mark.airflow3
@pytest.mark.parametrize("module", PARSED)
def test_costs_little_on_top_of_airflow(module: str) -> None:
    most = MOST_SECONDS_TASK_GROUPS if module.endswith(".task_groups") else MOST_SECONDS
    seconds, modules = import_once(module)
    for _ in range(4):
        if seconds <= most:
            break
        seconds = min(seconds, import_once(module)[0])

    heavy = {name for name in modules for each in HEAVY if name == each or name.startswith(f"{each}.")}
    assert heavy == set()
    assert seconds <= most
