"""What the service remembers of business glossaries. Plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp

__all__ = ["Glossaries", "Glossary", "GlossaryTerm"]


@dataclass(slots=True)
class Glossary:
    """A glossary; ``restrictions`` are its usage restrictions."""

    id: str
    name: str
    project_id: str
    description: str | None
    status: str
    restrictions: list[str] | None
    stamp: Stamp


@dataclass(slots=True)
class GlossaryTerm:
    """
    A term of a glossary.

    :param settings: Members as CreateGlossaryTerm and UpdateGlossaryTerm took them.
    """

    id: str
    name: str
    glossary_id: str
    status: str
    settings: dict[str, Any]
    stamp: Stamp

    @property
    def relations(self) -> set[str]:
        """Return the ids of the terms it is related to."""
        relations = self.settings.get("termRelations") or {}
        return {term for terms in relations.values() if terms for term in terms}


@dataclass(slots=True)
class Glossaries:
    """The glossaries and terms of a domain, by id."""

    glossaries: dict[str, Glossary] = field(default_factory=dict)
    terms: dict[str, GlossaryTerm] = field(default_factory=dict)
