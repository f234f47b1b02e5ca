"""The operations on subscription requests: asking for a listing, and what becomes of that."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.announcements import Entity, announce, user_id
from airflow_lineage_provider.local_aws.services.datazone.assets import form_output, read_forms
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.local_aws.services.datazone.listings import existing_listing
from airflow_lineage_provider.local_aws.services.datazone.paging import PageRequest
from airflow_lineage_provider.local_aws.services.datazone.record_order import record_key, record_order
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Listing, Reply, Request
from airflow_lineage_provider.local_aws.services.datazone.subscribers import (
    asset_permissions,
    asset_scopes,
    event_data,
    listing_view,
    read_subscriber,
    show_listing,
    show_subscriber,
    wanted_subscriber,
)
from airflow_lineage_provider.local_aws.services.datazone.subscription_records import (
    Subscriber,
    SubscriptionRequest,
)
from airflow_lineage_provider.local_aws.services.datazone.subscriptions import approve

__all__ = ["OPERATIONS"]


def create_subscription_request(context: Context, request: Request) -> Reply:
    """Ask for a listing; the owner of the listing decides."""
    domain = context.domain(request["domainIdentifier"])
    identifier = domain.tokens.once(
        "CreateSubscriptionRequest", request, lambda: _add(context, domain, request)
    )
    return _reply(domain, _existing(domain, identifier))


def _add(context: Context, domain: Domain, request: Request) -> str:
    subscriber = read_subscriber(context, domain, request["subscribedPrincipals"][0])
    listing = existing_listing(domain, request["subscribedListings"][0]["identifier"])
    _require_free(domain, subscriber, listing)
    approved = domain.subscriptions.approved(listing.id, subscriber)
    asked = SubscriptionRequest(
        id=RUNTIME.new_id(),
        subscriber=subscriber,
        listing_id=listing.id,
        listing_revision=listing.newest.number,
        listing_view=listing_view(domain, listing),
        reason=request["requestReason"],
        stamp=Stamp.of(context.principal),
        forms=tuple(form_output(form) for form in read_forms(domain, request.get("metadataForms", []))),
        filter_ids=asset_scopes(domain, listing, request),
        permissions=asset_permissions(listing, request),
        existing_subscription_id=approved[-1].id if approved else None,
    )
    domain.subscriptions.requests[asked.id] = asked
    _tell(context, domain, "Subscription Request Created", asked, token=request.get("clientToken"))
    return asked.id


def _require_free(domain: Domain, subscriber: Subscriber, listing: Listing) -> None:
    if listing.status != "ACTIVE":
        raise ConflictError(f"Listing {listing.id} is {listing.status} and cannot be subscribed to")
    owner = domain.assets.by_id[listing.asset_id].project_id
    if subscriber == Subscriber("project", owner):
        raise ConflictError(f"Project {owner} owns listing {listing.id} and need not subscribe to it")
    for each in domain.subscriptions.requests.values():
        if (each.subscriber, each.listing_id, each.status) == (subscriber, listing.id, "PENDING"):
            raise ConflictError(f"Subscription request {each.id} to listing {listing.id} is PENDING")


def get_subscription_request_details(context: Context, request: Request) -> Reply:
    """Describe a request."""
    domain = context.domain(request["domainIdentifier"])
    return _reply(domain, _existing(domain, request["identifier"]))


def list_subscription_requests(context: Context, request: Request) -> Reply:
    """List requests, newest first unless the request says otherwise."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListSubscriptionRequests", request)
    owners, approver = wanted_subscriber(request), request.get("approverProjectId")
    found = [
        each
        for each in domain.subscriptions.requests.values()
        if request.get("status") in (None, each.status)
        and request.get("subscribedListingId") in (None, each.listing_id)
        and approver in (None, each.listing_view["ownerProjectId"])
        and owners <= {each.subscriber}
    ]
    key = record_key(request)
    cut = page.cut(sorted(found, key=key), key, descending=record_order(request) == "DESCENDING")
    return cut.reply("items", [_summary(domain, each) for each in cut.items])


def update_subscription_request(context: Context, request: Request) -> Reply:
    """Give another reason for a request that is still to be decided."""
    domain = context.domain(request["domainIdentifier"])
    asked = _pending(domain, request["identifier"], "updated")
    asked.reason = request["requestReason"]
    asked.stamp.touch(context.principal)
    return _reply(domain, asked)


