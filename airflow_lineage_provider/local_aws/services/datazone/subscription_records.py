"""What the service remembers of subscriptions: requests, subscriptions, targets and grants. Plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp

__all__ = [
    "Grant",
    "GrantedAsset",
    "Subscriber",
    "Subscription",
    "SubscriptionBook",
    "SubscriptionRequest",
    "SubscriptionTarget",
]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """
    Who subscribes.

    :param kind: The member of the union: ``project``, ``user``, ``group`` or ``iam``.
    :param id: Its id; of ``iam`` the principal's ARN.
    """

    kind: str
    id: str


@dataclass(slots=True)
class SubscriptionRequest:
    """
    The wish of a subscriber to use a listing; ``status`` is PENDING, ACCEPTED or REJECTED.

    :param listing_revision: Number of the listing's revision at the time of the request.
    :param listing_view: The listing as it was then, as ``SubscribedListing``.
    :param forms: The metadata forms, as ``FormOutput``.
    :param filter_ids: Asset filters that restrict what is asked for, by asset.
    :param permissions: Permissions asked for, by asset.
    :param existing_subscription_id: The subscription the subscriber had already.
    """

    id: str
    subscriber: Subscriber
    listing_id: str
    listing_revision: int
    listing_view: Mapping[str, Any]
    reason: str
    stamp: Stamp
    forms: tuple[dict[str, str], ...] = ()
    filter_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    permissions: Mapping[str, Any] = field(default_factory=dict)
    existing_subscription_id: str | None = None
    status: str = "PENDING"
    reviewer: str | None = None
    comment: str | None = None


@dataclass(slots=True)
class Subscription:
    """
    A subscriber's right to use a listing; ``status`` is APPROVED, REVOKED or CANCELLED.

    :param listing_view: The listing as it was when it was asked for, as ``SubscribedListing``.
    :param filter_ids: Asset filters that restrict the right, by asset.
    :param permissions: Permissions, by asset.
    """

    id: str
    subscriber: Subscriber
    listing_id: str
    listing_revision: int
    listing_view: Mapping[str, Any]
    request_id: str
    stamp: Stamp
    filter_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    permissions: Mapping[str, Any] = field(default_factory=dict)
    retain_permissions: bool | None = None
    status: str = "APPROVED"


@dataclass(slots=True)
class SubscriptionTarget:
    """
    A place in an environment where subscribed data is made available.

    :param settings: Members as CreateSubscriptionTarget and UpdateSubscriptionTarget took them.
    """

    id: str
    project_id: str
    environment_id: str
    settings: dict[str, Any]
    stamp: Stamp


@dataclass(slots=True)
class GrantedAsset:
    """
    One asset of a grant.

    :param status: GRANT_PENDING, GRANT_IN_PROGRESS, GRANTED, GRANT_FAILED, or the same of REVOKE.
    :param node: Source identifier of the lineage node that stands for it at the subscriber's.
    :param link: Database and name of the Glue resource link made for it.
    :param principals: Who was given Lake Formation permissions on ``source``.
    :param source: Database and name of the Glue table it stands for.
    """

    asset_id: str
    asset_revision: int
    status: str = "GRANT_PENDING"
    target_name: str | None = None
    failure: str | None = None
    granted_at: datetime | None = None
    failed_at: datetime | None = None
    node: str | None = None
    link: tuple[str, str] | None = None
    source: tuple[str, str] | None = None
    principals: tuple[str, ...] = ()


@dataclass(slots=True)
class Grant:
    """
    The making available of a subscribed listing in a subscription target.

    :param target_names: Names asked for, by asset.
    """

    id: str
    subscription_id: str
    target_id: str
    environment_id: str
    listing_id: str
    listing_revision: int
    assets: list[GrantedAsset]
    stamp: Stamp
    target_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Return the overall status: what failed comes before what goes on, and that before what is done."""
        states = {each.status for each in self.assets}
        failed = states & {"GRANT_FAILED", "REVOKE_FAILED"}
        if failed:
            return "GRANT_AND_REVOKE_FAILED" if len(failed) == 2 else failed.pop()
        if any(state.endswith("_PENDING") for state in states):
            return "PENDING"
        return "IN_PROGRESS" if any(state.endswith("_IN_PROGRESS") for state in states) else "COMPLETED"


@dataclass(slots=True)
class SubscriptionBook:
    """All subscriptions of a domain, by id, oldest first."""

    requests: dict[str, SubscriptionRequest] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    targets: dict[str, SubscriptionTarget] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)

    def approved(self, listing_id: str, subscriber: Subscriber | None = None) -> list[Subscription]:
        """Return the subscriptions to a listing that are in force, of one subscriber or of all."""
        return [
            each
            for each in self.subscriptions.values()
            if each.listing_id == listing_id
            and each.status == "APPROVED"
            and subscriber in (None, each.subscriber)
        ]

    def in_force(self, listing_id: str) -> bool:
        """Tell whether a grant gives anybody access to the listing."""
        return any(
            each.listing_id == listing_id and any(asset.node for asset in each.assets)
            for each in self.grants.values()
        )
