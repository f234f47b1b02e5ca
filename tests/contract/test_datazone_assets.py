"""Assets made by hand: forms, revisions, search, and their place in the lineage graph."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, make_estate, run_event


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _form(name: str, **content: Any) -> dict[str, str]:
    return {"formName": name, "content": json.dumps(content)}


def _make_asset(estate: Estate, name: str = "orders", **overrides: Any) -> str:
    columns = [{"columnName": "id", "dataType": "int"}]
    params = {
        "name": name,
        "owningProjectIdentifier": estate.project,
        "typeIdentifier": "amazon.datazone.GlueTableAssetType",
        "formsInput": [_form("GlueTableForm", tableName=name, databaseName="shop", columns=columns)],
    }
    return str(estate.call("create_asset", **params | overrides)["id"])


def _forms(asset: Any) -> dict[str, Any]:
    return {form["formName"]: json.loads(form["content"]) for form in asset["formsOutput"]}


def _found(estate: Estate, **params: Any) -> list[str]:
    items = estate.call("search", searchScope="ASSET", **params)["items"]
    return [item["assetItem"]["name"] for item in items]


class TestRevisions:
    """An asset changes by revisions."""

    def test_form_not_given_stays_and_one_given_is_replaced(self, estate: Estate) -> None:
        asset = _make_asset(estate, description="first")

        details = _form("AssetCommonDetailsForm", sourceIdentifier="out/clean")
        revised = estate.call("create_asset_revision", identifier=asset, name="renamed", formsInput=[details])

        assert (revised["revision"], revised["name"], revised["description"]) == ("2", "renamed", "first")
        assert set(_forms(revised)) == {"GlueTableForm", "AssetCommonDetailsForm"}

    def test_older_revision_can_be_read(self, estate: Estate) -> None:
        asset = _make_asset(estate)
        estate.call("create_asset_revision", identifier=asset, name="renamed")

        assert estate.call("get_asset", identifier=asset)["name"] == "renamed"
        assert estate.call("get_asset", identifier=asset, revision="1")["name"] == "orders"
        with pytest.raises(ClientError, match=r"ResourceNotFound.*no revision 3"):
            estate.call("get_asset", identifier=asset, revision="3")

    def test_revisions_are_listed_newest_first(self, estate: Estate) -> None:
        asset = _make_asset(estate)
        estate.call("create_asset_revision", identifier=asset, name="renamed")

        listed = estate.call("list_asset_revisions", identifier=asset)["items"]

        assert [each["revision"] for each in listed] == ["2", "1"]

    @pytest.mark.parametrize(
        "changes, message",
        [
            pytest.param(
                {"formsInput": []}, r"\$\.GlueTableForm: is missing but it is required", id="no form"
            ),
            pytest.param(
                {"formsInput": [_form("GlueTableForm", tableName="t") | {"typeRevision": "12"}]},
                "expected form amazon.datazone#GlueTableFormType@13 but was provided",
                id="another revision of the form type",
            ),
            pytest.param(
                {"typeRevision": "23"}, "has revision 24, not 23", id="another revision of the type"
            ),
            pytest.param(
                {"typeIdentifier": "amazon.datazone.NoneSuch"},
                "Asset type amazon.datazone.NoneSuch",
                id="no type",
            ),
            pytest.param(
                {
                    "formsInput": [
                        _form("GlueTableForm", tableName="t"),
                        _form("Mine", a=1),
                    ]
                },
                "Form Mine: typeIdentifier is required",
                id="a form of no type",
            ),
            pytest.param(
                {
                    "formsInput": [
                        _form("GlueTableForm", bucketArn="x")
                        | {"typeIdentifier": "amazon.datazone.S3ObjectCollectionFormType"}
                    ]
                },
                "expected form amazon.datazone.GlueTableFormType",
                id="a form of another type",
            ),
        ],
    )
    def test_asset_that_does_not_fit_its_type_is_refused(
        self, estate: Estate, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ClientError, match=message):
            _make_asset(estate, **changes)

    def test_external_identifier_is_unique(self, estate: Estate) -> None:
        first = _make_asset(estate, externalIdentifier="mine")
        with pytest.raises(ClientError, match=r"ConflictException.*mine"):
            _make_asset(estate, externalIdentifier="mine")

        estate.call("delete_asset", identifier=first)

        assert _make_asset(estate, externalIdentifier="mine") != first


class TestSearch:
    """Assets are found by text, filter and project."""

    @pytest.fixture
    def inventory(self, estate: Estate) -> Estate:
        _make_asset(estate, "orders", description="What customers bought")
        _make_asset(estate, "clickstream", description="What customers saw")
        _make_asset(estate, "stock")
        return estate

    @pytest.mark.parametrize(
        "params, names",
        [
            pytest.param({}, ["clickstream", "orders", "stock"], id="everything by name"),
            pytest.param(
                {"searchText": "CUSTOMERS"}, ["clickstream", "orders"], id="text of the description"
            ),
            pytest.param({"searchText": "customers bought"}, ["orders"], id="every word counts"),
            pytest.param(
                {"searchText": "stock", "searchIn": [{"attribute": "description"}]},
                [],
                id="text in an attribute",
            ),
            pytest.param(
                {"filters": {"filter": {"attribute": "name", "value": "stock", "operator": "EQ"}}},
                ["stock"],
                id="filter by name",
            ),
            pytest.param(
                {
                    "filters": {
                        "filter": {
                            "attribute": "GlueTableForm.tableName",
                            "value": "orders",
                            "operator": "EQ",
                        }
                    }
                },
                ["orders"],
                id="filter by a form",
            ),
            pytest.param(
                {"sort": {"attribute": "name", "order": "DESCENDING"}},
                ["stock", "orders", "clickstream"],
                id="sorted",
            ),
        ],
    )
    def test_search_finds(self, inventory: Estate, params: dict[str, Any], names: list[str]) -> None:
        assert _found(inventory, **params) == names

    def test_search_tells_how_many_there_are(self, inventory: Estate) -> None:
        answer = inventory.call("search", searchScope="ASSET", maxResults=1)

        assert (len(answer["items"]), answer["totalMatchCount"]) == (1, 3)

    def test_search_keeps_to_a_project(self, inventory: Estate) -> None:
        other = inventory.call("create_project", name="other")["id"]

        assert _found(inventory, owningProjectIdentifier=other) == []
        assert len(_found(inventory, owningProjectIdentifier=inventory.project)) == 3

    def test_forms_come_on_request(self, inventory: Estate) -> None:
        (item,) = inventory.call(
            "search", searchScope="ASSET", searchText="stock", additionalAttributes=["FORMS"]
        )["items"]

        assert "GlueTableForm" in _forms(item["assetItem"]["additionalAttributes"])

    @pytest.mark.parametrize(
        "params",
        [
            pytest.param(
                {"filters": {"filter": {"attribute": "colour", "value": "x", "operator": "EQ"}}}, id="filter"
            ),
            pytest.param({"searchText": "x", "searchIn": [{"attribute": "colour"}]}, id="text"),
            pytest.param({"sort": {"attribute": "colour"}}, id="sort"),
        ],
    )
    def test_unknown_attribute_is_named(self, inventory: Estate, params: dict[str, Any]) -> None:
        with pytest.raises(ClientError, match=r"ValidationException.*colour"):
            _found(inventory, **params)

    @pytest.mark.parametrize("scope", ["GLOSSARY", "GLOSSARY_TERM", "DATA_PRODUCT"])
    def test_what_cannot_be_made_is_not_found(self, inventory: Estate, scope: str) -> None:
        assert inventory.call("search", searchScope=scope)["items"] == []


class TestTypes:
    """The system's types."""

    def test_lineage_node_types_tell_their_forms(self, estate: Estate) -> None:
        items = estate.call("search_types", searchScope="LINEAGE_NODE_TYPE", managed=True)["items"]
        types = {item["lineageNodeTypeItem"]["name"]: item["lineageNodeTypeItem"] for item in items}

        assert set(types) == {
            "amazon.datazone.DatasetLineageNodeType",
            "amazon.datazone.JobLineageNodeType",
            "amazon.datazone.JobRunLineageNodeType",
        }
        for kind in types.values():
            for form in kind["formsOutput"].values():
                found = estate.call("get_form_type", formTypeIdentifier=form["typeName"])
                assert found["revision"] == form["typeRevision"]
                assert found["model"]["smithy"].startswith("structure ")

    def test_forms_of_nodes_are_those_their_types_announce(self, estate: Estate) -> None:
        facets = {
            "schema": {"fields": [{"name": "a"}]},
            "columnLineage": {"fields": {}},
            "dataSource": {"name": "x"},
        }
        outputs = [{"namespace": "out", "name": "clean", "facets": facets}]
        estate.post({**run_event(outputs=[]), "outputs": outputs})
        items = estate.call("search_types", searchScope="LINEAGE_NODE_TYPE", managed=True)["items"]
        announced = {
            item["lineageNodeTypeItem"]["name"]: set(item["lineageNodeTypeItem"]["formsOutput"])
            for item in items
        }

        nodes = [estate.node(identifier) for identifier in ("etl.load", "etl.load/r1", "out/clean")]

        assert {
            node["typeName"]: {form["formName"] for form in node["formsOutput"]} for node in nodes
        } == announced

    def test_types_of_ones_own_do_not_exist(self, estate: Estate) -> None:
        assert estate.call("search_types", searchScope="ASSET_TYPE", managed=False)["items"] == []


