"""Search what is published: listings that are ACTIVE, at their newest revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.data_points import latest_points
from airflow_lineage_provider.local_aws.services.datazone.filters import Attributes
from airflow_lineage_provider.local_aws.services.datazone.form_contents import forms_document
from airflow_lineage_provider.local_aws.services.datazone.glossaries import detailed_terms
from airflow_lineage_provider.local_aws.services.datazone.listings import published_revision
from airflow_lineage_provider.local_aws.services.datazone.searching import (
    Search,
    form_values,
    seconds,
    text_of,
)
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Asset,
    AssetRevision,
    Domain,
    Listing,
    Reply,
    Request,
)

__all__ = ["OPERATIONS"]


@dataclass(frozen=True, slots=True)
class _Published:
    """A listing with what it publishes."""

    listing: Listing
    asset: Asset
    content: AssetRevision


def search_listings(context: Context, request: Request) -> Reply:
    """Search the catalog by text and filters, and count listings per value of an attribute."""
    domain = context.domain(request["domainIdentifier"])
    candidates = [
        _Published(each, domain.assets.by_id[each.asset_id], published_revision(domain, each, each.newest))
        for each in domain.listings.values()
        if each.status == "ACTIVE"
    ]
    wanted = request.get("additionalAttributes", ())

    def describe(found: _Published, additions: Mapping[str, Any]) -> Reply:
        forms: dict[str, Any] = {}
        if "FORMS" in wanted:
            forms["forms"] = forms_document(found.content.forms)
        if "TIME_SERIES_DATA_POINT_FORMS" in wanted:
            points = latest_points(domain, "LISTING", found.listing.id)
            forms["latestTimeSeriesDataPointForms"] = points
        return {"assetListing": _item(domain, found, {**forms, **additions})}

    return _LISTINGS.answer(request, candidates, describe)


def _attributes(found: _Published) -> Attributes:
    """Return the reader of a listing's attributes; ``Form.member`` reads a form, ``creationTime`` seconds."""
    listing, asset, content = found.listing, found.asset, found.content
    known = {
        "id": listing.id,
        "listingId": listing.id,
        "name": content.name,
        "description": content.description,
        "entityId": asset.id,
        "entityType": asset.type_identifier,
        "typeIdentifier": asset.type_identifier,
        "externalIdentifier": asset.external_identifier,
        "owningProjectId": asset.project_id,
    }

    def read(name: str) -> Iterable[str | int]:
        if name == "__DataZoneGlossaryTerms":
            return list(content.glossary_terms)
        if name in ("creationTime", "lastUpdatedTime"):
            revisions = listing.revisions
            return [seconds(revisions[0 if name == "creationTime" else -1].created_at)]
        return text_of(known[name]) if name in known else form_values(content.forms, name)

    return read


def _item(domain: Domain, found: _Published, additions: Mapping[str, Any]) -> Reply:
    listing, asset, content = found.listing, found.asset, found.content
    return {
        "listingId": listing.id,
        "listingRevision": str(listing.newest.number),
        "name": content.name,
        "entityId": asset.id,
        "entityRevision": str(content.number),
        "entityType": asset.type_identifier,
        "description": content.description,
        "createdAt": listing.revisions[0].created_at,
        "listingCreatedBy": listing.revisions[0].created_by,
        "listingUpdatedBy": listing.updated_by,
        "glossaryTerms": detailed_terms(domain, content.glossary_terms),
        "owningProjectId": asset.project_id,
        "additionalAttributes": dict(additions) or None,
    }


_LISTINGS: Search[_Published] = Search(
    operation="SearchListings",
    identify=lambda found: found.listing.id,
    attributes=_attributes,
    texts=("name", "description", "externalIdentifier"),
    more_text=lambda found: (form.content for form in found.content.forms),
)

OPERATIONS: dict[str, Operation] = {"SearchListings": search_listings}
