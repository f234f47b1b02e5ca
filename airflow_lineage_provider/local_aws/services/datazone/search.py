"""Search the inventory, and the system's types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.asset_store import content_of
from airflow_lineage_provider.local_aws.services.datazone.assets import form_output
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.filters import contains_text, matches
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import Asset, Domain, Reply, Request

__all__ = ["OPERATIONS"]

_TEXT_ATTRIBUTES = ("name", "description", "externalIdentifier")


def search(context: Context, request: Request) -> Reply:
    """
    Search the assets of the inventory by text and filters.

    Glossaries, terms and data products cannot be made here, so searching them finds nothing.
    """
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("Search", request)
    if request["searchScope"] != "ASSET":
        return {"items": [], "totalMatchCount": 0}
    key, descending = _order(request)
    found = sorted(_matching(domain, request), key=key)
    cut = page.cut(found, key, descending=descending)
    with_forms = "FORMS" in request.get("additionalAttributes", ())
    items = [{"assetItem": _item(domain, asset, with_forms=with_forms)} for asset in cut.items]
    return {**cut.reply("items", items), "totalMatchCount": len(found)}


def _matching(domain: Domain, request: Request) -> Iterator[Asset]:
    project = request.get("owningProjectIdentifier")
    shelf = domain.assets
    candidates: Iterable[Asset] = (
        shelf.by_id.values()
        if project is None
        else (shelf.by_id[each] for each in shelf.by_project.get(project, ()))
    )
    text = request.get("searchText", "")
    places = [each["attribute"] for each in request.get("searchIn", ())]
    for asset in candidates:
        attributes = _attributes_of(asset)
        if matches(request.get("filters"), attributes) and contains_text(
            text, _searched(attributes, places) if places else _all_text(asset)
        ):
            yield asset


def _all_text(asset: Asset) -> Iterator[str | int]:
    attributes = _attributes_of(asset)
    for name in _TEXT_ATTRIBUTES:
        yield from attributes(name)
    for form in asset.newest.forms:
        yield form.content


def _searched(attributes: Callable[[str], Iterable[str | int]], names: Iterable[str]) -> Iterator[str | int]:
    for name in names:
        try:
            yield from attributes(name)
        except KeyError:
            raise ValidationError(f"There is no attribute {name} to search in") from None


def _attributes_of(asset: Asset) -> Callable[[str], Iterable[str | int]]:
    """Return the reader of an asset's attributes; ``Form.member`` reads a form, ``creationTime`` seconds."""

    def read(name: str) -> Iterable[str | int]:
        revision = asset.newest
        form, dot, member = name.partition(".")
        if dot:
            value = content_of(revision.forms, form).get(member)
            return [] if value is None else [value if isinstance(value, str | int) else str(value)]
        known: Mapping[str, str | int | None] = {
            "identifier": asset.id,
            "id": asset.id,
            "name": revision.name,
            "description": revision.description,
            "typeIdentifier": asset.type_identifier,
            "externalIdentifier": asset.external_identifier,
            "owningProjectId": asset.project_id,
            "creationTime": _seconds(asset.revisions[0].created_at),
            "lastUpdatedTime": _seconds(revision.created_at),
        }
        if name == "__DataZoneGlossaryTerms":
            return list(revision.glossary_terms)
        value = known[name]
        return [] if value is None else [value]

    return read


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _order(request: Request) -> tuple[Callable[[Asset], Key], bool]:
    sort = request.get("sort", {"attribute": "name", "order": "ASCENDING"})
    attribute = sort["attribute"]

    def key(asset: Asset) -> Key:
        try:
            values = list(_attributes_of(asset)(attribute))
        except KeyError:
            raise ValidationError(f"There is no attribute {attribute} to sort by") from None
        first = values[0] if values else ""
        return (0, first, asset.id) if isinstance(first, int) else (1, first, asset.id)

    return key, sort.get("order") == "DESCENDING"


def _item(domain: Domain, asset: Asset, *, with_forms: bool) -> dict[str, Any]:
    revision, first = asset.newest, asset.revisions[0]
    forms = [form_output(form) for form in revision.forms]
    return {
        "domainId": domain.id,
        "identifier": asset.id,
        "name": revision.name,
        "typeIdentifier": asset.type_identifier,
        "typeRevision": asset.type_revision,
        "externalIdentifier": asset.external_identifier,
        "description": revision.description,
        "createdAt": revision.created_at,
        "createdBy": revision.created_by,
        "firstRevisionCreatedAt": first.created_at,
        "firstRevisionCreatedBy": first.created_by,
        "glossaryTerms": list(revision.glossary_terms) or None,
        "owningProjectId": asset.project_id,
        "additionalAttributes": {"formsOutput": forms} if with_forms else None,
    }


OPERATIONS: dict[str, Operation] = {"Search": search}
