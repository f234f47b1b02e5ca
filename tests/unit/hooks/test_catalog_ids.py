"""Ids of SageMaker Catalog, checked before any call."""

from __future__ import annotations

import re

import pytest
from botocore.session import get_session

from airflow_lineage_provider.exceptions import InvalidArgumentError
from airflow_lineage_provider.hooks.catalog_ids import checked_domain_identifier, checked_identifier


@pytest.mark.parametrize("value", ["dzd-26tfg83bprg1gg", "dzd_cklzc5s2jcr7on", "dzd-a_b-C"])
def test_takes_the_id_of_a_domain(value: str) -> None:
    assert checked_domain_identifier(value) == value


@pytest.mark.parametrize(
    "value, said",
    [
        ("{{ var.value.domain }}", "the template was not rendered"),
        (None, "nothing was given"),
        ("None", "nothing was given"),
        ("", "nothing was given"),
        ("my-domain", "such as 'dzd-abc123def456'"),
        ("dzd-" + "a" * 37, "such as"),
        ("dzd-abc\n", "such as"),
        (12, "such as"),
    ],
)
def test_says_why_something_is_no_domain(value: object, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(said)) as caught:
        checked_domain_identifier(value)

    assert caught.value.argument == "domain_identifier"


@pytest.mark.parametrize("value", ["{{ x }}", "None", "null", "", None, "a/b", "a b", "x" * 37])
def test_names_the_argument_of_any_other_id(value: object) -> None:
    with pytest.raises(InvalidArgumentError, match="it must be the id of a data source") as caught:
        checked_identifier(value, argument="data_source_identifier", wanted="the id of a data source")

    assert caught.value.argument == "data_source_identifier"


@pytest.mark.parametrize("shape", ["DomainId", "DataSourceId", "DataSourceRunId", "AssetId"])
def test_agrees_with_the_patterns_of_the_service_model(shape: str) -> None:
    pattern = get_session().get_service_model("datazone").shape_for(shape).metadata["pattern"]
    value = "dzd-" + "aZ0_-" * 7 if shape == "DomainId" else "aZ0_-" * 7

    assert re.fullmatch(pattern, value)
    if shape == "DomainId":
        assert checked_domain_identifier(value) == value
    else:
        assert checked_identifier(value, argument="x", wanted="y") == value
