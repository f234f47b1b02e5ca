"""How calls are made and how botocore's errors become ours."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.session import get_session

from airflow_lineage_provider.exceptions import (
    AwsCallError,
    PermissionDeniedError,
    QuotaExceededError,
    RequestInvalidError,
    ResourceNotFoundError,
    ThrottledError,
)
from airflow_lineage_provider.hooks.base import map_client_error, service_time
from airflow_lineage_provider.hooks.error_codes import error_class_of, is_transient
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.hooks.repeating import a_few_times
from tests.unit.hooks.scripted_glue import (
    CRAWLER,
    NINE,
    ScriptedCrawl,
    ScriptedGlue,
    make_hook,
)

CLASSES = {
    "AccessDeniedException": PermissionDeniedError,
    "ExpiredTokenException": PermissionDeniedError,
    "UnrecognizedClientException": PermissionDeniedError,
    "EntityNotFoundException": ResourceNotFoundError,
    "ResourceNotFoundException": ResourceNotFoundError,
    "InvalidInputException": RequestInvalidError,
    "ValidationException": RequestInvalidError,
    "ServiceQuotaExceededException": QuotaExceededError,
    "ThrottlingException": ThrottledError,
    "ThrottledException": ThrottledError,
    "CrawlerRunningException": AwsCallError,
    "ConflictException": AwsCallError,
    "OperationTimeoutException": AwsCallError,
    "InternalServerException": AwsCallError,
}

PASSED_ON = {
    "CrawlerNotRunningException",
    "CrawlerRunningException",
    "CrawlerStoppingException",
    "FederationSourceException",
    "FederationSourceRetryableException",
    "GlueEncryptionException",
    "ConcurrentModificationException",
    "KMSKeyNotAccessibleFault",
    "InternalServiceException",
    "OperationTimeoutException",
    "ResourceNotReadyException",
}
"""Codes of our operations that stay a plain AwsCallError: the protocol handles them, or nobody can."""

OURS = {
    "glue": ["GetCrawler", "BatchGetCrawlers", "ListCrawls", "StartCrawler", "StopCrawler", "GetTable"],
    "lakeformation": ["BatchGrantPermissions"],
}


def client_error(code: str, message: str = "said AWS") -> ClientError:
    """Build the error boto3 raises for an error code."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "StartCrawler")


class TestMapClientError:
    @pytest.mark.parametrize("code, wanted", CLASSES.items())
    def test_goes_by_the_code(self, code: str, wanted: type[AwsCallError]) -> None:
        error = map_client_error("glue", "StartCrawler", client_error(code), "crawler 'sales'")

        assert type(error) is wanted
        assert (error.service, error.operation, error.code) == ("glue", "StartCrawler", code)
        assert f"glue:StartCrawler for crawler 'sales' failed with {code}: said AWS." in str(error)

    def test_knows_every_modelled_error_of_the_calls_we_make(self) -> None:
        session = get_session()
        modelled = {
            shape.name
            for service, operations in OURS.items()
            for operation in operations
            for shape in session.get_service_model(service).operation_model(operation).error_shapes
        }

        unmapped = {code for code in modelled if error_class_of(code) is AwsCallError}
        assert unmapped <= PASSED_ON

    @pytest.mark.parametrize(
        "error, wanted",
        [
            (NoCredentialsError(), PermissionDeniedError),
            (NoRegionError(), RequestInvalidError),
            (ParamValidationError(report="Invalid type"), RequestInvalidError),
        ],
    )
    def test_goes_by_the_class_where_there_is_no_code(
        self, error: Exception, wanted: type[AwsCallError]
    ) -> None:
        assert type(map_client_error("glue", "GetCrawler", error)) is wanted

    def test_keeps_the_message_to_one_line(self) -> None:
        error = map_client_error("glue", "GetCrawler", client_error("X", "two\n  lines"))

        assert error.message == "two lines."

    def test_says_so_if_there_is_no_message(self) -> None:
        assert map_client_error("glue", "GetCrawler", client_error("X", "")).message == "AWS gave no message."

    def test_survives_the_way_between_processes(self) -> None:
        error = map_client_error("glue", "GetCrawler", client_error("ThrottlingException"))

        assert pickle.loads(pickle.dumps(error)) == error


class TestIsTransient:
    @pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerException", "503"])
    def test_holds_for_what_passes(self, code: str) -> None:
        assert is_transient(map_client_error("glue", "GetCrawler", client_error(code)))

    def test_holds_for_a_lost_connection(self) -> None:
        lost = ReadTimeoutError(endpoint_url="https://glue")

        assert is_transient(map_client_error("glue", "StartCrawler", lost))

    @pytest.mark.parametrize(
        "code", ["AccessDeniedException", "EntityNotFoundException", "CrawlerRunningException"]
    )
    def test_does_not_hold_for_what_stays(self, code: str) -> None:
        assert not is_transient(map_client_error("glue", "GetCrawler", client_error(code)))

    def test_does_not_hold_for_other_errors(self) -> None:
        assert not is_transient(TimeoutError())


