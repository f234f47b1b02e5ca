"""Reading many objects at once, with the results in the order of the objects."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError

__all__ = ["READERS", "Read", "read_ahead"]

READERS = 8
"""How many objects are read at the same time."""

_LARGEST_BATCH = 32

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Read = Callable[[Item, Callable[[], bool]], Answer]
"""Reads one item; it may end early, with whatever result, when the function it is given says yes."""


def read_ahead(
    read: Read[Item, Answer], items: Sequence[Item], cancelled: Callable[[], bool], *, readers: int = READERS
) -> Generator[Answer]:
    """
    Read all items, several at the same time, and yield the results in the order of the items.

    Threads help where reading waits for a store; many small items go to a thread in one batch. No more than a
    few batches are read ahead of the one that is yielded, so results do not pile up. The first error in the
    order of the items is raised, whichever thread is faster, and then nothing more is read.

    :param cancelled: Asked before every item, and by the reads themselves.
    :param readers: How many items are read at the same time.
    :raises CrawlCancelledError: If ``cancelled`` said yes.
    """
    abandoned = threading.Event()

    def ended() -> bool:
        return abandoned.is_set() or cancelled()

    def read_batch(batch: Sequence[Item]) -> list[Answer]:
        answers = []
        for item in batch:
            if ended():
                raise CrawlCancelledError
            answers.append(read(item, ended))
        if ended():
            raise CrawlCancelledError
        return answers

    pool = ThreadPoolExecutor(readers, thread_name_prefix="crawl-read")
    try:
        for batch in _in_order(pool, read_batch, _batches(items, readers), ahead=2 * readers):
            yield from batch
    finally:
        abandoned.set()
        pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor,
    work: Callable[[Sequence[Item]], list[Answer]],
    batches: Iterator[Sequence[Item]],
    *,
    ahead: int,
) -> Iterator[list[Answer]]:
    """Yield what the batches give, in their order, with so many of them at work or waiting."""
    waiting: deque[Future[list[Answer]]] = deque()
    for batch in batches:
        waiting.append(pool.submit(work, batch))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _batches(items: Sequence[Item], readers: int) -> Iterator[Sequence[Item]]:
    """Cut items so that every reader has several batches to read, and none is long."""
    size = max(1, min(_LARGEST_BATCH, len(items) // (4 * readers)))
    for start in range(0, len(items), size):
        yield items[start : start + size]
