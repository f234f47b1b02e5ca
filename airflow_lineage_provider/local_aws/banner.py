"""What a person reads when the stack has started: where it is, what it is, and how to use it."""

from __future__ import annotations

import json

__all__ = ["banner"]

_SIMULATED = (
    ("Glue", "crawlers that really crawl, the Data Catalog, connections, classifiers, schedules, events"),
    ("DataZone", "domains, projects, data sources, assets, listings, subscriptions, lineage"),
    ("CloudFormation", "Glue, DataZone and Lake Formation resources, custom resources"),
    ("Lake Formation, IAM", "kept; evaluated with --enforce"),
    ("S3, DynamoDB, SQS, EventBridge, Logs …", "by moto, in memory: a restart is a new account"),
)


def banner(endpoint_url: str, *, account: str, enforce: bool, allow_lambda: bool, seeded: bool) -> str:
    """
    Return the text for a terminal.

    :param endpoint_url: Where the stack serves.
    :param enforce: Whether rights are evaluated.
    :param allow_lambda: Whether Lambda functions run.
    :param seeded: Whether an example estate was made.
    """
    width = max(len(name) for name, _ in _SIMULATED)
    simulated = "\n".join(f"    {name:<{width}}  {what}" for name, what in _SIMULATED)
    switches = [
        f"rights are {'enforced' if enforce else 'not enforced (--enforce)'}",
        f"Lambda functions {'run on this machine' if allow_lambda else 'do not run (--allow-lambda)'}",
        f"{'an example estate is there' if seeded else 'the account is empty (--seed ecommerce)'}",
    ]
    connection = {
        "conn_type": "aws",
        "login": "testing",
        "password": "testing",
        "extra": {"region_name": "us-east-1", "endpoint_url": endpoint_url},
    }
    return f"""
Local AWS at {endpoint_url}, account {account}: nothing leaves this machine.
{simulated}
    {"; ".join(switches)}.

Any AWS client:
    export AWS_ENDPOINT_URL={endpoint_url} AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing \\
        AWS_DEFAULT_REGION=us-east-1
Airflow, as the connection aws_default:
    export AIRFLOW_CONN_AWS_DEFAULT='{json.dumps(connection)}'
Steer it (durations, faults, clock, calls): {endpoint_url}/_local/
Stop it: Ctrl-C
"""
