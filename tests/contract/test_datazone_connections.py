"""Connections of every kind, above all the switch for lineage import."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, make_estate

_SECRET = {"usernamePassword": {"username": "u", "password": "p"}}
_REDSHIFT = {"databaseName": "db", "storage": {"workgroupName": "wg"}, "host": "h", "port": 5439}
_VPC = {"vpcId": "vpc-1", "subnetIds": ["subnet-1"]}
_GIT = {
    "codeConnectionArn": "arn:aws:codeconnections:us-east-1:123456789012:connection/abc",
    "repositoryId": "a/b",
    "defaultBranch": "main",
}
_SNOWFLAKE = {"snowflakeRole": "R", "identityMapping": {"usernameAttribute": "email"}}


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _environment(estate: Estate) -> str:
    return str(estate.call("get_connection", identifier=estate.connection)["environmentId"])


def _make(estate: Estate, props: dict[str, Any], **params: Any) -> Any:
    defaults = {"name": "mine", "environmentIdentifier": _environment(estate)}
    return estate.call("create_connection", props=props, **defaults | params)


@pytest.mark.parametrize(
    "props, type_name, shown",
    [
        pytest.param(
            {"lakehouseProperties": {}}, "LAKEHOUSE", {"glueLineageSyncEnabled": False}, id="lakehouse"
        ),
        pytest.param(
            {"athenaProperties": {"workgroupName": "w"}}, "ATHENA", {"workgroupName": "w"}, id="Athena"
        ),
        pytest.param(
            {"s3Properties": {"s3Uri": "s3://b/"}}, "S3", {"s3Uri": "s3://b/", "status": "READY"}, id="S3"
        ),
        pytest.param(
            {"glueProperties": {"glueConnectionInput": {"connectionType": "POSTGRESQL"}}},
            "POSTGRESQL",
            {"status": "READY"},
            id="Glue connection",
        ),
        pytest.param(
            {"redshiftProperties": {**_REDSHIFT, "credentials": _SECRET}},
            "REDSHIFT",
            {
                "databaseName": "db",
                "storage": {"workgroupName": "wg"},
                "jdbcUrl": "jdbc:redshift://h:5439/db",
                "lineageSync": {"enabled": False},
                "status": "READY",
            },
            id="Redshift, its password hidden",
        ),
        pytest.param({"vpcProperties": _VPC}, "VPC", {**_VPC, "status": "READY"}, id="VPC"),
        pytest.param({"gitProperties": _GIT}, "GIT", {**_GIT, "status": "READY"}, id="Git"),
        pytest.param(
            {"snowflakeProperties": _SNOWFLAKE},
            "SNOWFLAKE",
            {**_SNOWFLAKE, "lineageSync": {"enabled": False}, "status": "READY"},
            id="Snowflake",
        ),
        pytest.param(
            {"amazonQProperties": {"isEnabled": True}}, "AMAZON_Q", {"isEnabled": True}, id="Amazon Q"
        ),
        pytest.param(
            {"sparkGlueProperties": {"glueVersion": "5.0"}}, "SPARK", {"glueVersion": "5.0"}, id="Spark"
        ),
    ],
)
def test_kind_of_properties_decides_the_type(
    estate: Estate, props: dict[str, Any], type_name: str, shown: dict[str, Any]
) -> None:
    made = _make(estate, props)

    read = estate.call("get_connection", identifier=made["connectionId"])

    assert (read["type"], read["props"]) == (type_name, {next(iter(props)): shown})


def test_lineage_switch_is_turned_and_other_properties_stay(estate: Estate) -> None:
    made = _make(estate, {"redshiftProperties": _REDSHIFT})["connectionId"]
    estate.switch_lineage(on=True)

    estate.call("update_connection", identifier=made, props={"redshiftProperties": {"databaseName": "other"}})

    lakehouse = estate.call("get_connection", identifier=estate.connection)
    redshift = estate.call("get_connection", identifier=made)["props"]["redshiftProperties"]
    assert lakehouse["props"] == {"lakehouseProperties": {"glueLineageSyncEnabled": True}}
    assert (redshift["databaseName"], redshift["storage"]) == ("other", {"workgroupName": "wg"})


def test_iam_connection_has_the_switch_too(estate: Estate) -> None:
    (iam,) = estate.call("list_connections", name="project.iam")["items"]

    props = {"iamProperties": {"glueLineageSyncEnabled": True}}
    estate.call("update_connection", identifier=iam["connectionId"], props=props)

    read = estate.call("get_connection", identifier=iam["connectionId"])
    assert read["props"]["iamProperties"]["glueLineageSyncEnabled"] is True


def test_connection_tells_where_it_is_and_as_whom_it_works(estate: Estate) -> None:
    (iam,) = estate.call("list_connections", name="project.iam")["items"]

    read = estate.call("get_connection", identifier=estate.connection)

    assert read["environmentUserRole"].startswith("arn:aws:iam::123456789012:role/datazone_usr_role_")
    assert read["physicalEndpoints"] == [
        {
            "awsLocation": {
                "awsAccountId": "123456789012",
                "awsRegion": "us-east-1",
                "iamConnectionId": iam["connectionId"],
            }
        }
    ]


def test_description_configurations_and_location_can_be_changed(estate: Estate) -> None:
    made = _make(estate, {"athenaProperties": {}}, enableTrustedIdentityPropagation=True)["connectionId"]
    configurations = [{"classification": "c", "properties": {"a": "b"}}]

    estate.call(
        "update_connection",
        identifier=made,
        description="new",
        configurations=configurations,
        awsLocation={"awsRegion": "eu-west-1"},
    )

    read = estate.call("get_connection", identifier=made)
    (endpoint,) = read["physicalEndpoints"]
    assert (read["description"], read["configurations"]) == ("new", configurations)
    assert endpoint["awsLocation"]["awsRegion"] == "eu-west-1"
    assert endpoint["enableTrustedIdentityPropagation"] is True


def test_connection_of_the_domain_needs_no_environment(estate: Estate) -> None:
    made = estate.call("create_connection", name="all", scope="DOMAIN", props={"athenaProperties": {}})

    read = estate.call("get_connection", identifier=made["connectionId"])

    assert read["scope"] == "DOMAIN"
    assert "projectId" not in read
    assert "environmentUserRole" not in read


@pytest.mark.parametrize(
    "params, message",
    [
        pytest.param(
            {"environmentIdentifier": None}, "environmentIdentifier is required", id="no environment"
        ),
        pytest.param(
            {"environmentIdentifier": "nowhere"}, "Environment nowhere does not exist", id="unknown"
        ),
        pytest.param({"props": None}, "props is required", id="no properties"),
        pytest.param({"props": {"glueProperties": {}}}, "connectionType is required", id="no Glue type"),
    ],
)
def test_connection_that_cannot_work_is_refused(estate: Estate, params: dict[str, Any], message: str) -> None:
    given = {"name": "mine", "environmentIdentifier": _environment(estate), "props": {"athenaProperties": {}}}
    given = {name: value for name, value in (given | params).items() if value is not None}

    with pytest.raises(ClientError, match=message):
        estate.call("create_connection", **given)


@pytest.mark.parametrize(
    "params, names",
    [
        pytest.param({"type": "LAKEHOUSE"}, ["project.default_lakehouse"], id="type"),
        pytest.param({"scope": "DOMAIN"}, [], id="scope"),
        pytest.param({"name": "project.iam"}, ["project.iam"], id="name"),
        pytest.param({"sortBy": "NAME"}, ["project.default_lakehouse", "project.iam"], id="by name"),
        pytest.param(
            {"sortOrder": "DESCENDING"}, ["project.iam", "project.default_lakehouse"], id="by name, downwards"
        ),
    ],
)
def test_connections_can_be_chosen(estate: Estate, params: dict[str, str], names: list[str]) -> None:
    listed = estate.call("list_connections", **params)["items"]

    assert [each["name"] for each in listed] == names


class TestLineageJobs:
    """Warehouses collect their lineage by jobs, not by runs of data sources."""

    @pytest.mark.parametrize(
        "kind, props",
        [
            pytest.param("redshiftProperties", _REDSHIFT, id="Redshift"),
            pytest.param("snowflakeProperties", _SNOWFLAKE, id="Snowflake"),
        ],
    )
    def test_switching_it_on_gives_a_daily_job(
        self, estate: Estate, kind: str, props: dict[str, Any]
    ) -> None:
        first = estate.aws.now() + timedelta(minutes=5)

        made = _make(estate, {kind: {**props, "lineageSync": {"enabled": True}}})

        sync = made["props"][kind]["lineageSync"]
        schedule = sync["schedule"] if kind == "snowflakeProperties" else sync["schedule"]["schedule"]
        assert sync["enabled"] is True
        assert schedule in {
            f"cron({at.minute} {at.hour} * * ? *)" for at in (first, first + timedelta(minutes=1))
        }
        assert estate.call("list_job_runs", jobIdentifier=sync["lineageJobId"])["items"] == []

    def test_job_stays_the_same_when_it_is_switched_off_and_rescheduled(self, estate: Estate) -> None:
        props = {**_SNOWFLAKE, "lineageSync": {"enabled": True, "schedule": "cron(0 6 * * ? *)"}}
        made = _make(estate, {"snowflakeProperties": props})
        before = made["props"]["snowflakeProperties"]["lineageSync"]

        for change in ({"enabled": False}, {"enabled": False, "schedule": "cron(0 7 * * ? *)"}):
            estate.call(
                "update_connection",
                identifier=made["connectionId"],
                props={"snowflakeProperties": {"lineageSync": change}},
            )

        described = estate.call("get_connection", identifier=made["connectionId"])
        assert described["props"]["snowflakeProperties"]["lineageSync"] == {
            **before,
            "enabled": False,
            "schedule": "cron(0 7 * * ? *)",
        }

    def test_connection_without_it_has_no_job(self, estate: Estate) -> None:
        made = _make(estate, {"snowflakeProperties": _SNOWFLAKE})

        assert made["props"]["snowflakeProperties"]["lineageSync"] == {"enabled": False}

    def test_schedule_that_never_comes_is_refused(self, estate: Estate) -> None:
        sync = {"enabled": True, "schedule": {"schedule": "cron(0 6 1 * MON *)"}}

        with pytest.raises(ClientError, match=r"ValidationException.*exactly one of"):
            _make(estate, {"redshiftProperties": {**_REDSHIFT, "lineageSync": sync}})

    def test_job_goes_with_its_connection(self, estate: Estate) -> None:
        made = _make(estate, {"redshiftProperties": {**_REDSHIFT, "lineageSync": {"enabled": True}}})
        job = made["props"]["redshiftProperties"]["lineageSync"]["lineageJobId"]

        estate.call("delete_connection", identifier=made["connectionId"])

        with pytest.raises(ClientError, match=f"ResourceNotFoundException.*{job}"):
            estate.call("list_job_runs", jobIdentifier=job)

    def test_warehouse_says_where_it_is(self, estate: Estate) -> None:
        made = _make(estate, {"redshiftProperties": _REDSHIFT})

        (endpoint,) = made["physicalEndpoints"]
        assert (endpoint["host"], endpoint["port"], endpoint["protocol"]) == ("h", 5439, "JDBC")
        assert made["props"]["redshiftProperties"]["jdbcUrl"] == "jdbc:redshift://h:5439/db"
