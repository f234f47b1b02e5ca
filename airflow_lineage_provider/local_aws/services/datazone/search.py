"""Search the inventory: assets, glossaries and their terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.assets import form_output
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.data_points import latest_points
from airflow_lineage_provider.local_aws.services.datazone.filters import Attributes
from airflow_lineage_provider.local_aws.services.datazone.glossaries import glossary_item, term_item
from airflow_lineage_provider.local_aws.services.datazone.glossary_records import Glossary, GlossaryTerm
from airflow_lineage_provider.local_aws.services.datazone.searching import (
    Search,
    form_values,
    seconds,
    text_of,
)
from airflow_lineage_provider.local_aws.services.datazone.state import Asset, Domain, Reply, Request

__all__ = ["OPERATIONS"]


def search(context: Context, request: Request) -> Reply:
    """
    Search the inventory by text and filters.

    Data products cannot be made here, so searching them finds nothing.
    """
    domain = context.domain(request["domainIdentifier"])
    find = _SCOPES.get(request["searchScope"])
    return {"items": [], "totalMatchCount": 0} if find is None else find(domain, request)


def _search_assets(domain: Domain, request: Request) -> Reply:
    project = request.get("owningProjectIdentifier")
    shelf = domain.assets
    candidates: Iterable[Asset] = (
        shelf.by_id.values()
        if project is None
        else (shelf.by_id[each] for each in shelf.by_project.get(project, ()))
    )
    wanted = request.get("additionalAttributes", ())

    def describe(asset: Asset, additions: Mapping[str, Any]) -> Reply:
        forms: dict[str, Any] = {}
        if "FORMS" in wanted:
            forms["formsOutput"] = [form_output(form) for form in asset.newest.forms]
        if "TIME_SERIES_DATA_POINT_FORMS" in wanted:
            forms["latestTimeSeriesDataPointFormsOutput"] = latest_points(domain, "ASSET", asset.id)
        return {"assetItem": _asset_item(domain, asset, {**forms, **additions})}

    return _ASSETS.answer(request, candidates, describe)


def _search_glossaries(domain: Domain, request: Request) -> Reply:
    project = request.get("owningProjectIdentifier")
    candidates = [
        each for each in domain.glossaries.glossaries.values() if project in (None, each.project_id)
    ]

    def describe(glossary: Glossary, additions: Mapping[str, Any]) -> Reply:
        item = {**glossary_item(domain, glossary), "additionalAttributes": dict(additions) or None}
        return {"glossaryItem": item}

    return _GLOSSARIES.answer(request, candidates, describe)


def _search_terms(domain: Domain, request: Request) -> Reply:
    project = request.get("owningProjectIdentifier")
    glossaries = domain.glossaries.glossaries
    candidates = [
        each
        for each in domain.glossaries.terms.values()
        if project in (None, glossaries[each.glossary_id].project_id)
    ]

    def describe(term: GlossaryTerm, additions: Mapping[str, Any]) -> Reply:
        item = {**term_item(domain, term), "additionalAttributes": dict(additions) or None}
        return {"glossaryTermItem": item}

    return _TERMS.answer(request, candidates, describe)


def _asset_attributes(asset: Asset) -> Attributes:
    """Return the reader of an asset's attributes; ``Form.member`` reads a form, ``creationTime`` seconds."""

    def read(name: str) -> Iterable[str | int]:
        revision = asset.newest
        if name == "__DataZoneGlossaryTerms":
            return list(revision.glossary_terms)
        if name in ("creationTime", "lastUpdatedTime"):
            first = asset.revisions[0]
            return [seconds((first if name == "creationTime" else revision).created_at)]
        known = {
            "identifier": asset.id,
            "id": asset.id,
            "name": revision.name,
            "description": revision.description,
            "typeIdentifier": asset.type_identifier,
            "externalIdentifier": asset.external_identifier,
            "owningProjectId": asset.project_id,
        }
        return text_of(known[name]) if name in known else form_values(revision.forms, name)

    return read


def _glossary_attributes(glossary: Glossary) -> Attributes:
    known = {
        "id": glossary.id,
        "name": glossary.name,
        "description": glossary.description,
        "status": glossary.status,
        "owningProjectId": glossary.project_id,
    }
    return lambda name: text_of(known[name])


def _term_attributes(term: GlossaryTerm) -> Attributes:
    known = {
        "id": term.id,
        "name": term.name,
        "glossaryId": term.glossary_id,
        "status": term.status,
        "shortDescription": term.settings.get("shortDescription"),
        "longDescription": term.settings.get("longDescription"),
    }
    return lambda name: text_of(known[name])


def _asset_item(domain: Domain, asset: Asset, additions: Mapping[str, Any]) -> Reply:
    revision, first = asset.newest, asset.revisions[0]
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
        "additionalAttributes": dict(additions) or None,
    }


_ASSETS: Search[Asset] = Search(
    operation="Search",
    identify=lambda asset: asset.id,
    attributes=_asset_attributes,
    texts=("name", "description", "externalIdentifier"),
    more_text=lambda asset: (form.content for form in asset.newest.forms),
)
_GLOSSARIES: Search[Glossary] = Search(
    operation="Search",
    identify=lambda glossary: glossary.id,
    attributes=_glossary_attributes,
    texts=("name", "description"),
)
_TERMS: Search[GlossaryTerm] = Search(
    operation="Search",
    identify=lambda term: term.id,
    attributes=_term_attributes,
    texts=("name", "shortDescription", "longDescription"),
)
_SCOPES: dict[str, Callable[[Domain, Request], Reply]] = {
    "ASSET": _search_assets,
    "GLOSSARY": _search_glossaries,
    "GLOSSARY_TERM": _search_terms,
}

OPERATIONS: dict[str, Operation] = {"Search": search}
