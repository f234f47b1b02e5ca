"""The base of our operators, under the name that operators import it by."""

from __future__ import annotations

from airflow_lineage_provider.tasks.aws import LineageAwsOperator, aws_template_fields
from airflow_lineage_provider.tasks.memory import DurableState, first_try_start

__all__ = ["DurableState", "LineageAwsOperator", "aws_template_fields", "first_try_start"]
