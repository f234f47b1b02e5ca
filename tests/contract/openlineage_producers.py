"""
Events as OpenLineage's producers send them, made anew in their shape.

Where the facts come from:

* Airflow: the consumer scenario ``airflow`` of OpenLineage/compatibility-tests, that is its description and
  the links its Dataplex consumer expects; the names of its tasks are ours;
* Spark: ``pysparkCLLEnd.json`` of OpenLineage/OpenLineage, as the consumer scenario ``CLL`` is of Spark, too;
  dataset-wide lineage as ``spark.openlineage.columnLineage.datasetLineageEnabled`` makes it;
* dbt: ``failed_run_ol_events.json`` of OpenLineage/OpenLineage;
* Flink: ``expected_kafka_checkpoints.json`` of OpenLineage/OpenLineage;
* Trino: the documentation of its OpenLineage event listener.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = [
    "AIRFLOW_LINKS",
    "airflow_dag",
    "airflow_task",
    "dbt_failed_run",
    "event",
    "facet",
    "flink_streaming_job",
    "spark_column_lineage",
    "spark_on_glue_catalog",
    "trino_insert",
]

_SPEC = "https://openlineage.io/spec"
_PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/1.22.0/integration"
_BEGIN = datetime(2024, 11, 26, 13, 5, 23, 809_955, tzinfo=UTC)

AIRFLOW_LINKS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "gcs_to_bq",
        ("gs://mock-bucket/copied.csv", "gs://mock-bucket/test.csv"),
        "bigquery/mock-project.test.upload",
    ),
    ("bq_to_bq", ("bigquery/mock-project.test.upload",), "bigquery/mock-project.test.upload_cp"),
    ("bq_to_gcs", ("bigquery/mock-project.test.upload_cp",), "gs://mock-bucket/result.csv"),
    ("upload", ("file//files/temp/data.txt",), "gs://mock-bucket/uploaded_file.txt"),
    ("copy_file", ("gs://mock-bucket/uploaded_file.txt",), "gs://mock-bucket/copy_of_uploaded_file.txt"),
    ("copy_data", ("gs://mock-bucket/uploaded_data.txt",), "gs://mock-bucket/copy_of_uploaded_data.txt"),
    ("download", ("gs://mock-bucket/uploaded_file.txt",), "file//files/temp/downloaded_file.txt"),
    (
        "compose",
        tuple(
            f"gs://mock-bucket/{name}.txt"
            for name in ("uploaded_file", "uploaded_data", "copy_of_uploaded_data", "copy_of_uploaded_file")
        ),
        "gs://mock-bucket/compose_result.txt",
    ),
)
"""What each task of the Airflow scenario reads and writes, as the catalog names it."""


def facet(schema: str, **members: Any) -> dict[str, Any]:
    """Return a facet with what every facet has; ``schema`` is such as ``1-2-0/SchemaDatasetFacet``."""
    name = schema.partition("/")[2]
    return {
        "_producer": _PRODUCER,
        "_schemaURL": f"{_SPEC}/facets/{schema}.json#/$defs/{name}",
        **members,
    }


def custom_facet(kind: str, **members: Any) -> dict[str, Any]:
    """Return a facet of a producer's own; ``kind`` is ``RunFacet``, ``JobFacet`` or ``DatasetFacet``."""
    return {
        "_producer": _PRODUCER,
        "_schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/{kind}",
        **members,
    }


def dataset(identifier: str, **facets: Any) -> dict[str, Any]:
    """Return a dataset; ``identifier`` is namespace and name around the first single slash."""
    if "://" in identifier:
        scheme, _, rest = identifier.partition("://")
        host, _, name = rest.partition("/")
        return {"namespace": f"{scheme}://{host}", "name": name, "facets": facets}
    namespace, _, name = identifier.partition("/")
    return {"namespace": namespace, "name": name, "facets": facets}


