"""Assets of the inventory and their revisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.asset_store import add_revision, put_away, shelve
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.custom_types import asset_type, form_type
from airflow_lineage_provider.local_aws.services.datazone.data_points import latest_points
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.form_types import (
    AssetType,
    check_form,
)
from airflow_lineage_provider.local_aws.services.datazone.glossaries import require_terms
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.publishing import (
    remove_listing,
    require_unsubscribed,
)
from airflow_lineage_provider.local_aws.services.datazone.quotas import require_room_for_asset
from airflow_lineage_provider.local_aws.services.datazone.state import (
    Asset,
    AssetRevision,
    Domain,
    Form,
    Reply,
    Request,
)

__all__ = ["OPERATIONS", "existing_asset", "form_output", "read_forms"]


def create_asset(context: Context, request: Request) -> Reply:
    """Make an asset by hand."""
    domain = context.domain(request["domainIdentifier"])
    identifier = domain.tokens.once("CreateAsset", request, lambda: _add(context, domain, request).id)
    return _reply(domain, existing_asset(domain, identifier))


def _add(context: Context, domain: Domain, request: Request) -> Asset:
    project = context.project(domain, request["owningProjectIdentifier"])
    kind = asset_type(domain, request["typeIdentifier"])
    _check_type_revision(kind, request)
    require_room_for_asset(domain)
    external = request.get("externalIdentifier")
    if external in domain.assets.by_external:
        raise ConflictError(f"Asset with externalIdentifier {external} already exists")
    forms = read_forms(domain, request.get("formsInput", []), kind=kind)
    _check_required(kind, forms)
    require_terms(domain, request.get("glossaryTerms", ()))
    asset = Asset(
        id=RUNTIME.new_id(),
        project_id=project.id,
        type_identifier=kind.name,
        type_revision=kind.revision,
        external_identifier=external,
        revisions=[_revision(context, 1, request, forms)],
    )
    shelve(context, domain, asset)
    return asset


def get_asset(context: Context, request: Request) -> Reply:
    """Describe an asset, at its newest revision or at a given one."""
    domain = context.domain(request["domainIdentifier"])
    asset = existing_asset(domain, request["identifier"])
    wanted = request.get("revision")
    for revision in asset.revisions:
        if str(revision.number) == wanted:
            return _reply(domain, asset, revision)
    if wanted is not None:
        raise ResourceNotFoundError(f"Asset {asset.id} has no revision {wanted}")
    return _reply(domain, asset)


def create_asset_revision(context: Context, request: Request) -> Reply:
    """Add a revision; forms, description and terms that are not given stay as they are."""
    domain = context.domain(request["domainIdentifier"])
    asset = existing_asset(domain, request["identifier"])

    def revise() -> str:
        kind = asset_type(domain, asset.type_identifier)
        _check_type_revision(kind, request)
        given = read_forms(domain, request.get("formsInput", []), kind=kind)
        names = {form.name for form in given}
        forms = (*(form for form in asset.newest.forms if form.name not in names), *given)
        _check_required(kind, forms)
        require_terms(domain, request.get("glossaryTerms", ()))
        before = {
            "description": asset.newest.description,
            "glossaryTerms": list(asset.newest.glossary_terms),
        }
        number = asset.newest.number + 1
        add_revision(context, domain, asset, _revision(context, number, {**before, **request}, forms))
        return str(number)

    number = int(domain.tokens.once("CreateAssetRevision", request, revise))
    return _reply(domain, asset, asset.revisions[number - 1])


def list_asset_revisions(context: Context, request: Request) -> Reply:
    """List the revisions of an asset, newest first."""
    domain = context.domain(request["domainIdentifier"])
    asset = existing_asset(domain, request["identifier"])
    cut = PageRequest.of("ListAssetRevisions", request).cut(asset.revisions, _number, descending=True)
    items = [
        {
            "domainId": domain.id,
            "id": asset.id,
            "revision": str(revision.number),
            "createdBy": revision.created_by,
            "createdAt": revision.created_at,
        }
        for revision in cut.items
    ]
    return cut.reply("items", items)


def delete_asset(context: Context, request: Request) -> Reply:
    """Delete an asset with its listing and all revisions; it leaves the lineage graph."""
    domain = context.domain(request["domainIdentifier"])
    asset = existing_asset(domain, request["identifier"])
    filters = domain.asset_filters.get(asset.id)
    if filters:
        raise ConflictError(f"Asset {asset.id} has filters: {', '.join(filters)}. Delete them first.")
    if asset.listing is not None:
        require_unsubscribed(domain, asset.listing)
        remove_listing(context, domain, asset, asset.listing)
    put_away(domain, asset)
    return {}


def read_forms(
    domain: Domain, given: Iterable[Mapping[str, Any]], *, kind: AssetType | None = None
) -> tuple[Form, ...]:
    """
    Check forms and give them their types and revisions.

    :param given: ``FormInput`` objects.
    :param kind: The asset type they are for; a form it knows need not name its type.
    :raises ValidationError: If a form does not fit its type.
    :raises ResourceNotFoundError: If there is no such form type.
    """
    known = {use.name: use.form_type for use in kind.forms} if kind else {}
    forms = []
    for each in given:
        name = each["formName"]
        if "typeIdentifier" in each:
            of = form_type(domain, each["typeIdentifier"])
        elif name in known:
            of = known[name]
        else:
            raise ValidationError(f"Form {name}: typeIdentifier is required")
        if name in known and known[name] is not of:
            raise ValidationError(f"Form {name} expected form {known[name].name} but was provided {of.name}")
        content = each.get("content", "{}")
        check_form(name, of, content, each.get("typeRevision"))
        forms.append(Form(name, of.name, of.revision, content))
    return tuple(forms)


def form_output(form: Form) -> dict[str, str]:
    """Return a form as ``FormOutput``."""
    return {
        "formName": form.name,
        "typeName": form.type_name,
        "typeRevision": form.type_revision,
        "content": form.content,
    }


def _check_required(kind: AssetType, forms: Sequence[Form]) -> None:
    present = {form.name for form in forms}
    missing = [use.name for use in kind.forms if use.required and use.name not in present]
    if missing:
        raise ValidationError("; ".join(f"$.{name}: is missing but it is required" for name in missing))


def _check_type_revision(kind: AssetType, request: Request) -> None:
    wanted = request.get("typeRevision")
    if wanted not in (None, kind.revision):
        raise ValidationError(f"Asset type {kind.name} has revision {kind.revision}, not {wanted}")


def _revision(context: Context, number: int, request: Request, forms: Sequence[Form]) -> AssetRevision:
    return AssetRevision(
        number=number,
        name=request["name"],
        description=request.get("description"),
        glossary_terms=tuple(request.get("glossaryTerms") or ()),
        forms=tuple(forms),
        created_at=RUNTIME.now(),
        created_by=context.principal,
    )


def existing_asset(domain: Domain, identifier: str) -> Asset:
    """
    Return an asset.

    :raises ResourceNotFoundError: If there is none with this id.
    """
    asset = domain.assets.by_id.get(identifier)
    if asset is None:
        raise ResourceNotFoundError("The given Asset doesn't exist. Try creating Asset before accessing it.")
    return asset


def _number(revision: AssetRevision) -> Key:
    return (revision.number,)


def _reply(domain: Domain, asset: Asset, revision: AssetRevision | None = None) -> Reply:
    revision = revision or asset.newest
    first = asset.revisions[0]
    listing = asset.listing
    return {
        "id": asset.id,
        "name": revision.name,
        "typeIdentifier": asset.type_identifier,
        "typeRevision": asset.type_revision,
        "externalIdentifier": asset.external_identifier,
        "revision": str(revision.number),
        "description": revision.description,
        "createdAt": revision.created_at,
        "createdBy": revision.created_by,
        "firstRevisionCreatedAt": first.created_at,
        "firstRevisionCreatedBy": first.created_by,
        "glossaryTerms": list(revision.glossary_terms) or None,
        "owningProjectId": asset.project_id,
        "domainId": domain.id,
        "listing": None if listing is None else {"listingId": listing.id, "listingStatus": listing.status},
        "formsOutput": [form_output(form) for form in revision.forms],
        "latestTimeSeriesDataPointFormsOutput": latest_points(domain, "ASSET", asset.id),
    }


OPERATIONS: dict[str, Operation] = {
    "CreateAsset": create_asset,
    "GetAsset": get_asset,
    "CreateAssetRevision": create_asset_revision,
    "ListAssetRevisions": list_asset_revisions,
    "DeleteAsset": delete_asset,
}
