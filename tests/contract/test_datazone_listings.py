"""Publishing: listings, their revisions and states, how they are found, and their lineage nodes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, columns_of, make_estate


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _unpublish(estate: Estate, asset: str) -> Any:
    return estate.publish(asset, action="UNPUBLISH")


def _found(estate: Estate, **params: Any) -> list[str]:
    return [each["assetListing"]["name"] for each in estate.call("search_listings", **params)["items"]]


class TestPublish:
    """CreateListingChangeSet with PUBLISH."""

    def test_listing_is_creating_and_then_active(self, estate: Estate) -> None:
        asset = estate.make_asset()
        estate.aws.settings(import_seconds=3600)

        listing = estate.publish(asset)

        assert (listing["listingRevision"], listing["status"]) == ("1", "CREATING")
        assert _found(estate) == []

    def test_listing_shows_what_was_published(self, estate: Estate) -> None:
        asset = estate.make_asset(description="What customers bought")

        published = estate.publish(asset)
        listing = estate.call("get_listing", identifier=published["listingId"])

        item = listing["item"]["assetListing"]
        assert published["status"] == listing["status"] == "ACTIVE"
        assert (listing["name"], listing["description"]) == ("orders", "What customers bought")
        assert (item["assetId"], item["assetRevision"], item["owningProjectId"]) == (
            asset,
            "1",
            estate.project,
        )
        assert item["assetType"] == "amazon.datazone.GlueTableAssetType"
        assert json.loads(item["forms"])["GlueTableForm"]["tableName"] == "orders"

    def test_asset_shows_its_listing(self, estate: Estate) -> None:
        asset = estate.make_asset()

        published = estate.publish(asset)

        assert estate.call("get_asset", identifier=asset)["listing"] == {
            "listingId": published["listingId"],
            "listingStatus": "ACTIVE",
        }

    def test_newer_revision_is_published_under_the_same_listing(self, estate: Estate) -> None:
        asset = estate.make_asset()
        first = estate.publish(asset)
        estate.call("create_asset_revision", identifier=asset, name="renamed")
        before = estate.call("get_listing", identifier=first["listingId"])["name"]

        second = estate.publish(asset)

        assert before == "orders"
        assert (second["listingId"], second["listingRevision"]) == (first["listingId"], "2")
        assert estate.call("get_listing", identifier=first["listingId"])["name"] == "renamed"
        older = estate.call("get_listing", identifier=first["listingId"], listingRevision="1")
        assert older["name"] == "orders"

    def test_publishing_the_same_revision_again_changes_nothing(self, estate: Estate) -> None:
        asset = estate.make_asset()

        assert estate.publish(asset)["listingRevision"] == estate.publish(asset)["listingRevision"] == "1"

    def test_only_the_latest_revision_can_be_published(self, estate: Estate) -> None:
        asset = estate.make_asset()
        estate.call("create_asset_revision", identifier=asset, name="renamed")

        with pytest.raises(ClientError, match=r"ConflictException.*latest revision"):
            estate.publish(asset, entityRevision="1")
        with pytest.raises(ClientError, match=r"ResourceNotFoundException.*no revision 3"):
            estate.publish(asset, entityRevision="3")

        assert estate.publish(asset, entityRevision="2")["status"] == "ACTIVE"

    def test_data_product_says_that_it_is_not_implemented(self, estate: Estate) -> None:
        with pytest.raises(ClientError, match=r"NotImplementedException.*DATA_PRODUCT"):
            estate.publish("abc", entityType="DATA_PRODUCT")


class TestUnpublish:
    """What leaves the catalog, and what stays."""

    def test_listing_is_inactive_and_not_found_any_more(self, estate: Estate) -> None:
        asset = estate.make_asset()
        listing = estate.publish(asset)["listingId"]

        changed = _unpublish(estate, asset)

        assert (changed["listingId"], changed["status"]) == (listing, "INACTIVE")
        assert estate.call("get_listing", identifier=listing)["status"] == "INACTIVE"
        assert _found(estate) == []

    def test_asset_can_be_published_again_under_the_same_listing(self, estate: Estate) -> None:
        asset = estate.make_asset()
        listing = estate.publish(asset)["listingId"]
        _unpublish(estate, asset)

        again = estate.publish(asset)

        assert (again["listingId"], again["listingRevision"], again["status"]) == (listing, "2", "ACTIVE")
        assert _found(estate) == ["orders"]

    def test_asset_that_is_not_published_is_a_conflict(self, estate: Estate) -> None:
        asset = estate.make_asset()

        with pytest.raises(ClientError, match=r"ConflictException.*not published"):
            _unpublish(estate, asset)

    def test_deleted_listing_is_gone_and_the_asset_stays(self, estate: Estate) -> None:
        asset = estate.make_asset()
        listing = estate.publish(asset)["listingId"]

        estate.call("delete_listing", identifier=listing)

        with pytest.raises(ClientError, match=f"ResourceNotFoundException.*{listing}"):
            estate.call("get_listing", identifier=listing)
        assert "listing" not in estate.call("get_asset", identifier=asset)
        assert estate.publish(asset)["listingId"] != listing

    def test_deleted_asset_takes_its_listing_along(self, estate: Estate) -> None:
        asset = estate.make_asset()
        listing = estate.publish(asset)["listingId"]

        estate.call("delete_asset", identifier=asset)

        assert _found(estate) == []
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            estate.call("get_listing", identifier=listing)


class TestSearch:
    """SearchListings finds what is published."""

    @pytest.fixture
    def catalog(self, estate: Estate) -> Estate:
        for name, description in (("orders", "What customers bought"), ("clicks", "What customers saw")):
            estate.publish(estate.make_asset(name, description=description))
        estate.make_asset("draft")
        return estate

    @pytest.mark.parametrize(
        "params, names",
        [
            pytest.param({}, ["clicks", "orders"], id="everything by name"),
            pytest.param({"searchText": "BOUGHT"}, ["orders"], id="text of the description"),
            pytest.param(
                {"searchText": "orders", "searchIn": [{"attribute": "description"}]}, [], id="text elsewhere"
            ),
            pytest.param(
                {"filters": {"filter": {"attribute": "GlueTableForm.tableName", "value": "clicks"}}},
                ["clicks"],
                id="a member of a form",
            ),
            pytest.param(
                {"sort": {"attribute": "name", "order": "DESCENDING"}}, ["orders", "clicks"], id="backwards"
            ),
        ],
    )
    def test_finds_by_text_and_filter(
        self, catalog: Estate, params: dict[str, Any], names: list[str]
    ) -> None:
        assert _found(catalog, **params) == names

    def test_counts_listings_per_value(self, catalog: Estate) -> None:
        wanted = [{"attribute": "owningProjectId", "displayValue": "Project"}, {"attribute": "name"}]

        answer = catalog.call("search_listings", aggregations=wanted, maxResults=1)

        assert answer["aggregates"][0] == {
            "attribute": "owningProjectId",
            "displayValue": "Project",
            "items": [{"value": catalog.project, "count": 2, "displayValue": catalog.project}],
        }
        assert [each["value"] for each in answer["aggregates"][1]["items"]] == ["clicks", "orders"]
        assert answer["totalMatchCount"] == 2

    def test_shows_forms_and_matches_when_asked_to(self, catalog: Estate) -> None:
        (item,) = catalog.call(
            "search_listings", searchText="bought", additionalAttributes=["FORMS", "TEXT_MATCH_RATIONALE"]
        )["items"]

        additional = item["assetListing"]["additionalAttributes"]
        assert json.loads(additional["forms"])["GlueTableForm"]["tableName"] == "orders"
        assert additional["matchRationale"] == [
            {
                "textMatches": [
                    {
                        "attribute": "description",
                        "text": "What customers bought",
                        "matchOffsets": [{"startOffset": 15, "endOffset": 21}],
                    }
                ]
            }
        ]

    def test_unknown_attribute_is_named(self, catalog: Estate) -> None:
        with pytest.raises(ClientError, match=r"ValidationException.*colour"):
            catalog.call("search_listings", sort={"attribute": "colour"})


class TestLineage:
    """A listing is a node downstream of its asset."""

    def test_listing_is_downstream_of_the_asset(self, estate: Estate) -> None:
        asset = estate.make_asset()
        listing = estate.publish(asset)["listingId"]

        node = estate.node(f"amazon.datazone.listing/{listing}")

        assert estate.identifiers(node["upstreamNodes"]) == [f"amazon.datazone.asset/{asset}"]
        assert columns_of(node) == ["id"]
        above = estate.node(f"amazon.datazone.asset/{asset}")
        assert estate.identifiers(above["downstreamNodes"]) == [f"amazon.datazone.listing/{listing}"]

    def test_each_publication_is_a_version(self, estate: Estate) -> None:
        asset = estate.make_asset()
        listing = estate.publish(asset)["listingId"]
        estate.call("create_asset_revision", identifier=asset, name="renamed")
        estate.aws.advance(60)
        estate.publish(asset)

        identifier = f"amazon.datazone.listing/{listing}"
        history = estate.call("list_lineage_node_history", identifier=identifier)["nodes"]

        assert [each["name"] for each in history] == ["renamed", "orders"]
        assert history[0]["eventTimestamp"] - history[1]["eventTimestamp"] >= timedelta(seconds=60)

    @pytest.mark.parametrize("how", ["unpublish", "delete the listing", "delete the asset"])
    def test_node_leaves_the_graph_with_the_publication(self, estate: Estate, how: str) -> None:
        asset = estate.make_asset()
        listing = estate.publish(asset)["listingId"]

        if how == "unpublish":
            _unpublish(estate, asset)
        elif how == "delete the listing":
            estate.call("delete_listing", identifier=listing)
        else:
            estate.call("delete_asset", identifier=asset)

        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            estate.node(f"amazon.datazone.listing/{listing}")
