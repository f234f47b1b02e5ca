"""
Keep assets: store, revise and forget them, together with the lineage nodes that stand for them.

Everything the catalog does with an asset is told on EventBridge (:mod:`announcements`).
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.datazone.announcements import announce, asset_entity
from airflow_lineage_provider.local_aws.services.datazone.catalog_stages import (
    follow_source,
    hide_asset,
    show_revision,
)
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.form_contents import content_of
from airflow_lineage_provider.local_aws.services.datazone.state import Asset, AssetRevision, Domain

__all__ = ["add_revision", "asset_of", "put_away", "shelve"]


def shelve(context: Context, domain: Domain, asset: Asset) -> None:
    """Store a new asset with its first revision."""
    shelf = domain.assets
    shelf.by_id[asset.id] = asset
    shelf.by_project.setdefault(asset.project_id, set()).add(asset.id)
    if asset.external_identifier is not None:
        shelf.by_external[asset.external_identifier] = asset.id
    follow_source(domain, asset)
    show_revision(domain, asset, asset.newest)
    announce(context, domain, "Asset Added To Inventory", asset_entity(asset), {"assetId": asset.id})


def add_revision(context: Context, domain: Domain, asset: Asset, revision: AssetRevision) -> None:
    """Add a revision to an asset."""
    before = asset.newest
    asset.revisions.append(revision)
    follow_source(domain, asset)
    show_revision(domain, asset, revision)
    if _columns(before) != _columns(revision):
        announce(context, domain, "Asset Schema Changed", asset_entity(asset), {"assetId": asset.id})


def put_away(domain: Domain, asset: Asset) -> None:
    """Forget an asset, what was measured of it and its lineage node; it has no listing any more."""
    shelf = domain.assets
    hide_asset(domain, asset)
    domain.asset_filters.pop(asset.id, None)
    domain.data_points.pop(("ASSET", asset.id), None)
    del shelf.by_id[asset.id]
    shelf.by_project[asset.project_id].discard(asset.id)
    if asset.external_identifier is not None:
        del shelf.by_external[asset.external_identifier]


def asset_of(domain: Domain, source_identifier: str) -> Asset | None:
    """Return the asset of a table: by external identifier, else by the source identifier it names."""
    shelf = domain.assets
    identifier = shelf.by_external.get(source_identifier) or next(
        iter(sorted(shelf.by_source.get(source_identifier, ()))), None
    )
    return shelf.by_id[identifier] if identifier else None


def _columns(revision: AssetRevision) -> object:
    return content_of(revision.forms, "GlueTableForm").get("columns", [])
