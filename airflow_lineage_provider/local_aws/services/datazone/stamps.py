"""Who made a record, who changed it last, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["Stamp"]


@dataclass(slots=True)
class Stamp:
    """
    The making and the last change of a record.

    ``updated_by`` is ``None`` until somebody changes it.
    """

    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str | None = None

    @classmethod
    def of(cls, principal: str) -> Stamp:
        """Return the stamp of what ``principal`` makes now."""
        now = RUNTIME.now()
        return cls(now, principal, now)

    def touch(self, principal: str) -> None:
        """Note that ``principal`` changes it now."""
        self.updated_at, self.updated_by = RUNTIME.now(), principal

    def members(self) -> dict[str, Any]:
        """Return the members of an answer."""
        return {
            "createdAt": self.created_at,
            "createdBy": self.created_by,
            "updatedAt": self.updated_at,
            "updatedBy": self.updated_by,
        }
