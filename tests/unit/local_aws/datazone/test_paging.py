"""Pages of sorted sequences neither repeat nor skip."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest


def _key(number: int) -> Key:
    return (number,)


def _pages(numbers: Sequence[int], size: int, *, descending: bool = False) -> list[list[int]]:
    pages: list[list[int]] = []
    token: str | None = None
    while not pages or token is not None:
        params = {"maxResults": size} | ({"nextToken": token} if token else {})
        page = PageRequest.of("List", params).cut(numbers, _key, descending=descending)
        pages.append(page.items)
        token = page.token
    return pages


@given(numbers=st.sets(st.integers()), size=st.integers(1, 50), descending=st.booleans())
def test_pages_together_are_the_sequence(numbers: set[int], size: int, descending: bool) -> None:
    ordered = sorted(numbers)

    pages = _pages(ordered, size, descending=descending)

    assert [item for page in pages for item in page] == sorted(numbers, reverse=descending)
    assert all(len(page) == size for page in pages[:-1])


def test_there_is_no_token_after_the_last_page() -> None:
    page = PageRequest.of("List", {"maxResults": 3}).cut([1, 2, 3], _key)

    assert page.token is None


@pytest.mark.parametrize("descending", [pytest.param(False, id="up"), pytest.param(True, id="down")])
def test_insertion_between_two_pages_repeats_nothing(descending: bool) -> None:
    numbers = [10, 20, 30, 40]
    first = PageRequest.of("List", {"maxResults": 2}).cut(numbers, _key, descending=descending)

    for new in (5, 15, 45):
        insort(numbers, new)
    request = PageRequest.of("List", {"maxResults": 9, "nextToken": first.token})
    second = request.cut(numbers, _key, descending=descending)

    assert not set(first.items) & set(second.items)
    assert {10, 20, 30, 40} <= {*first.items, *second.items}


def test_deletion_of_the_last_item_seen_skips_nothing() -> None:
    first = PageRequest.of("List", {"maxResults": 2}).cut([1, 2, 3, 4], _key)

    second = PageRequest.of("List", {"maxResults": 2, "nextToken": first.token}).cut([1, 3, 4], _key)

    assert second.items == [3, 4]


def test_only_items_within_the_bounds_count() -> None:
    page = PageRequest.of("List", {"maxResults": 2}).cut(list(range(10)), _key, within=(3, 6))
    rest = PageRequest.of("List", {"nextToken": page.token}).cut(list(range(10)), _key, within=(3, 6))

    assert (page.items, rest.items, rest.token) == ([3, 4], [5], None)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("not a token", id="not base64"),
        pytest.param("YWJj", id="not JSON"),
        pytest.param("WzFd", id="without a key"),
        pytest.param("WzEsIFsyXV0=", id="a key of the wrong kind"),
    ],
)
def test_token_that_was_never_given_out_is_refused(token: str) -> None:
    with pytest.raises(ValidationError):
        PageRequest.of("List", {"nextToken": token})


@pytest.mark.parametrize(
    "operation, filters",
    [
        pytest.param("List", {"status": "READY"}, id="another filter"),
        pytest.param("Other", {}, id="another operation"),
    ],
)
def test_token_of_another_request_is_refused(operation: str, filters: dict[str, str]) -> None:
    token = PageRequest.of("List", {"maxResults": 1}).cut([1, 2], _key).token

    with pytest.raises(ValidationError):
        PageRequest.of(operation, {"nextToken": token, **filters})


def test_page_size_may_change_between_pages() -> None:
    token = PageRequest.of("List", {"maxResults": 1}).cut([1, 2, 3], _key).token

    assert PageRequest.of("List", {"maxResults": 2, "nextToken": token}).cut([1, 2, 3], _key).items == [2, 3]


def test_page_taken_from_an_iterator_asks_for_one_item_more_than_it_holds() -> None:
    items = iter(range(100))

    page = PageRequest.of("List", {"maxResults": 3}).take(items, lambda item: (item,))

    assert page.items == [0, 1, 2]
    assert page.token is not None
    assert next(items) == 4


def test_last_page_taken_from_an_iterator_has_no_token() -> None:
    assert PageRequest.of("List", {"maxResults": 3}).take(range(3), lambda item: (item,)).token is None
