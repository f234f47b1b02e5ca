"""Every operation that lists things gives all of them, page by page."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.datazone.operations import OPERATIONS
from tests.contract.datazone_estate import NOON, Estate, make_estate, run_event
from tests.contract.subscribing import add_market

_GRAPH = [
    {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "hub/0"}},
    {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "OUT", "maxPathLength": 2}},
]


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _make_domains(estate: Estate) -> dict[str, Any]:
    for number in range(6):
        estate.client.create_domain(name=f"d{number}")
    return {}


def _make_projects(estate: Estate) -> dict[str, Any]:
    for number in range(6):
        estate.call("create_project", name=f"p{number}")
    return {}


def _make_profiles(estate: Estate) -> dict[str, Any]:
    for number in range(6):
        estate.call("create_project_profile", name=f"p{number}")
    return {}


def _make_connections(estate: Estate) -> dict[str, Any]:
    environment = estate.call("get_connection", identifier=estate.connection)["environmentId"]
    for number in range(5):
        estate.call(
            "create_connection",
            name=f"c{number}",
            environmentIdentifier=environment,
            props={"athenaProperties": {}},
        )
    return {"projectIdentifier": estate.project}


def _make_data_sources(estate: Estate) -> dict[str, Any]:
    filters = [{"databaseName": estate.database}]
    for number in range(6):
        estate.call(
            "create_data_source",
            name=f"s{number}",
            projectIdentifier=estate.project,
            type="GLUE",
            connectionIdentifier=estate.connection,
            configuration={"glueRunConfiguration": {"relationalFilterConfigurations": filters}},
        )
    return {"projectIdentifier": estate.project}


def _make_runs(estate: Estate) -> dict[str, Any]:
    for _ in range(7):
        estate.run()
    return {"dataSourceIdentifier": estate.data_source}


def _make_tables(estate: Estate) -> dict[str, Any]:
    glue = estate.aws.client("glue")
    for number in range(7):
        glue.create_table(
            DatabaseName=estate.database, TableInput={"Name": f"t{number}", "StorageDescriptor": {}}
        )
    return {"identifier": estate.run()["id"]}


def _make_assets(estate: Estate) -> dict[str, Any]:
    _make_tables(estate)
    return {"searchScope": "ASSET"}


def _make_revisions(estate: Estate) -> dict[str, Any]:
    asset = estate.call(
        "create_asset",
        name="t",
        owningProjectIdentifier=estate.project,
        typeIdentifier="amazon.datazone.GlueTableAssetType",
        formsInput=[{"formName": "GlueTableForm", "content": json.dumps({"tableName": "t"})}],
    )["id"]
    for number in range(6):
        estate.call("create_asset_revision", identifier=asset, name=f"t{number}")
    return {"identifier": asset}


def _make_events(estate: Estate) -> dict[str, Any]:
    """Make seven events, five of them at one time."""
    for number in range(7):
        estate.post(run_event(run=f"r{number}", minute=max(0, number - 4)))
    return {}


def _make_versions(estate: Estate) -> dict[str, Any]:
    for number in range(7):
        estate.post(run_event(minute=number))
    return {"identifier": "out/clean", "direction": "UPSTREAM"}


def _make_graph(estate: Estate) -> dict[str, Any]:
    estate.post(run_event(inputs=["hub/0"], outputs=[f"spoke/{number}" for number in range(5)]))
    return {"match": _GRAPH}


def _make_listings(estate: Estate) -> dict[str, Any]:
    for number in range(7):
        estate.publish(estate.make_asset(f"a{number}"))
    return {}


def _make_users(estate: Estate) -> dict[str, Any]:
    for number in range(7):
        estate.call("create_user_profile", userIdentifier=f"u{number}")
    return {"userType": "SSO_USER"}


def _make_groups(estate: Estate) -> dict[str, Any]:
    for number in range(7):
        estate.call("create_group_profile", groupIdentifier=f"g{number}")
    return {"groupType": "SSO_GROUP"}


def _make_members(estate: Estate) -> dict[str, Any]:
    for number in range(6):
        estate.call(
            "create_project_membership",
            projectIdentifier=estate.project,
            member={"userIdentifier": f"u{number}"},
            designation="PROJECT_CONTRIBUTOR",
        )
    return {"projectIdentifier": estate.project}


def _make_filters(estate: Estate) -> dict[str, Any]:
    asset = estate.make_asset()
    configuration = {"columnConfiguration": {"includedColumnNames": ["id"]}}
    for number in range(7):
        estate.call(
            "create_asset_filter", assetIdentifier=asset, name=f"f{number}", configuration=configuration
        )
    return {"assetIdentifier": asset}


def _make_requests(estate: Estate) -> dict[str, Any]:
    market = add_market(estate)
    for number in range(7):
        role = {"iam": {"identifier": f"arn:aws:iam::123456789012:role/r{number}"}}
        market.request(subscribedPrincipals=[role])
    return {}


def _make_subscriptions(estate: Estate) -> dict[str, Any]:
    _make_requests(estate)
    for each in estate.call("list_subscription_requests")["items"]:
        estate.call("accept_subscription_request", identifier=each["id"])
    return {}


def _make_targets(estate: Estate) -> dict[str, Any]:
    market = add_market(estate)
    for number in range(6):
        market.make_target(name=f"t{number}")
    return {"environmentIdentifier": market.environment}


def _make_grants(estate: Estate) -> dict[str, Any]:
    market = add_market(estate)
    for number in range(6):
        market.make_target(name=f"t{number}")
    market.subscribe()
    return {"owningProjectId": market.consumer}


def _make_units(estate: Estate) -> dict[str, Any]:
    root = estate.client.get_domain(identifier=estate.domain)["rootDomainUnitId"]
    for number in range(7):
        estate.call("create_domain_unit", name=f"u{number}", parentDomainUnitIdentifier=root)
    return {"parentDomainUnitIdentifier": root}


def _make_points(estate: Estate) -> dict[str, Any]:
    entity = {"entityType": "ASSET", "entityIdentifier": estate.make_asset()}
    form = {"formName": "quality", "typeIdentifier": "amazon.datazone.DataQualityResultFormType"}
    forms = [{**form, "timestamp": NOON + timedelta(minutes=number)} for number in range(7)]
    estate.call("post_time_series_data_points", **entity, forms=forms)
    return {**entity, "formName": "quality"}


def _types(_: Estate) -> dict[str, Any]:
    return {"searchScope": "FORM_TYPE", "managed": True}


_LISTS: list[Any] = [
    pytest.param("list_domains", _make_domains, 7, id="ListDomains"),
    pytest.param("list_projects", _make_projects, 7, id="ListProjects"),
    pytest.param("list_project_profiles", _make_profiles, 7, id="ListProjectProfiles"),
    pytest.param("list_connections", _make_connections, 7, id="ListConnections"),
    pytest.param("list_data_sources", _make_data_sources, 7, id="ListDataSources"),
    pytest.param("list_data_source_runs", _make_runs, 7, id="ListDataSourceRuns"),
    pytest.param("list_data_source_run_activities", _make_tables, 7, id="ListDataSourceRunActivities"),
    pytest.param("search", _make_assets, 7, id="Search"),
    pytest.param("search_listings", _make_listings, 7, id="SearchListings"),
    pytest.param("search_user_profiles", _make_users, 7, id="SearchUserProfiles"),
    pytest.param("search_group_profiles", _make_groups, 7, id="SearchGroupProfiles"),
    pytest.param("list_project_memberships", _make_members, 7, id="ListProjectMemberships"),
    pytest.param("list_asset_filters", _make_filters, 7, id="ListAssetFilters"),
    pytest.param("list_subscription_requests", _make_requests, 7, id="ListSubscriptionRequests"),
    pytest.param("list_subscriptions", _make_subscriptions, 7, id="ListSubscriptions"),
    pytest.param("list_subscription_targets", _make_targets, 7, id="ListSubscriptionTargets"),
    pytest.param("list_subscription_grants", _make_grants, 7, id="ListSubscriptionGrants"),
    pytest.param("list_domain_units_for_parent", _make_units, 7, id="ListDomainUnitsForParent"),
    pytest.param("list_time_series_data_points", _make_points, 7, id="ListTimeSeriesDataPoints"),
    pytest.param("search_types", _types, 11, id="SearchTypes"),
    pytest.param("list_asset_revisions", _make_revisions, 7, id="ListAssetRevisions"),
    pytest.param("list_lineage_events", _make_events, 7, id="ListLineageEvents"),
    pytest.param("list_lineage_node_history", _make_versions, 7, id="ListLineageNodeHistory"),
    pytest.param("query_graph", _make_graph, 7, id="QueryGraph"),
]


_NEVER_MORE_THAN_ONE = {
    "ListEnvironments",
    "ListEnvironmentBlueprints",
    "ListEnvironmentBlueprintConfigurations",
    "ListJobRuns",
}
"""A project has one environment, a domain one blueprint, and lineage jobs never run."""


@pytest.mark.parametrize("operation, make, size", _LISTS)
def test_pages_of_three_hold_everything_once_in_the_order_of_one_page(
    estate: Estate, operation: str, make: Callable[[Estate], dict[str, Any]], size: int
) -> None:
    params = make(estate)
    if operation != "list_domains":
        params["domainIdentifier"] = estate.domain
    paginator = estate.client.get_paginator(operation)
    key = paginator.result_keys[0].expression

    whole = list(paginator.paginate(**params, PaginationConfig={"PageSize": 25}))
    pages = [page[key] for page in paginator.paginate(**params, PaginationConfig={"PageSize": 3})]

    assert [len(page[key]) for page in whole] == [size]
    assert [item for page in pages for item in page] == whole[0][key]
    assert [len(page) for page in pages] == [3] * (size // 3) + ([size % 3] if size % 3 else [])


def test_every_operation_with_pages_is_tried(estate: Estate) -> None:
    model = estate.client.meta.service_model
    paged = {
        name
        for name in OPERATIONS
        if "nextToken" in getattr(model.operation_model(name).output_shape, "members", {})
    }

    assert paged == {param.id for param in _LISTS} | _NEVER_MORE_THAN_ONE


def test_without_a_size_a_page_has_50_items(estate: Estate) -> None:
    for number in range(51):
        estate.post(run_event(minute=number))

    page = estate.call("list_lineage_events")

    assert (len(page["items"]), "nextToken" in page) == (50, True)


def test_page_of_51_is_refused(estate: Estate) -> None:
    with pytest.raises(ClientError, match="less than or equal to 50"):
        estate.call("list_lineage_events", maxResults=51)


def test_domains_come_at_most_25_at_a_time(estate: Estate) -> None:
    with pytest.raises(ClientError, match="less than or equal to 25"):
        estate.client.list_domains(maxResults=26)


def test_token_of_another_question_is_refused(estate: Estate) -> None:
    _make_events(estate)
    token = estate.call("list_lineage_events", maxResults=1)["nextToken"]

    with pytest.raises(ClientError, match="nextToken is not valid"):
        estate.call("list_lineage_events", sortOrder="ASCENDING", nextToken=token)


def test_event_posted_between_two_pages_repeats_nothing(estate: Estate) -> None:
    _make_events(estate)
    first = estate.call("list_lineage_events", maxResults=3)
    estate.post(run_event(run="late", minute=99))

    second = estate.call("list_lineage_events", maxResults=9, nextToken=first["nextToken"])

    ids = [item["id"] for item in (*first["items"], *second["items"])]
    assert len(ids) == len(set(ids)) == 7
