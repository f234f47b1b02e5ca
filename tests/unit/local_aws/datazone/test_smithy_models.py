"""Custom form types are read from their Smithy models."""

from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.smithy_models import parse_model

_TYPICAL = """
$version: "2.0"
// what the portal makes: (not a member: String)
@documentation("Who answers questions: the team")
structure Contact {
    @required
    @amazon.datazone#displayname("Team")
    @pattern("^[a-z]{1,3}: .*$")
    team: String,

    @amazon.datazone#searchable(modes:["LEXICAL"])
    @range(min: 0, max: 10)
    size: Integer
    budget: Double
    isActive: smithy.api#Boolean
    since: Timestamp
    people: People
    level: Level
}

list People {
    member: String
}

enum Level {
    LOW
    HIGH = "high"
}
"""


def test_members_have_the_kinds_their_values_have_in_json() -> None:
    model = parse_model("Contact", _TYPICAL)

    assert model.members == {
        "team": "String",
        "size": "Integer",
        "budget": "Number",
        "isActive": "Boolean",
        "since": "String",
        "people": "List",
        "level": "String",
    }


def test_trait_belongs_to_the_member_it_stands_before() -> None:
    assert parse_model("Contact", _TYPICAL).required == ("team",)


def test_only_structure_may_have_another_name() -> None:
    assert parse_model("Other", "structure Contact { team: String }").members == {"team": "String"}


@pytest.mark.parametrize(
    "text, message",
    [
        pytest.param("", "no structure Contact", id="nothing"),
        pytest.param("structure A {} structure B {}", "no structure Contact", id="two others"),
        pytest.param("structure Contact { team: Group }", "uses Group", id="unknown type"),
        pytest.param("structure Contact { team String }", "cannot be read at 'team'", id="no colon"),
        pytest.param("structure Contact { @range(min: 1 team: String }", "not closed", id="open bracket"),
    ],
)
def test_model_that_defines_no_form_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        parse_model("Contact", text)
