"""The order of lists whose ``sortBy`` is CREATED_AT or UPDATED_AT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from airflow_lineage_provider.local_aws.services.datazone.paging import Key
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.state import Request

__all__ = ["Stamped", "record_key", "record_order"]


class Stamped(Protocol):
    """A record that knows when it was made and changed."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def stamp(self) -> Stamp:
        """Return its stamp."""


def record_key(request: Request) -> Callable[[Stamped], Key]:
    """Return what a list is sorted by: when its records were made unless the request says otherwise."""
    by_change = request.get("sortBy") == "UPDATED_AT"

    def key(record: Stamped) -> Key:
        moment = record.stamp.updated_at if by_change else record.stamp.created_at
        return moment.isoformat(timespec="microseconds"), record.id

    return key


def record_order(request: Request) -> str:
    """Return the order of a list: newest first unless the request says otherwise."""
    return str(request.get("sortOrder", "DESCENDING"))
