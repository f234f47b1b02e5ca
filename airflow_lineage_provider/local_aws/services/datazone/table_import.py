"""Bring Glue tables into the inventory: one activity and at most one asset revision for each table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.lineage import glue_table_arn
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.asset_store import add_revision, asset_of, shelve
from airflow_lineage_provider.local_aws.services.datazone.assumptions import SYSTEM_PRINCIPAL
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.data_sources import glue_configuration
from airflow_lineage_provider.local_aws.services.datazone.form_types import asset_type
from airflow_lineage_provider.local_aws.services.datazone.glue_forms import glue_table_forms
from airflow_lineage_provider.local_aws.services.datazone.publishing import publish
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Activity,
    Asset,
    AssetRevision,
    DataSource,
    DataSourceRun,
    Domain,
)
from airflow_lineage_provider.local_aws.services.datazone.table_filter import is_selected
from airflow_lineage_provider.local_aws.services.datazone.worker_faults import fault_in, run_error
from airflow_lineage_provider.local_aws.services.glue import reading
from airflow_lineage_provider.local_aws.services.glue.links import is_link

__all__ = ["ImportedTable", "import_tables"]

_STATISTIC = {
    "SUCCEEDED_CREATED": "added",
    "SUCCEEDED_UPDATED": "updated",
    "UNCHANGED": "unchanged",
    "SKIPPED_ALREADY_IMPORTED": "skipped",
    "SKIPPED_ARCHIVED": "skipped",
    "SKIPPED_NO_ACCESS": "skipped",
    "FAILED": "failed",
    "PUBLISHING_FAILED": "failed",
}
_STATISTICS = ("added", "updated", "unchanged", "skipped", "failed")
_DEFAULT_CATALOGS = frozenset({"AwsDataCatalog", "awsdatacatalog"})


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """A table that has an asset of this data source now."""

    table: Mapping[str, Any]
    arn: str
    activity: Activity


def import_tables(
    context: Context, domain: Domain, source: DataSource, run: DataSourceRun
) -> list[ImportedTable]:
    """
    Import what the data source's filters select, and set the run's activities, statistics and status.

    :return: The tables whose lineage may be imported.
    """
    missing: list[str] = []
    imported = []
    for table in _tables(context, source, missing):
        activity, arn = _import(context, domain, source, table)
        run.activities.append(activity)
        if _STATISTIC[activity.status] in ("added", "updated", "unchanged"):
            imported.append(ImportedTable(table, arn, activity))
    run.activities.sort(key=lambda each: (each.database, each.table))
    counts = Counter(_STATISTIC[each.status] for each in run.activities)
    run.statistics = {name: counts[name] for name in _STATISTICS}
    run.status = _status(run, missing)
    if missing:
        run.error = {
            "errorType": "RESOURCE_NOT_FOUND_EXCEPTION",
            "errorDetail": f"Not found in the Glue Data Catalog: database {', '.join(missing)}",
        }
    return imported


def _status(run: DataSourceRun, missing: list[str]) -> str:
    failed = sum(_STATISTIC[each.status] == "failed" for each in run.activities)
    if not failed and not missing:
        return "SUCCESS"
    return "PARTIALLY_SUCCEEDED" if len(run.activities) > failed else "FAILED"


def _tables(context: Context, source: DataSource, missing: list[str]) -> Iterator[dict[str, Any]]:
    """Yield each selected table once, resource links left out; note the databases that do not exist."""
    catalog = context.catalog
    configuration = glue_configuration(source)
    named = configuration.get("catalogName", catalog.account_id)
    is_default_catalog = named == catalog.account_id or named in _DEFAULT_CATALOGS
    seen: set[tuple[str, str]] = set()
    for each in configuration["relationalFilterConfigurations"]:
        database = each["databaseName"]
        try:
            if not is_default_catalog:
                raise KeyError(database)
            tables = reading.list_tables(catalog.account_id, catalog.region, database)
        except KeyError:
            missing.append(database if is_default_catalog else f"{named}/{database}")
            continue
        for table in tables:
            key = (table["DatabaseName"], table["Name"])
            if (
                key not in seen
                and not is_link(table)
                and is_selected(table["Name"], each.get("filterExpressions", ()))
            ):
                seen.add(key)
                yield table


def _import(
    context: Context, domain: Domain, source: DataSource, table: Mapping[str, Any]
) -> tuple[Activity, str]:
    catalog = context.catalog
    now = RUNTIME.now()
    arn = glue_table_arn(
        table["DatabaseName"],
        table["Name"],
        region=catalog.region,
        account=catalog.account_id,
        partition=catalog.partition,
    )
    activity = Activity(
        database=table["DatabaseName"],
        table=table["Name"],
        status="FAILED",
        created_at=now,
        updated_at=now,
        description=table.get("Description"),
    )
    if "StorageDescriptor" not in table:
        detail = f"Table {table['DatabaseName']}.{table['Name']} has no storage descriptor"
        activity.error = {"errorType": "VALIDATION_EXCEPTION", "errorDetail": detail}
        return activity, arn
    fault = fault_in("ImportTable")
    if fault is not None:
        activity.error = run_error(fault)
        if activity.error["errorType"] == "ACCESS_DENIED_EXCEPTION":
            activity.status = "SKIPPED_NO_ACCESS"
        return activity, arn
    asset = asset_of(domain, arn)
    if asset is not None and not _may_update(domain, source, asset):
        activity.status = "SKIPPED_ALREADY_IMPORTED"
    else:
        asset, activity.status = _store(context, domain, source, table, arn=arn, asset=asset)
        if source.settings.get("publishOnImport"):
            _publish(context, domain, asset, activity)
    activity.asset_id = asset.id
    activity.updated_at = RUNTIME.now()
    return activity, arn


def _publish(context: Context, domain: Domain, asset: Asset, activity: Activity) -> None:
    fault = fault_in("PublishAsset")
    if fault is None:
        publish(context.as_system(), domain, asset)
    else:
        activity.status = "PUBLISHING_FAILED"
        activity.error = run_error(fault)


def _may_update(domain: Domain, source: DataSource, asset: Asset) -> bool:
    """Tell whether the asset is the data source's own, or one whose data source is gone."""
    if asset.project_id != source.project_id or asset.data_source_id is None:
        return False
    return asset.data_source_id == source.id or asset.data_source_id not in domain.data_sources


