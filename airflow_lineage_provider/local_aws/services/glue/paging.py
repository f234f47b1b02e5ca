"""Pages of lists: opaque tokens that stay valid while the list changes."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError

__all__ = ["page"]

Item = TypeVar("Item")


def page(
    items: Sequence[Item], *, key: Callable[[Item], str], limit: int, token: str | None, scope: str
) -> tuple[list[Item], str | None]:
    """
    Return one page of an ordered list and the token of the next.

    A token names the last item given out. If that item is gone by then the list starts over, so nothing that
    is there is ever left out.

    :param key: Names an item uniquely in the list.
    :param scope: What is listed; a token of another list is refused.
    :raises InvalidInputError: If the token is none of this list.
    """
    start = 0
    if token:
        last = _last_of(token, scope)
        start = next((index + 1 for index, item in enumerate(items) if key(item) == last), 0)
    chosen = list(items[start : start + limit])
    more = start + limit < len(items)
    return chosen, _token_after(key(chosen[-1]), scope) if more and chosen else None


def _token_after(last: str, scope: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([scope, last]).encode()).decode()


def _last_of(token: str, scope: str) -> str:
    try:
        token_scope, last = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidInputError(f"The token {token!r} is not a valid NextToken") from error
    if token_scope != scope:
        raise InvalidInputError(f"The token {token!r} belongs to another list")
    return str(last)
