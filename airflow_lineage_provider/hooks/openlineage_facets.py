"""
A crawl as OpenLineage tells it: which source became which table, column by column.

Everything here is a pure function of what a task gathered. Importing this module imports OpenLineage's
client, which takes longer than all the rest of this package: import it where it is used, and only if
OpenLineage is on.

.. seealso::
    - OpenLineage specification (August 2026), *Naming conventions* and ``spec/facets``
    - ``airflow_lineage_provider/lineage/schemas/AirflowLineageGlueCrawlRunFacet-1-0-0.json``
    - DataZone user guide, *Data lineage in Amazon DataZone*: how the catalog recognises a run of Glue
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, cast

import attr
from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.generated import column_lineage_dataset as column_lineage
from openlineage.client.generated import lifecycle_state_change_dataset as lifecycle
from openlineage.client.generated.base import DatasetFacet, InputDataset, JobFacet, OutputDataset, RunFacet
from openlineage.client.generated.external_query_run import ExternalQueryRunFacet
from openlineage.client.generated.schema_dataset import SchemaDatasetFacet, SchemaDatasetFacetFields
from openlineage.client.generated.symlinks_dataset import Identifier, SymlinksDatasetFacet

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.identifiers import DatasetId
from airflow_lineage_provider.lineage.naming import (
    glue_table,
    location_to_dataset,
    source_field_names,
)

explicit_lineage: ModuleType | None
try:
    from openlineage.client.generated import lineage as explicit_lineage
except ImportError:  # openlineage-python before 1.50: consumers have the classic inputs and outputs only
    explicit_lineage = None

__all__ = [
    "GLUE_CRAWL_FACET",
    "GLUE_CRAWL_SCHEMA",
    "AirflowLineageGlueCrawlRunFacet",
    "CrawlLineage",
    "TableLineage",
    "operator_lineage",
]

GLUE_CRAWL_FACET = "airflowLineage_glueCrawl"
"""Key of the run facet that describes the crawl."""

GLUE_CRAWL_SCHEMA = (
    "https://airflow-lineage-provider.readthedocs.io/facets/AirflowLineageGlueCrawlRunFacet-1-0-0.json"
    "#/$defs/AirflowLineageGlueCrawlRunFacet"
)
"""Address of the facet's JSON Schema; the version is in the name, so what it says never changes."""

_CHANGES = {"added": "CREATE", "updated": "ALTER", "deleted": "DROP"}


@dataclass(frozen=True, slots=True)
class TableLineage:
    """
    One table that a crawl changed.

    :param table: The Glue table.
    :param change: ``added``, ``updated`` or ``deleted``.
    :param source: The data it describes, where the table says so.
    :param columns: Name and type of every column, the partition keys last.
    :param sources: Column and the source's field it shows; partition keys come from the path, from no field.
    """

    table: DatasetId
    change: str
    source: DatasetId | None = None
    columns: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_table(
        cls,
        record: Mapping[str, Any],
        change: str,
        *,
        region: str,
        account: str,
        partition: str,
        connection: Mapping[str, Any] | None = None,
    ) -> TableLineage:
        """
        Read the ``Table`` of ``GetTable``.

        :param connection: The ``Connection`` of ``GetConnection`` through which the table was crawled; it
            names the server of a database's table.
        """
        storage = record.get("StorageDescriptor") or {}
        columns, keys = storage.get("Columns") or (), record.get("PartitionKeys") or ()
        spelled = source_field_names(record)
        try:
            source = location_to_dataset(storage.get("Location") or "", connection)
        except InvalidIdentifierError:
            source = None
        return cls(
            table=glue_table(
                record["DatabaseName"], record["Name"], region=region, account=account, partition=partition
            ),
            change=change,
            source=source,
            columns=tuple((column["Name"], column.get("Type") or "") for column in (*columns, *keys)),
            sources=tuple(
                (column["Name"], spelled.get(column["Name"], column["Name"])) for column in columns
            ),
        )


@dataclass(frozen=True, slots=True)
class CrawlLineage:
    """
    What a task gathered about its crawl.

    :param crawler_name: The crawler.
    :param crawl: The task's result, or what is known of it; empty before there is a crawl.
    :param tables: The tables that the crawl changed.
    """

    crawler_name: str
    crawl: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[TableLineage, ...] = ()
    region: str = ""


