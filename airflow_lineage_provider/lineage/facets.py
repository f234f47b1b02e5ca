"""
The OpenLineage facets this package reads and writes, as frozen dataclasses.

Reading is lenient, as the catalog is: a facet, or an entry of one, that is not shaped as its schema says
counts as absent. Writing gives the exact shape with ``_producer`` and ``_schemaURL``.

.. seealso::
    OpenLineage specification (August 2026), ``spec/facets``: SchemaDatasetFacet 1-2-0, SymlinksDatasetFacet
    1-0-1, ColumnLineageDatasetFacet 1-2-0, LineageFacet 1-0-0, JobTypeJobFacet 2-0-4
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.lineage.elements import Field

__all__ = [
    "ColumnLineageFacet",
    "FieldInput",
    "JobTypeFacet",
    "LineageEntry",
    "SchemaFacet",
    "Symlink",
    "SymlinksFacet",
    "dataset_lineage",
    "job_lineage",
]

_FACETS = "https://openlineage.io/spec/facets"


@dataclass(frozen=True, slots=True)
class SchemaFacet:
    """
    The schema of a dataset.

    :param fields: Its top-level fields, in order.
    """

    fields: tuple[Field, ...]

    @classmethod
    def read(cls, facets: Mapping[str, object]) -> SchemaFacet | None:
        """Read the facet ``schema`` of a dataset, ``None`` if there is none."""
        facet = facets.get("schema")
        if not isinstance(facet, Mapping):
            return None
        return cls(
            tuple(
                Field(name, _text(each, "type"))
                for each in _objects(facet.get("fields"))
                if (name := _text(each, "name"))
            )
        )

    def to_dict(self, producer: str) -> dict[str, Any]:
        """Write the facet; a field of unknown type has no member ``type``."""
        fields = [{"name": each.name} | ({"type": each.type} if each.type else {}) for each in self.fields]
        return _base(producer, "1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet") | {"fields": fields}


@dataclass(frozen=True, slots=True, order=True)
class Symlink:
    """
    Another name of a dataset.

    :param namespace: OpenLineage namespace.
    :param name: OpenLineage name.
    :param type: What the name stands for, such as ``TABLE`` or ``LOCATION``.
    """

    namespace: str
    name: str
    type: str = "TABLE"


@dataclass(frozen=True, slots=True)
class SymlinksFacet:
    """
    The other names of a dataset.

    :param identifiers: The names, in order.
    """

    identifiers: tuple[Symlink, ...]

    @classmethod
    def read(cls, facets: Mapping[str, object]) -> SymlinksFacet | None:
        """Read the facet ``symlinks`` of a dataset, ``None`` if there is none."""
        facet = facets.get("symlinks")
        if not isinstance(facet, Mapping):
            return None
        return cls(
            tuple(
                Symlink(namespace, name, _text(each, "type"))
                for each in _objects(facet.get("identifiers"))
                if (namespace := _text(each, "namespace")) and (name := _text(each, "name"))
            )
        )

    def to_dict(self, producer: str) -> dict[str, Any]:
        """Write the facet."""
        identifiers = [
            {"namespace": each.namespace, "name": each.name, "type": each.type} for each in self.identifiers
        ]
        return _base(producer, "1-0-1/SymlinksDatasetFacet.json#/$defs/SymlinksDatasetFacet") | {
            "identifiers": identifiers
        }


@dataclass(frozen=True, slots=True, order=True)
class FieldInput:
    """
    A source in column lineage; without a field it is the dataset as a whole.

    :param namespace: OpenLineage namespace of the source dataset.
    :param name: OpenLineage name of the source dataset.
    :param field: The source field, empty if the whole dataset is meant.
    """

    namespace: str
    name: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class ColumnLineageFacet:
    """
    Where the fields of an output come from.

    :param fields: Output field and the fields it is made from, in order.
    :param dataset: Fields that have a say in all of the dataset, such as filters and sort keys.
    """

    fields: tuple[tuple[str, tuple[FieldInput, ...]], ...]
    dataset: tuple[FieldInput, ...] = ()

    @classmethod
    def read(cls, facets: Mapping[str, object]) -> ColumnLineageFacet | None:
        """Read the facet ``columnLineage`` of a dataset, ``None`` if there is none."""
        facet = facets.get("columnLineage")
        if not isinstance(facet, Mapping):
            return None
        fields = tuple(
            (name, tuple(each for each in _inputs(entry.get("inputFields")) if each.field))
            for name, entry in _members(facet.get("fields"))
        )
        return cls(fields, tuple(each for each in _inputs(facet.get("dataset")) if each.field))

    def to_dict(self, producer: str) -> dict[str, Any]:
        """Write the facet; every direct input is an identity."""
        identity = {"type": "DIRECT", "subtype": "IDENTITY"}
        fields = {
            name: {
                "inputFields": [
                    {
                        "namespace": each.namespace,
                        "name": each.name,
                        "field": each.field,
                        "transformations": [identity],
                    }
                    for each in inputs
                ]
            }
            for name, inputs in self.fields
        }
        wide = [
            {"namespace": each.namespace, "name": each.name, "field": each.field} for each in self.dataset
        ]
        return (
            _base(producer, "1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet")
            | {"fields": fields}
            | ({"dataset": wide} if wide else {})
        )


@dataclass(frozen=True, slots=True)
class LineageEntry:
    """
    The explicit lineage of one output.

    :param inputs: Sources of the output as a whole; ``None`` if nothing is said of them. A source with a
        field has a say in every field of the output.
    :param fields: Output field and its sources, in order.
    """

    inputs: tuple[FieldInput, ...] | None
    fields: tuple[tuple[str, tuple[FieldInput, ...]], ...]


def dataset_lineage(facets: Mapping[str, object]) -> LineageEntry | None:
    """Read the facet ``lineage`` of a dataset, ``None`` if there is none."""
    facet = facets.get("lineage")
    return _entry(facet) if isinstance(facet, Mapping) else None


def job_lineage(facets: Mapping[str, object]) -> dict[tuple[str, str], LineageEntry]:
    """Read the facet ``lineage`` of a job: by namespace and name of the output, what feeds it."""
    facet = facets.get("lineage")
    found: dict[tuple[str, str], LineageEntry] = {}
    for each in _objects(facet.get("entries")) if isinstance(facet, Mapping) else ():
        namespace, name = _text(each, "namespace"), _text(each, "name")
        if each.get("type") == "DATASET" and namespace and name:
            found[namespace, name] = _entry(each)
    return found


@dataclass(frozen=True, slots=True)
class JobTypeFacet:
    """
    What kind of job it is.

    :param processing_type: ``BATCH`` or ``STREAMING``.
    :param integration: The system, such as ``GLUE``.
    :param job_type: The kind within that system, such as ``CRAWLER``.
    """

    processing_type: str
    integration: str
    job_type: str = ""

    @classmethod
    def read(cls, facets: Mapping[str, object]) -> JobTypeFacet | None:
        """Read the facet ``jobType`` of a job, ``None`` if there is none."""
        facet = facets.get("jobType")
        if not isinstance(facet, Mapping):
            return None
        return cls(_text(facet, "processingType"), _text(facet, "integration"), _text(facet, "jobType"))

    def to_dict(self, producer: str) -> dict[str, Any]:
        """Write the facet."""
        found = _base(producer, "2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet") | {
            "processingType": self.processing_type,
            "integration": self.integration,
        }
        return found | ({"jobType": self.job_type} if self.job_type else {})


def _base(producer: str, schema: str) -> dict[str, object]:
    """Return the members every facet has."""
    return {"_producer": producer, "_schemaURL": f"{_FACETS}/{schema}"}


def _entry(value: Mapping[str, object]) -> LineageEntry:
    """Read inputs and fields of one explicit lineage entry; sources that are jobs are left out."""
    return LineageEntry(
        tuple(_inputs(value["inputs"], typed=True))
        if isinstance(value.get("inputs"), list | tuple)
        else None,
        tuple(
            (name, tuple(_inputs(entry.get("inputs"), typed=True)))
            for name, entry in _members(value.get("fields"))
        ),
    )


def _inputs(value: object, *, typed: bool = False) -> Iterator[FieldInput]:
    """Yield the well-formed sources of a list; where sources are typed, datasets only."""
    for each in _objects(value):
        namespace, name = _text(each, "namespace"), _text(each, "name")
        if namespace and name and (not typed or each.get("type") == "DATASET"):
            yield FieldInput(namespace, name, _text(each, "field"))


def _members(value: object) -> list[tuple[str, Mapping[str, object]]]:
    """Return the members of an object that are objects and have a name."""
    if not isinstance(value, Mapping):
        return []
    return [(str(name), each) for name, each in value.items() if name and isinstance(each, Mapping)]


def _objects(value: object) -> list[Mapping[str, object]]:
    """Return the objects of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def _text(value: Mapping[str, object], name: str) -> str:
    """Return a member if it is a text, else an empty one."""
    found = value.get(name)
    return found if isinstance(found, str) else ""
