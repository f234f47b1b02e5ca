"""Put our services into moto, once per process, and empty everything again."""

from __future__ import annotations

import threading

from airflow_lineage_provider.local_aws.faults import CALLS, FAULTS
from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["install", "kill_functions", "reset"]

_LOCK = threading.Lock()


def install() -> None:
    """Register our services with moto; calling it again changes nothing."""
    from airflow_lineage_provider.local_aws.managed_policies import load_managed_policies
    from airflow_lineage_provider.local_aws.moto_lake_formation import mend_permissions
    from airflow_lineage_provider.local_aws.moto_time import follow_clock
    from airflow_lineage_provider.local_aws.services import awslambda, cloudformation, datazone, glue

    with _LOCK:
        follow_clock()
        mend_permissions()
        load_managed_policies()
        glue.install()
        datazone.install()
        awslambda.install()
        cloudformation.install()


def reset() -> None:
    """Forget every resource, call, fault and setting, and end all running work."""
    from moto.moto_api._internal.models import moto_api_backend

    with _LOCK:
        RUNTIME.reset()
        moto_api_backend.reset()
        FAULTS.clear()
        CALLS.clear()


def kill_functions() -> None:
    """End the Lambda functions that run."""
    from airflow_lineage_provider.local_aws.services.awslambda.functions import RUNNER

    RUNNER.kill_all()
