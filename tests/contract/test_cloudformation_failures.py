"""What cannot be: templates that are wrong, resources that fail, stacks that are not ready."""

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

TOPIC = {"Type": "AWS::SNS::Topic"}


@pytest.fixture
def cloudformation(local_aws: LocalAws) -> Any:
    return local_aws.client("cloudformation")


def failure_of(cloudformation: Any, logical_id: str, status: str = "CREATE_FAILED") -> str:
    (failure,) = [
        event
        for event in events_of(cloudformation)
        if (event["LogicalResourceId"], event["ResourceStatus"]) == (logical_id, status)
    ]
    return str(failure["ResourceStatusReason"])


class TestTemplates:
    """A template that cannot be is refused before anything is made."""

    @pytest.mark.parametrize(
        "template, text",
        [
            pytest.param("Resources: [", "YAML not well-formed. (line 1, column 13)", id="no YAML"),
            pytest.param("{]", "not well-formed", id="no JSON"),
            pytest.param("just text", "unsupported structure", id="no object"),
            pytest.param({}, "At least one Resources member must be defined", id="no resources"),
            pytest.param({"Resources": {"A": TOPIC}, "Extra": {}}, "template property", id="section"),
            pytest.param({"Resources": {"A-B": TOPIC}}, "A-B is non alphanumeric", id="name"),
            pytest.param({"Resources": {"A": {}}}, "must contain a Type member", id="no type"),
            pytest.param(
                {"Resources": {"A": {**TOPIC, "Propertys": {}}}},
                "Invalid template resource property 'Propertys'",
                id="member",
            ),
            pytest.param(
                {"Resources": {"A": {"Type": "AWS::Glue::Crowler"}}},
                "Unrecognized resource types: [AWS::Glue::Crowler]",
                id="type",
            ),
            pytest.param(
                {"Resources": {"A": {**TOPIC, "Properties": {"TopicName": {"Ref": "B"}}}}},
                "Unresolved resource dependencies [B] in the Resources block",
                id="Ref",
            ),
            pytest.param(
                {"Resources": {"A": {**TOPIC, "Properties": {"TopicName": {"Fn::GetAtt": ["B", "Arn"]}}}}},
                "instance of Fn::GetAtt references undefined resource B",
                id="GetAtt",
            ),
            pytest.param(
                {"Resources": {"A": BUCKET}, "Outputs": {"B": {"Value": {"Fn::GetAtt": "A.Colour"}}}},
                "resource A does not support attribute type Colour in Fn::GetAtt",
                id="attribute",
            ),
            pytest.param(
                {
                    "Resources": {
                        "A": {**TOPIC, "DependsOn": "B"},
                        "B": {**TOPIC, "Properties": {"TopicName": {"Fn::Sub": "x-${A}"}}},
                    }
                },
                "Circular dependency between resources: [A, B]",
                id="circle",
            ),
            pytest.param(
                {"Resources": {"A": {**TOPIC, "Condition": "Never"}}}, "condition dependency Never", id="if"
            ),
            pytest.param(
                {"Resources": {"A": TOPIC}, "Parameters": {"A": {"Type": "String", "Default": ""}}},
                "[A] is the name of a parameter and a resource",
                id="two of a name",
            ),
            pytest.param(
                {"Resources": {"A": TOPIC}, "Outputs": {"B": {}}}, "Output B is malformed", id="output"
            ),
        ],
    )
    def test_are_refused_in_the_words_of_aws(self, cloudformation: Any, template: Any, text: str) -> None:
        body = template if isinstance(template, str) else json.dumps(template)

        with pytest.raises(ClientError, match=r"\(ValidationError\)") as refused:
            cloudformation.create_stack(StackName="events", TemplateBody=body)

        assert text in refused.value.response["Error"]["Message"]
        with pytest.raises(ClientError, match=r"\(ValidationError\)"):
            cloudformation.validate_template(TemplateBody=body)
        assert cloudformation.list_stacks()["StackSummaries"] == []

    def test_run_no_python(self, cloudformation: Any) -> None:
        body = "Resources: !!python/object/apply:os.system ['true']"

        with pytest.raises(ClientError, match="not well-formed"):
            cloudformation.create_stack(StackName="events", TemplateBody=body)

    def test_with_transforms_are_not_available(self, cloudformation: Any) -> None:
        template = make_template({"A": TOPIC}, Transform="AWS::Serverless-2016-10-31")

        with pytest.raises(ClientError, match=r"Transform.*is not available in the local AWS stack"):
            deploy(cloudformation, template)

    def test_with_iam_resources_need_a_capability(self, cloudformation: Any) -> None:
        role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
        named = {**role, "Properties": {"RoleName": "crawls", "AssumeRolePolicyDocument": {}}}

        with pytest.raises(ClientError, match=r"Capabilities.*Requires capabilities : \[CAPABILITY_IAM\]"):
            deploy(cloudformation, make_template({"Role": role}))
        with pytest.raises(ClientError, match=r"\[CAPABILITY_NAMED_IAM\]"):
            deploy(cloudformation, make_template({"Role": named}), Capabilities=["CAPABILITY_IAM"])

    @pytest.mark.parametrize(
        "given, text",
        [
            pytest.param({}, "Parameters: [Size] must have values", id="missing"),
            pytest.param({"Size": "2", "Color": "x"}, "Parameters: [Color] do not exist", id="unknown"),
            pytest.param({"Size": "nine"}, "Parameter 'Size' must be a number", id="no number"),
            pytest.param({"Size": "9"}, "must be a number not greater than 5", id="too large"),
            pytest.param({"Size": "2", "Stage": "prod"}, "must be one of AllowedValues", id="not allowed"),
            pytest.param(
                {"Size": "2", "Name": "a"}, "failed to satisfy constraint: two letters", id="own text"
            ),
        ],
    )
    def test_say_what_their_parameters_must_be(
        self, cloudformation: Any, given: dict[str, str], text: str
    ) -> None:
        template = make_template(
            {"A": TOPIC},
            Parameters={
                "Size": {"Type": "Number", "MaxValue": 5},
                "Stage": {"Type": "String", "Default": "test", "AllowedValues": ["test", "live"]},
                "Name": {
                    "Type": "String",
                    "Default": "ab",
                    "AllowedPattern": "[a-z]{2}",
                    "ConstraintDescription": "two letters",
                },
            },
        )
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]

        with pytest.raises(ClientError) as refused:
            deploy(cloudformation, template, Parameters=parameters)

        assert text in refused.value.response["Error"]["Message"]


