"""
Example estates, made through the public AWS APIs as a user would make them.

The e-commerce estate is that of AWS's walkthrough of data lineage with Glue crawlers: click events in S3,
order transactions in DynamoDB, one crawler over both, and a SageMaker Catalog domain with a project.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

__all__ = ["SEEDS", "EcommerceEstate", "seed_ecommerce"]

_CLICK = {
    "session_id": "abc123",
    "user_id": "u789",
    "event_type": "product_view",
    "product_id": "prod456",
    "timestamp": "2025-06-04T09:23:12Z",
}
_ORDER = {
    "user_id": {"S": "u789"},
    "order_id": {"S": "ord001"},
    "product_id": {"S": "prod456"},
    "order_total": {"N": "79.99"},
    "order_timestamp": {"S": "2025-06-04T09:30:00Z"},
}
_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class EcommerceEstate:
    """The names of everything in the e-commerce estate."""

    account: str
    region: str
    bucket: str
    dynamodb_table: str
    crawler: str
    role_arn: str
    database: str
    domain: str
    project: str
    connection: str
    data_source: str


def seed_ecommerce(endpoint_url: str, region: str = "us-east-1") -> EcommerceEstate:
    """
    Make the e-commerce estate.

    :param endpoint_url: The local stack.
    :param region: Region of all resources.
    :return: The names of what was made.
    """
    make_client: Any = boto3.client

    def client(service: str) -> Any:
        return make_client(
            service,
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - the stack's fixed credentials
        )

    account = client("sts").get_caller_identity()["Account"]
    bucket = f"ecomm-analytics-{account}-{region}"
    _make_bucket(client("s3"), bucket, region)
    _make_orders(client("dynamodb"))
    role_arn = _make_role(client("iam"), bucket)
    catalog = _make_catalog(client("datazone"))
    client("glue").create_crawler(
        Name="GlueLineageCrawler",
        Role=role_arn,
        DatabaseName=catalog["database"],
        Targets={
            "S3Targets": [{"Path": f"s3://{bucket}/clickstream/"}],
            "DynamoDBTargets": [{"Path": "OrderTransactionTable"}],
        },
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
        RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVERYTHING"},
    )
    client("lakeformation").grant_permissions(
        Principal={"DataLakePrincipalIdentifier": role_arn},
        Resource={"Database": {"CatalogId": account, "Name": catalog["database"]}},
        Permissions=["CREATE_TABLE"],
    )
    return EcommerceEstate(
        account=account,
        region=region,
        bucket=bucket,
        dynamodb_table="OrderTransactionTable",
        crawler="GlueLineageCrawler",
        role_arn=role_arn,
        **catalog,
    )


def _make_bucket(s3: Any, bucket: str, region: str) -> None:
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **location)
    s3.put_object(Bucket=bucket, Key="clickstream/data.json", Body=json.dumps(_CLICK, separators=(",", ":")))


def _make_orders(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="OrderTransactionTable",
        KeySchema=[
            {"AttributeName": "user_id", "KeyType": "HASH"},
            {"AttributeName": "order_id", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "user_id", "AttributeType": "S"},
            {"AttributeName": "order_id", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="OrderTransactionTable", Item=_ORDER)


def _make_role(iam: Any, bucket: str) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    access = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            },
            {
                "Effect": "Allow",
                "Action": ["dynamodb:DescribeTable", "dynamodb:Scan"],
                "Resource": "arn:aws:dynamodb:*:*:table/OrderTransactionTable",
            },
        ],
    }
    role = iam.create_role(RoleName="glue-crawler-role", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(
        RoleName="glue-crawler-role", PolicyName="crawl-sources", PolicyDocument=json.dumps(access)
    )
    iam.attach_role_policy(
        RoleName="glue-crawler-role", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"
    )
    return str(role["Arn"])


def _make_catalog(datazone: Any) -> dict[str, str]:
    """Make a domain and a project, and find what the project brought with it."""
    domain = datazone.create_domain(
        name="ecommerce",
        domainExecutionRole="arn:aws:iam::123456789012:role/AmazonSageMakerDomainExecution",
        domainVersion="V2",
        serviceRole="arn:aws:iam::123456789012:role/AmazonSageMakerDomainService",
    )["id"]
    project = datazone.create_project(domainIdentifier=domain, name="ecommerce-analytics")["id"]
    source = _ready_data_source(datazone, domain, project)
    run = source["configuration"]["glueRunConfiguration"]
    return {
        "domain": str(domain),
        "project": str(project),
        "connection": str(source["connectionId"]),
        "data_source": str(source["id"]),
        "database": str(run["relationalFilterConfigurations"][0]["databaseName"]),
    }


def _ready_data_source(datazone: Any, domain: str, project: str) -> Any:
    """Wait until the project's own Glue data source is READY."""
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        listed = datazone.list_data_sources(domainIdentifier=domain, projectIdentifier=project, type="GLUE")
        for item in listed["items"]:
            source = datazone.get_data_source(domainIdentifier=domain, identifier=item["dataSourceId"])
            if source["status"] == "READY":
                return source
        if time.monotonic() > deadline:
            raise TimeoutError(f"Project {project} of domain {domain} has no READY Glue data source.")
        time.sleep(0.05)


SEEDS: dict[str, Callable[[str], EcommerceEstate]] = {"ecommerce": seed_ecommerce}
