"""The asset of a Glue table carries what the catalog knows of the table."""

from __future__ import annotations

import json
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.form_types import FORM_TYPES, check_form
from airflow_lineage_provider.local_aws.services.datazone.glue_forms import glue_table_forms, merged
from airflow_lineage_provider.local_aws.services.datazone.state import DataSource, Form
from tests.unit.local_aws.datazone.builders import NOON, make_domain, make_table

_ARN = "arn:aws:glue:us-east-1:123456789012:table/lab_db/clickstream"


def _source(**settings: Any) -> DataSource:
    return DataSource("ds1", "p1", "c1", None, {"name": "source", **settings}, NOON, NOON)


def _forms(table: dict[str, Any] | None = None, **settings: Any) -> tuple[Form, ...]:
    return glue_table_forms(
        make_domain(),
        table or make_table(),
        _source(**settings),
        arn=_ARN,
        region="us-east-1",
        catalog_id="123456789012",
    )


def _contents(table: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    forms = _forms(table, **settings)
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
    for form in _forms():
        check_form(form.name, FORM_TYPES[form.type_name], form.content, form.type_revision)


def _with(form_name: str, content: dict[str, Any]) -> tuple[Form, ...]:
    """Return the forms of an asset that somebody gave a form, or another content of one."""
    forms = [form for form in _forms() if form.name != form_name]
    return (*forms, Form(form_name, f"amazon.datazone.{form_name}Type", "1", json.dumps(content)))


def test_import_of_an_unchanged_table_leaves_what_people_wrote() -> None:
    notes = {"columnsBusinessMetadata": [{"columnIdentifier": "amount", "name": "Amount paid"}]}
    for written in (_with("ColumnBusinessMetadataForm", notes), _with("Contact", {"mail": "a@b.c"})):
        assert merged(written, _forms()) == written


def test_import_keeps_the_summary_beside_the_link_to_the_table() -> None:
    written = _with("AssetCommonDetailsForm", {"summary": "All clicks", "sourceIdentifier": "elsewhere"})

    contents = {form.name: json.loads(form.content) for form in merged(written, _forms())}

    assert contents["AssetCommonDetailsForm"] == {"summary": "All clicks", "sourceIdentifier": _ARN}


def test_import_replaces_what_describes_the_table() -> None:
    wider = make_table(PartitionKeys=[])

    (form,) = [form for form in merged(_forms(), _forms(wider)) if form.name == "GlueTableForm"]

    assert len(json.loads(form.content)["columns"]) == 2
