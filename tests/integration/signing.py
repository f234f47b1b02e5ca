"""Sign as somebody who may do little, to see what a task needs."""

from __future__ import annotations

import json

import pytest

from airflow_lineage_provider.local_aws import LocalAws


def become_user(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch, actions: set[str]) -> None:
    """Let this process sign as a user who may do these actions only."""
    iam = local_aws.client("iam")
    iam.create_user(UserName="ana")
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    local_aws.settings(enforce=True)
