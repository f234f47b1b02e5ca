"""Who subscribes to what, read from requests and shown in answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.form_contents import forms_document
from airflow_lineage_provider.local_aws.services.datazone.glossaries import detailed_terms
from airflow_lineage_provider.local_aws.services.datazone.people import group_profile, user_profile
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Listing, Request
from airflow_lineage_provider.local_aws.services.datazone.subscription_records import (
    Subscriber,
    Subscription,
    SubscriptionRequest,
)

__all__ = [
    "asset_permissions",
    "asset_scopes",
    "event_data",
    "listing_view",
    "read_subscriber",
    "show_listing",
    "show_subscriber",
    "wanted_subscriber",
]

_OWNERS = {
    "owningProjectId": "project",
    "owningUserId": "user",
    "owningGroupId": "group",
    "owningIamPrincipalArn": "iam",
}


def read_subscriber(context: Context, domain: Domain, given: Mapping[str, Any]) -> Subscriber:
    """
    Return the principal that a request names.

    :param given: A ``SubscribedPrincipalInput``.
    :raises ResourceNotFoundError: If the domain does not know the project, user or group.
    """
    ((kind, value),) = ((name, value) for name, value in given.items() if value is not None)
    identifier = value.get("identifier")
    if identifier is None:
        raise ValidationError(f"subscribedPrincipals: {kind}.identifier is required")
    if kind == "project":
        return Subscriber(kind, context.project(domain, identifier).id)
    if kind == "user":
        return Subscriber(kind, user_profile(domain, identifier).id)
    if kind == "group":
        return Subscriber(kind, group_profile(domain, identifier).id)
    return Subscriber(kind, identifier)


def wanted_subscriber(request: Request) -> set[Subscriber]:
    """Return the owners that a list request asks for."""
    return {Subscriber(kind, request[name]) for name, kind in _OWNERS.items() if name in request}


def show_subscriber(domain: Domain, subscriber: Subscriber) -> dict[str, Any]:
    """Return a subscriber as ``SubscribedPrincipal``."""
    identifier = subscriber.id
    if subscriber.kind == "project":
        project = domain.projects.get(identifier)
        return {"project": {"id": identifier, "name": project.name if project else None}}
    if subscriber.kind == "user":
        return {"user": {"id": identifier, "details": domain.people.users[identifier].details}}
    if subscriber.kind == "group":
        return {"group": {"id": identifier, "name": domain.people.groups[identifier].name}}
    return {"iam": {"principalArn": identifier}}


def listing_view(domain: Domain, listing: Listing) -> dict[str, Any]:
    """Return a listing as ``SubscribedListing``, at its newest revision."""
    asset = domain.assets.by_id[listing.asset_id]
    content = asset.revisions[listing.newest.asset_revision - 1]
    owner = domain.projects.get(asset.project_id)
    return {
        "id": listing.id,
        "revision": str(listing.newest.number),
        "name": content.name,
        "description": content.description or "",
        "ownerProjectId": asset.project_id,
        "ownerProjectName": owner.name if owner else None,
        "item": {
            "assetListing": {
                "entityId": asset.id,
                "entityRevision": str(content.number),
                "entityType": asset.type_identifier,
                "forms": forms_document(content.forms),
                "glossaryTerms": detailed_terms(domain, content.glossary_terms),
            }
        },
    }


def show_listing(subscribed: Subscription | SubscriptionRequest) -> dict[str, Any]:
    """Return what is subscribed to as ``SubscribedListing``, with what restricts it."""
    view = subscribed.listing_view
    item = view["item"]["assetListing"]
    asset_id = item["entityId"]
    filters = subscribed.filter_ids.get(asset_id)
    restrictions = {
        "assetScope": {"assetId": asset_id, "filterIds": list(filters), "status": "ACTIVE"}
        if filters
        else None,
        "permissions": subscribed.permissions.get(asset_id),
    }
    return {**view, "item": {"assetListing": {**item, **restrictions}}}


def asset_scopes(domain: Domain, listing: Listing, request: Request) -> dict[str, tuple[str, ...]]:
    """
    Return the filters that ``assetScopes`` names, by asset.

    :raises ValidationError: If an asset is not the listing's, or a filter is not the asset's.
    """
    scopes = {each["assetId"]: tuple(each["filterIds"]) for each in request.get("assetScopes", ())}
    _require_listed(listing, scopes)
    known = domain.asset_filters.get(listing.asset_id, {})
    unknown = [each for filters in scopes.values() for each in filters if each not in known]
    if unknown:
        raise ValidationError(f"Asset {listing.asset_id} has no filter {', '.join(unknown)}")
    return scopes


def asset_permissions(listing: Listing, request: Request) -> dict[str, Any]:
    """
    Return what ``assetPermissions`` asks for, by asset.

    :raises ValidationError: If an asset is not the listing's.
    """
    permissions = {each["assetId"]: each["permissions"] for each in request.get("assetPermissions", ())}
    _require_listed(listing, permissions)
    return permissions


def event_data(subscribed: Subscription | SubscriptionRequest) -> tuple[dict[str, str], dict[str, str]]:
    """Return listing and principal as events show them."""
    shown = {
        "id": subscribed.listing_id,
        "ownerProjectId": str(subscribed.listing_view["ownerProjectId"]),
        "version": str(subscribed.listing_revision),
    }
    return shown, {"id": subscribed.subscriber.id, "type": subscribed.subscriber.kind.upper()}


def _require_listed(listing: Listing, assets: Mapping[str, Any]) -> None:
    for asset_id in assets:
        if asset_id != listing.asset_id:
            raise ValidationError(f"Asset {asset_id} is not part of listing {listing.id}")
