"""With enforcement on, IAM and Lake Formation bite: callers are refused, crawls fail with AWS's messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws

ROLE = "glue-crawler-role"
REGION = "us-east-1"


@pytest.fixture
def aws(local_aws: LocalAws) -> LocalAws:
    local_aws.settings(enforce=True)
    return local_aws


@pytest.fixture
def estate(aws: LocalAws) -> EcommerceEstate:
    return aws.seed("ecommerce")


def user_client(aws: LocalAws, service: str, *statements: dict[str, Any]) -> Any:
    """Return a client that signs as a user with the given statements only."""
    iam = aws.client("iam")
    iam.create_user(UserName="ana")
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    if statements:
        iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    return aws.client(
        service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )


def crawl(aws: LocalAws, name: str) -> dict[str, Any]:
    glue = aws.client("glue")
    glue.start_crawler(Name=name)
    aws.advance(1)
    crawls: list[dict[str, Any]] = glue.list_crawls(CrawlerName=name)["Crawls"]
    return crawls[0]


def drop_policy(aws: LocalAws, statement: int) -> None:
    """Take one statement out of the crawler role's own policy."""
    iam = aws.client("iam")
    held = iam.get_role_policy(RoleName=ROLE, PolicyName="crawl-sources")["PolicyDocument"]
    del held["Statement"][statement]
    iam.put_role_policy(RoleName=ROLE, PolicyName="crawl-sources", PolicyDocument=json.dumps(held))


