from __future__ import annotations

import json
from typing import Any

import pytest
from moto.iam.models import iam_backends

from airflow_lineage_provider.local_aws.services.glue.crawling import MAX_CRAWLERS
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    AlreadyExistsError,
    EntityNotFoundError,
    InvalidInputError,
    ResourceNumberLimitExceededError,
)
from tests.unit.local_aws.glue.conftest import ACCOUNT, GlueWorld

S3 = {"S3Targets": [{"Path": "s3://lake/data/"}]}
LOG_ONLY = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
NEW_FOLDERS = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}


class TestRefusals:
    @pytest.mark.parametrize(
        "members, problem",
        [
            pytest.param(
                {"Targets": {"S3Targets": [{"Path": "s3://nowhere/x"}]}},
                "S3 bucket nowhere does not exist.",
                id="1.5 bucket missing",
            ),
            pytest.param(
                {"Targets": {"DynamoDBTargets": [{"Path": "Nowhere"}]}},
                "DynamoDB table Nowhere does not exist.",
                id="1.5 DynamoDB table missing",
            ),
            pytest.param({"Targets": {}}, "at least one target", id="1.2 no target"),
            pytest.param(
                {"Targets": {"S3Targets": [{"Path": "http://lake/x"}]}}, "'http://lake/x'", id="no S3 path"
            ),
            pytest.param({"Targets": {"S3Targets": [{}]}}, "S3 target path", id="no path at all"),
            pytest.param(
                {"Targets": {"S3Targets": [{"Path": "s3://lake/", "SampleSize": 250}]}},
                "SampleSize must be between 1 and 249",
                id="1.2 sample size",
            ),
            pytest.param(
                {"Targets": {"S3Targets": [{"Path": "s3://lake/", "Exclusions": ["a["]}]}},
                "Exclusion pattern 'a['",
                id="2.1 broken pattern",
            ),
            pytest.param(
                {"Targets": {"S3Targets": [{"Path": "s3://lake/", "ConnectionName": "net"}]}},
                "Unable to retrieve connection net",
                id="1.5 connection missing",
            ),
            pytest.param({"Role": "not a role!"}, "Role not a role!", id="1.2 role"),
            pytest.param({"Role": ""}, "is not the name or the ARN", id="empty role"),
            pytest.param(
                {"Configuration": '{"CrawlerOutput":{"Partitions":{"UpdateBehavior":"x"}}}'},
                "CrawlerOutput.Partitions contains unsupported keys: UpdateBehavior.",
                id="1.5 configuration",
            ),
            pytest.param(
                {"Schedule": "rate(1 day)"},
                "Invalid schedule cron expression. Expected format: Cron(CRON_EXPRESSION)",
                id="11 a rate",
            ),
            pytest.param(
                {"Schedule": "cron(0/2 * * * ? *)"}, "more often than every 5 minutes", id="11 too often"
            ),
            pytest.param(
                {"CrawlerSecurityConfiguration": "mine"},
                "Security configuration mine does not exist",
                id="security configuration missing",
            ),
            pytest.param(
                {"Targets": {"S3Targets": [{"Path": "/lake/data"}]}}, "Invalid S3 Target Path", id="slash"
            ),
            pytest.param(
                {"Classifiers": ["mine"]}, "Classifier with name mine does not exist", id="classifier missing"
            ),
            pytest.param({"CatalogId": "999999999999"}, "Catalog 999999999999", id="another catalog"),
            pytest.param({"DatabaseName": "x" * 256}, "longer than 255", id="long database name"),
            pytest.param(
                {"RecrawlPolicy": NEW_FOLDERS},
                'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG',
                id="1.5 new folders with another policy",
            ),
        ],
    )
    def test_say_what_is_wrong(self, world: GlueWorld, members: dict[str, Any], problem: str) -> None:
        with pytest.raises(InvalidInputError) as raised:
            world.make_crawler(**members)

        assert problem in raised.value.message

    def test_of_new_folders_for_other_sources(self, world: GlueWorld) -> None:
        world.make_table()

        with pytest.raises(InvalidInputError, match="can only apply to Amazon S3 target"):
            world.make_crawler(
                Targets=S3 | {"DynamoDBTargets": [{"Path": "Orders"}]},
                RecrawlPolicy=NEW_FOLDERS,
                SchemaChangePolicy=LOG_ONLY,
            )

    @pytest.mark.parametrize("rate", [0.05, 1.6])
    def test_of_a_scan_rate_out_of_range(self, world: GlueWorld, rate: float) -> None:
        world.make_table()

        with pytest.raises(
            InvalidInputError, match=r"Invalid scan rate value\. Valid values are between 0\.1 to 1\.5"
        ):
            world.make_crawler(Targets={"DynamoDBTargets": [{"Path": "Orders", "scanRate": rate}]})

    def test_of_a_name_that_is_taken(self, world: GlueWorld) -> None:
        world.make_crawler()

        with pytest.raises(AlreadyExistsError, match="crawler already exists"):
            world.make_crawler()

    def test_of_more_crawlers_than_an_account_may_have(self, world: GlueWorld) -> None:
        for number in range(MAX_CRAWLERS):
            world.make_crawler(f"crawler-{number}")

        with pytest.raises(ResourceNumberLimitExceededError, match="limited to 1000 crawlers"):
            world.make_crawler()

    def test_leave_no_crawler_behind(self, world: GlueWorld) -> None:
        with pytest.raises(InvalidInputError):
            world.make_crawler(Targets={})

        with pytest.raises(EntityNotFoundError):
            world.store.describe("crawler")


