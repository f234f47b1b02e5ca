"""Custom resources: what their functions are asked, and what their answers do to a stack."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.awslambda.functions import RUNNER
from tests.contract.cloudformation_stacks import deploy, events_of, make_template, statuses_of, update

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    },
}
IAM: dict[str, Any] = {"Capabilities": ["CAPABILITY_IAM"]}

REMEMBER = """\
import json, pathlib, cfnresponse
def handler(event, context):
    with pathlib.Path({log!r}).open('a') as log:
        log.write(json.dumps(event) + chr(10))
    {body}
"""
SUCCEED = "cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Colour': 'blue'}, 'thing-1')"


@pytest.fixture
def aws() -> Iterator[LocalAws]:
    with LocalAws(allow_lambda=True) as stack:
        yield stack


@pytest.fixture
def cloudformation(aws: LocalAws) -> Any:
    return aws.client("cloudformation")


class Provider:
    """A function that writes down what it is asked, and answers as told."""

    def __init__(self, log: Any) -> None:
        self._log = log

    def function(self, body: str = SUCCEED, **properties: Any) -> dict[str, Any]:
        source = REMEMBER.format(log=str(self._log), body=body)
        return {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Timeout": 60,
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": source},
                **properties,
            },
        }

    def template(self, body: str = SUCCEED, *, more: Any = None, **properties: Any) -> dict[str, Any]:
        thing = {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, **properties}
        resources = {
            "Role": ROLE,
            "Function": self.function(body),
            "Thing": {"Type": "Custom::Thing", "Properties": thing},
        }
        return make_template({**resources, **(more or {})})

    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []


@pytest.fixture
def provider(tmp_path: Any) -> Provider:
    return Provider(tmp_path / "asked.jsonl")


class TestRequests:
    """The function is asked to create, update and delete, with everything AWS tells it."""

    def test_carry_what_aws_documents(self, cloudformation: Any, provider: Provider) -> None:
        template = provider.template(Size=3, Live=True, Names=["a", {"Ref": "AWS::Region"}])

        stack = deploy(cloudformation, template, **IAM)

        (asked,) = provider.asked()
        token = asked["ServiceToken"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert asked == {
            "RequestType": "Create",
            "ServiceToken": token,
            "ResponseURL": asked["ResponseURL"],
            "StackId": stack["StackId"],
            "RequestId": asked["RequestId"],
            "LogicalResourceId": "Thing",
            "ResourceType": "Custom::Thing",
            "ResourceProperties": {
                "ServiceToken": token,
                "Size": "3",
                "Live": "true",
                "Names": ["a", "us-east-1"],
            },
        }
        assert ":function:" in token
        assert asked["ResponseURL"].startswith("http://127.0.0.1:")

    def test_of_an_update_carry_the_old_properties(self, cloudformation: Any, provider: Provider) -> None:
        deploy(cloudformation, provider.template(Size=3), **IAM)

        stack = update(cloudformation, provider.template(Size=4), **IAM)

        _, asked = provider.asked()
        assert stack["StackStatus"] == "UPDATE_COMPLETE"
        assert (asked["RequestType"], asked["PhysicalResourceId"]) == ("Update", "thing-1")
        assert asked["ResourceProperties"]["Size"] == "4"
        assert asked["OldResourceProperties"]["Size"] == "3"

    def test_of_a_deletion_come_while_what_it_needs_is_there(
        self, aws: LocalAws, cloudformation: Any, provider: Provider
    ) -> None:
        empty = (
            "import boto3\n"
            "    if event['RequestType'] == 'Delete':\n"
            "        bucket = boto3.resource('s3').Bucket(event['ResourceProperties']['Bucket'])\n"
            "        bucket.object_versions.delete()\n"
            f"    {SUCCEED}"
        )
        bucket = {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "raw", "VersioningConfiguration": {"Status": "Enabled"}},
        }
        template = provider.template(empty, more={"Bucket": bucket}, Bucket={"Ref": "Bucket"})
        stack = deploy(cloudformation, template, **IAM)
        s3 = aws.client("s3")
        for text in (b"one", b"two"):
            s3.put_object(Bucket="raw", Key="data.json", Body=text)

        cloudformation.delete_stack(StackName="events")

        (gone,) = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]
        assert gone["StackStatus"] == "DELETE_COMPLETE"
        assert s3.list_buckets()["Buckets"] == []
        assert [each["RequestType"] for each in provider.asked()] == ["Create", "Delete"]
        assert provider.asked()[1]["PhysicalResourceId"] == "thing-1"

    def test_of_the_plain_type_are_the_same(self, cloudformation: Any, provider: Provider) -> None:
        template = provider.template()
        template["Resources"]["Thing"]["Type"] = "AWS::CloudFormation::CustomResource"

        stack = deploy(cloudformation, template, **IAM)

        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert provider.asked()[0]["ResourceType"] == "AWS::CloudFormation::CustomResource"


class TestAnswers:
    """The answer's id is the resource's, its data are attributes, its failure the stack's."""

    def test_give_ref_and_attributes(self, cloudformation: Any, provider: Provider) -> None:
        template = provider.template()
        template["Outputs"] = {
            "Id": {"Value": {"Ref": "Thing"}},
            "Colour": {"Value": {"Fn::Sub": "dark ${Thing.Colour}"}},
        }

        stack = deploy(cloudformation, template, **IAM)

        assert {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]} == {
            "Id": "thing-1",
            "Colour": "dark blue",
        }

    def test_with_another_id_replace_the_resource(self, cloudformation: Any, provider: Provider) -> None:
        numbered = (
            "cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, "
            "'thing-' + event['ResourceProperties']['Size'])"
        )
        deploy(cloudformation, provider.template(numbered, Size=1), **IAM)

        update(cloudformation, provider.template(numbered, Size=2), **IAM)

        asked = [(each["RequestType"], each.get("PhysicalResourceId")) for each in provider.asked()]
        assert asked == [("Create", None), ("Update", "thing-1"), ("Delete", "thing-1")]
        assert provider.asked()[2]["ResourceProperties"]["Size"] == "1"

    def test_that_fail_roll_the_stack_back(self, cloudformation: Any, provider: Provider) -> None:
        body = (
            "status = cfnresponse.SUCCESS if event['RequestType'] == 'Delete' else cfnresponse.FAILED\n"
            "    cfnresponse.send(event, context, status, {}, 'thing-1', reason='No paint left.')"
        )

        stack = deploy(cloudformation, provider.template(body), **IAM)

        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        (failure,) = [
            event for event in events_of(cloudformation) if event["ResourceStatus"] == "CREATE_FAILED"
        ]
        request_id = provider.asked()[0]["RequestId"]
        assert failure["ResourceStatusReason"] == (
            "Received response status [FAILED] from custom resource. Message returned: No paint left. "
            f"(RequestId: {request_id})"
        )
        assert [each["RequestType"] for each in provider.asked()] == ["Create", "Delete"]
        assert statuses_of(cloudformation, "events") == [
            "CREATE_IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "ROLLBACK_COMPLETE",
        ]

    def test_that_fail_can_leave_the_stack_as_it_is(self, cloudformation: Any, provider: Provider) -> None:
        body = "cfnresponse.send(event, context, cfnresponse.FAILED, {}, 'thing-1')"

        stack = deploy(cloudformation, provider.template(body), DisableRollback=True, **IAM)

        assert stack["StackStatus"] == "CREATE_FAILED"
        assert "[Thing]" in stack["StackStatusReason"]
        assert len(provider.asked()) == 1
        shown = cloudformation.describe_stack_resources(StackName="events")["StackResources"]
        assert {each["LogicalResourceId"]: each["ResourceStatus"] for each in shown} == {
            "Function": "CREATE_COMPLETE",
            "Role": "CREATE_COMPLETE",
            "Thing": "CREATE_FAILED",
        }

    def test_to_an_update_that_fail_bring_the_old_properties_back(
        self, cloudformation: Any, provider: Provider
    ) -> None:
        body = (
            "status = cfnresponse.FAILED if event['ResourceProperties']['Size'] == '4' "
            "else cfnresponse.SUCCESS\n"
            "    cfnresponse.send(event, context, status, {}, 'thing-1', reason='Too large.')"
        )
        deploy(cloudformation, provider.template(body, Size=3), **IAM)

        stack = update(cloudformation, provider.template(body, Size=4), **IAM)

        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        sizes = [each["ResourceProperties"]["Size"] for each in provider.asked()]
        assert sizes == ["3", "4", "3"]
        reasons = [event.get("ResourceStatusReason", "") for event in events_of(cloudformation)]
        assert any("Too large." in reason for reason in reasons)

    @pytest.mark.parametrize(
        "body, text",
        [
            pytest.param("raise ValueError('no brush')", "no brush", id="the function fails"),
            pytest.param("pass", "did not receive a response", id="it says nothing"),
            pytest.param(
                "import urllib3; urllib3.PoolManager().request('PUT', event['ResponseURL'], body='{}')",
                "Invalid Response object: StackId is not that of the request",
                id="the answer is none",
            ),
        ],
    )
    def test_that_do_not_come_fail_when_the_function_has_ended(
        self, cloudformation: Any, provider: Provider, body: str, text: str
    ) -> None:
        stack = deploy(cloudformation, provider.template(body), OnFailure="DO_NOTHING", **IAM)

        assert stack["StackStatus"] == "CREATE_FAILED"
        (failure,) = [
            event
            for event in events_of(cloudformation)
            if (event["ResourceStatus"], event["LogicalResourceId"]) == ("CREATE_FAILED", "Thing")
        ]
        assert text in failure["ResourceStatusReason"]

    def test_may_come_before_the_function_ends(self, cloudformation: Any, provider: Provider) -> None:
        body = f"{SUCCEED}\n    import time\n    time.sleep(600)"

        stack = deploy(cloudformation, provider.template(body), **IAM)

        assert stack["StackStatus"] == "CREATE_COMPLETE"

    def test_end_with_the_time_limit_of_the_function(
        self, aws: LocalAws, cloudformation: Any, provider: Provider
    ) -> None:
        aws.settings(function_slack_seconds=0)
        template = provider.template("import time\n    time.sleep(600)")
        template["Resources"]["Function"]["Properties"]["Timeout"] = 1

        stack = deploy(cloudformation, template, OnFailure="DO_NOTHING", **IAM)

        assert stack["StackStatus"] == "CREATE_FAILED"
        reasons = [event.get("ResourceStatusReason", "") for event in events_of(cloudformation)]
        assert any("timed out after 1.00 seconds" in reason for reason in reasons)

    def test_are_taken_once_and_from_who_was_asked_only(self, aws: LocalAws, cloudformation: Any) -> None:
        url = f"{aws.endpoint_url}/cloudformation_us-east-1/cfnresponse"

        assert requests.put(f"{url}?token=guessed", data=b"{}", timeout=30).status_code == 403
        assert requests.put(url, data=b"{}", timeout=30).status_code == 403


