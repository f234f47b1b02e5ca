"""What imports and DAG files cost, measured for real but with hardly any load."""

from __future__ import annotations

import pytest

from benchmarks.bench_parsing import public_modules, rows
from benchmarks.import_probe import Job, probe

pytestmark = pytest.mark.airflow3


def test_compares_the_file_and_every_public_module_with_the_stock_ones() -> None:
    found = {row.what: row for row in rows(0.01)}

    modules = found.pop("DAG file with 2 tasks, deferrable: modules imported")
    assert modules.peer is not None
    assert modules.ours < modules.peer / 3
    assert {what for what in found if what.startswith("import ")} == {
        f"import {module.removeprefix('airflow_lineage_provider.')} on top of Airflow: CPU time"
        for module in public_modules()
    }
    assert all(row.ours > 0 and row.peer for row in found.values())


def test_a_job_does_not_profit_from_the_one_before() -> None:
    first, second = probe([Job("import", "sched"), Job("import", "sched")])

    assert first.modules == second.modules == ("sched",)


def test_says_why_a_job_failed() -> None:
    with pytest.raises(RuntimeError, match="No module named 'no_such_module'"):
        probe([Job("import", "no_such_module")])
