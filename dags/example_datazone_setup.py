"""
Make a data source for one import, and clean up after it, whatever happens in between.

**What it shows.** ``make_data_source`` makes a data source over a Glue database, or adopts the one of that
name. The import runs it. Teardown tasks delete the assets that it has imported, and the data source: also
when the import fails, or only some tables do, and without hiding that. All of it can be run again and again.

**What it needs.** A project of SageMaker Catalog, a Glue database that is crawled already, and an
``aws_default`` connection that may do what :doc:`the guide <howto/datazone>` lists. The run's parameters name
them. Nothing changes between a real account and the local stack.
"""

from __future__ import annotations

from airflow.providers.common.compat.sdk import DAG, Param

from airflow_lineage_provider.operators.datazone import (
    DataZoneCreateDataSourceOperator,
    DataZoneDataSourceRunOperator,
    DataZoneDeleteAssetsOperator,
    DataZoneDeleteDataSourceOperator,
)

DAG_ID = "example_datazone_setup"

with DAG(
    DAG_ID,
    schedule=None,
    catchup=False,
    doc_md=__doc__,
    tags=["example", "datazone"],
    params={
        "domain_identifier": Param(type="string", description="Domain of SageMaker Catalog."),
        "project_identifier": Param(type="string", description="Project in it."),
        "database": Param(type="string", description="Glue database with the tables to import."),
    },
) as dag:
    # [START howto_operator_create_data_source]
    make_data_source = DataZoneCreateDataSourceOperator(
        task_id="make_data_source",
        domain_identifier="{{ params.domain_identifier }}",
        project_identifier="{{ params.project_identifier }}",
        name="one-import",
        databases="{{ params.database }}",
        if_different="fail",
    )
    # [END howto_operator_create_data_source]

    run_data_source = DataZoneDataSourceRunOperator(
        task_id="run_data_source",
        domain_identifier="{{ params.domain_identifier }}",
        data_source_identifier="{{ ti.xcom_pull(task_ids='make_data_source')['data_source_id'] }}",
        require_lineage=False,
        waiter_delay=10,
    )

    # [START howto_operator_delete_assets]
    delete_assets = DataZoneDeleteAssetsOperator(
        task_id="delete_assets",
        domain_identifier="{{ params.domain_identifier }}",
        project_identifier="{{ params.project_identifier }}",
        name="one-import",
    )
    # [END howto_operator_delete_assets]

    # [START howto_operator_delete_data_source]
    delete_data_source = DataZoneDeleteDataSourceOperator(
        task_id="delete_data_source",
        domain_identifier="{{ params.domain_identifier }}",
        project_identifier="{{ params.project_identifier }}",
        name="one-import",
    )
    # [END howto_operator_delete_data_source]

    make_data_source >> run_data_source >> delete_assets >> delete_data_source
    delete_assets.as_teardown(setups=make_data_source)
    delete_data_source.as_teardown(setups=make_data_source)
