"""
A local AWS for Glue crawlers and SageMaker Catalog lineage: no account, no network, no Docker.

Needs the extra ``local`` (``pip install 'airflow-lineage-provider[local]'``).
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.seed import EcommerceEstate
from airflow_lineage_provider.local_aws.stack import LocalAws

__all__ = ["EcommerceEstate", "LocalAws"]
