"""All operations that are implemented, by name."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.datazone import (
    assets,
    connections,
    data_sources,
    domains,
    glossaries,
    graph_query,
    lineage_events,
    lineage_reading,
    listing_search,
    listings,
    profiles,
    projects,
    runs,
    search,
    type_search,
)
from airflow_lineage_provider.local_aws.services.datazone.context import Operation

__all__ = ["OPERATIONS"]

OPERATIONS: dict[str, Operation] = {
    name: operation
    for module in (
        domains,
        profiles,
        projects,
        connections,
        data_sources,
        runs,
        assets,
        search,
        type_search,
        glossaries,
        listings,
        listing_search,
        lineage_events,
        lineage_reading,
        graph_query,
    )
    for name, operation in module.OPERATIONS.items()
}
