from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    InvalidInputError,
    NoScheduleError,
    SchedulerNotRunningError,
    SchedulerRunningError,
)
from airflow_lineage_provider.local_aws.services.glue.schedules import check_schedule
from tests.unit.local_aws.glue.conftest import GlueWorld

DAILY = "cron(15 12 * * ? *)"


class TestCheckSchedule:
    @pytest.mark.parametrize(
        "expression",
        [
            DAILY,
            "cron(0/5 * * * ? *)",
            "cron(0,30 8-17 ? * MON-FRI *)",
            "cron(0 0 1 JAN,JUL ? 2025-2030)",
            "cron(0 0 L * ? *)",
            "cron(0 0 15W * ? *)",
            "cron(0 0 ? * 6L *)",
            "cron(0 0 ? * 2#1 *)",
        ],
    )
    def test_takes_what_glue_takes(self, expression: str) -> None:
        check_schedule(expression)

    @pytest.mark.parametrize(
        "expression",
        [
            pytest.param("15 12 * * ? *", id="no cron()"),
            pytest.param("cron(15 12 * * ?)", id="five fields"),
            pytest.param("cron(15 12 * * * *)", id="no question mark"),
            pytest.param("cron(15 12 ? * ? *)", id="two question marks"),
            pytest.param("cron(60 12 * * ? *)", id="minute 60"),
            pytest.param("cron(x 12 * * ? *)", id="a letter"),
            pytest.param("cron(0/2 * * * ? *)", id="every two minutes"),
            pytest.param("cron(* * * * ? *)", id="every minute"),
            pytest.param("cron(0 0 32 * ? *)", id="day 32"),
            pytest.param("cron(0 0 ? * 8 *)", id="weekday 8"),
            pytest.param("cron(0 0 * * ? 1900)", id="year 1900"),
            pytest.param("rate(5 minutes)", id="a rate"),
        ],
    )
    def test_refuses_what_glue_refuses(self, expression: str) -> None:
        with pytest.raises(InvalidInputError, match="Schedule expression"):
            check_schedule(expression)


class TestCrawlerSchedule:
    def test_is_scheduled_when_given(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)

        assert world.store.describe("crawler")["Schedule"] == {
            "ScheduleExpression": DAILY,
            "State": "SCHEDULED",
        }

    def test_stops_and_starts(self, world: GlueWorld) -> None:
        world.make_crawler(Schedule=DAILY)

        world.store.stop_schedule("crawler")
        assert world.store.describe("crawler")["Schedule"]["State"] == "NOT_SCHEDULED"
        world.store.start_schedule("crawler")
        assert world.store.describe("crawler")["Schedule"]["State"] == "SCHEDULED"

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

        assert world.store.describe("crawler")["Schedule"]["State"] == "SCHEDULED"

    def test_that_is_wrong_is_refused(self, world: GlueWorld) -> None:
        world.make_crawler()

        with pytest.raises(InvalidInputError):
            world.store.update_schedule("crawler", "tomorrow")