class TestReset:
    """A reset ends an operation in the middle of it."""

    def test_leaves_neither_function_nor_resource(
        self, aws: LocalAws, cloudformation: Any, provider: Provider
    ) -> None:
        sqs = aws.client("sqs")
        queue = sqs.create_queue(QueueName="asked")["QueueUrl"]
        body = (
            "import boto3, time\n"
            "    queue = event['ResourceProperties']['Queue']\n"
            "    boto3.client('sqs').send_message(QueueUrl=queue, MessageBody='asked')\n"
            "    time.sleep(600)"
        )
        after = {"Type": "AWS::S3::Bucket", "DependsOn": "Thing"}
        template = provider.template(body, more={"Later": after}, Queue=queue)
        request = {"StackName": "events", "TemplateBody": json.dumps(template), **IAM}
        creation = threading.Thread(target=cloudformation.create_stack, kwargs=request)
        creation.start()
        assert sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]

        aws.reset()
        creation.join()

        assert RUNNER.running() == 0
        assert cloudformation.list_stacks()["StackSummaries"] == []
        assert aws.client("s3").list_buckets()["Buckets"] == []
        assert aws.client("lambda").list_functions()["Functions"] == []


class TestRefusal:
    """What cannot be asked fails at once, and says why."""

    def test_names_the_switch_where_functions_are_not_allowed(
        self, local_aws: LocalAws, provider: Provider
    ) -> None:
        cloudformation = local_aws.client("cloudformation")

        stack = deploy(cloudformation, provider.template(), **IAM)

        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        (failure,) = [
            event for event in events_of(cloudformation) if event["ResourceStatus"] == "CREATE_FAILED"
        ]
        assert "--allow-lambda" in failure["ResourceStatusReason"]
        assert provider.asked() == []

    @pytest.mark.parametrize(
        "token, text",
        [
            pytest.param(
                "arn:aws:lambda:us-east-1:123456789012:function:nobody", "not found", id="no function"
            ),
            pytest.param("arn:aws:sns:us-east-1:123456789012:topic", "Lambda functions only", id="a topic"),
        ],
    )
    def test_names_the_provider_that_is_none(self, cloudformation: Any, token: str, text: str) -> None:
        template = make_template({"Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": token}}})

        stack = deploy(cloudformation, template)

        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        reasons = [event.get("ResourceStatusReason", "") for event in events_of(cloudformation)]
        assert any(text in reason for reason in reasons)

    def test_names_the_runtime_that_is_not_python(self, cloudformation: Any, provider: Provider) -> None:
        template = provider.template()
        template["Resources"]["Function"]["Properties"]["Runtime"] = "nodejs22.x"

        deploy(cloudformation, template, **IAM)

        reasons = [event.get("ResourceStatusReason", "") for event in events_of(cloudformation)]
        assert any("nodejs22.x" in reason and "python3.x only" in reason for reason in reasons)
