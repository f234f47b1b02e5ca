from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from airflow_lineage_provider.local_aws.install import reset
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.glue.crawling import CrawlerStore
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    InvalidInputError,
    NoScheduleError,
    ResourceNumberLimitExceededError,
    SchedulerNotRunningError,
    SchedulerRunningError,
    SchedulerTransitioningError,
)
from tests.unit.local_aws.glue.conftest import GlueWorld

DAILY = "cron(15 12 * * ? *)"
HOURLY = "cron(0 * * * ? *)"
DAY = 24 * 3600.0
HOUR = 3600.0


def state_of(world: GlueWorld) -> str:
    return str(world.store.describe("crawler")["Schedule"]["State"])


def go_to(hour: int, minute: int = 0) -> None:
    """Let the clock go on to the next time of day."""
    now = datetime.now(UTC) + timedelta(seconds=RUNTIME.clock.offset)
    wanted = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    RUNTIME.advance(((wanted - now).total_seconds()) % DAY)


class TestState:
    def test_is_scheduled_when_a_schedule_is_given(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)

        assert world.store.describe("crawler")["Schedule"] == {
            "ScheduleExpression": DAILY,
            "State": "SCHEDULED",
        }

    def test_changes_with_stop_and_start(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)

        world.store.stop_schedule("crawler")
        stopped = state_of(world)
        world.store.start_schedule("crawler")

        assert (stopped, state_of(world)) == ("NOT_SCHEDULED", "SCHEDULED")

    def test_does_not_start_twice(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)

        with pytest.raises(SchedulerRunningError):
            world.store.start_schedule("crawler")

    def test_does_not_stop_twice(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)
        world.store.stop_schedule("crawler")

        with pytest.raises(SchedulerNotRunningError):
            world.store.stop_schedule("crawler")

    def test_does_not_start_without_an_expression(self, world: GlueWorld) -> None:
        world.make_crawler()

        with pytest.raises(NoScheduleError):
            world.store.start_schedule("crawler")

    def test_goes_with_an_empty_expression(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)

        world.store.update({"Name": "crawler", "Schedule": ""})

        assert "Schedule" not in world.store.describe("crawler")

    def test_is_changed_by_its_own_operation(self, world: GlueWorld) -> None:
        world.make_crawler()

        world.store.update_schedule("crawler", DAILY)

        assert state_of(world) == "SCHEDULED"

    def test_stays_when_the_expression_changes(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)
        world.store.stop_schedule("crawler")

        world.store.update_schedule("crawler", HOURLY)

        assert state_of(world) == "NOT_SCHEDULED"

    def test_stays_when_its_operation_names_no_expression(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)

        world.store.update_schedule("crawler", None)

        assert world.store.describe("crawler")["Schedule"]["ScheduleExpression"] == DAILY

    def test_that_is_wrong_is_refused(self, world: GlueWorld) -> None:
        world.make_crawler()

        with pytest.raises(InvalidInputError):
            world.store.update_schedule("crawler", "tomorrow")


class TestTransition:
    def test_takes_the_time_that_is_set(self, world: GlueWorld) -> None:
        RUNTIME.configure({"schedule_seconds": 30})
        world.make_crawler(Schedule=DAILY)

        world.store.stop_schedule("crawler")
        during = state_of(world)
        RUNTIME.advance(30)

        assert (during, state_of(world)) == ("TRANSITIONING", "NOT_SCHEDULED")

    @pytest.mark.parametrize(
        "touch",
        [
            pytest.param(lambda store: store.start_schedule("crawler"), id="start"),
            pytest.param(lambda store: store.stop_schedule("crawler"), id="stop"),
            pytest.param(lambda store: store.update_schedule("crawler", HOURLY), id="update"),
            pytest.param(lambda store: store.delete("crawler"), id="delete"),
        ],
    )
    def test_lets_nobody_touch_the_schedule(
        self, world: GlueWorld, touch: Callable[[CrawlerStore], None]
    ) -> None:
        RUNTIME.configure({"schedule_seconds": 30})
        world.make_crawler(Schedule=DAILY)
        world.store.stop_schedule("crawler")

        with pytest.raises(SchedulerTransitioningError, match="crawler is transitioning"):
            touch(world.store)

    def test_ends_switched_off_when_the_expression_goes_meanwhile(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)
        world.store.stop_schedule("crawler")
        RUNTIME.configure({"schedule_seconds": 30})
        world.store.start_schedule("crawler")

        world.store.update({"Name": "crawler", "Schedule": ""})
        RUNTIME.advance(30)

        assert "Schedule" not in world.store.describe("crawler")


