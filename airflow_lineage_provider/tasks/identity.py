"""What tells a task instance from all others, for idempotency tokens."""

from __future__ import annotations

import uuid
from typing import Any

__all__ = ["task_identity"]


def task_identity(ti: Any) -> list[Any]:
    """Return what tells this task instance from all others; outside a task, every call is one of its own."""
    if ti is None:
        return [uuid.uuid4().hex]
    return [ti.dag_id, ti.run_id, ti.task_id, ti.map_index]
