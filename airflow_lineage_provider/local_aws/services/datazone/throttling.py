"""
The rates AWS publishes, per API, account and Region: calls above them are throttled, if that is switched on.

Each API has a token bucket on the stack's clock: one second's worth of calls at once, then as many as the
rate lets through. APIs whose rate is not published are not throttled.

.. seealso:: Amazon DataZone user guide, *Quotas*
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ThrottlingError

__all__ = ["RATES", "Throttle", "TokenBucket"]

RATES: Final[dict[str, int]] = {
    **dict.fromkeys(
        (
            "PostLineageEvent",
            "StartDataSourceRun",
            "CreateDataSource",
            "UpdateDataSource",
            "DeleteDataSource",
            "ListDataSources",
            "CreateConnection",
            "UpdateConnection",
            "GetConnection",
            "ListConnections",
            "DeleteConnection",
            "CreateAsset",
            "CreateAssetRevision",
            "ListAssetRevisions",
            "DeleteAsset",
            "Search",
            "SearchTypes",
            "CreateListingChangeSet",
        ),
        20,
    ),
    "SearchListings": 16,
}
"""Transactions per second of each API that has a published rate."""


@dataclass(slots=True)
class TokenBucket:
    """
    Lets ``rate`` calls a second through, and as many at once.

    :param at: Time of the last call, in seconds.
    """

    rate: float
    tokens: float
    at: float

    def take(self, now: float) -> bool:
        """Tell whether a call at ``now`` (seconds) is let through."""
        self.tokens = min(self.rate, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Throttle:
    """The buckets of one account and Region."""

    def __init__(self) -> None:
        self._buckets: dict[str, TokenBucket] = {}

    def admit(self, operation: str) -> None:
        """
        Count a call, if rates hold.

        :raises ThrottlingError: If it comes too soon.
        """
        rate = RATES.get(operation)
        if rate is None or not RUNTIME.settings.api_rate_limits:
            return
        now = RUNTIME.now().timestamp()
        bucket = self._buckets.setdefault(operation, TokenBucket(rate, rate, now))
        if not bucket.take(now):
            raise ThrottlingError("Rate exceeded")
