"""
The system's form types, asset types and lineage node types, and the check of a form's content.

Names and revisions of the forms of Glue tables, and the texts of two errors, are AWS's (CreateAssetRevision,
CreateAsset); revisions that AWS does not show are 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.assumptions import (
    COLUMN_LINEAGE_FORM,
    FACETS_FORM,
    JOB_FORM,
    LINEAGE_FORM_REVISION,
    LINEAGE_FORMS,
    RUN_FORM,
    SCHEMA_FORM,
)
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import NodeKind

__all__ = [
    "ASSET_TYPES",
    "FORM_TYPES",
    "LINEAGE_NODE_TYPES",
    "AssetType",
    "FormType",
    "FormUse",
    "LineageNodeType",
    "check_form",
]

_STRING, _LIST, _DOCUMENT = "String", "List", "Document"
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    _STRING: (str,),
    _LIST: (list,),
    _DOCUMENT: (dict,),
    "Integer": (int,),
    "Number": (int, float),
    "Boolean": (bool,),
}


@dataclass(frozen=True, slots=True)
class FormType:
    """
    A form type.

    :param members: Smithy type of each known member; others are allowed.
    :param required: Members that must be there.
    :param items: The only members an item of a list member may have.
    :param model: The Smithy model of a custom type, as it was given.
    """

    name: str
    revision: str
    description: str
    members: Mapping[str, str]
    required: tuple[str, ...] = ()
    items: Mapping[str, tuple[str, ...]] | None = None
    model: str | None = None

    @property
    def smithy(self) -> str:
        """Return the type as a Smithy model."""
        if self.model is not None:
            return self.model
        lines = [f"structure {self.name.rpartition('.')[2]} {{"]
        for name, kind in self.members.items():
            if name in self.required:
                lines.append("    @required")
            lines.append(f"    {name}: {kind}")
        return "\n".join([*lines, "}"])


@dataclass(frozen=True, slots=True)
class FormUse:
    """A form in a type: under which name, of which type, and whether it must be there."""

    name: str
    form_type: FormType
    required: bool = False


@dataclass(frozen=True, slots=True)
class AssetType:
    """A type of assets."""

    name: str
    revision: str
    description: str
    forms: tuple[FormUse, ...]


@dataclass(frozen=True, slots=True)
class LineageNodeType:
    """A type of lineage nodes."""

    name: str
    revision: str
    description: str
    forms: tuple[FormUse, ...]


def _lineage_form_types() -> Iterator[FormType]:
    members = {
        SCHEMA_FORM.name: {"columns": _LIST},
        COLUMN_LINEAGE_FORM.name: {"columns": _LIST, "dataset": _LIST},
        FACETS_FORM.name: {},
        JOB_FORM.name: {
            "namespace": _STRING,
            "name": _STRING,
            "processingType": _STRING,
            "integration": _STRING,
            "jobType": _STRING,
            "sql": _STRING,
            "facets": _DOCUMENT,
        },
        RUN_FORM.name: {
            "runId": _STRING,
            "eventType": _STRING,
            "startTime": _STRING,
            "endTime": _STRING,
            "facets": _DOCUMENT,
        },
    }
    for form in LINEAGE_FORMS:
        yield FormType(form.type_name, LINEAGE_FORM_REVISION, form.description, members[form.name])


_GLUE_TABLE = FormType(
    "amazon.datazone.GlueTableFormType",
    "13",
    "A table of the AWS Glue Data Catalog.",
    {
        "databaseName": _STRING,
        "tableName": _STRING,
        "catalogId": _STRING,
        "region": _STRING,
        "tableArn": _STRING,
        "tableType": _STRING,
        "columns": _LIST,
    },
    required=("tableName",),
    items={"columns": ("columnName", "dataType")},
)
_COMMON_DETAILS = FormType(
    "amazon.datazone.AssetCommonDetailsFormType",
    "6",
    "What all assets have: the source identifier links an asset to a lineage node.",
    {"sourceIdentifier": _STRING, "summary": _STRING, "readMe": _STRING},
)
_DATA_SOURCE_REFERENCE = FormType(
    "amazon.datazone.DataSourceReferenceFormType",
    "1",
    "The data source that made an asset.",
    {"dataSourceType": _STRING, "dataSourceId": _STRING},
)
_COLUMN_METADATA = FormType(
    "amazon.datazone.ColumnBusinessMetadataFormType",
    "1",
    "Business names and descriptions of columns.",
    {"columnsBusinessMetadata": _LIST},
    items={"columnsBusinessMetadata": ("columnIdentifier", "name", "description", "glossaryTerms")},
)
_S3_OBJECTS = FormType(
    "amazon.datazone.S3ObjectCollectionFormType",
    "1",
    "Objects of an S3 bucket.",
    {"bucketArn": _STRING},
    required=("bucketArn",),
)

_DATA_QUALITY = FormType(
    "amazon.datazone.DataQualityResultFormType",
    "8",
    "Results of an evaluation of data quality, a time series.",
    {"evaluations": _LIST, "evaluationsCount": "Integer", "passingPercentage": "Number"},
)

FORM_TYPES: dict[str, FormType] = {
    each.name: each
    for each in (
        _GLUE_TABLE,
        _COMMON_DETAILS,
        _DATA_SOURCE_REFERENCE,
        _COLUMN_METADATA,
        _S3_OBJECTS,
        _DATA_QUALITY,
        *_lineage_form_types(),
    )
}
_COMMON_USES = (
    FormUse("AssetCommonDetailsForm", _COMMON_DETAILS),
    FormUse("DataSourceReferenceForm", _DATA_SOURCE_REFERENCE),
    FormUse("ColumnBusinessMetadataForm", _COLUMN_METADATA),
)
ASSET_TYPES: dict[str, AssetType] = {
    each.name: each
    for each in (
        AssetType(
            "amazon.datazone.GlueTableAssetType",
            "24",
            "A table of the AWS Glue Data Catalog.",
            (FormUse("GlueTableForm", _GLUE_TABLE, required=True), *_COMMON_USES),
        ),
        AssetType(
            "amazon.datazone.S3ObjectCollectionAssetType",
            "1",
            "Objects of an S3 bucket.",
            (FormUse("S3ObjectCollectionForm", _S3_OBJECTS, required=True), *_COMMON_USES),
        ),
    )
}


def _lineage_uses(*forms: str) -> tuple[FormUse, ...]:
    chosen = [form for form in LINEAGE_FORMS if form.name in forms]
    return tuple(FormUse(form.name, FORM_TYPES[form.type_name]) for form in chosen)


LINEAGE_NODE_TYPES: tuple[LineageNodeType, ...] = (
    LineageNodeType(
        NodeKind.DATASET.value,
        "1",
        "A table, view, file or asset.",
        _lineage_uses(SCHEMA_FORM.name, COLUMN_LINEAGE_FORM.name, FACETS_FORM.name),
    ),
    LineageNodeType(NodeKind.JOB.value, "1", "What moves data.", _lineage_uses(JOB_FORM.name)),
    LineageNodeType(
        NodeKind.RUN.value, "1", "One run of a job.", _lineage_uses(JOB_FORM.name, RUN_FORM.name)
    ),
)


def check_form(name: str, kind: FormType, content: str, revision: str | None = None) -> None:
    """
    Raise if a form does not fit its type.

    :param name: The form's name.
    :param content: The form as JSON text.
    :param revision: The revision of the type the caller meant; ``None`` for the current one.
    :raises ValidationError: If it does not fit, in the words AWS documents where it does.
    """
    if revision not in (None, kind.revision):
        expected = kind.name.replace("amazon.datazone.", "amazon.datazone#")
        raise ValidationError(
            f"Form {name} expected form {expected}@{kind.revision} but was provided {expected}@{revision}"
        )
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise ValidationError(f"$.{name}: is not JSON") from None
    if not isinstance(document, dict):
        raise ValidationError(f"$.{name}: must be an object")
    problems = list(_problems(kind, document))
    if problems:
        raise ValidationError("; ".join(f"$.{name}{problem}" for problem in problems))


def _problems(kind: FormType, document: Mapping[str, Any]) -> Iterator[str]:
    for member in kind.required:
        if document.get(member) is None:
            yield f".{member}: is missing but it is required"
    for member, value in document.items():
        wanted = kind.members.get(member)
        if wanted is not None and not _is_a(wanted, value):
            yield f".{member}: must be a {wanted}"
        elif isinstance(value, list) and member in (kind.items or {}):
            yield from _item_problems(member, value, (kind.items or {})[member])


def _is_a(wanted: str, value: object) -> bool:
    """Tell whether a value is of a kind; a truth value is no number."""
    return isinstance(value, _PYTHON_TYPES[wanted]) and (wanted == "Boolean" or not isinstance(value, bool))


def _item_problems(member: str, items: list[Any], allowed: tuple[str, ...]) -> Iterator[str]:
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            yield f".{member}[{index}]: must be an object"
            continue
        for name in item:
            if name not in allowed:
                yield f".{member}[{index}].{name}: is not defined in the form type"
