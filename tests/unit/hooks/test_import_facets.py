"""An import as OpenLineage tells it."""

from __future__ import annotations

from typing import Any

from airflow_lineage_provider.hooks.import_facets import import_lineage
from airflow_lineage_provider.hooks.openlineage_facets import explicit_lineage

PLACE = {"project_id": "p", "connection_id": "c", "account": "123456789012", "region": "cn-north-1"}


def make_gathered(**place: str) -> dict[str, Any]:
    """Return what a task gathers about an import of three tables, one of which got no asset."""
    assets = {"clicks": "asset1", "orders": "asset2", "refused": None}
    return {
        "result": {
            "run_id": "run1",
            "assets": [
                {"database": "db", "table": table, "asset_id": each} for table, each in assets.items()
            ],
        },
        "place": {**PLACE, **place},
    }


def test_names_each_table_as_input_and_its_asset_as_output() -> None:
    told = import_lineage(make_gathered())

    assert [(each.namespace, each.name) for each in told.inputs] == [
        ("arn:aws-cn:glue:cn-north-1:123456789012", "table/db/clicks"),
        ("arn:aws-cn:glue:cn-north-1:123456789012", "table/db/orders"),
    ]
    assert [(each.namespace, each.name) for each in told.outputs] == [
        ("amazon.datazone.asset", "asset1"),
        ("amazon.datazone.asset", "asset2"),
    ]


def test_says_which_table_became_which_asset() -> None:
    told = import_lineage(make_gathered())

    entries = told.job_facets["lineage"].entries if explicit_lineage else []
    pairs = [(entry.name, [each.name for each in entry.inputs]) for entry in entries]
    assert pairs == (
        [("asset1", ["table/db/clicks"]), ("asset2", ["table/db/orders"])] if explicit_lineage else []
    )


def test_names_the_run_as_external_query() -> None:
    facet = import_lineage(make_gathered()).run_facets["externalQuery"]

    assert (facet.externalQueryId, facet.source) == ("run1", "datazone")


def test_names_no_tables_whose_account_is_not_known() -> None:
    told = import_lineage(make_gathered(account=""))

    assert (told.inputs, told.outputs, told.job_facets) == ([], [], {})


def test_says_nothing_before_there_is_a_run() -> None:
    told = import_lineage(None)

    assert (told.inputs, told.outputs, told.run_facets) == ([], [], {})
