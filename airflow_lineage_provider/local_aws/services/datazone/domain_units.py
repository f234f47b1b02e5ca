"""
Domain units: the tree that projects stand in.

A unit is deleted when nothing is left in it. Owners and policies of units are left out: there is no
authorization inside the catalog.
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.announcements import Entity, announce
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ConflictError, ValidationError
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, DomainUnit, Reply, Request

__all__ = ["OPERATIONS", "add_root_unit"]

_LARGEST_PAGE = 25


def add_root_unit(context: Context, domain: Domain) -> None:
    """Give a new domain the unit that everything is in; it is called like the domain."""
    stamp = Stamp.of(context.principal)
    domain.units[domain.root_unit_id] = DomainUnit(domain.root_unit_id, domain.name, None, None, stamp)


def create_domain_unit(context: Context, request: Request) -> Reply:
    """Make a unit below another."""
    domain = context.domain(request["domainIdentifier"])
    identifier = domain.tokens.once("CreateDomainUnit", request, lambda: _add(context, domain, request))
    unit = domain.units[context.domain_unit(domain, identifier)]
    return {
        **_described(domain, unit),
        "ancestorDomainUnitIds": _ancestors(domain, unit),
        "createdAt": unit.stamp.created_at,
        "createdBy": unit.stamp.created_by,
    }


def _add(context: Context, domain: Domain, request: Request) -> str:
    parent = context.domain_unit(domain, request["parentDomainUnitIdentifier"])
    _require_free(domain, parent, request["name"])
    unit = DomainUnit(
        RUNTIME.new_id(f"domain-unit/{domain.id}/{parent}/{request['name']}"),
        request["name"],
        parent,
        request.get("description"),
        Stamp.of(context.principal),
    )
    domain.units[unit.id] = unit
    _tell(context, domain, unit, "Domain Unit Created")
    return unit.id


def get_domain_unit(context: Context, request: Request) -> Reply:
    """Describe a unit."""
    domain = context.domain(request["domainIdentifier"])
    return _stamped(domain, domain.units[context.domain_unit(domain, request["identifier"])])


def list_domain_units_for_parent(context: Context, request: Request) -> Reply:
    """List the units directly below another, by name."""
    domain = context.domain(request["domainIdentifier"])
    parent = context.domain_unit(domain, request["parentDomainUnitIdentifier"])
    page = PageRequest.of("ListDomainUnitsForParent", request, size=_LARGEST_PAGE)
    found = sorted((each for each in domain.units.values() if each.parent_id == parent), key=_by_name)
    cut = page.cut(found, _by_name)
    return cut.reply("items", [{"id": each.id, "name": each.name} for each in cut.items])


def update_domain_unit(context: Context, request: Request) -> Reply:
    """Change a unit's name or description."""
    domain = context.domain(request["domainIdentifier"])
    unit = domain.units[context.domain_unit(domain, request["identifier"])]
    name = request.get("name", unit.name)
    if name != unit.name and unit.parent_id is not None:
        _require_free(domain, unit.parent_id, name)
    unit.name, unit.description = name, request.get("description", unit.description)
    unit.stamp.touch(context.principal)
    _tell(context, domain, unit, "Domain Unit Updated")
    return _stamped(domain, unit)


def delete_domain_unit(context: Context, request: Request) -> Reply:
    """Delete a unit with nothing in it."""
    domain = context.domain(request["domainIdentifier"])
    unit = domain.units[context.domain_unit(domain, request["identifier"])]
    if unit.parent_id is None:
        raise ValidationError(f"Domain unit {unit.id} is the root of domain {domain.id}")
    inside = [each.id for each in domain.units.values() if each.parent_id == unit.id]
    inside += [each.id for each in domain.projects.values() if each.unit_id == unit.id]
    if inside:
        raise ConflictError(f"Domain unit {unit.id} is not empty: {', '.join(inside)}")
    del domain.units[unit.id]
    _tell(context, domain, unit, "Domain Unit Deleted")
    return {}


def _require_free(domain: Domain, parent_id: str, name: str) -> None:
    if any((each.parent_id, each.name) == (parent_id, name) for each in domain.units.values()):
        raise ConflictError(f"Domain unit with name {name} already exists in domain unit {parent_id}")


def _ancestors(domain: Domain, unit: DomainUnit) -> list[str]:
    """Return the ids of the units above a unit, the nearest first."""
    found = []
    parent = unit.parent_id
    while parent is not None:
        found.append(parent)
        parent = domain.units[parent].parent_id
    return found


def _by_name(unit: DomainUnit) -> Key:
    return unit.name, unit.id


def _tell(context: Context, domain: Domain, unit: DomainUnit, what: str) -> None:
    announce(context, domain, what, Entity("DomainUnitEntityType", unit.id, None), {"name": unit.name})


def _described(domain: Domain, unit: DomainUnit) -> Reply:
    return {
        "id": unit.id,
        "domainId": domain.id,
        "name": unit.name,
        "parentDomainUnitId": unit.parent_id,
        "description": unit.description,
        "owners": [],
    }


def _stamped(domain: Domain, unit: DomainUnit) -> Reply:
    return {
        **_described(domain, unit),
        "createdAt": unit.stamp.created_at,
        "createdBy": unit.stamp.created_by,
        "lastUpdatedAt": unit.stamp.updated_at,
        "lastUpdatedBy": unit.stamp.updated_by or unit.stamp.created_by,
    }


OPERATIONS: dict[str, Operation] = {
    "CreateDomainUnit": create_domain_unit,
    "GetDomainUnit": get_domain_unit,
    "ListDomainUnitsForParent": list_domain_units_for_parent,
    "UpdateDomainUnit": update_domain_unit,
    "DeleteDomainUnit": delete_domain_unit,
}
