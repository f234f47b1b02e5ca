"""Walks through the API: each calls all operations of one subject so that they succeed."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.contract.datazone_estate import NOON, Estate, run_event
from tests.contract.subscribing import add_market, market_of

__all__ = ["WALKS"]

_GLUE_FORM = {"formName": "GlueTableForm", "content": json.dumps({"tableName": "t"})}


def _walk_domains_and_projects(estate: Estate) -> None:
    client = estate.client
    arn = client.get_domain(identifier=estate.domain)["arn"]
    client.list_domains(status="AVAILABLE")
    client.update_domain(identifier=estate.domain, description="changed")
    client.tag_resource(resourceArn=arn, tags={"team": "data"})
    client.list_tags_for_resource(resourceArn=arn)
    client.untag_resource(resourceArn=arn, tagKeys=["team"])
    profile = estate.call("create_project_profile", name="mine", status="ENABLED")["id"]
    estate.call("get_project_profile", identifier=profile)
    estate.call("list_project_profiles")
    other = estate.call("create_project", name="other", projectProfileId=profile, resourceTags={"a": "b"})[
        "id"
    ]
    estate.call("get_project", identifier=other)
    estate.call("update_project", identifier=other, description="changed")
    estate.call("list_projects")
    estate.call("delete_project", identifier=other)


def _walk_connections(estate: Estate) -> None:
    default = estate.call("get_connection", identifier=estate.connection)
    made = estate.call(
        "create_connection",
        name="files",
        environmentIdentifier=default["environmentId"],
        props={"s3Properties": {"s3Uri": "s3://shop/"}},
    )["connectionId"]
    estate.call("update_connection", identifier=made, description="changed")
    estate.call("get_connection", identifier=made)
    estate.call("list_connections", projectIdentifier=estate.project)
    estate.call("delete_connection", identifier=made)


def _walk_data_sources_and_runs(estate: Estate) -> None:
    filters = [{"databaseName": estate.database}]
    made = estate.call(
        "create_data_source",
        name="mine",
        projectIdentifier=estate.project,
        type="GLUE",
        connectionIdentifier=estate.connection,
        configuration={"glueRunConfiguration": {"relationalFilterConfigurations": filters}},
        schedule={"timezone": "UTC", "schedule": "cron(7 22 * * ? *)"},
    )["id"]
    estate.call("update_data_source", identifier=made, description="changed")
    estate.call("list_data_sources", projectIdentifier=estate.project)
    estate.call("delete_data_source", identifier=made)
    estate.switch_lineage(on=True)
    run = estate.run()
    estate.activities(run)
    estate.call("list_data_source_runs", dataSourceIdentifier=estate.data_source)
    estate.call("get_data_source", identifier=estate.data_source)


def _walk_assets(estate: Estate) -> None:
    made = estate.call(
        "create_asset",
        name="t",
        owningProjectIdentifier=estate.project,
        typeIdentifier="amazon.datazone.GlueTableAssetType",
        externalIdentifier="mine",
        formsInput=[_GLUE_FORM],
    )["id"]
    estate.call("create_asset_revision", identifier=made, name="t", description="changed")
    estate.call("get_asset", identifier=made, revision="1")
    estate.call("list_asset_revisions", identifier=made)
    estate.call("search", searchScope="ASSET", additionalAttributes=["FORMS"])
    estate.call("delete_asset", identifier=made)
    estate.call("get_asset_type", identifier="amazon.datazone.GlueTableAssetType")
    estate.call("get_form_type", formTypeIdentifier="amazon.datazone.GlueTableFormType")
    for scope in ("ASSET_TYPE", "FORM_TYPE", "LINEAGE_NODE_TYPE"):
        estate.call("search_types", searchScope=scope, managed=True)


def _walk_lineage(estate: Estate) -> None:
    event = estate.post(run_event())
    estate.call("get_lineage_event", identifier=event)
    estate.call("list_lineage_events", timestampAfter=NOON.replace(year=2024))
    for identifier in ("etl.load", "etl.load/r1", "in/raw", "out/clean"):
        estate.node(identifier)
        estate.call("list_lineage_node_history", identifier=identifier)
    estate.call(
        "query_graph",
        match=[
            {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "out/clean"}},
            {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "IN", "maxPathLength": 5}},
        ],
        additionalAttributes={"formNames": ["LineageJobForm"]},
    )
    estate.call("delete_lineage_event", identifier=event)


def _walk_glossaries(estate: Estate) -> None:
    glossary = estate.call("create_glossary", name="finance", owningProjectIdentifier=estate.project)["id"]
    term = estate.call("create_glossary_term", glossaryIdentifier=glossary, name="revenue")["id"]
    estate.call("get_glossary", identifier=glossary)
    estate.call("get_glossary_term", identifier=term)
    for scope in ("GLOSSARY", "GLOSSARY_TERM"):
        estate.call("search", searchScope=scope)
    estate.publish(estate.make_asset("with terms", glossaryTerms=[term]))
    estate.call("update_glossary_term", identifier=term, shortDescription="What comes in")
    unused = estate.call("create_glossary_term", glossaryIdentifier=glossary, name="cost")["id"]
    estate.call("delete_glossary_term", identifier=unused)
    empty = estate.call("create_glossary", name="empty", owningProjectIdentifier=estate.project)["id"]
    estate.call("update_glossary", identifier=empty, status="DISABLED", description="changed")
    estate.call("delete_glossary", identifier=empty)


def _walk_listings(estate: Estate) -> None:
    asset = estate.make_asset("to publish")
    listing = estate.publish(asset)["listingId"]
    estate.call("get_asset", identifier=asset)
    estate.call("get_listing", identifier=listing, listingRevision="1")
    estate.call(
        "search_listings",
        searchText="publish",
        additionalAttributes=["FORMS", "TEXT_MATCH_RATIONALE"],
        aggregations=[{"attribute": "entityType"}],
    )
    estate.call("delete_listing", identifier=listing)


def _walk_people(estate: Estate) -> None:
    user = estate.call("create_user_profile", userIdentifier="anna")["id"]
    estate.call("get_user_profile", userIdentifier=user)
    estate.call("update_user_profile", userIdentifier=user, status="ASSIGNED")
    estate.call("search_user_profiles", userType="DATAZONE_USER")
    group = estate.call("create_group_profile", groupIdentifier="analysts")["id"]
    estate.call("get_group_profile", groupIdentifier=group)
    estate.call("update_group_profile", groupIdentifier=group, status="ASSIGNED")
    estate.call("search_group_profiles", groupType="SSO_GROUP")
    membership = {"projectIdentifier": estate.project, "member": {"userIdentifier": "anna"}}
    estate.call("create_project_membership", **membership, designation="PROJECT_CONTRIBUTOR")
    estate.call("list_project_memberships", projectIdentifier=estate.project)
    estate.call("delete_project_membership", **membership)


def _walk_subscriptions(estate: Estate) -> None:
    market = add_market(estate)
    rejected = market.request()["id"]
    estate.call("update_subscription_request", identifier=rejected, requestReason="changed")
    estate.call("get_subscription_request_details", identifier=rejected)
    estate.call("reject_subscription_request", identifier=rejected)
    subscription = market.subscribe()
    request = subscription["subscriptionRequestId"]
    estate.call("list_subscription_requests")
    estate.call("get_subscription", identifier=subscription["id"])
    (grant,) = market.grants()
    estate.call("get_subscription_grant", identifier=grant["id"])
    estate.call("delete_subscription_grant", identifier=grant["id"])
    estate.call("cancel_subscription", identifier=subscription["id"])
    estate.call("delete_subscription_request", identifier=request)
    estate.call("revoke_subscription", identifier=market.subscribe()["id"])


def _walk_targets_and_grants(estate: Estate) -> None:
    consumer = estate.call("list_projects", name="marketing")["items"][0]["id"]
    asset = estate.call("search", searchScope="ASSET", searchText="orders")["items"][0]["assetItem"]
    listing = estate.call("get_asset", identifier=asset["identifier"])["listing"]["listingId"]
    market = market_of(estate, asset["identifier"], listing, consumer)
    target = market.make_target(subscriptionGrantCreationMode="MANUAL")["id"]
    address = {"environmentIdentifier": market.environment, "identifier": target}
    market.subscribe()
    estate.call("get_subscription_target", **address)
    estate.call("update_subscription_target", **address, name="changed")
    grant = estate.call(
        "create_subscription_grant",
        environmentIdentifier=market.environment,
        subscriptionTargetIdentifier=target,
        grantedEntity={"listing": {"identifier": listing, "revision": "1"}},
    )["id"]
    report = {"identifier": grant, "assetIdentifier": market.asset}
    for status in ("GRANT_FAILED", "GRANTED"):
        estate.call("update_subscription_grant_status", **report, status=status)
    estate.call("delete_subscription_grant", identifier=grant)
    estate.call("update_subscription_grant_status", **report, status="REVOKED")
    estate.call("delete_subscription_target", **address)


def _walk_custom_types(estate: Estate) -> None:
    owner = {"owningProjectIdentifier": estate.project}
    model = {"smithy": "structure Contact { @required team: String }"}
    estate.call("create_form_type", name="Contact", model=model, status="ENABLED", **owner)
    entry = {"typeIdentifier": "Contact", "typeRevision": "1", "required": True}
    estate.call("create_asset_type", name="Topic", formsInput={"ContactForm": entry}, **owner)
    estate.call("get_form_type", formTypeIdentifier="Contact")
    estate.call("get_asset_type", identifier="Topic")
    for scope in ("ASSET_TYPE", "FORM_TYPE"):
        estate.call("search_types", searchScope=scope, managed=False)
    form = {"formName": "ContactForm", "content": json.dumps({"team": "sales"})}
    asset = estate.call("create_asset", name="clicks", typeIdentifier="Topic", formsInput=[form], **owner)[
        "id"
    ]
    estate.publish(asset)
    estate.call("delete_asset", identifier=asset)
    estate.call("delete_asset_type", identifier="Topic")
    estate.call("delete_form_type", formTypeIdentifier="Contact")


def _walk_asset_filters(estate: Estate) -> None:
    asset = estate.make_asset("filtered")
    row = {"rowFilter": {"expression": {"greaterThan": {"columnName": "id", "value": "1"}}}}
    made = estate.call(
        "create_asset_filter", assetIdentifier=asset, name="f", configuration={"rowConfiguration": row}
    )["id"]
    address = {"assetIdentifier": asset, "identifier": made}
    estate.call("get_asset_filter", **address)
    columns = {"columnConfiguration": {"includedColumnNames": ["none"]}}
    estate.call("update_asset_filter", **address, configuration=columns)
    estate.call("list_asset_filters", assetIdentifier=asset)
    estate.call("delete_asset_filter", **address)


def _walk_environments(estate: Estate) -> None:
    (environment,) = estate.call("list_environments", projectIdentifier=estate.project)["items"]
    estate.call("get_environment", identifier=environment["id"])
    estate.call("get_environment_credentials", environmentIdentifier=environment["id"])
    (blueprint,) = estate.call("list_environment_blueprints")["items"]
    estate.call("get_environment_blueprint", identifier=blueprint["id"])
    address = {"environmentBlueprintIdentifier": blueprint["id"]}
    estate.call("put_environment_blueprint_configuration", **address, enabledRegions=["us-east-1"])
    estate.call("get_environment_blueprint_configuration", **address)
    estate.call("list_environment_blueprint_configurations")
    estate.call("delete_environment_blueprint_configuration", **address)


def _walk_domain_units_and_profiles(estate: Estate) -> None:
    root = estate.client.get_domain(identifier=estate.domain)["rootDomainUnitId"]
    unit = estate.call("create_domain_unit", name="sales", parentDomainUnitIdentifier=root)["id"]
    estate.call("get_domain_unit", identifier=unit)
    estate.call("update_domain_unit", identifier=unit, description="changed")
    estate.call("list_domain_units_for_parent", parentDomainUnitIdentifier=root)
    estate.call("delete_domain_unit", identifier=unit)
    profile = estate.call("create_project_profile", name="unused")["id"]
    estate.call("update_project_profile", identifier=profile, status="DISABLED")
    estate.call("delete_project_profile", identifier=profile)


def _walk_time_series(estate: Estate) -> None:
    entity = {"entityType": "ASSET", "entityIdentifier": estate.make_asset("measured")}
    form = {
        "formName": "quality",
        "typeIdentifier": "amazon.datazone.DataQualityResultFormType",
        "timestamp": NOON,
        "content": json.dumps({"passingPercentage": 88.0, "evaluationsCount": 8, "evaluations": []}),
    }
    (point,) = estate.call("post_time_series_data_points", **entity, forms=[form])["forms"]
    estate.call("get_time_series_data_point", **entity, formName="quality", identifier=point["id"])
    estate.call("list_time_series_data_points", **entity, formName="quality")
    estate.call("get_asset", identifier=entity["entityIdentifier"])
    estate.call("search", searchScope="ASSET", additionalAttributes=["TIME_SERIES_DATA_POINT_FORMS"])
    estate.call("delete_time_series_data_points", **entity, formName="quality")


def _walk_lineage_jobs(estate: Estate) -> None:
    environment = estate.call("get_connection", identifier=estate.connection)["environmentId"]
    made = estate.call(
        "create_connection",
        name="warehouse",
        environmentIdentifier=environment,
        props={"redshiftProperties": {"databaseName": "db", "lineageSync": {"enabled": True}}},
    )
    described = estate.call("get_connection", identifier=made["connectionId"], withSecret=True)
    job = described["props"]["redshiftProperties"]["lineageSync"]["lineageJobId"]
    estate.call("list_job_runs", jobIdentifier=job)


WALKS: tuple[Callable[[Estate], None], ...] = (
    _walk_domains_and_projects,
    _walk_connections,
    _walk_data_sources_and_runs,
    _walk_assets,
    _walk_lineage,
    _walk_glossaries,
    _walk_listings,
    _walk_people,
    _walk_subscriptions,
    _walk_targets_and_grants,
    _walk_asset_filters,
    _walk_custom_types,
    _walk_environments,
    _walk_domain_units_and_profiles,
    _walk_time_series,
    _walk_lineage_jobs,
)
