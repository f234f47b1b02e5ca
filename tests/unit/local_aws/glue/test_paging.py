from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.paging import page

LETTERS = list("abcde")


def take(
    items: list[str], limit: int, token: str | None, scope: str = "letters"
) -> tuple[list[str], str | None]:
    return page(items, key=str, limit=limit, token=token, scope=scope)


class TestPage:
    def test_gives_everything_once(self) -> None:
        seen, token = take(LETTERS, 2, None)
        while token is not None:
            more, token = take(LETTERS, 2, token)
            seen += more

        assert seen == LETTERS

    def test_that_is_the_last_has_no_token(self) -> None:
        assert take(LETTERS, 5, None) == (LETTERS, None)

    def test_of_nothing_is_empty(self) -> None:
        assert take([], 5, None) == ([], None)

    def test_does_not_shift_when_something_new_comes_first(self) -> None:
        _, token = take(LETTERS, 2, None)

        assert take(["A", *LETTERS], 2, token)[0] == ["c", "d"]

    @pytest.mark.parametrize("token", ["nonsense", "", "bm90IGpzb24="])
    def test_refuses_a_token_that_is_none(self, token: str) -> None:
        if token:
            with pytest.raises(InvalidInputError):
                take(LETTERS, 2, token)
        else:
            assert take(LETTERS, 2, token)[0] == ["a", "b"]

    def test_refuses_a_token_of_another_list(self) -> None:
        _, token = take(LETTERS, 2, None, scope="other")

        with pytest.raises(InvalidInputError, match="belongs to another list"):
            take(LETTERS, 2, token)
