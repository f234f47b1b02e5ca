"""With enforcement on, a crawler's role must be allowed to read its connection and that one's secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.integration.databases.conftest import Database
from tests.integration.databases.crawling import DatabaseCrawls

_TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}
_CATALOG = ["glue:CreateDatabase", "glue:CreateTable", "glue:UpdateTable"]


@pytest.fixture
def iam(local_aws: LocalAws) -> Any:
    """IAM with a role ``crawler`` that Glue may assume, and enforcement switched on."""
    client = local_aws.client("iam")
    client.create_role(RoleName="crawler", AssumeRolePolicyDocument=json.dumps(_TRUST))
    local_aws.settings(enforce=True)
    return client


def allow(iam: Any, *actions: str) -> None:
    """Let the role do what is listed, and nothing else."""
    statement = {"Effect": "Allow", "Action": [*_CATALOG, *actions], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="crawler", PolicyName="p", PolicyDocument=document)


@pytest.fixture
def shop(postgresql: Database, crawls: DatabaseCrawls, local_aws: LocalAws) -> Database:
    """A database with one table, and the connection ``db`` that logs in with the secret ``login``."""
    server = postgresql.server
    postgresql.run("CREATE TABLE orders (id int)")
    local_aws.client("secretsmanager").create_secret(
        Name="login", SecretString=json.dumps({"username": server.username, "password": server.password})
    )
    url = f"jdbc:postgresql://{postgresql.address}/{postgresql.name}"
    properties = {"JDBC_CONNECTION_URL": url, "SECRET_ID": "login"}
    crawls.glue.create_connection(
        ConnectionInput={"Name": "db", "ConnectionType": "JDBC", "ConnectionProperties": properties}
    )
    return postgresql


class TestRole:
    def test_that_may_not_read_the_connection_gets_no_crawler(
        self, shop: Database, crawls: DatabaseCrawls, iam: Any
    ) -> None:
        allow(iam)

        with pytest.raises(ClientError) as raised:
            crawls.make_crawler({"Path": f"{shop.name}/%"})

        error = raised.value.response["Error"]
        assert error["Code"] == "InvalidInputException"
        who = "arn:aws:sts::123456789012:assumed-role/crawler/AWS-Crawler"
        what = "arn:aws:glue:us-east-1:123456789012:connection/db"
        assert error["Message"].startswith(
            f"Unable to retrieve connection db: User: {who} is not authorized to perform: glue:GetConnection "
            f"on resource: {what}"
        )

    @pytest.mark.parametrize(
        "left, missing",
        [
            ("glue:GetConnection", "secretsmanager:GetSecretValue"),
            ("secretsmanager:GetSecretValue", "glue:GetConnection"),
        ],
    )
    def test_that_lost_a_right_fails_the_crawl(
        self, shop: Database, crawls: DatabaseCrawls, iam: Any, left: str, missing: str
    ) -> None:
        allow(iam, left, missing)
        crawls.make_crawler({"Path": f"{shop.name}/%"})
        allow(iam, left)

        record = crawls.crawl()

        assert record["State"] == "FAILED"
        assert f"is not authorized to perform: {missing}" in record["ErrorMessage"]

    def test_with_both_rights_crawls(self, shop: Database, crawls: DatabaseCrawls, iam: Any) -> None:
        allow(iam, "glue:GetConnection", "secretsmanager:GetSecretValue")
        crawls.make_crawler({"Path": f"{shop.name}/%"})

        record = crawls.crawl()

        assert record.get("ErrorMessage") is None
        assert list(crawls.tables()) == [f"{shop.name}_public_orders"]