class TestStarts:
    def test_happen_when_the_schedule_says(self, world: GlueWorld) -> None:
        go_to(12, 0)
        world.make_crawler(Schedule=DAILY)

        RUNTIME.advance(14 * 60)
        before = world.crawls()
        RUNTIME.advance(2 * 60)

        (crawl,) = world.crawls()
        assert before == []
        assert (crawl["StartTime"].hour, crawl["StartTime"].minute) == (12, 15)

    def test_are_as_many_as_a_day_has(self, world: GlueWorld) -> None:
        go_to(0, 30)
        world.make_crawler(Schedule=HOURLY)

        RUNTIME.advance(DAY)

        crawls, _ = world.store.crawls_page("crawler", [], 100, None)
        assert [crawl["State"] for crawl in crawls] == ["COMPLETED"] * 24
        assert {crawl["StartTime"].minute for crawl in crawls} == {0}

    def test_end_with_the_year_of_the_expression(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule="cron(0 * * * ? 2020)")

        RUNTIME.advance(DAY)

        assert world.crawls() == []

    def test_do_not_happen_while_the_schedule_is_off(self, world: GlueWorld) -> None:
        go_to(0, 30)
        world.make_crawler(Schedule=HOURLY)
        world.store.stop_schedule("crawler")

        RUNTIME.advance(3 * HOUR)
        off = len(world.crawls())
        world.store.start_schedule("crawler")
        RUNTIME.advance(HOUR)

        assert (off, len(world.crawls())) == (0, 1)

    def test_follow_a_changed_expression(self, world: GlueWorld) -> None:
        go_to(1, 30)
        world.make_crawler(Schedule=DAILY)

        world.store.update_schedule("crawler", HOURLY)
        RUNTIME.advance(3 * HOUR)

        assert len(world.crawls()) == 3

    def test_end_with_the_crawler(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=HOURLY)

        world.store.delete("crawler")
        world.make_crawler()
        RUNTIME.advance(3 * HOUR)

        assert world.crawls() == []

    def test_end_with_a_reset(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=HOURLY)
        reset()

        RUNTIME.advance(3 * HOUR)
        fresh = GlueWorld()
        fresh.make_crawler()

        assert fresh.crawls() == []


class TestDroppedStarts:
    def test_are_told_of_and_the_next_one_happens(self, world: GlueWorld) -> None:
        RUNTIME.configure({"crawl_seconds": 90 * 60})
        go_to(5, 30)
        world.make_crawler(Schedule=HOURLY)
        world.listen("Glue Scheduled Crawler Invocation Failure")

        RUNTIME.advance(2 * HOUR + 60)
        running, dropped = world.crawls(), world.events()
        RUNTIME.advance(HOUR)

        assert [crawl["StartTime"].hour for crawl in running] == [6]
        assert [event["detail"] for event in dropped] == [
            {
                "customerId": "123456789012",
                "crawlerName": "crawler",
                "errorMessage": "Crawler with name crawler has already started",
            }
        ]
        assert [crawl["StartTime"].hour for crawl in world.crawls()] == [8, 6]

    def test_can_come_of_too_many_running(self, world: GlueWorld) -> None:
        RUNTIME.configure({"crawl_seconds": 10 * HOUR, "max_running_crawlers": 1})
        go_to(0, 30)
        world.make_crawler("other")
        world.store.start("other")
        world.make_crawler(Schedule=HOURLY)
        world.listen("Glue Scheduled Crawler Invocation Failure")

        RUNTIME.advance(HOUR)

        (event,) = world.events()
        assert "limited to 1 running crawlers" in event["detail"]["errorMessage"]
        assert world.crawls() == []


class TestRunningCrawlers:
    def test_are_limited(self, world: GlueWorld) -> None:
        RUNTIME.configure({"crawl_seconds": HOUR, "max_running_crawlers": 2})
        for name in ("a", "b", "c"):
            world.make_crawler(name)
        world.store.start("a")
        world.store.start("b")

        with pytest.raises(ResourceNumberLimitExceededError, match="limited to 2 running crawlers"):
            world.store.start("c")

        assert world.state("c") == "READY"

    def test_make_room_when_they_end(self, world: GlueWorld) -> None:
        RUNTIME.configure({"crawl_seconds": HOUR, "max_running_crawlers": 1})
        world.make_crawler("a")
        world.make_crawler("b")
        world.store.start("a")
        RUNTIME.advance(HOUR)

        world.store.start("b")

        assert world.state("b") == "RUNNING"


class TestHistory:
    def test_is_kept_for_twelve_months(self, world: GlueWorld) -> None:
        world.make_crawler()
        world.crawl()
        RUNTIME.advance(364 * DAY)
        second = world.crawl()["CrawlId"]
        before = len(world.crawls())

        RUNTIME.advance(2 * DAY)

        assert (before, [crawl["CrawlId"] for crawl in world.crawls()]) == (2, [second])
