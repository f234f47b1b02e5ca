"""
DAG files are parsed again and again: importing our modules must cost little on top of Airflow.

What is asserted is what decides the cost and is the same on every machine: which modules come along. The time
is measured by ``make bench ARGS=parsing``.
"""

from __future__ import annotations

import pytest

from benchmarks.bench_parsing import public_modules
from benchmarks.import_probe import Cost, Job, probe

HEAVY = {
    "aiobotocore",
    "aiohttp",
    "airflow.providers.amazon",
    "airflow_lineage_provider.lineage.graph",
    "boto3",
    "botocore",
    "fastapi",
    "moto",
    "openlineage",
    "requests",
}
STOCK = "airflow.providers.amazon.aws.operators.glue_crawler"
MODULES = [*public_modules(), "airflow_lineage_provider.task_groups"]
MOST_MODULES = 60
"""Ours and Airflow's together; the stock module adds about 300."""
MOST_FOREIGN_MODULES = 15

pytestmark = pytest.mark.airflow3


@pytest.fixture(scope="module")
def costs() -> dict[str, Cost]:
    """What each module adds to a process that has imported Airflow, and what the stock one does."""
    names = [*MODULES, STOCK]
    return dict(zip(names, probe([Job("import", name) for name in names]), strict=True))


def heavy(modules: tuple[str, ...]) -> set[str]:
    """Return those of some modules that must not be imported."""
    return {name for name in modules for each in HEAVY if name == each or name.startswith(f"{each}.")}


@pytest.mark.parametrize("module", MODULES)
def test_imports_nothing_heavy_that_parsing_does_not_need(costs: dict[str, Cost], module: str) -> None:
    assert heavy(costs[module].modules) == set()


@pytest.mark.parametrize("module", MODULES)
def test_adds_few_modules_to_airflow(costs: dict[str, Cost], module: str) -> None:
    added = costs[module].modules
    foreign = [name for name in added if not name.startswith("airflow_lineage_provider")]

    assert len(added) <= MOST_MODULES
    assert len(foreign) <= MOST_FOREIGN_MODULES


def test_would_notice_a_heavy_module(costs: dict[str, Cost]) -> None:
    added = costs[STOCK].modules

    assert {"boto3", "botocore"} <= heavy(added)
    assert len(added) > 3 * MOST_MODULES
