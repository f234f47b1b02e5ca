"""
The forms of an asset that a Glue data source makes.

.. seealso:: DataZone API reference, CreateAssetRevision (example with GlueTableForm)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.custom_types import form_type
from airflow_lineage_provider.local_aws.services.datazone.state import DataSource, Domain, Form

__all__ = ["glue_table_forms", "merged"]

_TECHNICAL = ("GlueTableForm", "DataSourceReferenceForm")
_COMMON = "AssetCommonDetailsForm"


def glue_table_forms(
    domain: Domain,
    table: Mapping[str, Any],
    source: DataSource,
    *,
    arn: str,
    region: str,
    catalog_id: str,
) -> tuple[Form, ...]:
    """
    Return what a data source knows of a table.

    :param table: The table, as GetTable gives it.
    :param source: The data source; its ``assetFormsInput`` are attached, too.
    :param arn: The table's ARN, which links the asset to the table's lineage.
    :param catalog_id: The account, or the federated catalog the table is in.
    """
    columns = [*table["StorageDescriptor"].get("Columns", []), *table.get("PartitionKeys", [])]
    glue_table: dict[str, Any] = {
        "databaseName": table["DatabaseName"],
        "tableName": table["Name"],
        "catalogId": catalog_id,
        "region": region,
        "tableArn": arn,
        "columns": [{"columnName": each["Name"], "dataType": each.get("Type", "string")} for each in columns],
    }
    if table.get("TableType"):
        glue_table["tableType"] = table["TableType"]
    forms = [
        _form(domain, "GlueTableForm", glue_table),
        _form(domain, "AssetCommonDetailsForm", {"sourceIdentifier": arn}),
        _form(domain, "DataSourceReferenceForm", {"dataSourceType": "GLUE", "dataSourceId": source.id}),
    ]
    comments = [
        {"columnIdentifier": each["Name"], "description": each["Comment"]}
        for each in columns
        if each.get("Comment")
    ]
    if comments:
        forms.append(_form(domain, "ColumnBusinessMetadataForm", {"columnsBusinessMetadata": comments}))
    attached = [_attached(domain, given) for given in source.settings.get("assetFormsInput", [])]
    return (*forms, *attached)


def merged(before: Sequence[Form], found: Sequence[Form]) -> tuple[Form, ...]:
    """
    Return the forms of an asset's next revision: equal ones mean that nothing changed.

    What describes the table is taken from the data source. What people wrote stays: forms the data source
    does not know, its descriptions of columns, and everything in AssetCommonDetailsForm but the link.
    """
    newer = {form.name: form for form in found}
    kept = [_renewed(form, newer.get(form.name)) for form in before]
    names = {form.name for form in before}
    return (*kept, *(form for form in found if form.name not in names))


def _renewed(form: Form, newer: Form | None) -> Form:
    if newer is None or form.name not in (*_TECHNICAL, _COMMON):
        return form
    if form.name in _TECHNICAL:
        return newer
    content = {**json.loads(form.content), **json.loads(newer.content)}
    if content == json.loads(form.content):
        return form
    return replace(newer, content=json.dumps(content, separators=(",", ":")))


def _form(domain: Domain, name: str, content: Mapping[str, Any]) -> Form:
    kind = form_type(domain, f"amazon.datazone.{name}Type")
    return Form(name, kind.name, kind.revision, json.dumps(content, separators=(",", ":")))


def _attached(domain: Domain, given: Mapping[str, Any]) -> Form:
    kind = form_type(domain, given["typeIdentifier"])
    return Form(given["formName"], kind.name, kind.revision, given.get("content", "{}"))
