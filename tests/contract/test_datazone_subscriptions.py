"""Subscribing: requests and their decision, subscriptions and their end."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.subscribing import Market, make_market

_ANALYST = "arn:aws:iam::123456789012:role/analyst"


@pytest.fixture
def market(local_aws: LocalAws) -> Market:
    return make_market(local_aws)


class TestRequests:
    """Who wants what, and what the owner says."""

    def test_request_is_pending_and_names_both_sides(self, market: Market) -> None:
        request = market.request()

        (principal,) = request["subscribedPrincipals"]
        (listing,) = request["subscribedListings"]
        assert (request["status"], request["requestReason"]) == ("PENDING", "To know what sells")
        assert principal == {"project": {"id": market.consumer, "name": "marketing"}}
        assert (listing["id"], listing["revision"], listing["name"]) == (market.listing, "1", "orders")
        assert listing["ownerProjectId"] == market.estate.project
        assert listing["item"]["assetListing"]["entityId"] == market.asset

    def test_acceptance_begins_a_subscription(self, market: Market) -> None:
        request = market.request()["id"]

        accepted = market.call(
            "accept_subscription_request", identifier=request, decisionComment="You are welcome"
        )

        (subscription,) = market.call("list_subscriptions")["items"]
        assert (accepted["status"], accepted["decisionComment"]) == ("ACCEPTED", "You are welcome")
        assert accepted["reviewerId"]
        assert (subscription["status"], subscription["subscriptionRequestId"]) == ("APPROVED", request)
        assert subscription["subscribedPrincipal"]["project"]["id"] == market.consumer

    def test_rejection_begins_nothing(self, market: Market) -> None:
        request = market.request()["id"]

        rejected = market.call("reject_subscription_request", identifier=request, decisionComment="No")

        assert rejected["status"] == "REJECTED"
        assert market.call("list_subscriptions")["items"] == []

    @pytest.mark.parametrize("decision", ["accept_subscription_request", "reject_subscription_request"])
    def test_decided_request_is_not_decided_again(self, market: Market, decision: str) -> None:
        request = market.request()["id"]
        market.call("reject_subscription_request", identifier=request)

        with pytest.raises(ClientError, match=r"ConflictException.*is REJECTED"):
            market.call(decision, identifier=request)
        with pytest.raises(ClientError, match=r"ConflictException.*is REJECTED"):
            market.call("update_subscription_request", identifier=request, requestReason="Please")

    def test_reason_of_a_pending_request_can_be_changed(self, market: Market) -> None:
        request = market.request()["id"]

        market.call("update_subscription_request", identifier=request, requestReason="Please")

        details = market.call("get_subscription_request_details", identifier=request)
        assert details["requestReason"] == "Please"

    def test_second_request_waits_for_the_first(self, market: Market) -> None:
        first = market.request()["id"]

        with pytest.raises(ClientError, match=f"ConflictException.*{first}"):
            market.request()

    def test_request_of_a_subscriber_names_the_subscription_and_renews_it(self, market: Market) -> None:
        subscription = market.subscribe()["id"]
        market.call("create_asset_revision", identifier=market.asset, name="renamed")
        market.estate.publish(market.asset)

        again = market.request()
        market.call("accept_subscription_request", identifier=again["id"])

        assert again["existingSubscriptionId"] == subscription
        (listed,) = market.call("list_subscriptions")["items"]
        assert (listed["id"], listed["subscribedListing"]["revision"]) == (subscription, "2")

    def test_owner_need_not_subscribe(self, market: Market) -> None:
        owner = [{"project": {"identifier": market.estate.project}}]

        with pytest.raises(ClientError, match=r"ConflictException.*owns listing"):
            market.request(subscribedPrincipals=owner)

    def test_what_is_not_published_any_more_cannot_be_asked_for(self, market: Market) -> None:
        market.estate.publish(market.asset, action="UNPUBLISH")

        with pytest.raises(ClientError, match=r"ConflictException.*INACTIVE"):
            market.request()

    @pytest.mark.parametrize("kind", ["user", "group", "iam"])
    def test_people_and_roles_can_subscribe(self, market: Market, kind: str) -> None:
        shown: dict[str, Any]
        if kind == "iam":
            identifier, shown = _ANALYST, {"principalArn": _ANALYST}
        elif kind == "user":
            identifier = market.call("create_user_profile", userIdentifier="anna")["id"]
            shown = {"id": identifier, "details": {"sso": {"username": "anna"}}}
        else:
            identifier = market.call("create_group_profile", groupIdentifier="analysts")["id"]
            shown = {"id": identifier, "name": "analysts"}

        request = market.request(subscribedPrincipals=[{kind: {"identifier": identifier}}])

        assert request["subscribedPrincipals"] == [{kind: shown}]

    def test_metadata_forms_are_kept_and_summed_up(self, market: Market) -> None:
        form = {
            "formName": "Purpose",
            "typeIdentifier": "amazon.datazone.AssetCommonDetailsFormType",
            "content": '{"summary":"reporting"}',
        }

        request = market.request(metadataForms=[form])

        (listed,) = market.call("list_subscription_requests")["items"]
        assert request["metadataForms"][0]["content"] == '{"summary":"reporting"}'
        assert listed["metadataFormsSummary"][0]["formName"] == "Purpose"

    def test_lists_are_filtered_by_both_sides_and_state(self, market: Market) -> None:
        request = market.request()["id"]

        def found(**filters: Any) -> list[str]:
            return [each["id"] for each in market.call("list_subscription_requests", **filters)["items"]]

        assert found(status="PENDING", owningProjectId=market.consumer) == [request]
        assert found(approverProjectId=market.estate.project, subscribedListingId=market.listing) == [request]
        assert found(status="ACCEPTED") == []
        assert found(owningProjectId=market.estate.project) == []
        assert found(approverProjectId=market.consumer) == []

    def test_request_is_deleted_unless_its_subscription_is_in_force(self, market: Market) -> None:
        pending = market.request()["id"]
        market.call("delete_subscription_request", identifier=pending)
        subscription = market.subscribe()

        with pytest.raises(ClientError, match=f"ConflictException.*{subscription['id']}"):
            market.call("delete_subscription_request", identifier=subscription["subscriptionRequestId"])

        market.call("cancel_subscription", identifier=subscription["id"])
        market.call("delete_subscription_request", identifier=subscription["subscriptionRequestId"])
        assert market.call("list_subscription_requests")["items"] == []


class TestEnd:
    """Subscriptions end from either side."""

    def test_cancelled_and_revoked_are_different(self, market: Market) -> None:
        cancelled = market.call("cancel_subscription", identifier=market.subscribe()["id"])
        revoked = market.call("revoke_subscription", identifier=market.subscribe()["id"])

        assert (cancelled["status"], revoked["status"]) == ("CANCELLED", "REVOKED")
        assert revoked["retainPermissions"] is False
        assert [each["id"] for each in market.call("list_subscriptions", status="REVOKED")["items"]] == [
            revoked["id"]
        ]

    @pytest.mark.parametrize("operation", ["cancel_subscription", "revoke_subscription"])
    def test_ended_subscription_does_not_end_again(self, market: Market, operation: str) -> None:
        subscription = market.subscribe()["id"]
        market.call("revoke_subscription", identifier=subscription)

        with pytest.raises(ClientError, match=r"ConflictException.*is REVOKED"):
            market.call(operation, identifier=subscription)

    def test_what_has_subscribers_is_unpublished_but_not_deleted(self, market: Market) -> None:
        subscription = market.subscribe()["id"]
        market.estate.publish(market.asset, action="UNPUBLISH")

        for operation, identifier in (("delete_listing", market.listing), ("delete_asset", market.asset)):
            with pytest.raises(ClientError, match=rf"ConflictException.*{subscription}"):
                market.call(operation, identifier=identifier)
        market.call("revoke_subscription", identifier=subscription)
        market.call("delete_asset", identifier=market.asset)

        kept = market.call("get_subscription", identifier=subscription)
        assert kept["subscribedListing"]["name"] == "orders"

    def test_what_somebody_kept_access_to_is_not_deleted(self, market: Market) -> None:
        market.call("revoke_subscription", identifier=market.subscribe()["id"], retainPermissions=True)
        (grant,) = market.grants()

        with pytest.raises(ClientError, match=rf"ConflictException.*{grant['id']}"):
            market.call("delete_asset", identifier=market.asset)

    @pytest.mark.parametrize("side", ["consumer", "producer"])
    def test_deleted_project_takes_its_subscriptions_along(self, market: Market, side: str) -> None:
        market.subscribe()
        project = market.consumer if side == "consumer" else market.estate.project

        market.call("delete_project", identifier=project, skipDeletionCheck=True)

        assert market.call("list_subscriptions")["items"] == market.grants() == []
        assert market.call("list_subscription_requests")["items"] == []
        assert market.links() == {}