@attr.define
class AirflowLineageGlueCrawlRunFacet(RunFacet):
    """The crawl that a task ran, joined or found done."""

    crawlerName: str  # noqa: N815 - members of a facet are written as in its schema
    crawlId: str | None = None  # noqa: N815
    state: str | None = None
    joined: bool | None = None
    dataAsOf: str | None = None  # noqa: N815
    startedAt: str | None = None  # noqa: N815
    endedAt: str | None = None  # noqa: N815
    database: str | None = None
    tables: dict[str, list[str]] | None = None
    dpuHours: float | None = None  # noqa: N815
    logGroup: str | None = None  # noqa: N815
    logStream: str | None = None  # noqa: N815
    errorMessage: str | None = None  # noqa: N815

    @staticmethod
    def _get_schema() -> str:
        return GLUE_CRAWL_SCHEMA


def operator_lineage(gathered: CrawlLineage) -> OperatorLineage[Any, Any]:
    """Return what Airflow's OpenLineage listener wants of an operator."""
    sources = dict.fromkeys(table.source for table in gathered.tables if table.source is not None)
    return OperatorLineage(
        inputs=[InputDataset(namespace=source.namespace, name=source.name) for source in sources],
        outputs=[
            OutputDataset(table.table.namespace, table.table.name, facets=_dataset_facets(table))
            for table in gathered.tables
        ],
        run_facets=_run_facets(gathered),
        job_facets=_job_facets(gathered),
    )


def _dataset_facets(table: TableLineage) -> dict[str, DatasetFacet]:
    """Return the facets of a table."""
    change = lifecycle.LifecycleStateChange(_CHANGES[table.change])
    # The catalog reads a Glue table's ARN from a symlink of this shape, in a run with Glue's markers.
    symlink = Identifier(table.table.namespace, table.table.name, "TABLE")
    facets: dict[str, DatasetFacet] = {
        "lifecycleStateChange": lifecycle.LifecycleStateChangeDatasetFacet(change),
        "symlinks": SymlinksDatasetFacet([symlink]),
    }
    if table.columns:
        fields = [SchemaDatasetFacetFields(name=name, type=type_) for name, type_ in table.columns]
        facets["schema"] = SchemaDatasetFacet(fields=fields)
    if table.source is not None and table.sources:
        where = (table.source.namespace, table.source.name)
        identity = column_lineage.Transformation(type="DIRECT", subtype="IDENTITY")
        facets["columnLineage"] = column_lineage.ColumnLineageDatasetFacet(
            {
                column: column_lineage.Fields([column_lineage.InputField(*where, source, [identity])])
                for column, source in table.sources
            }
        )
    return facets


def _job_facets(gathered: CrawlLineage) -> dict[str, JobFacet]:
    """
    Return the explicit lineage of the job, table by table.

    The classic inputs and outputs of a crawl of ten targets read as a hundred edges; this says which hold.
    """
    sourced = [(table, table.source) for table in gathered.tables if table.source is not None]
    if explicit_lineage is None or not sourced:
        return {}
    entries = []
    for table, source in sourced:
        where = (source.namespace, source.name, "DATASET")
        entries.append(
            explicit_lineage.LineageDatasetEntry(
                table.table.namespace,
                table.table.name,
                "DATASET",
                inputs=[explicit_lineage.LineageDatasetInput(*where)],
                fields={
                    column: explicit_lineage.LineageFieldEntry(
                        [explicit_lineage.LineageDatasetInput(*where, field=name)]
                    )
                    for column, name in table.sources
                },
            )
        )
    return {"lineage": explicit_lineage.LineageJobFacet(entries)}


def _run_facets(gathered: CrawlLineage) -> dict[str, RunFacet]:
    """Return the facets of the run: which crawl it was, and what makes the catalog see Glue in it."""
    known = {_camel(key): value for key, value in gathered.crawl.items() if key != "crawler_name"}
    facets: dict[str, RunFacet] = {
        GLUE_CRAWL_FACET: AirflowLineageGlueCrawlRunFacet(gathered.crawler_name, **known)
    }
    crawl_id = gathered.crawl.get("crawl_id")
    if crawl_id:
        facets["externalQuery"] = ExternalQueryRunFacet(externalQueryId=crawl_id, source="glue")
    if gathered.tables:
        facets["environment-properties"] = cast("RunFacet", _glue_markers(gathered.region))
    return facets


def _glue_markers(region: str) -> dict[str, object]:
    """
    Return the facet by which SageMaker Catalog recognises a run of Glue.

    Its member has the facet's own name, with a hyphen, so it cannot be an attribute of a class.
    """
    plain = RunFacet()
    return {
        "_producer": plain._producer,
        "_schemaURL": plain._schemaURL,
        "environment-properties": {"GLUE_COMMAND_CRITERIA": "glue_crawler", "AWS_DEFAULT_REGION": region},
    }


def _camel(name: str) -> str:
    """Write a Python name as JSON members are written here."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
