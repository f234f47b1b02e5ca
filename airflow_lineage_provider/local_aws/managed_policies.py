"""
AWS's managed policies in moto's IAM: those that data platforms attach, at once and without the wait.

moto knows all of them and loads none unless it is told to, which takes seconds at every reset. Without them
``AttachRolePolicy`` of ``AWSGlueServiceRole`` fails, which every crawler's role needs. So the ones of the
services that matter here are loaded, read once in a process.
"""

from __future__ import annotations

import json
import re
from copy import copy
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

__all__ = ["load_managed_policies"]

_WANTED = re.compile(
    r"Athena|CloudFormation|CloudWatch|DataZone|DynamoDB|EventBridge|Glue|LakeFormation|^AWSLambda|Redshift"
    r"|AmazonS3|SageMakerStudio|SecretsManager|AmazonSQS|AmazonMWAA|^AdministratorAccess$|^IAM|^PowerUser|^ReadOnlyAccess$"
)


def load_managed_policies() -> None:
    """Have every IAM backend of moto begin with these policies; calling it again changes nothing."""
    IAMBackend._init_aws_policies = _policies  # type: ignore[assignment, method-assign]


def _policies(backend: IAMBackend) -> list[AWSManagedPolicy]:
    """Return policies of the backend's own; what a backend may change of them is copied."""
    own = [copy(policy) for policy in _made(backend.account_id, backend.region_name)]
    for policy in own:
        policy.tags, policy.versions = dict(policy.tags), [copy(version) for version in policy.versions]
    return own


@cache
def _made(account: str, region: str) -> tuple[AWSManagedPolicy, ...]:
    """Return the policies as moto makes them, which is too slow for every reset."""
    every: dict[str, Any] = json.loads(aws_managed_policies_data)
    return tuple(
        AWSManagedPolicy.from_data(name, account, region, described)
        for name, described in every.items()
        if _WANTED.search(name)
    )
