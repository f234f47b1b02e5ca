"""The life of a stack without anything special in it: made, read, changed, deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

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


@pytest.fixture
def cloudformation(local_aws: LocalAws) -> Any:
    return local_aws.client("cloudformation")


class TestCreation:
    """CreateStack makes what the template says, in the order it needs."""

    def test_makes_every_resource_and_says_so(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, crawler_template())

        assert stack["StackStatus"] == "CREATE_COMPLETE"
        crawler = local_aws.client("glue").get_crawler(Name="events")["Crawler"]
        assert crawler["DatabaseName"] == "events"
        assert crawler["Targets"]["S3Targets"][0]["Path"] == "s3://raw-events/clickstream/"
        assert statuses_of(cloudformation, "Crawler") == [
            "CREATE_IN_PROGRESS",
            "CREATE_IN_PROGRESS",
            "CREATE_COMPLETE",
        ]
        assert statuses_of(cloudformation, "events") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]

    def test_makes_a_resource_after_those_it_needs(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())

        done = [
            event["LogicalResourceId"]
            for event in events_of(cloudformation)
            if event["ResourceStatus"] == "CREATE_COMPLETE"
        ]
        assert done.index("Crawler") > max(done.index("Bucket"), done.index("Database"))
        assert done[-1] == "events"

    def test_makes_names_where_the_template_gives_none(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        deploy(cloudformation, make_template({"Raw": {"Type": "AWS::S3::Bucket"}}), "Data-Lake")

        (bucket,) = local_aws.client("s3").list_buckets()["Buckets"]
        assert bucket["Name"].startswith("data-lake-raw-")

    def test_gives_outputs_exports_and_imports(self, local_aws: LocalAws, cloudformation: Any) -> None:
        exporting = make_template(
            {"Bucket": BUCKET},
            Outputs={
                "Name": {"Value": {"Ref": "Bucket"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-raw"}}}
            },
        )
        importing = make_template(
            {
                "Copy": {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {
                        "BucketName": {"Fn::Join": ["-", [{"Fn::ImportValue": "one-raw"}, "copy"]]}
                    },
                }
            }
        )

        stack = deploy(cloudformation, exporting, "one")
        deploy(cloudformation, importing, "two")

        assert stack["Outputs"] == [
            {"OutputKey": "Name", "OutputValue": "raw-events", "ExportName": "one-raw"}
        ]
        assert cloudformation.list_exports()["Exports"] == [
            {"ExportingStackId": stack["StackId"], "Name": "one-raw", "Value": "raw-events"}
        ]
        assert cloudformation.list_imports(ExportName="one-raw")["Imports"] == ["two"]
        names = [bucket["Name"] for bucket in local_aws.client("s3").list_buckets()["Buckets"]]
        assert names == ["raw-events", "raw-events-copy"]

    def test_obeys_conditions_parameters_and_mappings(self, local_aws: LocalAws, cloudformation: Any) -> None:
        template = make_template(
            {
                "Raw": {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {
                        "BucketName": {"Fn::FindInMap": ["Names", {"Ref": "Stage"}, "Raw"]},
                        "VersioningConfiguration": {
                            "Fn::If": ["IsLive", {"Status": "Enabled"}, {"Ref": "AWS::NoValue"}]
                        },
                    },
                },
                "Audit": {"Type": "AWS::S3::Bucket", "Condition": "IsLive"},
            },
            Parameters={"Stage": {"Type": "String", "Default": "test", "AllowedValues": ["test", "live"]}},
            Mappings={"Names": {"test": {"Raw": "raw-test"}, "live": {"Raw": "raw-live"}}},
            Conditions={"IsLive": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
            Outputs={"Audit": {"Condition": "IsLive", "Value": {"Ref": "Audit"}}},
        )
        s3 = local_aws.client("s3")

        tested = deploy(cloudformation, template, "test")
        live = deploy(
            cloudformation, template, "live", Parameters=[{"ParameterKey": "Stage", "ParameterValue": "live"}]
        )

        assert "Outputs" not in tested
        assert [output["OutputKey"] for output in live["Outputs"]] == ["Audit"]
        assert "Status" not in s3.get_bucket_versioning(Bucket="raw-test")
        assert s3.get_bucket_versioning(Bucket="raw-live")["Status"] == "Enabled"
        assert len(s3.list_buckets()["Buckets"]) == 3

    def test_reads_yaml_with_short_forms_from_s3(self, local_aws: LocalAws, cloudformation: Any) -> None:
        text = (
            "Parameters:\n  Stage: {Type: String, Default: test}\n"
            "Resources:\n"
            "  Raw:\n    Type: AWS::S3::Bucket\n    Properties:\n"
            "      BucketName: !Sub '${AWS::AccountId}-${Stage}'\n"
            "Outputs:\n  Arn: {Value: !GetAtt Raw.Arn}\n"
        )
        s3 = local_aws.client("s3")
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key="one.yaml", Body=text.encode())

        cloudformation.create_stack(
            StackName="events", TemplateURL="https://templates.s3.us-east-1.amazonaws.com/one.yaml"
        )

        (stack,) = cloudformation.describe_stacks()["Stacks"]
        assert stack["Outputs"][0]["OutputValue"] == "arn:aws:s3:::123456789012-test"

    def test_hides_what_a_template_wants_hidden(self, cloudformation: Any) -> None:
        template = make_template(
            {"Bucket": BUCKET}, Parameters={"Password": {"Type": "String", "NoEcho": True}}
        )

        stack = deploy(
            cloudformation, template, Parameters=[{"ParameterKey": "Password", "ParameterValue": "swordfish"}]
        )

        assert stack["Parameters"] == [{"ParameterKey": "Password", "ParameterValue": "****"}]

    def test_takes_its_time_where_asked_to(self, local_aws: LocalAws, cloudformation: Any) -> None:
        local_aws.settings(stack_seconds=60)

        stack = deploy(cloudformation, crawler_template())
        local_aws.advance(61)

        assert stack["StackStatus"] == "CREATE_IN_PROGRESS"
        (finished,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        assert finished["StackStatus"] == "CREATE_COMPLETE"

    def test_is_idempotent_by_its_token_and_refuses_a_name_twice(self, cloudformation: Any) -> None:
        body = json.dumps(make_template({"Bucket": BUCKET}))
        request = {"StackName": "events", "TemplateBody": body, "ClientRequestToken": "once"}

        first = cloudformation.create_stack(**request)
        again = cloudformation.create_stack(**request)

        assert first["StackId"] == again["StackId"]
        with pytest.raises(ClientError, match=r"\(AlreadyExistsException\).*Stack \[events\] already exists"):
            cloudformation.create_stack(StackName="events", TemplateBody=body)


class TestReading:
    """A stack can be read by its name while it lives, and by its id for ever."""

    def test_shows_resources_with_their_ids_and_statuses(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())

        shown = cloudformation.describe_stack_resources(StackName="events")["StackResources"]
        listed = cloudformation.list_stack_resources(StackName="events")["StackResourceSummaries"]
        one = cloudformation.describe_stack_resource(StackName="events", LogicalResourceId="Crawler")

        expected = [
            ("Bucket", "raw-events", "AWS::S3::Bucket", "CREATE_COMPLETE"),
            ("Crawler", "events", "AWS::Glue::Crawler", "CREATE_COMPLETE"),
            ("Database", "events", "AWS::Glue::Database", "CREATE_COMPLETE"),
        ]
        members = ("LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus")
        assert [tuple(each[member] for member in members) for each in shown] == expected
        assert [tuple(each[member] for member in members) for each in listed] == expected
        assert one["StackResourceDetail"]["PhysicalResourceId"] == "events"

    def test_finds_the_stack_of_a_physical_resource(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())

        shown = cloudformation.describe_stack_resources(PhysicalResourceId="raw-events")["StackResources"]

        assert {each["StackName"] for each in shown} == {"events"}

    def test_gives_the_template_back_and_sums_it_up(self, cloudformation: Any) -> None:
        template = crawler_template()
        template["Parameters"] = {"Stage": {"Type": "String", "Default": "test", "Description": "which"}}
        deploy(cloudformation, template)

        summary = cloudformation.get_template_summary(StackName="events")

        assert cloudformation.get_template(StackName="events")["TemplateBody"] == template
        assert summary["ResourceTypes"] == ["AWS::Glue::Crawler", "AWS::Glue::Database", "AWS::S3::Bucket"]
        assert summary["Parameters"][0]["DefaultValue"] == "test"

    def test_says_which_stack_is_not_there(self, cloudformation: Any) -> None:
        with pytest.raises(ClientError, match=r"\(ValidationError\).*Stack with id nobody does not exist"):
            cloudformation.describe_stacks(StackName="nobody")
        with pytest.raises(ClientError, match=r"Stack \[nobody\] does not exist"):
            cloudformation.describe_stack_events(StackName="nobody")

    def test_pages_through_events(self, cloudformation: Any) -> None:
        buckets = {f"Bucket{number}": {"Type": "AWS::S3::Bucket"} for number in range(40)}
        deploy(cloudformation, make_template(buckets))

        page = cloudformation.describe_stack_events(StackName="events")

        assert len(page["StackEvents"]) == 100
        assert len(events_of(cloudformation)) == 122
        with pytest.raises(ClientError, match="pagination token"):
            cloudformation.list_stacks(NextToken=page["NextToken"])


class TestUpdate:
    """UpdateStack changes what differs, and replaces what cannot be changed."""

    def test_changes_a_crawler_in_place(self, local_aws: LocalAws, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template(Description="old", TablePrefix="raw_"))

        stack = update(cloudformation, crawler_template(Description="new"))

        crawler = local_aws.client("glue").get_crawler(Name="events")["Crawler"]
        assert stack["StackStatus"] == "UPDATE_COMPLETE"
        assert (crawler["Description"], crawler["TablePrefix"], crawler["Version"]) == ("new", "", 2)
        assert statuses_of(cloudformation, "Crawler")[-2:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
        assert "UPDATE_IN_PROGRESS" not in statuses_of(cloudformation, "Database")
        assert statuses_of(cloudformation, "events")[-3:] == [
            "UPDATE_IN_PROGRESS",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_COMPLETE",
        ]

    def test_replaces_a_crawler_whose_name_changes(self, local_aws: LocalAws, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())

        stack = update(cloudformation, crawler_template(Name="other"))

        assert local_aws.client("glue").list_crawlers()["CrawlerNames"] == ["other"]
        assert stack["Outputs"][0]["OutputValue"] == "other"
        reasons = [event.get("ResourceStatusReason", "") for event in events_of(cloudformation)]
        assert any("requires the creation of a new physical resource" in reason for reason in reasons)
        assert statuses_of(cloudformation, "Crawler")[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]

    def test_follows_what_a_resource_refers_to(self, local_aws: LocalAws, cloudformation: Any) -> None:
        template = crawler_template()
        deploy(cloudformation, template)
        template["Resources"]["Bucket"] = {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "other-events"},
        }

        update(cloudformation, template)

        crawler = local_aws.client("glue").get_crawler(Name="events")["Crawler"]
        assert crawler["Targets"]["S3Targets"][0]["Path"] == "s3://other-events/clickstream/"
        assert [each["Name"] for each in local_aws.client("s3").list_buckets()["Buckets"]] == ["other-events"]

    def test_adds_and_removes_resources(self, local_aws: LocalAws, cloudformation: Any) -> None:
        template = crawler_template()
        deploy(cloudformation, template)
        del template["Resources"]["Crawler"], template["Outputs"]
        template["Resources"]["More"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "more"}}

        update(cloudformation, template)

        assert local_aws.client("glue").list_crawlers()["CrawlerNames"] == []
        assert {each["Name"] for each in local_aws.client("s3").list_buckets()["Buckets"]} == {
            "more",
            "raw-events",
        }
        shown = cloudformation.describe_stack_resources(StackName="events")["StackResources"]
        assert [each["LogicalResourceId"] for each in shown] == ["Bucket", "Database", "More"]

    def test_keeps_what_its_policies_say(self, local_aws: LocalAws, cloudformation: Any) -> None:
        kept = {**BUCKET, "UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain"}
        deploy(cloudformation, make_template({"Bucket": kept}))
        renamed = {**kept, "Properties": {"BucketName": "other-events"}}

        update(cloudformation, make_template({"Bucket": renamed}))
        update(cloudformation, make_template({"Else": {"Type": "AWS::S3::Bucket"}}))

        names = [each["Name"] for each in local_aws.client("s3").list_buckets()["Buckets"]]
        assert {"other-events", "raw-events"} <= set(names)
        assert statuses_of(cloudformation, "Bucket")[-1] == "DELETE_SKIPPED"

    def test_keeps_parameters_and_template_where_asked_to(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        template = make_template(
            {
                "Bucket": {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {
                        "BucketName": {"Ref": "Name"},
                        "Tags": [{"Key": "stage", "Value": {"Ref": "Stage"}}],
                    },
                }
            },
            Parameters={"Name": {"Type": "String"}, "Stage": {"Type": "String"}},
        )
        given = [
            {"ParameterKey": "Name", "ParameterValue": "raw-events"},
            {"ParameterKey": "Stage", "ParameterValue": "test"},
        ]
        deploy(cloudformation, template, Parameters=given)

        cloudformation.update_stack(
            StackName="events",
            UsePreviousTemplate=True,
            Parameters=[
                {"ParameterKey": "Name", "UsePreviousValue": True},
                {"ParameterKey": "Stage", "ParameterValue": "live"},
            ],
        )

        tags = local_aws.client("s3").get_bucket_tagging(Bucket="raw-events")["TagSet"]
        assert tags == [{"Key": "stage", "Value": "live"}]

    def test_refuses_to_change_nothing(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())

        with pytest.raises(ClientError, match=r"\(ValidationError\).*No updates are to be performed\."):
            update(cloudformation, crawler_template())

    def test_refuses_another_type_under_the_same_name(self, cloudformation: Any) -> None:
        deploy(cloudformation, make_template({"Thing": BUCKET}))

        with pytest.raises(ClientError, match=r"Update of resource type is not permitted.*\[Thing\]"):
            update(cloudformation, make_template({"Thing": {"Type": "AWS::SNS::Topic"}}))


class TestDeletion:
    """DeleteStack deletes everything, the other way round."""

    def test_leaves_nothing_but_its_history(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, crawler_template())

        cloudformation.delete_stack(StackName="events")

        assert local_aws.client("glue").get_databases()["DatabaseList"] == []
        assert local_aws.client("s3").list_buckets()["Buckets"] == []
        assert cloudformation.describe_stacks()["Stacks"] == []
        (gone,) = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]
        assert gone["StackStatus"] == "DELETE_COMPLETE"
        assert gone["DeletionTime"] >= gone["CreationTime"]
        order = [
            event["LogicalResourceId"]
            for event in events_of(cloudformation, stack["StackId"])
            if event["ResourceStatus"] == "DELETE_COMPLETE"
        ]
        assert order[0] == "Crawler"
        assert order[-1] == "events"

    def test_frees_the_name(self, cloudformation: Any) -> None:
        first = deploy(cloudformation, crawler_template())
        cloudformation.delete_stack(StackName="events")

        second = deploy(cloudformation, crawler_template())

        assert second["StackStatus"] == "CREATE_COMPLETE"
        assert second["StackId"] != first["StackId"]
        assert [each["StackStatus"] for each in cloudformation.list_stacks()["StackSummaries"]] == [
            "CREATE_COMPLETE",
            "DELETE_COMPLETE",
        ]

    def test_retains_what_its_policy_says(self, local_aws: LocalAws, cloudformation: Any) -> None:
        deploy(cloudformation, make_template({"Bucket": {**BUCKET, "DeletionPolicy": "Retain"}}))

        cloudformation.delete_stack(StackName="events")

        assert [each["Name"] for each in local_aws.client("s3").list_buckets()["Buckets"]] == ["raw-events"]

    def test_fails_on_a_full_bucket_until_it_is_empty(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, crawler_template())
        s3 = local_aws.client("s3")
        s3.put_object(Bucket="raw-events", Key="clickstream/data.json", Body=b"{}")

        cloudformation.delete_stack(StackName="events")
        (stuck,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        s3.delete_object(Bucket="raw-events", Key="clickstream/data.json")
        cloudformation.delete_stack(StackName="events")

        assert stuck["StackStatus"] == "DELETE_FAILED"
        assert "[Bucket]" in stuck["StackStatusReason"]
        (failure,) = [
            event
            for event in events_of(cloudformation, stack["StackId"])
            if event["ResourceStatus"] == "DELETE_FAILED" and event["LogicalResourceId"] == "Bucket"
        ]
        assert "not empty" in failure["ResourceStatusReason"]
        (gone,) = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]
        assert gone["StackStatus"] == "DELETE_COMPLETE"

    def test_leaves_behind_what_the_request_says_after_a_failure(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        stack = deploy(cloudformation, crawler_template())
        local_aws.client("s3").put_object(Bucket="raw-events", Key="clickstream/data.json", Body=b"{}")
        with pytest.raises(ClientError, match="only when the stack is in the DELETE_FAILED state"):
            cloudformation.delete_stack(StackName="events", RetainResources=["Bucket"])
        cloudformation.delete_stack(StackName="events")

        cloudformation.delete_stack(StackName="events", RetainResources=["Bucket"])

        (gone,) = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]
        assert gone["StackStatus"] == "DELETE_COMPLETE"
        assert len(local_aws.client("s3").list_buckets()["Buckets"]) == 1

    def test_does_nothing_to_a_stack_whose_exports_are_used(self, cloudformation: Any) -> None:
        exporting = make_template(
            {"Bucket": BUCKET}, Outputs={"Name": {"Value": {"Ref": "Bucket"}, "Export": {"Name": "raw"}}}
        )
        importing = make_template(
            {
                "Topic": {
                    "Type": "AWS::SNS::Topic",
                    "Properties": {"TopicName": {"Fn::ImportValue": "raw"}},
                }
            }
        )
        deploy(cloudformation, exporting, "one")
        deploy(cloudformation, importing, "two")

        cloudformation.delete_stack(StackName="one")

        (stack,) = cloudformation.describe_stacks(StackName="one")["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert stack["StackStatusReason"] == "Export raw cannot be deleted as it is in use by two"

    def test_is_refused_for_a_protected_stack(self, cloudformation: Any) -> None:
        deploy(cloudformation, make_template({"Bucket": BUCKET}), EnableTerminationProtection=True)

        with pytest.raises(ClientError, match="TerminationProtection is enabled"):
            cloudformation.delete_stack(StackName="events")

        cloudformation.update_termination_protection(StackName="events", EnableTerminationProtection=False)
        cloudformation.delete_stack(StackName="events")
        assert cloudformation.describe_stacks()["Stacks"] == []

    def test_of_a_stack_that_is_not_there_succeeds(self, cloudformation: Any) -> None:
        cloudformation.delete_stack(StackName="nobody")

        assert cloudformation.list_stacks()["StackSummaries"] == []