class TestCallers:
    def test_without_a_right_are_refused_by_glue(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        glue = user_client(aws, "glue", {"Effect": "Allow", "Action": "glue:Get*", "Resource": "*"})

        glue.get_crawler(Name=estate.crawler)
        with pytest.raises(ClientError) as raised:
            glue.start_crawler(Name=estate.crawler)

        error = raised.value.response
        crawler = f"arn:aws:glue:{REGION}:{estate.account}:crawler/{estate.crawler}"
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert error["Error"]["Code"] == "AccessDeniedException"
        assert error["Error"]["Message"] == (
            f"User: arn:aws:iam::{estate.account}:user/ana is not authorized to perform: "
            f"glue:StartCrawler on resource: {crawler} "
            "because no identity-based policy allows the glue:StartCrawler action"
        )
        assert aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"] == []

    def test_with_the_right_on_another_crawler_are_refused(
        self, aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        other = f"arn:aws:glue:{REGION}:{estate.account}:crawler/other"
        glue = user_client(aws, "glue", {"Effect": "Allow", "Action": "glue:*", "Resource": other})

        with pytest.raises(ClientError, match="AccessDeniedException"):
            glue.start_crawler(Name=estate.crawler)

    def test_with_the_right_are_let_in(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        glue = user_client(aws, "glue", {"Effect": "Allow", "Action": "glue:StartCrawler", "Resource": "*"})

        glue.start_crawler(Name=estate.crawler)

        assert len(aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"]) == 1

    def test_without_a_right_are_refused_by_datazone_and_s3(
        self, aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        datazone = user_client(aws, "datazone")
        with pytest.raises(ClientError) as raised:
            datazone.list_domains()
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert raised.value.response["Error"]["Code"] == "AccessDeniedException"
        with pytest.raises(ClientError) as raised:
            user_of(aws, "s3").list_objects_v2(Bucket=estate.bucket)
        assert raised.value.response["Error"]["Code"] == "AccessDenied"

    def test_nobody_knows_are_told_so(self, aws: LocalAws) -> None:
        glue = aws.client("glue", aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x")

        with pytest.raises(ClientError) as raised:
            glue.get_crawlers()

        assert raised.value.response["Error"]["Code"] == "UnrecognizedClientException"

    def test_of_an_assumed_role_have_its_rights(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        assumed = aws.client("sts").assume_role(RoleArn=estate.role_arn, RoleSessionName="session")
        session = assumed["Credentials"]
        keys = {
            "aws_access_key_id": session["AccessKeyId"],
            "aws_secret_access_key": session["SecretAccessKey"],
            "aws_session_token": session["SessionToken"],
        }

        listed = aws.client("s3", **keys).list_objects_v2(Bucket=estate.bucket)
        with pytest.raises(ClientError, match="assumed-role/glue-crawler-role/session is not authorized"):
            aws.client("dynamodb", **keys).put_item(TableName="OrderTransactionTable", Item={})

        assert listed["KeyCount"] == 1

    def test_are_not_asked_without_enforcement(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        glue = user_client(aws, "glue")
        aws.settings(enforce=False)

        glue.start_crawler(Name=estate.crawler)


class TestCrawls:
    def test_with_all_rights_complete(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        assert crawl(aws, estate.crawler)["State"] == "COMPLETED"

    def test_without_a_grant_on_the_database_fail(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        aws.client("lakeformation").revoke_permissions(
            Principal={"DataLakePrincipalIdentifier": estate.role_arn},
            Resource={"Database": {"CatalogId": estate.account, "Name": estate.database}},
            Permissions=["CREATE_TABLE"],
        )

        ended = crawl(aws, estate.crawler)

        assert ended["State"] == "FAILED"
        assert ended["ErrorMessage"].startswith(
            f"Insufficient Lake Formation permission(s) on {estate.database} "
            f"(Database name: {estate.database}) "
            "(Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException"
        )
        assert aws.client("glue").get_tables(DatabaseName=estate.database)["TableList"] == []
        glue = aws.client("glue")
        assert glue.get_crawler(Name=estate.crawler)["Crawler"]["LastCrawl"]["Status"] == "FAILED"

    def test_with_describe_only_name_create_table(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        lake_formation = aws.client("lakeformation")
        resource = {"Database": {"CatalogId": estate.account, "Name": estate.database}}
        principal = {"DataLakePrincipalIdentifier": estate.role_arn}
        lake_formation.revoke_permissions(
            Principal=principal, Resource=resource, Permissions=["CREATE_TABLE"]
        )
        lake_formation.grant_permissions(Principal=principal, Resource=resource, Permissions=["DESCRIBE"])

        ended = crawl(aws, estate.crawler)

        assert f"Required Create Table on {estate.database}" in ended["ErrorMessage"]

    def test_without_the_right_to_read_fail_and_say_which(
        self, aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        drop_policy(aws, 1)

        ended = crawl(aws, estate.crawler)

        assert ended["State"] == "FAILED"
        assert (
            f"assumed-role/{ROLE}/AWS-Crawler is not authorized to perform: dynamodb:DescribeTable"
            in ended["ErrorMessage"]
        )
        assert "Setting up IAM Permissions" in ended["ErrorMessage"]

    def test_without_glue_rights_fail(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        aws.client("iam").detach_role_policy(
            RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"
        )

        assert "not authorized to perform: glue:CreateTable" in crawl(aws, estate.crawler)["ErrorMessage"]

    def test_update_the_tables_they_created_without_another_grant(
        self, aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        first = crawl(aws, estate.crawler)
        aws.client("s3").put_object(Bucket=estate.bucket, Key="clickstream/more.json", Body=b'{"new":1}')

        second = crawl(aws, estate.crawler)

        assert (first["State"], second["State"]) == ("COMPLETED", "COMPLETED")
        assert "UPDATE" in second["Summary"]

    def test_into_a_database_of_one_s_own_need_no_grant(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        aws.client("glue").update_crawler(Name=estate.crawler, DatabaseName="plain")

        assert crawl(aws, estate.crawler)["State"] == "COMPLETED"

    def test_through_lake_formation_need_a_registered_location(
        self, aws: LocalAws, estate: EcommerceEstate
    ) -> None:
        glue = aws.client("glue")
        glue.update_crawler(
            Name=estate.crawler,
            Targets={"S3Targets": [{"Path": f"s3://{estate.bucket}/clickstream/"}]},
            LakeFormationConfiguration={"UseLakeFormationCredentials": True, "AccountId": ""},
        )

        ended = crawl(aws, estate.crawler)

        assert ended["ErrorMessage"].startswith(f"The S3 location: s3://{estate.bucket}/clickstream")
        assert "is not registered" in ended["ErrorMessage"]


class TestCreateCrawler:
    def test_refuses_a_role_that_does_not_trust_glue(self, aws: LocalAws, estate: EcommerceEstate) -> None:
        trust = {
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ]
        }
        aws.client("iam").create_role(RoleName="ec2", AssumeRolePolicyDocument=json.dumps(trust))

        for role in ("ec2", "nobody"):
            with pytest.raises(ClientError) as raised:
                aws.client("glue").create_crawler(
                    Name="c",
                    Role=role,
                    DatabaseName="d",
                    Targets={"S3Targets": [{"Path": f"s3://{estate.bucket}/"}]},
                )
            assert raised.value.response["Error"]["Code"] == "InvalidInputException"
            assert "Service is unable to assume provided role" in raised.value.response["Error"]["Message"]


def user_of(aws: LocalAws, service: str) -> Any:
    """Return another client of the user that was made."""
    key = aws.client("iam").create_access_key(UserName="ana")["AccessKey"]
    return aws.client(
        service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