def schema(**columns: str) -> dict[str, Any]:
    """Return the facet ``schema``."""
    fields = [{"name": name, "type": kind} for name, kind in columns.items()]
    return facet("1-2-0/SchemaDatasetFacet", fields=fields)


def event(
    state: str,
    job: tuple[str, str],
    *,
    run_id: str,
    second: float = 0,
    inputs: Iterable[dict[str, Any]] = (),
    outputs: Iterable[dict[str, Any]] = (),
    run_facets: dict[str, Any] | None = None,
    job_facets: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a RunEvent of so many seconds after the beginning."""
    return {
        "eventType": state,
        "eventTime": (_BEGIN + timedelta(seconds=second)).isoformat(),
        "producer": _PRODUCER,
        "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run_id, "facets": run_facets or {}},
        "job": {"namespace": job[0], "name": job[1], "facets": job_facets or {}},
        "inputs": list(inputs),
        "outputs": list(outputs),
    }


def run_id(name: str) -> str:
    """Return the id of a run, the same for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def _job_type(processing: str, integration: str, kind: str) -> dict[str, Any]:
    members = {"processingType": processing, "integration": integration, "jobType": kind}
    return {"jobType": facet("2-0-4/JobTypeJobFacet", **members)}


def _parent(namespace: str, name: str, parent_run: str) -> dict[str, Any]:
    job = {"namespace": namespace, "name": name}
    return {"parent": facet("1-2-0/ParentRunFacet", run={"runId": parent_run}, job=job)}


def airflow_dag(dag: str, state: str, *, second: float = 0) -> dict[str, Any]:
    """Return what Airflow says of a DAG run: a run without datasets."""
    facets = {"nominalTime": facet("1-0-1/NominalTimeRunFacet", nominalStartTime=_BEGIN.isoformat())}
    return event(
        state,
        ("airflow", dag),
        run_id=run_id(dag),
        second=second,
        run_facets=facets,
        job_facets=_job_type("BATCH", "AIRFLOW", "DAG"),
    )


def airflow_task(
    dag: str,
    task: str,
    state: str,
    *,
    second: float = 0,
    inputs: Iterable[str] = (),
    outputs: Iterable[str] = (),
) -> dict[str, Any]:
    """Return what Airflow says of a task: its parent, its query's id, and at its end its datasets."""
    engine = {"version": "3.0.0", "name": "Airflow", "openlineageAdapterVersion": "1.14.0"}
    facets = {
        **_parent("airflow", dag, run_id(dag)),
        "processing_engine": facet("1-1-1/ProcessingEngineRunFacet", **engine),
        "externalQuery": facet("1-0-2/ExternalQueryRunFacet", externalQueryId="job_1", source="bigquery"),
    }
    if state == "FAIL":
        facets["errorMessage"] = facet(
            "1-0-1/ErrorMessageRunFacet", message="no access", programmingLanguage="python"
        )
    owners = [{"name": "data-team", "type": "TEAM"}]
    return event(
        state,
        ("airflow", f"{dag}.{task}"),
        run_id=run_id(f"{dag}.{task}"),
        second=second,
        inputs=[dataset(each, schema=schema(id="INTEGER")) for each in inputs],
        outputs=[dataset(each, schema=schema(id="INTEGER")) for each in outputs],
        run_facets=facets,
        job_facets={
            **_job_type("BATCH", "AIRFLOW", "TASK"),
            "ownership": facet("1-0-1/OwnershipJobFacet", owners=owners),
            "sourceCode": facet("1-0-1/SourceCodeJobFacet", language="bash", sourceCode="echo $SECRET"),
        },
    )


def _traced(name: str, field: str, *transformations: str) -> dict[str, Any]:
    """Return an input field; a transformation is written ``DIRECT IDENTITY``."""
    kinds = [each.partition(" ") for each in transformations]
    return {
        "namespace": "file",
        "name": f"/tmp/cll_test/{name}",
        "field": field,
        "transformations": [
            {"type": kind, "subtype": subtype, "description": "", "masking": False}
            for kind, _, subtype in kinds
        ],
    }


_KEY = ("INDIRECT GROUP_BY", "INDIRECT JOIN", "INDIRECT FILTER")
_JOINED = _traced("cll_source2", "a", "INDIRECT JOIN", "INDIRECT FILTER")


def spark_column_lineage(*, dataset_wide: bool = False) -> list[dict[str, Any]]:
    """
    Return a Spark query that joins, filters and groups two tables.

    :param dataset_wide: Whether indirect transformations are said once for the dataset, to save space.
    """
    direct = {
        "ident": [_traced("cll_source1", "a", "DIRECT IDENTITY")],
        "trans": [_traced("cll_source1", "b", "DIRECT TRANSFORMATION")],
        "agg": [_traced("cll_source2", "c", "DIRECT AGGREGATION")],
    }
    indirect = [_traced("cll_source1", "a", *_KEY), _traced("cll_source1", "b", _KEY[0]), _JOINED]
    if dataset_wide:
        lineage = {
            "fields": {name: {"inputFields": each} for name, each in direct.items()},
            "dataset": indirect,
        }
    else:
        lineage = {"fields": {name: {"inputFields": [*each, *indirect]} for name, each in direct.items()}}
    symlinks = [{"namespace": "file:/tmp/cll_test", "name": "default.tbl1", "type": "TABLE"}]
    target = dataset(
        "file//tmp/cll_test/tbl1",
        schema=schema(ident="integer", trans="string", agg="long"),
        columnLineage=facet("1-2-0/ColumnLineageDatasetFacet", **lineage),
        symlinks=facet("1-0-1/SymlinksDatasetFacet", identifiers=symlinks),
    )
    sources = [
        dataset("file//tmp/cll_test/cll_source1", schema=schema(a="integer", b="string")),
        dataset("file//tmp/cll_test/cll_source2", schema=schema(a="integer", c="integer")),
    ]
    job = ("testColumnLevelLineage", "cll_test.execute_create_data_source_table_as_select_command.tbl1")
    facets = _parent("testColumnLevelLineage", "cll_test", run_id("cll_test"))
    common: dict[str, Any] = {
        "run_id": run_id("cll"),
        "run_facets": facets,
        "job_facets": _job_type("BATCH", "SPARK", "SQL_JOB"),
    }
    return [
        event("START", job, inputs=sources, **common),
        event("RUNNING", job, second=1, inputs=sources, outputs=[target], **common),
        event("COMPLETE", job, second=2, inputs=sources, outputs=[target], **common),
    ]


def spark_on_glue_catalog(account: str, region: str) -> dict[str, Any]:
    """Return a Spark job outside of Glue whose output is a table of the Glue Data Catalog."""
    glue = {"namespace": f"arn:aws:glue:{region}:{account}", "name": "table/sales/orders", "type": "TABLE"}
    target = dataset(
        "s3://lake/warehouse/orders", symlinks=facet("1-0-1/SymlinksDatasetFacet", identifiers=[glue])
    )
    return event(
        "COMPLETE",
        ("emr", "orders.append_data.spark_catalog_sales_orders"),
        run_id=run_id("emr"),
        inputs=[dataset("s3://lake/raw/orders")],
        outputs=[target],
        job_facets=_job_type("BATCH", "SPARK", "SQL_JOB"),
    )


def dbt_failed_run() -> list[dict[str, Any]]:
    """Return a dbt run of one model that fails: run, model and SQL statement, each the parent of the next."""
    namespace, postgres = "dbt-test-namespace", "postgres://postgres:5432/postgres.public"
    invocation = {"dbt_run": custom_facet("RunFacet", invocation_id="b0ed168e-1926-42da-aa25-6b3eb826074b")}
    model, statement = "model.jaffle_shop.orders", "model.jaffle_shop.orders.sql.2"
    jobs: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("dbt-run-jaffle_shop", "JOB", {}),
        (model, "MODEL", _parent(namespace, "dbt-run-jaffle_shop", run_id("dbt-run-jaffle_shop"))),
        (statement, "SQL", _parent(namespace, model, run_id(model))),
    )

    def told(state: str, index: int, second: float) -> dict[str, Any]:
        name, kind, facets = jobs[index]
        sql = {"sql": facet("1-1-0/SQLJobFacet", query="create table orders")} if kind == "SQL" else {}
        errors = {} if state == "START" else {"errorMessage": _dbt_error()}
        is_model = kind == "MODEL"
        return event(
            state,
            (namespace, name),
            run_id=run_id(name),
            second=second,
            inputs=[dataset(f"{postgres}.{each}") for each in ("stg_orders", "stg_payments")]
            if is_model
            else (),
            outputs=[dataset(f"{postgres}.orders", schema=_untyped("order_id"))] if is_model else (),
            run_facets={**facets, **invocation, **errors},
            job_facets={**_job_type("BATCH", "DBT", kind), **sql},
        )

    return [told("START", index, index) for index in range(3)] + [
        told("FAIL", 2 - index, 3 + index) for index in range(3)
    ]


