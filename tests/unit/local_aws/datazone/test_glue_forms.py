"""The asset of a Glue table carries what the catalog knows of the table."""

from __future__ import annotations

import json
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.form_types import check_form, form_type
from airflow_lineage_provider.local_aws.services.datazone.glue_forms import glue_table_forms
from airflow_lineage_provider.local_aws.services.datazone.state import DataSource
from tests.unit.local_aws.datazone.builders import NOON, PLACE, make_table

_ARN = "arn:aws:glue:us-east-1:123456789012:table/lab_db/clickstream"


def _source(**settings: Any) -> DataSource:
    return DataSource("ds1", "p1", "c1", None, {"name": "source", **settings}, NOON, NOON)


def _contents(table: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    forms = glue_table_forms(table or make_table(), _source(**settings), arn=_ARN, **PLACE)
    return {form.name: json.loads(form.content) for form in forms}


def test_table_form_lists_columns_and_partition_keys() -> None:
    assert _contents()["GlueTableForm"] == {
        "databaseName": "lab_db",
        "tableName": "clickstream",
        "catalogId": "123456789012",
        "region": "us-east-1",
        "tableArn": _ARN,
        "tableType": "EXTERNAL_TABLE",
        "columns": [
            {"columnName": "sessionid", "dataType": "string"},
            {"columnName": "amount", "dataType": "double"},
            {"columnName": "year", "dataType": "string"},
        ],
    }


def test_common_details_link_the_asset_to_the_table() -> None:
    assert _contents()["AssetCommonDetailsForm"] == {"sourceIdentifier": _ARN}


def test_reference_names_the_data_source() -> None:
    assert _contents()["DataSourceReferenceForm"] == {"dataSourceType": "GLUE", "dataSourceId": "ds1"}


def test_comments_become_business_metadata_of_columns() -> None:
    storage = {"Columns": [{"Name": "amount", "Type": "double", "Comment": "in euros"}]}

    contents = _contents(make_table(StorageDescriptor=storage, PartitionKeys=[]))

    assert contents["ColumnBusinessMetadataForm"] == {
        "columnsBusinessMetadata": [{"columnIdentifier": "amount", "description": "in euros"}]
    }
    assert "ColumnBusinessMetadataForm" not in _contents()


def test_forms_of_the_data_source_are_attached() -> None:
    attached = {
        "formName": "Readme",
        "typeIdentifier": "amazon.datazone.AssetCommonDetailsFormType",
        "content": '{"readMe": "hello"}',
    }

    assert _contents(assetFormsInput=[attached])["Readme"] == {"readMe": "hello"}


def test_next_crawl_of_an_unchanged_table_changes_no_form() -> None:
    parameters = make_table()["Parameters"] | {"CRAWL_RUN_ID": "another", "recordCount": "7"}

    assert _contents(make_table(Parameters=parameters)) == _contents()


def test_forms_fit_their_types() -> None:
    for form in glue_table_forms(make_table(), _source(), arn=_ARN, **PLACE):
        check_form(form.name, form_type(form.type_name), form.content, form.type_revision)
