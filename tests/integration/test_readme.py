"""What the README says works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.integration.dag_running import aws_connection, run_made_dag

_README = Path(__file__).parents[2] / "README.md"


def _python_block() -> str:
    blocks = re.findall(r"```python\n(.*?)```", _README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) == 1
    return str(blocks[0])


def test_the_dag_has_about_fifteen_lines() -> None:
    lines = [line for line in _python_block().splitlines() if line.strip()]

    assert len(lines) <= 15


@pytest.mark.airflow3
@pytest.mark.usefixtures("airflow_database")
def test_the_dag_succeeds_as_pasted(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    local_aws.seed("ecommerce")
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
    names: dict[str, Any] = {}
    exec(compile(_python_block(), str(_README), "exec"), names)

    outcome = run_made_dag(names["dag"])

    assert outcome.state == "success"
    assert outcome.values["crawl_import_verify.verify"]["verified"] is True
