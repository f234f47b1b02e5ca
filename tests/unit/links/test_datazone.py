"""The address of a data-source run's project."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_lineage_provider.links.datazone import (
    DataZoneDataSourceRunLink,
    DataZoneProjectLink,
    project_url,
)


@pytest.mark.parametrize(
    "domain, region, url",
    [
        pytest.param(
            "dzd-abc123",
            "us-east-1",
            "https://dzd-abc123.sagemaker.us-east-1.on.aws/projects/p1/overview",
            id="a unified domain",
        ),
        pytest.param(
            "dzd_abc123",
            "eu-central-1",
            "https://dzd_abc123.datazone.eu-central-1.on.aws/projects/p1/overview",
            id="a DataZone domain",
        ),
        pytest.param("dzd-abc123", "cn-north-1", "", id="no portal in China"),
        pytest.param("dzd-abc123", "", "", id="region unknown"),
    ],
)
def test_points_at_the_portal_of_the_domain(domain: str, region: str, url: str) -> None:
    assert project_url(domain_id=domain, project_id="p1", region=region) == url


@pytest.mark.parametrize(
    "link, key, name",
    [
        (DataZoneDataSourceRunLink(), "datazone_data_source_run", "Data source run in SageMaker Catalog"),
        (DataZoneProjectLink(), "datazone_project", "Project in SageMaker Catalog"),
    ],
)
def test_is_stored_under_its_own_key(link: Any, key: str, name: str) -> None:
    assert (link.xcom_key, link.name) == (key, name)


@pytest.mark.parametrize("url, pushed", [("https://x", {"datazone_project": "https://x"}), ("", {})])
def test_is_pushed_if_there_is_an_address(url: str, pushed: dict[str, str]) -> None:
    found: dict[str, str] = {}
    ti = SimpleNamespace(xcom_push=lambda *, key, value: found.update({key: value}))

    DataZoneProjectLink.push({"ti": ti}, url)
    DataZoneProjectLink.push({}, url)

    assert found == pushed
