"""Templates and what the tests of stacks ask again and again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["BUCKET", "crawler_template", "deploy", "events_of", "make_template", "statuses_of", "update"]

BUCKET: dict[str, Any] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "raw-events"}}


def make_template(resources: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    """Return a template with these resources; other sections by their names."""
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": dict(resources), **sections}


def crawler_template(**properties: Any) -> dict[str, Any]:
    """Return a template with a database and a crawler of a bucket; properties are the crawler's."""
    crawler = {
        "Name": "events",
        "Role": "arn:aws:iam::123456789012:role/crawls",
        "DatabaseName": {"Ref": "Database"},
        "Targets": {"S3Targets": [{"Path": {"Fn::Sub": "s3://${Bucket}/clickstream/"}}]},
    }
    return make_template(
        {
            "Bucket": BUCKET,
            "Database": {
                "Type": "AWS::Glue::Database",
                "Properties": {
                    "CatalogId": {"Ref": "AWS::AccountId"},
                    "DatabaseInput": {"Name": "Events"},
                },
            },
            "Crawler": {"Type": "AWS::Glue::Crawler", "Properties": {**crawler, **properties}},
        },
        Outputs={"Crawler": {"Value": {"Ref": "Crawler"}}, "Database": {"Value": {"Ref": "Database"}}},
    )


def deploy(cloudformation: Any, template: Mapping[str, Any], name: str = "events", **request: Any) -> Any:
    """Create a stack and return it as DescribeStacks shows it."""
    made = cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template), **request)
    return cloudformation.describe_stacks(StackName=made["StackId"])["Stacks"][0]


def update(cloudformation: Any, template: Mapping[str, Any], name: str = "events", **request: Any) -> Any:
    """Update a stack and return it as DescribeStacks shows it."""
    cloudformation.update_stack(StackName=name, TemplateBody=json.dumps(template), **request)
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]


def events_of(cloudformation: Any, name: str = "events") -> list[dict[str, Any]]:
    """Return the events of a stack, the oldest first."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]][::-1]


def statuses_of(cloudformation: Any, logical_id: str, name: str = "events") -> list[str]:
    """Return the statuses a resource, or the stack itself, has been in."""
    return [
        event["ResourceStatus"]
        for event in events_of(cloudformation, name)
        if event["LogicalResourceId"] == logical_id
    ]
