"""``AWS::DataZone::*`` in stacks: a whole estate from one template."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.cloudformation_stacks import (
    deploy,
    events_of,
    make_template,
    statuses_of,
    update,
)


@pytest.fixture
def cloudformation(local_aws: LocalAws) -> Any:
    return local_aws.client("cloudformation")


def estate(
    *,
    switched_on: bool = True,
    description: str = "Analysts",
    schedule: str | None = None,
    tags: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return a domain, a project, a connection and a data source over a database."""
    domain = {"Fn::GetAtt": ["Domain", "Id"]}
    project = {"Fn::GetAtt": ["Project", "Id"]}
    source: dict[str, Any] = {
        "Name": "clicks",
        "DomainIdentifier": domain,
        "ProjectIdentifier": project,
        "ConnectionIdentifier": {"Fn::GetAtt": ["Connection", "ConnectionId"]},
        "Type": "GLUE",
        "PublishOnImport": "false",
        "Configuration": {
            "GlueRunConfiguration": {
                "RelationalFilterConfigurations": [
                    {
                        "DatabaseName": {"Ref": "Database"},
                        "FilterExpressions": [{"Type": "INCLUDE", "Expression": "*"}],
                    }
                ]
            }
        },
    }
    if schedule:
        source["Schedule"] = {"Schedule": schedule, "Timezone": "UTC"}
    return make_template(
        {
            "Database": {
                "Type": "AWS::Glue::Database",
                "Properties": {
                    "CatalogId": {"Ref": "AWS::AccountId"},
                    "DatabaseInput": {"Name": "events"},
                },
            },
            "Domain": {
                "Type": "AWS::DataZone::Domain",
                "Properties": {
                    "Name": "ecommerce",
                    "DomainVersion": "V2",
                    "DomainExecutionRole": "arn:aws:iam::123456789012:role/domain",
                    "ServiceRole": "arn:aws:iam::123456789012:role/service",
                    "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
                },
            },
            "Project": {
                "Type": "AWS::DataZone::Project",
                "Properties": {"Name": "clicks", "Description": description, "DomainIdentifier": domain},
            },
            "Connection": {
                "Type": "AWS::DataZone::Connection",
                "Properties": {
                    "Name": "clicks.iam",
                    "DomainIdentifier": domain,
                    "ProjectIdentifier": project,
                    "Props": {"IamProperties": {"GlueLineageSyncEnabled": switched_on}},
                },
            },
            "Source": {"Type": "AWS::DataZone::DataSource", "Properties": source},
        },
        Outputs={
            "Domain": {"Value": {"Ref": "Domain"}},
            "DomainStatus": {"Value": {"Fn::GetAtt": ["Domain", "Status"]}},
            "Project": {"Value": {"Ref": "Project"}},
            "ProjectId": {"Value": project},
            "Connection": {"Value": {"Ref": "Connection"}},
            "ConnectionType": {"Value": {"Fn::GetAtt": ["Connection", "Type"]}},
            "Source": {"Value": {"Ref": "Source"}},
            "SourceId": {"Value": {"Fn::GetAtt": ["Source", "Id"]}},
            "SourceStatus": {"Value": {"Fn::GetAtt": ["Source", "Status"]}},
        },
    )


