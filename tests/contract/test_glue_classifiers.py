"""Every classifier operation through boto3, each answer compared with botocore's model of Glue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.shape_validation import watch

GROK = {"Name": "log", "Classification": "special-logs", "GrokPattern": "%{WORD:level} %{GREEDYDATA:text}"}
XML = {"Name": "rows", "Classification": "xml", "RowTag": "row"}
JSON = {"Name": "elements", "JsonPath": "$[*]"}
CSV = {"Name": "table", "Delimiter": ";", "QuoteSymbol": "'", "Header": ["a", "b"]}
KINDS = [
    pytest.param("GrokClassifier", GROK, id="grok"),
    pytest.param("XMLClassifier", XML, id="XML"),
    pytest.param("JsonClassifier", JSON, id="JSON"),
    pytest.param("CsvClassifier", CSV, id="CSV"),
]


@pytest.fixture
def glue(local_aws: LocalAws) -> Any:
    """A Glue client whose answers are checked."""
    client = local_aws.client("glue")
    watch(client)
    return client


def error_of(call: Callable[..., object], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def names(page: dict[str, Any]) -> list[str]:
    return [next(iter(classifier.values()))["Name"] for classifier in page["Classifiers"]]


class TestCreating:
    @pytest.mark.parametrize("kind, members", KINDS)
    def test_keeps_what_it_was_given(self, glue: Any, kind: str, members: dict[str, Any]) -> None:
        glue.create_classifier(**{kind: members})

        classifier = glue.get_classifier(Name=members["Name"])["Classifier"]
        assert list(classifier) == [kind]
        assert classifier[kind].items() >= members.items()
        assert classifier[kind]["Version"] == 1
        assert classifier[kind]["CreationTime"] == classifier[kind]["LastUpdated"]

    def test_adds_the_documented_defaults_of_csv(self, glue: Any) -> None:
        glue.create_classifier(CsvClassifier={"Name": "table"})

        classifier = glue.get_classifier(Name="table")["Classifier"]["CsvClassifier"]
        assert classifier["ContainsHeader"] == "UNKNOWN"
        assert classifier["DisableValueTrimming"] is True
        assert classifier["AllowSingleColumn"] is False
        assert classifier["CustomDatatypeConfigured"] is False
        assert classifier["Serde"] == "None"

    @pytest.mark.parametrize("kind, members", KINDS)
    def test_refuses_a_name_that_is_taken_by_any_kind(
        self, glue: Any, kind: str, members: dict[str, Any]
    ) -> None:
        glue.create_classifier(JsonClassifier={"Name": "taken", "JsonPath": "$"})

        code, message = error_of(glue.create_classifier, **{kind: members | {"Name": "taken"}})

        assert (code, message) == ("AlreadyExistsException", "Classifier with name taken already exists")

    @pytest.mark.parametrize(
        "request_members, problem",
        [
            pytest.param({}, "Exactly one of", id="no kind"),
            pytest.param({"XMLClassifier": XML, "JsonClassifier": JSON}, "not 2.", id="two kinds"),
            pytest.param(
                {"GrokClassifier": GROK | {"GrokPattern": "%{NOSUCH:x}"}},
                "Classifier log is not valid: there is no grok pattern NOSUCH.",
                id="unknown grok pattern",
            ),
            pytest.param(
                {"GrokClassifier": GROK | {"GrokPattern": "("}}, "no regular expression", id="broken pattern"
            ),
            pytest.param(
                {"GrokClassifier": GROK | {"Classification": " "}},
                "classification is empty",
                id="classification",
            ),
            pytest.param({"XMLClassifier": XML | {"RowTag": "<row>"}}, "'<row>' is no name", id="row tag"),
            pytest.param(
                {"JsonClassifier": JSON | {"JsonPath": "$..a"}}, "'$..a' is no JSON path", id="path"
            ),
            pytest.param(
                {"CsvClassifier": CSV | {"QuoteSymbol": ";"}}, "must be different from the column", id="quote"
            ),
            pytest.param({"CsvClassifier": CSV | {"Header": ["a", "A"]}}, "must be different", id="header"),
            pytest.param(
                {"CsvClassifier": CSV | {"CustomDatatypes": ["INT", "UUID"]}},
                "unknown custom datatypes: UUID; known: BINARY, BOOLEAN,",
                id="datatype",
            ),
        ],
    )
    def test_refuses_what_could_never_recognise_anything(
        self, glue: Any, request_members: dict[str, Any], problem: str
    ) -> None:
        code, message = error_of(glue.create_classifier, **request_members)

        assert code == "InvalidInputException"
        assert problem in message
        assert names(glue.get_classifiers()) == []

    def test_refuses_what_breaks_the_models_limits(self, glue: Any) -> None:
        code, message = error_of(
            glue.create_classifier, CsvClassifier={"Name": "table", "ContainsHeader": "MAYBE"}
        )

        assert code == "ValidationException"
        assert "[UNKNOWN, PRESENT, ABSENT]" in message


class TestUpdating:
    def test_changes_what_is_given_and_raises_the_version(self, glue: Any) -> None:
        glue.create_classifier(CsvClassifier=CSV)
        before = glue.get_classifier(Name="table")["Classifier"]["CsvClassifier"]

        glue.update_classifier(CsvClassifier={"Name": "table", "Delimiter": "~"})

        after = glue.get_classifier(Name="table")["Classifier"]["CsvClassifier"]
        assert (after["Delimiter"], after["QuoteSymbol"], after["Version"]) == ("~", "'", 2)
        assert after["CreationTime"] == before["CreationTime"]
        assert after["LastUpdated"] >= before["LastUpdated"]

    def test_refuses_another_kind(self, glue: Any) -> None:
        glue.create_classifier(CsvClassifier=CSV)

        code, message = error_of(glue.update_classifier, JsonClassifier={"Name": "table", "JsonPath": "$"})

        assert code == "InvalidInputException"
        assert message == "Classifier table is a CsvClassifier; it cannot be updated as a JsonClassifier."

    def test_leaves_a_classifier_as_it_was_when_the_change_is_refused(self, glue: Any) -> None:
        glue.create_classifier(CsvClassifier=CSV)

        code, _ = error_of(glue.update_classifier, CsvClassifier={"Name": "table", "Delimiter": "'"})

        kept = glue.get_classifier(Name="table")["Classifier"]["CsvClassifier"]
        assert (code, kept["Delimiter"], kept["Version"]) == ("InvalidInputException", ";", 1)


class TestMissing:
    def test_is_an_entity_that_is_not_found(self, glue: Any) -> None:
        calls: list[tuple[Callable[..., object], dict[str, Any]]] = [
            (glue.get_classifier, {"Name": "nobody"}),
            (glue.delete_classifier, {"Name": "nobody"}),
            (glue.update_classifier, {"JsonClassifier": {"Name": "nobody", "JsonPath": "$"}}),
        ]

        errors = {error_of(call, **arguments) for call, arguments in calls}

        assert errors == {("EntityNotFoundException", "Classifier with name nobody does not exist")}

    def test_is_one_that_was_deleted(self, glue: Any) -> None:
        glue.create_classifier(JsonClassifier=JSON)

        glue.delete_classifier(Name="elements")

        assert error_of(glue.get_classifier, Name="elements")[0] == "EntityNotFoundException"


class TestListing:
    def test_pages_by_name(self, glue: Any) -> None:
        for name in ("c", "a", "b"):
            glue.create_classifier(JsonClassifier={"Name": name, "JsonPath": "$"})

        first = glue.get_classifiers(MaxResults=2)
        second = glue.get_classifiers(MaxResults=2, NextToken=first["NextToken"])

        assert (names(first), names(second)) == (["a", "b"], ["c"])
        assert "NextToken" not in second

    def test_is_what_botos_paginator_reads(self, glue: Any) -> None:
        for name in ("a", "b", "c"):
            glue.create_classifier(JsonClassifier={"Name": name, "JsonPath": "$"})

        pages = glue.get_paginator("get_classifiers").paginate(PaginationConfig={"PageSize": 1})

        assert [name for page in pages for name in names(page)] == ["a", "b", "c"]
