"""What scripts read around a project: environments, blueprints, domain units, profiles, and credentials."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, make_estate


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _environment(estate: Estate) -> Any:
    (environment,) = estate.call("list_environments", projectIdentifier=estate.project)["items"]
    return environment


class TestEnvironments:
    """The environment of a project."""

    def test_environment_is_where_the_connections_of_the_project_are(self, estate: Estate) -> None:
        environment = _environment(estate)

        connection = estate.call("get_connection", identifier=estate.connection)
        assert environment["id"] == connection["environmentId"]
        assert (environment["status"], environment["awsAccountId"]) == ("ACTIVE", "123456789012")

    def test_resources_name_the_database_and_the_role(self, estate: Estate) -> None:
        described = estate.call("get_environment", identifier=_environment(estate)["id"])

        resources = {each["name"]: each["value"] for each in described["provisionedResources"]}
        connection = estate.call("get_connection", identifier=estate.connection)
        assert resources == {
            "glueDBName": estate.database,
            "userRoleArn": connection["environmentUserRole"],
        }

    @pytest.mark.parametrize("version, blueprint", [("V1", "DefaultDataLake"), ("V2", "LakehouseDatabase")])
    def test_blueprint_is_that_of_the_version(
        self, local_aws: LocalAws, version: str, blueprint: str
    ) -> None:
        estate = make_estate(local_aws, version=version)
        described = estate.call("get_environment", identifier=_environment(estate)["id"])

        found = estate.call("get_environment_blueprint", identifier=described["environmentBlueprintId"])

        assert found["name"] == blueprint

    def test_environment_is_as_far_as_the_deployment_of_its_project(self, estate: Estate) -> None:
        estate.aws.settings(import_seconds=3600)
        created = estate.call("create_project", name="another")

        (environment,) = estate.call("list_environments", projectIdentifier=created["id"])["items"]

        now = estate.call("get_project", identifier=created["id"])
        told = [each["environmentDeploymentDetails"]["overallDeploymentStatus"] for each in (created, now)]
        statuses = {"IN_PROGRESS": "CREATING", "SUCCESSFUL": "ACTIVE"}
        assert environment["status"] in [statuses[each] for each in told]

    @pytest.mark.parametrize(
        "filters", [{"status": "SUSPENDED"}, {"name": "Other"}, {"awsAccountRegion": "eu-west-1"}]
    )
    def test_lists_are_filtered(self, estate: Estate, filters: dict[str, str]) -> None:
        listed = estate.call("list_environments", projectIdentifier=estate.project, **filters)

        assert listed["items"] == []

    def test_blueprint_configuration_is_kept_until_it_is_deleted(self, estate: Estate) -> None:
        (blueprint,) = estate.call("list_environment_blueprints", managed=True)["items"]
        address = {"environmentBlueprintIdentifier": blueprint["id"]}
        role = "arn:aws:iam::123456789012:role/provisioning"

        estate.call(
            "put_environment_blueprint_configuration",
            **address,
            enabledRegions=["us-east-1"],
            provisioningRoleArn=role,
        )

        kept = estate.call("get_environment_blueprint_configuration", **address)
        assert (kept["provisioningRoleArn"], kept["enabledRegions"]) == (role, ["us-east-1"])
        estate.call("delete_environment_blueprint_configuration", **address)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            estate.call("get_environment_blueprint_configuration", **address)


class TestCredentials:
    """Credentials of the project's role work."""

    def _caller(self, estate: Estate, given: Any) -> str:
        sts = estate.aws.client(
            "sts",
            aws_access_key_id=given["accessKeyId"],
            aws_secret_access_key=given["secretAccessKey"],
            aws_session_token=given["sessionToken"],
        )
        return str(sts.get_caller_identity()["Arn"])

    def test_environment_gives_credentials_of_its_role(self, estate: Estate) -> None:
        environment = _environment(estate)["id"]

        given = estate.call("get_environment_credentials", environmentIdentifier=environment)

        role = f"datazone_usr_role_{estate.project}_{environment}"
        assert self._caller(estate, given).split(":assumed-role/")[1].startswith(role)
        assert given["expiration"] > estate.aws.now()

    def test_connection_gives_them_on_request_only(self, estate: Estate) -> None:
        without = estate.call("get_connection", identifier=estate.connection)

        given = estate.call("get_connection", identifier=estate.connection, withSecret=True)

        assert "connectionCredentials" not in without
        assert "datazone_usr_role" in self._caller(estate, given["connectionCredentials"])


