"""Grants: subscribed assets made available in subscription targets, and their place in the lineage graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import run_event
from tests.contract.subscribing import Market, make_market


@pytest.fixture
def market(local_aws: LocalAws) -> Market:
    return make_market(local_aws)


def _table(market: Market, database: str, name: str = "orders") -> str:
    return f"arn:aws:glue:us-east-1:123456789012:table/{database}/{name}"


def _may_read(market: Market) -> list[Any]:
    """Return what Lake Formation lets anybody do with the producer's table."""
    table = {"Table": {"DatabaseName": market.estate.database, "Name": "orders"}}
    answer = market.estate.aws.client("lakeformation").list_permissions(Resource=table)
    return [
        (each["Principal"]["DataLakePrincipalIdentifier"], sorted(each["Permissions"]))
        for each in answer["PrincipalResourcePermissions"]
    ]


class TestGlueTables:
    """The service makes Glue tables available by itself."""

    def test_approved_subscription_is_granted_in_the_consumers_database(self, market: Market) -> None:
        subscription = market.subscribe()

        (grant,) = market.grants()
        (asset,) = grant["assets"]
        assert (grant["status"], grant["subscriptionId"]) == ("COMPLETED", subscription["id"])
        assert (grant["subscriptionTargetId"], grant["createdBy"]) == (market.target, "SYSTEM")
        assert grant["grantedEntity"] == {"listing": {"id": market.listing, "revision": "1"}}
        assert (asset["assetId"], asset["status"], asset["targetName"]) == (
            market.asset,
            "GRANTED",
            "orders",
        )
        assert market.links() == {
            "orders": {
                "CatalogId": "123456789012",
                "DatabaseName": market.estate.database,
                "Name": "orders",
            }
        }

    def test_principals_of_the_target_may_read_the_table_until_it_is_revoked(self, market: Market) -> None:
        subscription = market.subscribe()["id"]
        during = _may_read(market)

        market.call("revoke_subscription", identifier=subscription)

        role = f"arn:aws:iam::123456789012:role/datazone_usr_role_{market.consumer}_{market.environment}"
        assert during == [(role, ["DESCRIBE", "SELECT"])]
        assert _may_read(market) == []

    def test_grant_goes_through_its_states(self, market: Market) -> None:
        market.estate.aws.settings(import_seconds=3600)
        market.subscribe()
        before = market.grants()[0]["status"]

        market.estate.aws.advance(3600)

        assert (before, market.grants()[0]["status"]) == ("IN_PROGRESS", "COMPLETED")

    @pytest.mark.parametrize("operation", ["cancel_subscription", "revoke_subscription"])
    def test_end_of_the_subscription_takes_it_away(self, market: Market, operation: str) -> None:
        subscription = market.subscribe()["id"]

        market.call(operation, identifier=subscription)

        assert market.grants() == []
        assert market.links() == {}

    def test_permissions_can_be_retained(self, market: Market) -> None:
        subscription = market.subscribe()["id"]

        market.call("revoke_subscription", identifier=subscription, retainPermissions=True)

        assert [each["status"] for each in market.grants()] == ["COMPLETED"]
        assert list(market.links()) == ["orders"]

    def test_name_that_is_taken_is_made_different(self, market: Market) -> None:
        market.estate.aws.client("glue").create_table(
            DatabaseName=market.database, TableInput={"Name": "orders", "StorageDescriptor": {}}
        )

        market.subscribe()

        assert list(market.links()) == [f"orders_{market.listing}"]

    def test_crawler_and_import_of_the_consumers_database_leave_the_link_alone(self, market: Market) -> None:
        market.subscribe()
        before = market.links()
        consumer = replace(market.estate, project=market.consumer, database=market.database)
        consumer.put_files({"orders": {"order": 1, "total": 2.5}, "clicks": {"page": "home"}})
        consumer.make_crawler()

        crawls = [consumer.crawl()["State"] for _ in range(2)]

        (source,) = market.call("list_data_sources", projectIdentifier=market.consumer)["items"]
        run = market.call("start_data_source_run", dataSourceIdentifier=source["dataSourceId"])
        imported = set(consumer.activities(run))
        assert crawls == ["COMPLETED", "COMPLETED"]
        assert (market.links(), len(imported)) == (before, 2)
        assert "clicks" in imported
        assert "orders" not in imported

    def test_table_that_is_gone_fails_the_grant(self, market: Market) -> None:
        market.estate.aws.client("glue").delete_table(DatabaseName=market.estate.database, Name="orders")

        market.subscribe()

        (grant,) = market.grants()
        assert grant["status"] == "GRANT_FAILED"
        assert "does not exist" in grant["assets"][0]["failureCause"]["message"]
        market.call("delete_subscription_grant", identifier=grant["id"])
        assert market.grants() == []

    def test_links_are_not_imported_as_tables(self, market: Market) -> None:
        market.subscribe()
        (source,) = market.call("list_data_sources", projectIdentifier=market.consumer)["items"]

        run = market.call("start_data_source_run", dataSourceIdentifier=source["dataSourceId"])

        assert market.estate.activities(run) == {}


