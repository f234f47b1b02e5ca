"""A request sent twice with one client token has one effect."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.datazone.operations import OPERATIONS
from tests.contract.datazone_estate import NOON, Estate, make_estate, run_event
from tests.contract.subscribing import Market, add_market, market_of

_TOKEN = "the-same-token"


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _event(estate: Estate, name: str) -> str:
    return estate.post(run_event(run=name), clientToken=_TOKEN)


def _domain(estate: Estate, name: str) -> str:
    return str(estate.client.create_domain(name=name, clientToken=_TOKEN)["id"])


def _connection(estate: Estate, name: str) -> str:
    environment = estate.call("get_connection", identifier=estate.connection)["environmentId"]
    made = estate.call(
        "create_connection",
        name=name,
        environmentIdentifier=environment,
        props={"athenaProperties": {}},
        clientToken=_TOKEN,
    )
    return str(made["connectionId"])


def _data_source(estate: Estate, name: str) -> str:
    filters = [{"databaseName": estate.database}]
    made = estate.call(
        "create_data_source",
        name=name,
        projectIdentifier=estate.project,
        type="GLUE",
        connectionIdentifier=estate.connection,
        configuration={"glueRunConfiguration": {"relationalFilterConfigurations": filters}},
        clientToken=_TOKEN,
    )
    return str(made["id"])


def _asset(estate: Estate, name: str) -> str:
    made = estate.call(
        "create_asset",
        name=name,
        owningProjectIdentifier=estate.project,
        typeIdentifier="amazon.datazone.GlueTableAssetType",
        formsInput=[{"formName": "GlueTableForm", "content": json.dumps({"tableName": "t"})}],
        clientToken=_TOKEN,
    )
    return str(made["id"])


def _glossary(estate: Estate, name: str) -> str:
    made = estate.call(
        "create_glossary", name=name, owningProjectIdentifier=estate.project, clientToken=_TOKEN
    )
    return str(made["id"])


def _term(estate: Estate, name: str) -> str:
    existing = estate.call("search", searchScope="GLOSSARY")["items"]
    glossary = existing[0]["glossaryItem"]["id"] if existing else _glossary(estate, "terms")
    made = estate.call("create_glossary_term", glossaryIdentifier=glossary, name=name, clientToken=_TOKEN)
    return str(made["id"])


def _listing(estate: Estate, name: str) -> str:
    named = {"filter": {"attribute": "name", "value": name}}
    known = estate.call("search", searchScope="ASSET", filters=named)["items"]
    asset = known[0]["assetItem"]["identifier"] if known else estate.make_asset(name)
    return str(estate.publish(asset, clientToken=_TOKEN)["listingId"])


def _market(estate: Estate) -> Market:
    """Return the consumer of an earlier call, or a new one."""
    projects = estate.call("list_projects", name="marketing")["items"]
    if not projects:
        return add_market(estate)
    asset = estate.call("search", searchScope="ASSET")["items"][0]["assetItem"]["identifier"]
    listing = estate.call("get_asset", identifier=asset)["listing"]["listingId"]
    return market_of(estate, asset, listing, projects[0]["id"])


def _subscription_request(estate: Estate, name: str) -> str:
    return str(_market(estate).request(requestReason=name, clientToken=_TOKEN)["id"])


def _subscription_target(estate: Estate, name: str) -> str:
    return str(_market(estate).make_target(name=name, clientToken=_TOKEN)["id"])


def _subscription_grant(estate: Estate, name: str) -> str:
    market = _market(estate)
    if not market.call("list_subscriptions")["items"]:
        market.make_target(subscriptionGrantCreationMode="MANUAL")
        market.subscribe()
    targets = market.call("list_subscription_targets", environmentIdentifier=market.environment)["items"]
    granted = market.call(
        "create_subscription_grant",
        environmentIdentifier=market.environment,
        subscriptionTargetIdentifier=next(each["id"] for each in targets if each["name"] == "warehouse"),
        grantedEntity={"listing": {"identifier": market.listing, "revision": "1"}},
        assetTargetNames=[{"assetId": market.asset, "targetName": name}],
        clientToken=_TOKEN,
    )
    return str(granted["id"])


def _asset_filter(estate: Estate, name: str) -> str:
    known = estate.call("search", searchScope="ASSET")["items"]
    made = estate.call(
        "create_asset_filter",
        assetIdentifier=known[0]["assetItem"]["identifier"] if known else estate.make_asset(),
        name=name,
        configuration={"columnConfiguration": {"includedColumnNames": ["id"]}},
        clientToken=_TOKEN,
    )
    return str(made["id"])


def _domain_unit(estate: Estate, name: str) -> str:
    root = estate.client.get_domain(identifier=estate.domain)["rootDomainUnitId"]
    made = estate.call("create_domain_unit", name=name, parentDomainUnitIdentifier=root, clientToken=_TOKEN)
    return str(made["id"])


def _data_point(estate: Estate, name: str) -> str:
    known = estate.call("search", searchScope="ASSET")["items"]
    asset = known[0]["assetItem"]["identifier"] if known else estate.make_asset()
    form = {"formName": name, "typeIdentifier": "amazon.datazone.DataQualityResultFormType"}
    posted = estate.call(
        "post_time_series_data_points",
        entityType="ASSET",
        entityIdentifier=asset,
        forms=[{**form, "timestamp": NOON}],
        clientToken=_TOKEN,
    )
    return str(posted["forms"][0]["id"])


_CREATIONS = [
    pytest.param(_event, id="PostLineageEvent"),
    pytest.param(_domain, id="CreateDomain"),
    pytest.param(_connection, id="CreateConnection"),
    pytest.param(_data_source, id="CreateDataSource"),
    pytest.param(_asset, id="CreateAsset"),
    pytest.param(_glossary, id="CreateGlossary"),
    pytest.param(_term, id="CreateGlossaryTerm"),
    pytest.param(_listing, id="CreateListingChangeSet"),
    pytest.param(_subscription_request, id="CreateSubscriptionRequest"),
    pytest.param(_subscription_target, id="CreateSubscriptionTarget"),
    pytest.param(_subscription_grant, id="CreateSubscriptionGrant"),
    pytest.param(_asset_filter, id="CreateAssetFilter"),
    pytest.param(_domain_unit, id="CreateDomainUnit"),
    pytest.param(_data_point, id="PostTimeSeriesDataPoints"),
]
_ELSEWHERE = {
    "CreateAssetRevision": "a test of its own",
    "StartDataSourceRun": "a test of its own",
    "DeleteDomain": "a test of its own",
    "DeleteDataSource": "a test of its own",
    "UpdateDomain": "changing something twice is changing it once",
    "UpdateGlossary": "changing something twice is changing it once",
    "DeleteTimeSeriesDataPoints": "deleting something twice is deleting it once",
    "CreateUserProfile": "a user has one profile, token or not",
    "CreateGroupProfile": "a group has one profile, token or not",
}
"""Operations with a token that are not tried with the others, and why."""


def test_every_operation_with_a_token_is_tried(estate: Estate) -> None:
    model = estate.client.meta.service_model
    with_token = {
        name
        for name in OPERATIONS
        if any(
            member.metadata.get("idempotencyToken")
            for member in model.operation_model(name).input_shape.members.values()
        )
    }

    assert with_token == {param.id for param in _CREATIONS} | set(_ELSEWHERE)


@pytest.mark.parametrize("create", _CREATIONS)
def test_same_request_gives_the_same_id(estate: Estate, create: Callable[[Estate, str], str]) -> None:
    assert create(estate, "a") == create(estate, "a")


@pytest.mark.parametrize("create", _CREATIONS)
def test_token_with_another_request_is_a_conflict(
    estate: Estate, create: Callable[[Estate, str], str]
) -> None:
    create(estate, "a")

    with pytest.raises(ClientError, match=f"ConflictException.*{_TOKEN}"):
        create(estate, "b")


def test_event_posted_twice_with_one_token_is_stored_once(estate: Estate) -> None:
    for _ in range(2):
        _event(estate, "r1")

    assert len(estate.call("list_lineage_events")["items"]) == 1


def test_event_posted_twice_with_two_tokens_is_stored_twice_and_leaves_the_graph_as_it_was(
    estate: Estate,
) -> None:
    def seen() -> list[Any]:
        return [
            {name: value for name, value in estate.node(identifier).items() if not name.startswith("updated")}
            | {"ResponseMetadata": None}
            for identifier in ("etl.load", "etl.load/r1", "in/raw", "out/clean")
        ]

    estate.post(run_event())
    before = seen()

    estate.post(run_event())

    assert len(estate.call("list_lineage_events")["items"]) == 2
    assert seen() == before


def test_run_started_twice_with_one_token_is_one_run_even_while_it_is_going_on(estate: Estate) -> None:
    estate.aws.settings(import_seconds=3600)

    first, second = (
        estate.call("start_data_source_run", dataSourceIdentifier=estate.data_source, clientToken=_TOKEN)
        for _ in range(2)
    )

    assert first["id"] == second["id"]
    listed = estate.call("list_data_source_runs", dataSourceIdentifier=estate.data_source)["items"]
    assert len(listed) == 1


def test_token_of_one_data_source_starts_a_run_of_another(estate: Estate) -> None:
    other = _data_source(estate, "other")

    runs = {
        estate.call("start_data_source_run", dataSourceIdentifier=source, clientToken=_TOKEN)["id"]
        for source in (estate.data_source, other)
    }

    assert len(runs) == 2


def test_revision_made_twice_with_one_token_is_one_revision(estate: Estate) -> None:
    asset = _asset(estate, "a")

    revisions = [
        estate.call("create_asset_revision", identifier=asset, name="b", clientToken=_TOKEN)["revision"]
        for _ in range(2)
    ]

    assert revisions == ["2", "2"]


def test_domain_deleted_twice_with_one_token_is_deleted_once(local_aws: LocalAws) -> None:
    client = local_aws.client("datazone")
    domain = client.create_domain(name="d")["id"]

    statuses = [client.delete_domain(identifier=domain, clientToken=_TOKEN)["status"] for _ in range(2)]

    assert statuses == ["DELETING", "DELETING"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.delete_domain(identifier=domain, clientToken="another")


def test_data_source_deleted_twice_with_one_token_is_deleted_once(estate: Estate) -> None:
    deleted = [
        estate.call("delete_data_source", identifier=estate.data_source, clientToken=_TOKEN)["id"]
        for _ in range(2)
    ]

    assert deleted == [estate.data_source] * 2


def test_token_of_a_thing_that_is_gone_finds_nothing(estate: Estate) -> None:
    asset = _asset(estate, "a")
    estate.call("delete_asset", identifier=asset)

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        _asset(estate, "a")


@pytest.mark.parametrize("token", [pytest.param("a b", id="a space"), pytest.param("x" * 129, id="long")])
def test_malformed_token_is_refused(estate: Estate, token: str) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*'clientToken'"):
        estate.post(run_event(), clientToken=token)