class TestDomainUnits:
    """The tree that projects stand in."""

    def _root(self, estate: Estate) -> str:
        return str(estate.client.get_domain(identifier=estate.domain)["rootDomainUnitId"])

    def _make(self, estate: Estate, name: str, parent: str) -> Any:
        return estate.call("create_domain_unit", name=name, parentDomainUnitIdentifier=parent)

    def test_unit_knows_what_is_above_it(self, estate: Estate) -> None:
        root = self._root(estate)
        sales = self._make(estate, "sales", root)["id"]

        europe = self._make(estate, "europe", sales)

        assert (europe["parentDomainUnitId"], europe["ancestorDomainUnitIds"]) == (sales, [sales, root])
        listed = estate.call("list_domain_units_for_parent", parentDomainUnitIdentifier=sales)["items"]
        assert listed == [{"id": europe["id"], "name": "europe"}]

    def test_project_can_be_moved(self, estate: Estate) -> None:
        sales = self._make(estate, "sales", self._root(estate))["id"]

        estate.call("update_project", identifier=estate.project, domainUnitId=sales)

        assert estate.call("get_project", identifier=estate.project)["domainUnitId"] == sales

    def test_unit_with_something_in_it_and_the_root_stay(self, estate: Estate) -> None:
        root = self._root(estate)
        sales = self._make(estate, "sales", root)["id"]
        project = estate.call("create_project", name="in sales", domainUnitId=sales)["id"]
        with pytest.raises(ClientError, match=rf"ConflictException.*{project}"):
            estate.call("delete_domain_unit", identifier=sales)
        with pytest.raises(ClientError, match=r"ValidationException.*root"):
            estate.call("delete_domain_unit", identifier=root)
        estate.call("delete_project", identifier=project)

        estate.call("delete_domain_unit", identifier=sales)

        with pytest.raises(ClientError, match=f"ResourceNotFoundException.*{sales}"):
            estate.call("get_domain_unit", identifier=sales)

    def test_name_is_unique_below_one_unit(self, estate: Estate) -> None:
        root = self._root(estate)
        sales = self._make(estate, "sales", root)["id"]
        with pytest.raises(ClientError, match=r"ConflictException.*sales"):
            self._make(estate, "sales", root)

        assert self._make(estate, "sales", sales)["id"] != sales


class TestProfiles:
    """What projects are made from."""

    def test_profile_in_use_is_not_deleted(self, estate: Estate) -> None:
        profile = estate.call("create_project_profile", name="mine", status="ENABLED")["id"]
        project = estate.call("create_project", name="p", projectProfileId=profile)["id"]

        with pytest.raises(ClientError, match=rf"ConflictException.*{project}"):
            estate.call("delete_project_profile", identifier=profile)

    def test_disabled_profile_makes_no_project(self, estate: Estate) -> None:
        profile = estate.call("create_project_profile", name="mine", status="ENABLED")["id"]

        changed = estate.call("update_project_profile", identifier=profile, status="DISABLED")

        assert (changed["name"], changed["status"]) == ("mine", "DISABLED")
        with pytest.raises(ClientError, match=r"ValidationException.*DISABLED"):
            estate.call("create_project", name="p", projectProfileId=profile)


class TestTimeSeries:
    """What is measured of assets and listings."""

    def _post(self, estate: Estate, entity: dict[str, str], score: float, hour: int) -> Any:
        form = {
            "formName": "quality",
            "typeIdentifier": "amazon.datazone.DataQualityResultFormType",
            "typeRevision": "8",
            "timestamp": f"2025-06-04T{hour:02}:00:00Z",
            "content": f'{{"passingPercentage": {score}}}',
        }
        return estate.call("post_time_series_data_points", **entity, forms=[form])["forms"][0]

    def test_newest_point_is_shown_with_the_asset(self, estate: Estate) -> None:
        entity = {"entityType": "ASSET", "entityIdentifier": estate.make_asset()}
        self._post(estate, entity, 90.5, 12)
        self._post(estate, entity, 70.5, 8)

        asset = estate.call("get_asset", identifier=entity["entityIdentifier"])

        (shown,) = asset["latestTimeSeriesDataPointFormsOutput"]
        assert shown["contentSummary"] == '{"passingPercentage": 90.5}'

    def test_points_are_chosen_by_time_and_deleted_by_form(self, estate: Estate) -> None:
        listing = estate.publish(estate.make_asset())["listingId"]
        entity = {"entityType": "LISTING", "entityIdentifier": listing}
        points = [self._post(estate, entity, hour, hour)["id"] for hour in (8, 10, 12)]
        window = {"startedAt": "2025-06-04T09:00:00Z", "endedAt": "2025-06-04T12:00:00Z"}

        chosen = estate.call("list_time_series_data_points", **entity, formName="quality", **window)["items"]
        estate.call("delete_time_series_data_points", **entity, formName="quality")

        assert [each["id"] for each in chosen] == [points[2], points[1]]
        assert estate.call("list_time_series_data_points", **entity, formName="quality")["items"] == []

    def test_content_is_held_against_its_form_type(self, estate: Estate) -> None:
        entity = {"entityType": "ASSET", "entityIdentifier": estate.make_asset()}
        form = {
            "formName": "quality",
            "typeIdentifier": "amazon.datazone.DataQualityResultFormType",
            "timestamp": "2025-06-04T12:00:00Z",
            "content": '{"passingPercentage": "all"}',
        }

        with pytest.raises(ClientError, match=r"ValidationException.*passingPercentage: must be a Number"):
            estate.call("post_time_series_data_points", **entity, forms=[form])
