"""What Airflow and OpenLineage are told of tables as assets."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import pytest
from airflow.providers.common.compat.sdk import Asset

from airflow_lineage_provider.assets import convert_asset_to_openlineage, create_asset, sanitize_uri
from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.get_provider_info import get_provider_info
from airflow_lineage_provider.lineage.naming import glue_table

URI = "glue://eu-west-1/123456789012/shop/orders"
PLACE: Any = {"region": "eu-west-1", "account": "123456789012"}


def test_an_asset_is_the_one_its_uri_gives() -> None:
    assert create_asset(**PLACE, database="shop", table="orders") == Asset(URI)


def test_an_asset_needs_every_part() -> None:
    with pytest.raises(InvalidIdentifierError):
        create_asset(**PLACE, database="shop", table="")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(URI, URI, id="as it is"),
        pytest.param("glue://EU-WEST-1/123456789012/shop/orders", URI, id="the region's case"),
        pytest.param("glue://eu-west-1/123456789012/shop/or%64ers", URI, id="what needs no encoding"),
        pytest.param("glue://shop/Orders", "glue://shop/Orders", id="somebody else's"),
    ],
)
def test_uris_are_kept_in_one_form(given: str, kept: str) -> None:
    assert sanitize_uri(urlsplit(given)).geturl() == kept


def test_openlineage_knows_a_table_by_the_id_of_lineage() -> None:
    dataset = convert_asset_to_openlineage(Asset(URI), None)

    wanted = glue_table("shop", "orders", **PLACE)
    assert dataset is not None
    assert (dataset.namespace, dataset.name) == (wanted.namespace, wanted.name)


def test_openlineage_learns_nothing_of_somebody_elses_uris() -> None:
    assert convert_asset_to_openlineage(Asset("glue://shop/orders"), None) is None


def test_airflow_finds_the_functions() -> None:
    info: Any = get_provider_info()
    for key in ("asset-uris", "dataset-uris"):
        (entry,) = info[key]
        for name in ("handler", "factory", "to_openlineage_converter"):
            module, _, function = entry[name].rpartition(".")
            assert callable(getattr(import_module(module), function))


def test_openlineage_translates_the_asset_by_itself() -> None:
    from airflow.providers.openlineage.utils.utils import translate_airflow_asset

    dataset = translate_airflow_asset(Asset(URI), None)

    assert dataset is not None
    assert dataset.name == "table/shop/orders"
