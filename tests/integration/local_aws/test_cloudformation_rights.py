"""Where rights are enforced, a stack can do what its caller, its role and its functions' roles may do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws

TEMPLATE = {
    "Resources": {
        "Database": {
            "Type": "AWS::Glue::Database",
            "Properties": {"CatalogId": "123456789012", "DatabaseInput": {"Name": "events"}},
        }
    }
}
MAKE_STACKS = {
    "Effect": "Allow",
    "Action": ["cloudformation:*", "iam:PassRole", "sts:AssumeRole"],
    "Resource": "*",
}
MAKE_DATABASES = {"Effect": "Allow", "Action": "glue:*", "Resource": "*"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudformation.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def cloudformation(local_aws: LocalAws) -> Any:
    """Return a client of a user who may make stacks and nothing else."""
    iam = local_aws.client("iam")
    iam.create_user(UserName="deployer")
    iam.put_user_policy(UserName="deployer", PolicyName="stacks", PolicyDocument=_policy(MAKE_STACKS))
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    local_aws.settings(enforce=True)
    return local_aws.client(
        "cloudformation",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def deploy(cloudformation: Any, **request: Any) -> tuple[str, list[str]]:
    """Create the stack and return its status and the reasons in its events."""
    made = cloudformation.create_stack(StackName="events", TemplateBody=json.dumps(TEMPLATE), **request)
    (stack,) = cloudformation.describe_stacks(StackName=made["StackId"])["Stacks"]
    events = cloudformation.describe_stack_events(StackName=made["StackId"])["StackEvents"]
    return stack["StackStatus"], [event.get("ResourceStatusReason", "") for event in events]


def test_a_stack_cannot_do_what_its_caller_may_not(cloudformation: Any) -> None:
    status, reasons = deploy(cloudformation)

    assert status == "ROLLBACK_COMPLETE"
    assert any(
        "User: arn:aws:iam::123456789012:user/deployer is not authorized to perform: glue:CreateDatabase"
        in reason
        for reason in reasons
    )


def test_a_stack_can_do_what_its_role_may(local_aws: LocalAws, cloudformation: Any) -> None:
    iam = local_aws.client("iam")
    role = iam.create_role(RoleName="makes", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    iam.put_role_policy(RoleName="makes", PolicyName="databases", PolicyDocument=_policy(MAKE_DATABASES))

    status, _ = deploy(cloudformation, RoleARN=role["Arn"])

    assert status == "CREATE_COMPLETE"
    names = [each["Name"] for each in local_aws.client("glue").get_databases()["DatabaseList"]]
    assert names == ["events"]


def test_a_function_cannot_do_what_its_role_may_not(local_aws: LocalAws) -> None:
    statement = MAKE_STACKS | {"Action": "logs:*"}
    source = (
        "import boto3, cfnresponse\n"
        "def handler(event, context):\n"
        "    status, reason = cfnresponse.SUCCESS, None\n"
        "    try:\n"
        "        boto3.client('glue').create_database(DatabaseInput={'Name': 'events'})\n"
        "    except Exception as error:\n"
        "        status, reason = cfnresponse.FAILED, str(error)\n"
        "    cfnresponse.send(event, context, status, {}, 'thing', reason=reason)\n"
    )
    trust = json.loads(json.dumps(TRUST).replace("cloudformation", "lambda"))
    template = {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": trust,
                    "Policies": [{"PolicyName": "logs", "PolicyDocument": json.loads(_policy(statement))}],
                },
            },
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python3.12",
                    "Handler": "index.handler",
                    "Timeout": 60,
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Code": {"ZipFile": source},
                },
            },
            "Thing": {
                "Type": "Custom::Thing",
                "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}},
            },
        }
    }
    with LocalAws(allow_lambda=True) as aws:
        aws.settings(enforce=True)
        cloudformation = aws.client("cloudformation")

        cloudformation.create_stack(
            StackName="events",
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_IAM"],
            OnFailure="DO_NOTHING",
        )

        events = cloudformation.describe_stack_events(StackName="events")["StackEvents"]
        (failure,) = [event for event in events if event["LogicalResourceId"] == "Thing"][:1]
        assert "is not authorized to perform: glue:CreateDatabase" in failure["ResourceStatusReason"]
