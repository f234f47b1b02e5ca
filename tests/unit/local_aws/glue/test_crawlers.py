from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.glue import clock
from airflow_lineage_provider.local_aws.services.glue.crawlers import Crawl, Crawler
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from tests.unit.local_aws.glue.conftest import GlueWorld

NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)


def make_crawl(*, state: str = "COMPLETED", seconds: float | None = 60, message: str | None = None) -> Crawl:
    crawl = Crawl("id", "crawler", "/aws-glue/crawlers", "crawler", NOON)
    if seconds is not None:
        crawl.end(state, NOON + timedelta(seconds=seconds), message)
    return crawl


def make_crawler(*crawls: Crawl, state: str = "READY", **definition: str) -> Crawler:
    wanted = CrawlerDefinition("my:crawler", **definition)  # type: ignore[arg-type]
    return Crawler(wanted, created_at=NOON, updated_at=NOON, state=state, crawls=list(crawls))


class TestCrawl:
    def test_costs_one_dpu_for_its_time(self) -> None:
        assert make_crawl(seconds=3600).dpu_hours == 1.0

    def test_never_costs_nothing(self) -> None:
        assert make_crawl(seconds=0).dpu_hours > 0

    def test_cuts_a_long_message(self) -> None:
        crawl = make_crawl(state="FAILED", message="x" * 5000)

        assert len(crawl.describe()["ErrorMessage"]) == 2048

    @pytest.mark.parametrize(
        "state, status", [("COMPLETED", "SUCCEEDED"), ("FAILED", "FAILED"), ("STOPPED", "CANCELLED")]
    )
    def test_has_another_word_for_its_end_as_the_last_crawl(self, state: str, status: str) -> None:
        assert make_crawl(state=state).describe_as_last()["Status"] == status


class TestMetrics:
    def test_of_a_crawler_that_never_ran_are_zero(self) -> None:
        metrics = make_crawler().describe_metrics(NOON)

        assert set(metrics.values()) == {"my:crawler", False}

    def test_take_the_median_of_good_crawls(self) -> None:
        crawls = [make_crawl(seconds=s) for s in (10, 20, 90)] + [make_crawl(state="FAILED", seconds=1)]

        metrics = make_crawler(*crawls).describe_metrics(NOON)

        assert (metrics["MedianRuntimeSeconds"], metrics["LastRuntimeSeconds"]) == (20, 1)

    def test_tell_what_is_left_of_a_running_crawl(self) -> None:
        crawler = make_crawler(make_crawl(seconds=60), make_crawl(seconds=None), state="RUNNING")

        metrics = crawler.describe_metrics(NOON + timedelta(seconds=45))

        assert (metrics["TimeLeftSeconds"], metrics["StillEstimating"]) == (15, False)

    def test_are_estimates_in_the_first_crawl(self) -> None:
        crawler = make_crawler(make_crawl(seconds=None), state="RUNNING")

        assert crawler.describe_metrics(NOON)["StillEstimating"] is True


class TestElapsedTime:
    def test_is_in_milliseconds(self) -> None:
        crawler = make_crawler(make_crawl(seconds=None), state="RUNNING")

        assert crawler.describe(NOON + timedelta(seconds=1.5))["CrawlElapsedTime"] == 1500


class TestLogPlace:
    def test_is_the_group_of_all_crawlers(self) -> None:
        definition = make_crawler().definition

        assert (definition.log_group, definition.log_stream) == ("/aws-glue/crawlers", "my_crawler")

    def test_is_the_roles_own_with_a_security_configuration(self) -> None:
        definition = make_crawler(
            role="arn:aws:iam::123456789012:role/service-role/Glue", security_configuration="secret"
        ).definition

        assert definition.log_group == "/aws-glue/crawlers-role/service-role/Glue-secret"


class TestPages:
    def test_of_crawls_hold_a_hundred_at_most(self, world: GlueWorld) -> None:
        world.make_crawler()
        held = world.store._crawlers["crawler"].crawls
        held += [Crawl(str(number), "crawler", "g", "s", clock.now()) for number in range(101)]

        crawls, token = world.store.crawls_page("crawler", [], 1000, None)

        assert (len(crawls), token is not None) == (100, True)

    def test_of_names_hold_a_hundred_at_most(self, world: GlueWorld) -> None:
        for number in range(101):
            world.make_crawler(f"crawler-{number}")

        names, token = world.store.names_page(1000, None, {})

        assert (len(names), token is not None) == (100, True)


class TestClock:
    def test_shows_whole_milliseconds_cut_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(RUNTIME, "now", lambda: NOON.replace(microsecond=123_999))

        assert clock.now() == NOON.replace(microsecond=123_000)
