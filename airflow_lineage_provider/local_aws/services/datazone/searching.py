"""
How Search and SearchListings find things: by text, by filters, in an order, with counts per value.

Text search is lexical: a thing is found when every word of the query occurs in it. AWS also finds what means
the same (semantic search), which is left out.

.. seealso:: DataZone API reference, Search, SearchListings
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.filters import Attributes, contains_text, matches
from airflow_lineage_provider.local_aws.services.datazone.form_contents import content_of
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import Form, Reply, Request

__all__ = ["Search", "form_values", "seconds", "text_of"]

T = TypeVar("T")

_RATIONALE = "TEXT_MATCH_RATIONALE"


def seconds(moment: datetime) -> int:
    """Return a time the way filters compare it."""
    return int(moment.timestamp())


def form_values(forms: Sequence[Form], path: str) -> list[str | int]:
    """
    Return what ``Form.member`` stands for.

    :raises KeyError: If the path has no member.
    """
    form, dot, member = path.partition(".")
    if not dot:
        raise KeyError(path)
    value = content_of(forms, form).get(member)
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [each if isinstance(each, str | int) else str(each) for each in values]


def text_of(*values: str | None) -> list[str | int]:
    """Return the values that are there."""
    return [each for each in values if each is not None]


@dataclass(frozen=True, slots=True)
class Search(Generic[T]):
    """
    One kind of things that can be searched.

    :param operation: The operation, which a page's token belongs to.
    :param identify: Returns the id of a thing.
    :param attributes: Returns the reader of a thing's attributes.
    :param texts: Attributes that are searched when the request names none.
    :param more_text: Returns further text that is searched then.
    """

    operation: str
    identify: Callable[[T], str]
    attributes: Callable[[T], Attributes]
    texts: tuple[str, ...]
    more_text: Callable[[T], Iterable[str]] | None = None

    def answer(
        self, request: Request, candidates: Iterable[T], describe: Callable[[T, Mapping[str, Any]], Any]
    ) -> Reply:
        """
        Return one page of what a request finds.

        :param describe: Returns the answer's item for a thing and its additional attributes.
        :raises ValidationError: If the request names an attribute that does not exist.
        """
        page = PageRequest.of(self.operation, request)
        key, descending = self._order(request)
        matching = [each for each in candidates if self._fits(request, each)]
        cut = page.cut(sorted(matching, key=key), key, descending=descending)
        items = [describe(each, self._additions(request, each)) for each in cut.items]
        aggregates = [self._counted(each, matching) for each in request.get("aggregations", ())]
        return {
            **cut.reply("items", items),
            "totalMatchCount": len(matching),
            "aggregates": aggregates or None,
        }

    def _fits(self, request: Request, thing: T) -> bool:
        places = [each["attribute"] for each in request.get("searchIn", ())]
        found = self._values(thing, places) if places else self._all_text(thing)
        return matches(request.get("filters"), self.attributes(thing)) and contains_text(
            request.get("searchText", ""), found
        )

    def _values(self, thing: T, names: Iterable[str]) -> Iterator[str | int]:
        read = self.attributes(thing)
        for name in names:
            try:
                yield from read(name)
            except KeyError:
                raise ValidationError(f"There is no attribute {name} to search in") from None

    def _all_text(self, thing: T) -> Iterator[str | int]:
        yield from self._values(thing, self.texts)
        if self.more_text is not None:
            yield from self.more_text(thing)

    def _order(self, request: Request) -> tuple[Callable[[T], Key], bool]:
        sort = request.get("sort", {"attribute": "name", "order": "ASCENDING"})
        attribute = sort["attribute"]

        def key(thing: T) -> Key:
            try:
                values = list(self.attributes(thing)(attribute))
            except KeyError:
                raise ValidationError(f"There is no attribute {attribute} to sort by") from None
            first = values[0] if values else ""
            identifier = self.identify(thing)
            return (0, first, identifier) if isinstance(first, int) else (1, first, identifier)

        return key, sort.get("order") == "DESCENDING"

    def _additions(self, request: Request, thing: T) -> Mapping[str, Any]:
        """Return why a thing was found, if the request asks for it."""
        if _RATIONALE not in request.get("additionalAttributes", ()) or not request.get("searchText"):
            return {}
        places = [each["attribute"] for each in request.get("searchIn", ())] or self.texts
        words = request["searchText"].replace('"', " ").lower().split()
        matched = [
            {"attribute": name, "text": str(value), "matchOffsets": offsets}
            for name in places
            for value in self._values(thing, [name])
            if (offsets := list(_offsets(str(value).lower(), words)))
        ]
        return {"matchRationale": [{"textMatches": matched}]} if matched else {}

    def _counted(self, wanted: Mapping[str, Any], things: Iterable[T]) -> dict[str, Any]:
        name = wanted["attribute"]
        counts = Counter(str(value) for each in things for value in self._values(each, [name]))
        items = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {
            "attribute": name,
            "displayValue": wanted.get("displayValue"),
            "items": [{"value": value, "count": count, "displayValue": value} for value, count in items],
        }


def _offsets(text: str, words: Iterable[str]) -> Iterator[dict[str, int]]:
    for word in words:
        start = text.find(word)
        while start >= 0:
            yield {"startOffset": start, "endOffset": start + len(word)}
            start = text.find(word, start + len(word))
