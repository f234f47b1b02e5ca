"""The control plane, faults and the answers to what is not implemented, over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws


def _local(aws: LocalAws, method: str, name: str, document: object = None) -> tuple[int, Any]:
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{aws.endpoint_url}/_local/{name}", data=body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class TestControlPlane:
    """``/_local/`` steers the stack."""

    def test_reset_forgets_resources_calls_faults_and_settings(self, local_aws: LocalAws) -> None:
        local_aws.client("s3").create_bucket(Bucket="some-bucket")
        _local(local_aws, "POST", "faults", {"service": "glue", "error_code": "ThrottlingException"})
        _local(local_aws, "POST", "settings", {"crawl_seconds": 9})

        _local(local_aws, "POST", "reset")

        assert _local(local_aws, "GET", "calls") == (200, {})
        assert _local(local_aws, "GET", "faults") == (200, {"faults": []})
        assert _local(local_aws, "GET", "settings")[1]["crawl_seconds"] == 2.0
        assert local_aws.client("s3").list_buckets()["Buckets"] == []

    def test_counts_calls_per_service_and_operation(self, local_aws: LocalAws) -> None:
        glue = local_aws.client("glue")
        glue.get_crawlers()
        glue.get_crawlers()

        assert _local(local_aws, "GET", "calls") == (200, {"glue": {"GetCrawlers": 2}})

    @pytest.mark.parametrize(
        "method, name, document, status, text",
        [
            pytest.param("POST", "settings", {"speed": 1}, 400, "unknown setting", id="unknown setting"),
            pytest.param("POST", "settings", [], 400, "JSON object", id="settings no object"),
            pytest.param("POST", "faults", {"service": 3}, 400, "of type str", id="bad fault"),
            pytest.param("POST", "seed", {"name": "x"}, 400, "unknown seed", id="unknown seed"),
            pytest.param("GET", "nothing", None, 404, "There is no GET", id="unknown path"),
            pytest.param("GET", "reset", None, 404, "There is no GET", id="wrong method"),
        ],
    )
    def test_says_what_is_wrong_with_bad_input(
        self, local_aws: LocalAws, method: str, name: str, document: object, status: int, text: str
    ) -> None:
        answered, answer = _local(local_aws, method, name, document)

        assert answered == status
        assert text in answer["error"]


class TestFaults:
    """A fault looks to the client as if AWS had answered so."""

    def test_is_raised_by_its_code_as_often_as_asked(self, local_aws: LocalAws) -> None:
        local_aws.fault(service="glue", operation="GetCrawlers", error_code="ThrottlingException", times=1)
        glue = local_aws.client("glue")

        with pytest.raises(ClientError, match=r"\(ThrottlingException\).*Rate exceeded"):
            glue.get_crawlers()

        assert glue.get_crawlers()["Crawlers"] == []

    def test_has_the_status_of_the_service_model(self, local_aws: LocalAws) -> None:
        local_aws.fault(service="datazone", error_code="ServiceQuotaExceededException")
        datazone = local_aws.client("datazone")

        with pytest.raises(datazone.exceptions.ServiceQuotaExceededException) as caught:
            datazone.list_domains()

        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402

    def test_slows_a_call_down_without_failing_it(self, local_aws: LocalAws) -> None:
        local_aws.fault(service="glue", latency_seconds=0.3)
        began = time.monotonic()

        local_aws.client("glue").get_crawlers()

        assert time.monotonic() - began >= 0.3


class TestNotImplemented:
    """What the stack does not have answers at once, in AWS's form, naming the operation."""

    @pytest.mark.parametrize(
        "service, operation, arguments",
        [
            pytest.param("glue", "list_blueprints", {}, id="an operation of Glue"),
            pytest.param("datazone", "list_notifications", None, id="an operation of DataZone"),
            pytest.param("braket", "get_device", {"deviceArn": "x"}, id="a whole service"),
        ],
    )
    def test_names_the_operation(
        self, local_aws: LocalAws, service: str, operation: str, arguments: dict[str, str] | None
    ) -> None:
        if arguments is None:
            arguments = {"domainIdentifier": "dzd-nowhere0000001", "type": "TASK"}
        client = local_aws.client(service)

        with pytest.raises(ClientError) as caught:
            getattr(client, operation)(**arguments)

        error = caught.value.response
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
        assert client.meta.method_to_api_mapping[operation] in error["Error"]["Message"]
        assert error["ResponseMetadata"]["RetryAttempts"] == 0


class TestCommand:
    """``python -m airflow_lineage_provider.local_aws`` as a user starts it."""

    def test_prints_one_ready_line_and_ends_with_a_signal(self) -> None:
        command = [
            sys.executable,
            "-m",
            "airflow_lineage_provider.local_aws",
            "--port",
            "0",
            "--seed",
            "ecommerce",
            "--enforce",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            process.terminate()
            rest = process.stdout.read()
            banner = process.stderr.read()
            code = process.wait(timeout=20)

        facts = dict(pair.split("=", 1) for pair in line.split()[1:])
        assert line.startswith("ready endpoint=http://127.0.0.1:")
        assert facts["crawler"] == "GlueLineageCrawler"
        assert (rest, code) == ("", 0)
        assert f"Local AWS at {facts['endpoint']}, account 123456789012" in banner
        assert "export AIRFLOW_CONN_AWS_DEFAULT='{" in banner

    def test_says_that_the_port_is_taken(self, local_aws: LocalAws) -> None:
        port = local_aws.endpoint_url.rpartition(":")[2]
        command = [sys.executable, "-m", "airflow_lineage_provider.local_aws", "--port", port]

        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

        assert done.returncode == 2
        assert f"Cannot listen on 127.0.0.1:{port}: the port is taken" in done.stderr
