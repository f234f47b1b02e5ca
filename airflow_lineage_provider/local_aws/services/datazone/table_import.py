"""Bring Glue tables into the inventory: one activity and at most one asset revision for each table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.lineage import glue_table_arn
from airflow_lineage_provider.local_aws.enforcement.lake_formation import LakeFormation
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.asset_store import add_revision, asset_of, shelve
from airflow_lineage_provider.local_aws.services.datazone.assumptions import SYSTEM_PRINCIPAL
from airflow_lineage_provider.local_aws.services.datazone.context import Context
from airflow_lineage_provider.local_aws.services.datazone.custom_types import asset_type
from airflow_lineage_provider.local_aws.services.datazone.exceptions import QuotaExceededError
from airflow_lineage_provider.local_aws.services.datazone.existing_sources import (
    federated_catalog,
    glue_configuration,
)
from airflow_lineage_provider.local_aws.services.datazone.glue_forms import glue_table_forms, merged
from airflow_lineage_provider.local_aws.services.datazone.publishing import publish
from airflow_lineage_provider.local_aws.services.datazone.quotas import require_room_for_asset
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
_FAULTS = {"AccessDeniedException": "SKIPPED_NO_ACCESS", "AssetArchived": "SKIPPED_ARCHIVED"}
_STATISTICS = ("added", "updated", "unchanged", "skipped", "failed")


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
            imported.append(ImportedTable(_as_reported(source, table, context), arn, activity))
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


def _as_reported(source: DataSource, table: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Return a table the way lineage names it: in a federated catalog the database carries its name."""
    federated = federated_catalog(source, context.catalog.account_id)
    if federated is None:
        return table
    return {**table, "DatabaseName": f"{federated}/{table['DatabaseName']}"}


def _status(run: DataSourceRun, missing: list[str]) -> str:
    failed = sum(_STATISTIC[each.status] == "failed" for each in run.activities)
    if not failed and not missing:
        return "SUCCESS"
    return "PARTIALLY_SUCCEEDED" if len(run.activities) > failed else "FAILED"


def _tables(context: Context, source: DataSource, missing: list[str]) -> Iterator[dict[str, Any]]:
    """Yield each selected table once, resource links left out; note the databases that do not exist."""
    catalog = context.catalog
    federated = federated_catalog(source, catalog.account_id)
    seen: set[tuple[str, str]] = set()
    for each in glue_configuration(source)["relationalFilterConfigurations"]:
        database = each["databaseName"]
        try:
            tables = reading.list_tables(catalog.account_id, catalog.region, database, catalog=federated)
        except KeyError:
            missing.append(database if federated is None else f"{federated}/{database}")
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
    now = RUNTIME.now()
    arn = _arn(context, source, table)
    activity = Activity(
        database=table["DatabaseName"],
        table=table["Name"],
        status="FAILED",
        created_at=now,
        updated_at=now,
        description=table.get("Description"),
    )
    asset = asset_of(domain, arn)
    is_new = asset is None
    hindrance = _hindrance(context, domain, source, table, is_new=is_new)
    if hindrance is not None:
        activity.status, activity.error = hindrance
    elif asset is not None and not _may_update(domain, source, asset):
        activity.status = "SKIPPED_ALREADY_IMPORTED"
    else:
        asset, activity.status = _store(context, domain, source, table, arn=arn, asset=asset)
        if source.settings.get("publishOnImport"):
            _publish(context, domain, asset, activity)
    if asset is not None and (hindrance is None or activity.status == "SKIPPED_ARCHIVED"):
        activity.asset_id = asset.id
    activity.updated_at = RUNTIME.now()
    return activity, arn


def _arn(context: Context, source: DataSource, table: Mapping[str, Any]) -> str:
    """Return the table's ARN, in a federated catalog with the catalog in front of the database."""
    catalog = context.catalog
    federated = federated_catalog(source, catalog.account_id)
    database = table["DatabaseName"]
    return glue_table_arn(
        database if federated is None else f"{federated}/{database}",
        table["Name"],
        region=catalog.region,
        account=catalog.account_id,
        partition=catalog.partition,
    )


def _hindrance(
    context: Context, domain: Domain, source: DataSource, table: Mapping[str, Any], *, is_new: bool
) -> tuple[str, dict[str, str] | None] | None:
    """Return the status and the error of a table that cannot be imported, ``None`` if it can."""
    fault = fault_in("ImportTable")
    if fault is not None:
        error = run_error(fault)
        return _FAULTS.get(fault.error_code or "", "FAILED"), error
    name = f"{table['DatabaseName']}.{table['Name']}"
    if "StorageDescriptor" not in table:
        detail = f"Table {name} has no storage descriptor"
        return "FAILED", {"errorType": "VALIDATION_EXCEPTION", "errorDetail": detail}
    if not _may_read(context, domain, source, table):
        detail = f"The data access role has no Lake Formation permission to describe table {name}"
        return "SKIPPED_NO_ACCESS", {"errorType": "ACCESS_DENIED_EXCEPTION", "errorDetail": detail}
    if is_new:
        try:
            require_room_for_asset(domain)
        except QuotaExceededError as error:
            return "FAILED", {
                "errorType": "SERVICE_QUOTA_EXCEEDED_EXCEPTION",
                "errorDetail": error.message,
            }
    return None


def _may_read(context: Context, domain: Domain, source: DataSource, table: Mapping[str, Any]) -> bool:
    """Tell whether the project's role may see a table; where rights are not enforced it may."""
    if not RUNTIME.settings.enforce:
        return True
    catalog = context.catalog
    project = domain.projects[source.project_id]
    given = glue_configuration(source).get("dataAccessRole")
    role = given or catalog.user_role(project.id, project.environment_id)
    return LakeFormation(catalog.account_id, catalog.region).allows(
        role, "DESCRIBE", database=table["DatabaseName"], table=table["Name"]
    )


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
    found = glue_table_forms(
        domain,
        table,
        source,
        arn=arn,
        region=catalog.region,
        catalog_id=federated_catalog(source, catalog.account_id) or catalog.account_id,
    )
    newest = asset.newest if asset else None
    forms = found if newest is None else merged(newest.forms, found)
    description = table.get("Description") or (newest.description if newest else None)
    if asset and newest and (newest.forms, newest.description) == (forms, description):
        return asset, "UNCHANGED"
    revision = AssetRevision(
        number=newest.number + 1 if newest else 1,
        name=newest.name if newest else table["Name"],
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
    kind = asset_type(domain, "amazon.datazone.GlueTableAssetType")
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
