from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.glue.constraints import check_request, operation_names
from airflow_lineage_provider.local_aws.services.glue.exceptions import ValidationError

CRAWLER = {"Name": "n", "Role": "r", "Targets": {}}


class TestCheckRequest:
    @pytest.mark.parametrize(
        "operation, request_members, problem",
        [
            (
                "StartCrawler",
                {},
                "Value null at 'name' failed to satisfy constraint",
            ),
            ("StartCrawler", {"Name": ""}, "length greater than or equal to 1"),
            ("StartCrawler", {"Name": "x" * 256}, "length less than or equal to 255"),
            ("StartCrawler", {"Name": 7}, "Member must be a string"),
            ("GetCrawlers", {"MaxResults": 0}, "value greater than or equal to 1"),
            ("GetCrawlers", {"MaxResults": 1001}, "value less than or equal to 1000"),
            ("GetCrawlers", {"MaxResults": True}, "Member must be a integer"),
            (
                "CreateCrawler",
                CRAWLER | {"SchemaChangePolicy": {"UpdateBehavior": "MAYBE"}},
                "at 'schemaChangePolicy.updateBehavior' failed to satisfy constraint: Member must satisfy",
            ),
            (
                "ListCrawls",
                {"CrawlerName": "n", "Filters": [{"FieldName": "NAME"}]},
                "at 'filters.1.member.fieldName'",
            ),
            ("CreateCrawler", CRAWLER | {"Tags": {str(n): "" for n in range(51)}}, "'tags'"),
            ("CreateCrawler", {"Name": "n"}, "2 validation errors detected"),
        ],
    )
    def test_says_what_breaks_the_model(
        self, operation: str, request_members: dict[str, Any], problem: str
    ) -> None:
        with pytest.raises(ValidationError) as raised:
            check_request(operation, request_members)

        assert problem in raised.value.message

    def test_lets_a_good_request_pass(self) -> None:
        check_request("CreateCrawler", CRAWLER | {"Tags": {"a": "b"}, "Classifiers": ["c"]})


class TestOperationNames:
    def test_are_the_models(self) -> None:
        assert {"CreateCrawler", "StartMLEvaluationTaskRun"} <= operation_names()

    @pytest.mark.parametrize(
        "properties",
        [
            {"PASSWORD": "hunter2" * 200},
            {"PASSWORD": ["hunter2"]},
            dict.fromkeys((f"K{number}" for number in range(101)), "x") | {"PASSWORD": "hunter2"},
        ],
        ids=["too long", "of another type", "among too many"],
    )
    def test_shows_no_password(self, properties: dict[str, Any]) -> None:
        definition = {"Name": "n", "ConnectionType": "JDBC", "ConnectionProperties": properties}

        with pytest.raises(ValidationError) as raised:
            check_request("CreateConnection", {"ConnectionInput": definition})

        assert "hunter2" not in str(raised.value)
        assert "connectionProperties" in str(raised.value)

    def test_checks_the_keys_of_a_map(self) -> None:
        definition = {"Name": "n", "ConnectionType": "JDBC", "ConnectionProperties": {"COLOUR": "red"}}

        with pytest.raises(ValidationError, match=r"Value 'COLOUR' .* Member must satisfy enum value set"):
            check_request("CreateConnection", {"ConnectionInput": definition})
