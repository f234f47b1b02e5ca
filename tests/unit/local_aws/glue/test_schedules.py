from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.schedules import check_schedule

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
            "Cron(15 12 * * ? *)",
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
        with pytest.raises(InvalidInputError, match="Invalid schedule cron expression"):
            check_schedule(expression)
