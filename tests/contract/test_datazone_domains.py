"""Domains, project profiles and projects."""

from __future__ import annotations

import json
from typing import Any

import moto.settings
import pytest
from botocore.exceptions import ClientError
from moto.core.authorization import ActionAuthenticatorMixin

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, eventually, make_estate

_ARN = "arn:aws:datazone:us-east-1:123456789012:domain/dzd-doesnotexist"


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


@pytest.mark.parametrize(
    "params, version, start",
    [
        pytest.param({}, "V2", "dzd-", id="by default of SageMaker Unified Studio"),
        pytest.param({"domainVersion": "V1"}, "V1", "dzd_", id="of DataZone"),
    ],
)
def test_domain_has_the_id_of_its_version(
    local_aws: LocalAws, params: dict[str, str], version: str, start: str
) -> None:
    domain = local_aws.client("datazone").create_domain(name="d", **params)

    assert (domain["domainVersion"], domain["status"]) == (version, "AVAILABLE")
    assert domain["id"].startswith(start)
    assert domain["arn"] == f"arn:aws:datazone:us-east-1:123456789012:domain/{domain['id']}"


def test_domain_keeps_what_it_was_given(local_aws: LocalAws) -> None:
    client = local_aws.client("datazone")
    given = {
        "name": "d",
        "description": "all of it",
        "singleSignOn": {"type": "DISABLED"},
        "domainExecutionRole": "arn:aws:iam::123456789012:role/Execution",
        "serviceRole": "arn:aws:iam::123456789012:role/Service",
        "tags": {"a": "b"},
    }

    identifier = client.create_domain(**given)["id"]
    read = client.get_domain(identifier=identifier)

    assert {name: read[name] for name in given} == given


def test_domain_is_deleting_and_then_gone(estate: Estate) -> None:
    estate.aws.settings(import_seconds=0.2)

    answer = estate.client.delete_domain(identifier=estate.domain, cascadeDelete=True)

    assert answer["status"] == "DELETING"
    assert estate.client.get_domain(identifier=estate.domain)["status"] == "DELETING"
    eventually(lambda: not estate.client.list_domains()["items"])


def test_domains_can_be_listed_by_status(estate: Estate) -> None:
    listed = estate.client.list_domains(status="AVAILABLE")["items"]

    assert [each["id"] for each in listed] == [estate.domain]
    assert estate.client.list_domains(status="CREATING")["items"] == []


def test_tags_are_added_and_removed(estate: Estate) -> None:
    arn = estate.client.get_domain(identifier=estate.domain)["arn"]
    estate.client.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})

    estate.client.untag_resource(resourceArn=arn, tagKeys=["a", "never there"])

    assert estate.client.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


def test_tags_of_an_unknown_resource_are_not_found(estate: Estate) -> None:
    with pytest.raises(ClientError, match=f"ResourceNotFoundException.*{_ARN}"):
        estate.client.list_tags_for_resource(resourceArn=_ARN)


def test_project_comes_from_the_default_profile_unless_another_is_named(estate: Estate) -> None:
    (default,) = estate.call("list_project_profiles")["items"]
    mine = estate.call("create_project_profile", name="mine")["id"]

    made = estate.call("create_project", name="other", projectProfileId=mine)

    assert default["name"] == "SQL analytics"
    assert estate.call("get_project", identifier=estate.project)["projectProfileId"] == default["id"]
    assert made["projectProfileId"] == mine


def test_disabled_profile_makes_no_projects(estate: Estate) -> None:
    mine = estate.call("create_project_profile", name="mine", status="DISABLED")["id"]

    with pytest.raises(ClientError, match="is DISABLED"):
        estate.call("create_project", name="other", projectProfileId=mine)


def test_profile_keeps_what_it_was_given(estate: Estate) -> None:
    configurations = [{"name": "env", "environmentBlueprintId": "bp", "deploymentMode": "ON_CREATE"}]

    mine = estate.call("create_project_profile", name="mine", environmentConfigurations=configurations)["id"]

    read = estate.call("get_project_profile", identifier=mine)
    assert read["environmentConfigurations"] == configurations


