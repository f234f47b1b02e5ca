from __future__ import annotations

import gzip
import threading
from collections.abc import Callable

import pytest

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    CrawlerNotRunningError,
    CrawlerRunningError,
    CrawlerStoppingError,
    EntityNotFoundError,
)
from tests.unit.local_aws.glue.conftest import GlueWorld

FOREVER = 3600.0


@pytest.fixture
def running(world: GlueWorld) -> GlueWorld:
    """A crawler that has crawled once and is RUNNING its second crawl until it is stopped."""
    world.put_object("data/1.json", '{"a":1}')
    world.make_crawler()
    world.crawl()
    RUNTIME.configure({"crawl_seconds": FOREVER})
    world.store.start("crawler")
    return world


@pytest.fixture
def stopping(world: GlueWorld) -> GlueWorld:
    """A crawler whose first crawl ended well and that is STOPPING for good."""
    RUNTIME.configure({"stopping_seconds": FOREVER})
    world.put_object("data/1.json", '{"a":1}')
    world.make_crawler()
    world.store.start("crawler")
    world.wait_until(lambda: world.state() == "STOPPING")
    return world


class TestRunning:
    def test_shows_the_crawl_at_once(self, running: GlueWorld) -> None:
        newest = running.crawls()[0]

        assert (running.state(), newest["State"]) == ("RUNNING", "RUNNING")
        assert {"EndTime", "DPUHour", "Summary"}.isdisjoint(newest)

    def test_keeps_the_previous_crawl_as_the_last(self, running: GlueWorld) -> None:
        last = running.store.describe("crawler")["LastCrawl"]

        assert last["Status"] == "SUCCEEDED"
        assert last["MessagePrefix"] == running.crawls()[1]["CrawlId"]

    def test_does_not_start_again(self, running: GlueWorld) -> None:
        with pytest.raises(CrawlerRunningError, match="Crawler with name crawler has already started"):
            running.store.start("crawler")

    def test_is_not_deleted(self, running: GlueWorld) -> None:
        with pytest.raises(CrawlerRunningError, match="Cannot delete crawler while it's running"):
            running.store.delete("crawler")

    def test_is_not_updated(self, running: GlueWorld) -> None:
        with pytest.raises(CrawlerRunningError, match="Cannot update Crawler while running"):
            running.store.update({"Name": "crawler", "Description": "x"})

    def test_has_no_last_crawl_the_first_time(self, world: GlueWorld) -> None:
        RUNTIME.configure({"crawl_seconds": FOREVER})
        world.make_crawler()
        world.store.start("crawler")

        assert "LastCrawl" not in world.store.describe("crawler")

    def test_estimates_by_the_crawls_before(self, running: GlueWorld) -> None:
        ((metrics,), _) = running.store.metrics_page(["crawler"], 10, None)

        assert metrics["StillEstimating"] is False
        assert metrics["TablesCreated"] == 1

    def test_reads_its_data_when_it_starts(self, world: GlueWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        def write_meanwhile(seconds: float, stop: threading.Event) -> bool:
            world.put_object("data/1.json", '{"late":1}')
            return False

        world.put_object("data/1.json", '{"early":1}')
        world.make_crawler()
        monkeypatch.setattr(RUNTIME, "wait", write_meanwhile)

        world.crawl()

        assert world.table("data")["StorageDescriptor"]["Columns"] == [{"Name": "early", "Type": "int"}]

    def test_lasts_as_long_as_it_is_told_to(self, world: GlueWorld) -> None:
        RUNTIME.configure({"crawl_seconds": 0.05})
        world.make_crawler()

        crawl = world.crawl()

        assert (crawl["EndTime"] - crawl["StartTime"]).total_seconds() >= 0.05


class TestStoppedByACaller:
    def test_is_stopping_at_once(self, running: GlueWorld) -> None:
        RUNTIME.configure({"stopping_seconds": FOREVER})

        running.store.stop("crawler")

        assert running.state() == "STOPPING"

    def test_ends_stopped_and_cancelled(self, running: GlueWorld) -> None:
        running.store.stop("crawler")
        running.wait_until(lambda: running.state() == "READY")

        newest = running.crawls()[0]
        assert newest["State"] == "STOPPED"
        assert newest["EndTime"] >= newest["StartTime"]
        last = running.store.describe("crawler")["LastCrawl"]
        assert (last["Status"], last["MessagePrefix"]) == ("CANCELLED", newest["CrawlId"])

    def test_writes_nothing(self, running: GlueWorld) -> None:
        before = running.table("data")

        running.store.stop("crawler")
        running.wait_until(lambda: running.state() == "READY")

        assert running.table("data") == before

    def test_can_start_again(self, running: GlueWorld) -> None:
        running.store.stop("crawler")
        running.wait_until(lambda: running.state() == "READY")
        RUNTIME.configure({"crawl_seconds": 0})

        assert running.crawl()["State"] == "COMPLETED"


class TestStopping:
    def test_follows_a_crawl_that_ended_well(self, stopping: GlueWorld) -> None:
        assert stopping.crawls()[0]["State"] == "COMPLETED"
        assert stopping.store.describe("crawler")["LastCrawl"]["Status"] == "SUCCEEDED"

    def test_has_written_the_catalog_already(self, stopping: GlueWorld) -> None:
        assert stopping.table("data")["VersionId"] == "0"

    def test_does_not_start(self, stopping: GlueWorld) -> None:
        with pytest.raises(CrawlerRunningError, match="has already started"):
            stopping.store.start("crawler")

    def test_does_not_stop_twice(self, stopping: GlueWorld) -> None:
        with pytest.raises(CrawlerStoppingError):
            stopping.store.stop("crawler")

    def test_is_not_deleted(self, stopping: GlueWorld) -> None:
        with pytest.raises(CrawlerRunningError):
            stopping.store.delete("crawler")

    def test_is_not_updated(self, stopping: GlueWorld) -> None:
        with pytest.raises(CrawlerRunningError):
            stopping.store.update({"Name": "crawler", "Description": "x"})

    def test_follows_a_crawl_that_failed(self, world: GlueWorld) -> None:
        RUNTIME.configure({"stopping_seconds": FOREVER})
        world.put_object("data/1.gz", gzip.compress(b"{}")[:-9])
        world.make_crawler()
        world.store.start("crawler")

        world.wait_until(lambda: world.state() == "STOPPING")

        assert world.crawls()[0]["State"] == "FAILED"


class TestReady:
    def test_does_not_stop(self, world: GlueWorld) -> None:
        world.make_crawler()

        with pytest.raises(CrawlerNotRunningError, match="Crawler with name crawler isn't running"):
            world.store.stop("crawler")

    def test_has_no_elapsed_time(self, world: GlueWorld) -> None:
        world.make_crawler()
        world.crawl()

        assert world.store.describe("crawler")["CrawlElapsedTime"] == 0

    def test_is_deleted_with_its_history(self, world: GlueWorld) -> None:
        world.make_crawler(Tags={"a": "b"})
        world.crawl()

        world.store.delete("crawler")

        with pytest.raises(EntityNotFoundError, match="Crawler entry with name crawler does not exist"):
            world.crawls()
        assert world.backend.get_tags(world.store.arn("crawler")) == {}


class TestReset:
    def test_ends_a_running_crawl_without_a_trace(self, running: GlueWorld) -> None:
        held = running.backend
        held.reset()

        assert held.databases == {}
        assert held.crawler_store.describe_page(10, None) == ([], None)

    @pytest.mark.parametrize("what_changes", ["the backend", "the runtime"])
    def test_lets_no_old_crawl_write(
        self, world: GlueWorld, monkeypatch: pytest.MonkeyPatch, what_changes: str
    ) -> None:
        def work_at_once(name: str, work: Callable[[threading.Event], None]) -> threading.Event:
            stop = threading.Event()
            work(stop)
            return stop

        def lose_the_world(seconds: float, stop: threading.Event) -> bool:
            if what_changes == "the backend":
                world.backend.generation = object()
            else:
                monkeypatch.setattr(RUNTIME, "epoch", RUNTIME.epoch + 1)
            return False

        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler()
        monkeypatch.setattr(RUNTIME, "run_worker", work_at_once)
        monkeypatch.setattr(RUNTIME, "wait", lose_the_world)

        world.store.start("crawler")

        assert world.backend.databases == {}
        assert (world.state(), world.crawls()[0]["State"]) == ("RUNNING", "RUNNING")
