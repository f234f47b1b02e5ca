"""
An import as OpenLineage tells it: which Glue tables became which assets of SageMaker Catalog.

Everything here is a pure function of what a task gathered. Importing this module imports OpenLineage's
client: import it where it is used, and only if OpenLineage is on.

.. seealso::
    - OpenLineage specification (August 2026), *Naming conventions* (AWS Glue)
    - SageMaker Unified Studio user guide, *Publishing data lineage programmatically*: the source
      identifier of an inventory asset, which is namespace and name of the outputs here
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.generated.base import InputDataset, JobFacet, OutputDataset, RunFacet
from openlineage.client.generated.external_query_run import ExternalQueryRunFacet

from airflow_lineage_provider.hooks.openlineage_facets import explicit_lineage
from airflow_lineage_provider.lineage.identifiers import DatasetId
from airflow_lineage_provider.lineage.naming import glue_table

__all__ = ["import_lineage"]

_ASSET_NAMESPACE = "amazon.datazone.asset"


def import_lineage(gathered: Mapping[str, Any] | None) -> OperatorLineage[Any, Any]:
    """
    Return what Airflow's OpenLineage listener wants of the operator.

    :param gathered: ``result`` (what the operator returns) and ``place`` (account and region of the tables);
        ``None`` before there is a run.
    """
    if gathered is None:
        return OperatorLineage()
    result, place = gathered["result"], gathered["place"]
    pairs = _tables_and_assets(result, place)
    facets: dict[str, RunFacet] = {
        "externalQuery": ExternalQueryRunFacet(externalQueryId=result["run_id"], source="datazone")
    }
    return OperatorLineage(
        inputs=[InputDataset(namespace=table.namespace, name=table.name) for table, _ in pairs],
        outputs=[OutputDataset(namespace=asset.namespace, name=asset.name) for _, asset in pairs],
        run_facets=facets,
        job_facets=_job_facets(pairs),
    )


def _tables_and_assets(
    result: Mapping[str, Any], place: Mapping[str, str]
) -> list[tuple[DatasetId, DatasetId]]:
    """Return each imported table with its asset, as far as the tables' account and region are known."""
    if not place["account"] or not place["region"]:
        return []
    return [
        (
            glue_table(asset["database"], asset["table"], region=place["region"], account=place["account"]),
            DatasetId(_ASSET_NAMESPACE, asset["asset_id"]),
        )
        for asset in result["assets"]
        if asset["asset_id"]
    ]


def _job_facets(pairs: list[tuple[DatasetId, DatasetId]]) -> dict[str, JobFacet]:
    """Say which table became which asset; inputs and outputs alone read as every one from every one."""
    if explicit_lineage is None or not pairs:
        return {}
    entries = [
        explicit_lineage.LineageDatasetEntry(
            asset.namespace,
            asset.name,
            "DATASET",
            inputs=[explicit_lineage.LineageDatasetInput(table.namespace, table.name, "DATASET")],
        )
        for table, asset in pairs
    ]
    return {"lineage": explicit_lineage.LineageJobFacet(entries)}
