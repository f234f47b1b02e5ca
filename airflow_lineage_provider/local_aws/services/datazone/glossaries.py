"""
Business glossaries and their terms.

The rules are those AWS documents: names are unique, a glossary is deleted when it is DISABLED and empty, a
term when nothing refers to it.

.. seealso:: DataZone API reference, DeleteGlossary, DeleteGlossaryTerm ("Prerequisites")
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.local_aws.services.datazone.glossary_records import Glossary, GlossaryTerm
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Reply, Request

__all__ = ["OPERATIONS", "detailed_terms", "glossary_item", "require_terms", "term_item"]

_TERM_SETTINGS = ("shortDescription", "longDescription", "termRelations")


def create_glossary(context: Context, request: Request) -> Reply:
    """Make a glossary."""
    domain = context.domain(request["domainIdentifier"])
    identifier = domain.tokens.once(
        "CreateGlossary", request, lambda: _add_glossary(context, domain, request)
    )
    return _glossary_reply(domain, _glossary(domain, identifier))


def _add_glossary(context: Context, domain: Domain, request: Request) -> str:
    project = context.project(domain, request["owningProjectIdentifier"])
    _require_free_glossary(domain, request["name"])
    glossary = Glossary(
        id=RUNTIME.new_id(f"glossary/{domain.id}/{request['name']}"),
        name=request["name"],
        project_id=project.id,
        description=request.get("description"),
        status=request.get("status", "ENABLED"),
        restrictions=request.get("usageRestrictions"),
        stamp=Stamp.of(context.principal),
    )
    domain.glossaries.glossaries[glossary.id] = glossary
    return glossary.id


def get_glossary(context: Context, request: Request) -> Reply:
    """Describe a glossary."""
    domain = context.domain(request["domainIdentifier"])
    return glossary_item(domain, _glossary(domain, request["identifier"]))


def update_glossary(context: Context, request: Request) -> Reply:
    """Change a glossary's name, description or status."""
    domain = context.domain(request["domainIdentifier"])
    glossary = _glossary(domain, request["identifier"])

    def change() -> str:
        if request.get("name", glossary.name) != glossary.name:
            _require_free_glossary(domain, request["name"])
        glossary.name = request.get("name", glossary.name)
        glossary.description = request.get("description", glossary.description)
        glossary.status = request.get("status", glossary.status)
        glossary.stamp.touch(context.principal)
        return glossary.id

    domain.tokens.once("UpdateGlossary", request, change)
    return _glossary_reply(domain, glossary)


def delete_glossary(context: Context, request: Request) -> Reply:
    """Delete a glossary that is DISABLED and has no terms."""
    domain = context.domain(request["domainIdentifier"])
    glossary = _glossary(domain, request["identifier"])
    terms = [each.id for each in domain.glossaries.terms.values() if each.glossary_id == glossary.id]
    if glossary.status != "DISABLED":
        raise ConflictError(
            f"Glossary {glossary.id} is {glossary.status}; only a DISABLED one can be deleted"
        )
    if terms:
        raise ConflictError(f"Glossary {glossary.id} has {len(terms)} term(s). Delete them first.")
    del domain.glossaries.glossaries[glossary.id]
    return {}


def create_glossary_term(context: Context, request: Request) -> Reply:
    """Make a term."""
    domain = context.domain(request["domainIdentifier"])
    identifier = domain.tokens.once(
        "CreateGlossaryTerm", request, lambda: _add_term(context, domain, request)
    )
    return _term_reply(domain, _term(domain, identifier))


def _add_term(context: Context, domain: Domain, request: Request) -> str:
    glossary = _glossary(domain, request["glossaryIdentifier"])
    _require_free_term(domain, glossary.id, request["name"])
    term = GlossaryTerm(
        id=RUNTIME.new_id(f"term/{glossary.id}/{request['name']}"),
        name=request["name"],
        glossary_id=glossary.id,
        status=request.get("status", "ENABLED"),
        settings={name: request[name] for name in _TERM_SETTINGS if name in request},
        stamp=Stamp.of(context.principal),
    )
    require_terms(domain, term.relations)
    domain.glossaries.terms[term.id] = term
    return term.id


def get_glossary_term(context: Context, request: Request) -> Reply:
    """Describe a term."""
    domain = context.domain(request["domainIdentifier"])
    return term_item(domain, _term(domain, request["identifier"]))


