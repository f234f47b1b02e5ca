"""
A triggerer's part of the wait: many triggers on one event loop, in a process of their own.

``python -m benchmarks.waiting_client`` reads a :class:`Scenario` from its standard input, as JSON, runs it
against an endpoint (see :mod:`benchmarks.waiting_endpoint`) and prints one JSON line with what it took.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from benchmarks.waiting_endpoint import crawl_id, crawler_name

__all__ = ["GRACE_SECONDS", "INTERVAL_SECONDS", "Outcome", "Scenario", "main"]

INTERVAL_SECONDS = 5
"""How often the stock trigger asks unless it is told otherwise; ours is told the same."""

_STARTED_TOGETHER = 50
"""How many triggers Airflow's triggerer starts at a time."""
GRACE_SECONDS = 60.0
"""How long after the last crawl's end a trigger may fire before it counts as missed."""

_BEAT_SECONDS = 0.005
_LISTENING_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    How many tasks wait for what.

    :param kind: ``ours``, ``stock`` or ``prototype``.
    :param tasks: How many triggers; they are dealt to the crawlers in turn.
    :param endpoint: Address of the endpoint.
    """

    kind: str
    tasks: int
    endpoint: str
    ends: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What it took.

    :param cpu_seconds: Of all threads, less what feeling the pulse of the event loop takes by itself.
    :param latencies: Seconds from the end of a crawl until its trigger fired, in order.
    :param missed: How many triggers had not fired a minute after the last crawl ended, or fired an error.
    :param longest_block_seconds: For how long nothing else could run on the event loop.
    :param memory_kilobytes: The process at its height, and what it was before the first trigger.
    """

    cpu_seconds: float
    latencies: tuple[float, ...]
    missed: int
    longest_block_seconds: float
    memory_kilobytes: tuple[int, int]


def main() -> int:
    """Run the scenario of the standard input; return the exit code."""
    found = json.load(sys.stdin)
    scenario = Scenario(found["kind"], found["tasks"], found["endpoint"], tuple(found["ends"]))
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "measured",
        "AWS_SECRET_ACCESS_KEY": "measured",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": scenario.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    make_trigger, modules = _KINDS[scenario.kind]
    for module in modules:
        import_module(module)
    gc.collect()
    before = _memory_kilobytes()
    outcome = asyncio.run(_Triggerer(scenario, make_trigger, before).run())
    print(json.dumps(asdict(outcome)), flush=True)
    return 0


def _our_trigger(number: int, deadline: float) -> Any:
    from airflow_lineage_provider.triggers.glue_crawl import GlueCrawlTrigger

    return GlueCrawlTrigger(
        crawler_name=crawler_name(number),
        crawl_id=crawl_id(number),
        deadline=deadline,
        timeout=3600.0,
        waiter_delay=INTERVAL_SECONDS,
        aws_conn_id=None,
    )


def _stock_trigger(number: int, deadline: float) -> Any:
    from airflow.providers.amazon.aws.triggers.glue_crawler import GlueCrawlerCompleteTrigger

    del deadline  # it counts its attempts instead
    return GlueCrawlerCompleteTrigger(
        crawler_name=crawler_name(number), waiter_delay=INTERVAL_SECONDS, aws_conn_id=None
    )


def _prototype_trigger(number: int, deadline: float) -> Any:
    from benchmarks.waiting_prototype import PrototypeTrigger

    del deadline  # it waits for ever
    return PrototypeTrigger(crawler_name=crawler_name(number), interval=INTERVAL_SECONDS)


_AMAZON = "airflow.providers.amazon.aws"
_OURS = "airflow_lineage_provider"
_KINDS: dict[str, tuple[Callable[[int, float], Any], tuple[str, ...]]] = {
    "ours": (_our_trigger, (f"{_OURS}.triggers.glue_crawl", f"{_OURS}.hooks.glue_crawl")),
    "prototype": (_prototype_trigger, ("benchmarks.waiting_prototype", f"{_AMAZON}.hooks.base_aws")),
    "stock": (_stock_trigger, (f"{_AMAZON}.triggers.glue_crawler", f"{_AMAZON}.hooks.glue_crawler")),
}
"""Makes a trigger, and what a triggerer has imported after the first task of this kind."""


class _Triggerer:
    """Starts triggers as Airflow does, notes when each fires, and how long the loop is blocked."""

    def __init__(self, scenario: Scenario, make_trigger: Any, memory_before: int) -> None:
        self.scenario = scenario
        self.make_trigger = make_trigger
        self.memory_before = memory_before
        self.fired: dict[int, float] = {}
        self.longest_block = 0.0

    async def run(self) -> Outcome:
        """Run all triggers to their end, or until it is clear that they have none."""
        pulse = asyncio.create_task(self._feel_pulse())
        pulse_takes = await _cpu_per_second(_LISTENING_SECONDS)
        began = await asyncio.to_thread(_begin, self.scenario.endpoint)
        self.longest_block = 0.0
        until = began + max(self.scenario.ends) + GRACE_SECONDS
        cpu = time.process_time()
        tasks = []
        for number in range(self.scenario.tasks):
            tasks.append(asyncio.create_task(self._fire(number, until + 3600)))
            if number % _STARTED_TOGETHER == _STARTED_TOGETHER - 1:
                await asyncio.sleep(0)
        _, left = await asyncio.wait(tasks, timeout=max(0.0, until - time.time()))
        cpu = time.process_time() - cpu - pulse_takes * (time.time() - began)
        pulse.cancel()
        for task in left:
            task.cancel()
        await asyncio.gather(*tasks, pulse, return_exceptions=True)
        return Outcome(
            cpu_seconds=cpu,
            latencies=tuple(sorted(self._latencies(began))),
            missed=self.scenario.tasks - len(self.fired),
            longest_block_seconds=self.longest_block,
            memory_kilobytes=(_memory_kilobytes(), self.memory_before),
        )

    async def _fire(self, number: int, deadline: float) -> None:
        """Wait for one trigger's event, and note when it came if it is a good one."""
        trigger = self.make_trigger(number % len(self.scenario.ends), deadline)
        async for event in trigger.run():
            if event.payload.get("status") in {"ended", "success"}:
                self.fired[number] = time.time()
            return

    async def _feel_pulse(self) -> None:
        """Note by how much a short sleep is late."""
        while True:
            asleep = time.perf_counter()
            await asyncio.sleep(_BEAT_SECONDS)
            self.longest_block = max(self.longest_block, time.perf_counter() - asleep - _BEAT_SECONDS)

    def _latencies(self, began: float) -> Iterable[float]:
        ends = self.scenario.ends
        return (moment - began - ends[number % len(ends)] for number, moment in self.fired.items())


async def _cpu_per_second(seconds: float) -> float:
    """Return the CPU time that this process takes in a second while nobody waits."""
    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - began)


def _begin(endpoint: str) -> float:
    """Let the endpoint's crawls begin and return when that was."""
    request = urllib.request.Request(f"{endpoint}/begin", data=b"", method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return float(json.load(response)["began"])


def _memory_kilobytes() -> int:
    """Return how large this process was at its height."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size // 1024 if sys.platform == "darwin" else size


if __name__ == "__main__":
    sys.exit(main())
