"""What goes wrong is answered with AWS's code and status, and names the thing."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.datazone.operations import OPERATIONS
from tests.contract.datazone_estate import Estate, make_estate, run_event
from tests.contract.sample_inputs import sample_input

_MISSING_DOMAIN = "dzd-doesnotexist1"
_MISSING = "doesnotexist12"
_GRAPH = [
    {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "x"}},
    {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "IN"}},
]
_GLUE = {"glueRunConfiguration": {"relationalFilterConfigurations": [{"databaseName": "db"}]}}


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _error(call: Callable[[], Any]) -> tuple[str, int, str]:
    """Return code, status and message of the error a call ends in."""
    with pytest.raises(ClientError) as raised:
        call()
    response: Any = raised.value.response
    error = response["Error"]
    return error["Code"], response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


@pytest.mark.parametrize(
    "operation, params",
    [
        pytest.param("get_project", {"identifier": _MISSING}, id="project"),
        pytest.param("update_project", {"identifier": _MISSING}, id="project to update"),
        pytest.param("delete_project", {"identifier": _MISSING}, id="project to delete"),
        pytest.param("get_project_profile", {"identifier": _MISSING}, id="project profile"),
        pytest.param(
            "create_project", {"name": "n", "projectProfileId": _MISSING}, id="profile of a project"
        ),
        pytest.param("create_project", {"name": "n", "domainUnitId": _MISSING}, id="domain unit"),
        pytest.param("get_connection", {"identifier": _MISSING}, id="connection"),
        pytest.param("update_connection", {"identifier": _MISSING}, id="connection to update"),
        pytest.param("delete_connection", {"identifier": _MISSING}, id="connection to delete"),
        pytest.param("get_data_source", {"identifier": _MISSING}, id="data source"),
        pytest.param("update_data_source", {"identifier": _MISSING}, id="data source to update"),
        pytest.param("delete_data_source", {"identifier": _MISSING}, id="data source to delete"),
        pytest.param("list_data_sources", {"projectIdentifier": _MISSING}, id="project of data sources"),
        pytest.param("start_data_source_run", {"dataSourceIdentifier": _MISSING}, id="data source to run"),
        pytest.param("list_data_source_runs", {"dataSourceIdentifier": _MISSING}, id="data source of runs"),
        pytest.param("get_data_source_run", {"identifier": _MISSING}, id="run"),
        pytest.param("list_data_source_run_activities", {"identifier": _MISSING}, id="run of activities"),
        pytest.param("get_form_type", {"formTypeIdentifier": _MISSING}, id="form type"),
        pytest.param("get_asset_type", {"identifier": _MISSING}, id="asset type"),
        pytest.param("get_lineage_event", {"identifier": _MISSING}, id="event"),
        pytest.param("delete_lineage_event", {"identifier": _MISSING}, id="event to delete"),
        pytest.param("get_lineage_node", {"identifier": "no/such node"}, id="node"),
        pytest.param("list_lineage_node_history", {"identifier": "no/such node"}, id="node of a history"),
    ],
)
def test_unknown_thing_is_not_found_and_named(estate: Estate, operation: str, params: dict[str, str]) -> None:
    code, status, message = _error(lambda: estate.call(operation, **params))

    assert (code, status) == ("ResourceNotFoundException", 404)
    assert any(str(value) in message for value in params.values())


def test_whatever_a_path_names_is_not_found_if_it_does_not_exist(estate: Estate) -> None:
    """Every operation whose path names something in a domain is asked for what does not exist."""
    model = estate.client.meta.service_model

    wrong = {}
    for name in OPERATIONS:
        operation = model.operation_model(name)
        labels = set(re.findall(r"{(\w+)}", operation.http["requestUri"])) - {"domainIdentifier"}
        if not labels or "domainIdentifier" not in operation.input_shape.members:
            continue
        params = sample_input(operation.input_shape) | {"domainIdentifier": estate.domain}
        code, _, _ = _error(partial(getattr(estate.client, xform_name(name)), **params))
        if code != "ResourceNotFoundException":
            wrong[name] = code

    assert wrong == {}


@pytest.mark.parametrize("operation", ["get_asset", "list_asset_revisions", "delete_asset"])
def test_unknown_asset_is_worded_as_aws_documents_it(estate: Estate, operation: str) -> None:
    code, _, message = _error(lambda: estate.call(operation, identifier=_MISSING))

    assert code == "ResourceNotFoundException"
    assert message == "The given Asset doesn't exist. Try creating Asset before accessing it."


def test_unknown_domain_is_not_found(local_aws: LocalAws) -> None:
    client = local_aws.client("datazone")

    code, status, message = _error(lambda: client.get_domain(identifier=_MISSING_DOMAIN))

    assert (code, status) == ("ResourceNotFoundException", 404)
    assert _MISSING_DOMAIN in message


@pytest.mark.parametrize(
    "operation, params",
    [
        pytest.param("list_projects", {}, id="ListProjects"),
        pytest.param("list_project_profiles", {}, id="ListProjectProfiles"),
        pytest.param("list_connections", {}, id="ListConnections"),
        pytest.param("list_lineage_events", {}, id="ListLineageEvents"),
        pytest.param("query_graph", {"match": _GRAPH}, id="QueryGraph"),
        pytest.param("search", {"searchScope": "ASSET"}, id="Search"),
        pytest.param("search_types", {"searchScope": "FORM_TYPE", "managed": True}, id="SearchTypes"),
        pytest.param("search_listings", {}, id="SearchListings"),
    ],
)
def test_unknown_domain_is_denied_where_the_model_has_no_other_error(
    local_aws: LocalAws, operation: str, params: dict[str, Any]
) -> None:
    call = getattr(local_aws.client("datazone"), operation)

    code, status, message = _error(lambda: call(domainIdentifier=_MISSING_DOMAIN, **params))

    assert (code, status) == ("AccessDeniedException", 403)
    assert _MISSING_DOMAIN in message


def test_no_operation_answers_with_an_error_that_the_model_does_not_list(local_aws: LocalAws) -> None:
    """Every operation is asked for a domain that does not exist, with any values for what it requires."""
    client = local_aws.client("datazone")
    model = client.meta.service_model

    wrong = {}
    for name in OPERATIONS:
        operation = model.operation_model(name)
        if "domainIdentifier" not in operation.input_shape.members:
            continue
        params = sample_input(operation.input_shape) | {"domainIdentifier": _MISSING_DOMAIN}
        code, _, _ = _error(partial(getattr(client, xform_name(name)), **params))
        if code not in {each.name for each in operation.error_shapes}:
            wrong[name] = code

    assert wrong == {}


def test_malformed_domain_id_is_worded_as_aws_documents_it(local_aws: LocalAws) -> None:
    client = local_aws.client("datazone")

    code, status, message = _error(lambda: client.get_asset(domainIdentifier="{{ domain }}", identifier="a"))

    assert (code, status) == ("ValidationException", 400)
    assert message == (
        "1 validation error detected: Value at 'domainIdentifier' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: dzd[-_][a-zA-Z0-9_-]{1,36}"
    )


def _event_without(*path: str) -> dict[str, Any]:
    event = run_event()
    part = event
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return event


@pytest.mark.parametrize(
    "body, message",
    [
        pytest.param(b"{", "is not JSON", id="not JSON"),
        pytest.param(b"[]", "must be a JSON object", id="not an object"),
        pytest.param(b"\xff", "is not UTF-8", id="not text"),
        pytest.param(_event_without("run"), r"\$\.run is missing", id="no run"),
        pytest.param(_event_without("run", "runId"), r"\$\.run\.runId is missing", id="no run id"),
        pytest.param(_event_without("job"), r"\$\.job is missing", id="no job"),
        pytest.param(_event_without("job", "name"), r"\$\.job\.name is missing", id="no job name"),
        pytest.param(_event_without("eventTime"), r"\$\.eventTime is missing", id="no time"),
        pytest.param(run_event(eventTime="soon"), r"\$\.eventTime must be", id="no such time"),
        pytest.param(run_event(state="DONE"), r"\$\.eventType must be one of", id="no such type"),
        pytest.param(
            {"eventTime": "2025-06-04T12:00:00Z", "dataset": {"namespace": "n", "name": "d"}},
            "DatasetEvent",
            id="a dataset event",
        ),
        pytest.param(
            {"eventTime": "2025-06-04T12:00:00Z", "job": {"namespace": "n", "name": "j"}},
            "JobEvent",
            id="a job event",
        ),
        pytest.param(b"x" * 300_001, "less than or equal to 300000", id="too large"),
    ],
)
def test_what_is_no_run_event_is_refused_at_once(estate: Estate, body: Any, message: str) -> None:
    with pytest.raises(ClientError, match=message) as raised:
        estate.post(body)

    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert estate.call("list_lineage_events")["items"] == []


@pytest.mark.parametrize(
    "changes, code",
    [
        pytest.param({"type": "REDSHIFT"}, "NotImplementedException", id="another service's type"),
        pytest.param({"type": "ORACLE"}, "ValidationException", id="no such type"),
        pytest.param({"configuration": None}, "ValidationException", id="no configuration"),
        pytest.param({"connectionIdentifier": None}, "ValidationException", id="no connection"),
        pytest.param(
            {"connectionIdentifier": _MISSING}, "ResourceNotFoundException", id="no such connection"
        ),
        pytest.param({"environmentIdentifier": "env"}, "ValidationException", id="an environment"),
        pytest.param({"projectIdentifier": _MISSING}, "ResourceNotFoundException", id="no such project"),
        pytest.param({"schedule": {"schedule": "cron(*/5 * * * ? *)"}}, "ValidationException", id="schedule"),
        pytest.param(
            {"assetFormsInput": [{"formName": "F", "typeIdentifier": "NoneSuch"}]},
            "ResourceNotFoundException",
            id="no such form type",
        ),
    ],
)
def test_data_source_that_cannot_work_is_refused(estate: Estate, changes: dict[str, Any], code: str) -> None:
    params = {
        "name": "mine",
        "projectIdentifier": estate.project,
        "type": "GLUE",
        "connectionIdentifier": estate.connection,
        "configuration": _GLUE,
    } | changes
    given = {name: value for name, value in params.items() if value is not None}

    assert _error(lambda: estate.call("create_data_source", **given))[0] == code


def test_connection_without_a_glue_catalog_is_refused(estate: Estate) -> None:
    environment = estate.call("get_connection", identifier=estate.connection)["environmentId"]
    files = estate.call(
        "create_connection",
        name="files",
        environmentIdentifier=environment,
        props={"s3Properties": {"s3Uri": "s3://shop/"}},
    )["connectionId"]

    code, _, message = _error(
        lambda: estate.call(
            "create_data_source",
            name="mine",
            projectIdentifier=estate.project,
            type="GLUE",
            connectionIdentifier=files,
            configuration=_GLUE,
        )
    )

    assert code == "ValidationException"
    assert "is of type S3" in message


def test_names_that_are_taken_are_a_conflict(estate: Estate) -> None:
    environment = estate.call("get_connection", identifier=estate.connection)["environmentId"]
    calls: list[Callable[[], Any]] = [
        lambda: estate.call("create_project", name="analytics"),
        lambda: estate.call("create_project_profile", name="SQL analytics"),
        lambda: estate.call(
            "create_connection",
            name="project.iam",
            environmentIdentifier=environment,
            props={"athenaProperties": {}},
        ),
        lambda: estate.call(
            "create_data_source",
            name=estate.call("get_data_source", identifier=estate.data_source)["name"],
            projectIdentifier=estate.project,
            type="GLUE",
            connectionIdentifier=estate.connection,
            configuration=_GLUE,
        ),
    ]

    assert [_error(call)[:2] for call in calls] == [("ConflictException", 409)] * 4


def test_connection_takes_only_properties_of_its_kind(estate: Estate) -> None:
    props = {"iamProperties": {"glueLineageSyncEnabled": True}}

    code, _, message = _error(
        lambda: estate.call("update_connection", identifier=estate.connection, props=props)
    )

    assert code == "ValidationException"
    assert "takes lakehouseProperties, not iamProperties" in message


def test_connection_of_a_data_source_cannot_be_deleted(estate: Estate) -> None:
    code, _, message = _error(lambda: estate.call("delete_connection", identifier=estate.connection))

    assert code == "ValidationException"
    assert estate.data_source in message


def test_domain_with_projects_is_not_deleted_by_accident(estate: Estate) -> None:
    assert _error(lambda: estate.client.delete_domain(identifier=estate.domain))[0] == "ConflictException"

    estate.client.delete_domain(identifier=estate.domain, skipDeletionCheck=True)

    assert estate.client.list_domains()["items"] == []


def test_domain_cannot_be_deleted_both_ways(estate: Estate) -> None:
    call = estate.client.delete_domain

    code, _, _ = _error(lambda: call(identifier=estate.domain, skipDeletionCheck=True, cascadeDelete=True))

    assert code == "ValidationException"


def test_disabled_data_source_cannot_be_run(estate: Estate) -> None:
    estate.call("update_data_source", identifier=estate.data_source, enableSetting="DISABLED")

    code, status, message = _error(estate.run)

    assert (code, status) == ("ConflictException", 409)
    assert "DISABLED" in message


@pytest.mark.parametrize(
    "operation, params",
    [
        pytest.param("list_rules", {"targetType": "DOMAIN_UNIT", "targetIdentifier": "abc"}, id="ListRules"),
        pytest.param("get_notebook", {"identifier": "abc"}, id="GetNotebook"),
    ],
)
def test_operation_that_is_not_implemented_says_so_at_once(
    estate: Estate, operation: str, params: dict[str, str]
) -> None:
    retrying = estate.aws.client("datazone", config=None)

    with pytest.raises(ClientError) as raised:
        getattr(retrying, operation)(domainIdentifier=estate.domain, **params)

    response: Any = raised.value.response
    name = "".join(word.capitalize() for word in operation.split("_"))
    assert response["Error"]["Code"] == "NotImplementedException"
    assert response["Error"]["Message"] == f"datazone:{name} is not implemented by the local AWS stack."
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert response["ResponseMetadata"]["RetryAttempts"] == 0


def _http(aws: LocalAws, path: str, *, method: str = "GET", body: bytes | None = None) -> Any:
    scope = "AWS4-HMAC-SHA256 Credential=testing/20250604/us-east-1/datazone/aws4_request, Signature=0"
    request = urllib.request.Request(
        aws.endpoint_url + path, method=method, data=body, headers={"Authorization": scope}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, json.load(answer)
    except HTTPError as error:
        return error.code, error.headers, json.load(error)


def test_error_has_its_type_in_a_header_and_a_message_in_the_body(local_aws: LocalAws) -> None:
    status, headers, body = _http(local_aws, "/v2/domains/nonsense")

    assert status == 400
    assert headers["x-amzn-ErrorType"] == "ValidationException"
    assert headers["x-amzn-RequestId"]
    assert list(body) == ["message"]


def test_path_of_no_operation_is_an_unknown_operation(local_aws: LocalAws) -> None:
    status, headers, body = _http(local_aws, "/v3/nothing")

    assert (status, headers["x-amzn-ErrorType"]) == (404, "UnknownOperationException")
    assert "/v3/nothing" in body["message"]


@pytest.mark.parametrize(
    "body", [pytest.param(b"{", id="not JSON"), pytest.param(b'{"name": ["a"]}', id="of the wrong type")]
)
def test_body_that_no_sdk_would_send_is_refused(local_aws: LocalAws, body: bytes) -> None:
    status, headers, _ = _http(local_aws, "/v2/domains", method="POST", body=body)

    assert (status, headers["x-amzn-ErrorType"]) == (400, "ValidationException")


@pytest.mark.parametrize(
    "clauses",
    [
        pytest.param([_GRAPH[0], _GRAPH[0]], id="two entities"),
        pytest.param([_GRAPH[1]] * 2, id="two relations"),
    ],
)
def test_graph_query_needs_one_entity_and_one_relation(estate: Estate, clauses: list[Any]) -> None:
    code, _, message = _error(lambda: estate.call("query_graph", match=clauses))

    assert code == "ValidationException"
    assert "one entityPattern and one relationPattern" in message


def test_region_without_the_service_is_named(local_aws: LocalAws) -> None:
    client = local_aws.client("datazone", region_name="mars-north-1")

    code, _, message = _error(client.list_domains)

    assert code == "ValidationException"
    assert "mars-north-1" in message
