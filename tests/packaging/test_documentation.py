"""The Python in the documentation runs as it stands there."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import DAG

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", re.MULTILINE)
SNIPPETS = [
    pytest.param(textwrap.dedent(code), id=f"{path.stem} {number}")
    for path in sorted((ROOT / "docs").rglob("*.rst"))
    for number, code in enumerate(BLOCK.findall(path.read_text(encoding="utf-8")), start=1)
]


@pytest.mark.parametrize("code", SNIPPETS)
def test_runs_inside_a_dag(code: str) -> None:
    with DAG("documentation", schedule=None) as dag:
        exec(compile(code, "documentation", "exec"), {})

    groups = len(re.findall(r"crawl_import_verify(?:\.partial)?\(\n", code))
    assert len(dag.tasks) == code.count("task_id=") + 4 * groups + code.count("enable_lineage=True")


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) >= 9
