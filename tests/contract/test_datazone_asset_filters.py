"""Asset filters: columns, rows, and when they are valid."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.subscribing import Market, make_market

_ROWS = {
    "rowConfiguration": {
        "rowFilter": {
            "or": [
                {"expression": {"equalTo": {"columnName": "id", "value": "O'Hara"}}},
                {
                    "and": [
                        {"expression": {"in": {"columnName": "id", "values": ["1", "2"]}}},
                        {"expression": {"isNotNull": {"columnName": "id"}}},
                    ]
                },
            ]
        },
        "sensitive": True,
    }
}


@pytest.fixture
def market(local_aws: LocalAws) -> Market:
    return make_market(local_aws)


def _filter(market: Market, configuration: dict[str, Any] | None = None, name: str = "safe") -> Any:
    columns = {"columnConfiguration": {"includedColumnNames": ["id"]}}
    return market.call(
        "create_asset_filter",
        assetIdentifier=market.asset,
        name=name,
        configuration=configuration or columns,
    )


def test_column_filter_says_what_is_seen(market: Market) -> None:
    made = _filter(market)

    assert (made["status"], made["effectiveColumnNames"]) == ("VALID", ["id"])
    assert "effectiveRowFilter" not in made


def test_row_filter_is_shown_as_a_condition(market: Market) -> None:
    made = _filter(market, _ROWS)

    assert made["effectiveRowFilter"] == (
        """("id" = 'O''Hara' OR ("id" IN ('1', '2') AND "id" IS NOT NULL))"""
    )
    assert made["effectiveColumnNames"] == ["id"]


def test_filter_on_a_column_that_does_not_exist_is_invalid(market: Market) -> None:
    made = _filter(market, {"columnConfiguration": {"includedColumnNames": ["id", "colour"]}})
    _filter(market, name="fine")

    assert (made["status"], made["effectiveColumnNames"]) == ("INVALID", ["id"])
    assert "colour" in made["errorMessage"]
    listed = market.call("list_asset_filters", assetIdentifier=market.asset, status="INVALID")["items"]
    assert [each["id"] for each in listed] == [made["id"]]


def test_filter_is_changed_member_by_member(market: Market) -> None:
    made = _filter(market)
    address = {"assetIdentifier": market.asset, "identifier": made["id"]}

    market.call("update_asset_filter", **address, description="No names")

    changed = market.call("get_asset_filter", **address)
    assert (changed["name"], changed["description"]) == ("safe", "No names")
    with pytest.raises(ClientError, match=r"ConflictException.*safe"):
        _filter(market)


def test_subscription_and_grant_show_the_filters_they_were_accepted_with(market: Market) -> None:
    made = _filter(market)["id"]
    request = market.request()["id"]
    scopes = [{"assetId": market.asset, "filterIds": [made]}]

    accepted = market.call("accept_subscription_request", identifier=request, assetScopes=scopes)

    (grant,) = market.grants()
    item = accepted["subscribedListings"][0]["item"]["assetListing"]
    assert item["assetScope"]["filterIds"] == grant["assets"][0]["assetScope"]["filterIds"] == [made]


@pytest.mark.parametrize("which", ["filter", "asset"])
def test_scope_of_something_else_is_refused(market: Market, which: str) -> None:
    scope = {"assetId": market.asset if which == "filter" else "other", "filterIds": ["none"]}

    with pytest.raises(ClientError, match="ValidationException"):
        market.request(assetScopes=[scope])


def test_filter_in_use_and_asset_with_filters_are_not_deleted(market: Market) -> None:
    made = _filter(market)["id"]
    subscription = market.subscribe(assetScopes=[{"assetId": market.asset, "filterIds": [made]}])["id"]
    address = {"assetIdentifier": market.asset, "identifier": made}
    with pytest.raises(ClientError, match=f"ConflictException.*{subscription}"):
        market.call("delete_asset_filter", **address)
    market.call("cancel_subscription", identifier=subscription)
    with pytest.raises(ClientError, match=f"ConflictException.*{made}"):
        market.call("delete_asset", identifier=market.asset)

    market.call("delete_asset_filter", **address)
    market.call("delete_asset", identifier=market.asset)

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        market.call("get_asset", identifier=market.asset)
