"""Every implemented operation is called through boto3, and every answer is as the service model says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.response import StreamingBody

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.datazone.operations import OPERATIONS
from airflow_lineage_provider.local_aws.services.datazone.validation import violations
from tests.contract.datazone_estate import NOON, Estate, make_estate, run_event
from tests.contract.shape_validation import assert_valid

_GLUE_FORM = {"formName": "GlueTableForm", "content": json.dumps({"tableName": "t"})}


class _Recorder:
    """The last answer of each operation of a client, as boto3 parsed it."""

    def __init__(self, client: Any) -> None:
        self.model = client.meta.service_model
        self.answers: dict[str, list[Mapping[str, Any]]] = {}
        client.meta.events.register("after-call.datazone.*", self._record)

    def _record(self, http_response: Any, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        if http_response.status_code < 300:
            self.answers.setdefault(model.name, []).append(parsed)

    def problems(self) -> list[str]:
        """Return what breaks the constraints of the output shapes."""
        found = []
        for name, answers in self.answers.items():
            shape = self.model.operation_model(name).output_shape
            for answer in answers:
                members = {key: _plain(value) for key, value in answer.items() if key != "ResponseMetadata"}
                unknown = sorted(set(members) - set(shape.members))
                found += [f"{name}: unknown members {unknown}"] if unknown else []
                found += [f"{name}: {problem}" for problem in violations(shape, members)]
        return found


def _plain(value: Any) -> Any:
    """Read a stream, so that what it holds can be checked."""
    return value.read() if isinstance(value, StreamingBody) else value


def _with_public_types(value: Any) -> Any:
    """Give connections of the type LAKEHOUSE, which the public model does not list, one that it does."""
    if isinstance(value, dict):
        changed = {name: _with_public_types(item) for name, item in value.items()}
        return changed | ({"type": "IAM"} if value.get("type") == "LAKEHOUSE" else {})
    return [_with_public_types(item) for item in value] if isinstance(value, list) else value


def _walk_domains_and_projects(estate: Estate) -> None:
    client = estate.client
    arn = client.get_domain(identifier=estate.domain)["arn"]
    client.list_domains(status="AVAILABLE")
    client.update_domain(identifier=estate.domain, description="changed")
    client.tag_resource(resourceArn=arn, tags={"team": "data"})
    client.list_tags_for_resource(resourceArn=arn)
    client.untag_resource(resourceArn=arn, tagKeys=["team"])
    profile = estate.call("create_project_profile", name="mine", status="ENABLED")["id"]
    estate.call("get_project_profile", identifier=profile)
    estate.call("list_project_profiles")
    other = estate.call("create_project", name="other", projectProfileId=profile, resourceTags={"a": "b"})[
        "id"
    ]
    estate.call("get_project", identifier=other)
    estate.call("update_project", identifier=other, description="changed")
    estate.call("list_projects")
    estate.call("delete_project", identifier=other)


def _walk_connections(estate: Estate) -> None:
    default = estate.call("get_connection", identifier=estate.connection)
    made = estate.call(
        "create_connection",
        name="files",
        environmentIdentifier=default["environmentId"],
        props={"s3Properties": {"s3Uri": "s3://shop/"}},
    )["connectionId"]
    estate.call("update_connection", identifier=made, description="changed")
    estate.call("get_connection", identifier=made)
    estate.call("list_connections", projectIdentifier=estate.project)
    estate.call("delete_connection", identifier=made)


def _walk_data_sources_and_runs(estate: Estate) -> None:
    filters = [{"databaseName": estate.database}]
    made = estate.call(
        "create_data_source",
        name="mine",
        projectIdentifier=estate.project,
        type="GLUE",
        connectionIdentifier=estate.connection,
        configuration={"glueRunConfiguration": {"relationalFilterConfigurations": filters}},
        schedule={"timezone": "UTC", "schedule": "cron(7 22 * * ? *)"},
    )["id"]
    estate.call("update_data_source", identifier=made, description="changed")
    estate.call("list_data_sources", projectIdentifier=estate.project)
    estate.call("delete_data_source", identifier=made)
    estate.switch_lineage(on=True)
    run = estate.run()
    estate.activities(run)
    estate.call("list_data_source_runs", dataSourceIdentifier=estate.data_source)
    estate.call("get_data_source", identifier=estate.data_source)


def _walk_assets(estate: Estate) -> None:
    made = estate.call(
        "create_asset",
        name="t",
        owningProjectIdentifier=estate.project,
        typeIdentifier="amazon.datazone.GlueTableAssetType",
        externalIdentifier="mine",
        formsInput=[_GLUE_FORM],
    )["id"]
    estate.call("create_asset_revision", identifier=made, name="t", description="changed")
    estate.call("get_asset", identifier=made, revision="1")
    estate.call("list_asset_revisions", identifier=made)
    estate.call("search", searchScope="ASSET", additionalAttributes=["FORMS"])
    estate.call("delete_asset", identifier=made)
    estate.call("get_asset_type", identifier="amazon.datazone.GlueTableAssetType")
    estate.call("get_form_type", formTypeIdentifier="amazon.datazone.GlueTableFormType")
    for scope in ("ASSET_TYPE", "FORM_TYPE", "LINEAGE_NODE_TYPE"):
        estate.call("search_types", searchScope=scope, managed=True)


def _walk_lineage(estate: Estate) -> None:
    event = estate.post(run_event())
    estate.call("get_lineage_event", identifier=event)
    estate.call("list_lineage_events", timestampAfter=NOON.replace(year=2024))
    for identifier in ("etl.load", "etl.load/r1", "in/raw", "out/clean"):
        estate.node(identifier)
        estate.call("list_lineage_node_history", identifier=identifier)
    estate.call(
        "query_graph",
        match=[
            {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "out/clean"}},
            {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "IN", "maxPathLength": 5}},
        ],
        additionalAttributes={"formNames": ["LineageJobForm"]},
    )
    estate.call("delete_lineage_event", identifier=event)


@pytest.fixture
def recorder(local_aws: LocalAws) -> _Recorder:
    """Walk through the whole API once, with crawled tables to import."""
    estate = make_estate(local_aws)
    recorder = _Recorder(estate.client)
    estate.put_files({"clickstream": {"sessionId": "a", "amount": 1.5}})
    estate.make_crawler()
    estate.crawl()
    estate.client.create_domain(name="empty", tags={"a": "b"})
    _walk_domains_and_projects(estate)
    _walk_connections(estate)
    _walk_data_sources_and_runs(estate)
    _walk_assets(estate)
    _walk_lineage(estate)
    estate.client.delete_domain(identifier=estate.domain, cascadeDelete=True)
    return recorder


def test_walk_covers_every_implemented_operation(recorder: _Recorder) -> None:
    assert set(recorder.answers) == set(OPERATIONS)


def test_answers_keep_to_the_constraints_of_the_service_model(recorder: _Recorder) -> None:
    assert recorder.problems() == []


def test_answers_have_the_members_of_the_service_model(recorder: _Recorder) -> None:
    for name, answers in recorder.answers.items():
        for answer in answers:
            assert_valid("datazone", name, _with_public_types(dict(answer)))


def test_walk_sees_lists_that_are_not_empty(recorder: _Recorder) -> None:
    """An empty list is valid whatever its items would have looked like."""
    empty = [
        name
        for name, answers in recorder.answers.items()
        if name.startswith(("List", "Search", "QueryGraph"))
        and not any(answer.get("items") or answer.get("nodes") or answer.get("tags") for answer in answers)
    ]

    assert empty == []
