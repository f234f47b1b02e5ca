"""Waiting for crawls in a triggerer: the shared poller beside one trigger and one client per task."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.rows import Row
from benchmarks.waiting_client import INTERVAL_SECONDS, Outcome, Scenario
from benchmarks.waiting_endpoint import Plan

__all__ = ["LIBRARIES", "TITLE", "Wait", "figures", "measure_wait", "rows"]

TITLE = f"Deferred tasks that wait for crawls of 10 to 45 s, looked at every {INTERVAL_SECONDS} s"
LIBRARIES = ("apache-airflow", "apache-airflow-providers-amazon", "aiobotocore", "boto3")

_SHORTEST_SECONDS, _LONGEST_SECONDS = 10.0, 45.0
_ONE_CRAWL_SECONDS = 20.0
_SCATTER = 0.2
_PEER = "GlueCrawlerCompleteTrigger"
_ROOT = Path(__file__).parent.parent
_QUIET = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "NO_PROXY": "*",
}


@dataclass(frozen=True, slots=True)
class Wait:
    """What one run of a scenario took, on both sides."""

    outcome: Outcome
    counts: dict[str, int]

    @property
    def requests(self) -> int:
        """Return how many requests the endpoint got."""
        return sum(count for name, count in self.counts.items() if name != "refused")


def rows(scale: float) -> Iterator[Row]:
    """Measure the small loads first, and yield each row as soon as it is known."""
    for tasks in (200, 1000):
        load = max(2, int(tasks * scale))
        for crawlers in (1, load):
            plan = make_plan(crawlers)
            what = f"{load:,} tasks on {'one crawler' if crawlers == 1 else f'{crawlers:,} crawlers'}"
            ours, stock = (measure_wait(kind, load, plan) for kind in ("ours", "stock"))
            yield from figures(what, ours, stock)
    load = max(2, int(10_000 * scale))
    yield from figures(f"{load:,} tasks on as many crawlers", measure_wait("ours", load, make_plan(load)))
    load = max(2, int(1000 * scale))
    ours, stock = (measure_wait(kind, load, make_plan(load, refused=0.5)) for kind in ("ours", "stock"))
    yield from figures(f"{load:,} tasks on as many crawlers, every second call refused", ours, stock)


def make_plan(crawlers: int, *, refused: float = 0.0) -> Plan:
    """Return what happens to so many crawlers; their usual times scatter around what they take this time."""
    luck = random.Random(crawlers)
    ends = [luck.uniform(_SHORTEST_SECONDS, _LONGEST_SECONDS) for _ in range(crawlers)]
    if crawlers == 1:
        ends = [_ONE_CRAWL_SECONDS]
    medians = [end * luck.lognormvariate(0, _SCATTER) for end in ends]
    return Plan(tuple(ends), tuple(medians), refused)


def measure_wait(kind: str, tasks: int, plan: Plan) -> Wait:
    """
    Run a scenario: endpoint and triggerer, each in a fresh process.

    :param kind: ``ours`` or ``stock``.
    :raises RuntimeError: If one of the processes fails.
    """
    with _running_endpoint(plan) as address, tempfile.TemporaryDirectory() as home:
        scenario = Scenario(kind, tasks, address, plan.ends)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.waiting_client"],
            input=json.dumps(asdict(scenario)),
            capture_output=True,
            text=True,
            check=False,
            cwd=_ROOT,
            env=os.environ | _QUIET | {"AIRFLOW_HOME": home},
        )
        if done.returncode:
            raise RuntimeError(f"the triggers' process failed:\n{done.stdout}{done.stderr}")
        with urllib.request.urlopen(f"{address}/counts") as response:
            counts = json.load(response)
    found = json.loads(done.stdout.splitlines()[-1])
    for name in ("latencies", "memory_kilobytes"):
        found[name] = tuple(found[name])
    return Wait(Outcome(**found), counts)


def figures(what: str, ours: Wait, stock: Wait | None = None) -> Iterator[Row]:
    """Yield the rows that tell how a scenario went."""
    note = "" if stock is not None else "the peer would need gigabytes"
    peer = _PEER if stock is not None else ""
    mine = _numbers(ours)
    other = {} if stock is None else _numbers(stock)
    for name, (value, unit, remark) in mine.items():
        theirs = other.get(name, (None, "", ""))[0]
        yield Row(f"{what}: {name}", value, theirs, unit, peer, remark or note)


def _numbers(wait: Wait) -> dict[str, tuple[float, str, str]]:
    """Return figures, units and remarks of one run."""
    outcome = wait.outcome
    looks = wait.counts.get("ListCrawls", 0)
    verdicts = f"of ours {looks:,} ListCrawls, which the verdict about a crawl needs" if looks else ""
    height, before = outcome.memory_kilobytes
    grown = f"ours grew by {(height - before) / 1024:,.0f} MiB after the imports"
    return {
        "requests": (wait.requests, "", verdicts),
        "CPU time": (outcome.cpu_seconds, "s", ""),
        "memory at its height": (height / 1024, "MiB", grown),
        "seen after, mean": (_mean(outcome.latencies), "s", ""),
        "seen after, 99 of 100": (_quantile(outcome.latencies, 0.99), "s", ""),
        "longest block of the event loop": (outcome.longest_block_seconds, "s", ""),
        "tasks that missed their crawl's end": (outcome.missed, "", ""),
    }


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values) if values else float("nan")


def _quantile(values: tuple[float, ...], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


@contextmanager
def _running_endpoint(plan: Plan) -> Iterator[str]:
    """Run an endpoint and give its address; it ends with its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.waiting_endpoint"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the endpoint has no standard input or output")
    with process:
        process.stdin.write(f"{json.dumps(asdict(plan))}\n")
        process.stdin.flush()
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()
