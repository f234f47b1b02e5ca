"""Asset types, form types and lineage node types, as the API shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.assumptions import SYSTEM_PRINCIPAL
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.custom_types import (
    asset_type,
    form_type,
    show_uses,
)
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ResourceNotFoundError
from airflow_lineage_provider.local_aws.services.datazone.filters import contains_text, matches
from airflow_lineage_provider.local_aws.services.datazone.form_types import (
    ASSET_TYPES,
    FORM_TYPES,
    LINEAGE_NODE_TYPES,
    AssetType,
    FormType,
    LineageNodeType,
)
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request

__all__ = ["OPERATIONS"]

_AnyType = AssetType | FormType | LineageNodeType
_OWNER = "amazon_datazone"


def search_types(context: Context, request: Request) -> Reply:
    """Search the types of the system (``managed``), or those that projects made."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("SearchTypes", request)
    member, types, describe = _SCOPES[request["searchScope"]]
    text = request.get("searchText", "")
    found = sorted(
        (
            each
            for each in types(domain, managed=request["managed"])
            if contains_text(text, [each.name, each.description])
            and matches(request.get("filters"), _attributes_of(each))
        ),
        key=_by_name,
    )
    order = (request.get("sort") or {}).get("order")
    cut = page.cut(found, _by_name, descending=order == "DESCENDING")
    items = [{member: describe(domain, each)} for each in cut.items]
    return {**cut.reply("items", items), "totalMatchCount": len(found)}


def get_form_type(context: Context, request: Request) -> Reply:
    """Describe a form type with its Smithy model."""
    domain = context.domain(request["domainIdentifier"])
    kind = form_type(domain, request["formTypeIdentifier"])
    _check_revision(kind, request)
    return _form_type(domain, kind)


def get_asset_type(context: Context, request: Request) -> Reply:
    """Describe an asset type with the forms its assets carry."""
    domain = context.domain(request["domainIdentifier"])
    kind = asset_type(domain, request["identifier"])
    _check_revision(kind, request)
    return _asset_type(domain, kind)


def _check_revision(kind: AssetType | FormType, request: Request) -> None:
    wanted = request.get("revision")
    if wanted not in (None, kind.revision):
        raise ResourceNotFoundError(f"{kind.name} has no revision {wanted}")


def _attributes_of(kind: _AnyType) -> Callable[[str], Iterable[str | int]]:
    known = {"name": kind.name, "description": kind.description, "revision": kind.revision}
    return lambda name: [known[name]]


def _by_name(kind: _AnyType) -> Key:
    return (kind.name,)


def _form_types(domain: Domain, *, managed: bool) -> Iterable[FormType]:
    return FORM_TYPES.values() if managed else (each.kind for each in domain.types.forms.values())


def _asset_types(domain: Domain, *, managed: bool) -> Iterable[AssetType]:
    return ASSET_TYPES.values() if managed else (each.kind for each in domain.types.assets.values())


def _node_types(_: Domain, *, managed: bool) -> Iterable[LineageNodeType]:
    return LINEAGE_NODE_TYPES if managed else ()


def _form_type(domain: Domain, kind: FormType) -> Reply:
    custom = domain.types.forms.get(kind.name)
    return {
        "domainId": domain.id,
        "name": kind.name,
        "revision": kind.revision,
        "description": kind.description or None,
        "model": {"smithy": kind.smithy},
        "status": custom.status if custom else "ENABLED",
        **_origin(domain, custom.project_id if custom else None),
        "createdAt": custom.stamp.created_at if custom else domain.created_at,
        "createdBy": custom.stamp.created_by if custom else SYSTEM_PRINCIPAL,
    }


def _asset_type(domain: Domain, kind: AssetType) -> Reply:
    custom = domain.types.assets.get(kind.name)
    return {
        "domainId": domain.id,
        "name": kind.name,
        "revision": kind.revision,
        "description": kind.description or None,
        "formsOutput": show_uses(kind),
        **_origin(domain, custom.project_id if custom else None),
        "createdAt": custom.stamp.created_at if custom else domain.created_at,
        "createdBy": custom.stamp.created_by if custom else SYSTEM_PRINCIPAL,
    }


def _lineage_node_type(domain: Domain, kind: LineageNodeType) -> Reply:
    return {
        "domainId": domain.id,
        "name": kind.name,
        "revision": kind.revision,
        "description": kind.description,
        "formsOutput": show_uses(kind),
        "createdAt": domain.created_at,
        "createdBy": SYSTEM_PRINCIPAL,
    }


def _origin(domain: Domain, project_id: str | None) -> Reply:
    if project_id is None:
        return {"owningProjectId": _OWNER}
    return {"owningProjectId": project_id, "originDomainId": domain.id, "originProjectId": project_id}


_SCOPES: dict[str, tuple[str, Callable[..., Iterable[Any]], Callable[[Domain, Any], Reply]]] = {
    "ASSET_TYPE": ("assetTypeItem", _asset_types, _asset_type),
    "FORM_TYPE": ("formTypeItem", _form_types, _form_type),
    "LINEAGE_NODE_TYPE": ("lineageNodeTypeItem", _node_types, _lineage_node_type),
}

OPERATIONS: dict[str, Operation] = {
    "SearchTypes": search_types,
    "GetFormType": get_form_type,
    "GetAssetType": get_asset_type,
}
