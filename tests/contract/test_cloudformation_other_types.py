"""Functions, buckets, roles and tables in stacks, and what moto's models make."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.cloudformation_stacks import BUCKET, deploy, events_of, make_template, update

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
IAM: dict[str, Any] = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}


@pytest.fixture
def cloudformation(local_aws: LocalAws) -> Any:
    return local_aws.client("cloudformation")


def outputs_of(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


class TestFunctions:
    """``AWS::Lambda::Function``."""

    def template(self, code: str, **properties: Any) -> dict[str, Any]:
        function = {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": code},
        }
        return make_template(
            {
                "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
                "Function": {"Type": "AWS::Lambda::Function", "Properties": {**function, **properties}},
            },
            Outputs={
                "Arn": {"Value": {"Fn::GetAtt": ["Function", "Arn"]}},
                "Name": {"Value": {"Ref": "Function"}},
            },
        )

    def test_are_changed_with_code_and_settings(self, cloudformation: Any) -> None:
        with LocalAws(allow_lambda=True) as aws:
            cloudformation = aws.client("cloudformation")
            answer = "import os\ndef handler(event, context):\n    return {!r} + os.environ.get('COLOUR', '')"
            stack = deploy(cloudformation, self.template(answer.format("old "), Timeout=30), **IAM)
            name = outputs_of(stack)["Name"]

            update(
                cloudformation,
                self.template(answer.format("new "), Environment={"Variables": {"COLOUR": "blue"}}),
                Tags=[{"Key": "team", "Value": "clicks"}],
                **IAM,
            )

            client = aws.client("lambda")
            settings = client.get_function_configuration(FunctionName=name)
            assert json.load(client.invoke(FunctionName=name)["Payload"]) == "new blue"
            assert settings["Timeout"] == 3
            assert outputs_of(stack)["Arn"] == settings["FunctionArn"]
            assert client.list_tags(Resource=settings["FunctionArn"])["Tags"] == {"team": "clicks"}


class TestBuckets:
    """``AWS::S3::Bucket`` and its policy."""

    def template(self, **properties: Any) -> dict[str, Any]:
        return make_template(
            {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "raw-events", **properties}}},
            Outputs={"Arn": {"Value": {"Fn::GetAtt": ["Bucket", "Arn"]}}},
        )

    def test_are_set_up_and_changed(self, local_aws: LocalAws, cloudformation: Any) -> None:
        s3 = local_aws.client("s3")
        deploy(
            cloudformation,
            self.template(
                VersioningConfiguration={"Status": "Enabled"},
                PublicAccessBlockConfiguration={"BlockPublicAcls": "true", "BlockPublicPolicy": True},
                BucketEncryption={
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                    ]
                },
                Tags=[{"Key": "team", "Value": "clicks"}],
            ),
        )
        block = s3.get_public_access_block(Bucket="raw-events")["PublicAccessBlockConfiguration"]
        encryption = s3.get_bucket_encryption(Bucket="raw-events")["ServerSideEncryptionConfiguration"]

        update(cloudformation, self.template(Tags=[{"Key": "team", "Value": "orders"}]))

        assert block["BlockPublicAcls"] is True
        assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert s3.get_bucket_versioning(Bucket="raw-events")["Status"] == "Suspended"
        assert s3.get_bucket_tagging(Bucket="raw-events")["TagSet"] == [{"Key": "team", "Value": "orders"}]

    def test_tell_a_queue_of_new_objects(self, local_aws: LocalAws, cloudformation: Any) -> None:
        template = self.template(
            NotificationConfiguration={
                "QueueConfigurations": [
                    {
                        "Event": "s3:ObjectCreated:*",
                        "Queue": {"Fn::GetAtt": ["Queue", "Arn"]},
                        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "clickstream/"}]}},
                    }
                ]
            }
        )
        template["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "new"}}
        template["Outputs"]["Queue"] = {"Value": {"Ref": "Queue"}}
        queue = outputs_of(deploy(cloudformation, template))["Queue"]
        s3, sqs = local_aws.client("s3"), local_aws.client("sqs")

        s3.put_object(Bucket="raw-events", Key="elsewhere/data.json", Body=b"{}")
        s3.put_object(Bucket="raw-events", Key="clickstream/data.json", Body=b"{}")

        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        keys = [
            unquote(record["s3"]["object"]["key"])
            for message in messages
            for record in json.loads(message["Body"]).get("Records", ())
        ]
        assert keys == ["clickstream/data.json"]

    def test_have_policies(self, local_aws: LocalAws, cloudformation: Any) -> None:
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}],
        }
        template = self.template()
        template["Resources"]["Policy"] = {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": policy},
        }

        deploy(cloudformation, template)

        held = local_aws.client("s3").get_bucket_policy(Bucket="raw-events")["Policy"]
        assert json.loads(held) == policy

    def test_of_somebody_else_are_not_taken_over(self, local_aws: LocalAws, cloudformation: Any) -> None:
        local_aws.client("s3").create_bucket(Bucket="raw-events")

        stack = deploy(cloudformation, self.template())

        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert len(local_aws.client("s3").list_buckets()["Buckets"]) == 1


class TestRoles:
    """``AWS::IAM::Role`` and ``::ManagedPolicy``."""

    def template(self, *actions: str, managed: str = "AWSGlueServiceRole") -> dict[str, Any]:
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}],
        }
        return make_template(
            {
                "Role": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {
                        "RoleName": "crawls",
                        "AssumeRolePolicyDocument": TRUST,
                        "ManagedPolicyArns": [f"arn:aws:iam::aws:policy/service-role/{managed}"],
                        "Policies": [{"PolicyName": actions[0].split(":")[0], "PolicyDocument": document}],
                    },
                },
                "Policy": {
                    "Type": "AWS::IAM::ManagedPolicy",
                    "Properties": {
                        "ManagedPolicyName": "reads",
                        "PolicyDocument": document,
                        "Roles": [{"Ref": "Role"}],
                    },
                },
            },
            Outputs={
                "Arn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}},
                "Policy": {"Value": {"Ref": "Policy"}},
            },
        )

    def test_hold_what_the_template_says(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, self.template("s3:GetObject"), **IAM)
        iam = local_aws.client("iam")

        update(cloudformation, self.template("dynamodb:Scan", managed="AWSLambdaBasicExecutionRole"), **IAM)

        attached = iam.list_attached_role_policies(RoleName="crawls")["AttachedPolicies"]
        policy = iam.get_role_policy(RoleName="crawls", PolicyName="dynamodb")["PolicyDocument"]
        assert outputs_of(stack)["Arn"] == "arn:aws:iam::123456789012:role/crawls"
        assert {each["PolicyName"] for each in attached} == {"AWSLambdaBasicExecutionRole", "reads"}
        assert iam.list_role_policies(RoleName="crawls")["PolicyNames"] == ["dynamodb"]
        assert policy["Statement"][0]["Action"] == ["dynamodb:Scan"]

    def test_are_deleted_with_everything_they_hold(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, self.template("s3:GetObject"), **IAM)

        cloudformation.delete_stack(StackName="events")

        (gone,) = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]
        assert gone["StackStatus"] == "DELETE_COMPLETE"
        assert local_aws.client("iam").list_roles()["Roles"] == []
        assert local_aws.client("iam").list_policies(Scope="Local")["Policies"] == []


class TestTables:
    """``AWS::DynamoDB::Table``."""

    def template(self, **properties: Any) -> dict[str, Any]:
        table = {
            "TableName": "Orders",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "day", "AttributeType": "S"},
            ],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [self.index("by-day")],
        }
        return make_template(
            {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {**table, **properties}}},
            Outputs={"Arn": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}}},
        )

    def index(self, name: str) -> dict[str, Any]:
        return {
            "IndexName": name,
            "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }

    def test_keep_their_items_when_they_change(self, local_aws: LocalAws, cloudformation: Any) -> None:
        dynamodb = local_aws.client("dynamodb")
        deploy(cloudformation, self.template())
        dynamodb.put_item(TableName="Orders", Item={"id": {"S": "1"}, "day": {"S": "mon"}})

        stack = update(
            cloudformation,
            self.template(
                GlobalSecondaryIndexes=[self.index("per-day")],
                StreamSpecification={"StreamViewType": "NEW_IMAGE"},
                TimeToLiveSpecification={"AttributeName": "expires", "Enabled": "true"},
                Tags=[{"Key": "team", "Value": "orders"}],
            ),
        )

        table = dynamodb.describe_table(TableName="Orders")["Table"]
        ttl = dynamodb.describe_time_to_live(TableName="Orders")["TimeToLiveDescription"]
        tags = dynamodb.list_tags_of_resource(ResourceArn=outputs_of(stack)["Arn"])["Tags"]
        assert stack["StackStatus"] == "UPDATE_COMPLETE"
        assert dynamodb.scan(TableName="Orders")["Count"] == 1
        assert [each["IndexName"] for each in table["GlobalSecondaryIndexes"]] == ["per-day"]
        assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
        assert ttl["AttributeName"] == "expires"
        assert tags == [{"Key": "team", "Value": "orders"}]


class TestMotoTypes:
    """Types this package does not have are made by moto's models."""

    def test_are_made_read_and_deleted(self, local_aws: LocalAws, cloudformation: Any) -> None:
        template = make_template(
            {
                "Queue": {"Type": "AWS::SQS::Queue"},
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
                "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/news"}},
            },
            Outputs={
                "Queue": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}},
                "Topic": {"Value": {"Ref": "Topic"}},
            },
        )

        stack = deploy(cloudformation, template)

        outputs = outputs_of(stack)
        assert outputs["Topic"] == "arn:aws:sns:us-east-1:123456789012:news"
        assert outputs["Queue"].startswith("arn:aws:sqs:us-east-1:123456789012:events-Queue-")
        cloudformation.delete_stack(StackName="events")
        assert "QueueUrls" not in local_aws.client("sqs").list_queues()
        assert local_aws.client("sns").list_topics()["Topics"] == []
        assert local_aws.client("logs").describe_log_groups()["logGroups"] == []

    def test_that_cannot_be_changed_say_so(self, cloudformation: Any) -> None:
        group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/news"}}
        deploy(cloudformation, make_template({"Group": group}))
        group["Properties"]["RetentionInDays"] = 7  # type: ignore[index]

        stack = update(cloudformation, make_template({"Group": group}), DisableRollback=True)

        reasons = [event.get("ResourceStatusReason", "") for event in events_of(cloudformation)]
        assert stack["StackStatus"] == "UPDATE_FAILED"
        assert any("is not available in the local stack" in reason for reason in reasons)

    def test_that_are_only_names_take_no_place(self, cloudformation: Any) -> None:
        template = make_template(
            {"Bucket": BUCKET, "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
        )

        assert deploy(cloudformation, template)["StackStatus"] == "CREATE_COMPLETE"
        cloudformation.delete_stack(StackName="events")
        assert cloudformation.describe_stacks()["Stacks"] == []
