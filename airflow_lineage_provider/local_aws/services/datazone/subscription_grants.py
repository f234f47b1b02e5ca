"""The operations on grants: subscribed listings made available in subscription targets."""

from __future__ import annotations

from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.grant_fulfilment import (
    begin_grant,
    begin_revoke,
    settle,
)
from airflow_lineage_provider.local_aws.services.datazone.listings import existing_listing
from airflow_lineage_provider.local_aws.services.datazone.paging import PageRequest
from airflow_lineage_provider.local_aws.services.datazone.record_order import record_key, record_order
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request
from airflow_lineage_provider.local_aws.services.datazone.subscribers import wanted_subscriber
from airflow_lineage_provider.local_aws.services.datazone.subscription_records import (
    Grant,
    GrantedAsset,
    Subscriber,
    Subscription,
    SubscriptionTarget,
)
from airflow_lineage_provider.local_aws.services.datazone.subscription_targets import (
    applies_to,
    existing_target,
    is_managed,
)

__all__ = ["OPERATIONS", "grant_automatically", "revoke_all"]

_NEXT = {
    "GRANT": frozenset({"GRANT_IN_PROGRESS", "GRANTED", "GRANT_FAILED"}),
    "REVOKE": frozenset({"REVOKE_IN_PROGRESS", "REVOKED", "REVOKE_FAILED"}),
}


def grant_automatically(context: Context, domain: Domain, subscription: Subscription) -> None:
    """Grant a new subscription of a project in every target of it that takes the asset and asks for that."""
    listing = domain.listings[subscription.listing_id]
    asset_type = domain.assets.by_id[listing.asset_id].type_identifier
    for target in list(domain.subscriptions.targets.values()):
        if (
            subscription.subscriber == Subscriber("project", target.project_id)
            and target.settings["subscriptionGrantCreationMode"] == "AUTOMATIC"
            and applies_to(target, asset_type)
            and _grant_of(domain, subscription, target) is None
        ):
            _add(context.as_system(), domain, subscription, target, names={})


def revoke_all(context: Context, domain: Domain, subscription: Subscription) -> None:
    """Take away everything that was granted for a subscription."""
    for grant in list(domain.subscriptions.grants.values()):
        if grant.subscription_id == subscription.id:
            begin_revoke(context.as_system(), domain, grant)


def create_subscription_grant(context: Context, request: Request) -> Reply:
    """Grant a subscribed listing in a target of the subscriber."""
    domain = context.domain(request["domainIdentifier"])
    made: dict[str, Reply] = {}

    def add() -> str:
        grant = _grant_for(context, domain, request)
        made[grant.id] = _reply(domain, grant)
        begin_grant(context, domain, grant)
        return grant.id

    identifier = domain.tokens.once("CreateSubscriptionGrant", request, add)
    return made.get(identifier) or _reply(domain, _grant(domain, identifier))


def _grant_for(context: Context, domain: Domain, request: Request) -> Grant:
    project = context.environment(domain, request["environmentIdentifier"])
    entity = request["grantedEntity"]["listing"]
    listing = existing_listing(domain, entity["identifier"])
    if entity["revision"] not in {str(each.number) for each in listing.revisions}:
        raise ResourceNotFoundError(f"Listing {listing.id} has no revision {entity['revision']}")
    subscriptions = domain.subscriptions.approved(listing.id, Subscriber("project", project.id))
    if not subscriptions:
        raise ValidationError(f"Project {project.id} has no approved subscription to listing {listing.id}")
    target = _target_for(domain, request, listing.asset_id, environment_id=project.environment_id)
    subscription = subscriptions[-1]
    existing = _grant_of(domain, subscription, target)
    if existing is not None:
        raise ConflictError(
            f"Subscription {subscription.id} has grant {existing.id} in subscription target {target.id}"
        )
    names = {each["assetId"]: each["targetName"] for each in request.get("assetTargetNames", ())}
    return _new(context, domain, subscription, target, names=names, revision=int(entity["revision"]))


def _target_for(
    domain: Domain, request: Request, asset_id: str, *, environment_id: str
) -> SubscriptionTarget:
    """Return the target a request names, or the only one of the environment that takes the asset."""
    asset_type = domain.assets.by_id[asset_id].type_identifier
    identifier = request.get("subscriptionTargetIdentifier")
    if identifier is not None:
        target = existing_target(domain, identifier)
        if target.environment_id != environment_id:
            raise ValidationError(f"Subscription target {target.id} is not of environment {environment_id}")
        if not applies_to(target, asset_type):
            raise ValidationError(
                f"Subscription target {target.id} does not take assets of type {asset_type}"
            )
        return target
    fitting = [
        each
        for each in domain.subscriptions.targets.values()
        if each.environment_id == environment_id and applies_to(each, asset_type)
    ]
    if len(fitting) != 1:
        raise ValidationError(
            f"subscriptionTargetIdentifier is required: {len(fitting)} subscription targets of environment "
            f"{environment_id} take assets of type {asset_type}"
        )
    return fitting[0]


def get_subscription_grant(context: Context, request: Request) -> Reply:
    """Describe a grant."""
    domain = context.domain(request["domainIdentifier"])
    return _reply(domain, _grant(domain, request["identifier"]))


