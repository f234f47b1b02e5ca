"""Calls are checked for the actions and resources of AWS's service authorization reference."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.enforcement.needs import Asked, needs_of

GLUE = "arn:aws-cn:glue:cn-north-1:123456789012:"


def needs(
    service: str, operation: str, path: str = "/", host: str = "", **document: Any
) -> list[tuple[str, str | None]]:
    asked = Asked(
        service=service,
        operation=operation,
        region="cn-north-1",
        partition="aws-cn",
        account_id="123456789012",
        path=path,
        host=host,
        document=document,
    )
    return [(need.action, need.resource) for need in needs_of(asked)]


class TestGlue:
    def test_starts_one_crawler(self) -> None:
        assert needs("glue", "StartCrawler", Name="sales") == [("glue:StartCrawler", f"{GLUE}crawler/sales")]

    def test_passes_the_role_of_a_new_crawler(self) -> None:
        assert needs("glue", "CreateCrawler", Name="sales", Role="service-role/r") == [
            ("glue:CreateCrawler", f"{GLUE}crawler/sales"),
            ("iam:PassRole", "arn:aws-cn:iam::123456789012:role/service-role/r"),
        ]

    def test_asks_for_every_crawler_of_a_batch(self) -> None:
        assert [resource for _, resource in needs("glue", "BatchGetCrawlers", CrawlerNames=["a", "b"])] == [
            f"{GLUE}crawler/a",
            f"{GLUE}crawler/b",
        ]

    @pytest.mark.parametrize(
        "operation, document, parts",
        [
            ("GetDatabases", {}, ["catalog"]),
            ("GetDatabase", {"Name": "Lab"}, ["catalog", "database/lab"]),
            ("CreateDatabase", {"DatabaseInput": {"Name": "Lab"}}, ["catalog", "database/lab"]),
            ("GetTables", {"DatabaseName": "lab"}, ["catalog", "database/lab", "table/lab/*"]),
            ("GetTable", {"DatabaseName": "lab", "Name": "T"}, ["catalog", "database/lab", "table/lab/t"]),
            (
                "CreateTable",
                {"DatabaseName": "lab", "TableInput": {"Name": "t"}},
                ["catalog", "database/lab", "table/lab/t"],
            ),
            (
                "BatchCreatePartition",
                {"DatabaseName": "lab", "TableName": "t"},
                ["catalog", "database/lab", "table/lab/t"],
            ),
            ("CreateConnection", {"ConnectionInput": {"Name": "pg"}}, ["catalog", "connection/pg"]),
        ],
    )
    def test_wants_rights_on_everything_above(
        self, operation: str, document: dict[str, Any], parts: list[str]
    ) -> None:
        assert [resource for _, resource in needs("glue", operation, **document)] == [GLUE + p for p in parts]


class TestOthers:
    @pytest.mark.parametrize(
        "operation, path, host, need",
        [
            ("ListBuckets", "/", "", ("s3:ListAllMyBuckets", "*")),
            ("ListObjectsV2", "/lake", "", ("s3:ListBucket", "arn:aws-cn:s3:::lake")),
            ("GetObject", "/lake/a/b%20c", "", ("s3:GetObject", "arn:aws-cn:s3:::lake/a/b c")),
            ("HeadObject", "/a/b", "lake.s3.amazonaws.com", ("s3:GetObject", "arn:aws-cn:s3:::lake/a/b")),
            ("DeleteObjects", "/lake", "", ("s3:DeleteObject", "arn:aws-cn:s3:::lake/*")),
        ],
    )
    def test_read_buckets_and_keys_from_the_path(
        self, operation: str, path: str, host: str, need: tuple[str, str]
    ) -> None:
        assert needs("s3", operation, path, host) == [need]

    def test_know_a_dynamodb_table(self) -> None:
        arn = "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/Orders"

        assert needs("dynamodb", "Scan", TableName="Orders") == [("dynamodb:Scan", arn)]

    def test_have_no_resource_in_datazone(self) -> None:
        assert needs("datazone", "PostLineageEvent") == [("datazone:PostLineageEvent", "*")]

    def test_do_not_guess_the_resource_of_another_service(self) -> None:
        assert needs("sns", "Publish") == [("sns:Publish", None)]

    def test_let_everybody_ask_who_they_are(self) -> None:
        assert needs("sts", "GetCallerIdentity") == []
