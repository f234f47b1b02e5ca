"""What a DAG author imports to read, check and compare lineage."""

from __future__ import annotations

from airflow_lineage_provider.operators.lineage_diff import LineageDiffOperator
from airflow_lineage_provider.operators.lineage_extract import LineageExtractOperator
from airflow_lineage_provider.operators.lineage_verify import LineageVerifyOperator

__all__ = ["LineageDiffOperator", "LineageExtractOperator", "LineageVerifyOperator"]
