"""
The lineage nodes of the catalog's own stages: inventory asset → listing → subscribed table.

Each revision of an asset is a version of the node ``amazon.datazone.asset/<id>``; a revision that a changed
schema made is thereby a stage of its own. The node is downstream of the dataset whose source identifier the
asset's AssetCommonDetailsForm names. Each publication is a version of ``amazon.datazone.listing/<id>``,
downstream of the asset, and what a grant made available to a subscriber is a node downstream of the listing.

.. seealso:: SageMaker Unified Studio user guide, *Data lineage support*, *Linking dataset lineage nodes with
    assets*
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.assumptions import SYSTEM_PRINCIPAL, version_key
from airflow_lineage_provider.local_aws.services.datazone.form_contents import content_of
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import NodeKind, Statement
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Asset,
    AssetRevision,
    Domain,
    Listing,
)

__all__ = [
    "asset_node",
    "follow_source",
    "hide_asset",
    "hide_listing",
    "hide_subscribed",
    "listing_node",
    "show_listing",
    "show_revision",
    "show_subscribed",
]


def asset_node(asset: Asset) -> str:
    """Return the source identifier of an asset's node."""
    return f"amazon.datazone.asset/{asset.id}"


def listing_node(listing_id: str) -> str:
    """Return the source identifier of a listing's node."""
    return f"amazon.datazone.listing/{listing_id}"


def show_revision(domain: Domain, asset: Asset, revision: AssetRevision) -> None:
    """Add a version to the asset's node."""
    node = asset_node(asset)
    _say(domain, f"{node}/{revision.number}", node, revision, by=revision.created_by, at=revision.created_at)


def follow_source(domain: Domain, asset: Asset) -> None:
    """Link the asset to the dataset its newest revision names, and to no other."""
    wanted = content_of(asset.newest.forms, "AssetCommonDetailsForm").get("sourceIdentifier")
    if wanted == asset.source_identifier:
        return
    _unfollow_source(domain, asset)
    asset.source_identifier = wanted
    if wanted is not None:
        domain.assets.by_source.setdefault(wanted, set()).add(asset.id)
        domain.lineage.link(wanted, asset_node(asset))


def hide_asset(domain: Domain, asset: Asset) -> None:
    """Take the asset's node out of the graph."""
    node = asset_node(asset)
    for revision in asset.revisions:
        domain.lineage.unsay(f"{node}/{revision.number}")
    _unfollow_source(domain, asset)


def show_listing(domain: Domain, asset: Asset, listing: Listing) -> None:
    """Add a version to the listing's node for its newest publication, downstream of the asset."""
    node, newest = listing_node(listing.id), listing.newest
    published = asset.revisions[newest.asset_revision - 1]
    domain.lineage.link(asset_node(asset), node)
    _say(domain, f"{node}/{newest.number}", node, published, by=newest.created_by, at=newest.created_at)


def hide_listing(domain: Domain, asset: Asset, listing: Listing) -> None:
    """Take the listing's node out of the graph."""
    node = listing_node(listing.id)
    for revision in listing.revisions:
        domain.lineage.unsay(f"{node}/{revision.number}")
    domain.lineage.unlink(asset_node(asset), node)


def show_subscribed(
    domain: Domain, revision: AssetRevision, *, grant_id: str, listing_id: str, node: str
) -> None:
    """
    Add the node of what a grant made available, downstream of the listing.

    :param revision: The asset's revision that was granted.
    :param node: Source identifier of the node.
    """
    domain.lineage.link(listing_node(listing_id), node)
    _say(domain, f"{grant_id}/{node}", node, revision, by=SYSTEM_PRINCIPAL, at=RUNTIME.now())


def hide_subscribed(domain: Domain, *, grant_id: str, listing_id: str, node: str) -> None:
    """Take back what :func:`show_subscribed` added; what events said about the node stays."""
    domain.lineage.unsay(f"{grant_id}/{node}")
    domain.lineage.unlink(listing_node(listing_id), node)


def _say(
    domain: Domain, statement_id: str, node: str, revision: AssetRevision, *, by: str, at: datetime
) -> None:
    """State a version of a node; its name and columns are those of an asset's revision."""
    name = node.rpartition("/")[2] if node.startswith("arn:") else revision.name
    statement = Statement(node, NodeKind.DATASET, name, detail={"facets": _schema_facet(revision)})
    domain.lineage.say(statement_id, version_key(at), [statement], by=by, at=at)


def _unfollow_source(domain: Domain, asset: Asset) -> None:
    if asset.source_identifier is not None:
        domain.assets.by_source[asset.source_identifier].discard(asset.id)
        domain.lineage.unlink(asset.source_identifier, asset_node(asset))
        asset.source_identifier = None


def _schema_facet(revision: AssetRevision) -> dict[str, Any]:
    columns = content_of(revision.forms, "GlueTableForm").get("columns", [])
    fields = [{"name": each.get("columnName"), "type": each.get("dataType")} for each in columns]
    return {"schema": {"fields": fields}} if fields else {}
