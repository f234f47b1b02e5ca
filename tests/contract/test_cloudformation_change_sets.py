"""Change sets: what an update would do, told first and done afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.cloudformation_stacks import crawler_template, deploy, make_template, statuses_of

TAGS = [{"Key": "team", "Value": "clicks"}]


@pytest.fixture
def cloudformation(local_aws: LocalAws) -> Any:
    return local_aws.client("cloudformation")


def propose(cloudformation: Any, template: Any, kind: str = "UPDATE", **request: Any) -> dict[str, Any]:
    made = cloudformation.create_change_set(
        StackName="events",
        ChangeSetName="next",
        ChangeSetType=kind,
        TemplateBody=json.dumps(template),
        **request,
    )
    described: dict[str, Any] = cloudformation.describe_change_set(ChangeSetName=made["Id"])
    return described


def changes_of(described: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    changes = [change["ResourceChange"] for change in described["Changes"]]
    return {each["LogicalResourceId"]: (each["Action"], each.get("Replacement")) for each in changes}


class TestNewStacks:
    """A change set can make a stack: it is reviewed until it is executed."""

    def test_are_in_review_and_then_made(self, local_aws: LocalAws, cloudformation: Any) -> None:
        described = propose(cloudformation, crawler_template(), "CREATE", Description="first", Tags=TAGS)
        (reviewed,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        cloudformation.get_waiter("change_set_create_complete").wait(
            ChangeSetName="next", StackName="events", WaiterConfig={"Delay": 1, "MaxAttempts": 1}
        )
        made_before = local_aws.client("s3").list_buckets()["Buckets"]

        cloudformation.execute_change_set(ChangeSetName="next", StackName="events")
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName="events", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )

        assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
        assert changes_of(described) == {
            "Bucket": ("Add", None),
            "Crawler": ("Add", None),
            "Database": ("Add", None),
        }
        assert reviewed["StackStatus"] == "REVIEW_IN_PROGRESS"
        assert made_before == []
        (stack,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert stack["ChangeSetId"] == described["ChangeSetId"]
        assert stack["Tags"] == TAGS
        assert local_aws.client("glue").list_crawlers(Tags={"team": "clicks"})["CrawlerNames"] == ["events"]
        assert statuses_of(cloudformation, "events") == [
            "REVIEW_IN_PROGRESS",
            "CREATE_IN_PROGRESS",
            "CREATE_COMPLETE",
        ]

    def test_can_be_given_up(self, cloudformation: Any) -> None:
        propose(cloudformation, crawler_template(), "CREATE")

        cloudformation.delete_change_set(ChangeSetName="next", StackName="events")
        cloudformation.delete_stack(StackName="events")

        assert cloudformation.describe_stacks()["Stacks"] == []

    def test_are_not_made_where_one_is_already(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())

        with pytest.raises(ClientError, match=r"Stack \[events\] already exists and cannot be created again"):
            propose(cloudformation, crawler_template(), "CREATE")

    def test_that_fail_are_rolled_back(self, cloudformation: Any) -> None:
        propose(cloudformation, crawler_template(Role="not/a role!"), "CREATE")

        cloudformation.execute_change_set(ChangeSetName="next", StackName="events")

        (stack,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


class TestChanges:
    """A change set says what would be added, modified, replaced and removed, and why."""

    def test_tell_in_place_from_replacement(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())
        template = crawler_template(Description="new")
        template["Resources"]["Database"]["Properties"]["DatabaseInput"]["Name"] = "other"
        del template["Outputs"]
        template["Resources"]["More"] = {"Type": "AWS::S3::Bucket"}

        described = propose(cloudformation, template)

        assert changes_of(described) == {
            "Crawler": ("Modify", "False"),
            "Database": ("Modify", "True"),
            "More": ("Add", None),
        }
        (crawler,) = [
            change["ResourceChange"]
            for change in described["Changes"]
            if change["ResourceChange"]["LogicalResourceId"] == "Crawler"
        ]
        assert [
            (detail["Target"]["Name"], detail["Target"]["RequiresRecreation"], detail["Evaluation"])
            for detail in crawler["Details"]
        ] == [("DatabaseName", "Never", "Dynamic"), ("Description", "Never", "Static")]
        assert crawler["PhysicalResourceId"] == "events"

    def test_tell_what_would_go(self, cloudformation: Any) -> None:
        template = crawler_template()
        deploy(cloudformation, template)
        del template["Resources"]["Crawler"], template["Outputs"]

        assert changes_of(propose(cloudformation, template)) == {"Crawler": ("Remove", None)}

    def test_touch_nothing_until_they_are_executed(self, local_aws: LocalAws, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())
        glue = local_aws.client("glue")

        propose(cloudformation, crawler_template(Description="new"))
        before = glue.get_crawler(Name="events")["Crawler"]["Description"]
        cloudformation.execute_change_set(ChangeSetName="next", StackName="events")

        assert before == ""
        assert glue.get_crawler(Name="events")["Crawler"]["Description"] == "new"
        (stack,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        assert stack["StackStatus"] == "UPDATE_COMPLETE"
        assert cloudformation.get_template(StackName="events")["TemplateBody"] == crawler_template(
            Description="new"
        )

    def test_that_are_none_fail_as_the_cli_expects(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())

        described = propose(cloudformation, crawler_template())

        assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
        assert described["StatusReason"].startswith("The submitted information didn't contain changes.")
        with pytest.raises(WaiterError):
            cloudformation.get_waiter("change_set_create_complete").wait(
                ChangeSetName="next", StackName="events", WaiterConfig={"Delay": 1, "MaxAttempts": 1}
            )
        with pytest.raises(ClientError, match=r"\(InvalidChangeSetStatus\).*cannot be executed"):
            cloudformation.execute_change_set(ChangeSetName="next", StackName="events")

    def test_of_outputs_alone_can_be_executed(self, cloudformation: Any) -> None:
        template = crawler_template()
        deploy(cloudformation, template)
        template["Outputs"]["Again"] = {"Value": {"Ref": "Crawler"}}

        described = propose(cloudformation, template)
        cloudformation.execute_change_set(ChangeSetName="next", StackName="events")

        assert described["Changes"] == []
        (stack,) = cloudformation.describe_stacks(StackName="events")["Stacks"]
        assert "Again" in {output["OutputKey"] for output in stack["Outputs"]}


class TestNames:
    """Change sets are known by id, or by their name and the stack's."""

    def test_are_listed_and_gone_after_an_execution(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())
        propose(cloudformation, crawler_template(Description="new"))
        cloudformation.create_change_set(
            StackName="events",
            ChangeSetName="other",
            TemplateBody=json.dumps(crawler_template(TablePrefix="x")),
        )
        listed = cloudformation.list_change_sets(StackName="events")["Summaries"]

        cloudformation.execute_change_set(ChangeSetName="next", StackName="events")

        assert [each["ChangeSetName"] for each in listed] == ["next", "other"]
        (left,) = cloudformation.list_change_sets(StackName="events")["Summaries"]
        assert (left["ChangeSetName"], left["ExecutionStatus"]) == ("next", "EXECUTE_COMPLETE")

    def test_are_not_used_twice(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())
        propose(cloudformation, crawler_template(Description="new"))

        with pytest.raises(ClientError, match="AlreadyExistsException"):
            propose(cloudformation, crawler_template(Description="newer"))

    def test_that_are_not_there_say_so(self, cloudformation: Any) -> None:
        deploy(cloudformation, crawler_template())

        with pytest.raises(ClientError, match=r"\(ChangeSetNotFound\).*\[nothing\] does not exist"):
            cloudformation.describe_change_set(ChangeSetName="nothing", StackName="events")
        with pytest.raises(ClientError, match="Stack with id nobody does not exist"):
            cloudformation.create_change_set(
                StackName="nobody",
                ChangeSetName="next",
                TemplateBody=json.dumps(make_template({"A": {"Type": "AWS::SNS::Topic"}})),
            )
