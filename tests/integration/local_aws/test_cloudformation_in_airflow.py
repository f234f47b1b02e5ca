"""The Amazon provider's own CloudFormation operators and sensors work against the local stack."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.cloud_formation import CloudFormationHook
from airflow.providers.amazon.aws.operators.cloud_formation import (
    CloudFormationCreateStackOperator,
    CloudFormationDeleteStackOperator,
)
from airflow.providers.amazon.aws.sensors.cloud_formation import (
    CloudFormationCreateStackSensor,
    CloudFormationDeleteStackSensor,
)

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from tests.integration.dag_running import DagOutcome, aws_connection, run_dag

CREATED: Any = CloudFormationCreateStackSensor  # their constructors have no types
HOOK: Any = CloudFormationHook

pytestmark = pytest.mark.usefixtures("airflow_database")

TEMPLATE = {
    "Parameters": {"DatabaseName": {"Type": "String"}},
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "raw-events"}},
        "Database": {
            "Type": "AWS::Glue::Database",
            "Properties": {
                "CatalogId": {"Ref": "AWS::AccountId"},
                "DatabaseInput": {"Name": {"Ref": "DatabaseName"}},
            },
        },
        "Crawler": {
            "Type": "AWS::Glue::Crawler",
            "Properties": {
                "Name": "events",
                "Role": "arn:aws:iam::123456789012:role/crawls",
                "DatabaseName": {"Ref": "Database"},
                "Targets": {"S3Targets": [{"Path": {"Fn::Sub": "s3://${Bucket}/clickstream/"}}]},
            },
        },
    },
}


@pytest.fixture(autouse=True)
def _connection(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))


def parameters(**overrides: Any) -> dict[str, Any]:
    return {
        "TemplateBody": json.dumps(TEMPLATE),
        "Parameters": [{"ParameterKey": "DatabaseName", "ParameterValue": "events"}],
        **overrides,
    }


def run_life_of_a_stack() -> DagOutcome:
    """Create the stack, crawl with its crawler, and delete it, in one DAG."""

    def build() -> None:
        create = CloudFormationCreateStackOperator(
            task_id="create", stack_name="events", cloudformation_parameters=parameters()
        )
        created = CREATED(task_id="created", stack_name="events", poke_interval=0.2, timeout=60)
        crawl = GlueCrawlOperator(task_id="crawl", crawler_name="events", waiter_delay=0.1, timeout=60)
        delete = CloudFormationDeleteStackOperator(task_id="delete", stack_name="events")
        deleted = CloudFormationDeleteStackSensor(
            task_id="deleted", stack_name="events", poke_interval=0.2, timeout=60
        )
        create >> created >> crawl >> delete >> deleted

    return run_dag(build)


def test_a_dag_makes_uses_and_deletes_a_stack(local_aws: LocalAws) -> None:
    outcome = run_life_of_a_stack()

    assert outcome.state == "success"
    assert set(outcome.states) == {"create", "created", "crawl", "delete", "deleted"}
    assert outcome.values["crawl"]["database"] == "events"
    (gone,) = local_aws.client("cloudformation").list_stacks()["StackSummaries"]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert local_aws.client("glue").list_crawlers()["CrawlerNames"] == []


def test_a_sensor_says_that_a_stack_was_rolled_back(local_aws: LocalAws) -> None:
    local_aws.fault(service="glue", operation="CreateCrawler", error_code="InvalidInputException")

    def build() -> None:
        create = CloudFormationCreateStackOperator(
            task_id="create", stack_name="events", cloudformation_parameters=parameters()
        )
        created = CREATED(task_id="created", stack_name="events", poke_interval=0.2)
        create >> created

    outcome = run_dag(build)

    assert outcome.states == {"create": "success", "created": "failed"}
    assert "bad state: ROLLBACK_COMPLETE" in str(outcome.errors["created"][0])


def test_the_hook_tells_the_status_while_a_stack_is_made(local_aws: LocalAws) -> None:
    local_aws.settings(stack_seconds=60)
    hook: Any = HOOK(aws_conn_id="aws_default")

    nothing = hook.get_stack_status("events")
    hook.create_stack("events", parameters())
    during = hook.get_stack_status("events")
    local_aws.advance(61)

    assert (nothing, during, hook.get_stack_status("events")) == (
        None,
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    )
