"""
Asset filters: which columns, or which rows, of an asset a subscriber sees.

A filter that names a column the asset does not have is INVALID. Filters are kept, attached to subscriptions
and shown with grants; no query runs here that they could restrict.

.. seealso:: Amazon DataZone user guide, *Fine-grained access control to data*
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.assets import existing_asset
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.local_aws.services.datazone.form_contents import content_of
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Asset,
    AssetFilter,
    Domain,
    Reply,
    Request,
)

__all__ = ["OPERATIONS", "row_condition"]

_OPERATORS = {
    "equalTo": "=",
    "notEqualTo": "<>",
    "greaterThan": ">",
    "lessThan": "<",
    "greaterThanOrEqualTo": ">=",
    "lessThanOrEqualTo": "<=",
    "isNull": "IS NULL",
    "isNotNull": "IS NOT NULL",
    "in": "IN",
    "notIn": "NOT IN",
    "like": "LIKE",
    "notLike": "NOT LIKE",
}


def create_asset_filter(context: Context, request: Request) -> Reply:
    """Make a filter."""
    domain = context.domain(request["domainIdentifier"])
    asset = existing_asset(domain, request["assetIdentifier"])

    def add() -> str:
        _require_free(domain, asset, request["name"])
        made = AssetFilter(
            RUNTIME.new_id(),
            asset.id,
            request["name"],
            request.get("description"),
            request["configuration"],
            RUNTIME.now(),
        )
        domain.asset_filters.setdefault(asset.id, {})[made.id] = made
        return made.id

    identifier = domain.tokens.once("CreateAssetFilter", request, add)
    return _reply(domain, asset, _filter(domain, asset, identifier))


def get_asset_filter(context: Context, request: Request) -> Reply:
    """Describe a filter."""
    domain = context.domain(request["domainIdentifier"])
    asset = existing_asset(domain, request["assetIdentifier"])
    return _reply(domain, asset, _filter(domain, asset, request["identifier"]))


def list_asset_filters(context: Context, request: Request) -> Reply:
    """List the filters of an asset by name."""
    domain = context.domain(request["domainIdentifier"])
    asset = existing_asset(domain, request["assetIdentifier"])
    page = PageRequest.of("ListAssetFilters", request)
    described = [_reply(domain, asset, each) for each in domain.asset_filters.get(asset.id, {}).values()]
    found = [each for each in described if request.get("status") in (None, each["status"])]
    cut = page.cut(sorted(found, key=_by_name), _by_name)
    items = [{name: value for name, value in each.items() if name != "configuration"} for each in cut.items]
    return cut.reply("items", items)


def update_asset_filter(context: Context, request: Request) -> Reply:
    """Change a filter."""
    domain = context.domain(request["domainIdentifier"])
    asset = existing_asset(domain, request["assetIdentifier"])
    changed = _filter(domain, asset, request["identifier"])
    if request.get("name", changed.name) != changed.name:
        _require_free(domain, asset, request["name"])
    changed.name = request.get("name", changed.name)
    changed.description = request.get("description", changed.description)
    changed.configuration = request.get("configuration", changed.configuration)
    return _reply(domain, asset, changed)


def delete_asset_filter(context: Context, request: Request) -> Reply:
    """Delete a filter that no subscription in force uses."""
    domain = context.domain(request["domainIdentifier"])
    asset = existing_asset(domain, request["assetIdentifier"])
    found = _filter(domain, asset, request["identifier"])
    for each in domain.subscriptions.subscriptions.values():
        if each.status == "APPROVED" and found.id in each.filter_ids.get(asset.id, ()):
            raise ConflictError(f"Asset filter {found.id} is used by subscription {each.id}")
    del domain.asset_filters[asset.id][found.id]
    return {}


def row_condition(row_filter: Mapping[str, Any]) -> str:
    """
    Return a row filter as the condition of a query.

    :param row_filter: A ``RowFilter``.
    """
    for name, word in (("and", " AND "), ("or", " OR ")):
        if row_filter.get(name) is not None:
            return "(" + word.join(row_condition(each) for each in row_filter[name]) + ")"
    ((operator, operand),) = (
        (name, value) for name, value in row_filter["expression"].items() if value is not None
    )
    column = f'"{operand["columnName"]}" {_OPERATORS[operator]}'
    if "values" in operand:
        return f"{column} ({', '.join(_quoted(each) for each in operand['values'])})"
    return f"{column} {_quoted(operand['value'])}" if "value" in operand else column


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _filtered_columns(row_filter: Mapping[str, Any]) -> Iterator[str]:
    for name in ("and", "or"):
        for each in row_filter.get(name) or ():
            yield from _filtered_columns(each)
    for operand in (row_filter.get("expression") or {}).values():
        if operand is not None:
            yield operand["columnName"]


def _filter(domain: Domain, asset: Asset, identifier: str) -> AssetFilter:
    found = domain.asset_filters.get(asset.id, {}).get(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Asset filter {identifier} does not exist for asset {asset.id}")
    return found


def _require_free(domain: Domain, asset: Asset, name: str) -> None:
    if any(each.name == name for each in domain.asset_filters.get(asset.id, {}).values()):
        raise ConflictError(f"Asset filter with name {name} already exists for asset {asset.id}")


def _by_name(described: Reply) -> Key:
    return described["name"], described["id"]


def _reply(domain: Domain, asset: Asset, found: AssetFilter) -> Reply:
    columns = [
        each.get("columnName") for each in content_of(asset.newest.forms, "GlueTableForm").get("columns", [])
    ]
    by_column = found.configuration.get("columnConfiguration")
    by_row = found.configuration.get("rowConfiguration")
    named = list(by_column.get("includedColumnNames", [])) if by_column else []
    if by_row:
        named = list(_filtered_columns(by_row["rowFilter"]))
    unknown = [each for each in named if each not in columns]
    return {
        "id": found.id,
        "domainId": domain.id,
        "assetId": asset.id,
        "name": found.name,
        "description": found.description,
        "status": "INVALID" if unknown else "VALID",
        "errorMessage": f"Asset {asset.id} has no column {', '.join(unknown)}" if unknown else None,
        "configuration": found.configuration,
        "createdAt": found.created_at,
        "effectiveColumnNames": [each for each in named if each in columns] if by_column else columns,
        "effectiveRowFilter": row_condition(by_row["rowFilter"]) if by_row else None,
    }


OPERATIONS: dict[str, Operation] = {
    "CreateAssetFilter": create_asset_filter,
    "GetAssetFilter": get_asset_filter,
    "ListAssetFilters": list_asset_filters,
    "UpdateAssetFilter": update_asset_filter,
    "DeleteAssetFilter": delete_asset_filter,
}
