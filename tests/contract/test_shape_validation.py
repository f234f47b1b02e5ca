from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.shape_validation import assert_valid

NOW = datetime(2025, 6, 4, tzinfo=UTC)


class TestAssertValid:
    @pytest.mark.parametrize(
        "operation, response",
        [
            ("GetCrawler", {"Crawler": {"Name": "n", "CreationTime": NOW, "Version": 1}}),
            ("ListCrawls", {"Crawls": [], "NextToken": "t"}),
            ("StartCrawler", {"ResponseMetadata": {}}),
        ],
    )
    def test_lets_a_good_answer_pass(self, operation: str, response: dict[str, Any]) -> None:
        assert_valid("glue", operation, response)

    @pytest.mark.parametrize(
        "service, operation, response, problem",
        [
            pytest.param(
                "glue", "GetCrawler", {"Crawler": {"Nmae": "n"}}, r"Crawler\.Nmae: not in", id="unknown"
            ),
            pytest.param(
                "glue", "StartCrawler", {"CrawlId": "x"}, "CrawlId: not in", id="where nothing is known"
            ),
            pytest.param("glue", "GetCrawler", {"Crawler": {"Name": 7}}, "7 is no string", id="type"),
            pytest.param(
                "glue", "GetCrawler", {"Crawler": {"Version": True}}, "True is no long", id="boolean"
            ),
            pytest.param(
                "glue", "GetCrawler", {"Crawler": {"CreationTime": 1.0}}, "is no timestamp", id="timestamp"
            ),
            pytest.param("glue", "GetCrawler", {"Crawler": {"State": "DONE"}}, "none of", id="enumeration"),
            pytest.param(
                "glue", "ListCrawls", {"Crawls": [{"State": "DONE"}]}, r"Crawls\[0\]\.State", id="in a list"
            ),
            pytest.param(
                "glue",
                "GetTable",
                {"Table": {"Name": "t", "Parameters": {"a": 1}}},
                r"Parameters\['a'\]: 1 is no string",
                id="in a map",
            ),
            pytest.param("glue", "GetTable", {"Table": {}}, r"Table\.Name: required", id="required"),
            pytest.param("datazone", "GetDomain", {"id": "dzd"}, "status: required", id="another service"),
        ],
    )
    def test_says_what_is_wrong(
        self, service: str, operation: str, response: dict[str, Any], problem: str
    ) -> None:
        with pytest.raises(AssertionError, match=problem):
            assert_valid(service, operation, response)
