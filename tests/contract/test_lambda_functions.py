"""Lambda functions through the API: Invoke, its kinds and errors, and the log."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture
def aws() -> Iterator[LocalAws]:
    with LocalAws(allow_lambda=True) as stack:
        yield stack


def make_function(aws: LocalAws, source: str, **overrides: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", source)
    role = aws.client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    members = {
        "FunctionName": "greeter",
        "Runtime": "python3.12",
        "Role": role["Arn"],
        "Handler": "index.handler",
        "Timeout": 60,
        "Code": {"ZipFile": packed.getvalue()},
    }
    aws.client("lambda").create_function(**{**members, **overrides})


def log_of(aws: LocalAws, name: str = "greeter") -> list[str]:
    logs = aws.client("logs")
    group = f"/aws/lambda/{name}"
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    return [event["message"].rstrip() for event in events]


class TestInvoke:
    """Invoke runs the function and answers as Lambda does."""

    def test_returns_the_answer_and_the_tail_of_the_log(self, aws: LocalAws) -> None:
        make_function(aws, "def handler(event, context):\n    print('at work')\n    return event['n'] + 1")

        reply = aws.client("lambda").invoke(FunctionName="greeter", Payload=b'{"n": 41}', LogType="Tail")

        assert json.load(reply["Payload"]) == 42
        assert (reply["StatusCode"], reply["ExecutedVersion"]) == (200, "$LATEST")
        assert "FunctionError" not in reply
        assert "at work" in base64.b64decode(reply["LogResult"]).decode()

    def test_says_what_the_handler_raised(self, aws: LocalAws) -> None:
        make_function(aws, "def handler(event, context):\n    raise ValueError('no greeting')")

        reply = aws.client("lambda").invoke(FunctionName="greeter")

        assert (reply["StatusCode"], reply["FunctionError"]) == (200, "Unhandled")
        assert json.load(reply["Payload"])["errorMessage"] == "no greeting"

    def test_writes_the_log_to_the_group_of_the_function(self, aws: LocalAws) -> None:
        make_function(aws, "def handler(event, context):\n    print(context.log_group_name)")
        client = aws.client("lambda")

        client.invoke(FunctionName="greeter")
        client.invoke(FunctionName="greeter")

        lines = log_of(aws)
        assert lines.count("/aws/lambda/greeter") == 2
        assert [line.split()[0] for line in lines] == ["START", "/aws/lambda/greeter", "END", "REPORT"] * 2

    def test_lets_the_function_call_the_stack_as_its_role(self, aws: LocalAws) -> None:
        source = (
            "import boto3\n"
            "def handler(event, context):\n"
            "    boto3.client('s3').create_bucket(Bucket='made-by-a-function')\n"
            "    return boto3.client('sts').get_caller_identity()['Arn']\n"
        )
        make_function(aws, source)

        reply = aws.client("lambda").invoke(FunctionName="greeter")

        assert json.load(reply["Payload"]) == "arn:aws:sts::123456789012:assumed-role/runs/greeter"
        assert [each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]] == ["made-by-a-function"]

    def test_gives_the_function_its_own_variables(self, aws: LocalAws) -> None:
        make_function(
            aws,
            "import os\ndef handler(event, context):\n    return os.environ['COLOUR']",
            Environment={"Variables": {"COLOUR": "green"}},
        )

        assert json.load(aws.client("lambda").invoke(FunctionName="greeter")["Payload"]) == "green"

    def test_ends_a_function_that_takes_too_long(self, aws: LocalAws) -> None:
        make_function(aws, "import time\ndef handler(e, c):\n    time.sleep(600)", Timeout=1)

        reply = aws.client("lambda").invoke(FunctionName="greeter")

        assert reply["FunctionError"] == "Unhandled"
        assert "timed out after 1.00 seconds" in json.load(reply["Payload"])["errorMessage"]

    def test_only_starts_an_event_and_only_checks_a_dry_run(self, aws: LocalAws) -> None:
        source = (
            "import boto3\n"
            "def handler(event, context):\n"
            "    boto3.client('sqs').send_message(QueueUrl=event['queue'], MessageBody='ran')\n"
        )
        make_function(aws, source)
        sqs, client = aws.client("sqs"), aws.client("lambda")
        queue = sqs.create_queue(QueueName="ran")["QueueUrl"]
        payload = json.dumps({"queue": queue}).encode()

        dry = client.invoke(FunctionName="greeter", InvocationType="DryRun", Payload=payload)
        started = client.invoke(FunctionName="greeter", InvocationType="Event", Payload=payload)

        assert (dry["StatusCode"], started["StatusCode"]) == (204, 202)
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20, MaxNumberOfMessages=10)["Messages"]
        assert [message["Body"] for message in messages] == ["ran"]


class TestRefusal:
    """A function that cannot be run is refused with an error of the API."""

    def test_names_the_switch_where_functions_are_not_allowed(self, local_aws: LocalAws) -> None:
        make_function(local_aws, "def handler(e, c):\n    pass")

        with pytest.raises(ClientError, match=r"\(AccessDeniedException\).*--allow-lambda"):
            local_aws.client("lambda").invoke(FunctionName="greeter")

    def test_names_the_runtime_that_is_not_python(self, aws: LocalAws) -> None:
        make_function(aws, "", Runtime="nodejs22.x")

        with pytest.raises(ClientError, match=r"\(InvalidRuntimeException\).*nodejs22\.x"):
            aws.client("lambda").invoke(FunctionName="greeter")

    def test_comes_for_code_that_is_no_zip_file(self, aws: LocalAws) -> None:
        make_function(aws, "", Code={"ZipFile": b"def handler(): pass"})

        with pytest.raises(ClientError, match=r"\(InvalidZipFileException\)"):
            aws.client("lambda").invoke(FunctionName="greeter")

    def test_comes_for_a_function_that_is_not_there(self, aws: LocalAws) -> None:
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            aws.client("lambda").invoke(FunctionName="nobody")


class TestReset:
    """A reset ends what runs."""

    def test_kills_the_functions_that_run(self, aws: LocalAws) -> None:
        source = (
            "import boto3, time\n"
            "def handler(event, context):\n"
            "    boto3.client('sqs').send_message(QueueUrl=event['queue'], MessageBody='ran')\n"
            "    time.sleep(600)\n"
            "    boto3.client('s3').create_bucket(Bucket='from-before-the-reset')\n"
        )
        make_function(aws, source, Timeout=900)
        sqs = aws.client("sqs")
        queue = sqs.create_queue(QueueName="ran")["QueueUrl"]
        payload = json.dumps({"queue": queue}).encode()
        aws.client("lambda").invoke(FunctionName="greeter", InvocationType="Event", Payload=payload)
        assert sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]

        aws.reset()

        from airflow_lineage_provider.local_aws.services.awslambda.functions import RUNNER

        assert not RUNNER.running()
