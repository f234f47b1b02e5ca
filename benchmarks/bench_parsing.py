"""What our modules and tasks cost a DAG file, beside the Amazon provider's crawler classes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import airflow_lineage_provider
from benchmarks.import_probe import Cost, Job, probe
from benchmarks.rows import Row

__all__ = ["LIBRARIES", "TITLE", "public_modules", "rows"]

TITLE = "Parsing a DAG file with 200 crawl tasks, and importing each public module"
LIBRARIES = ("apache-airflow", "apache-airflow-providers-amazon")

_TIMES = 7
_OURS = ("airflow_lineage_provider.operators.glue_crawl", "GlueCrawlOperator")
_STOCK = ("airflow.providers.amazon.aws.operators.glue_crawler", "GlueCrawlerRunOperator")
_STOCK_MODULES = "airflow.providers.amazon.aws.{}.glue_crawler"
_KINDS = ("operators", "sensors", "triggers")
_DAG_FILE = """
from datetime import datetime, timezone

from airflow.sdk import DAG
from {module} import {name}

with DAG("measured", start_date=datetime(2025, 1, 1, tzinfo=timezone.utc), schedule=None):
    for number in range({tasks}):
        {name}(task_id=f"crawl_{{number}}", crawler_name=f"crawler-{{number}}", deferrable=True)
"""


def public_modules() -> list[str]:
    """Return the modules a DAG author imports operators, sensors and triggers from."""
    package = Path(airflow_lineage_provider.__file__).parent
    return [
        f"{package.name}.{kind}.{path.stem}"
        for kind in _KINDS
        for path in sorted((package / kind).glob("*.py"))
        if path.stem not in {"__init__", "base"}
    ]


def rows(scale: float) -> Iterator[Row]:
    """Measure files first, then modules, and yield each row as soon as it is known."""
    times = max(1, int(_TIMES * scale))
    yield from _file_rows(max(1, int(200 * scale)), times)
    yield from _module_rows(times)


def _file_rows(tasks: int, times: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        files = [_write_dag(Path(folder), *operator, tasks=tasks) for operator in (_OURS, _STOCK)]
        ours, stock = _best([Job("parse", file) for file in files], times)
    if (ours.tasks, stock.tasks) != (tasks, tasks):
        raise RuntimeError(f"the files have {ours.tasks} and {stock.tasks} tasks, not {tasks}")
    what, peer = f"DAG file with {tasks} tasks, deferrable", _STOCK[1]
    note = "in a process forked off after Airflow was imported, as the DAG processor does it"
    yield Row(f"{what}: CPU time of a parse", ours.cpu_seconds, stock.cpu_seconds, "s", peer, note)
    yield Row(f"{what}: wall time of a parse", ours.wall_seconds, stock.wall_seconds, "s", peer)
    yield Row(f"{what}: modules imported", len(ours.modules), len(stock.modules), "", peer)


def _module_rows(times: int) -> Iterator[Row]:
    modules = public_modules()
    peers = {kind: _STOCK_MODULES.format(kind) for kind in _KINDS}
    names = [*modules, *peers.values()]
    costs = dict(zip(names, _best([Job("import", name) for name in names], times), strict=True))
    for module in modules:
        kind = module.split(".")[1]
        ours, stock = costs[module], costs[peers[kind]]
        peer = f"{kind}.glue_crawler of the Amazon provider"
        note = f"{len(ours.modules)} modules, the peer {len(stock.modules)}"
        what = f"import {module.removeprefix('airflow_lineage_provider.')} on top of Airflow: CPU time"
        yield Row(what, 1000 * ours.cpu_seconds, 1000 * stock.cpu_seconds, "ms", peer, note)


def _best(jobs: Sequence[Job], times: int) -> list[Cost]:
    """Do some jobs several times, in turn, and return the cheapest of each."""
    costs = probe([*jobs] * times)
    return [min(costs[number :: len(jobs)], key=lambda cost: cost.cpu_seconds) for number in range(len(jobs))]


def _write_dag(folder: Path, module: str, name: str, *, tasks: int) -> str:
    path = folder / f"{name}.py"
    path.write_text(_DAG_FILE.format(module=module, name=name, tasks=tasks), encoding="utf-8")
    return str(path)
