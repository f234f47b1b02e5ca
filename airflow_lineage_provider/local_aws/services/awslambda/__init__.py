"""
AWS Lambda without Docker: functions in Python run in processes of their own, where that is allowed.

The package is not called ``lambda``, as botocore has it, because that is a keyword. What is stored about
functions is moto's; memory limits and concurrency are not enforced.
"""

from __future__ import annotations

__all__ = ["install"]


def install() -> None:
    """
    Put this package's backend in the place of moto's Lambda.

    Accounts made before are forgotten; calling it again changes nothing.
    """
    from moto.awslambda.models import lambda_backends

    from airflow_lineage_provider.local_aws.services.awslambda.models import FunctionBackend
    from airflow_lineage_provider.local_aws.services.awslambda.patches import run_without_docker

    run_without_docker()
    if lambda_backends.backend is not FunctionBackend:
        lambda_backends.backend = FunctionBackend
        lambda_backends.clear()
