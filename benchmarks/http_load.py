"""
A cheap HTTP client in a process of its own, so that it does not compete with the server for one interpreter.

``python -m benchmarks.http_load`` reads a plan from standard input and prints what it took, both as JSON.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Call", "Load", "run_load"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What some calls took: in all, and each of them, sorted; in seconds."""

    wall_seconds: float
    call_seconds: tuple[float, ...]

    @property
    def calls_per_second(self) -> float:
        """How many calls were answered in a second."""
        return len(self.call_seconds) / self.wall_seconds

    def percentile_ms(self, percent: int) -> float:
        """Within how many milliseconds so many per cent of the calls were answered."""
        index = min(len(self.call_seconds) - 1, len(self.call_seconds) * percent // 100)
        return self.call_seconds[index] * 1000


def run_load(port: int, calls: Iterable[Call], *, threads: int = 1) -> Load:
    """
    Make the calls from another process and say what they took.

    :raises RuntimeError: If a call is not answered with status 200.
    """
    plan = {
        "port": port,
        "threads": threads,
        "calls": [[call.method, call.path, call.headers, call.body] for call in calls],
    }
    client = subprocess.run(
        [sys.executable, "-m", "benchmarks.http_load"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=False,
    )
    if client.returncode:
        raise RuntimeError(f"the client failed: {client.stderr.strip().splitlines()[-1:]}")
    answer = json.loads(client.stdout)
    return Load(answer["wall_seconds"], tuple(sorted(answer["call_seconds"])))


def main() -> None:
    """Carry out the plan."""
    plan = json.load(sys.stdin)
    calls, lock = iter(plan["calls"]), threading.Lock()
    taken: list[float] = []
    failures: list[str] = []

    def next_calls() -> Iterator[Any]:
        while not failures:
            with lock:
                call = next(calls, None)
            if call is None:
                return
            yield call

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", plan["port"], timeout=60)
        for method, path, headers, body in next_calls():
            begin = time.perf_counter()
            connection.request(method, path, body.encode(), headers)
            answer = connection.getresponse()
            content = answer.read()
            taken.append(time.perf_counter() - begin)
            if answer.status != 200:
                failures.append(f"{answer.status} {content[:200]!r}")
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(plan["threads"])]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures or len(taken) != len(plan["calls"]):
        sys.exit(f"{len(taken)} of {len(plan['calls'])} calls answered; {failures[:1]}")
    json.dump({"wall_seconds": time.perf_counter() - begin, "call_seconds": taken}, sys.stdout)


if __name__ == "__main__":
    main()