class TestServiceTime:
    @pytest.mark.parametrize(
        "said",
        [
            "Wed, 04 Jun 2025 12:00:00 GMT",
            "Wed, 04 Jun 2025 14:00:00 +0200",
            "Wed, 04 Jun 2025 12:00:00 -0000",
        ],
    )
    def test_is_the_date_of_the_reply_in_utc(self, said: str) -> None:
        reply = {"ResponseMetadata": {"HTTPHeaders": {"date": said}}}

        assert service_time(reply) == datetime(2025, 6, 4, 12, tzinfo=UTC)

    @pytest.mark.parametrize("headers", [{}, {"date": "soon"}])
    def test_is_this_clock_where_the_service_says_nothing(self, headers: dict[str, str]) -> None:
        said = service_time({"ResponseMetadata": {"HTTPHeaders": headers}})

        assert abs(said - datetime.now(tz=UTC)) < timedelta(seconds=5)


class TestCall:
    def test_names_the_operation_as_the_api_does(self) -> None:
        with pytest.raises(ResourceNotFoundError) as caught:
            make_hook(ScriptedGlue(exists=False)).get_crawler("sales")

        assert (caught.value.operation, caught.value.subject) == ("GetCrawler", "crawler 'sales'")
        assert isinstance(caught.value.__cause__, ClientError)

    def test_tells_region_and_partition(self) -> None:
        assert make_hook(ScriptedGlue()).place() == ("eu-central-1", "aws")

    def test_says_that_no_region_is_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        hook = GlueCrawlHook(aws_conn_id=None)

        with pytest.raises(RequestInvalidError, match="NoRegionError"):
            hook.place()
        with pytest.raises(RequestInvalidError, match="NoRegionError"):
            hook.call("get_crawler", Name="sales")

    def test_takes_the_options_of_the_client(self) -> None:
        options: dict[str, Any] = {"read_timeout": 7}
        hook = GlueCrawlHook(aws_conn_id=None, region_name="eu-west-1", verify=False, config=options)

        client: Any = hook.conn

        assert client.meta.region_name == "eu-west-1"
        assert client.meta.config.read_timeout == 7
        assert client.meta.service_model.service_name == "glue"


def throttled(times: int) -> ScriptedGlue:
    """Return a service whose history has two pages, every call to which is refused so often."""
    glue = ScriptedGlue(crawls=[ScriptedCrawl(f"{number}", NINE - 100 * number) for number in range(15)])
    glue.faults["list_crawls"] = [client_error("ThrottlingException")] * times
    return glue


class TestPatient:
    def test_a_listing_goes_on_with_the_page_that_was_refused(self) -> None:
        glue = throttled(0)
        refused = client_error("ThrottlingException")
        glue.faults["list_crawls"] = [None, refused] * 20

        hook = make_hook(glue).patient(lambda call: a_few_times(call, sleep=lambda _: None))
        crawls = hook.recent_crawls(CRAWLER, until=lambda _: False)

        assert len(crawls) == 15
        assert glue.calls["ListCrawls"] == 3

    def test_the_hook_itself_stays_as_it_is(self) -> None:
        hook = make_hook(throttled(1))

        hook.patient(a_few_times)

        with pytest.raises(ThrottledError):
            hook.find_crawl(CRAWLER, "1")

    def test_what_changes_something_is_never_made_twice(self) -> None:
        glue = throttled(0)
        glue.faults["start_crawler"] = [client_error("ThrottlingException")]

        with pytest.raises(ThrottledError):
            make_hook(glue).patient(a_few_times).start_crawler(CRAWLER)

    def test_a_few_times_are_four_within_a_second_or_two(self) -> None:
        glue, slept = throttled(99), list[float]()

        with pytest.raises(ThrottledError):
            make_hook(glue).patient(lambda call: a_few_times(call, sleep=slept.append)).find_crawl(
                CRAWLER, "1"
            )

        assert glue.calls["ListCrawls"] == 4
        assert sum(slept) < 2

    def test_other_errors_are_not_borne(self) -> None:
        glue = ScriptedGlue(exists=False)

        with pytest.raises(ResourceNotFoundError):
            make_hook(glue).patient(a_few_times).find_crawl(CRAWLER, "1")

        assert glue.calls["ListCrawls"] == 1