def outputs_of(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


class TestEstate:
    """A template makes what the API would, and refers to it as AWS documents."""

    def test_is_made_with_the_ids_of_the_service(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, estate())

        assert stack["StackStatus"] == "CREATE_COMPLETE"
        outputs = outputs_of(stack)
        domain = outputs["Domain"]
        datazone = local_aws.client("datazone")
        (listed,) = datazone.list_domains()["items"]
        source = datazone.get_data_source(domainIdentifier=domain, identifier=outputs["SourceId"])
        assert (listed["id"], outputs["DomainStatus"]) == (domain, "AVAILABLE")
        assert outputs["Project"] == f"{domain}|{outputs['ProjectId']}"
        assert outputs["Source"] == f"{domain}|{source['id']}"
        assert outputs["Connection"] == f"{domain}|{source['connectionId']}"
        assert (source["status"], outputs["SourceStatus"]) == ("READY", "READY")
        assert outputs["ConnectionType"] == "IAM"

    def test_has_lineage_import_switched_as_the_template_says(
        self, local_aws: LocalAws, cloudformation: Any
    ) -> None:
        stack = deploy(cloudformation, estate())
        domain, connection = outputs_of(stack)["Connection"].split("|")
        datazone = local_aws.client("datazone")

        def switched_on() -> bool:
            props = datazone.get_connection(domainIdentifier=domain, identifier=connection)["props"]
            return bool(props["iamProperties"]["glueLineageSyncEnabled"])

        before = switched_on()
        update(cloudformation, estate(switched_on=False))

        assert before
        assert not switched_on()

    def test_changes_in_place(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, estate(tags={"stage": "test", "team": "clicks"}))
        outputs = outputs_of(stack)

        changed = update(
            cloudformation,
            estate(description="Everyone", schedule="cron(0 6 * * ? *)", tags={"stage": "live"}),
        )

        place = {"domainIdentifier": outputs["Domain"]}
        datazone = local_aws.client("datazone")
        project = datazone.get_project(**place, identifier=outputs["ProjectId"])
        source = datazone.get_data_source(**place, identifier=outputs["SourceId"])
        assert changed["StackStatus"] == "UPDATE_COMPLETE"
        assert outputs_of(changed)["Source"] == outputs["Source"]
        assert project["description"] == "Everyone"
        assert source["schedule"]["schedule"] == "cron(0 6 * * ? *)"
        assert datazone.get_domain(identifier=outputs["Domain"])["tags"] == {"stage": "live"}

    def test_is_deleted_from_the_inside_out(self, local_aws: LocalAws, cloudformation: Any) -> None:
        stack = deploy(cloudformation, estate())

        cloudformation.delete_stack(StackName="events")

        (gone,) = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]
        assert gone["StackStatus"] == "DELETE_COMPLETE"
        assert local_aws.client("datazone").list_domains()["items"] == []
        order = [
            event["LogicalResourceId"]
            for event in events_of(cloudformation, stack["StackId"])
            if event["ResourceStatus"] == "DELETE_COMPLETE"
        ]
        assert order.index("Source") < order.index("Project") < order.index("Domain")

    def test_imports_what_a_crawl_leaves(self, local_aws: LocalAws, cloudformation: Any) -> None:
        outputs = outputs_of(deploy(cloudformation, estate()))
        glue, datazone = local_aws.client("glue"), local_aws.client("datazone")
        glue.create_table(
            DatabaseName="events",
            TableInput={
                "Name": "clicks",
                "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "string"}]},
            },
        )
        place = {"domainIdentifier": outputs["Domain"]}

        run = datazone.start_data_source_run(**place, dataSourceIdentifier=outputs["SourceId"])
        local_aws.advance(60)

        done = datazone.get_data_source_run(**place, identifier=run["id"])
        assert (done["status"], done["runStatisticsForAssets"]["added"]) == ("SUCCESS", 1)


class TestFailures:
    """What the service refuses fails the stack with the service's words."""

    def test_name_the_domain_that_is_not_there(self, cloudformation: Any) -> None:
        project = {
            "Type": "AWS::DataZone::Project",
            "Properties": {"Name": "clicks", "DomainIdentifier": "dzd-unknown"},
        }

        stack = deploy(cloudformation, make_template({"Project": project}))

        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        (reason,) = [
            event["ResourceStatusReason"]
            for event in events_of(cloudformation)
            if event["ResourceStatus"] == "CREATE_FAILED"
        ]
        assert reason.startswith('Resource handler returned message: "')
        assert "(Service: DataZone, Status Code: 404, Request ID: " in reason
        assert "HandlerErrorCode: NotFound)" in reason

    def test_replace_what_cannot_be_changed(self, local_aws: LocalAws, cloudformation: Any) -> None:
        template = estate()
        before = outputs_of(deploy(cloudformation, template))
        template["Resources"]["Connection"]["Properties"]["Name"] = "other.iam"
        template["Resources"]["Source"]["Properties"]["Name"] = "other"

        after = outputs_of(update(cloudformation, template))

        place = {"domainIdentifier": before["Domain"], "projectIdentifier": before["ProjectId"]}
        names = [each["name"] for each in local_aws.client("datazone").list_connections(**place)["items"]]
        assert after["Connection"] != before["Connection"]
        assert after["SourceId"] != before["SourceId"]
        assert statuses_of(cloudformation, "Connection")[-1] == "DELETE_COMPLETE"
        assert "other.iam" in names
        assert "clicks.iam" not in names
