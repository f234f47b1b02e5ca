"""Data sources: states, schedules, catalogs, and what they tell and grant."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, eventually, make_estate

_HOUR = 3600
_DAY = 24 * _HOUR


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _daily(moment: datetime, timezone: str = "UTC") -> dict[str, str]:
    """Return the schedule that comes once a day, at the hour and minute of a moment."""
    return {"timezone": timezone, "schedule": f"cron({moment.minute} {moment.hour} * * ? *)"}


def _runs(estate: Estate, source: str) -> list[Any]:
    return list(estate.call("list_data_source_runs", dataSourceIdentifier=source)["items"])


def _update(estate: Estate, **changes: Any) -> None:
    estate.call("update_data_source", identifier=estate.data_source, **changes)


class TestSchedules:
    """Runs begin when the clock says so."""

    def test_day_brings_one_scheduled_run(self, estate: Estate) -> None:
        due = estate.aws.now() + timedelta(hours=2)
        source = estate.make_source(schedule=_daily(due))
        estate.aws.advance(_HOUR)
        before = _runs(estate, source)

        estate.aws.advance(23 * _HOUR)

        (run,) = _runs(estate, source)
        assert before == []
        assert (run["type"], run["status"]) == ("SCHEDULED", "SUCCESS")
        assert run["createdAt"].replace(second=0, microsecond=0) == due.replace(second=0, microsecond=0)

    def test_every_day_brings_another(self, estate: Estate) -> None:
        source = estate.make_source(schedule=_daily(estate.aws.now() + timedelta(hours=2)))

        estate.aws.advance(3 * _DAY)

        assert [run["type"] for run in _runs(estate, source)] == ["SCHEDULED"] * 3

    def test_hours_are_those_of_the_time_zone(self, estate: Estate) -> None:
        due = (estate.aws.now() + timedelta(hours=2)).astimezone(UTC)
        in_tokyo = due + timedelta(hours=9)
        source = estate.make_source(schedule=_daily(in_tokyo, "ASIA_TOKYO"))

        estate.aws.advance(3 * _HOUR)

        assert len(_runs(estate, source)) == 1

    def test_changed_schedule_takes_the_place_of_the_old(self, estate: Estate) -> None:
        now = estate.aws.now()
        _update(estate, schedule=_daily(now + timedelta(hours=2)))
        _update(estate, schedule=_daily(now + timedelta(hours=5)))

        estate.aws.advance(3 * _HOUR)
        before = len(_runs(estate, estate.data_source))
        estate.aws.advance(3 * _HOUR)

        assert (before, len(_runs(estate, estate.data_source))) == (0, 1)

    def test_disabled_data_source_waits_until_it_is_enabled(self, estate: Estate) -> None:
        _update(estate, schedule=_daily(estate.aws.now() + timedelta(hours=2)), enableSetting="DISABLED")
        estate.aws.advance(_DAY)
        before = len(_runs(estate, estate.data_source))

        _update(estate, enableSetting="ENABLED")
        estate.aws.advance(_DAY)

        assert (before, len(_runs(estate, estate.data_source))) == (0, 1)

    def test_deleted_data_source_does_not_run(self, estate: Estate) -> None:
        _update(estate, schedule=_daily(estate.aws.now() + timedelta(hours=2)))
        estate.call("delete_data_source", identifier=estate.data_source)

        estate.aws.advance(2 * _DAY)

        assert estate.call("list_data_sources", projectIdentifier=estate.project)["items"] == []

    def test_moment_that_finds_a_run_at_work_passes(self, estate: Estate) -> None:
        _update(estate, schedule=_daily(estate.aws.now() + timedelta(hours=2)))
        estate.aws.settings(import_seconds=6 * _HOUR)
        by_hand = estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source)["id"]

        estate.aws.advance(20 * _HOUR)

        assert [run["id"] for run in _runs(estate, estate.data_source)] == [by_hand]

    def test_used_up_quota_holds_for_scheduled_runs_too(self, estate: Estate) -> None:
        _update(estate, schedule=_daily(estate.aws.now() + timedelta(hours=2)))
        estate.aws.settings(enforce_quotas=True, data_source_runs_per_day=1)
        estate.run()

        estate.aws.advance(3 * _HOUR)

        assert [run["type"] for run in _runs(estate, estate.data_source)] == ["PRIORITIZED"]

    def test_expression_with_two_days_is_refused(self, estate: Estate) -> None:
        with pytest.raises(ClientError, match=r"ValidationException.*exactly one of"):
            _update(estate, schedule={"timezone": "UTC", "schedule": "cron(7 22 1 * MON *)"})


class TestStates:
    """Making, changing and deleting can fail, and say why."""

    @pytest.mark.parametrize(
        "step, status",
        [("CreateDataSource", "FAILED_CREATION"), ("UpdateDataSource", "FAILED_UPDATE")],
    )
    def test_failure_is_a_state_with_a_reason(self, estate: Estate, step: str, status: str) -> None:
        estate.aws.fault(
            service="datazone-worker",
            operation=step,
            error_code="AccessDeniedException",
            message="Unable to assume the Data Access Role",
            times=1,
        )

        source = estate.data_source
        if step == "CreateDataSource":
            source = estate.make_source()
        else:
            _update(estate, description="changed")

        described = estate.call("get_data_source", identifier=source)
        assert described["status"] == status
        assert described["errorMessage"] == {
            "errorType": "ACCESS_DENIED_EXCEPTION",
            "errorDetail": "Unable to assume the Data Access Role",
        }
        with pytest.raises(ClientError, match=rf"ConflictException.*is {status}"):
            estate.call("start_data_source_run", dataSourceIdentifier=source)

    def test_failed_update_is_healed_by_the_next(self, estate: Estate) -> None:
        estate.aws.fault(
            service="datazone-worker", operation="UpdateDataSource", error_code="InternalError", times=1
        )
        _update(estate, description="one")

        _update(estate, description="two")

        described = estate.call("get_data_source", identifier=estate.data_source)
        assert (described["status"], described["description"]) == ("READY", "two")
        assert "errorMessage" not in described

    def test_failed_deletion_leaves_the_data_source(self, estate: Estate) -> None:
        estate.aws.fault(
            service="datazone-worker", operation="DeleteDataSource", error_code="InternalError", times=1
        )

        estate.call("delete_data_source", identifier=estate.data_source)

        described = estate.call("get_data_source", identifier=estate.data_source)
        assert described["status"] == "FAILED_DELETION"
        estate.call("delete_data_source", identifier=estate.data_source)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            estate.call("get_data_source", identifier=estate.data_source)

    def test_lists_are_filtered(self, estate: Estate) -> None:
        mine = estate.make_source(name="mine", enableSetting="DISABLED")

        def found(**filters: Any) -> list[str]:
            listed = estate.call("list_data_sources", projectIdentifier=estate.project, **filters)["items"]
            return [each["dataSourceId"] for each in listed]

        assert found(name="mine") == [mine]
        assert set(found(connectionIdentifier=estate.connection)) == {mine, estate.data_source}
        assert found(status="CREATING") == found(type="REDSHIFT") == []
        assert len(found(type="GLUE", status="READY")) == 2

    def test_everything_given_is_kept(self, estate: Estate) -> None:
        form = {
            "formName": "Readme",
            "typeIdentifier": "amazon.datazone.AssetCommonDetailsFormType",
            "content": '{"readMe":"hello"}',
        }

        source = estate.make_source(
            recommendation={"enableBusinessNameGeneration": True},
            assetFormsInput=[form],
            description="All tables",
        )

        described = estate.call("get_data_source", identifier=source)
        run = described["configuration"]["glueRunConfiguration"]
        assert described["recommendation"] == {"enableBusinessNameGeneration": True}
        assert described["assetFormsOutput"][0]["content"] == '{"readMe":"hello"}'
        assert described["description"] == "All tables"
        assert (run["accountId"], run["region"], run["autoImportDataQualityResult"]) == (
            "123456789012",
            "us-east-1",
            False,
        )


class TestSelfGrant:
    """A data source lets its project read what it names."""

    def _details(self, estate: Estate, source: str) -> Any:
        described = estate.call("get_data_source", identifier=source)
        return described["selfGrantStatus"]["glueSelfGrantStatus"]["selfGrantStatusDetails"]

    def test_database_is_marked_and_can_be_read(self, estate: Estate) -> None:
        glue = estate.aws.client("glue")
        glue.create_database(DatabaseInput={"Name": "shared", "Parameters": {"owner": "sales"}})

        source = estate.make_source(filters=[{"databaseName": "shared"}])

        assert self._details(estate, source) == [{"databaseName": "shared", "status": "GRANTED"}]
        assert glue.get_database(Name="shared")["Database"]["Parameters"] == {
            "owner": "sales",
            f"DataZoneDiscoverable_{estate.domain}": "true",
        }
        granted = estate.aws.client("lakeformation").list_permissions(
            Resource={"Database": {"Name": "shared"}}
        )
        principals = [
            each["Principal"]["DataLakePrincipalIdentifier"]
            for each in granted["PrincipalResourcePermissions"]
            if each["Permissions"] == ["DESCRIBE"]
        ]
        role = estate.call("get_connection", identifier=estate.connection)["environmentUserRole"]
        assert principals == [role]

    def test_database_that_does_not_exist_fails_and_is_tried_again_by_an_update(self, estate: Estate) -> None:
        source = estate.make_source(filters=[{"databaseName": "later"}])
        (before,) = self._details(estate, source)
        estate.aws.client("glue").create_database(DatabaseInput={"Name": "later"})

        estate.call("update_data_source", identifier=source, description="again")

        (after,) = self._details(estate, source)
        assert (before["status"], after["status"]) == ("GRANT_FAILED", "GRANTED")
        assert "later" in before["failureCause"]

    def test_state_follows_that_of_the_data_source(self, estate: Estate) -> None:
        estate.aws.settings(import_seconds=_HOUR)

        source = estate.make_source()
        before = self._details(estate, source)[0]["status"]
        estate.aws.advance(_HOUR)

        assert (before, self._details(estate, source)[0]["status"]) == ("GRANT_PENDING", "GRANTED")

    def test_is_taken_back_with_the_last_data_source_that_names_the_database(self, estate: Estate) -> None:
        estate.aws.client("glue").create_database(DatabaseInput={"Name": "shared"})
        sources = [
            estate.make_source(name=name, filters=[{"databaseName": "shared"}]) for name in ("one", "other")
        ]
        granted = []

        for source in sources:
            estate.call("delete_data_source", identifier=source)
            estate.aws.advance(1)
            listed = estate.aws.client("lakeformation").list_permissions(
                Resource={"Database": {"Name": "shared"}}
            )
            every = [each["Permissions"] for each in listed["PrincipalResourcePermissions"]]
            granted.append(["DESCRIBE"] in every)

        assert granted == [True, False]

    def test_table_that_lake_formation_hides_is_skipped_where_rights_are_enforced(
        self, estate: Estate
    ) -> None:
        glue = estate.aws.client("glue")
        glue.create_table(
            DatabaseName=estate.database, TableInput={"Name": "orders", "StorageDescriptor": {}}
        )
        role = estate.call("get_connection", identifier=estate.connection)["environmentUserRole"]
        rights = estate.aws.client("lakeformation")
        (everything,) = (
            each["Resource"]
            for each in rights.list_permissions()["PrincipalResourcePermissions"]
            if each["Principal"]["DataLakePrincipalIdentifier"] == role and "Table" in each["Resource"]
        )
        rights.revoke_permissions(
            Principal={"DataLakePrincipalIdentifier": role},
            Resource=everything,
            Permissions=["SELECT", "DESCRIBE"],
        )
        estate.aws.settings(import_seconds=5)
        started = estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source)
        estate.aws.settings(enforce=True)
        estate.aws.advance(5)
        estate.aws.settings(enforce=False)

        activity = estate.activities(started)["orders"]

        assert activity["dataAssetStatus"] == "SKIPPED_NO_ACCESS"
        assert activity["errorMessage"]["errorType"] == "ACCESS_DENIED_EXCEPTION"


class TestCatalogs:
    """Tables of federated catalogs carry the catalog in their identity."""

    @pytest.fixture
    def source(self, estate: Estate) -> str:
        """A data source over a table of the catalog of an S3 table bucket."""
        glue = estate.aws.client("glue")
        glue.create_database(CatalogId="s3tablescatalog/sales", DatabaseInput={"Name": "shop"})
        glue.create_table(DatabaseName="shop", TableInput={"Name": "orders", "StorageDescriptor": {}})
        configuration = {
            "relationalFilterConfigurations": [{"databaseName": "shop"}],
            "catalogName": "s3tablescatalog/sales",
        }
        return estate.make_source(configuration={"glueRunConfiguration": configuration})

    def test_identity_has_the_catalog_before_the_database(self, estate: Estate, source: str) -> None:
        run = estate.call("start_data_source_run", dataSourceIdentifier=source)

        activity = estate.activities(run)["orders"]
        asset = estate.call("get_asset", identifier=activity["dataAssetId"])
        forms = {each["formName"]: json.loads(each["content"]) for each in asset["formsOutput"]}
        arn = "arn:aws:glue:us-east-1:123456789012:table/s3tablescatalog/sales/shop/orders"
        assert activity["database"] == "shop"
        assert asset["externalIdentifier"] == forms["AssetCommonDetailsForm"]["sourceIdentifier"] == arn
        assert forms["GlueTableForm"]["catalogId"] == "s3tablescatalog/sales"
        assert forms["GlueTableForm"]["databaseName"] == "shop"

    def test_default_catalog_does_not_have_the_database(self, estate: Estate, source: str) -> None:
        other = estate.make_source(name="other", filters=[{"databaseName": "shop"}])

        started = estate.call("start_data_source_run", dataSourceIdentifier=other)

        run = estate.call("get_data_source_run", identifier=started["id"])
        assert (run["status"], run["errorMessage"]["errorType"]) == (
            "FAILED",
            "RESOURCE_NOT_FOUND_EXCEPTION",
        )
        assert source != other

    @pytest.mark.parametrize("name", ["AwsDataCatalog", "123456789012"])
    def test_default_catalog_has_names(self, estate: Estate, name: str) -> None:
        configuration = {
            "relationalFilterConfigurations": [{"databaseName": estate.database}],
            "catalogName": name,
        }
        source = estate.make_source(configuration={"glueRunConfiguration": configuration})

        started = estate.call("start_data_source_run", dataSourceIdentifier=source)

        assert estate.call("get_data_source_run", identifier=started["id"])["status"] == "SUCCESS"


class TestImports:
    """What a run does with what people and other tables left."""

    @pytest.fixture
    def orders(self, estate: Estate) -> Estate:
        columns = [{"Name": "id", "Type": "int"}]
        estate.aws.client("glue").create_table(
            DatabaseName=estate.database,
            TableInput={"Name": "orders", "StorageDescriptor": {"Columns": columns}},
        )
        return estate

    def test_what_people_wrote_survives_a_changed_table(self, orders: Estate) -> None:
        asset = orders.activities(orders.run())["orders"]["dataAssetId"]
        details = orders.call("get_asset", identifier=asset)["externalIdentifier"]
        summary = {
            "formName": "AssetCommonDetailsForm",
            "content": json.dumps({"summary": "All orders", "sourceIdentifier": details}),
        }
        orders.call("create_asset_revision", identifier=asset, name="Orders", formsInput=[summary])
        unchanged = orders.activities(orders.run())["orders"]["dataAssetStatus"]
        wider = [{"Name": name, "Type": "int"} for name in ("id", "amount")]
        orders.aws.client("glue").update_table(
            DatabaseName=orders.database,
            TableInput={"Name": "orders", "StorageDescriptor": {"Columns": wider}},
        )

        updated = orders.activities(orders.run())["orders"]["dataAssetStatus"]

        revised = orders.call("get_asset", identifier=asset)
        forms = {each["formName"]: json.loads(each["content"]) for each in revised["formsOutput"]}
        assert (unchanged, updated) == ("UNCHANGED", "SUCCEEDED_UPDATED")
        assert (revised["name"], revised["revision"]) == ("Orders", "3")
        assert forms["AssetCommonDetailsForm"]["summary"] == "All orders"
        assert len(forms["GlueTableForm"]["columns"]) == 2

    @pytest.mark.parametrize(
        "step, code, status, counted",
        [
            ("ImportTable", "AssetArchived", "SKIPPED_ARCHIVED", "skipped"),
            ("ImportTable", "AccessDeniedException", "SKIPPED_NO_ACCESS", "skipped"),
            ("ImportTable", "InternalError", "FAILED", "failed"),
            ("PublishAsset", "ValidationException", "PUBLISHING_FAILED", "failed"),
        ],
    )
    def test_outcome_can_be_asked_for(
        self, orders: Estate, step: str, code: str, status: str, counted: str
    ) -> None:
        _update(orders, publishOnImport=True)
        orders.aws.fault(service="datazone-worker", operation=step, error_code=code, times=1)

        run = orders.run()

        activity = orders.activities(run)["orders"]
        assert activity["dataAssetStatus"] == status
        assert run["runStatisticsForAssets"][counted] == 1
        assert run["status"] == ("SUCCESS" if counted == "skipped" else "FAILED")

    def test_two_databases_with_rules_of_their_own(self, orders: Estate) -> None:
        glue = orders.aws.client("glue")
        glue.create_database(DatabaseInput={"Name": "archive"})
        for name in ("orders_2023", "orders_2024", "tmp_2024"):
            glue.create_table(DatabaseName="archive", TableInput={"Name": name, "StorageDescriptor": {}})
        rules = [
            {"type": "INCLUDE", "expression": "*2024"},
            {"type": "INCLUDE", "expression": "*2023"},
            {"type": "EXCLUDE", "expression": "tmp*"},
        ]
        filters = [
            {"databaseName": orders.database},
            {"databaseName": "archive", "filterExpressions": rules},
        ]
        source = orders.make_source(filters=filters)

        run = orders.call("start_data_source_run", dataSourceIdentifier=source)

        listed = orders.call("list_data_source_run_activities", identifier=run["id"])["items"]
        assert sorted((each["database"], each["technicalName"]) for each in listed) == sorted(
            [(orders.database, "orders"), ("archive", "orders_2023"), ("archive", "orders_2024")]
        )


class TestEvents:
    """A data source and its runs are told on EventBridge."""

    def test_life_of_a_data_source_is_told(self, estate: Estate) -> None:
        queues = estate.aws.client("sqs")
        url = queues.create_queue(QueueName="sources")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events = estate.aws.client("events")
        pattern = {"source": ["aws.datazone"], "detail-type": [{"prefix": "Data Source"}]}
        events.put_rule(Name="sources", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="sources", Targets=[{"Id": "q", "Arn": arn}])
        heard: list[Any] = []

        source = estate.make_source(filters=[{"databaseName": "nowhere"}])
        run = estate.call("start_data_source_run", dataSourceIdentifier=source)["id"]
        estate.call("update_data_source", identifier=source, description="changed")

        def all_there() -> bool:
            answer = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                heard.append(json.loads(message["Body"]))
                queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return len(heard) >= 8

        eventually(all_there)
        assert sorted(each["detail-type"] for each in heard) == [
            "Data Source Created",
            "Data Source Run Failed",
            "Data Source Run Triggered",
            "Data Source Status Change",
            "Data Source Status Change",
            "Data Source Status Change",
            "Data Source Status Change",
            "Data Source Updated",
        ]
        failed = next(each for each in heard if each["detail-type"] == "Data Source Run Failed")
        assert failed["detail"] == {
            "version": 1,
            "metadata": {
                "id": run,
                "version": 1,
                "typeName": "DataSourceRunEntityType",
                "domain": estate.domain,
                "awsAccountId": "123456789012",
                "owningProjectId": estate.project,
                "user": "SYSTEM",
            },
            "data": {"dataSourceId": source, "dataSourceRunType": "PRIORITIZED"},
        }
