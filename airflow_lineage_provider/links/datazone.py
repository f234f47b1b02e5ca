"""Buttons from a task to Amazon SageMaker Catalog."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

__all__ = ["DataZoneDataSourceRunLink", "project_url"]


def project_url(*, domain_id: str, project_id: str, region: str) -> str:
    """
    Return the address of a project in SageMaker Unified Studio or, for an older domain, in DataZone.

    :returns: An empty text where no portal is known: outside the partitions ``aws`` and ``aws-us-gov``.
    """
    if not (domain_id and project_id and region) or region.startswith(("cn-", "us-iso", "eu-isoe")):
        return ""
    portal = "datazone" if domain_id.startswith("dzd_") else "sagemaker"
    return f"https://{domain_id}.{portal}.{region}.on.aws/projects/{project_id}/overview"


class DataZoneDataSourceRunLink(BaseOperatorLink):
    """
    Open the project of a data-source run in SageMaker Catalog.

    AWS publishes no address of a single run: it is found there under *Data sources*, by its id, which the
    task's log and result name. The address is pushed before the wait begins, so the button works while the
    task runs.
    """

    name = "Data source run in SageMaker Catalog"
    key = "datazone_data_source_run"

    @property
    def xcom_key(self) -> str:
        """Return the key the operator pushes the address under."""
        return self.key

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002
        """Return the address, or an empty text before it is known."""
        return XCom.get_value(ti_key=ti_key, key=self.key) or ""
