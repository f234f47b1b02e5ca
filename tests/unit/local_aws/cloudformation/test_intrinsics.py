"""CloudFormation's functions, applied to values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import TemplateError
from airflow_lineage_provider.local_aws.services.cloudformation.intrinsics import (
    NO_VALUE,
    evaluate_conditions,
    resolve,
)


class Names:
    """What the names in these tests stand for."""

    def __init__(self, condition: Any = None) -> None:
        self._condition = condition

    def reference(self, name: str) -> Any:
        values = {
            "AWS::NoValue": NO_VALUE,
            "AWS::Region": "eu-west-1",
            "Bucket": "raw-events",
            "Stage": "live",
            "Zones": ["a", "b"],
            "Number": 3,
        }
        return values[name]

    def attribute(self, name: str, attribute: str) -> Any:
        return f"{name}:{attribute}"

    def condition(self, name: str) -> bool:
        return bool(self._condition(name)) if self._condition else name == "Yes"

    def mapping(self, name: str) -> Mapping[str, Any]:
        return {"Sizes": {"live": {"Large": 10, "Names": ["x"]}}}[name]

    def imported(self, name: str) -> str:
        return f"import of {name}"


@pytest.mark.parametrize(
    "value, result",
    [
        pytest.param({"Ref": "Bucket"}, "raw-events", id="Ref"),
        pytest.param(
            {"A": [{"Ref": "AWS::NoValue"}, 1], "B": {"Ref": "AWS::NoValue"}}, {"A": [1]}, id="NoValue"
        ),
        pytest.param({"Fn::GetAtt": "Bucket.Arn"}, "Bucket:Arn", id="GetAtt text"),
        pytest.param({"Fn::GetAtt": ["Bucket", "Arn"]}, "Bucket:Arn", id="GetAtt list"),
        pytest.param({"Fn::GetAtt": ["Bucket", {"Ref": "Stage"}]}, "Bucket:live", id="GetAtt computed"),
        pytest.param(
            {"Fn::Sub": "${Bucket}/${Bucket.Arn}/${!Kept}"}, "raw-events/Bucket:Arn/${Kept}", id="Sub"
        ),
        pytest.param({"Fn::Sub": ["${X}-${Stage}", {"X": {"Ref": "Number"}}]}, "3-live", id="Sub mapping"),
        pytest.param({"Fn::Join": ["-", ["a", {"Ref": "Number"}, True]]}, "a-3-true", id="Join"),
        pytest.param({"Fn::Join": [",", {"Ref": "Zones"}]}, "a,b", id="Join of a list"),
        pytest.param({"Fn::Split": [".", "a.b"]}, ["a", "b"], id="Split"),
        pytest.param({"Fn::Select": ["1", {"Fn::Split": [".", "a.b"]}]}, "b", id="Select"),
        pytest.param({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "Large"]}, 10, id="FindInMap"),
        pytest.param({"Fn::FindInMap": ["Sizes", "live", "Names"]}, ["x"], id="FindInMap of a list"),
        pytest.param({"Fn::If": ["Yes", "a", "b"]}, "a", id="If true"),
        pytest.param({"Fn::If": ["No", "a", {"Ref": "Bucket"}]}, "raw-events", id="If false"),
        pytest.param({"Fn::Base64": "text"}, "dGV4dA==", id="Base64"),
        pytest.param(
            {"Fn::ImportValue": {"Fn::Sub": "${Stage}-vpc"}}, "import of live-vpc", id="ImportValue"
        ),
        pytest.param({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"], id="GetAZs"),
        pytest.param({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"], id="Cidr"),
        pytest.param({"Condition": {"a": 1}}, {"Condition": {"a": 1}}, id="a property called Condition"),
        pytest.param([1, None, True, "x"], [1, None, True, "x"], id="plain values"),
    ],
)
def test_gives_what_aws_documents(value: Any, result: Any) -> None:
    assert resolve(value, Names()) == result


@pytest.mark.parametrize(
    "value, problem",
    [
        pytest.param({"Fn::Nothing": 1}, "Unrecognized function Fn::Nothing", id="unknown"),
        pytest.param(
            {"Fn::Sub": "${Zones}"}, "Zones in Fn::Sub expression does not resolve", id="Sub of a list"
        ),
        pytest.param({"Fn::Select": [2, ["a"]]}, "nonexistent value at index 2", id="Select too far"),
        pytest.param({"Fn::Select": [-1, ["a"]]}, "nonexistent value at index -1", id="Select before"),
        pytest.param({"Fn::Join": ["-", "text"]}, "Fn::Join", id="Join of no list"),
        pytest.param({"Fn::Join": ["-"]}, "requires 2 arguments", id="too few"),
        pytest.param({"Fn::Join": ["-", [["a"]]]}, "a text was expected", id="Join of lists"),
        pytest.param({"Fn::FindInMap": ["Sizes", "test", "Large"]}, "Sizes::test::Large", id="FindInMap"),
    ],
)
def test_says_what_cannot_be_applied(value: Any, problem: str) -> None:
    with pytest.raises(TemplateError) as refused:
        resolve(value, Names())

    assert problem in refused.value.message


class TestConditions:
    """Conditions may use each other, in any order, but not themselves."""

    def values(self, **conditions: Any) -> dict[str, bool]:
        return evaluate_conditions(conditions, lambda value_of: Names(value_of))

    def test_are_and_or_not_and_equal(self) -> None:
        live = {"Fn::Equals": [{"Ref": "Stage"}, "live"]}

        assert self.values(
            Both={"Fn::And": [{"Condition": "Live"}, {"Fn::Not": [{"Condition": "Test"}]}]},
            Either={"Fn::Or": [{"Condition": "Test"}, {"Condition": "Live"}]},
            Live=live,
            Test={"Fn::Not": [live]},
            Number={"Fn::Equals": [{"Ref": "Number"}, "3"]},
        ) == {"Both": True, "Either": True, "Live": True, "Test": False, "Number": True}

    @pytest.mark.parametrize(
        "conditions, problem",
        [
            pytest.param({"A": {"Condition": "A"}}, "Circular dependency in condition A", id="circle"),
            pytest.param({"A": {"Condition": "B"}}, "Unresolved condition dependency B", id="unknown"),
            pytest.param({"A": {"Fn::Sub": "x"}}, "Unrecognized condition function Fn::Sub", id="function"),
            pytest.param({"A": "true"}, "can only be boolean operations", id="no function"),
        ],
    )
    def test_say_what_they_cannot_be(self, conditions: dict[str, Any], problem: str) -> None:
        with pytest.raises(TemplateError) as refused:
            self.values(**conditions)

        assert problem in refused.value.message
