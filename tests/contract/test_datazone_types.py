"""Form types and asset types that projects make."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, make_estate

_MODEL = """
@amazon.datazone#displayname(defaultName: "Contact")
structure Contact {
    @required
    team: String
    size: Integer
}
"""


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _form_type(estate: Estate, name: str = "Contact", smithy: str = _MODEL) -> None:
    estate.call(
        "create_form_type",
        name=name,
        model={"smithy": smithy},
        owningProjectIdentifier=estate.project,
        status="ENABLED",
    )


def _asset_type(estate: Estate, **entry: Any) -> Any:
    form = {"typeIdentifier": "Contact", "typeRevision": "1", "required": True} | entry
    return estate.call(
        "create_asset_type",
        name="Topic",
        owningProjectIdentifier=estate.project,
        formsInput={"ContactForm": form},
    )


def _asset(estate: Estate, **content: Any) -> str:
    form = {"formName": "ContactForm", "content": json.dumps(content)}
    made = estate.call(
        "create_asset",
        name="clicks",
        owningProjectIdentifier=estate.project,
        typeIdentifier="Topic",
        formsInput=[form],
    )
    return str(made["id"])


def test_form_type_is_given_back_as_it_was_made(estate: Estate) -> None:
    _form_type(estate)

    described = estate.call("get_form_type", formTypeIdentifier="Contact")

    assert (described["model"]["smithy"], described["revision"]) == (_MODEL, "1")
    assert (described["owningProjectId"], described["originDomainId"]) == (estate.project, estate.domain)


def test_types_of_projects_are_searched_apart_from_the_systems(estate: Estate) -> None:
    _form_type(estate)
    _asset_type(estate)

    def found(scope: str, member: str, *, managed: bool) -> list[str]:
        items = estate.call("search_types", searchScope=scope, managed=managed)["items"]
        return [each[member]["name"] for each in items]

    assert found("FORM_TYPE", "formTypeItem", managed=False) == ["Contact"]
    assert found("ASSET_TYPE", "assetTypeItem", managed=False) == ["Topic"]
    assert "Contact" not in found("FORM_TYPE", "formTypeItem", managed=True)


def test_asset_of_a_custom_type_is_held_against_its_forms(estate: Estate) -> None:
    _form_type(estate)
    _asset_type(estate)

    asset = estate.call("get_asset", identifier=_asset(estate, team="sales", size=3))

    (form,) = asset["formsOutput"]
    assert (form["formName"], form["typeName"], form["typeRevision"]) == ("ContactForm", "Contact", "1")
    with pytest.raises(ClientError, match=r"\$\.ContactForm\.team: is missing but it is required"):
        _asset(estate, size=3)
    with pytest.raises(ClientError, match=r"\$\.ContactForm\.size: must be a Integer"):
        _asset(estate, team="sales", size="three")


def test_custom_asset_is_published_and_has_a_lineage_node(estate: Estate) -> None:
    _form_type(estate)
    _asset_type(estate)
    asset = _asset(estate, team="sales")

    listing = estate.publish(asset)["listingId"]

    node = estate.node(f"amazon.datazone.listing/{listing}")
    assert estate.identifiers(node["upstreamNodes"]) == [f"amazon.datazone.asset/{asset}"]


def test_names_are_unique_and_those_of_the_service_its_own(estate: Estate) -> None:
    _form_type(estate)
    _asset_type(estate)
    with pytest.raises(ClientError, match=r"ConflictException.*Contact"):
        _form_type(estate)
    with pytest.raises(ClientError, match=r"ConflictException.*Topic"):
        _asset_type(estate)
    with pytest.raises(ClientError, match=r"ValidationException.*service's own"):
        _form_type(estate, "amazon.datazone.Mine")


def test_model_that_cannot_be_read_is_refused(estate: Estate) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*no structure Contact"):
        _form_type(estate, smithy="namespace mine")


def test_asset_type_names_form_types_that_exist_at_their_revision(estate: Estate) -> None:
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*Contact"):
        _asset_type(estate)
    _form_type(estate)
    with pytest.raises(ClientError, match=r"ValidationException.*has revision 1, not 2"):
        _asset_type(estate, typeRevision="2")


def test_types_in_use_are_not_deleted(estate: Estate) -> None:
    _form_type(estate)
    _asset_type(estate)
    asset = _asset(estate, team="sales")
    with pytest.raises(ClientError, match=r"ConflictException.*Topic"):
        estate.call("delete_form_type", formTypeIdentifier="Contact")
    with pytest.raises(ClientError, match=rf"ConflictException.*{asset}"):
        estate.call("delete_asset_type", identifier="Topic")
    estate.call("delete_asset", identifier=asset)

    estate.call("delete_asset_type", identifier="Topic")
    estate.call("delete_form_type", formTypeIdentifier="Contact")

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        estate.call("get_asset_type", identifier="Topic")


def test_types_of_the_system_are_not_deleted(estate: Estate) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*managed by Amazon DataZone"):
        estate.call("delete_asset_type", identifier="amazon.datazone.GlueTableAssetType")
