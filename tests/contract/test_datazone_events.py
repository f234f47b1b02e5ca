"""What the catalog does is told on EventBridge, in the documented envelope, and reaches a queue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, make_estate
from tests.contract.subscribing import add_market


class _Listener:
    """A queue that receives every ``aws.datazone`` event."""

    def __init__(self, aws: LocalAws) -> None:
        self._queues = aws.client("sqs")
        self._url = self._queues.create_queue(QueueName="datazone")["QueueUrl"]
        attributes = self._queues.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        events = aws.client("events")
        events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.datazone"]}))
        events.put_targets(Rule="all", Targets=[{"Id": "q", "Arn": attributes["Attributes"]["QueueArn"]}])

    def events(self) -> list[dict[str, Any]]:
        """Return what has arrived since the last call."""
        found = []
        while messages := self._queues.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                found.append(json.loads(message["Body"]))
                self._queues.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def heard(self) -> list[str]:
        """Return the types of what has arrived since the last call, sorted: order is not guaranteed."""
        return sorted(each["detail-type"] for each in self.events())


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


@pytest.fixture
def listener(estate: Estate) -> _Listener:
    return _Listener(estate.aws)


def test_request_is_told_in_the_documented_envelope(estate: Estate, listener: _Listener) -> None:
    market = add_market(estate)
    listener.events()

    request = market.request(clientToken="token")

    (event,) = listener.events()
    assert {name: event[name] for name in ("version", "detail-type", "source", "account", "region")} == {
        "version": "0",
        "detail-type": "Subscription Request Created",
        "source": "aws.datazone",
        "account": "123456789012",
        "region": "us-east-1",
    }
    detail = event["detail"]
    user = detail["metadata"].pop("user")
    assert detail == {
        "version": "1",
        "metadata": {
            "domain": estate.domain,
            "id": request["id"],
            "version": "1",
            "typeName": "SubscriptionRequestEntityType",
            "owningProjectId": market.consumer,
            "awsAccountId": "123456789012",
            "clientToken": "token",
        },
        "data": {
            "autoApproved": False,
            "requesterId": user,
            "status": "PENDING",
            "subscribedListings": [{"id": market.listing, "ownerProjectId": estate.project, "version": "1"}],
            "subscribedPrincipals": [{"id": market.consumer, "type": "PROJECT"}],
        },
    }


def test_assets_tell_of_their_life(estate: Estate, listener: _Listener) -> None:
    asset = estate.make_asset()
    estate.publish(asset)
    wider = [{"columnName": name, "dataType": "int"} for name in ("id", "amount")]
    content = {"tableName": "orders", "columns": wider}
    form = {"formName": "GlueTableForm", "content": json.dumps(content)}
    estate.call("create_asset_revision", identifier=asset, name="orders", formsInput=[form])
    estate.publish(asset)
    estate.publish(asset, action="UNPUBLISH")
    estate.call("delete_asset", identifier=asset)

    events = listener.events()

    assert sorted(each["detail-type"] for each in events) == [
        "Asset Added To Catalog",
        "Asset Added To Inventory",
        "Asset Listing Deleted",
        "Asset Schema Changed",
        "Asset Unpublished",
        "New Asset Version Available",
    ]
    assert {each["detail"]["data"]["assetId"] for each in events} == {asset}


def test_revision_with_the_same_columns_is_no_change_of_the_schema(
    estate: Estate, listener: _Listener
) -> None:
    asset = estate.make_asset()
    listener.events()

    estate.call("create_asset_revision", identifier=asset, name="renamed")

    assert listener.heard() == []


def test_subscriptions_tell_of_their_life(estate: Estate, listener: _Listener) -> None:
    market = add_market(estate)
    listener.events()

    subscription = market.subscribe()["id"]
    begun = listener.events()
    market.call("revoke_subscription", identifier=subscription)

    assert sorted(each["detail-type"] for each in begun) == [
        "Subscription Created",
        "Subscription Grant Completed",
        "Subscription Grant Requested",
        "Subscription Request Accepted",
        "Subscription Request Created",
    ]
    assert listener.heard() == [
        "Subscription Grant Revoke Completed",
        "Subscription Grant Revoke Requested",
        "Subscription Revoked",
    ]
    granted = next(each for each in begun if each["detail-type"] == "Subscription Grant Completed")
    assert granted["detail"]["metadata"]["user"] == "SYSTEM"
    assert granted["detail"]["data"] == {
        "asset": {
            "assetId": market.asset,
            "listingId": market.listing,
            "listingVersion": "1",
            "typeName": "GlueTableAssetType",
        },
        "projectId": market.consumer,
        "status": "GRANTED",
        "subscriptionTarget": {
            "id": market.target,
            "environmentId": market.environment,
            "typeName": "GlueSubscriptionTargetType",
        },
    }


def test_members_of_projects_are_told(estate: Estate, listener: _Listener) -> None:
    member = {"projectIdentifier": estate.project, "member": {"userIdentifier": "anna"}}
    for designation in ("PROJECT_CONTRIBUTOR", "PROJECT_OWNER"):
        estate.call("create_project_membership", **member, designation=designation)
    estate.call("delete_project_membership", **member)

    assert listener.heard() == [
        "Project Member Addition Succeeded",
        "Project Member Removal Succeeded",
        "Project Member Role Change Succeeded",
    ]
