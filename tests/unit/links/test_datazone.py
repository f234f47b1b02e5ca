"""The address of a data-source run's project."""

from __future__ import annotations

import pytest

from airflow_lineage_provider.links.datazone import DataZoneDataSourceRunLink, project_url


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


def test_is_stored_under_its_own_key() -> None:
    link = DataZoneDataSourceRunLink()

    assert (link.xcom_key, link.name) == ("datazone_data_source_run", "Data source run in SageMaker Catalog")