def update_glossary_term(context: Context, request: Request) -> Reply:
    """Change a term, or move it to another glossary."""
    domain = context.domain(request["domainIdentifier"])
    term = _term(domain, request["identifier"])
    glossary = _glossary(domain, request.get("glossaryIdentifier", term.glossary_id))
    name = request.get("name", term.name)
    if (glossary.id, name) != (term.glossary_id, term.name):
        _require_free_term(domain, glossary.id, name)
    settings = {**term.settings, **{key: request[key] for key in _TERM_SETTINGS if key in request}}
    require_terms(domain, GlossaryTerm("", name, glossary.id, "", settings, term.stamp).relations)
    term.name, term.glossary_id, term.settings = name, glossary.id, settings
    term.status = request.get("status", term.status)
    term.stamp.touch(context.principal)
    return _term_reply(domain, term)


def delete_glossary_term(context: Context, request: Request) -> Reply:
    """Delete a term that no asset and no other term refers to."""
    domain = context.domain(request["domainIdentifier"])
    term = _term(domain, request["identifier"])
    assets = [each.id for each in domain.assets.by_id.values() if term.id in each.newest.glossary_terms]
    terms = [each.id for each in domain.glossaries.terms.values() if term.id in each.relations]
    if assets or terms:
        raise ConflictError(f"Glossary term {term.id} is in use by {', '.join([*assets, *terms])}")
    del domain.glossaries.terms[term.id]
    return {}


def require_terms(domain: Domain, identifiers: Iterable[str]) -> None:
    """
    Raise if a term is referred to that does not exist.

    :raises ResourceNotFoundError: If there is none with one of these ids.
    """
    for identifier in identifiers:
        _term(domain, identifier)


def detailed_terms(domain: Domain, identifiers: Iterable[str]) -> list[dict[str, Any]] | None:
    """Return terms as listings show them, ``None`` if there are none."""
    found = [domain.glossaries.terms[each] for each in identifiers if each in domain.glossaries.terms]
    return [
        {"name": each.name, "shortDescription": each.settings.get("shortDescription")} for each in found
    ] or None


def glossary_item(domain: Domain, glossary: Glossary) -> Reply:
    """Return everything about a glossary."""
    return {**_glossary_reply(domain, glossary), **glossary.stamp.members()}


def term_item(domain: Domain, term: GlossaryTerm) -> Reply:
    """Return everything about a term."""
    return {**_term_reply(domain, term), **term.stamp.members()}


def _glossary(domain: Domain, identifier: str) -> Glossary:
    found = domain.glossaries.glossaries.get(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Glossary {identifier} does not exist in domain {domain.id}")
    return found


def _term(domain: Domain, identifier: str) -> GlossaryTerm:
    found = domain.glossaries.terms.get(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Glossary term {identifier} does not exist in domain {domain.id}")
    return found


def _require_free_glossary(domain: Domain, name: str) -> None:
    if any(each.name == name for each in domain.glossaries.glossaries.values()):
        raise ConflictError(f"Glossary with name {name} already exists in domain {domain.id}")


def _require_free_term(domain: Domain, glossary_id: str, name: str) -> None:
    if any(
        each.glossary_id == glossary_id and each.name == name for each in domain.glossaries.terms.values()
    ):
        raise ConflictError(f"Glossary term with name {name} already exists in glossary {glossary_id}")


def _glossary_reply(domain: Domain, glossary: Glossary) -> Reply:
    return {
        "domainId": domain.id,
        "id": glossary.id,
        "name": glossary.name,
        "owningProjectId": glossary.project_id,
        "description": glossary.description,
        "status": glossary.status,
        "usageRestrictions": glossary.restrictions,
    }


def _term_reply(domain: Domain, term: GlossaryTerm) -> Reply:
    return {
        "domainId": domain.id,
        "id": term.id,
        "glossaryId": term.glossary_id,
        "name": term.name,
        "status": term.status,
        "usageRestrictions": domain.glossaries.glossaries[term.glossary_id].restrictions,
        **term.settings,
    }


OPERATIONS: dict[str, Operation] = {
    "CreateGlossary": create_glossary,
    "GetGlossary": get_glossary,
    "UpdateGlossary": update_glossary,
    "DeleteGlossary": delete_glossary,
    "CreateGlossaryTerm": create_glossary_term,
    "GetGlossaryTerm": get_glossary_term,
    "UpdateGlossaryTerm": update_glossary_term,
    "DeleteGlossaryTerm": delete_glossary_term,
}