def _dbt_error() -> dict[str, Any]:
    return facet(
        "1-0-1/ErrorMessageRunFacet",
        message='syntax error at or near "final"',
        programmingLanguage="sql",
        stackTrace="Traceback (most recent call last): …",
    )


def _untyped(*columns: str) -> dict[str, Any]:
    """Return the facet ``schema`` as dbt writes it when it does not know the types."""
    return facet("1-2-0/SchemaDatasetFacet", fields=[{"name": each, "fields": []} for each in columns])


def flink_streaming_job(checkpoints: int) -> list[dict[str, Any]]:
    """Return a Flink job that starts, and says at each checkpoint that it is running."""
    kafka = "kafka://kafka-cluster-prod:9092/io.openlineage.flink.kafka"
    told: dict[str, Any] = {
        "run_id": run_id("flink"),
        "inputs": [dataset(f"{kafka}.input{number}", schema=schema(id="string")) for number in (1, 2)],
        "outputs": [dataset(f"{kafka}.output", schema=schema(id="string", counter="long"))],
        "job_facets": _job_type("STREAMING", "FLINK", "JOB"),
    }
    job = ("flink_job_namespace", "flink_examples_stateful")
    running = [
        event(
            "RUNNING",
            job,
            second=10 * number,
            run_facets={"checkpoints": custom_facet("RunFacet", completed=number, failed=0, total=number)},
            **told,
        )
        for number in range(1, checkpoints + 1)
    ]
    return [event("START", job, **told), *running]


