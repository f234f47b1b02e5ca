"""The operations on subscriptions: who may use which listing."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.announcements import Entity, announce
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.local_aws.services.datazone.grant_fulfilment import undo
from airflow_lineage_provider.local_aws.services.datazone.paging import PageRequest
from airflow_lineage_provider.local_aws.services.datazone.record_order import record_key, record_order
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Project, Reply, Request
from airflow_lineage_provider.local_aws.services.datazone.subscribers import (
    event_data,
    show_listing,
    show_subscriber,
    wanted_subscriber,
)
from airflow_lineage_provider.local_aws.services.datazone.subscription_grants import (
    grant_automatically,
    revoke_all,
)
from airflow_lineage_provider.local_aws.services.datazone.subscription_records import (
    Subscriber,
    Subscription,
    SubscriptionRequest,
)

__all__ = ["OPERATIONS", "approve", "forget_project"]


def approve(context: Context, domain: Domain, asked: SubscriptionRequest) -> None:
    """Begin the subscription an accepted request asks for, or renew the one that is in force."""
    book = domain.subscriptions
    approved = book.approved(asked.listing_id, asked.subscriber)
    if approved:
        subscription = approved[-1]
        subscription.listing_revision, subscription.listing_view = asked.listing_revision, asked.listing_view
        subscription.filter_ids, subscription.permissions = asked.filter_ids, asked.permissions
        subscription.request_id = asked.id
        subscription.stamp.touch(context.principal)
    else:
        subscription = Subscription(
            id=RUNTIME.new_id(),
            subscriber=asked.subscriber,
            listing_id=asked.listing_id,
            listing_revision=asked.listing_revision,
            listing_view=asked.listing_view,
            request_id=asked.id,
            stamp=Stamp.of(context.principal),
            filter_ids=asked.filter_ids,
            permissions=asked.permissions,
        )
        book.subscriptions[subscription.id] = subscription
        _tell(context, domain, "Subscription Created", subscription)
    grant_automatically(context, domain, subscription)


def get_subscription(context: Context, request: Request) -> Reply:
    """Describe a subscription."""
    domain = context.domain(request["domainIdentifier"])
    return _reply(domain, _existing(domain, request["identifier"]))


def list_subscriptions(context: Context, request: Request) -> Reply:
    """List subscriptions, newest first unless the request says otherwise."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListSubscriptions", request)
    owners, approver = wanted_subscriber(request), request.get("approverProjectId")
    found = [
        each
        for each in domain.subscriptions.subscriptions.values()
        if request.get("status") in (None, each.status)
        and request.get("subscribedListingId") in (None, each.listing_id)
        and request.get("subscriptionRequestIdentifier") in (None, each.request_id)
        and approver in (None, each.listing_view["ownerProjectId"])
        and owners <= {each.subscriber}
    ]
    key = record_key(request)
    cut = page.cut(sorted(found, key=key), key, descending=record_order(request) == "DESCENDING")
    return cut.reply("items", [_reply(domain, each) for each in cut.items])


def cancel_subscription(context: Context, request: Request) -> Reply:
    """End a subscription, as its subscriber; what was granted for it is taken away."""
    domain = context.domain(request["domainIdentifier"])
    subscription = _end(context, domain, request, status="CANCELLED")
    _tell(context, domain, "Subscription Cancelled", subscription)
    revoke_all(context, domain, subscription)
    return _reply(domain, subscription)


def revoke_subscription(context: Context, request: Request) -> Reply:
    """End a subscription, as the owner of the listing; what was granted may be left in place."""
    domain = context.domain(request["domainIdentifier"])
    subscription = _end(context, domain, request, status="REVOKED")
    subscription.retain_permissions = request.get("retainPermissions", False)
    _tell(context, domain, "Subscription Revoked", subscription)
    if not subscription.retain_permissions:
        revoke_all(context, domain, subscription)
    return _reply(domain, subscription)


def forget_project(context: Context, domain: Domain, project: Project) -> None:
    """Forget what a project that goes subscribed to, was granted and has others subscribed to."""
    book = domain.subscriptions
    subscriber = Subscriber("project", project.id)

    def concerns(subscribed: Subscription | SubscriptionRequest) -> bool:
        return subscribed.subscriber == subscriber or subscribed.listing_view["ownerProjectId"] == project.id

    gone = {each.id for each in book.subscriptions.values() if concerns(each)}
    for grant in [each for each in book.grants.values() if each.subscription_id in gone]:
        undo(context, domain, grant)
    for identifier in gone:
        del book.subscriptions[identifier]
    for identifier in [each.id for each in book.requests.values() if concerns(each)]:
        del book.requests[identifier]
    for identifier in [each.id for each in book.targets.values() if each.project_id == project.id]:
        del book.targets[identifier]


def _end(context: Context, domain: Domain, request: Request, *, status: str) -> Subscription:
    subscription = _existing(domain, request["identifier"])
    if subscription.status != "APPROVED":
        raise ConflictError(f"Subscription {subscription.id} is {subscription.status}")
    subscription.status = status
    subscription.stamp.touch(context.principal)
    return subscription


def _existing(domain: Domain, identifier: str) -> Subscription:
    found = domain.subscriptions.subscriptions.get(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Subscription {identifier} does not exist in domain {domain.id}")
    return found


def _tell(context: Context, domain: Domain, what: str, subscription: Subscription) -> None:
    listing, principal = event_data(subscription)
    owner = subscription.subscriber.id if subscription.subscriber.kind == "project" else None
    data = {
        "status": subscription.status,
        "subscribedListing": listing,
        "subscribedPrincipal": principal,
        "subscriptionRequestId": subscription.request_id,
    }
    announce(context, domain, what, Entity("SubscriptionEntityType", subscription.id, owner), data)


def _reply(domain: Domain, subscription: Subscription) -> Reply:
    return {
        "id": subscription.id,
        "domainId": domain.id,
        "status": subscription.status,
        "subscribedPrincipal": show_subscriber(domain, subscription.subscriber),
        "subscribedListing": show_listing(subscription),
        "subscriptionRequestId": subscription.request_id,
        "retainPermissions": subscription.retain_permissions,
        **subscription.stamp.members(),
    }


OPERATIONS: dict[str, Operation] = {
    "GetSubscription": get_subscription,
    "ListSubscriptions": list_subscriptions,
    "CancelSubscription": cancel_subscription,
    "RevokeSubscription": revoke_subscription,
}