def accept_subscription_request(context: Context, request: Request) -> Reply:
    """Accept a request: a subscription begins, or the one that exists gets the new restrictions."""
    domain = context.domain(request["domainIdentifier"])
    asked = _pending(domain, request["identifier"], "accepted")
    listing = existing_listing(domain, asked.listing_id)
    if "assetScopes" in request:
        asked.filter_ids = asset_scopes(domain, listing, request)
    if "assetPermissions" in request:
        asked.permissions = asset_permissions(listing, request)
    _decide(context, domain, asked, request, status="ACCEPTED")
    _tell(context, domain, "Subscription Request Accepted", asked)
    approve(context, domain, asked)
    return _reply(domain, asked)


def reject_subscription_request(context: Context, request: Request) -> Reply:
    """Reject a request."""
    domain = context.domain(request["domainIdentifier"])
    asked = _pending(domain, request["identifier"], "rejected")
    _decide(context, domain, asked, request, status="REJECTED")
    _tell(context, domain, "Subscription Request Rejected", asked)
    return _reply(domain, asked)


def delete_subscription_request(context: Context, request: Request) -> Reply:
    """Delete a request, unless a subscription that is in force came of it."""
    domain = context.domain(request["domainIdentifier"])
    asked = _existing(domain, request["identifier"])
    for each in domain.subscriptions.approved(asked.listing_id, asked.subscriber):
        if each.request_id == asked.id:
            raise ConflictError(f"Subscription {each.id} came of request {asked.id} and is {each.status}")
    del domain.subscriptions.requests[asked.id]
    _tell(context, domain, "Subscription Request Deleted", asked)
    return {}


def _decide(
    context: Context, domain: Domain, asked: SubscriptionRequest, request: Request, *, status: str
) -> None:
    asked.status = status
    asked.comment = request.get("decisionComment")
    asked.reviewer = user_id(context, domain)
    asked.stamp.touch(context.principal)


def _existing(domain: Domain, identifier: str) -> SubscriptionRequest:
    found = domain.subscriptions.requests.get(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Subscription request {identifier} does not exist in domain {domain.id}")
    return found


def _pending(domain: Domain, identifier: str, what: str) -> SubscriptionRequest:
    asked = _existing(domain, identifier)
    if asked.status != "PENDING":
        raise ConflictError(f"Subscription request {asked.id} is {asked.status} and cannot be {what}")
    return asked


def _tell(
    context: Context, domain: Domain, what: str, asked: SubscriptionRequest, *, token: str | None = None
) -> None:
    listing, principal = event_data(asked)
    owner = asked.subscriber.id if asked.subscriber.kind == "project" else None
    data = {
        "autoApproved": False,
        "requesterId": user_id(context, domain),
        "status": asked.status,
        "subscribedListings": [listing],
        "subscribedPrincipals": [principal],
    }
    entity = Entity("SubscriptionRequestEntityType", asked.id, owner)
    announce(context, domain, what, entity, data, client_token=token)


def _summary(domain: Domain, asked: SubscriptionRequest) -> Reply:
    reply = {name: value for name, value in _reply(domain, asked).items() if name != "metadataForms"}
    forms = [{name: form[name] for name in ("formName", "typeName", "typeRevision")} for form in asked.forms]
    return {**reply, "metadataFormsSummary": forms or None}


def _reply(domain: Domain, asked: SubscriptionRequest) -> Reply:
    return {
        "id": asked.id,
        "domainId": domain.id,
        "status": asked.status,
        "requestReason": asked.reason,
        "subscribedPrincipals": [show_subscriber(domain, asked.subscriber)],
        "subscribedListings": [show_listing(asked)],
        "reviewerId": asked.reviewer,
        "decisionComment": asked.comment,
        "existingSubscriptionId": asked.existing_subscription_id,
        "metadataForms": list(asked.forms) or None,
        **asked.stamp.members(),
    }


OPERATIONS: dict[str, Operation] = {
    "CreateSubscriptionRequest": create_subscription_request,
    "GetSubscriptionRequestDetails": get_subscription_request_details,
    "ListSubscriptionRequests": list_subscription_requests,
    "UpdateSubscriptionRequest": update_subscription_request,
    "AcceptSubscriptionRequest": accept_subscription_request,
    "RejectSubscriptionRequest": reject_subscription_request,
    "DeleteSubscriptionRequest": delete_subscription_request,
}
