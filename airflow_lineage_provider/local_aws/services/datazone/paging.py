"""
Pages of sorted sequences.

A token names the last item seen by its sort key, not by its position, so that a page after an insertion or a
deletion neither repeats nor skips what was there before.
"""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from airflow_lineage_provider.local_aws.services.datazone.assumptions import DEFAULT_PAGE_SIZE
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError

__all__ = ["Key", "Page", "PageRequest"]

T = TypeVar("T")
Key = tuple[int | str, ...]
_NOT_FILTERS = frozenset({"nextToken", "maxResults"})


@dataclass(frozen=True, slots=True)
class Page:
    """The items of one page and the token of the next, ``None`` at the end."""

    items: list[Any]
    token: str | None

    def reply(self, name: str, items: Sequence[Any] | None = None) -> dict[str, Any]:
        """Return the members of an answer: the list called ``name`` and ``nextToken``."""
        return {name: self.items if items is None else list(items), "nextToken": self.token}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """
    Which page a request asks for.

    :param size: Most items wanted.
    :param after: Sort key of the last item of the page before; ``None`` for the first page.
    :param scope: What the token is good for: the operation and its filters.
    """

    size: int
    after: Key | None
    scope: str

    @classmethod
    def of(cls, operation: str, params: Mapping[str, Any], *, size: int = DEFAULT_PAGE_SIZE) -> PageRequest:
        """
        Read ``maxResults`` and ``nextToken``.

        :raises ValidationError: If the token was not given out for this request.
        """
        filters = {name: str(value) for name, value in params.items() if name not in _NOT_FILTERS}
        scope = f"{operation} {json.dumps(filters, sort_keys=True)}"
        token = params.get("nextToken")
        return cls(params.get("maxResults", size), None if token is None else _decode(token, scope), scope)

    def cut(
        self,
        items: Sequence[T],
        key: Callable[[T], Key],
        *,
        descending: bool = False,
        within: tuple[int, int] | None = None,
    ) -> Page:
        """
        Cut the page out of ``items``, which are sorted by ``key``, in logarithmic time.

        :param key: Sort key of an item; every item has its own.
        :param descending: Go through the items from the last to the first.
        :param within: First index and end index of the items that count; all by default.
        """
        low, high = within or (0, len(items))
        if descending:
            end = high if self.after is None else bisect_left(items, self.after, low, high, key=key)
            start = max(low, end - self.size)
            chosen = list(reversed(items[start:end]))
            more = start > low
        else:
            start = low if self.after is None else bisect_right(items, self.after, low, high, key=key)
            end = min(high, start + self.size)
            chosen = list(items[start:end])
            more = end < high
        return Page(chosen, self.token(key(chosen[-1])) if more and chosen else None)

    def take(self, items: Iterable[T], key: Callable[[T], Key]) -> Page:
        """
        Take the page from the beginning of ``items``, which start after the page before.

        No more items are asked for than the page holds, and one: what is costly to find is not found in vain.

        :param key: Sort key of an item; every item has its own.
        """
        chosen: list[T] = []
        for item in items:
            if len(chosen) == self.size:
                return Page(chosen, self.token(key(chosen[-1])))
            chosen.append(item)
        return Page(chosen, None)

    def token(self, last: Key) -> str:
        """Return the token of the page that comes after the item with the key ``last``."""
        return base64.urlsafe_b64encode(json.dumps([_digest(self.scope), *last]).encode()).decode()


def _digest(scope: str) -> int:
    return binascii.crc32(scope.encode())


def _decode(token: str, scope: str) -> Key:
    try:
        content = json.loads(base64.urlsafe_b64decode(token.encode()))
        digest, *last = content
    except (ValueError, TypeError):
        raise ValidationError("The nextToken is not valid.") from None
    if digest != _digest(scope) or not last or not all(isinstance(part, int | str) for part in last):
        raise ValidationError("The nextToken is not valid for this request.")
    return tuple(last)