class TestByHand:
    """CreateSubscriptionGrant."""

    @pytest.fixture
    def manual(self, market: Market) -> Market:
        """A market whose consumer grants by itself."""
        market.call(
            "update_subscription_target",
            environmentIdentifier=market.environment,
            identifier=market.target,
            subscriptionGrantCreationMode="MANUAL",
        )
        return market

    def _grant(self, market: Market, **overrides: Any) -> Any:
        params = {
            "environmentIdentifier": market.environment,
            "grantedEntity": {"listing": {"identifier": market.listing, "revision": "1"}},
        }
        return market.call("create_subscription_grant", **params | overrides)

    def test_nothing_is_granted_before_and_the_name_is_free_to_choose(self, manual: Market) -> None:
        manual.subscribe()
        before = manual.grants()

        granted = self._grant(manual, assetTargetNames=[{"assetId": manual.asset, "targetName": "Sales"}])

        assert (before, granted["status"]) == ([], "PENDING")
        assert list(manual.links()) == ["sales"]
        assert manual.grants()[0]["assets"][0]["targetName"] == "sales"

    def test_chosen_name_that_is_taken_fails_the_grant(self, manual: Market) -> None:
        manual.estate.aws.client("glue").create_table(
            DatabaseName=manual.database, TableInput={"Name": "sales", "StorageDescriptor": {}}
        )
        manual.subscribe()

        self._grant(manual, assetTargetNames=[{"assetId": manual.asset, "targetName": "sales"}])

        (asset,) = manual.grants()[0]["assets"]
        assert asset["status"] == "GRANT_FAILED"
        assert "already exists" in asset["failureCause"]["message"]

    def test_needs_an_approved_subscription(self, manual: Market) -> None:
        with pytest.raises(ClientError, match=r"ValidationException.*no approved subscription"):
            self._grant(manual)

    def test_second_grant_in_one_target_is_a_conflict(self, manual: Market) -> None:
        manual.subscribe()
        first = self._grant(manual)["id"]

        with pytest.raises(ClientError, match=f"ConflictException.*{first}"):
            self._grant(manual)

    def test_target_must_be_named_if_two_fit(self, manual: Market) -> None:
        manual.subscribe()
        other = manual.make_target(subscriptionGrantCreationMode="MANUAL")["id"]

        with pytest.raises(ClientError, match=r"ValidationException.*subscriptionTargetIdentifier"):
            self._grant(manual)

        assert self._grant(manual, subscriptionTargetIdentifier=other)["subscriptionTargetId"] == other

    def test_deleted_grant_takes_the_table_away_and_leaves_the_subscription(self, manual: Market) -> None:
        subscription = manual.subscribe()["id"]
        grant = self._grant(manual)["id"]

        manual.call("delete_subscription_grant", identifier=grant)

        assert manual.links() == {}
        assert manual.call("get_subscription", identifier=subscription)["status"] == "APPROVED"
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            manual.call("get_subscription_grant", identifier=grant)


class TestOtherAssets:
    """What the service does not manage is granted by whoever reports that."""

    @pytest.fixture
    def granted(self, market: Market) -> tuple[Market, str]:
        """A market with a grant in a target of a type of the consumer's own."""
        target = market.make_target()["id"]
        market.subscribe()
        (grant,) = market.grants(subscriptionTargetId=target)
        return market, grant["id"]

    def _report(self, market: Market, grant: str, status: str, **params: Any) -> Any:
        return market.call(
            "update_subscription_grant_status",
            identifier=grant,
            assetIdentifier=market.asset,
            status=status,
            **params,
        )

    def test_grant_waits_for_the_report(self, granted: tuple[Market, str]) -> None:
        market, grant = granted
        before = market.call("get_subscription_grant", identifier=grant)["status"]

        after = self._report(market, grant, "GRANTED", targetName="SALES.ORDERS")

        assert (before, after["status"]) == ("PENDING", "COMPLETED")
        assert after["assets"][0]["targetName"] == "SALES.ORDERS"
        assert after["assets"][0]["grantedTimestamp"]

    def test_failure_carries_its_cause_and_can_be_overcome(self, granted: tuple[Market, str]) -> None:
        market, grant = granted

        failed = self._report(market, grant, "GRANT_FAILED", failureCause={"message": "no disk"})
        after = self._report(market, grant, "GRANTED")

        assert (failed["status"], after["status"]) == ("GRANT_FAILED", "COMPLETED")
        assert failed["assets"][0]["failureCause"] == {"message": "no disk"}

    def test_revocation_waits_for_the_report_too(self, granted: tuple[Market, str]) -> None:
        market, grant = granted
        self._report(market, grant, "GRANTED")

        pending = market.call("delete_subscription_grant", identifier=grant)
        self._report(market, grant, "REVOKED")

        assert pending["status"] == "PENDING"
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            market.call("get_subscription_grant", identifier=grant)

    def test_report_that_does_not_fit_the_state_is_a_conflict(self, granted: tuple[Market, str]) -> None:
        market, grant = granted
        with pytest.raises(ClientError, match=r"ConflictException.*GRANT_PENDING.*REVOKED"):
            self._report(market, grant, "REVOKED")
        with pytest.raises(ClientError, match=r"ConflictException.*PENDING and cannot be deleted"):
            market.call("delete_subscription_grant", identifier=grant)

    def test_managed_asset_takes_no_report(self, market: Market) -> None:
        market.subscribe()
        (grant,) = market.grants()

        with pytest.raises(ClientError, match=r"ConflictException.*managed by Amazon DataZone"):
            self._report(market, grant["id"], "GRANT_FAILED")


