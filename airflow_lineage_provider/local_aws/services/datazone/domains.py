"""Domains: the outermost container of a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.assumptions import (
    DEFAULT_DOMAIN_VERSION,
    settling_seconds,
)
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.domain_units import add_root_unit
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.profiles import add_default_profile
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request

__all__ = ["OPERATIONS"]

_KEPT = ("description", "singleSignOn", "domainExecutionRole", "kmsKeyIdentifier", "serviceRole")
_UPDATED = ("description", "singleSignOn", "domainExecutionRole", "serviceRole")
_LARGEST_PAGE = 25


def create_domain(context: Context, request: Request) -> Reply:
    """Make a domain; it is AVAILABLE at once and has the project profile "SQL analytics"."""
    identifier = context.catalog.tokens.once("CreateDomain", request, lambda: _add(context, request).id)
    return {"id": identifier, **_reply(context, context.domain(identifier))}


def _add(context: Context, request: Request) -> Domain:
    catalog = context.catalog
    version = request.get("domainVersion", DEFAULT_DOMAIN_VERSION)
    separator = "-" if version == "V2" else "_"
    identifier = f"dzd{separator}{RUNTIME.new_id('domain/' + request['name'])}"
    now = RUNTIME.now()
    settings = {name: request[name] for name in _KEPT if name in request}
    settings.setdefault(
        "domainExecutionRole",
        f"arn:{catalog.partition}:iam::{catalog.account_id}:role/service-role/AmazonSageMakerDomainExecution",
    )
    domain = Domain(
        id=identifier,
        name=request["name"],
        arn=f"arn:{catalog.partition}:datazone:{catalog.region}:{catalog.account_id}:domain/{identifier}",
        version=version,
        root_unit_id=RUNTIME.new_id(),
        settings=settings,
        tags=dict(request.get("tags", {})),
        created_at=now,
        updated_at=now,
        created_by=context.principal,
    )
    add_root_unit(context, domain)
    add_default_profile(context, domain)
    catalog.domains[identifier] = domain
    return domain


def get_domain(context: Context, request: Request) -> Reply:
    """Describe a domain."""
    domain = context.domain(request["identifier"])
    reply = {
        "id": domain.id,
        "createdAt": domain.created_at,
        "lastUpdatedAt": domain.updated_at,
        **_reply(context, domain),
    }
    if domain.status == "DELETING":
        reply["deleteProgress"] = {"successfullyDeletedProjectCount": 0}
    return reply


def list_domains(context: Context, request: Request) -> Reply:
    """List domains, oldest first."""
    page = PageRequest.of("ListDomains", request, size=_LARGEST_PAGE)
    status = request.get("status")
    domains = sorted(
        (each for each in context.catalog.domains.values() if status in (None, each.status)), key=_age
    )
    cut = page.cut(domains, _age)
    return cut.reply("items", [_summary(context, domain) for domain in cut.items])


def update_domain(context: Context, request: Request) -> Reply:
    """Change a domain's name, description, roles or single sign-on."""
    domain = context.domain(request["identifier"])

    def change() -> str:
        domain.name = request.get("name", domain.name)
        domain.settings.update({name: request[name] for name in _UPDATED if name in request})
        domain.updated_at = RUNTIME.now()
        return domain.id

    domain.tokens.once("UpdateDomain", request, change)
    return {
        "id": domain.id,
        "rootDomainUnitId": domain.root_unit_id,
        "name": domain.name,
        "lastUpdatedAt": domain.updated_at,
        **{name: domain.settings[name] for name in _UPDATED if name in domain.settings},
    }


def delete_domain(context: Context, request: Request) -> Reply:
    """Delete a domain; one with projects only if the request says so."""
    context.catalog.tokens.once("DeleteDomain", request, lambda: _delete(context, request))
    return {"status": "DELETING"}


def _delete(context: Context, request: Request) -> str:
    domain = context.domain(request["identifier"])
    skips, cascades = request.get("skipDeletionCheck", False), request.get("cascadeDelete", False)
    if skips and cascades:
        raise ValidationError("skipDeletionCheck and cascadeDelete can't be used together.")
    if domain.projects and not (skips or cascades):
        raise ConflictError(
            f"Domain {domain.id} has {len(domain.projects)} project(s). "
            "Delete them first, or use cascadeDelete."
        )
    domain.status = "DELETING"

    def remove() -> None:
        context.catalog.domains.pop(domain.id, None)

    context.catalog.timeline.after(settling_seconds(), remove)
    return domain.id


def list_tags_for_resource(context: Context, request: Request) -> Reply:
    """Return the tags of a domain."""
    return {"tags": dict(_tagged(context, request).tags)}


def tag_resource(context: Context, request: Request) -> Reply:
    """Add tags to a domain."""
    _tagged(context, request).tags.update(request["tags"])
    return {}


def untag_resource(context: Context, request: Request) -> Reply:
    """Remove tags from a domain; unknown keys are passed over."""
    tags = _tagged(context, request).tags
    for key in request["tagKeys"]:
        tags.pop(key, None)
    return {}


def _tagged(context: Context, request: Request) -> Domain:
    arn = request["resourceArn"]
    domain = context.catalog.domains.get(arn.rpartition("/")[2])
    if domain is None or domain.arn != arn:
        raise ResourceNotFoundError(f"Resource {arn} does not exist")
    return domain


def _age(domain: Domain) -> Key:
    return domain.created_at.isoformat(), domain.id


def _portal(context: Context, domain: Domain) -> str:
    product = "sagemaker" if domain.version == "V2" else "datazone"
    return f"https://{domain.id}.{product}.{context.catalog.region}.on.aws"


def _reply(context: Context, domain: Domain) -> Mapping[str, Any]:
    return {
        "rootDomainUnitId": domain.root_unit_id,
        "name": domain.name,
        "arn": domain.arn,
        "status": domain.status,
        "portalUrl": _portal(context, domain),
        "tags": dict(domain.tags) or None,
        "domainVersion": domain.version,
        **domain.settings,
    }


def _summary(context: Context, domain: Domain) -> Reply:
    return {
        "id": domain.id,
        "name": domain.name,
        "description": domain.settings.get("description"),
        "arn": domain.arn,
        "managedAccountId": context.catalog.account_id,
        "status": domain.status,
        "portalUrl": _portal(context, domain),
        "createdAt": domain.created_at,
        "lastUpdatedAt": domain.updated_at,
        "domainVersion": domain.version,
    }


OPERATIONS: dict[str, Operation] = {
    "CreateDomain": create_domain,
    "GetDomain": get_domain,
    "ListDomains": list_domains,
    "UpdateDomain": update_domain,
    "DeleteDomain": delete_domain,
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}
