"""Tell Airflow which assets a crawl changed: an event for each table, with what became of its schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Asset, AssetAlias

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_lineage_provider.hooks.crawl_tables import TableChange
    from airflow_lineage_provider.hooks.table_reader import TableReader

__all__ = ["announce_crawl"]

_OF_THE_CRAWL = ("crawler_name", "crawl_id", "state", "joined", "started_at", "ended_at")


def announce_crawl(
    context: Context,
    outlets: Iterable[object],
    reader: TableReader,
    result: Mapping[str, Any],
    *,
    region: str,
) -> None:
    """
    Add the events of a crawl to a task's outlets.

    Each ``AssetAlias`` gets an event for every table that the crawl added, updated or deleted. The event that
    a plain ``Asset`` gets anyway is told of the crawl. Tables are read only if there is an alias.

    :param outlets: The task's ``outlets``.
    :param reader: Reads the tables.
    :param result: What the task returns.
    :param region: Where the tables are.
    """
    events = context.get("outlet_events")
    if events is None:  # outside Airflow
        return
    declared = list(outlets)
    about = {name: result[name] for name in _OF_THE_CRAWL}
    for asset in (outlet for outlet in declared if isinstance(outlet, Asset)):
        events[asset].extra = {**events[asset].extra, **about, "tables": result["tables"]}
    aliases = [outlet for outlet in declared if isinstance(outlet, AssetAlias)]
    if not aliases or not any(result["tables"].values()):
        return
    # Not needed by DAGs without an alias, and not when a DAG is parsed.
    from airflow_lineage_provider.assets import create_asset
    from airflow_lineage_provider.hooks.crawl_tables import read_table_changes

    for change in read_table_changes(reader, result):
        asset = create_asset(
            region=region, account=change.account, database=change.database, table=change.table
        )
        for alias in aliases:
            events[alias].add(asset, extra={**about, **_extra_of(change)})


def _extra_of(change: TableChange) -> dict[str, Any]:
    """Return what an event says of its table."""
    return {
        "database": change.database,
        "table": change.table,
        "change": change.change,
        "schema_fingerprint": change.fingerprint,
        "previous_schema_fingerprint": change.previous,
        "schema_changed": change.schema_changed,
    }
