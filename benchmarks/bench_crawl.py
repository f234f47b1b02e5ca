"""The crawl engine over the local stack's S3, beside reading everything in one thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.s3_target import S3Crawl, S3Target, crawl_s3
from benchmarks.crawl_estate import BUCKET, CountingReader, Estate, json_objects, running_estate
from benchmarks.crawl_peers import read_all_json
from benchmarks.measuring import MEBIBYTE, Measured, measure
from benchmarks.rows import Row

__all__ = ["LIBRARIES", "TITLE", "rows"]

TITLE = "A crawl of 10,000 small JSON objects in 200 partitions"
LIBRARIES = ("moto",)

_JSON_PEER = "json.loads on every line, one thread, top-level fields only"


def rows(scale: float) -> Iterator[Row]:
    """Measure the crawl, and yield each row as soon as it is known."""
    with running_estate() as estate:
        yield from _json_rows(estate, scale)


def _json_rows(estate: Estate, scale: float) -> Iterator[Row]:
    objects, partitions = max(4, int(10_000 * scale)), max(2, int(200 * scale))
    stored = estate.put(json_objects(objects, partitions=partitions))
    what = f"{objects:,} JSON objects, {partitions} partitions"
    reader, peer_reader = CountingReader(estate.reader), CountingReader(estate.reader)
    target = S3Target(path=f"s3://{BUCKET}/orders/")
    ours = measure(lambda: crawl_s3(reader, target, CrawlerConfiguration()))
    peer = measure(lambda: read_all_json(peer_reader, BUCKET, "orders/"))
    _check(ours.answer, columns=len(peer.answer), partitions=partitions, objects=objects)
    read = (reader.bytes_read, peer_reader.bytes_read)
    yield from comparison(what, ours, peer, _JSON_PEER, read=read, stored=stored)


def comparison(
    what: str,
    ours: Measured[Any],
    peer: Measured[Any],
    peer_name: str,
    *,
    read: tuple[int, int],
    stored: int,
) -> Iterator[Row]:
    """Yield the rows that compare two ways to read the same objects."""
    yield Row(f"{what}: wall time", ours.wall_seconds, peer.wall_seconds, "s", peer_name)
    yield Row(f"{what}: CPU time", ours.cpu_seconds, peer.cpu_seconds, "s", peer_name)
    note = f"of {stored / MEBIBYTE:,.1f} MiB stored"
    yield Row(f"{what}: bytes read", read[0] / MEBIBYTE, read[1] / MEBIBYTE, "MiB", peer_name, note)
    if ours.peak_bytes is not None and peer.peak_bytes is not None:
        peaks = (ours.peak_bytes / MEBIBYTE, peer.peak_bytes / MEBIBYTE)
        yield Row(f"{what}: peak memory", *peaks, "MiB", peer_name, "growth of the process")


def _check(crawl: S3Crawl, *, columns: int, partitions: int, objects: int) -> None:
    """Make sure that what was measured is the work that was meant."""
    (table,) = crawl.tables
    found = (len(table.record.fields), len(table.partitions), table.statistics.objects)
    if found != (columns, partitions, objects):
        raise RuntimeError(f"the crawl found {found}, not {(columns, partitions, objects)}")