@pytest.mark.parametrize(
    "params, names",
    [
        pytest.param({"name": "other"}, ["other"], id="name"),
        pytest.param({"projectCategory": "ADMIN"}, ["other"], id="category"),
        pytest.param({"userIdentifier": "anna"}, ["other"], id="member"),
        pytest.param({"groupIdentifier": "nobody"}, [], id="no member"),
        pytest.param({}, ["analytics", "other"], id="all, by name"),
    ],
)
def test_projects_can_be_chosen(estate: Estate, params: dict[str, str], names: list[str]) -> None:
    member = {"member": {"userIdentifier": "anna"}, "designation": "PROJECT_OWNER"}
    estate.call("create_project", name="other", projectCategory="ADMIN", membershipAssignments=[member])

    listed = estate.call("list_projects", **params)["items"]

    assert [each["name"] for each in listed] == names


def test_project_can_be_renamed_and_described(estate: Estate) -> None:
    estate.call("create_project", name="taken")

    changed = estate.call(
        "update_project", identifier=estate.project, name="new", description="d", resourceTags={"a": "b"}
    )

    assert (changed["name"], changed["description"]) == ("new", "d")
    assert changed["resourceTags"] == [{"key": "a", "value": "b", "source": "PROJECT"}]
    with pytest.raises(ClientError, match="ConflictException"):
        estate.call("update_project", identifier=estate.project, name="taken")


def test_project_is_deleting_and_then_gone(estate: Estate) -> None:
    estate.aws.settings(import_seconds=0.2)

    estate.call("delete_project", identifier=estate.project)

    assert estate.call("get_project", identifier=estate.project)["projectStatus"] == "DELETING"
    eventually(lambda: not estate.call("list_projects")["items"])


class TestVersionOne:
    """A domain of Amazon DataZone, whose data sources may name an environment."""

    def _make(self, estate: Estate, **params: Any) -> Any:
        filters = [{"databaseName": estate.database}]
        return estate.call(
            "create_data_source",
            name="mine",
            projectIdentifier=estate.project,
            type="GLUE",
            configuration={"glueRunConfiguration": {"relationalFilterConfigurations": filters}},
            **params,
        )

    def test_environment_stands_for_the_connection(self, local_aws: LocalAws) -> None:
        estate = make_estate(local_aws, version="V1")
        environment = estate.call("get_connection", identifier=estate.connection)["environmentId"]

        made = self._make(estate, environmentIdentifier=environment)

        assert (made["environmentId"], made["connectionId"]) == (environment, estate.connection)

    def test_environment_of_another_project_is_not_found(self, local_aws: LocalAws) -> None:
        estate = make_estate(local_aws, version="V1")

        with pytest.raises(ClientError, match=r"ResourceNotFoundException.*elsewhere"):
            self._make(estate, environmentIdentifier="elsewhere")

    def test_connection_of_another_project_is_refused(self, local_aws: LocalAws) -> None:
        estate = make_estate(local_aws)
        other = estate.call("create_project", name="other")["id"]
        listed = estate.call("list_connections", projectIdentifier=other, type="LAKEHOUSE")["items"]

        with pytest.raises(ClientError, match="does not belong to project"):
            self._make(estate, connectionIdentifier=listed[0]["connectionId"])


def test_data_source_can_be_renamed_unless_the_name_is_taken(estate: Estate) -> None:
    source = estate.call("get_data_source", identifier=estate.data_source)

    renamed = estate.call("update_data_source", identifier=estate.data_source, name="new")
    again = estate.call("update_data_source", identifier=estate.data_source, name="new")

    assert (source["name"] != "new", renamed["name"], again["name"]) == (True, "new", "new")


def _guest(aws: LocalAws, *, allowed: bool) -> Any:
    """A client of a user with access to Amazon DataZone or to nothing."""
    iam = aws.client("iam")
    iam.create_user(UserName="guest")
    key = iam.create_access_key(UserName="guest")["AccessKey"]
    if allowed:
        statement = {"Effect": "Allow", "Action": "datazone:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="guest", PolicyName="catalog", PolicyDocument=policy)
    return aws.client(
        "datazone",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def test_caller_without_permission_is_denied_when_iam_is_enforced(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = _guest(local_aws, allowed=False)
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0.0)
    monkeypatch.setattr(ActionAuthenticatorMixin, "request_count", 1)

    with pytest.raises(ClientError, match=r"AccessDeniedException.*datazone:ListDomains"):
        guest.list_domains(maxResults=1)


def test_caller_with_permission_is_let_through_when_iam_is_enforced(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = _guest(local_aws, allowed=True)
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0.0)
    monkeypatch.setattr(ActionAuthenticatorMixin, "request_count", 1)

    assert guest.list_domains(maxResults=1)["items"] == []
    assert guest.create_domain(name="mine")["name"] == "mine"
