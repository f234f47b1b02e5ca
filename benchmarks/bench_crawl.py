"""The crawl engine over the local stack's S3, beside reading everything in one thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target, crawl_s3
from benchmarks.crawl_estate import (
    BUCKET,
    CountingReader,
    Estate,
    json_objects,
    parquet_objects,
    running_estate,
)
from benchmarks.crawl_peers import (
    discover_parquet,
    read_all_json,
    read_all_json_with_arrow,
    read_all_parquet,
)
from benchmarks.measuring import MEBIBYTE, Measured, measure
from benchmarks.rows import Row

__all__ = ["LIBRARIES", "TITLE", "rows"]

TITLE = "A crawl of 10,000 small JSON objects in 200 partitions, and of 1 GiB of Parquet in 8"
LIBRARIES = ("moto", "pyarrow")

_JSON_FOLDER = "orders/"
_PARQUET_FOLDER = "readings/"
_PARQUET_FILES = 8

Peer = Callable[[ObjectReader, str], Any]


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one way of reading took, and how many bytes it read."""

    measured: Measured[Any]
    bytes_read: int


def rows(scale: float) -> Iterator[Row]:
    """Measure the crawl, and yield each row as soon as it is known."""
    with running_estate() as estate:
        yield from _json_rows(estate, scale)
    with running_estate() as estate:
        yield from _parquet_rows(estate, scale)


def _json_rows(estate: Estate, scale: float) -> Iterator[Row]:
    objects, partitions = max(4, int(10_000 * scale)), max(2, int(200 * scale))
    stored = estate.put(json_objects(objects, partitions=partitions))
    what = f"{objects:,} JSON objects, {partitions} partitions"
    ours = _take(estate, _crawl, _JSON_FOLDER, times=3)
    _check(ours.measured.answer, columns=5, partitions=partitions, objects=objects)
    by_hand = _take(estate, read_all_json, _JSON_FOLDER, times=3)
    yield from _compared(what, ours, by_hand, "json.loads per line, top-level fields only", stored)
    with_arrow = _take(estate, read_all_json_with_arrow, _JSON_FOLDER, times=3)
    yield from _compared(what, ours, with_arrow, "pyarrow.json per object", stored)
    seconds = measure(partial(_crawl_by_api, estate)).wall_seconds
    note = "the engine's time and writing the catalog; nothing else makes tables of a crawl without AWS"
    yield Row(f"{what}: StartCrawler until READY", seconds, None, "s", note=note)


def _parquet_rows(estate: Estate, scale: float) -> Iterator[Row]:
    size_bytes = int(1024 * MEBIBYTE * scale) // _PARQUET_FILES
    stored = estate.put(parquet_objects(_PARQUET_FILES, size_bytes=size_bytes))
    what = f"{stored / MEBIBYTE:,.0f} MiB of Parquet, {_PARQUET_FILES} files"
    ours = _take(estate, _crawl, _PARQUET_FOLDER, times=5)
    _check(ours.measured.answer, columns=17, partitions=_PARQUET_FILES, objects=_PARQUET_FILES)
    discovered = _take(estate, discover_parquet, _PARQUET_FOLDER, times=5)
    yield from _compared(what, ours, discovered, "pyarrow.dataset, footers only", stored)
    everything = _take(estate, read_all_parquet, _PARQUET_FOLDER, times=1)
    yield from _compared(what, ours, everything, "pyarrow.parquet.read_table on every file", stored)


def _crawl(reader: ObjectReader, prefix: str) -> tuple[FoundTable, ...]:
    return crawl_s3(reader, S3Target(path=f"s3://{BUCKET}/{prefix}"), CrawlerConfiguration()).tables


def _crawl_by_api(estate: Estate) -> None:
    glue = estate.aws.client("glue")
    target = {"Path": f"s3://{BUCKET}/{_JSON_FOLDER}"}
    glue.create_crawler(
        Name="measured",
        Role="arn:aws:iam::123456789012:role/crawler",
        DatabaseName="measured",
        Targets={"S3Targets": [target]},
    )
    glue.start_crawler(Name="measured")
    while glue.get_crawler(Name="measured")["Crawler"]["State"] != "READY":
        time.sleep(0.05)
    (crawl,) = glue.list_crawls(CrawlerName="measured")["Crawls"]
    if crawl["State"] != "COMPLETED":
        raise RuntimeError(f"the crawl ended {crawl['State']}: {crawl.get('ErrorMessage')}")


def _take(estate: Estate, work: Peer, prefix: str, *, times: int) -> _Taken:
    """Measure one way of reading, then once more to count the bytes, which takes time itself."""
    measured = measure(partial(work, estate.reader, prefix), times=times)
    counting = CountingReader(estate.reader)
    work(counting, prefix)
    return _Taken(measured, counting.bytes_read)


def _compared(what: str, ours: _Taken, peer: _Taken, peer_name: str, stored: int) -> Iterator[Row]:
    """Yield the rows that compare two ways to read the same objects."""
    mine, other = ours.measured, peer.measured
    yield Row(f"{what}: wall time", mine.wall_seconds, other.wall_seconds, "s", peer_name)
    yield Row(f"{what}: CPU time", mine.cpu_seconds, other.cpu_seconds, "s", peer_name)
    note = f"of {stored / MEBIBYTE:,.1f} MiB stored"
    read = (ours.bytes_read / MEBIBYTE, peer.bytes_read / MEBIBYTE)
    yield Row(f"{what}: bytes read", *read, "MiB", peer_name, note)
    if mine.peak_bytes is not None and other.peak_bytes is not None:
        peaks = (mine.peak_bytes / MEBIBYTE, other.peak_bytes / MEBIBYTE)
        yield Row(f"{what}: peak memory", *peaks, "MiB", peer_name, "growth of the process")


def _check(tables: tuple[FoundTable, ...], *, columns: int, partitions: int, objects: int) -> None:
    """Make sure that what was measured is the work that was meant."""
    (table,) = tables
    found = (len(table.record.fields), len(table.partitions), table.statistics.objects)
    if found != (columns, partitions, objects):
        raise RuntimeError(f"the crawl found {found}, not {(columns, partitions, objects)}")
