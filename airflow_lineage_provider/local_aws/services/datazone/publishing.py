"""
Publish assets, and take what was published back.

A listing is CREATING for a moment and then ACTIVE; UNPUBLISH makes it INACTIVE and keeps its id and its
revisions for the next PUBLISH. Its lineage node leaves the graph with it, unless somebody still has access:
unpublishing leaves subscriptions as they are.

.. seealso:: Amazon DataZone user guide, *Unpublish an asset*, *Delete an asset*
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.announcements import announce, listing_entity
from airflow_lineage_provider.local_aws.services.datazone.assumptions import settling_seconds
from airflow_lineage_provider.local_aws.services.datazone.catalog_stages import hide_listing, show_listing
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ConflictError
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Asset,
    Domain,
    Listing,
    ListingRevision,
)

__all__ = ["hide_if_unused", "publish", "remove_listing", "require_unsubscribed", "unpublish"]


def publish(context: Context, domain: Domain, asset: Asset) -> Listing:
    """Publish an asset's newest revision; if that is published already, nothing happens."""
    number, now = asset.newest.number, RUNTIME.now()
    listing = asset.listing
    if listing is None:
        listing = Listing(RUNTIME.new_id(), asset.id, [], now, context.principal)
        asset.listing = domain.listings[listing.id] = listing
    elif listing.status != "INACTIVE" and listing.newest.asset_revision == number:
        return listing
    is_new = not listing.revisions or listing.status == "INACTIVE"
    listing.revisions.append(
        ListingRevision(len(listing.revisions) + 1, number, now, context.principal),
    )
    listing.updated_at, listing.updated_by = now, context.principal
    show_listing(domain, asset, listing)
    if not is_new:
        _tell(context, domain, "New Asset Version Available", asset, listing)
        return listing
    listing.status = "CREATING"

    def activate() -> None:
        if listing.status == "CREATING" and domain.listings.get(listing.id) is listing:
            listing.status = "ACTIVE"
            _tell(context, domain, "Asset Added To Catalog", asset, listing)

    context.catalog.timeline.after(settling_seconds(), activate)
    return listing


def unpublish(context: Context, domain: Domain, asset: Asset, listing: Listing) -> None:
    """Take an asset out of the catalog; who has access keeps it."""
    listing.status = "INACTIVE"
    listing.updated_at, listing.updated_by = RUNTIME.now(), context.principal
    hide_if_unused(domain, listing.id)
    _tell(context, domain, "Asset Unpublished", asset, listing)


def hide_if_unused(domain: Domain, listing_id: str) -> None:
    """Take the node of a listing out of the graph if it is neither published nor granted to anybody."""
    listing = domain.listings.get(listing_id)
    if listing is not None and listing.status == "INACTIVE" and not domain.subscriptions.in_force(listing_id):
        hide_listing(domain, domain.assets.by_id[listing.asset_id], listing)


def require_unsubscribed(domain: Domain, listing: Listing) -> None:
    """
    Raise if a listing cannot be deleted because somebody has, or keeps, access to it.

    :raises ConflictError: If a subscription to it is in force, or a grant is left.
    """
    subscribed = [each.id for each in domain.subscriptions.approved(listing.id)]
    if subscribed:
        raise ConflictError(
            f"Listing {listing.id} has existing subscriptions: {', '.join(subscribed)}. Revoke them first."
        )
    granted = [each.id for each in domain.subscriptions.grants.values() if each.listing_id == listing.id]
    if granted:
        raise ConflictError(
            f"Listing {listing.id} has subscription grants: {', '.join(granted)}. Delete them first."
        )


def remove_listing(context: Context, domain: Domain, asset: Asset, listing: Listing) -> None:
    """Delete a listing with all its revisions; the asset stays in the inventory."""
    hide_listing(domain, asset, listing)
    del domain.listings[listing.id]
    domain.data_points.pop(("LISTING", listing.id), None)
    asset.listing = None
    _tell(context, domain, "Asset Listing Deleted", asset, listing)


def _tell(context: Context, domain: Domain, what: str, asset: Asset, listing: Listing) -> None:
    data = {
        "assetId": asset.id,
        "assetRevision": str(listing.newest.asset_revision),
        "listingId": listing.id,
        "listingRevision": str(listing.newest.number),
        "typeName": asset.type_identifier,
    }
    announce(context, domain, what, listing_entity(asset, listing), data)
