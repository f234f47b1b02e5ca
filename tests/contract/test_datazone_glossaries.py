"""Business glossaries: terms, what they are attached to, and when they can be deleted."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, make_estate


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _glossary(estate: Estate, name: str = "finance", **params: Any) -> str:
    made = estate.call("create_glossary", name=name, owningProjectIdentifier=estate.project, **params)
    return str(made["id"])


def _term(estate: Estate, glossary: str, name: str = "revenue", **params: Any) -> str:
    return str(estate.call("create_glossary_term", glossaryIdentifier=glossary, name=name, **params)["id"])


def test_glossary_is_enabled_and_can_be_changed(estate: Estate) -> None:
    glossary = _glossary(estate, description="Money")

    estate.call("update_glossary", identifier=glossary, name="money", status="DISABLED")

    described = estate.call("get_glossary", identifier=glossary)
    assert (described["name"], described["description"], described["status"]) == (
        "money",
        "Money",
        "DISABLED",
    )


def test_term_is_changed_member_by_member(estate: Estate) -> None:
    glossary = _glossary(estate)
    broader = _term(estate, glossary, "money")
    term = _term(estate, glossary, shortDescription="What comes in", termRelations={"isA": [broader]})

    estate.call("update_glossary_term", identifier=term, longDescription="All that comes in")

    described = estate.call("get_glossary_term", identifier=term)
    assert described["shortDescription"] == "What comes in"
    assert described["longDescription"] == "All that comes in"
    assert described["termRelations"] == {"isA": [broader]}


def test_names_that_are_taken_are_a_conflict(estate: Estate) -> None:
    glossary = _glossary(estate)
    _term(estate, glossary)

    with pytest.raises(ClientError, match=r"ConflictException.*finance"):
        _glossary(estate)
    with pytest.raises(ClientError, match=r"ConflictException.*revenue"):
        _term(estate, glossary)

    assert _term(estate, _glossary(estate, "sales"), "revenue")


def test_glossary_is_deleted_only_when_it_is_disabled_and_empty(estate: Estate) -> None:
    glossary = _glossary(estate)
    term = _term(estate, glossary)
    with pytest.raises(ClientError, match=r"ConflictException.*only a DISABLED"):
        estate.call("delete_glossary", identifier=glossary)
    estate.call("update_glossary", identifier=glossary, status="DISABLED")
    with pytest.raises(ClientError, match=r"ConflictException.*1 term"):
        estate.call("delete_glossary", identifier=glossary)
    estate.call("delete_glossary_term", identifier=term)

    estate.call("delete_glossary", identifier=glossary)

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        estate.call("get_glossary", identifier=glossary)


def test_term_in_use_is_not_deleted(estate: Estate) -> None:
    glossary = _glossary(estate)
    term = _term(estate, glossary)
    narrower = _term(estate, glossary, "net revenue", termRelations={"isA": [term]})
    asset = estate.make_asset(glossaryTerms=[term])

    with pytest.raises(ClientError, match=rf"ConflictException.*{asset}, {narrower}"):
        estate.call("delete_glossary_term", identifier=term)


def test_unknown_term_is_not_attached(estate: Estate) -> None:
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*nosuchterm"):
        estate.make_asset(glossaryTerms=["nosuchterm"])


def test_listing_shows_terms_by_name(estate: Estate) -> None:
    term = _term(estate, _glossary(estate), shortDescription="What comes in")
    listing = estate.publish(estate.make_asset(glossaryTerms=[term]))["listingId"]

    item = estate.call("get_listing", identifier=listing)["item"]["assetListing"]

    assert item["glossaryTerms"] == [{"name": "revenue", "shortDescription": "What comes in"}]


def test_search_finds_glossaries_and_terms(estate: Estate) -> None:
    glossary = _glossary(estate, description="Money")
    _term(estate, glossary, shortDescription="What comes in")
    _term(estate, glossary, "cost")

    glossaries = estate.call("search", searchScope="GLOSSARY", searchText="money")["items"]
    terms = estate.call("search", searchScope="GLOSSARY_TERM", searchText="comes")["items"]
    none = estate.call("search", searchScope="GLOSSARY_TERM", owningProjectIdentifier="another")["items"]

    assert [each["glossaryItem"]["name"] for each in glossaries] == ["finance"]
    assert [each["glossaryTermItem"]["name"] for each in terms] == ["revenue"]
    assert none == []
