"""
AWS Glue: crawlers that really crawl, and a Data Catalog as AWS keeps it.

They read moto's S3 and DynamoDB, and through connections the databases that are really there. What is not
there answers with an error that says so.
"""

from __future__ import annotations

from moto.glue.models import glue_backends

from airflow_lineage_provider.local_aws.services.glue.models import CrawlingGlueBackend

__all__ = ["install"]


def install() -> None:
    """
    Put this package's backend in the place of moto's Glue.

    Accounts made before are forgotten; calling it again changes nothing.
    """
    if glue_backends.backend is not CrawlingGlueBackend:
        glue_backends.backend = CrawlingGlueBackend
        glue_backends.clear()
