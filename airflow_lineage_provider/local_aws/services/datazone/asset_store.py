"""
Keep assets, and the lineage nodes that stand for them.

Each revision of an asset is a version of the node ``amazon.datazone.asset/<id>``, which is linked downstream
of the dataset whose source identifier its AssetCommonDetailsForm names, and upstream of its listing.

.. seealso:: SageMaker Unified Studio user guide, *Linking dataset lineage nodes with assets*
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.assumptions import SYSTEM_PRINCIPAL, version_key
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import NodeKind, Statement
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Asset,
    AssetRevision,
    Domain,
    Form,
    Listing,
)

__all__ = ["add_revision", "asset_of", "content_of", "publish", "put_away", "shelve"]


def shelve(domain: Domain, asset: Asset) -> None:
    """Store a new asset with its first revision."""
    shelf = domain.assets
    shelf.by_id[asset.id] = asset
    shelf.by_project.setdefault(asset.project_id, set()).add(asset.id)
    if asset.external_identifier is not None:
        shelf.by_external[asset.external_identifier] = asset.id
    _follow_source(domain, asset)
    _say(domain, asset, asset.newest)


def add_revision(domain: Domain, asset: Asset, revision: AssetRevision) -> None:
    """Add a revision to an asset."""
    asset.revisions.append(revision)
    _follow_source(domain, asset)
    _say(domain, asset, revision)


def publish(domain: Domain, asset: Asset) -> None:
    """Publish an asset's newest revision; the listing's id stays the same."""
    number = asset.newest.number
    if asset.listing is None:
        asset.listing = Listing(RUNTIME.new_id(), "ACTIVE", number)
        domain.lineage.link(_node_of(asset), _listing_of(asset.listing))
    elif asset.listing.revision == number:
        return
    asset.listing = replace(asset.listing, revision=number)
    statement = Statement(
        _listing_of(asset.listing),
        NodeKind.DATASET,
        asset.newest.name,
        detail={"facets": _schema_facet(asset.newest)},
    )
    now = RUNTIME.now()
    domain.lineage.say(
        f"{_listing_of(asset.listing)}/{number}",
        version_key(now),
        [statement],
        by=SYSTEM_PRINCIPAL,
        at=now,
    )


def put_away(domain: Domain, asset: Asset) -> None:
    """Forget an asset, its listing and their lineage nodes."""
    shelf = domain.assets
    for revision in asset.revisions:
        domain.lineage.unsay(f"{_node_of(asset)}/{revision.number}")
        if asset.listing is not None:
            domain.lineage.unsay(f"{_listing_of(asset.listing)}/{revision.number}")
    if asset.listing is not None:
        domain.lineage.unlink(_node_of(asset), _listing_of(asset.listing))
    _unfollow_source(domain, asset)
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


def content_of(forms: Sequence[Form], name: str) -> Mapping[str, Any]:
    """Return the content of a form, an empty one if there is no such form."""
    for form in forms:
        if form.name == name:
            content: Mapping[str, Any] = json.loads(form.content)
            return content
    return {}


def _follow_source(domain: Domain, asset: Asset) -> None:
    """Link the asset to the dataset its newest revision names, and to no other."""
    wanted = content_of(asset.newest.forms, "AssetCommonDetailsForm").get("sourceIdentifier")
    if wanted == asset.source_identifier:
        return
    _unfollow_source(domain, asset)
    asset.source_identifier = wanted
    if wanted is not None:
        domain.assets.by_source.setdefault(wanted, set()).add(asset.id)
        domain.lineage.link(wanted, _node_of(asset))


def _unfollow_source(domain: Domain, asset: Asset) -> None:
    if asset.source_identifier is not None:
        domain.assets.by_source[asset.source_identifier].discard(asset.id)
        domain.lineage.unlink(asset.source_identifier, _node_of(asset))
        asset.source_identifier = None


def _say(domain: Domain, asset: Asset, revision: AssetRevision) -> None:
    statement = Statement(
        _node_of(asset), NodeKind.DATASET, revision.name, detail={"facets": _schema_facet(revision)}
    )
    domain.lineage.say(
        f"{_node_of(asset)}/{revision.number}",
        version_key(revision.created_at),
        [statement],
        by=revision.created_by,
        at=revision.created_at,
    )


def _schema_facet(revision: AssetRevision) -> dict[str, Any]:
    columns = content_of(revision.forms, "GlueTableForm").get("columns", [])
    fields = [{"name": each.get("columnName"), "type": each.get("dataType")} for each in columns]
    return {"schema": {"fields": fields}} if fields else {}


def _node_of(asset: Asset) -> str:
    return f"amazon.datazone.asset/{asset.id}"


def _listing_of(listing: Listing) -> str:
    return f"amazon.datazone.listing/{listing.id}"
