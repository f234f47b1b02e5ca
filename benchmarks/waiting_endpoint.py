"""
A stand-in for Glue's endpoint that runs in a process of its own, answers after 20 ms and counts requests.

``python -m benchmarks.waiting_endpoint`` reads a :class:`Plan` from its standard input, as JSON, prints its
port and serves until its input ends. ``POST /begin`` starts all crawls and returns the time; ``GET /counts``
returns how often each operation was called, and how many calls were refused.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["ANSWER_SECONDS", "STOPPING_SECONDS", "Endpoint", "Plan", "crawl_id", "crawler_name", "main"]

ANSWER_SECONDS = 0.02
STOPPING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What happens to the crawlers.

    :param ends: After how many seconds each crawler is READY again.
    :param medians: What its crawls are said to take usually.
    :param refused: Which share of the calls is throttled.
    """

    ends: tuple[float, ...]
    medians: tuple[float, ...]
    refused: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Plan:
        """Read a plan that was written as JSON."""
        found = json.loads(text)
        return cls(tuple(found["ends"]), tuple(found["medians"]), found["refused"])


def crawler_name(number: int) -> str:
    """Return the name of a crawler."""
    return f"crawler-{number}"


def crawl_id(number: int) -> str:
    """Return the id of a crawler's crawl."""
    return f"00000000-0000-4000-8000-{number:012d}"


class Endpoint:
    """
    The crawlers of a plan and the operations that read them.

    :param plan: What happens to them.
    :param clock: Tells the time.
    :param seed: Makes the choice of refused calls repeatable.
    """

    def __init__(self, plan: Plan, *, clock: Callable[[], float] = time.time, seed: int = 1) -> None:
        self.plan = plan
        self.clock = clock
        self.began = clock()
        self.counts: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "GetCrawler": lambda request: {"Crawler": self._crawler(request["Name"])},
            "BatchGetCrawlers": lambda request: {
                "Crawlers": [self._crawler(name) for name in request["CrawlerNames"]],
                "CrawlersNotFound": [],
            },
            "GetCrawlerMetrics": lambda request: {
                "CrawlerMetricsList": [self._metrics(name) for name in request["CrawlerNameList"]]
            },
            "ListCrawls": lambda request: {"Crawls": [self._crawl(request["CrawlerName"])]},
        }

    def begin(self) -> float:
        """Start all crawls now and return the time."""
        self.began = self.clock()
        return self.began

    def answer(self, operation: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer of a call."""
        self.counts[operation] += 1
        if self._random.random() < self.plan.refused:
            self.counts["refused"] += 1
            return 400, {"__type": "ThrottlingException", "Message": "Rate exceeded"}
        return 200, self._operations[operation](json.loads(body))

    def _elapsed(self, name: str) -> tuple[int, float, float]:
        """Return a crawler's number, the seconds since its crawl began and those until it is READY."""
        number = int(name.rpartition("-")[2])
        elapsed = self.clock() - self.began
        return number, elapsed, self.plan.ends[number] - elapsed

    def _crawler(self, name: str) -> dict[str, Any]:
        number, elapsed, left = self._elapsed(name)
        state = "READY" if left <= 0 else "STOPPING" if left <= STOPPING_SECONDS else "RUNNING"
        ended = state != "RUNNING"
        return {
            "Name": name,
            "Role": "crawler",
            "Targets": {"S3Targets": [{"Path": f"s3://bucket/{name}/", "Exclusions": []}]},
            "DatabaseName": "measured",
            "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
            "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
            "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
            "State": state,
            "CrawlElapsedTime": 0 if ended else int(1000 * elapsed),
            "CreationTime": self.began - 86400,
            "LastUpdated": self.began - 86400,
            "LastCrawl": {
                "Status": "SUCCEEDED",
                "LogGroup": "/aws-glue/crawlers",
                "LogStream": name,
                "MessagePrefix": crawl_id(number) if ended else "before",
                "StartTime": self.began if ended else self.began - 3600,
            },
            "Version": 1,
        }

    def _crawl(self, name: str) -> dict[str, Any]:
        number, _, left = self._elapsed(name)
        row: dict[str, Any] = {"CrawlId": crawl_id(number), "State": "RUNNING", "StartTime": self.began}
        if left <= STOPPING_SECONDS:
            end = self.began + self.plan.ends[number] - STOPPING_SECONDS
            row |= {"State": "COMPLETED", "EndTime": end, "DPUHour": 0.1}
        return row | {"LogGroup": "/aws-glue/crawlers", "LogStream": name, "MessagePrefix": crawl_id(number)}

    def _metrics(self, name: str) -> dict[str, Any]:
        number = int(name.rpartition("-")[2])
        median = self.plan.medians[number]
        return {"CrawlerName": name, "MedianRuntimeSeconds": median, "LastRuntimeSeconds": median}


async def _serve(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve the requests of one connection."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in head[1:])
            fields = {name.lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(fields.get("content-length", "0")))
            status, found = await _respond(endpoint, head[0].split()[1], fields.get("x-amz-target", ""), body)
            content = json.dumps(found).encode()
            kind = b"application/x-amz-json-1.1"
            start = b"HTTP/1.1 %d x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
            writer.write(start % (status, kind, len(content)) + content)
            await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        return  # the client left, or the endpoint ends
    finally:
        writer.close()


async def _respond(endpoint: Endpoint, path: str, target: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """Answer a request of the bench at once, and one to Glue after a while."""
    if path == "/begin":
        return 200, {"began": endpoint.begin()}
    if path == "/counts":
        return 200, dict(endpoint.counts)
    await asyncio.sleep(ANSWER_SECONDS)
    return endpoint.answer(target.rpartition(".")[2], body)


async def _run(plan: Plan) -> None:
    endpoint = Endpoint(plan)
    server = await asyncio.start_server(
        lambda reader, writer: _serve(endpoint, reader, writer), "127.0.0.1", 0, backlog=2048
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


def main() -> int:
    """Serve the plan of the first line of the standard input until that ends; return the exit code."""
    asyncio.run(_run(Plan.parse(sys.stdin.readline())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
