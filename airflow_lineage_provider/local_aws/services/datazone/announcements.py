"""
What the service tells the world: ``aws.datazone`` events on the default bus.

The envelope's ``detail`` is the documented one (``version``, ``metadata``, ``data``). Of runs of data sources
AWS's own types have numbers for versions, of everything else the documented example has texts. What an event
type is not documented to carry is chosen here: the ids of what it is about (:mod:`assumptions`).

.. seealso:: Amazon DataZone user guide, *Events and notifications*; Amazon EventBridge events reference,
    *Amazon DataZone events*
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.local_aws.services import event_bus
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Asset,
    DataSource,
    DataSourceRun,
    Domain,
    Listing,
)

__all__ = [
    "Entity",
    "announce",
    "asset_entity",
    "data_source_entity",
    "listing_entity",
    "run_entity",
    "user_id",
]

_SOURCE = "aws.datazone"


@dataclass(frozen=True, slots=True)
class Entity:
    """
    What an event is about.

    :param project_id: The project that owns it.
    """

    type_name: str
    id: str
    project_id: str | None
    version: str | int = "1"


def asset_entity(asset: Asset) -> Entity:
    """Return an asset, at its newest revision."""
    return Entity("AssetEntityType", asset.id, asset.project_id, str(asset.newest.number))


def listing_entity(asset: Asset, listing: Listing) -> Entity:
    """Return a listing, at its newest revision."""
    return Entity("AssetListingEntityType", listing.id, asset.project_id, str(listing.newest.number))


def data_source_entity(source: DataSource) -> Entity:
    """Return a data source."""
    return Entity("DataSourceEntityType", source.id, source.project_id)


def run_entity(run: DataSourceRun) -> Entity:
    """Return a run of a data source."""
    return Entity("DataSourceRunEntityType", run.id, run.project_id, 1)


def user_id(context: Context, domain: Domain) -> str:
    """Return who calls the way the catalog knows users: by the id of a profile, if there is one."""
    profile = domain.people.find_user(context.principal)
    return context.principal if profile is None else profile.id


def announce(
    context: Context,
    domain: Domain,
    detail_type: str,
    entity: Entity,
    data: Mapping[str, Any],
    *,
    client_token: str | None = None,
) -> None:
    """
    Put one event on the default bus of the domain's account.

    :param detail_type: What happened, such as ``Asset Added To Catalog``.
    :param data: What the event says besides what it is about.
    :param client_token: The token of the request that caused it.
    """
    catalog = context.catalog
    metadata = {
        "domain": domain.id,
        "user": user_id(context, domain),
        "id": entity.id,
        "version": entity.version,
        "typeName": entity.type_name,
        "owningProjectId": entity.project_id,
        "awsAccountId": catalog.account_id,
        "clientToken": client_token,
    }
    event_bus.send(
        catalog.account_id,
        catalog.region,
        source=_SOURCE,
        detail_type=detail_type,
        detail={
            "version": entity.version,
            "metadata": {name: value for name, value in metadata.items() if value is not None},
            "data": dict(data),
        },
    )