class TestAcceptance:
    @pytest.mark.parametrize(
        "role",
        [
            "glue-crawler-role",
            "service-role/AWSGlueServiceRole-x",
            "arn:aws:iam::123456789012:role/service-role/x",
            "arn:aws-cn:iam::123456789012:role/x",
        ],
    )
    def test_of_roles_that_need_not_exist(self, world: GlueWorld, role: str) -> None:
        world.make_crawler(Role=role)

        assert world.store.describe("crawler")["Role"] == role

    def test_of_a_path_without_a_scheme(self, world: GlueWorld) -> None:
        world.make_crawler(Targets={"S3Targets": [{"Path": "lake/data"}]})

        assert world.store.describe("crawler")["Targets"]["S3Targets"] == [
            {"Path": "lake/data", "Exclusions": []}
        ]


class TestDefaults:
    def test_are_glues(self, world: GlueWorld) -> None:
        world.make_crawler()

        described = world.store.describe("crawler")
        assert described["SchemaChangePolicy"] == {
            "UpdateBehavior": "UPDATE_IN_DATABASE",
            "DeleteBehavior": "DEPRECATE_IN_DATABASE",
        }
        assert described["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
        assert described["LineageConfiguration"] == {"CrawlerLineageSettings": "DISABLE"}
        assert described["LakeFormationConfiguration"] == {
            "UseLakeFormationCredentials": False,
            "AccountId": "",
        }
        assert (described["Description"], described["TablePrefix"], described["Version"]) == ("", "", 1)
        assert described["Targets"]["JdbcTargets"] == []
        assert {"Schedule", "LastCrawl", "Configuration"}.isdisjoint(described)


class TestUpdate:
    def test_changes_only_what_it_names(self, world: GlueWorld) -> None:
        world.make_crawler(Description="first", TablePrefix="p_")

        world.store.update({"Name": "crawler", "Description": "second"})

        described = world.store.describe("crawler")
        assert (described["Description"], described["TablePrefix"]) == ("second", "p_")
        assert described["Version"] == 2
        assert described["LastUpdated"] >= described["CreationTime"]

    def test_of_half_a_policy_keeps_the_other_half(self, world: GlueWorld) -> None:
        world.make_crawler(SchemaChangePolicy=LOG_ONLY)

        world.store.update(
            {"Name": "crawler", "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE"}}
        )

        assert world.store.describe("crawler")["SchemaChangePolicy"] == {
            "UpdateBehavior": "UPDATE_IN_DATABASE",
            "DeleteBehavior": "LOG",
        }

    def test_that_is_refused_changes_nothing(self, world: GlueWorld) -> None:
        world.make_crawler(Description="first")

        with pytest.raises(InvalidInputError):
            world.store.update({"Name": "crawler", "Description": "second", "Targets": {}})

        described = world.store.describe("crawler")
        assert (described["Description"], described["Version"]) == ("first", 1)

    def test_of_the_targets_of_new_folders_only_is_refused(self, world: GlueWorld) -> None:
        world.make_crawler(RecrawlPolicy=NEW_FOLDERS, SchemaChangePolicy=LOG_ONLY)

        with pytest.raises(InvalidInputError, match="cannot be changed"):
            world.store.update({"Name": "crawler", "Targets": {"S3Targets": [{"Path": "s3://lake/other/"}]}})

    def test_of_an_unknown_crawler_is_refused(self, world: GlueWorld) -> None:
        with pytest.raises(EntityNotFoundError, match="Crawler with name nobody does not exist"):
            world.store.update({"Name": "nobody"})


class TestRole:
    @staticmethod
    def make_role(service: str) -> None:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        iam: Any = iam_backends[ACCOUNT]["aws"]
        iam.create_role(
            role_name="glue-crawler-role",
            assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            path="/service-role/",
            permissions_boundary=None,
            description="",
            tags=[],
            max_session_duration=None,
        )

    def test_that_trusts_glue_is_taken(self, world: GlueWorld) -> None:
        self.make_role("glue.amazonaws.com")

        world.make_crawler(Role="service-role/glue-crawler-role")

        assert world.store.describe("crawler")["Role"] == "service-role/glue-crawler-role"

    def test_that_does_not_trust_glue_is_refused(self, world: GlueWorld) -> None:
        self.make_role("lambda.amazonaws.com")

        with pytest.raises(InvalidInputError) as raised:
            world.make_crawler()

        assert raised.value.message == (
            "Service is unable to assume provided role. Please verify role's TrustPolicy."
        )

    def test_that_lost_its_trust_is_refused_when_the_crawler_changes(self, world: GlueWorld) -> None:
        world.make_crawler()
        self.make_role("lambda.amazonaws.com")

        with pytest.raises(InvalidInputError, match="TrustPolicy"):
            world.store.update({"Name": "crawler", "Description": "changed"})


class TestSecurityConfiguration:
    def test_that_exists_is_taken(self, world: GlueWorld) -> None:
        world.backend.create_security_configuration("mine", {})

        world.make_crawler(CrawlerSecurityConfiguration="mine")

        assert world.store.describe("crawler")["CrawlerSecurityConfiguration"] == "mine"
