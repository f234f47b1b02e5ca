"""How long a task may wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import InvalidArgumentError
from airflow_lineage_provider.tasks.waiting import budget_seconds


def budget(**given: Any) -> float:
    """Return the budget of a task that is given this."""
    return budget_seconds(
        **{"timeout": None, "waiter_max_attempts": None, "waiter_delay": 6, "default": 3600, **given}
    )


class TestBudgetSeconds:
    @pytest.mark.parametrize(
        "given, seconds",
        [
            ({}, 3600),
            ({"timeout": 90}, 90),
            ({"timeout": 0}, 0),
            ({"timeout": timedelta(minutes=2)}, 120),
            ({"waiter_max_attempts": 10}, 60),
            ({"timeout": 90, "waiter_max_attempts": 10}, 60),
            ({"timeout": 30, "waiter_max_attempts": 10}, 30),
        ],
    )
    def test_is_the_shorter_of_what_is_given(self, given: dict[str, Any], seconds: float) -> None:
        assert budget(**given) == seconds

    @pytest.mark.parametrize("value", [-1, float("inf"), float("nan"), "soon", True])
    @pytest.mark.parametrize("argument", ["timeout", "waiter_delay", "waiter_max_attempts", "other_seconds"])
    def test_names_the_argument_that_is_no_time(self, argument: str, value: Any) -> None:
        with pytest.raises(InvalidArgumentError, match=argument):
            budget(**{argument: value})
