"""The compose file's processes run the example DAG: Postgres, Redis, Celery, scheduler and triggerer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.compose_processes import find_missing_programs

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.system, pytest.mark.airflow3, pytest.mark.timeout(900)]


def test_example_dag_succeeds_and_nothing_stays_behind() -> None:
    missing = find_missing_programs()
    if missing and not os.environ.get("CI"):
        pytest.skip(f"needs {' and '.join(missing)}")

    done = subprocess.run(
        [sys.executable, "-m", "scripts.run_compose_by_hand", "--timeout", "600"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "run of example_crawl_import_verify: success" in done.stdout
    assert "processes left over: 0" in done.stdout