def trino_insert() -> list[dict[str, Any]]:
    """Return a Trino query: its id is the job's name, and all is named after the coordinator."""
    coordinator = "trino://trino.example.com:8080"
    context = {"serverVersion": "478", "environment": "production", "queryType": "INSERT"}
    told: dict[str, Any] = {
        "run_id": run_id("trino"),
        "run_facets": {"trino_query_context": custom_facet("RunFacet", **context)},
        "job_facets": {
            **_job_type("BATCH", "TRINO", "QUERY"),
            "sql": facet(
                "1-1-0/SQLJobFacet", query="INSERT INTO sf1.totals SELECT sum(price) FROM sf1.orders"
            ),
        },
    }
    job = (coordinator, "20251125_220010_00001_abcde")
    source = dataset(f"{coordinator}/tpch.sf1.orders")
    price = {"namespace": coordinator, "name": "tpch.sf1.orders", "field": "price"}
    lineage = facet("1-2-0/ColumnLineageDatasetFacet", fields={"total": {"inputFields": [price]}})
    target = dataset(f"{coordinator}/tpch.sf1.totals", schema=schema(total="double"), columnLineage=lineage)
    return [
        event("START", job, **told),
        event("COMPLETE", job, second=1, inputs=[source], outputs=[target], **told),
    ]