def list_subscription_grants(context: Context, request: Request) -> Reply:
    """List grants, newest first unless the request says otherwise."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListSubscriptionGrants", request)
    wanted = {
        "environment_id": request.get("environmentId"),
        "target_id": request.get("subscriptionTargetId"),
        "listing_id": request.get("subscribedListingId"),
        "subscription_id": request.get("subscriptionId"),
    }
    owners = wanted_subscriber(request)
    found = [
        each
        for each in domain.subscriptions.grants.values()
        if all(value in (None, getattr(each, name)) for name, value in wanted.items())
        and owners <= {domain.subscriptions.subscriptions[each.subscription_id].subscriber}
    ]
    key = record_key(request)
    cut = page.cut(sorted(found, key=key), key, descending=record_order(request) == "DESCENDING")
    return cut.reply("items", [_reply(domain, each) for each in cut.items])


def update_subscription_grant_status(context: Context, request: Request) -> Reply:
    """Report what became of an asset that the service does not make available by itself."""
    domain = context.domain(request["domainIdentifier"])
    grant = _grant(domain, request["identifier"])
    granted = next((each for each in grant.assets if each.asset_id == request["assetIdentifier"]), None)
    if granted is None:
        raise ResourceNotFoundError(f"Asset {request['assetIdentifier']} is not part of grant {grant.id}")
    target = existing_target(domain, grant.target_id)
    if is_managed(target, domain.assets.by_id[granted.asset_id].type_identifier):
        raise ConflictError(f"Asset {granted.asset_id} of grant {grant.id} is managed by Amazon DataZone")
    phase = "REVOKE" if granted.status.startswith("REVOKE") else "GRANT"
    if granted.status in ("GRANTED", "REVOKED") or request["status"] not in _NEXT[phase]:
        raise ConflictError(
            f"Asset {granted.asset_id} of grant {grant.id} is {granted.status} and cannot become "
            f"{request['status']}"
        )
    granted.target_name = request.get("targetName", granted.target_name)
    failure = (request.get("failureCause") or {}).get("message")
    settle(context, domain, grant, granted, status=request["status"], failure=failure)
    return _reply(domain, grant)


def delete_subscription_grant(context: Context, request: Request) -> Reply:
    """Take away what was granted; the grant is gone when that is done."""
    domain = context.domain(request["domainIdentifier"])
    grant = _grant(domain, request["identifier"])
    if grant.status in ("PENDING", "IN_PROGRESS"):
        raise ConflictError(f"Subscription grant {grant.id} is {grant.status} and cannot be deleted")
    begin_revoke(context, domain, grant)
    return _reply(domain, grant)


def _grant(domain: Domain, identifier: str) -> Grant:
    found = domain.subscriptions.grants.get(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Subscription grant {identifier} does not exist in domain {domain.id}")
    return found


def _grant_of(domain: Domain, subscription: Subscription, target: SubscriptionTarget) -> Grant | None:
    grants = domain.subscriptions.grants.values()
    mine = (each for each in grants if each.subscription_id == subscription.id)
    return next((each for each in mine if each.target_id == target.id), None)


def _add(
    context: Context,
    domain: Domain,
    subscription: Subscription,
    target: SubscriptionTarget,
    *,
    names: dict[str, str],
) -> None:
    grant = _new(context, domain, subscription, target, names=names, revision=subscription.listing_revision)
    begin_grant(context, domain, grant)


def _new(
    context: Context,
    domain: Domain,
    subscription: Subscription,
    target: SubscriptionTarget,
    *,
    names: dict[str, str],
    revision: int,
) -> Grant:
    listing = domain.listings[subscription.listing_id]
    published = listing.revisions[revision - 1]
    grant = Grant(
        id=RUNTIME.new_id(),
        subscription_id=subscription.id,
        target_id=target.id,
        environment_id=target.environment_id,
        listing_id=listing.id,
        listing_revision=revision,
        assets=[
            GrantedAsset(listing.asset_id, published.asset_revision, target_name=names.get(listing.asset_id))
        ],
        stamp=Stamp.of(context.principal),
        target_names=names,
    )
    domain.subscriptions.grants[grant.id] = grant
    return grant


def _reply(domain: Domain, grant: Grant) -> Reply:
    subscription = domain.subscriptions.subscriptions[grant.subscription_id]
    return {
        "id": grant.id,
        "domainId": domain.id,
        "environmentId": grant.environment_id,
        "subscriptionTargetId": grant.target_id,
        "subscriptionId": grant.subscription_id,
        "grantedEntity": {"listing": {"id": grant.listing_id, "revision": str(grant.listing_revision)}},
        "status": grant.status,
        "assets": [_asset(each, subscription) for each in grant.assets],
        **grant.stamp.members(),
    }


def _asset(granted: GrantedAsset, subscription: Subscription) -> dict[str, Any]:
    filters = subscription.filter_ids.get(granted.asset_id)
    scope = {"assetId": granted.asset_id, "filterIds": list(filters), "status": "ACTIVE"} if filters else None
    return {
        "assetId": granted.asset_id,
        "assetRevision": str(granted.asset_revision),
        "status": granted.status,
        "targetName": granted.target_name,
        "failureCause": {"message": granted.failure} if granted.failure is not None else None,
        "grantedTimestamp": granted.granted_at,
        "failureTimestamp": granted.failed_at,
        "assetScope": scope,
        "permissions": subscription.permissions.get(granted.asset_id),
    }


OPERATIONS: dict[str, Operation] = {
    "CreateSubscriptionGrant": create_subscription_grant,
    "GetSubscriptionGrant": get_subscription_grant,
    "ListSubscriptionGrants": list_subscription_grants,
    "UpdateSubscriptionGrantStatus": update_subscription_grant_status,
    "DeleteSubscriptionGrant": delete_subscription_grant,
}
