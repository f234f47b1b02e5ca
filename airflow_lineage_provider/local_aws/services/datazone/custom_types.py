"""
Form types and asset types, those of the system and those that projects make.

The rules are those AWS documents: names are unique, and a type in use is not deleted. A type keeps revision
1, for no operation changes one.

.. seealso:: DataZone API reference, CreateFormType, CreateAssetType, DeleteFormType, DeleteAssetType
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.form_types import (
    ASSET_TYPES,
    FORM_TYPES,
    AssetType,
    FormType,
    FormUse,
    LineageNodeType,
)
from airflow_lineage_provider.local_aws.services.datazone.quotas import require_room_for_asset_type
from airflow_lineage_provider.local_aws.services.datazone.smithy_models import parse_model
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request
from airflow_lineage_provider.local_aws.services.datazone.type_records import (
    CustomAssetType,
    CustomFormType,
)

__all__ = ["OPERATIONS", "asset_type", "form_type", "show_uses"]

_FIRST = "1"
_RESERVED = "amazon.datazone."


def form_type(domain: Domain, identifier: str) -> FormType:
    """
    Return a form type.

    :raises ResourceNotFoundError: If there is none of this name.
    """
    custom = domain.types.forms.get(identifier)
    found = FORM_TYPES.get(identifier) if custom is None else custom.kind
    if found is None:
        raise ResourceNotFoundError(f"Form type {identifier} does not exist")
    return found


def asset_type(domain: Domain, identifier: str) -> AssetType:
    """
    Return an asset type.

    :raises ResourceNotFoundError: If there is none of this name.
    """
    custom = domain.types.assets.get(identifier)
    found = ASSET_TYPES.get(identifier) if custom is None else custom.kind
    if found is None:
        raise ResourceNotFoundError(f"Asset type {identifier} does not exist")
    return found


def create_form_type(context: Context, request: Request) -> Reply:
    """Make a form type of a Smithy model."""
    domain = context.domain(request["domainIdentifier"])
    name, text = request["name"], request["model"]["smithy"]
    model = parse_model(name, text)
    project = context.project(domain, request["owningProjectIdentifier"])
    _require_free(name, taken=name in domain.types.forms, what="Form type")
    kind = FormType(
        name, _FIRST, request.get("description") or "", model.members, required=model.required, model=text
    )
    made = CustomFormType(kind, project.id, request.get("status", "ENABLED"), Stamp.of(context.principal))
    domain.types.forms[name] = made
    return {
        "domainId": domain.id,
        "name": name,
        "revision": kind.revision,
        "description": request.get("description"),
        **_origin(domain, made),
    }


def create_asset_type(context: Context, request: Request) -> Reply:
    """Make an asset type of forms."""
    domain = context.domain(request["domainIdentifier"])
    project = context.project(domain, request["owningProjectIdentifier"])
    name = request["name"]
    _require_free(name, taken=name in domain.types.assets, what="Asset type")
    require_room_for_asset_type(domain, len(domain.types.assets))
    uses = []
    for form_name, given in request["formsInput"].items():
        of = form_type(domain, given["typeIdentifier"])
        if given["typeRevision"] != of.revision:
            raise ValidationError(
                f"Form {form_name}: {of.name} has revision {of.revision}, not {given['typeRevision']}"
            )
        uses.append(FormUse(form_name, of, required=given.get("required", False)))
    kind = AssetType(name, _FIRST, request.get("description") or "", tuple(uses))
    made = CustomAssetType(kind, project.id, Stamp.of(context.principal))
    domain.types.assets[name] = made
    return {
        "domainId": domain.id,
        "name": name,
        "revision": kind.revision,
        "description": request.get("description"),
        "formsOutput": show_uses(kind),
        **_origin(domain, made),
        **made.stamp.members(),
    }


def delete_form_type(context: Context, request: Request) -> Reply:
    """Delete a form type that no asset type and no asset uses."""
    domain = context.domain(request["domainIdentifier"])
    name = request["formTypeIdentifier"]
    _require_custom(name, known=name in domain.types.forms, is_system=name in FORM_TYPES, what="Form type")
    users = [
        each.kind.name
        for each in domain.types.assets.values()
        if any(use.form_type.name == name for use in each.kind.forms)
    ]
    users += [
        each.id
        for each in domain.assets.by_id.values()
        if any(form.type_name == name for form in each.newest.forms)
    ]
    _require_unused(name, users, "Form type")
    del domain.types.forms[name]
    return {}


def delete_asset_type(context: Context, request: Request) -> Reply:
    """Delete an asset type that no asset is of."""
    domain = context.domain(request["domainIdentifier"])
    name = request["identifier"]
    _require_custom(name, known=name in domain.types.assets, is_system=name in ASSET_TYPES, what="Asset type")
    users = [each.id for each in domain.assets.by_id.values() if each.type_identifier == name]
    _require_unused(name, users, "Asset type")
    del domain.types.assets[name]
    return {}


def show_uses(kind: AssetType | LineageNodeType) -> dict[str, dict[str, object]]:
    """Return the forms of a type as ``FormEntryOutput``, by name."""
    return {
        use.name: {
            "typeName": use.form_type.name,
            "typeRevision": use.form_type.revision,
            "required": use.required,
        }
        for use in kind.forms
    }


def _require_free(name: str, *, taken: bool, what: str) -> None:
    if name.startswith(_RESERVED):
        raise ValidationError(f"{what} {name}: names that begin with {_RESERVED} are the service's own")
    if taken:
        raise ConflictError(f"{what} {name} already exists")


def _require_custom(name: str, *, known: bool, is_system: bool, what: str) -> None:
    if is_system:
        raise ValidationError(f"{what} {name} is managed by Amazon DataZone and cannot be deleted")
    if not known:
        raise ResourceNotFoundError(f"{what} {name} does not exist")


def _require_unused(name: str, users: list[str], what: str) -> None:
    if users:
        raise ConflictError(f"{what} {name} is in use by {', '.join(users)}")


def _origin(domain: Domain, made: CustomFormType | CustomAssetType) -> Reply:
    return {
        "owningProjectId": made.project_id,
        "originDomainId": domain.id,
        "originProjectId": made.project_id,
    }


OPERATIONS: dict[str, Operation] = {
    "CreateFormType": create_form_type,
    "CreateAssetType": create_asset_type,
    "DeleteFormType": delete_form_type,
    "DeleteAssetType": delete_asset_type,
}
