"""Buttons from a task to Amazon SageMaker Catalog."""

from __future__ import annotations

from airflow_lineage_provider.links.base import PushedLink

__all__ = ["DataZoneDataSourceRunLink", "DataZoneProjectLink", "project_url"]


def project_url(*, domain_id: str, project_id: str, region: str) -> str:
    """
    Return the address of a project in SageMaker Unified Studio or, for an older domain, in DataZone.

    :returns: An empty text where no portal is known: outside the partitions ``aws`` and ``aws-us-gov``.
    """
    if not (domain_id and project_id and region) or region.startswith(("cn-", "us-iso", "eu-isoe")):
        return ""
    portal = "datazone" if domain_id.startswith("dzd_") else "sagemaker"
    return f"https://{domain_id}.{portal}.{region}.on.aws/projects/{project_id}/overview"


class DataZoneDataSourceRunLink(PushedLink):
    """
    Open the project of a data-source run in SageMaker Catalog.

    AWS publishes no address of a single run or asset: a run is found there under *Data sources*, by its id,
    and an asset under *Assets*, by its name; the task's log and result name both.
    """

    name = "Data source run in SageMaker Catalog"
    key = "datazone_data_source_run"


class DataZoneProjectLink(PushedLink):
    """Open the project that a task sets up or cleans up in SageMaker Catalog."""

    name = "Project in SageMaker Catalog"
    key = "datazone_project"
