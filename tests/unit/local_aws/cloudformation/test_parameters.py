"""The values of a template's parameters."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import StackValidationError
from airflow_lineage_provider.local_aws.services.cloudformation.parameters import resolve_parameters


def no_store(name: str) -> str:
    raise AssertionError(f"nobody asked for {name}")


@pytest.mark.parametrize(
    "definition, given, value",
    [
        pytest.param({"Type": "String", "Default": "x"}, None, "x", id="default"),
        pytest.param({"Type": "String", "Default": "x"}, "y", "y", id="given"),
        pytest.param({"Type": "String", "Default": True}, None, "true", id="a default that is no text"),
        pytest.param({"Type": "Number", "Default": 3}, None, "3", id="numbers stay texts"),
        pytest.param({"Type": "CommaDelimitedList"}, "a, b", ["a", "b"], id="list"),
        pytest.param({"Type": "List<Number>"}, "1,2", ["1", "2"], id="list of numbers"),
        pytest.param({"Type": "CommaDelimitedList"}, "", [], id="empty list"),
    ],
)
def test_are_what_ref_gives(definition: dict[str, Any], given: str | None, value: Any) -> None:
    resolved = resolve_parameters({"P": definition}, {} if given is None else {"P": given}, no_store)

    assert resolved["P"].value == value


def test_can_come_from_the_parameter_store() -> None:
    definitions = {"P": {"Type": "AWS::SSM::Parameter::Value<List<String>>"}}

    resolved = resolve_parameters(definitions, {"P": "/names"}, lambda name: f"{name},b")

    assert resolved["P"].value == ["/names", "b"]
    assert resolved["P"].describe("P") == {
        "ParameterKey": "P",
        "ParameterValue": "/names",
        "ResolvedValue": "/names,b",
    }


def test_are_hidden_where_the_template_says_so() -> None:
    resolved = resolve_parameters({"P": {"Type": "String", "NoEcho": "true"}}, {"P": "secret"}, no_store)

    assert resolved["P"].value == "secret"
    assert resolved["P"].describe("P")["ParameterValue"] == "****"


@pytest.mark.parametrize(
    "definition, given, problem",
    [
        pytest.param({"Type": "Number"}, "x", "Parameter 'P' must be a number", id="no number"),
        pytest.param({"Type": "Number", "MinValue": 2}, "1", "not less than 2", id="too small"),
        pytest.param({"Type": "List<Number>", "MaxValue": 2}, "1,3", "not greater than 2", id="too large"),
        pytest.param({"Type": "String", "MinLength": 2}, "x", "at least 2 characters", id="too short"),
        pytest.param({"Type": "String", "MaxLength": "1"}, "xy", "at most 1 characters", id="too long"),
        pytest.param(
            {"Type": "String", "AllowedPattern": "[a-z]+"}, "a1", "must match pattern [a-z]+", id="pattern"
        ),
        pytest.param({"Type": "Number", "AllowedValues": [1, 2]}, "3", "one of AllowedValues", id="values"),
    ],
)
def test_break_no_rule_of_their_definition(definition: dict[str, Any], given: str, problem: str) -> None:
    with pytest.raises(StackValidationError) as refused:
        resolve_parameters({"P": definition}, {"P": given}, no_store)

    assert problem in refused.value.message
