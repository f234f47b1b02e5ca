"""What refers to what, and the order that follows from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import TemplateError
from airflow_lineage_provider.local_aws.services.cloudformation.references import (
    Reference,
    creation_order,
    find_references,
)
from airflow_lineage_provider.local_aws.services.cloudformation.template import Template, read_template


def make_template(resources: dict[str, Any], **sections: Any) -> Template:
    filled = {name: {"Type": "AWS::SNS::Topic", **resource} for name, resource in resources.items()}
    return read_template(json.dumps({"Resources": filled, **sections}))


@pytest.mark.parametrize(
    "value, found",
    [
        pytest.param({"Ref": "A"}, [("A", None)], id="Ref"),
        pytest.param({"Fn::GetAtt": "A.B.C"}, [("A", "B.C")], id="GetAtt"),
        pytest.param([{"x": {"Fn::GetAtt": ["A", "B"]}}], [("A", "B")], id="deep"),
        pytest.param({"Fn::Sub": "${A}${B.C}${!D}"}, [("A", None), ("B", "C")], id="Sub"),
        pytest.param(
            {"Fn::Sub": ["${A}${X}", {"X": {"Ref": "B"}}]}, [("B", None), ("A", None)], id="Sub mapping"
        ),
        pytest.param({"Fn::If": ["Yes", {"Ref": "A"}, {"Ref": "B"}]}, [("A", None)], id="If"),
        pytest.param({"Fn::If": ["No", {"Ref": "A"}, {"Ref": "B"}]}, [("B", None)], id="else"),
        pytest.param({"Ref": "A", "Other": 1}, [], id="no function"),
    ],
)
def test_finds_every_reference_that_counts(value: Any, found: list[tuple[str, str | None]]) -> None:
    references = find_references(value, {"Yes": True, "No": False})

    assert list(references) == [Reference(*each) for each in found]


def test_looks_at_both_branches_while_conditions_are_not_known() -> None:
    value = {"Fn::If": ["Yes", {"Ref": "A"}, {"Ref": "B"}]}

    assert {each.target for each in find_references(value)} == {"A", "B"}


def test_orders_resources_by_what_they_need() -> None:
    template = make_template(
        {
            "Last": {"Properties": {"TopicName": {"Fn::Sub": "${Middle}"}}},
            "Middle": {"DependsOn": ["First"]},
            "First": {},
        }
    )

    order = creation_order(template, {})

    assert list(order) == ["First", "Middle", "Last"]
    assert order["Last"] == {"Middle"}


def test_leaves_out_what_no_condition_wants() -> None:
    template = make_template(
        {
            "A": {"Condition": "Never"},
            "B": {"DependsOn": "A", "Properties": {"TopicName": {"Fn::If": ["Never", {"Ref": "A"}, "b"]}}},
        },
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
    )

    assert creation_order(template, {"Never": False}) == {"B": frozenset()}


def test_refuses_a_reference_to_what_no_condition_wants() -> None:
    template = make_template(
        {"A": {"Condition": "Never"}, "B": {"Properties": {"TopicName": {"Ref": "A"}}}},
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
    )

    with pytest.raises(TemplateError, match=r"Unresolved resource dependencies \[A\]"):
        creation_order(template, {"Never": False})
