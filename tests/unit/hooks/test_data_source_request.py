"""How a data source that exists differs from what is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.hooks.data_source_request import differences, glue_configuration


def shown(**overrides: Any) -> dict[str, Any]:
    """Return a data source as GetDataSource shows it, with what AWS fills in."""
    glue = glue_configuration(["sales", "stock"])["glueRunConfiguration"]
    return {
        "name": "sales",
        "type": "GLUE",
        "projectId": "project0000001",
        "connectionId": "connection0001",
        "configuration": {"glueRunConfiguration": {**glue, "accountId": "123456789012", "region": "r"}},
        "publishOnImport": False,
        "enableSetting": "ENABLED",
        "assetFormsOutput": [{"formName": "f", "typeName": "t", "typeRevision": "1", "content": "{}"}],
        **overrides,
    }


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({}, id="nothing asked for"),
        pytest.param({"type": "GLUE", "name": "sales"}, id="the same"),
        pytest.param({"configuration": glue_configuration(["sales", "stock"])}, id="what AWS fills in"),
        pytest.param({"configuration": glue_configuration(["stock", "sales"])}, id="another order"),
        pytest.param({"connectionIdentifier": "connection0001"}, id="another name of the member"),
        pytest.param({"assetFormsInput": [{"formName": "f", "content": "{}"}]}, id="less of a form"),
    ],
)
def test_nothing_differs(wanted: dict[str, Any]) -> None:
    assert differences(wanted, shown()) == []


@pytest.mark.parametrize(
    "wanted, said",
    [
        pytest.param(
            {"publishOnImport": True}, ["publishOnImport is False, asked for is True"], id="a setting"
        ),
        pytest.param(
            {"connectionIdentifier": "other"},
            ["connectionIdentifier is 'connection0001', asked for is 'other'"],
            id="the connection",
        ),
        pytest.param(
            {"schedule": {"schedule": "cron(7 22 * * ? *)"}},
            ["schedule is None, asked for is {'schedule': 'cron(7 22 * * ? *)'}"],
            id="something it has not",
        ),
        pytest.param(
            {"configuration": {"glueRunConfiguration": {"catalogName": "a", "region": "b"}}},
            [
                "configuration.glueRunConfiguration.catalogName is None, asked for is 'a'",
                "configuration.glueRunConfiguration.region is 'r', asked for is 'b'",
            ],
            id="members inside",
        ),
    ],
)
def test_says_what_differs(wanted: dict[str, Any], said: list[str]) -> None:
    assert differences(wanted, shown()) == said


@pytest.mark.parametrize(
    "databases", [["sales"], ["sales", "other"], ["sales", "stock", "more"], ["sales", "sales"]]
)
def test_other_databases_differ(databases: list[str]) -> None:
    (said,) = differences({"configuration": glue_configuration(databases)}, shown())

    assert said.startswith("configuration.glueRunConfiguration.relationalFilterConfigurations is ")