class TestLineage:
    """An asset is a node downstream of what its source identifier names."""

    def test_source_identifier_links_the_asset_whenever_the_dataset_appears(self, estate: Estate) -> None:
        details = _form("AssetCommonDetailsForm", sourceIdentifier="out/clean")
        asset = _make_asset(estate, formsInput=[_form("GlueTableForm", tableName="t"), details])
        assert estate.node(f"amazon.datazone.asset/{asset}")["upstreamNodes"] == []

        estate.post(run_event())

        node = f"amazon.datazone.asset/{asset}"
        assert estate.identifiers(estate.node("out/clean")["downstreamNodes"]) == [node]
        assert estate.identifiers(estate.node(node)["upstreamNodes"]) == ["out/clean"]

    def test_revision_can_add_and_move_the_link(self, estate: Estate) -> None:
        estate.post(run_event())
        asset = _make_asset(estate)
        node = f"amazon.datazone.asset/{asset}"

        for source in ("in/raw", "out/clean"):
            details = _form("AssetCommonDetailsForm", sourceIdentifier=source)
            estate.call("create_asset_revision", identifier=asset, name="t", formsInput=[details])
            assert estate.identifiers(estate.node(node)["upstreamNodes"]) == [source]

        assert node not in estate.identifiers(estate.node("in/raw")["downstreamNodes"])

    def test_other_case_does_not_link(self, estate: Estate) -> None:
        estate.post(run_event())
        details = _form("AssetCommonDetailsForm", sourceIdentifier="out/CLEAN")

        _make_asset(estate, formsInput=[_form("GlueTableForm", tableName="t"), details])

        assert estate.node("out/clean")["downstreamNodes"] == []

    def test_asset_shows_its_columns(self, estate: Estate) -> None:
        asset = _make_asset(estate)

        (form,) = estate.node(f"amazon.datazone.asset/{asset}")["formsOutput"]

        assert json.loads(form["content"]) == {"columns": [{"name": "id", "dataType": "int"}]}

    def test_deleted_asset_leaves_the_graph(self, estate: Estate) -> None:
        estate.post(run_event())
        details = _form("AssetCommonDetailsForm", sourceIdentifier="out/clean")
        asset = _make_asset(estate, formsInput=[_form("GlueTableForm", tableName="t"), details])

        estate.call("delete_asset", identifier=asset)

        assert estate.node("out/clean")["downstreamNodes"] == []
        with pytest.raises(ClientError, match="ResourceNotFound"):
            estate.node(f"amazon.datazone.asset/{asset}")
