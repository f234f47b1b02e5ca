"""Lineage in the local stack: events over HTTP, and reading a small and a large graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from airflow_lineage_provider.local_aws import LocalAws
from benchmarks.http_load import run_load
from benchmarks.lineage_estate import (
    NODES_PER_EVENT,
    Estate,
    event_body,
    make_estate,
    peer_get,
    peer_put,
    plain_walk,
)
from benchmarks.measuring import measure
from benchmarks.rows import Row

__all__ = ["LIBRARIES", "TITLE", "rows"]

TITLE = "Lineage events over HTTP, and graphs of 1,000 and of 100,000 nodes"
LIBRARIES = ("moto",)

_THREADS = 4
_POSTS = 1_000
_READS = 300
_WALKS = 2_000
_PUT = "moto's DynamoDB PutItem of the same text, same server"
_GET = "moto's DynamoDB GetItem of an event, same server"
_BFS = "breadth-first search over a dictionary of lists"


def rows(scale: float) -> Iterator[Row]:
    """Measure, and yield each row as soon as it is known."""
    with LocalAws() as aws:
        estate = make_estate(aws)
        run_load(estate.port, estate.posts(20))
        items = max(20, int(_READS * scale))
        run_load(estate.port, [peer_put(number) for number in range(items)])
        for nodes in (1_000, 100_000):
            wanted = max(50, int(nodes * scale)) // NODES_PER_EVENT
            yield from _filling(estate, wanted)
            size = f"{nodes:,} nodes" if scale == 1 else f"{wanted * NODES_PER_EVENT:,} nodes"
            yield from _reading(estate, size, items)
            yield from _walking(estate, size)
            yield from _posting(estate, size, scale)


def _filling(estate: Estate, events: int) -> Iterator[Row]:
    """Fill the domain, and compare what it holds with the texts alone where there is enough to compare."""
    before = estate.events
    added = events - before
    ours = measure(lambda: estate.fill(events))
    if added < 5_000 or ours.peak_bytes is None:
        return
    kept: list[bytes] = []
    peer = measure(lambda: kept.extend(event_body(number).encode() for number in range(added)))
    if peer.peak_bytes is None:
        return
    note = f"{added:,} events of {len(kept[-1]):,} bytes with their graph; growth of the process"
    yield Row(
        "Memory of an event",
        ours.peak_bytes / added,
        peer.peak_bytes / added,
        "bytes",
        "a list of the events' texts and no graph",
        note,
    )


def _posting(estate: Estate, size: str, scale: float) -> Iterator[Row]:
    number = max(20, int(_POSTS * scale))
    ours = run_load(estate.port, estate.posts(number), threads=_THREADS)
    peer = run_load(estate.port, [peer_put(each) for each in range(number)], threads=_THREADS)
    yield Row(
        f"PostLineageEvent, {size}",
        ours.calls_per_second,
        peer.calls_per_second,
        "events/s",
        _PUT,
        f"{_THREADS} connections, processed at once",
        "more",
    )


def _reading(estate: Estate, size: str, number: int) -> Iterator[Row]:
    random = Random(20250604)
    tables = [random.randrange(7, estate.events) for _ in range(number)]
    nodes = run_load(estate.port, [estate.node(table) for table in tables])
    graphs = run_load(estate.port, [estate.graph(table) for table in tables])
    gets = run_load(estate.port, [peer_get(each) for each in range(number)])
    reached = sum(estate.walk(table) for table in tables) / number
    for percent in (50, 95):
        peer = gets.percentile_ms(percent)
        yield Row(f"GetLineageNode p{percent}, {size}", nodes.percentile_ms(percent), peer, "ms", _GET)
        yield Row(
            f"QueryGraph p{percent}, {size}",
            graphs.percentile_ms(percent),
            peer,
            "ms",
            _GET,
            f"five hops upstream: {reached:.0f} nodes on average",
        )


def _walking(estate: Estate, size: str) -> Iterator[Row]:
    random = Random(20250604)
    tables = [random.randrange(7, estate.events) for _ in range(_WALKS)]
    neighbours = estate.upstream()

    def all_of(walk: Callable[[int], int]) -> Callable[[], int]:
        return lambda: sum(walk(table) for table in tables)

    ours = measure(all_of(estate.walk), times=3)
    peer = measure(all_of(lambda table: plain_walk(neighbours, table)), times=3)
    if ours.answer != peer.answer:
        raise RuntimeError(f"the walks found {ours.answer} and {peer.answer} nodes")
    microseconds = 1e6 / _WALKS
    yield Row(
        f"Walk of five hops in memory, {size}",
        ours.cpu_seconds * microseconds,
        peer.cpu_seconds * microseconds,
        "µs",
        _BFS,
        "CPU time of one walk",
    )
