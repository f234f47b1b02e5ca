"""
The forms of an asset that a Glue data source makes.

.. seealso:: DataZone API reference, CreateAssetRevision (example with GlueTableForm)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.form_types import form_type
from airflow_lineage_provider.local_aws.services.datazone.state import DataSource, Form

__all__ = ["glue_table_forms"]


def glue_table_forms(
    table: Mapping[str, Any], source: DataSource, *, arn: str, region: str, account: str
) -> tuple[Form, ...]:
    """
    Return what a table's asset carries: equal forms mean that nothing changed.

    :param table: The table, as GetTable gives it.
    :param source: The data source; its ``assetFormsInput`` are attached, too.
    :param arn: The table's ARN, which links the asset to the table's lineage.
    """
    columns = [*table["StorageDescriptor"].get("Columns", []), *table.get("PartitionKeys", [])]
    glue_table: dict[str, Any] = {
        "databaseName": table["DatabaseName"],
        "tableName": table["Name"],
        "catalogId": account,
        "region": region,
        "tableArn": arn,
        "columns": [{"columnName": each["Name"], "dataType": each.get("Type", "string")} for each in columns],
    }
    if table.get("TableType"):
        glue_table["tableType"] = table["TableType"]
    forms = [
        _form("GlueTableForm", glue_table),
        _form("AssetCommonDetailsForm", {"sourceIdentifier": arn}),
        _form("DataSourceReferenceForm", {"dataSourceType": "GLUE", "dataSourceId": source.id}),
    ]
    comments = [
        {"columnIdentifier": each["Name"], "description": each["Comment"]}
        for each in columns
        if each.get("Comment")
    ]
    if comments:
        forms.append(_form("ColumnBusinessMetadataForm", {"columnsBusinessMetadata": comments}))
    attached = [_attached(given) for given in source.settings.get("assetFormsInput", [])]
    return (*forms, *attached)


def _form(name: str, content: Mapping[str, Any]) -> Form:
    kind = form_type(f"amazon.datazone.{name}Type")
    return Form(name, kind.name, kind.revision, json.dumps(content, separators=(",", ":")))


def _attached(given: Mapping[str, Any]) -> Form:
    kind = form_type(given["typeIdentifier"])
    return Form(given["formName"], kind.name, kind.revision, given.get("content", "{}"))
