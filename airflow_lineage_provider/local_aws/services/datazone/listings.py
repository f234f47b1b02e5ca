"""The operations on listings: what is published of the inventory."""

from __future__ import annotations

from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.assets import existing_asset
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.data_points import latest_points
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    NotImplementedYetError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.local_aws.services.datazone.form_contents import forms_document
from airflow_lineage_provider.local_aws.services.datazone.glossaries import detailed_terms
from airflow_lineage_provider.local_aws.services.datazone.publishing import (
    publish,
    remove_listing,
    require_unsubscribed,
    unpublish,
)
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Asset,
    AssetRevision,
    Domain,
    Listing,
    ListingRevision,
    Reply,
    Request,
)

__all__ = ["OPERATIONS", "existing_listing", "published_revision"]


def create_listing_change_set(context: Context, request: Request) -> Reply:
    """Publish the newest revision of an asset, or take the asset out of the catalog."""
    domain = context.domain(request["domainIdentifier"])
    if request["entityType"] != "ASSET":
        raise NotImplementedYetError(f"A listing of entity type {request['entityType']}")
    listing_id = domain.tokens.once(
        "CreateListingChangeSet", request, lambda: _change(context, domain, request)
    )
    listing = existing_listing(domain, listing_id)
    return {
        "listingId": listing.id,
        "listingRevision": str(listing.newest.number),
        "status": listing.status,
    }


def _change(context: Context, domain: Domain, request: Request) -> str:
    asset = existing_asset(domain, request["entityIdentifier"])
    revision = request.get("entityRevision")
    numbers = [str(each.number) for each in asset.revisions]
    if revision is not None and revision not in numbers:
        raise ResourceNotFoundError(f"Asset {asset.id} has no revision {revision}")
    if request["action"] == "PUBLISH":
        if revision not in (None, numbers[-1]):
            raise ConflictError(
                f"Only the latest revision of an asset can be published: asset {asset.id} is at revision "
                f"{numbers[-1]}, not {revision}"
            )
        return publish(context, domain, asset).id
    if asset.listing is None or asset.listing.status == "INACTIVE":
        raise ConflictError(f"Asset {asset.id} is not published")
    unpublish(context, domain, asset, asset.listing)
    return asset.listing.id


def get_listing(context: Context, request: Request) -> Reply:
    """Describe a listing at its newest revision, or at a given one."""
    domain = context.domain(request["domainIdentifier"])
    listing = existing_listing(domain, request["identifier"])
    published = _revision(listing, request.get("listingRevision"))
    asset = domain.assets.by_id[listing.asset_id]
    content = published_revision(domain, listing, published)
    return {
        "domainId": domain.id,
        "id": listing.id,
        "listingRevision": str(published.number),
        "createdAt": listing.revisions[0].created_at,
        "createdBy": listing.revisions[0].created_by,
        "updatedAt": listing.updated_at,
        "updatedBy": listing.updated_by,
        "name": content.name,
        "description": content.description,
        "status": listing.status,
        "item": {"assetListing": _asset_listing(domain, asset, content, listing_id=listing.id)},
    }


def delete_listing(context: Context, request: Request) -> Reply:
    """Delete a listing that nobody is subscribed to; the asset stays in the inventory."""
    domain = context.domain(request["domainIdentifier"])
    listing = existing_listing(domain, request["identifier"])
    require_unsubscribed(domain, listing)
    remove_listing(context, domain, domain.assets.by_id[listing.asset_id], listing)
    return {}


def existing_listing(domain: Domain, identifier: str) -> Listing:
    """
    Return a listing.

    :raises ResourceNotFoundError: If there is none with this id.
    """
    listing = domain.listings.get(identifier)
    if listing is None:
        raise ResourceNotFoundError(f"Listing {identifier} does not exist in domain {domain.id}")
    return listing


def published_revision(domain: Domain, listing: Listing, published: ListingRevision) -> AssetRevision:
    """Return the revision of the asset that a publication made public."""
    return domain.assets.by_id[listing.asset_id].revisions[published.asset_revision - 1]


def _revision(listing: Listing, wanted: str | None) -> ListingRevision:
    if wanted is None:
        return listing.newest
    for revision in listing.revisions:
        if str(revision.number) == wanted:
            return revision
    raise ResourceNotFoundError(f"Listing {listing.id} has no revision {wanted}")


def _asset_listing(
    domain: Domain, asset: Asset, content: AssetRevision, *, listing_id: str
) -> dict[str, Any]:
    return {
        "assetId": asset.id,
        "assetRevision": str(content.number),
        "assetType": asset.type_identifier,
        "createdAt": content.created_at,
        "forms": forms_document(content.forms),
        "glossaryTerms": detailed_terms(domain, content.glossary_terms),
        "latestTimeSeriesDataPointForms": latest_points(domain, "LISTING", listing_id),
        "owningProjectId": asset.project_id,
    }


OPERATIONS: dict[str, Operation] = {
    "CreateListingChangeSet": create_listing_change_set,
    "GetListing": get_listing,
    "DeleteListing": delete_listing,
}
