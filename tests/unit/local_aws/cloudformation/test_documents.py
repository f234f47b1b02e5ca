"""A template's text as plain values."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.cloudformation.documents import parse_document
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import TemplateError


@pytest.mark.parametrize(
    "text, value",
    [
        pytest.param("!Ref Bucket", {"Ref": "Bucket"}, id="Ref"),
        pytest.param("!Condition IsLive", {"Condition": "IsLive"}, id="Condition"),
        pytest.param("!GetAtt Stack.Outputs.Arn", {"Fn::GetAtt": ["Stack", "Outputs.Arn"]}, id="GetAtt"),
        pytest.param("!GetAtt [Bucket, Arn]", {"Fn::GetAtt": ["Bucket", "Arn"]}, id="GetAtt as a list"),
        pytest.param("!Sub 's3://${Bucket}/'", {"Fn::Sub": "s3://${Bucket}/"}, id="Sub"),
        pytest.param(
            "!Join ['-', [!Ref A, !GetAtt B.C]]",
            {"Fn::Join": ["-", [{"Ref": "A"}, {"Fn::GetAtt": ["B", "C"]}]]},
            id="nested",
        ),
        pytest.param(
            "!Sub ['${X}', {X: !Ref A}]", {"Fn::Sub": ["${X}", {"X": {"Ref": "A"}}]}, id="with a mapping"
        ),
        pytest.param("2012-10-17", "2012-10-17", id="a date is text"),
        pytest.param("{yes: 1, on: off}", {True: 1, True: False}, id="YAML 1.1 words"),  # noqa: F601
    ],
)
def test_reads_yaml_as_cloudformation_does(text: str, value: Any) -> None:
    assert parse_document(f"Value: {text}") == {"Value": value}


def test_reads_json() -> None:
    assert parse_document('{"Value": {"Ref": "A"}, "Size": 1.5}') == {"Value": {"Ref": "A"}, "Size": 1.5}


def test_reads_yaml_that_begins_like_json() -> None:
    assert parse_document("{Value: !Ref A}") == {"Value": {"Ref": "A"}}


@pytest.mark.parametrize(
    "text, problem",
    [
        pytest.param("Value: [", "YAML not well-formed. (line 1, column 9)", id="YAML"),
        pytest.param('{"Value": }{', "JSON not well-formed. (line 1, column 11)", id="JSON"),
        pytest.param("", "unsupported structure", id="nothing"),
        pytest.param("- Value", "unsupported structure", id="a list"),
        pytest.param("Value: !!python/name:os.system ''", "not well-formed", id="Python"),
        pytest.param("Value: {{}: 1}", "not well-formed", id="a key that is none"),
    ],
)
def test_says_what_is_no_template(text: str, problem: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse_document(text)

    assert problem in refused.value.message
