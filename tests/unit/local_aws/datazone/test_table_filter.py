"""INCLUDE and EXCLUDE decide which tables a data source imports."""

from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.services.datazone.table_filter import is_selected


def _rules(*rules: tuple[str, str]) -> list[dict[str, str]]:
    return [{"type": kind, "expression": expression} for kind, expression in rules]


@pytest.mark.parametrize(
    "rules, table, is_imported",
    [
        pytest.param([], "any", True, id="no rules take everything"),
        pytest.param([("INCLUDE", "*")], "any", True, id="star takes everything"),
        pytest.param([("INCLUDE", "*corporate")], "sales_corporate", True, id="ending matches"),
        pytest.param([("INCLUDE", "*corporate")], "corporate_sales", False, id="ending does not match"),
        pytest.param([("INCLUDE", "a*"), ("INCLUDE", "b*")], "beta", True, id="any include is enough"),
        pytest.param([("EXCLUDE", "tmp_*")], "sales", True, id="exclude alone takes the rest"),
        pytest.param([("EXCLUDE", "tmp_*")], "tmp_sales", False, id="exclude alone leaves out"),
        pytest.param([("INCLUDE", "*"), ("EXCLUDE", "sales")], "sales", False, id="exclude wins"),
        pytest.param([("INCLUDE", "s*s")], "sales", True, id="star in the middle"),
        pytest.param([("INCLUDE", "s.les")], "sales", False, id="a dot is a dot"),
        pytest.param([("INCLUDE", "sales")], "sales_2024", False, id="the whole name must match"),
        pytest.param([("INCLUDE", "SALES")], "sales", False, id="case counts"),
    ],
)
def test_rules_select_tables(rules: list[tuple[str, str]], table: str, is_imported: bool) -> None:
    assert is_selected(table, _rules(*rules)) is is_imported
