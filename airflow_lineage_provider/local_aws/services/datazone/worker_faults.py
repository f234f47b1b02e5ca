"""
Faults in what the service does on its own, after a call has been answered.

A fault of the service ``datazone-worker`` hits one of these steps:

=======================  ============================================================================
``ProcessLineageEvent``  the event ends FAILED; ``message`` is the reason a run's activity shows
``ImportTable``          the table's activity is FAILED; with AccessDeniedException SKIPPED_NO_ACCESS, with
                         AssetArchived SKIPPED_ARCHIVED (there is no operation that archives an asset)
``PublishAsset``         the table's activity is PUBLISHING_FAILED
``CreateDataSource``     the data source ends in FAILED_CREATION
``UpdateDataSource``     the data source ends in FAILED_UPDATE
``DeleteDataSource``     the data source stays, in FAILED_DELETION
``GrantSubscription``    the grant ends in GRANT_FAILED; ``message`` is its failure cause
``RevokeSubscription``   the grant ends in REVOKE_FAILED
=======================  ============================================================================
"""

from __future__ import annotations

import re
from typing import Literal

from airflow_lineage_provider.local_aws.faults import FAULTS, Fault

__all__ = ["WORKER", "Step", "fault_in", "run_error"]

WORKER = "datazone-worker"
Step = Literal[
    "ProcessLineageEvent",
    "ImportTable",
    "PublishAsset",
    "CreateDataSource",
    "UpdateDataSource",
    "DeleteDataSource",
    "GrantSubscription",
    "RevokeSubscription",
]

_ERROR_TYPES = frozenset(
    {
        "ACCESS_DENIED_EXCEPTION",
        "CONFLICT_EXCEPTION",
        "INTERNAL_SERVER_EXCEPTION",
        "RESOURCE_NOT_FOUND_EXCEPTION",
        "SERVICE_QUOTA_EXCEEDED_EXCEPTION",
        "THROTTLING_EXCEPTION",
        "VALIDATION_EXCEPTION",
    }
)


def fault_in(step: Step) -> Fault | None:
    """Return the fault that hits this step, and count it down."""
    fault = FAULTS.take(WORKER, step)
    return fault if fault is not None and fault.error_code is not None else None


def run_error(fault: Fault) -> dict[str, str]:
    """Return a fault as the ``errorMessage`` of a run's activity."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", fault.error_code or "").upper()
    return {
        "errorType": kind if kind in _ERROR_TYPES else "INTERNAL_SERVER_EXCEPTION",
        "errorDetail": fault.message or f"{fault.error_code} set for {WORKER}:{fault.operation}.",
    }
