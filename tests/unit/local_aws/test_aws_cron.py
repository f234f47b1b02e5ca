from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from airflow_lineage_provider.local_aws.services.aws_cron import AwsCron, InvalidCronError

SUNDAY_NOON = datetime(2025, 6, 1, 12, 0, 30, 500, tzinfo=UTC)


def moments(expression: str, count: int, after: datetime = SUNDAY_NOON) -> list[str]:
    """Return the next moments as weekday, date and time."""
    cron, found = AwsCron.parse(expression), [after]
    while len(found) <= count:
        following = cron.next_after(found[-1])
        if following is None:
            break
        found.append(following)
    return [moment.strftime("%a %Y-%m-%d %H:%M") for moment in found[1:]]


class TestNextAfter:
    @pytest.mark.parametrize(
        "expression, wanted",
        [
            pytest.param(
                "cron(15 12 * * ? *)", ["Sun 2025-06-01 12:15", "Mon 2025-06-02 12:15"], id="every day"
            ),
            pytest.param(
                "cron(0/25 12 * * ? *)",
                ["Sun 2025-06-01 12:25", "Sun 2025-06-01 12:50", "Mon 2025-06-02 12:00"],
                id="steps",
            ),
            pytest.param(
                "cron(0 18 ? * MON-FRI *)",
                ["Mon 2025-06-02 18:00", "Tue 2025-06-03 18:00"],
                id="working days",
            ),
            pytest.param("cron(0 8 1 * ? *)", ["Tue 2025-07-01 08:00", "Fri 2025-08-01 08:00"], id="a day"),
            pytest.param(
                "cron(0 0 L * ? *)", ["Mon 2025-06-30 00:00", "Thu 2025-07-31 00:00"], id="last day"
            ),
            pytest.param(
                "cron(0 0 LW AUG ? *)", ["Fri 2025-08-29 00:00", "Mon 2026-08-31 00:00"], id="last weekday"
            ),
            pytest.param(
                "cron(0 0 15W * ? *)", ["Mon 2025-06-16 00:00", "Tue 2025-07-15 00:00"], id="Sunday moves on"
            ),
            pytest.param("cron(0 0 15W 11 ? *)", ["Fri 2025-11-14 00:00"], id="Saturday moves back"),
            pytest.param(
                "cron(0 0 1W 11 ? *)", ["Mon 2025-11-03 00:00"], id="a first on Saturday stays in its month"
            ),
            pytest.param(
                "cron(0 0 31W 8 ? *)", ["Fri 2025-08-29 00:00"], id="a last on Sunday stays in its month"
            ),
            pytest.param("cron(0 0 31W 9-10 ? *)", ["Fri 2025-10-31 00:00"], id="months without a 31st"),
            pytest.param(
                "cron(0 0 ? * 6L *)", ["Fri 2025-06-27 00:00", "Fri 2025-07-25 00:00"], id="last Friday"
            ),
            pytest.param(
                "cron(0 0 ? * L *)", ["Sat 2025-06-07 00:00", "Sat 2025-06-14 00:00"], id="week's end"
            ),
            pytest.param(
                "cron(0 0 ? * 2#1 *)", ["Mon 2025-06-02 00:00", "Mon 2025-07-07 00:00"], id="first Monday"
            ),
            pytest.param(
                "cron(0 0 ? * MON#5 *)", ["Mon 2025-06-30 00:00", "Mon 2025-09-29 00:00"], id="fifth Monday"
            ),
            pytest.param("cron(0 0 ? * 1 *)", ["Sun 2025-06-08 00:00"], id="the week begins on Sunday"),
            pytest.param(
                "cron(0 0 ? * 2/2 *)",
                [
                    "Mon 2025-06-02 00:00",
                    "Wed 2025-06-04 00:00",
                    "Fri 2025-06-06 00:00",
                    "Mon 2025-06-09 00:00",
                ],
                id="every other weekday",
            ),
            pytest.param(
                "cron(0 0 1 1 ? 2030,2033)", ["Tue 2030-01-01 00:00", "Sat 2033-01-01 00:00"], id="years"
            ),
            pytest.param("cron(0 0 29 2 ? *)", ["Tue 2028-02-29 00:00"], id="leap years"),
        ],
    )
    def test_finds_the_moments(self, expression: str, wanted: list[str]) -> None:
        assert moments(expression, len(wanted)) == wanted

    @pytest.mark.parametrize(
        "expression", ["cron(0 0 31 2 ? *)", "cron(0 0 1 1 ? 2020)", "cron(0 0 1 1 ? 2025)"]
    )
    def test_finds_none_when_there_is_none(self, expression: str) -> None:
        assert moments(expression, 1) == []

    def test_leaves_out_the_moment_itself(self) -> None:
        at_noon = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)

        assert moments("cron(0 12 * * ? *)", 1, at_noon) == ["Mon 2025-06-02 12:00"]

    def test_reads_the_fields_in_the_zone_of_the_moment(self) -> None:
        east = timezone(timedelta(hours=9))

        found = AwsCron.parse("cron(0 8 * * ? *)").next_after(SUNDAY_NOON.astimezone(east))

        assert found == datetime(2025, 6, 1, 23, 0, tzinfo=UTC)


class TestLeastMinutes:
    @pytest.mark.parametrize(
        "expression, minutes",
        [
            ("cron(15 12 * * ? *)", 1440),
            ("cron(0/15 * * * ? *)", 15),
            ("cron(0,58 * * * ? *)", 2),
            ("cron(0,58 1,3 * * ? *)", 58),
            ("cron(59 23 * * ? *)", 1440),
            ("cron(0,58 0,23 * * ? *)", 2),
        ],
    )
    def test_is_the_shortest_gap(self, expression: str, minutes: int) -> None:
        assert AwsCron.parse(expression).least_minutes == minutes


@pytest.mark.parametrize(
    "expression, problem",
    [
        ("rate(5 minutes)", "six fields"),
        ("cron(0 12 * * ?)", "six fields"),
        ("cron(0 12 * * * *)", "exactly one"),
        ("cron(0 12 ? * ? *)", "exactly one"),
        ("cron(60 12 * * ? *)", "'60' is out of range"),
        ("cron(0 12 33W * ? *)", "'33W' is out of range"),
        ("cron(0 12 * FOO ? *)", "'FOO' is not understood"),
        ("cron(0 12 ? * 8L *)", "'8L' is not understood"),
        ("cron(0/0 12 * * ? *)", "'0/0' is out of range"),
        ("cron(9-5 12 * * ? *)", "'9-5' is out of range"),
    ],
)
def test_what_aws_does_not_take_is_refused(expression: str, problem: str) -> None:
    with pytest.raises(InvalidCronError, match=problem):
        AwsCron.parse(expression)
