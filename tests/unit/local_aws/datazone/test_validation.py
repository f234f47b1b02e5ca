"""The service says what breaks the model's constraints, in AWS's words."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import StructureShape
from botocore.session import get_session

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.validation import require_valid, violations


def _input_of(operation: str) -> StructureShape:
    shape = get_session().get_service_model("datazone").operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


def _message(operation: str, **params: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        require_valid(_input_of(operation), params)
    return str(raised.value.message)


def test_broken_pattern_is_worded_as_aws_documents_it() -> None:
    message = _message("GetAsset", domainIdentifier="nonsense", identifier="abc")

    assert message == (
        "1 validation error detected: Value at 'domainIdentifier' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: dzd[-_][a-zA-Z0-9_-]{1,36}"
    )


def test_all_broken_constraints_are_named_at_once() -> None:
    message = _message("ListLineageEvents", domainIdentifier="dzd_a", maxResults=51, sortOrder="UPWARDS")

    assert message.startswith("2 validation errors detected: ")
    assert (
        "'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50"
        in message
    )
    assert (
        "'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: [ASCENDING, "
        in message
    )


def test_missing_member_is_named() -> None:
    assert _message("CreateDomain") == (
        "1 validation error detected: "
        "Value null at 'name' failed to satisfy constraint: Member must not be null"
    )


@pytest.mark.parametrize(
    "size, is_accepted",
    [pytest.param(300_000, True, id="at the limit"), pytest.param(300_001, False, id="one byte more")],
)
def test_lineage_event_may_have_300000_bytes(size: int, is_accepted: bool) -> None:
    params = {"domainIdentifier": "dzd_a", "event": b"x" * size}

    found = list(violations(_input_of("PostLineageEvent"), params))

    assert (not found) is is_accepted
    assert is_accepted or "less than or equal to 300000" in found[0]


def test_path_of_a_nested_member_leads_to_it() -> None:
    filters = [{"databaseName": "db"}, {"databaseName": "x" * 129}]
    configuration = {"glueRunConfiguration": {"relationalFilterConfigurations": filters}}

    message = _message(
        "CreateDataSource",
        domainIdentifier="dzd_a",
        projectIdentifier="p",
        name="n",
        type="GLUE",
        configuration=configuration,
    )

    place = "configuration.glueRunConfiguration.relationalFilterConfigurations.2.member.databaseName"
    assert f"Value at '{place}' failed" in message


def test_wrong_json_type_is_refused() -> None:
    assert "Value at 'name' failed to satisfy constraint: Member must be of type string" in _message(
        "CreateDomain", name=7
    )


def test_boolean_is_no_integer() -> None:
    assert "Member must be of type integer" in _message("ListDomains", maxResults=True)


@pytest.mark.parametrize(
    "props",
    [
        pytest.param({}, id="no member"),
        pytest.param(
            {"lakehouseProperties": {"glueLineageSyncEnabled": True}, "iamProperties": {}}, id="two members"
        ),
    ],
)
def test_union_takes_exactly_one_member(props: dict[str, Any]) -> None:
    message = _message("UpdateConnection", domainIdentifier="dzd_a", identifier="c", props=props)

    assert "Value at 'props' failed to satisfy constraint: Exactly one member must be set" in message


def test_connection_type_the_public_model_does_not_list_is_accepted() -> None:
    require_valid(_input_of("ListConnections"), {"domainIdentifier": "dzd_a", "type": "LAKEHOUSE"})


def test_patterns_know_ascii_only_and_hold_for_the_whole_value() -> None:
    assert "pattern" in _message("CreateProject", domainIdentifier="dzd_a", name="größe")
    assert "pattern" in _message("GetLineageEvent", domainIdentifier="dzd_a", identifier="a" * 15)


def test_valid_request_passes() -> None:
    require_valid(_input_of("ListDomains"), {"maxResults": 25, "status": "AVAILABLE"})
