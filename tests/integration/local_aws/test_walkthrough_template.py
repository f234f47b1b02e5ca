"""The template of AWS's walkthrough is deployed, used, changed and deleted, by boto3 and by the AWS CLI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws

TEMPLATE = Path(__file__).parents[2] / "data" / "cloudformation" / "glue_crawler_lineage_setup_cfn.yaml"
DATABASE = "ecommerce"
BUCKET = "ecomm-analytics-123456789012-us-east-1"
PARAMETERS = [{"ParameterKey": "GlueDatabaseName", "ParameterValue": DATABASE}]


@pytest.fixture
def aws() -> Iterator[LocalAws]:
    with LocalAws(allow_lambda=True) as stack:
        stack.settings(crawl_seconds=0, stopping_seconds=0)
        stack.client("glue").create_database(DatabaseInput={"Name": DATABASE})
        yield stack


def deploy(aws: LocalAws, body: str) -> dict[str, str]:
    """Deploy the template and return its outputs."""
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName="lineage",
        TemplateBody=body,
        Parameters=PARAMETERS,
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    wait(aws, "stack_create_complete")
    return outputs_of(aws)


def wait(aws: LocalAws, state: str) -> None:
    aws.client("cloudformation").get_waiter(state).wait(
        StackName="lineage", WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )


def outputs_of(aws: LocalAws) -> dict[str, str]:
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="lineage")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def crawl(aws: LocalAws) -> dict[str, list[str]]:
    """Run the crawler and return the columns of every table it made."""
    glue = aws.client("glue")
    glue.start_crawler(Name="GlueLineageCrawler")
    while glue.get_crawler(Name="GlueLineageCrawler")["Crawler"]["State"] != "READY":
        aws.advance(1)
    assert glue.get_crawler(Name="GlueLineageCrawler")["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"
    tables = glue.get_tables(DatabaseName=DATABASE)["TableList"]
    return {
        table["Name"]: [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
        for table in tables
    }


def empty(aws: LocalAws, bucket: str) -> None:
    s3 = aws.client("s3")
    for version in s3.list_object_versions(Bucket=bucket).get("Versions", ()):
        s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


def delete(aws: LocalAws) -> list[str]:
    """Delete the stack as the walkthrough does, and return the statuses it went through."""
    cloudformation = aws.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName="lineage")["Stacks"]
    statuses = []
    cloudformation.delete_stack(StackName="lineage")
    statuses.append(_status(cloudformation, stack["StackId"]))
    empty(aws, BUCKET)
    cloudformation.delete_stack(StackName="lineage")
    wait(aws, "stack_delete_complete")
    statuses.append(_status(cloudformation, stack["StackId"]))
    return statuses


def _status(cloudformation: Any, stack_id: str) -> str:
    (stack,) = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    return str(stack["StackStatus"])


class TestBoto3:
    """As a program does it."""

    def test_deploys_crawls_changes_and_deletes_twice(self, aws: LocalAws) -> None:
        body = TEMPLATE.read_text()
        for _ in range(2):
            outputs = deploy(aws, body)
            tables = crawl(aws)
            changed = body.replace("DeleteBehavior: LOG", "DeleteBehavior: DELETE_FROM_DATABASE")
            aws.client("cloudformation").update_stack(
                StackName="lineage",
                TemplateBody=changed,
                Parameters=[{"ParameterKey": "GlueDatabaseName", "UsePreviousValue": True}],
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )
            wait(aws, "stack_update_complete")
            crawler = aws.client("glue").get_crawler(Name="GlueLineageCrawler")["Crawler"]
            statuses = delete(aws)

            assert outputs == {
                "S3Bucket": BUCKET,
                "DynamoDBTable": "OrderTransactionTable",
                "GlueCrawler": "GlueLineageCrawler",
                "GlueCrawlerRole": "arn:aws:iam::123456789012:role/glue-crawler-role",
            }
            assert tables == {
                "clickstream": ["session_id", "user_id", "event_type", "product_id", "timestamp"],
                "ordertransactiontable": [
                    "user_id",
                    "order_id",
                    "order_timestamp",
                    "order_total",
                    "product_id",
                ],
            }
            assert crawler["SchemaChangePolicy"]["DeleteBehavior"] == "DELETE_FROM_DATABASE"
            assert statuses == ["DELETE_FAILED", "DELETE_COMPLETE"]
            assert aws.client("s3").list_buckets()["Buckets"] == []
            assert aws.client("dynamodb").list_tables()["TableNames"] == []
            assert aws.client("iam").list_roles()["Roles"] == []

    def test_works_with_the_rights_of_its_roles_alone(self, aws: LocalAws) -> None:
        aws.settings(enforce=True)
        deploy(aws, TEMPLATE.read_text())
        aws.client("lakeformation").grant_permissions(
            Principal={"DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/glue-crawler-role"},
            Resource={"Database": {"Name": DATABASE}},
            Permissions=["CREATE_TABLE", "ALTER", "DESCRIBE"],
        )

        assert set(crawl(aws)) == {"clickstream", "ordertransactiontable"}


@pytest.mark.airflow3
class TestAwsCli:
    """As a person does it: ``aws cloudformation deploy`` makes change sets."""

    def run(self, aws: LocalAws, *arguments: str) -> str:
        command = [str(Path(sys.executable).with_name("aws")), "cloudformation", *arguments]
        environment = {**os.environ, **aws.environment, "AWS_PAGER": ""}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=240, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def deploy(self, aws: LocalAws, template: Path) -> str:
        return self.run(
            aws,
            "deploy",
            *("--template-file", str(template), "--stack-name", "lineage"),
            *("--parameter-overrides", f"GlueDatabaseName={DATABASE}"),
            *("--capabilities", "CAPABILITY_NAMED_IAM", "--tags", "team=clicks"),
            "--no-fail-on-empty-changeset",
        )

    def test_deploys_again_and_again_and_deletes(self, aws: LocalAws, tmp_path: Path) -> None:
        changed = tmp_path / "changed.yaml"
        changed.write_text(
            TEMPLATE.read_text().replace("DeleteBehavior: LOG", "DeleteBehavior: DEPRECATE_IN_DATABASE")
        )

        first = self.deploy(aws, TEMPLATE)
        tables = crawl(aws)
        second = self.deploy(aws, TEMPLATE)
        third = self.deploy(aws, changed)
        crawler = aws.client("glue").get_crawler(Name="GlueLineageCrawler")["Crawler"]
        empty(aws, BUCKET)
        self.run(aws, "delete-stack", "--stack-name", "lineage")
        self.run(aws, "wait", "stack-delete-complete", "--stack-name", "lineage")

        assert "Successfully created/updated stack - lineage" in first
        assert set(tables) == {"clickstream", "ordertransactiontable"}
        assert "No changes to deploy. Stack lineage is up to date" in second
        assert "Successfully created/updated stack - lineage" in third
        assert crawler["SchemaChangePolicy"]["DeleteBehavior"] == "DEPRECATE_IN_DATABASE"
        assert json.loads(self.run(aws, "describe-stacks", "--output", "json"))["Stacks"] == []
