"""Data-source runs: states, assets, activities, and the lineage of crawled tables."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, columns_of, eventually, make_estate

_ROW = {"sessionId": "a", "amount": 1.5}


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    """An estate whose lineage import is on and whose crawler has two folders to crawl."""
    estate = make_estate(local_aws)
    estate.switch_lineage(on=True)
    estate.put_files({"clickstream": _ROW, "orders": {"orderId": 1}})
    estate.make_crawler()
    return estate


class TestProject:
    """What a new project comes with."""

    def test_has_a_glue_database(self, estate: Estate) -> None:
        database = estate.aws.client("glue").get_database(Name=estate.database)["Database"]

        assert database["Parameters"] == {f"DataZoneDiscoverable_{estate.domain}": "true"}

    def test_has_a_lakehouse_and_an_iam_connection_with_lineage_import_off(self, local_aws: LocalAws) -> None:
        estate = make_estate(local_aws)

        listed = estate.call("list_connections", projectIdentifier=estate.project)["items"]

        assert {(each["name"], each["type"]): each["props"] for each in listed} == {
            ("project.default_lakehouse", "LAKEHOUSE"): {
                "lakehouseProperties": {"glueLineageSyncEnabled": False}
            },
            ("project.iam", "IAM"): {
                "iamProperties": {
                    "environmentId": listed[0]["environmentId"],
                    "glueLineageSyncEnabled": False,
                }
            },
        }

    def test_has_a_ready_glue_data_source_over_its_database(self, estate: Estate) -> None:
        source = estate.call("get_data_source", identifier=estate.data_source)

        assert (source["status"], source["type"], source["enableSetting"]) == ("READY", "GLUE", "ENABLED")
        assert source["connectionId"] == estate.connection

    def test_database_can_be_named_by_a_parameter(self, local_aws: LocalAws) -> None:
        estate = make_estate(local_aws)
        parameters = [{"environmentParameters": [{"name": "glueDbName", "value": "lab_db"}]}]

        estate.call("create_project", name="lab", userParameters=parameters)

        assert local_aws.client("glue").get_database(Name="lab_db")["Database"]["Name"] == "lab_db"

    def test_deployment_ends_successful(self, estate: Estate) -> None:
        project = estate.call("get_project", identifier=estate.project)

        assert project["environmentDeploymentDetails"]["overallDeploymentStatus"] == "SUCCESSFUL"

    def test_deletion_takes_connections_and_data_sources_along(self, estate: Estate) -> None:
        estate.call("delete_project", identifier=estate.project)

        assert estate.call("list_connections")["items"] == []
        with pytest.raises(ClientError, match="does not exist"):
            estate.call("get_data_source", identifier=estate.data_source)

    def test_with_assets_is_only_deleted_when_asked_to(self, estate: Estate) -> None:
        estate.crawl()
        estate.run()
        with pytest.raises(ClientError, match="owns 2 asset"):
            estate.call("delete_project", identifier=estate.project)

        estate.call("delete_project", identifier=estate.project, skipDeletionCheck=True)

        assert estate.call("search", searchScope="ASSET")["items"] == []


class TestStates:
    """States follow each other as the API says."""

    def test_data_source_is_creating_and_then_ready(self, estate: Estate) -> None:
        estate.aws.settings(import_seconds=0.2)

        made = estate.make_source()

        assert estate.call("get_data_source", identifier=made)["status"] == "CREATING"
        eventually(lambda: estate.call("get_data_source", identifier=made)["status"] == "READY")

    def test_data_source_is_updating_and_then_ready(self, estate: Estate) -> None:
        estate.aws.settings(import_seconds=0.2)

        updated = estate.call("update_data_source", identifier=estate.data_source, description="new")

        assert updated["status"] == "UPDATING"
        eventually(lambda: estate.call("get_data_source", identifier=estate.data_source)["status"] == "READY")

    def test_data_source_is_deleting_and_then_gone(self, estate: Estate) -> None:
        estate.aws.settings(import_seconds=0.2)

        assert estate.call("delete_data_source", identifier=estate.data_source)["status"] == "DELETING"

        eventually(lambda: not estate.call("list_data_sources", projectIdentifier=estate.project)["items"])

    def test_data_source_that_is_not_ready_cannot_be_run(self, estate: Estate) -> None:
        estate.aws.settings(import_seconds=3600)
        made = estate.make_source()

        with pytest.raises(ClientError, match=r"ConflictException.* is CREATING"):
            estate.call("start_data_source_run", dataSourceIdentifier=made)

    def test_run_is_requested_running_and_then_ended(self, estate: Estate) -> None:
        estate.crawl()
        estate.aws.settings(import_seconds=0.5)
        started = estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source)
        seen = [started["status"]]

        def has_ended() -> bool:
            status = estate.call("get_data_source_run", identifier=started["id"])["status"]
            if status != seen[-1]:
                seen.append(status)
            return bool(status == "SUCCESS")

        eventually(has_ended)

        assert seen == ["REQUESTED", "RUNNING", "SUCCESS"]

    def test_data_source_is_running_while_its_run_is(self, estate: Estate) -> None:
        estate.aws.settings(import_seconds=0.5)
        estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source)

        def status() -> str:
            return str(estate.call("get_data_source", identifier=estate.data_source)["status"])

        eventually(lambda: status() == "RUNNING")
        eventually(lambda: status() == "READY")

    def test_second_run_is_a_conflict_while_one_is_going_on(self, estate: Estate) -> None:
        estate.aws.settings(import_seconds=3600)
        first = estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source)["id"]

        with pytest.raises(ClientError, match=f"ConflictException.*{first}"):
            estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source)

    @pytest.mark.parametrize("operation", ["update_data_source", "delete_data_source"])
    def test_data_source_with_a_run_cannot_be_changed(self, estate: Estate, operation: str) -> None:
        estate.aws.settings(import_seconds=3600)
        estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source)

        with pytest.raises(ClientError, match="ConflictException"):
            estate.call(operation, identifier=estate.data_source)

    def test_finished_run_may_still_import_lineage(self, estate: Estate) -> None:
        estate.crawl()
        estate.aws.settings(lineage_seconds=3600)

        run = estate.run()

        assert (run["status"], run["lineageSummary"]) == ("SUCCESS", {"importStatus": "IN_PROGRESS"})
        summary = estate.activities(run)["clickstream"]["lineageSummary"]
        assert summary["eventStatus"] == "REQUESTED"
        assert (
            estate.call("get_lineage_event", identifier=summary["eventId"])["processingStatus"] == "REQUESTED"
        )

    def test_lineage_import_ends_after_its_events(self, estate: Estate) -> None:
        estate.crawl()
        estate.aws.settings(lineage_seconds=0.3)
        run = estate.run()

        def ended() -> Any:
            found = estate.call("get_data_source_run", identifier=run["id"])
            return found if found["lineageSummary"]["importStatus"] != "IN_PROGRESS" else None

        assert eventually(ended)["lineageSummary"] == {"importStatus": "SUCCESS"}
        assert {each["lineageSummary"]["eventStatus"] for each in estate.activities(run).values()} == {
            "SUCCESS"
        }

    def test_start_does_not_know_the_lineage_summary(self, estate: Estate) -> None:
        started = estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source)

        assert "lineageSummary" not in started
        assert started["type"] == "PRIORITIZED"

    def test_data_source_shows_its_last_run(self, estate: Estate) -> None:
        estate.crawl()
        run = estate.run()

        source = estate.call("get_data_source", identifier=estate.data_source)
        (item,) = estate.call("list_data_sources", projectIdentifier=estate.project)["items"]

        assert (source["lastRunStatus"], source["lastRunAt"]) == ("SUCCESS", run["createdAt"])
        assert (item["lastRunStatus"], item["lastRunAssetCount"]) == ("SUCCESS", 2)

    def test_events_and_runs_in_flight_do_not_outlive_a_reset(self, estate: Estate) -> None:
        estate.crawl()
        estate.aws.settings(import_seconds=0.1)
        estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source)

        estate.aws.reset()

        assert estate.client.list_domains()["items"] == []


class TestAssets:
    """What a run does with tables."""

    def test_new_table_becomes_an_asset(self, estate: Estate) -> None:
        estate.crawl()

        run = estate.run()
        activity = estate.activities(run)["clickstream"]
        asset = estate.call("get_asset", identifier=activity["dataAssetId"])

        assert run["runStatisticsForAssets"] == {
            "added": 2,
            "updated": 0,
            "unchanged": 0,
            "skipped": 0,
            "failed": 0,
        }
        assert activity["dataAssetStatus"] == "SUCCEEDED_CREATED"
        assert activity["database"] == estate.database
        assert (asset["name"], asset["revision"], asset["createdBy"]) == ("clickstream", "1", "SYSTEM")
        assert asset["typeIdentifier"] == "amazon.datazone.GlueTableAssetType"
        assert asset["externalIdentifier"] == estate.arn("clickstream")
        assert [form["formName"] for form in asset["formsOutput"]] == [
            "GlueTableForm",
            "AssetCommonDetailsForm",
            "DataSourceReferenceForm",
        ]

    def test_unchanged_table_leaves_the_asset_as_it_is(self, estate: Estate) -> None:
        estate.crawl()
        estate.run()

        second = estate.run()

        assert {each["dataAssetStatus"] for each in estate.activities(second).values()} == {"UNCHANGED"}
        assert second["runStatisticsForAssets"]["unchanged"] == 2

    def test_changed_schema_makes_a_new_revision(self, estate: Estate) -> None:
        estate.crawl()
        estate.run()
        estate.put_files({"clickstream": {**_ROW, "customerSegment": "gold"}}, bucket="shop")
        estate.crawl()

        activities = estate.activities(estate.run())
        asset = estate.call("get_asset", identifier=activities["clickstream"]["dataAssetId"])
        columns = json.loads(asset["formsOutput"][0]["content"])["columns"]

        assert activities["clickstream"]["dataAssetStatus"] == "SUCCEEDED_UPDATED"
        assert activities["orders"]["dataAssetStatus"] == "UNCHANGED"
        assert asset["revision"] == "2"
        assert [column["columnName"] for column in columns] == ["sessionid", "amount", "customersegment"]

    def test_table_with_an_asset_made_by_hand_is_skipped(self, estate: Estate) -> None:
        estate.crawl()
        details = json.dumps({"sourceIdentifier": estate.arn("clickstream")})
        by_hand = estate.call(
            "create_asset",
            name="clicks",
            owningProjectIdentifier=estate.project,
            typeIdentifier="amazon.datazone.GlueTableAssetType",
            formsInput=[
                {"formName": "GlueTableForm", "content": json.dumps({"tableName": "clickstream"})},
                {"formName": "AssetCommonDetailsForm", "content": details},
            ],
        )["id"]

        run = estate.run()
        activity = estate.activities(run)["clickstream"]

        assert activity["dataAssetStatus"] == "SKIPPED_ALREADY_IMPORTED"
        assert activity["dataAssetId"] == by_hand
        assert (run["status"], run["runStatisticsForAssets"]["skipped"]) == ("SUCCESS", 1)

    def test_table_of_another_data_source_is_skipped_until_that_is_gone(self, estate: Estate) -> None:
        estate.crawl()
        estate.run()
        other = estate.make_source()

        def run_other() -> set[str]:
            run = estate.call("start_data_source_run", dataSourceIdentifier=other)
            return {each["dataAssetStatus"] for each in estate.activities(run).values()}

        assert run_other() == {"SKIPPED_ALREADY_IMPORTED"}
        estate.call("delete_data_source", identifier=estate.data_source)
        assert run_other() == {"SUCCEEDED_UPDATED"}
        assert run_other() == {"UNCHANGED"}

    def test_filters_choose_the_tables(self, estate: Estate) -> None:
        estate.crawl()
        expressions = [{"type": "INCLUDE", "expression": "*"}, {"type": "EXCLUDE", "expression": "click*"}]
        filters = [{"databaseName": estate.database, "filterExpressions": expressions}]
        source = estate.make_source(filters=filters)

        run = estate.call("start_data_source_run", dataSourceIdentifier=source)

        assert list(estate.activities(run)) == ["orders"]

    def test_table_named_by_two_filters_is_imported_once(self, estate: Estate) -> None:
        estate.crawl()
        source = estate.make_source(filters=[{"databaseName": estate.database}] * 2)

        run = estate.call("start_data_source_run", dataSourceIdentifier=source)

        listed = estate.call("list_data_source_run_activities", identifier=run["id"])["items"]
        assert [each["technicalName"] for each in listed] == ["clickstream", "orders"]

    def test_table_that_is_gone_keeps_its_asset_and_has_no_activity(self, estate: Estate) -> None:
        estate.crawl()
        asset = estate.activities(estate.run())["orders"]["dataAssetId"]
        estate.aws.client("glue").delete_table(DatabaseName=estate.database, Name="orders")

        activities = estate.activities(estate.run())

        assert list(activities) == ["clickstream"]
        assert estate.call("get_asset", identifier=asset)["name"] == "orders"

    def test_run_over_a_missing_database_fails(self, estate: Estate) -> None:
        source = estate.make_source(filters=[{"databaseName": "nowhere"}])

        started = estate.call("start_data_source_run", dataSourceIdentifier=source)
        run = estate.call("get_data_source_run", identifier=started["id"])

        assert run["status"] == "FAILED"
        assert run["errorMessage"]["errorType"] == "RESOURCE_NOT_FOUND_EXCEPTION"
        assert "nowhere" in run["errorMessage"]["errorDetail"]
        assert run["lineageSummary"] == {"importStatus": "FAILED"}
        described = estate.call("get_data_source", identifier=source)
        assert described["lastRunErrorMessage"] == run["errorMessage"]

    def test_run_over_one_missing_database_succeeds_partially(self, estate: Estate) -> None:
        estate.crawl()
        source = estate.make_source(filters=[{"databaseName": "nowhere"}, {"databaseName": estate.database}])

        started = estate.call("start_data_source_run", dataSourceIdentifier=source)

        assert estate.call("get_data_source_run", identifier=started["id"])["status"] == "PARTIALLY_SUCCEEDED"

    def test_other_catalogs_are_not_found(self, estate: Estate) -> None:
        filters = [{"databaseName": estate.database}]
        configuration = {"relationalFilterConfigurations": filters, "catalogName": "s3tablescatalog"}
        source = estate.make_source(configuration={"glueRunConfiguration": configuration})

        started = estate.call("start_data_source_run", dataSourceIdentifier=source)
        run = estate.call("get_data_source_run", identifier=started["id"])

        assert run["status"] == "FAILED"
        assert "s3tablescatalog" in run["errorMessage"]["errorDetail"]

    def test_import_can_publish(self, estate: Estate) -> None:
        estate.call("update_data_source", identifier=estate.data_source, publishOnImport=True)
        estate.crawl()

        activity = estate.activities(estate.run())["clickstream"]
        listing = estate.call("get_asset", identifier=activity["dataAssetId"])["listing"]

        assert listing["listingStatus"] == "ACTIVE"
        node = estate.node(f"amazon.datazone.listing/{listing['listingId']}")
        assert estate.identifiers(node["upstreamNodes"]) == [
            f"amazon.datazone.asset/{activity['dataAssetId']}"
        ]

    def test_published_asset_is_published_again_with_each_revision(self, estate: Estate) -> None:
        estate.call("update_data_source", identifier=estate.data_source, publishOnImport=True)
        estate.crawl()
        asset = estate.activities(estate.run())["clickstream"]["dataAssetId"]
        listing = estate.call("get_asset", identifier=asset)["listing"]
        node = f"amazon.datazone.listing/{listing['listingId']}"

        estate.run()
        estate.put_files({"clickstream": {**_ROW, "customerSegment": "gold"}})
        estate.crawl()
        estate.run()

        assert estate.call("get_asset", identifier=asset)["listing"] == listing
        assert len(estate.call("list_lineage_node_history", identifier=node)["nodes"]) == 2
        assert columns_of(estate.node(node)) == ["sessionid", "amount", "customersegment"]

    def test_deleted_asset_takes_its_listing_along(self, estate: Estate) -> None:
        estate.call("update_data_source", identifier=estate.data_source, publishOnImport=True)
        estate.crawl()
        asset = estate.activities(estate.run())["clickstream"]["dataAssetId"]
        listing = estate.call("get_asset", identifier=asset)["listing"]["listingId"]

        estate.call("delete_asset", identifier=asset)

        with pytest.raises(ClientError, match="ResourceNotFound"):
            estate.node(f"amazon.datazone.listing/{listing}")

    def test_table_without_storage_fails(self, estate: Estate) -> None:
        estate.crawl()
        glue = estate.aws.client("glue")
        glue.create_table(DatabaseName=estate.database, TableInput={"Name": "nothing"})

        run = estate.run()
        activity = estate.activities(run)["nothing"]

        assert (run["status"], run["runStatisticsForAssets"]["failed"]) == ("PARTIALLY_SUCCEEDED", 1)
        assert activity["dataAssetStatus"] == "FAILED"
        assert activity["errorMessage"]["errorType"] == "VALIDATION_EXCEPTION"

    def test_activities_can_be_asked_for_by_status(self, estate: Estate) -> None:
        estate.crawl()
        run = estate.run()

        assert len(estate.activities(run, status="SUCCEEDED_CREATED")) == 2
        assert estate.activities(run, status="FAILED") == {}

    def test_runs_can_be_asked_for_by_status(self, estate: Estate) -> None:
        run = estate.run()

        def listed(status: str) -> list[str]:
            answer = estate.call(
                "list_data_source_runs", dataSourceIdentifier=estate.data_source, status=status
            )
            return [each["id"] for each in answer["items"]]

        assert (listed("SUCCESS"), listed("FAILED")) == ([run["id"]], [])