class TestResources:
    """A resource that fails takes the stack back to what it was, and the events say why."""

    def test_that_a_service_refuses_are_rolled_back(self, local_aws: LocalAws, cloudformation: Any) -> None:
        template = crawler_template(Targets={"S3Targets": [{"Path": "s3://elsewhere/"}]})

        stack = deploy(cloudformation, template)

        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert statuses_of(cloudformation, "events") == [
            "CREATE_IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "ROLLBACK_COMPLETE",
        ]
        reason = failure_of(cloudformation, "Crawler")
        assert reason.startswith("S3 bucket elsewhere does not exist. (Service: AWSGlue; Status Code: 400; ")
        assert "Error Code: InvalidInputException" in reason
        assert local_aws.client("s3").list_buckets()["Buckets"] == []
        assert local_aws.client("glue").get_databases()["DatabaseList"] == []

    def test_that_a_fault_hits_fail_with_its_code(self, local_aws: LocalAws, cloudformation: Any) -> None:
        local_aws.fault(service="glue", operation="CreateCrawler", error_code="OperationTimeoutException")

        stack = deploy(cloudformation, crawler_template(), OnFailure="DO_NOTHING")

        assert stack["StackStatus"] == "CREATE_FAILED"
        assert stack["StackStatusReason"] == "The following resource(s) failed to create: [Crawler]. "
        assert "OperationTimeoutException" in failure_of(cloudformation, "Crawler")

    @pytest.mark.parametrize(
        "properties, text",
        [
            pytest.param({"Color": "red"}, "extraneous key [Color] is not permitted", id="unknown"),
            pytest.param(
                {"Targets": "all"}, "#/Targets: expected type: JSONObject, found: String", id="type"
            ),
            pytest.param({"Role": {"Ref": "AWS::NoValue"}}, "required key [Role] not found", id="missing"),
        ],
    )
    def test_whose_properties_do_not_fit_the_schema_fail(
        self, cloudformation: Any, properties: dict[str, Any], text: str
    ) -> None:
        deploy(cloudformation, crawler_template(**properties))

        reason = failure_of(cloudformation, "Crawler")
        assert reason.startswith("Properties validation failed for resource Crawler with message:\n")
        assert text in reason

    def test_can_take_the_whole_stack_with_them(self, cloudformation: Any) -> None:
        template = crawler_template(Targets={"S3Targets": [{"Path": "s3://elsewhere/"}]})

        stack = deploy(cloudformation, template, OnFailure="DELETE")

        assert stack["StackStatus"] == "DELETE_COMPLETE"
        assert cloudformation.describe_stacks()["Stacks"] == []

    def test_that_were_made_before_are_kept_where_they_say_so(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        template = crawler_template(Targets={"S3Targets": [{"Path": "s3://elsewhere/"}]})
        template["Resources"]["Bucket"] = {**BUCKET, "DeletionPolicy": "Retain"}

        stack = deploy(cloudformation, template)

        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert len(local_aws.client("s3").list_buckets()["Buckets"]) == 1

    def test_that_fail_to_change_bring_the_others_back(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        deploy(cloudformation, crawler_template(Description="old"))
        wrong = crawler_template(Targets={"S3Targets": [{"Path": "s3://elsewhere/"}]})
        wrong["Resources"]["Bucket"] = {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "other-events"},
        }
        wrong["Resources"]["More"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "more"}}

        stack = update(cloudformation, wrong)

        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert statuses_of(cloudformation, "events")[-4:] == [
            "UPDATE_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE",
        ]
        assert "elsewhere does not exist" in failure_of(cloudformation, "Crawler", "UPDATE_FAILED")
        assert [each["Name"] for each in local_aws.client("s3").list_buckets()["Buckets"]] == ["raw-events"]
        crawler = local_aws.client("glue").get_crawler(Name="events")["Crawler"]
        assert crawler["Description"] == "old"
        assert crawler["Targets"]["S3Targets"][0]["Path"] == "s3://raw-events/clickstream/"
        assert cloudformation.get_template(StackName="events")["TemplateBody"] == crawler_template(
            Description="old"
        )

    def test_that_fail_half_made_are_deleted(self, local_aws: LocalAws, cloudformation: Any) -> None:
        local_aws.fault(service="s3", operation="PutBucketVersioning", error_code="AccessDenied")
        versioned = {**BUCKET["Properties"], "VersioningConfiguration": {"Status": "Enabled"}}
        template = make_template({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": versioned}})

        stack = deploy(cloudformation, template)

        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert local_aws.client("s3").list_buckets()["Buckets"] == []

    def test_that_fail_half_changed_are_brought_back_whole(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        def template(status: str, team: str) -> dict[str, Any]:
            properties = {
                **BUCKET["Properties"],
                "VersioningConfiguration": {"Status": status},
                "Tags": [{"Key": "team", "Value": team}],
            }
            return make_template({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}})

        deploy(cloudformation, template("Enabled", "clicks"))
        local_aws.fault(service="s3", operation="PutBucketTagging", error_code="AccessDenied", times=1)

        stack = update(cloudformation, template("Suspended", "orders"))

        s3 = local_aws.client("s3")
        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert s3.get_bucket_versioning(Bucket="raw-events")["Status"] == "Enabled"
        assert s3.get_bucket_tagging(Bucket="raw-events")["TagSet"] == [{"Key": "team", "Value": "clicks"}]

    def test_that_fail_to_change_can_be_left_and_changed_again(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        deploy(cloudformation, crawler_template())
        local_aws.fault(service="glue", operation="UpdateCrawler", error_code="InternalFailure", status=400)
        changed = crawler_template(Description="new")
        failed = update(cloudformation, changed, DisableRollback=True)
        local_aws.clear_faults()

        stack = update(cloudformation, changed)

        assert failed["StackStatus"] == "UPDATE_FAILED"
        assert stack["StackStatus"] == "UPDATE_COMPLETE"
        assert local_aws.client("glue").get_crawler(Name="events")["Crawler"]["Description"] == "new"

    def test_that_cannot_be_brought_back_wait_for_a_second_try(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        deploy(cloudformation, crawler_template(Description="old"))
        local_aws.fault(service="glue", operation="UpdateCrawler", error_code="InternalFailure", status=400)
        failed = update(cloudformation, crawler_template(Description="new"))
        local_aws.clear_faults()

        cloudformation.continue_update_rollback(StackName="events")

        (stack,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        assert failed["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    def test_that_cannot_be_deleted_keep_what_they_need(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        deploy(cloudformation, crawler_template())
        local_aws.fault(service="glue", operation="DeleteCrawler", error_code="CrawlerRunningException")

        cloudformation.delete_stack(StackName="events")
        (stuck,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        cloudformation.delete_stack(StackName="events", DeletionMode="FORCE_DELETE_STACK")

        assert stuck["StackStatus"] == "DELETE_FAILED"
        assert stuck["StackStatusReason"] == "The following resource(s) failed to delete: [Crawler]. "
        assert cloudformation.describe_stacks()["Stacks"] == []
        assert local_aws.client("s3").list_buckets()["Buckets"] == []


class TestStatuses:
    """What a stack can do depends on its status."""

    def test_a_rolled_back_stack_can_only_be_deleted(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template(Targets={"S3Targets": [{"Path": "s3://elsewhere/"}]}))

        with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
            update(cloudformation, crawler_template())

        cloudformation.delete_stack(StackName="events")
        assert cloudformation.describe_stacks()["Stacks"] == []

    def test_a_stack_in_progress_is_not_updated(self, local_aws: LocalAws, cloudformation: Any) -> None:
        local_aws.settings(stack_seconds=600)
        deploy(cloudformation, crawler_template())

        with pytest.raises(ClientError, match="is in CREATE_IN_PROGRESS state and can not be updated"):
            update(cloudformation, crawler_template(Description="new"))

    def test_an_update_can_be_cancelled(self, local_aws: LocalAws, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template(Description="old"))
        local_aws.settings(stack_seconds=600)
        update(cloudformation, crawler_template(Description="new"))

        cloudformation.cancel_update_stack(StackName="events")
        local_aws.advance(601)

        (stack,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert local_aws.client("glue").get_crawler(Name="events")["Crawler"]["Description"] == "old"
        with pytest.raises(ClientError, match="CancelUpdateStack cannot be called"):
            cloudformation.cancel_update_stack(StackName="events")

    def test_a_creation_in_progress_can_be_deleted(self, local_aws: LocalAws, cloudformation: Any) -> None:
        local_aws.settings(stack_seconds=60)
        stack = deploy(cloudformation, crawler_template())

        cloudformation.delete_stack(StackName="events")
        local_aws.advance(200)

        (gone,) = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]
        assert gone["StackStatus"] == "DELETE_COMPLETE"
        assert local_aws.client("glue").list_crawlers()["CrawlerNames"] == []

    def test_what_is_not_there_says_so(self, cloudformation: Any) -> None:
        with pytest.raises(ClientError, match=r"NotImplementedException.*CreateStackSet"):
            cloudformation.create_stack_set(StackSetName="all")
