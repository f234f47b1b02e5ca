"""
The one place of moto that has to be changed from outside: how a function is run.

``LambdaFunction._invoke_lambda`` starts a Docker container. Queues, streams, topics and log subscriptions
reach a function through ``LambdaFunction.invoke``, which calls it; moto makes the objects itself, so a
subclass would never be used.
"""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.models import LambdaFunction

from airflow_lineage_provider.local_aws.services.awslambda.functions import run_function

__all__ = ["run_without_docker"]


def run_without_docker() -> None:
    """Make moto's functions run as ours; calling it again changes nothing."""
    LambdaFunction._invoke_lambda = _invoke_lambda  # type: ignore[method-assign]


def _invoke_lambda(self: LambdaFunction, event: Any = None) -> tuple[str, bool, str]:
    """Return payload, whether it is an error, and the log, as moto's own method does."""
    run = run_function(self, json.dumps({} if event is None else event))
    return run.outcome.payload, run.outcome.failed, run.log
