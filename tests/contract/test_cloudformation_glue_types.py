"""``AWS::Glue::*`` and ``AWS::LakeFormation::PrincipalPermissions`` in stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.cloudformation_stacks import (
    BUCKET,
    crawler_template,
    deploy,
    events_of,
    make_template,
    statuses_of,
    update,
)

ACCOUNT = {"Ref": "AWS::AccountId"}
TABLE = {
    "Type": "AWS::Glue::Table",
    "Properties": {
        "CatalogId": ACCOUNT,
        "DatabaseName": {"Ref": "Database"},
        "TableInput": {
            "Name": "Clicks",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "json", "skip.header.line.count": 1},
            "StorageDescriptor": {
                "Location": "s3://raw-events/clickstream/",
                "Columns": [{"Name": "user_id", "Type": "string"}],
            },
            "PartitionKeys": [{"Name": "day", "Type": "string"}],
        },
    },
}


@pytest.fixture
def cloudformation(local_aws: LocalAws) -> Any:
    return local_aws.client("cloudformation")


def outputs_of(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


class TestCrawlers:
    """``AWS::Glue::Crawler``: every property reaches the crawler, tags as a map."""

    def test_take_everything_a_template_can_say(self, local_aws: LocalAws, cloudformation: Any) -> None:
        table = {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "Orders",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        }
        template = crawler_template(
            Description="clicks and orders",
            TablePrefix="raw_",
            Schedule={"ScheduleExpression": "cron(15 12 * * ? *)"},
            Targets={
                "S3Targets": [{"Path": "s3://raw-events/", "Exclusions": ["**.tmp"], "SampleSize": "5"}],
                "DynamoDBTargets": [{"Path": {"Ref": "Orders"}, "ScanAll": "false", "ScanRate": 0.5}],
            },
            SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
            RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVERYTHING"},
            Configuration=json.dumps({"Version": 1.0}),
            LakeFormationConfiguration={"UseLakeFormationCredentials": False},
            Tags={"team": "clicks", "stage": 1},
        )
        template["Resources"]["Orders"] = table
        template["Resources"]["Crawler"]["DependsOn"] = "Bucket"

        deploy(cloudformation, template, Tags=[{"Key": "cost", "Value": "42"}])

        glue = local_aws.client("glue")
        crawler = glue.get_crawler(Name="events")["Crawler"]
        assert crawler["Targets"]["S3Targets"] == [
            {"Path": "s3://raw-events/", "Exclusions": ["**.tmp"], "SampleSize": 5}
        ]
        assert crawler["Targets"]["DynamoDBTargets"] == [
            {"Path": "Orders", "scanAll": False, "scanRate": 0.5}
        ]
        assert crawler["Schedule"]["ScheduleExpression"] == "cron(15 12 * * ? *)"
        assert crawler["SchemaChangePolicy"]["DeleteBehavior"] == "LOG"
        assert (crawler["TablePrefix"], crawler["Description"]) == ("raw_", "clicks and orders")
        tags = glue.get_tags(ResourceArn="arn:aws:glue:us-east-1:123456789012:crawler/events")["Tags"]
        assert tags == {"team": "clicks", "stage": "1", "cost": "42"}

    def test_lose_what_a_template_no_longer_says(self, local_aws: LocalAws, cloudformation: Any) -> None:
        deploy(
            cloudformation,
            crawler_template(
                Schedule={"ScheduleExpression": "cron(15 12 * * ? *)"},
                SchemaChangePolicy={"DeleteBehavior": "LOG"},
                Tags={"team": "clicks", "stage": "test"},
            ),
        )

        update(cloudformation, crawler_template(Tags={"team": "orders"}))

        glue = local_aws.client("glue")
        crawler = glue.get_crawler(Name="events")["Crawler"]
        assert "Schedule" not in crawler
        assert crawler["SchemaChangePolicy"]["DeleteBehavior"] == "DEPRECATE_IN_DATABASE"
        tags = glue.get_tags(ResourceArn="arn:aws:glue:us-east-1:123456789012:crawler/events")["Tags"]
        assert tags == {"team": "orders"}

    def test_that_run_are_neither_changed_nor_deleted(self, local_aws: LocalAws, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())
        local_aws.settings(crawl_seconds=600)
        local_aws.client("glue").start_crawler(Name="events")

        stack = update(cloudformation, crawler_template(Description="new"), DisableRollback=True)
        cloudformation.delete_stack(StackName="events")

        reasons = [event.get("ResourceStatusReason", "") for event in events_of(cloudformation)]
        assert stack["StackStatus"] == "UPDATE_FAILED"
        assert any("Cannot update Crawler while running." in reason for reason in reasons)
        (left,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        assert left["StackStatus"] == "DELETE_FAILED"


class TestCatalog:
    """``AWS::Glue::Database`` and ``::Table``: definitions in the Data Catalog."""

    def template(self, *columns: str, description: str = "clicks") -> dict[str, Any]:
        table: dict[str, Any] = json.loads(json.dumps(TABLE))
        storage = table["Properties"]["TableInput"]["StorageDescriptor"]
        storage["Columns"] = [{"Name": name, "Type": "string"} for name in columns]
        return make_template(
            {
                "Database": {
                    "Type": "AWS::Glue::Database",
                    "Properties": {
                        "CatalogId": ACCOUNT,
                        "DatabaseInput": {"Name": "Events", "Description": description},
                    },
                },
                "Table": table,
            },
            Outputs={"Database": {"Value": {"Ref": "Database"}}, "Table": {"Value": {"Ref": "Table"}}},
        )

    def test_is_made_in_lower_case(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, self.template("user_id"))

        table = local_aws.client("glue").get_table(DatabaseName="events", Name="clicks")["Table"]
        assert outputs_of(stack) == {"Database": "events", "Table": "clicks"}
        assert table["Parameters"]["skip.header.line.count"] == "1"
        assert table["StorageDescriptor"]["Columns"] == [{"Name": "user_id", "Type": "string"}]

    def test_changes_by_new_versions(self, local_aws: LocalAws, cloudformation: Any) -> None:
        deploy(cloudformation, self.template("user_id"))

        update(cloudformation, self.template("user_id", "page", description="all clicks"))

        glue = local_aws.client("glue")
        versions = glue.get_table_versions(DatabaseName="events", TableName="clicks")["TableVersions"]
        assert len(versions) == 2
        assert glue.get_database(Name="events")["Database"]["Description"] == "all clicks"
        assert "DELETE_IN_PROGRESS" not in statuses_of(cloudformation, "Table")

    def test_moves_by_replacement(self, local_aws: LocalAws, cloudformation: Any) -> None:
        template = self.template("user_id")
        deploy(cloudformation, template)
        template["Resources"]["Database"]["Properties"]["DatabaseInput"]["Name"] = "Other"

        update(cloudformation, template)

        glue = local_aws.client("glue")
        assert [each["Name"] for each in glue.get_databases()["DatabaseList"]] == ["other"]
        assert [each["Name"] for each in glue.get_tables(DatabaseName="other")["TableList"]] == ["clicks"]


class TestConnectionsAndClassifiers:
    """``AWS::Glue::Connection`` and ``::Classifier``: what crawlers are given besides targets."""

    def template(self, url: str = "jdbc:postgresql://db:5432/shop", path: str = "$[*]") -> dict[str, Any]:
        return make_template(
            {
                "Connection": {
                    "Type": "AWS::Glue::Connection",
                    "Properties": {
                        "CatalogId": ACCOUNT,
                        "ConnectionInput": {
                            "Name": "shop",
                            "ConnectionType": "JDBC",
                            "ConnectionProperties": {
                                "JDBC_CONNECTION_URL": url,
                                "USERNAME": "reader",
                                "PASSWORD": {"Ref": "Password"},
                            },
                        },
                    },
                },
                "Json": {
                    "Type": "AWS::Glue::Classifier",
                    "Properties": {"JsonClassifier": {"Name": "items", "JsonPath": path}},
                },
                "Csv": {
                    "Type": "AWS::Glue::Classifier",
                    "Properties": {
                        "CsvClassifier": {"Name": "semicolons", "Delimiter": ";", "AllowSingleColumn": "true"}
                    },
                },
            },
            Parameters={"Password": {"Type": "String", "NoEcho": True, "Default": "swordfish"}},
            Outputs={"Connection": {"Value": {"Ref": "Connection"}}, "Json": {"Value": {"Ref": "Json"}}},
        )

    def test_are_made_changed_and_deleted(self, local_aws: LocalAws, cloudformation: Any) -> None:
        glue = local_aws.client("glue")
        stack = deploy(cloudformation, self.template())

        update(cloudformation, self.template("jdbc:postgresql://db:5432/other", "$.items[*]"))

        properties = glue.get_connection(Name="shop")["Connection"]["ConnectionProperties"]
        assert outputs_of(stack) == {"Connection": "shop", "Json": "items"}
        assert properties["JDBC_CONNECTION_URL"] == "jdbc:postgresql://db:5432/other"
        assert properties["PASSWORD"] == "swordfish"
        assert glue.get_classifier(Name="items")["Classifier"]["JsonClassifier"]["JsonPath"] == "$.items[*]"
        assert (
            glue.get_classifier(Name="semicolons")["Classifier"]["CsvClassifier"]["AllowSingleColumn"] is True
        )
        cloudformation.delete_stack(StackName="events")
        assert glue.get_connections()["ConnectionList"] == []
        assert glue.get_classifiers()["Classifiers"] == []

    def test_keep_their_passwords_out_of_the_events(self, cloudformation: Any) -> None:
        deploy(cloudformation, self.template())

        update(cloudformation, self.template("jdbc:postgresql://db:5432/other"))

        assert "swordfish" not in json.dumps(events_of(cloudformation), default=str)
        assert "reader" in json.dumps(events_of(cloudformation), default=str)

    def test_can_be_used_by_a_crawler(self, local_aws: LocalAws, cloudformation: Any) -> None:
        template = crawler_template(
            Classifiers=[{"Ref": "Json"}],
            Targets={"JdbcTargets": [{"ConnectionName": {"Ref": "Connection"}, "Path": "shop/public/%"}]},
        )
        template["Resources"] |= self.template()["Resources"]
        template["Parameters"] = self.template()["Parameters"]

        deploy(cloudformation, template)

        crawler = local_aws.client("glue").get_crawler(Name="events")["Crawler"]
        assert crawler["Classifiers"] == ["items"]
        assert crawler["Targets"]["JdbcTargets"][0]["ConnectionName"] == "shop"

    def test_must_be_of_one_kind(self, cloudformation: Any) -> None:
        both = {"JsonClassifier": {"JsonPath": "$"}, "CsvClassifier": {"Delimiter": ";"}}
        template = make_template({"Both": {"Type": "AWS::Glue::Classifier", "Properties": both}})

        deploy(cloudformation, template)

        reasons = [event.get("ResourceStatusReason", "") for event in events_of(cloudformation)]
        assert any("exactly one kind" in reason for reason in reasons)


class TestGrants:
    """``AWS::LakeFormation::PrincipalPermissions``: one grant, made anew when it changes."""

    def template(self, *permissions: str) -> dict[str, Any]:
        template = crawler_template()
        template["Resources"]["Grant"] = {
            "Type": "AWS::LakeFormation::PrincipalPermissions",
            "Properties": {
                "Principal": {"DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/crawls"},
                "Resource": {"Database": {"CatalogId": ACCOUNT, "Name": {"Ref": "Database"}}},
                "Permissions": list(permissions),
                "PermissionsWithGrantOption": [],
            },
        }
        template["Outputs"] = {"Principal": {"Value": {"Fn::GetAtt": ["Grant", "PrincipalIdentifier"]}}}
        return template

    def granted(self, local_aws: LocalAws) -> set[str]:
        listed = local_aws.client("lakeformation").list_permissions()["PrincipalResourcePermissions"]
        mine = [
            each for each in listed if each["Principal"]["DataLakePrincipalIdentifier"].endswith("/crawls")
        ]
        return {permission for each in mine for permission in each["Permissions"]}

    def test_are_granted_and_revoked(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, self.template("CREATE_TABLE"))
        granted = self.granted(local_aws)

        cloudformation.delete_stack(StackName="events")

        assert granted == {"CREATE_TABLE"}
        assert json.loads(outputs_of(stack)["Principal"]) == {
            "DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/crawls"
        }
        assert self.granted(local_aws) == set()

    def test_are_what_the_template_says_after_a_change(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        deploy(cloudformation, self.template("CREATE_TABLE", "ALTER"))

        update(cloudformation, self.template("CREATE_TABLE", "DESCRIBE"))

        assert self.granted(local_aws) == {"CREATE_TABLE", "DESCRIBE"}

    def test_are_what_they_were_after_a_rollback(self, local_aws: LocalAws, cloudformation: Any) -> None:
        deploy(cloudformation, self.template("CREATE_TABLE"))
        changed = self.template("CREATE_TABLE", "DESCRIBE")
        changed["Resources"]["Last"] = {**BUCKET, "DependsOn": "Grant"}

        stack = update(cloudformation, changed)

        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert self.granted(local_aws) == {"CREATE_TABLE"}
