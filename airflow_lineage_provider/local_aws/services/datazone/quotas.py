"""
The quotas AWS publishes for what a domain holds and does, if they are switched on (``enforce_quotas``).

.. seealso:: Amazon DataZone user guide, *Quotas*; SageMaker Unified Studio administrator guide, *Quotas and
    limits*
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.exceptions import QuotaExceededError
from airflow_lineage_provider.local_aws.services.datazone.state import DataSource, Domain

__all__ = [
    "ASSETS_PER_DOMAIN",
    "ASSET_TYPES_PER_DOMAIN",
    "require_room_for_asset",
    "require_room_for_asset_type",
    "require_room_for_run",
]

ASSETS_PER_DOMAIN: Final = 1_000_000
ASSET_TYPES_PER_DOMAIN: Final = 1000
_DAY = timedelta(days=1)


def require_room_for_run(domain: Domain, source: DataSource) -> None:
    """
    Raise if a data source has had all the runs it may have within 24 hours.

    :raises QuotaExceededError: If another run is one too many.
    """
    limit = RUNTIME.settings.data_source_runs_per_day
    if not RUNTIME.settings.enforce_quotas or len(source.run_ids) < limit:
        return
    if domain.runs[source.run_ids[-limit]].created_at > RUNTIME.now() - _DAY:
        raise QuotaExceededError(
            f"Data source {source.id} has had {limit} runs within 24 hours, the most allowed"
        )


def require_room_for_asset(domain: Domain) -> None:
    """
    Raise if a domain holds all the assets it may.

    :raises QuotaExceededError: If another asset is one too many.
    """
    _require(domain, len(domain.assets.by_id), ASSETS_PER_DOMAIN, "assets")


def require_room_for_asset_type(domain: Domain, count: int) -> None:
    """
    Raise if a domain has all the asset types it may.

    :param count: How many there are.
    :raises QuotaExceededError: If another one is one too many.
    """
    _require(domain, count, ASSET_TYPES_PER_DOMAIN, "asset types")


def _require(domain: Domain, count: int, limit: int, what: str) -> None:
    if RUNTIME.settings.enforce_quotas and count >= limit:
        raise QuotaExceededError(f"Domain {domain.id} has {count} {what}, the most allowed")
