"""Tests of the recognition of AWS calls and of the wording of errors."""

from __future__ import annotations

import json

import pytest

from airflow_lineage_provider.local_aws.wire import Call, error_reply, error_status, identify


def _authorization(service: str, region: str = "eu-west-1") -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250604/{region}/{service}/aws4_request, "
        "SignedHeaders=host, Signature=00"
    )


def _identify(
    service: str,
    method: str,
    path: str,
    query: str = "",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> Call | None:
    sent = {"authorization": _authorization(service), **(headers or {})}
    return identify(method=method, path=path, query=query, headers=sent, body=body)


class TestIdentify:
    """``identify`` names service and operation of a request."""

    def test_reads_the_target_header_of_json_services(self) -> None:
        call = _identify("glue", "POST", "/", headers={"x-amz-target": "AWSGlue.StartCrawler"})

        assert call == Call("glue", "StartCrawler", "eu-west-1", "AKIDEXAMPLE")

    def test_reads_the_action_of_query_services(self) -> None:
        call = _identify("sts", "POST", "/", body=b"Action=GetCallerIdentity&Version=2011-06-15")

        assert call == Call("sts", "GetCallerIdentity", "eu-west-1", "AKIDEXAMPLE")

    @pytest.mark.parametrize(
        "method, path, operation",
        [
            pytest.param("POST", "/v2/domains/dzd_a/lineage/events", "PostLineageEvent", id="post an event"),
            pytest.param("GET", "/v2/domains/dzd_a/lineage/events", "ListLineageEvents", id="list events"),
            pytest.param("GET", "/v2/domains/dzd_a/lineage/events/e1", "GetLineageEvent", id="get an event"),
            pytest.param(
                "GET",
                "/v2/domains/dzd_a/lineage/nodes/arn%3Aaws%3Aglue%3Ar%3A1%3Atable%2Fdb%2Ft/history",
                "ListLineageNodeHistory",
                id="encoded slashes separate nothing",
            ),
            pytest.param("PATCH", "/v2/domains/dzd_a/connections/c", "UpdateConnection", id="patch"),
        ],
    )
    def test_matches_the_route_of_rest_services(self, method: str, path: str, operation: str) -> None:
        call = _identify("datazone", method, path)

        assert call == Call("datazone", operation, "eu-west-1", "AKIDEXAMPLE")

    @pytest.mark.parametrize(
        "method, path, query, headers, operation",
        [
            pytest.param("GET", "/bucket", "list-type=2&prefix=a", {}, "ListObjectsV2", id="list"),
            pytest.param("PUT", "/bucket/a/b", "", {}, "PutObject", id="put"),
            pytest.param("PUT", "/bucket/a/b", "", {"x-amz-copy-source": "c/d"}, "CopyObject", id="copy"),
            pytest.param("PUT", "/bucket/a", "uploadId=1&partNumber=2", {}, "UploadPart", id="part"),
            pytest.param("GET", "/", "", {}, "ListBuckets", id="buckets"),
        ],
    )
    def test_tells_s3_operations_apart(
        self, method: str, path: str, query: str, headers: dict[str, str], operation: str
    ) -> None:
        call = _identify("s3", method, path, query=query, headers=headers)

        assert call == Call("s3", operation, "eu-west-1", "AKIDEXAMPLE")

    def test_reads_the_credential_of_a_presigned_url(self) -> None:
        query = "X-Amz-Credential=A%2F20250604%2Fus-east-1%2Fs3%2Faws4_request"

        call = identify(method="GET", path="/bucket/key", query=query, headers={})

        assert call == Call("s3", "GetObject", "us-east-1", "A")

    def test_has_no_name_for_an_unsigned_request(self) -> None:
        call = identify(method="GET", path="/", query="", headers={})

        assert call is None

    def test_leaves_the_operation_open_where_no_route_fits(self) -> None:
        call = _identify("datazone", "GET", "/v9/nothing")

        assert call == Call("datazone", None, "eu-west-1", "AKIDEXAMPLE")

    def test_leaves_the_operation_open_for_a_service_without_a_model(self) -> None:
        call = _identify("no-such-service", "GET", "/")

        assert call == Call("no-such-service", None, "eu-west-1", "AKIDEXAMPLE")


class TestErrorReply:
    """``error_reply`` words an error as the service's protocol does."""

    def test_words_json_errors_with_type_and_message(self) -> None:
        reply = error_reply("glue", "ThrottlingException", "Rate exceeded", 400)

        assert reply.status == 400
        assert json.loads(reply.body) == {"__type": "ThrottlingException", "message": "Rate exceeded"}

    def test_names_the_code_of_rest_errors_in_a_header(self) -> None:
        reply = error_reply("datazone", "ConflictException", "busy", 409)

        assert ("x-amzn-ErrorType", "ConflictException") in reply.headers

    @pytest.mark.parametrize("service", ["s3", "sts"])
    def test_words_xml_errors_and_escapes_the_message(self, service: str) -> None:
        reply = error_reply(service, "SlowDown", "a < b", 503)

        assert b"<Code>SlowDown</Code><Message>a &lt; b</Message>" in reply.body


class TestErrorStatus:
    """``error_status`` finds the HTTP status that a service gives an error."""

    def test_reads_the_status_from_the_model(self) -> None:
        assert error_status("datazone", "ServiceQuotaExceededException") == 402

    def test_is_silent_about_errors_the_model_does_not_name(self) -> None:
        assert error_status("glue", "ThrottlingExceptionOfNobody") is None
