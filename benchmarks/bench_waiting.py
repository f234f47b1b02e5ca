"""Waiting for crawls in a triggerer: our poller beside one client per task, and beside a simpler poller."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.rows import Row
from benchmarks.waiting_client import GRACE_SECONDS, INTERVAL_SECONDS, Outcome, Scenario
from benchmarks.waiting_endpoint import Plan

__all__ = [
    "LIBRARIES",
    "PROTOTYPE",
    "STOCK",
    "TITLE",
    "Peer",
    "Wait",
    "compare",
    "figures",
    "make_plan",
    "measure_wait",
    "rows",
]

TITLE = f"Deferred tasks that wait for crawls of 10 to 45 s, looked at every {INTERVAL_SECONDS} s"
LIBRARIES = ("apache-airflow", "apache-airflow-providers-amazon", "aiobotocore", "boto3")

_SHORTEST_SECONDS, _LONGEST_SECONDS = 10.0, 45.0
_ONE_CRAWL_SECONDS = 20.0
_SCATTER = 0.2
_SPARE_SECONDS = 120.0
_ROOT = Path(__file__).parent.parent
_QUIET = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "NO_PROXY": "*",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """Another way to wait."""

    kind: str
    name: str
    note: str = ""


STOCK = Peer("stock", "GlueCrawlerCompleteTrigger")
PROTOTYPE = Peer("prototype", "benchmarks/waiting_prototype.py", "READY is enough for it")


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
    for tasks, peers in ((200, (STOCK,)), (1000, (STOCK, PROTOTYPE))):
        load = max(2, int(tasks * scale))
        for crawlers in (1, load):
            where = "one crawler" if crawlers == 1 else f"{crawlers:,} crawlers"
            yield from compare(f"{load:,} tasks on {where}", load, make_plan(crawlers), peers)
    load = max(2, int(10_000 * scale))
    yield from compare(f"{load:,} tasks on as many crawlers", load, make_plan(load), (PROTOTYPE,))
    load = max(2, int(1000 * scale))
    plan = make_plan(load, refused=0.5)
    yield from compare(f"{load:,} tasks on as many crawlers, every second call refused", load, plan, (STOCK,))


def compare(what: str, tasks: int, plan: Plan, peers: Iterable[Peer]) -> Iterator[Row]:
    """Measure ours and then each peer in the same scenario, and yield the figures beside each other."""
    ours = measure_wait("ours", tasks, plan)
    for peer in peers:
        yield from figures(what, ours, measure_wait(peer.kind, tasks, plan), peer)


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

    :param kind: ``ours``, ``stock`` or ``prototype``.
    :raises RuntimeError: If one of the processes fails or does not end.
    """
    with _running_endpoint(plan) as address, tempfile.TemporaryDirectory() as home:
        scenario = Scenario(kind, tasks, address, plan.ends)
        done = _run_client(scenario, home, max(plan.ends) + GRACE_SECONDS + _SPARE_SECONDS)
        with urllib.request.urlopen(f"{address}/counts", timeout=30) as response:
            counts = json.load(response)
    found = json.loads(done.splitlines()[-1])
    for name in ("latencies", "memory_kilobytes"):
        found[name] = tuple(found[name])
    return Wait(Outcome(**found), counts)


def _run_client(scenario: Scenario, home: str, seconds: float) -> str:
    """Run a triggerer's part in a process and return what it prints."""
    command = [sys.executable, "-m", "benchmarks.waiting_client"]
    environment = os.environ | _QUIET | {"AIRFLOW_HOME": home}
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asdict(scenario)),
            capture_output=True,
            text=True,
            check=False,
            cwd=_ROOT,
            env=environment,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(
            f"the triggers' process ({scenario.kind}) did not end in {seconds:.0f} s"
        ) from None
    if done.returncode:
        raise RuntimeError(f"the triggers' process failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def figures(what: str, ours: Wait, theirs: Wait, peer: Peer) -> Iterator[Row]:
    """Yield the rows that tell how a scenario went."""
    other = _numbers(theirs)
    for name, (value, unit, remark) in _numbers(ours).items():
        note = "; ".join(text for text in (peer.note, remark) if text)
        yield Row(f"{what}: {name}", value, other[name][0], unit, peer.name, note)


def _numbers(wait: Wait) -> dict[str, tuple[float, str, str]]:
    """Return figures, units and remarks of one run."""
    outcome = wait.outcome
    looks = wait.counts.get("ListCrawls", 0)
    height, before = outcome.memory_kilobytes
    grown = f"ours grew by {(height - before) / 1024:,.0f} MiB after the imports"
    return {
        "requests": (wait.requests, "", f"of ours {looks:,} ListCrawls, one verdict per crawl"),
        "requests without verdicts": (wait.requests - looks, "", ""),
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
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
            process.stdin.close()
            process.wait(timeout=30)
        finally:
            process.kill()  # does nothing if it ended by itself
