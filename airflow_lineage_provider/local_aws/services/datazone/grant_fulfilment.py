"""
Carry out grants: make subscribed assets available to their subscribers, and take them away again.

Of a Glue table the service itself takes care: the target's principals may read the table (Lake Formation),
and a resource link in the target's database stands for it. The link is the subscriber's node in the lineage
graph, so what the subscriber's own jobs say about reading it continues the graph. Everything else is made
available by whoever listens for "Subscription Grant Requested", and is reported with
UpdateSubscriptionGrantStatus.

.. seealso:: Amazon DataZone user guide, *Grant access to managed AWS Glue Data Catalog assets*, *Grant access
    to unmanaged assets*
"""

from __future__ import annotations

from typing import Any

from airflow_lineage_provider.lineage import glue_table_arn
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.access_grants import allow_reading, forbid_reading
from airflow_lineage_provider.local_aws.services.datazone.announcements import Entity, announce
from airflow_lineage_provider.local_aws.services.datazone.assumptions import settling_seconds, subscribed_node
from airflow_lineage_provider.local_aws.services.datazone.catalog_stages import (
    hide_subscribed,
    show_subscribed,
)
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.form_contents import content_of
from airflow_lineage_provider.local_aws.services.datazone.publishing import hide_if_unused
from airflow_lineage_provider.local_aws.services.datazone.state import Domain
from airflow_lineage_provider.local_aws.services.datazone.subscription_records import (
    Grant,
    GrantedAsset,
    SubscriptionTarget,
)
from airflow_lineage_provider.local_aws.services.datazone.subscription_targets import (
    existing_target,
    glue_database,
    is_managed,
)
from airflow_lineage_provider.local_aws.services.datazone.timeline import Steps
from airflow_lineage_provider.local_aws.services.datazone.worker_faults import fault_in
from airflow_lineage_provider.local_aws.services.glue import links

__all__ = ["begin_grant", "begin_revoke", "settle", "undo"]


class _NotGrantedError(Exception):
    """An asset cannot be made available; the message is the grant's failure cause."""


def begin_grant(context: Context, domain: Domain, grant: Grant) -> None:
    """Start to make a new grant's assets available."""
    _tell(context, domain, grant, "Subscription Grant Requested")
    for granted in grant.assets:
        if _is_managed(domain, grant, granted):
            context.catalog.timeline.play(_give(context, domain, grant, granted))


def begin_revoke(context: Context, domain: Domain, grant: Grant) -> None:
    """Start to take a grant's assets away; the grant is gone when that is done."""
    _tell(context, domain, grant, "Subscription Grant Revoke Requested")
    for granted in grant.assets:
        if granted.status == "GRANT_FAILED":
            granted.status = "REVOKED"
        elif granted.status != "REVOKED":
            granted.status = "REVOKE_PENDING"
            if _is_managed(domain, grant, granted):
                context.catalog.timeline.play(_take_away(context, domain, grant, granted))
    _forget_if_revoked(domain, grant)


def settle(
    context: Context, domain: Domain, grant: Grant, granted: GrantedAsset, *, status: str, failure: str | None
) -> None:
    """
    Note what became of one asset of a grant.

    :param failure: Why it failed, if it did.
    """
    now = RUNTIME.now()
    granted.status, granted.failure = status, failure
    grant.stamp.touch(context.principal)
    if status == "GRANTED":
        granted.granted_at = now
        granted.node = granted.node or subscribed_node(grant.id, granted.asset_id)
        revision = domain.assets.by_id[granted.asset_id].revisions[granted.asset_revision - 1]
        show_subscribed(domain, revision, grant_id=grant.id, listing_id=grant.listing_id, node=granted.node)
    elif status == "REVOKED":
        _hide(domain, grant, granted)
    elif failure is not None or status.endswith("_FAILED"):
        granted.failed_at = now
    what = _ENDS.get(status)
    if what is not None:
        _tell(context, domain, grant, what)
    _forget_if_revoked(domain, grant)


_ENDS = {
    "GRANTED": "Subscription Grant Completed",
    "GRANT_FAILED": "Subscription Grant Failed",
    "REVOKED": "Subscription Grant Revoke Completed",
    "REVOKE_FAILED": "Subscription Grant Revoke Failed",
}


def _is_managed(domain: Domain, grant: Grant, granted: GrantedAsset) -> bool:
    target = domain.subscriptions.targets[grant.target_id]
    return is_managed(target, domain.assets.by_id[granted.asset_id].type_identifier)


def _give(context: Context, domain: Domain, grant: Grant, granted: GrantedAsset) -> Steps:
    context = context.as_system()
    granted.status = "GRANT_IN_PROGRESS"
    yield settling_seconds()
    if domain.subscriptions.grants.get(grant.id) is not grant:
        return
    fault = fault_in("GrantSubscription")
    try:
        if fault is not None:
            raise _NotGrantedError(fault.message or f"{fault.error_code} while granting the subscription.")
        _link(context, domain, grant, granted)
    except _NotGrantedError as error:
        settle(context, domain, grant, granted, status="GRANT_FAILED", failure=str(error))
    else:
        settle(context, domain, grant, granted, status="GRANTED", failure=None)


