"""Forms are held against their types, in AWS's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.session import get_session

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.form_types import (
    ASSET_TYPES,
    FORM_TYPES,
    LINEAGE_NODE_TYPES,
    check_form,
)
from airflow_lineage_provider.local_aws.services.datazone.validation import violations

_GLUE_TABLE = FORM_TYPES["amazon.datazone.GlueTableFormType"]


def _check(content: object, revision: str | None = None) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    check_form("GlueTableForm", _GLUE_TABLE, text, revision)


def test_form_that_fits_passes() -> None:
    _check({"tableName": "t", "columns": [{"columnName": "a", "dataType": "int"}], "more": 1}, "13")


def test_other_revision_is_refused_as_aws_documents_it() -> None:
    with pytest.raises(ValidationError) as raised:
        _check({"tableName": "t"}, "12")

    assert raised.value.message == (
        "Form GlueTableForm expected form amazon.datazone#GlueTableFormType@13 "
        "but was provided amazon.datazone#GlueTableFormType@12"
    )


def test_missing_member_is_named_as_aws_documents_it() -> None:
    kind = FORM_TYPES["amazon.datazone.S3ObjectCollectionFormType"]

    with pytest.raises(ValidationError) as raised:
        check_form("S3ObjectCollectionForm", kind, "{}")

    assert raised.value.message == "$.S3ObjectCollectionForm.bucketArn: is missing but it is required"


@pytest.mark.parametrize(
    "content, message",
    [
        pytest.param("{", "is not JSON", id="not JSON"),
        pytest.param("[]", "must be an object", id="not an object"),
        pytest.param({"tableName": 7}, r"tableName: must be a String", id="number for a text"),
        pytest.param({"tableName": "t", "columns": {}}, r"columns: must be a List", id="object for a list"),
        pytest.param({"tableName": "t", "columns": ["a"]}, r"columns\[0\]: must be an object", id="column"),
        pytest.param(
            {"tableName": "t", "columns": [{"columnName": "a", "description": "x"}]},
            r"columns\[0\]\.description: is not defined",
            id="description of a column",
        ),
    ],
)
def test_form_that_does_not_fit_is_refused(content: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        _check(content)


def test_smithy_model_marks_what_is_required() -> None:
    lines = _GLUE_TABLE.smithy.splitlines()

    assert lines[0] == "structure GlueTableFormType {"
    assert lines[lines.index("    @required") + 1] == "    tableName: String"


def test_names_keep_to_the_patterns_of_the_service_model() -> None:
    model = get_session().get_service_model("datazone")
    uses = [kind.forms for kind in ASSET_TYPES.values()] + [kind.forms for kind in LINEAGE_NODE_TYPES]
    form_names = [use.name for forms in uses for use in forms]

    broken = [
        problem
        for shape, names in (
            ("FormTypeName", FORM_TYPES),
            ("FormName", form_names),
            ("AssetTypeIdentifier", ASSET_TYPES),
        )
        for name in names
        for problem in violations(model.shape_for(shape), name)
    ]

    assert broken == []
