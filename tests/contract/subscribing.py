"""Two projects, one with something to subscribe to: what tests of subscriptions begin with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, make_estate

__all__ = ["Market", "add_market", "make_market", "market_of"]


@dataclass(frozen=True)
class Market:
    """
    A producer, and a consumer whose project has a subscription target.

    ``asset`` stands for the producer's Glue table ``orders``; ``listing`` publishes it.
    """

    estate: Estate
    asset: str
    listing: str
    consumer: str
    environment: str
    target: str
    database: str

    def call(self, operation: str, **params: Any) -> Any:
        return self.estate.call(operation, **params)

    def request(self, **overrides: Any) -> Any:
        """Ask for the listing as the consumer."""
        params = {
            "subscribedPrincipals": [{"project": {"identifier": self.consumer}}],
            "subscribedListings": [{"identifier": self.listing}],
            "requestReason": "To know what sells",
        }
        return self.call("create_subscription_request", **params | overrides)

    def subscribe(self, **overrides: Any) -> Any:
        """Ask for the listing, have that accepted, and return the subscription."""
        request = self.request(**overrides)["id"]
        self.call("accept_subscription_request", identifier=request)
        (found,) = self.call("list_subscriptions", subscriptionRequestIdentifier=request)["items"]
        return found

    def grants(self, **filters: Any) -> list[Any]:
        return list(self.call("list_subscription_grants", **filters)["items"])

    def links(self) -> dict[str, Any]:
        """Return the resource links in the consumer's database by name."""
        tables = self.estate.aws.client("glue").get_tables(DatabaseName=self.database)["TableList"]
        return {each["Name"]: each["TargetTable"] for each in tables if "TargetTable" in each}

    def make_target(self, **overrides: Any) -> Any:
        """Make another subscription target of the consumer, for assets the service does not manage."""
        params = {
            "environmentIdentifier": self.environment,
            "name": "warehouse",
            "type": "WarehouseTargetType",
            "subscriptionTargetConfig": [{"formName": "WarehouseForm", "content": "{}"}],
            "authorizedPrincipals": ["arn:aws:iam::123456789012:role/analyst"],
            "manageAccessRole": "arn:aws:iam::123456789012:role/manager",
            "applicableAssetTypes": ["GlueTableAssetType"],
        }
        return self.call("create_subscription_target", **params | overrides)


def make_market(aws: LocalAws) -> Market:
    """Make an estate with a market in it."""
    return add_market(make_estate(aws))


def add_market(estate: Estate) -> Market:
    """Publish the asset of a Glue table with one column, and make a project that may subscribe to it."""
    columns = [{"Name": "id", "Type": "int"}]
    estate.aws.client("glue").create_table(
        DatabaseName=estate.database,
        TableInput={
            "Name": "orders",
            "StorageDescriptor": {"Columns": columns, "Location": "s3://shop/orders/"},
        },
    )
    asset = estate.activities(estate.run())["orders"]["dataAssetId"]
    listing = estate.publish(asset)["listingId"]
    return market_of(estate, asset, listing, estate.call("create_project", name="marketing")["id"])


def market_of(estate: Estate, asset: str, listing: str, consumer: str) -> Market:
    """Return the market of a listing and a consumer that exist."""
    connections = estate.call("list_connections", projectIdentifier=consumer)["items"]
    environment = connections[0]["environmentId"]
    targets = estate.call("list_subscription_targets", environmentIdentifier=environment)["items"]
    target = next(each for each in targets if each["type"] == "GlueSubscriptionTargetType")
    content = json.loads(target["subscriptionTargetConfig"][0]["content"])
    return Market(estate, asset, listing, consumer, environment, target["id"], content["databaseName"])