def _link(context: Context, domain: Domain, grant: Grant, granted: GrantedAsset) -> None:
    """Let the target's principals read the table, and link it into the target's database."""
    catalog = context.catalog
    target = existing_target(domain, grant.target_id)
    asset = domain.assets.by_id[granted.asset_id]
    content = content_of(asset.revisions[granted.asset_revision - 1].forms, "GlueTableForm")
    source = (str(content.get("databaseName")), str(content.get("tableName")))
    if links.find_table(catalog.account_id, catalog.region, *source) is None:
        raise _NotGrantedError(f"Table {source[0]}.{source[1]} does not exist in the Glue Data Catalog.")
    database = str(glue_database(target))
    name = _link_name(context, grant, granted, database=database, table=source[1])
    try:
        links.create_link(catalog.account_id, catalog.region, database=database, name=name, target=source)
    except KeyError as error:
        raise _NotGrantedError(str(error.args[0])) from None
    granted.target_name, granted.link, granted.source = name, (database, name), source
    granted.principals = tuple(target.settings["authorizedPrincipals"])
    allow_reading(catalog.account_id, catalog.region, granted.principals, source)
    granted.node = glue_table_arn(
        database, name, region=catalog.region, account=catalog.account_id, partition=catalog.partition
    )


def _link_name(context: Context, grant: Grant, granted: GrantedAsset, *, database: str, table: str) -> str:
    """Return the name asked for, else the table's, else one made different by the listing's id."""
    asked = grant.target_names.get(granted.asset_id)
    if asked is not None:
        return asked.lower()
    catalog = context.catalog
    is_taken = links.find_table(catalog.account_id, catalog.region, database, table) is not None
    return f"{table}_{grant.listing_id}".lower() if is_taken else table


def _take_away(context: Context, domain: Domain, grant: Grant, granted: GrantedAsset) -> Steps:
    context = context.as_system()
    granted.status = "REVOKE_IN_PROGRESS"
    yield settling_seconds()
    if domain.subscriptions.grants.get(grant.id) is not grant:
        return
    fault = fault_in("RevokeSubscription")
    if fault is not None:
        failure = fault.message or f"{fault.error_code} while revoking the subscription."
        settle(context, domain, grant, granted, status="REVOKE_FAILED", failure=failure)
    else:
        _withdraw(context, granted)
        settle(context, domain, grant, granted, status="REVOKED", failure=None)


def undo(context: Context, domain: Domain, grant: Grant) -> None:
    """Take everything of a grant away at once, without telling anybody: its project or its asset goes."""
    for granted in grant.assets:
        _withdraw(context, granted)
        _hide(domain, grant, granted)
    domain.subscriptions.grants.pop(grant.id, None)


def _withdraw(context: Context, granted: GrantedAsset) -> None:
    """Delete the resource link, and take the principals' permissions."""
    catalog = context.catalog
    if granted.link is not None:
        database, name = granted.link
        links.delete_link(catalog.account_id, catalog.region, database=database, name=name)
    if granted.source is not None:
        forbid_reading(catalog.account_id, catalog.region, granted.principals, granted.source)
    granted.link = granted.source = None


def _hide(domain: Domain, grant: Grant, granted: GrantedAsset) -> None:
    if granted.node is not None:
        hide_subscribed(domain, grant_id=grant.id, listing_id=grant.listing_id, node=granted.node)
        granted.node = None
    hide_if_unused(domain, grant.listing_id)


def _forget_if_revoked(domain: Domain, grant: Grant) -> None:
    if all(each.status == "REVOKED" for each in grant.assets):
        domain.subscriptions.grants.pop(grant.id, None)
        hide_if_unused(domain, grant.listing_id)


def _tell(context: Context, domain: Domain, grant: Grant, what: str) -> None:
    target = domain.subscriptions.targets[grant.target_id]
    entity = Entity("SubscriptionGrantEntityType", grant.id, target.project_id)
    for granted in grant.assets:
        announce(context, domain, what, entity, _event_data(domain, grant, granted, target))


def _event_data(
    domain: Domain, grant: Grant, granted: GrantedAsset, target: SubscriptionTarget
) -> dict[str, Any]:
    return {
        "asset": {
            "assetId": granted.asset_id,
            "listingId": grant.listing_id,
            "listingVersion": str(grant.listing_revision),
            "typeName": domain.assets.by_id[granted.asset_id].type_identifier.removeprefix(
                "amazon.datazone."
            ),
        },
        "projectId": target.project_id,
        "status": granted.status,
        "subscriptionTarget": {
            "id": target.id,
            "environmentId": target.environment_id,
            "typeName": target.settings["type"],
        },
    }
