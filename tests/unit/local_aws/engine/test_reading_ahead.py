from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError
from airflow_lineage_provider.local_aws.engine.reading_ahead import READERS, read_ahead

PATIENCE = 30


def never() -> bool:
    return False


def double(item: int, cancelled: Callable[[], bool]) -> int:
    return 2 * item


class TestReadAhead:
    @pytest.mark.parametrize("count", [0, 1, READERS, 1000])
    def test_gives_results_in_the_order_of_the_items(self, count: int) -> None:
        assert list(read_ahead(double, range(count), never)) == [2 * item for item in range(count)]

    def test_reads_several_at_once(self) -> None:
        together = threading.Barrier(READERS)

        def meet(item: int, cancelled: Callable[[], bool]) -> int:
            together.wait(PATIENCE)
            return item

        assert list(read_ahead(meet, range(READERS), never)) == list(range(READERS))

    def test_reads_no_more_than_so_many_at_once(self) -> None:
        lock = threading.Lock()
        at_work, most = 0, 0

        def count(item: int, cancelled: Callable[[], bool]) -> int:
            nonlocal at_work, most
            with lock:
                at_work += 1
                most = max(most, at_work)
            with lock:
                at_work -= 1
            return item

        assert len(list(read_ahead(count, range(500), never, readers=3))) == 500
        assert most <= 3

    def test_does_not_read_far_ahead_of_what_is_taken(self) -> None:
        read = []

        def note(item: int, cancelled: Callable[[], bool]) -> int:
            read.append(item)
            return item

        with closing(read_ahead(note, range(10_000), never, readers=2)) as results:
            assert next(results) == 0

        assert len(read) < 1000

    def test_raises_the_first_error_in_the_order_of_the_items(self) -> None:
        later_failed = threading.Event()

        def fail(item: int, cancelled: Callable[[], bool]) -> int:
            if item == 3:
                later_failed.wait(PATIENCE)
                raise ValueError("third")
            if item == 5:
                later_failed.set()
                raise ValueError("fifth")
            return item

        results = read_ahead(fail, range(READERS), never)

        assert [next(results) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ValueError, match="third"):
            next(results)

    def test_reads_nothing_more_after_an_error(self) -> None:
        read = []

        def fail(item: int, cancelled: Callable[[], bool]) -> int:
            read.append(item)
            raise ValueError(str(item))

        with pytest.raises(ValueError, match=r"^0$"):
            list(read_ahead(fail, range(10_000), never))

        assert len(read) < 1000

    def test_ends_when_it_is_cancelled(self) -> None:
        stop = threading.Event()
        read = []

        def note(item: int, cancelled: Callable[[], bool]) -> int:
            read.append(item)
            stop.set()
            return item

        with pytest.raises(CrawlCancelledError):
            list(read_ahead(note, range(10_000), stop.is_set))

        assert len(read) <= READERS

    def test_asks_a_read_that_is_at_work_to_end(self) -> None:
        stop, begun = threading.Event(), threading.Event()

        def wait(item: int, cancelled: Callable[[], bool]) -> bool:
            begun.set()
            stop.wait(PATIENCE)
            return cancelled()

        def stop_soon() -> None:
            begun.wait(PATIENCE)
            stop.set()

        stopper = threading.Thread(target=stop_soon)
        stopper.start()
        with pytest.raises(CrawlCancelledError):
            list(read_ahead(wait, [1], stop.is_set))
        stopper.join(PATIENCE)

    def test_leaves_no_thread_behind(self) -> None:
        results = read_ahead(double, range(1000), never)
        next(results)

        results.close()

        assert not [thread for thread in threading.enumerate() if thread.name.startswith("crawl-read")]
