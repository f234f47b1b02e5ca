"""Airflow provider for AWS Glue crawls, SageMaker Catalog imports and verified lineage."""

__version__ = "0.1.0"