def _store(
    context: Context,
    domain: Domain,
    source: DataSource,
    table: Mapping[str, Any],
    *,
    arn: str,
    asset: Asset | None,
) -> tuple[Asset, str]:
    """Make an asset, or a revision if anything changed; say which."""
    catalog = context.catalog
    forms = glue_table_forms(table, source, arn=arn, region=catalog.region, account=catalog.account_id)
    description = table.get("Description")
    newest = asset.newest if asset else None
    if asset and newest and (newest.forms, newest.description) == (forms, description):
        return asset, "UNCHANGED"
    revision = AssetRevision(
        number=newest.number + 1 if newest else 1,
        name=table["Name"],
        description=description,
        glossary_terms=newest.glossary_terms if newest else (),
        forms=forms,
        created_at=RUNTIME.now(),
        created_by=SYSTEM_PRINCIPAL,
    )
    if asset is not None:
        asset.data_source_id = source.id
        add_revision(context.as_system(), domain, asset, revision)
        return asset, "SUCCEEDED_UPDATED"
    kind = asset_type("amazon.datazone.GlueTableAssetType")
    asset = Asset(
        id=RUNTIME.new_id(),
        project_id=source.project_id,
        type_identifier=kind.name,
        type_revision=kind.revision,
        external_identifier=arn,
        revisions=[revision],
        data_source_id=source.id,
    )
    shelve(context.as_system(), domain, asset)
    return asset, "SUCCEEDED_CREATED"