class TestTargets:
    """Where subscribed data goes."""

    def test_target_is_changed_member_by_member(self, market: Market) -> None:
        target = market.make_target()
        address = {"environmentIdentifier": market.environment, "identifier": target["id"]}

        market.call("update_subscription_target", **address, name="lake", provider="Acme")

        changed = market.call("get_subscription_target", **address)
        assert (changed["name"], changed["provider"]) == ("lake", "Acme")
        assert changed["authorizedPrincipals"] == target["authorizedPrincipals"]
        assert target["subscriptionGrantCreationMode"] == "AUTOMATIC"

    def test_principal_of_another_account_is_refused_in_awss_words(self, market: Market) -> None:
        with pytest.raises(ClientError) as raised:
            market.make_target(authorizedPrincipals=["arn:aws:iam::210987654321:role/analyst"])

        assert raised.value.response["Error"]["Message"] == (
            "Authorized principal is not in the same account as the environment account"
        )

    def test_two_targets_of_an_environment_do_not_share_a_database(self, market: Market) -> None:
        form = [{"formName": "GlueSubscriptionTargetConfigForm", "content": '{"databaseName": "sub_db"}'}]
        glue = {"type": "GlueSubscriptionTargetType", "subscriptionTargetConfig": form}
        first = market.make_target(**glue)["id"]

        with pytest.raises(ClientError, match=f"ConflictException.*{first}"):
            market.make_target(name="other", **glue)

    def test_glue_target_needs_a_database(self, market: Market) -> None:
        with pytest.raises(ClientError, match=r"ValidationException.*databaseName"):
            market.make_target(type="GlueSubscriptionTargetType")

    def test_target_with_grants_is_not_deleted(self, market: Market) -> None:
        market.subscribe()
        address = {"environmentIdentifier": market.environment, "identifier": market.target}
        (grant,) = market.grants()
        with pytest.raises(ClientError, match=f"ConflictException.*{grant['id']}"):
            market.call("delete_subscription_target", **address)
        market.call("delete_subscription_grant", identifier=grant["id"])

        market.call("delete_subscription_target", **address)

        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            market.call("get_subscription_target", **address)


class TestLineage:
    """The subscriber's table is downstream of the listing."""

    def test_chain_reaches_from_the_table_to_the_consumers_jobs(self, market: Market) -> None:
        market.subscribe()
        linked = _table(market, market.database)
        read_at = (market.estate.aws.now() + timedelta(minutes=1)).isoformat()
        market.estate.post(run_event(inputs=[linked], outputs=["out/report"], eventTime=read_at))

        node = market.estate.node(linked)

        assert market.estate.identifiers(node["upstreamNodes"]) == [
            f"amazon.datazone.listing/{market.listing}"
        ]
        assert market.estate.identifiers(node["downstreamNodes"]) == ["etl.load/r1"]
        graph = [
            {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "out/report"}},
            {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "IN", "maxPathLength": 5}},
        ]
        found = market.call("query_graph", match=graph)["items"]
        assert [each["lineageNode"]["sourceIdentifier"] for each in found] == [
            "out/report",
            "etl.load/r1",
            linked,
            f"amazon.datazone.listing/{market.listing}",
            f"amazon.datazone.asset/{market.asset}",
        ]

    def test_node_goes_with_the_grant_and_what_jobs_said_stays(self, market: Market) -> None:
        subscription = market.subscribe()["id"]
        linked = _table(market, market.database)
        market.estate.post(run_event(inputs=[linked]))

        market.call("revoke_subscription", identifier=subscription)

        node = market.estate.node(linked)
        assert node["upstreamNodes"] == []
        assert market.estate.identifiers(node["downstreamNodes"]) == ["etl.load/r1"]

    def test_listing_stays_in_the_graph_as_long_as_somebody_has_access(self, market: Market) -> None:
        subscription = market.subscribe()["id"]
        listing = f"amazon.datazone.listing/{market.listing}"

        market.estate.publish(market.asset, action="UNPUBLISH")
        during = market.estate.node(listing)["downstreamNodes"]
        market.call("revoke_subscription", identifier=subscription)

        assert len(during) == 1
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            market.estate.node(listing)

    def test_granted_asset_that_is_no_glue_table_has_a_node_of_its_own(self, market: Market) -> None:
        target = market.make_target()["id"]
        market.subscribe()
        (grant,) = market.grants(subscriptionTargetId=target)
        report = {"identifier": grant["id"], "assetIdentifier": market.asset, "status": "GRANTED"}

        market.call("update_subscription_grant_status", **report)

        node = market.estate.node(f"amazon.datazone.subscriptionGrant/{grant['id']}/{market.asset}")
        assert node["name"] == "orders"
