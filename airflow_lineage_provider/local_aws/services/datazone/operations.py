"""All operations that are implemented, by name."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.datazone import (
    asset_filters,
    assets,
    connections,
    custom_types,
    data_sources,
    domain_units,
    domains,
    environments,
    glossaries,
    graph_query,
    lineage_events,
    lineage_jobs,
    lineage_reading,
    listing_search,
    listings,
    memberships,
    people,
    profiles,
    projects,
    runs,
    search,
    subscription_grants,
    subscription_requests,
    subscription_targets,
    subscriptions,
    time_series,
    type_search,
)
from airflow_lineage_provider.local_aws.services.datazone.context import Operation

__all__ = ["OPERATIONS"]

OPERATIONS: dict[str, Operation] = {
    name: operation
    for module in (
        domains,
        domain_units,
        environments,
        profiles,
        projects,
        people,
        memberships,
        connections,
        lineage_jobs,
        data_sources,
        runs,
        assets,
        search,
        type_search,
        custom_types,
        glossaries,
        listings,
        listing_search,
        subscription_requests,
        subscriptions,
        subscription_targets,
        subscription_grants,
        asset_filters,
        time_series,
        lineage_events,
        lineage_reading,
        graph_query,
    )
    for name, operation in module.OPERATIONS.items()
}
