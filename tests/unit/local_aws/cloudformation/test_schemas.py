"""AWS's resource schemas: what they make of properties."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.cloudformation.registry import OWN_TYPES
from airflow_lineage_provider.local_aws.services.cloudformation.schemas import (
    ResourceSchema,
    SchemaError,
    resource_schema,
)
from airflow_lineage_provider.local_aws.services.cloudformation.types.placeholders import PLACEHOLDERS

CRAWLER = {"Role": "crawls", "Targets": {}}


def schema_of(name: str) -> ResourceSchema:
    found = resource_schema(name)
    assert found is not None
    return found


def test_there_is_one_for_every_type_of_ours() -> None:
    missing = [name for name in OWN_TYPES if resource_schema(name) is None]

    assert set(missing) <= set(PLACEHOLDERS)
    assert resource_schema("AWS::Nothing::AtAll") is None


@pytest.mark.parametrize(
    "properties, conformed",
    [
        pytest.param({"Tags": {"a": 1}}, {"Tags": {"a": 1}}, id="any JSON stays"),
        pytest.param({"Description": 7}, {"Description": "7"}, id="a number as text"),
        pytest.param({"Description": True}, {"Description": "true"}, id="a boolean as text"),
        pytest.param(
            {"Targets": {"S3Targets": [{"Path": "s3://b/", "SampleSize": "5"}]}},
            {"Targets": {"S3Targets": [{"Path": "s3://b/", "SampleSize": 5}]}},
            id="a text as a number",
        ),
        pytest.param(
            {"LakeFormationConfiguration": {"UseLakeFormationCredentials": "false"}},
            {"LakeFormationConfiguration": {"UseLakeFormationCredentials": False}},
            id="a text as a boolean",
        ),
    ],
)
def test_give_scalars_the_type_they_ask_for(properties: dict[str, Any], conformed: dict[str, Any]) -> None:
    assert schema_of("AWS::Glue::Crawler").conform({**CRAWLER, **properties}) == {**CRAWLER, **conformed}


@pytest.mark.parametrize(
    "name, properties, problem",
    [
        pytest.param(
            "AWS::Glue::Crawler", {"Role": "r"}, "#: required key [Targets] not found", id="missing"
        ),
        pytest.param(
            "AWS::Glue::Crawler",
            {**CRAWLER, "Targets": {"S3Target": []}},
            "#/Targets: extraneous key [S3Target] is not permitted",
            id="unknown",
        ),
        pytest.param(
            "AWS::Glue::Crawler",
            {**CRAWLER, "Role": ["r"]},
            "#/Role: expected type: String, found: JSONArray",
            id="a list for a text",
        ),
        pytest.param(
            "AWS::Glue::Crawler",
            {**CRAWLER, "Classifiers": "one"},
            "#/Classifiers: expected type: JSONArray, found: String",
            id="a text for a list",
        ),
        pytest.param(
            "AWS::Glue::Crawler",
            {**CRAWLER, "Targets": {"S3Targets": [{"SampleSize": "many"}]}},
            "#/Targets/S3Targets/0/SampleSize: expected type: Integer, found: String",
            id="a word for a number",
        ),
        pytest.param(
            "AWS::DataZone::Domain",
            {"Name": "d", "Id": "dzd-1"},
            "readOnlyProperties [/properties/Id]",
            id="an attribute",
        ),
        pytest.param(
            "AWS::DataZone::Connection",
            {"DomainIdentifier": "dzd-1", "Name": "c", "Props": {"Colour": {}}},
            "extraneous key [Colour] is not permitted",
            id="none of several forms",
        ),
        pytest.param(
            "AWS::DataZone::Connection",
            {"DomainIdentifier": "dzd-1", "Name": "c", "Props": {"IamProperties": {"Sync": True}}},
            "#/Props/IamProperties: extraneous key [Sync] is not permitted",
            id="the likeliest of several forms",
        ),
    ],
)
def test_say_what_does_not_fit(name: str, properties: dict[str, Any], problem: str) -> None:
    with pytest.raises(SchemaError) as refused:
        schema_of(name).conform(properties)

    assert problem in str(refused.value)


def test_take_one_of_several_forms() -> None:
    properties = {
        "DomainIdentifier": "dzd-1",
        "Name": "c",
        "Props": {"IamProperties": {"GlueLineageSyncEnabled": "true"}},
    }

    conformed = schema_of("AWS::DataZone::Connection").conform(properties)

    assert conformed["Props"] == {"IamProperties": {"GlueLineageSyncEnabled": True}}


@pytest.mark.parametrize(
    "name, before, after, replaced",
    [
        pytest.param("AWS::Glue::Crawler", {"Name": "a"}, {"Name": "b"}, ["Name"], id="a name"),
        pytest.param("AWS::Glue::Crawler", {"Name": "a"}, {}, ["Name"], id="a name that goes"),
        pytest.param("AWS::Glue::Crawler", {"Role": "a"}, {"Role": "b"}, [], id="in place"),
        pytest.param(
            "AWS::Glue::Table",
            {"DatabaseName": "a", "TableInput": {"Name": "t"}},
            {"DatabaseName": "a", "TableInput": {"Name": "u"}},
            ["TableInput.Name"],
            id="deep",
        ),
    ],
)
def test_tell_what_needs_a_new_resource(
    name: str, before: dict[str, Any], after: dict[str, Any], replaced: list[str]
) -> None:
    assert schema_of(name).replaced_by(before, after) == replaced


def test_know_the_attributes() -> None:
    assert {"Id", "Status", "ConnectionId"} <= schema_of("AWS::DataZone::DataSource").attributes
    assert schema_of("AWS::Glue::Crawler").attributes == frozenset()
