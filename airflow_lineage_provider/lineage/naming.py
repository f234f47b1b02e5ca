"""
AWS resources as datasets, and back, in all partitions.

.. seealso::
    - OpenLineage specification (August 2026), *Naming conventions* (S3, AWS Glue). It has no row for
      DynamoDB; the namespace ``arn:…:dynamodb:region:account:table`` used here makes the source identifier
      the table's ARN.
    - SageMaker Unified Studio user guide, *Publishing data lineage programmatically*; DataZone user guide,
      *Data lineage in Amazon DataZone* (source identifiers of Glue and Redshift tables)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.database_urls import database_dataset
from airflow_lineage_provider.lineage.identifiers import DatasetId, partition_of, plain_source_identifier

__all__ = [
    "catalog_source_identifier",
    "dynamodb_table",
    "glue_table",
    "glue_table_arn",
    "glue_table_of",
    "location_to_dataset",
    "partition_of",
    "s3_dataset",
    "s3_dataset_from_uri",
    "source_field_names",
]

_S3_URI = re.compile(r"s3[an]?://([^/]+)(?:/(.*))?", re.DOTALL | re.IGNORECASE)
_DYNAMODB_ARN = re.compile(r"(arn:aws[\w-]*:dynamodb:[^:/]+:\d{12}:table)/([^/]+)(?:/.*)?")
_GLUE_NAMESPACE = re.compile(r"arn:aws[\w-]*:glue:[^:/]+:\d{12}")
_GLUE_ARN = re.compile(r"arn:aws[\w-]*:glue:[^:/]+:\d{12}:table/(.+)/([^/]+)", re.DOTALL)
_DELTA_MANIFESTS = "/_symlink_format_manifest"
_GLUE_RUN_KEYS = frozenset({"GLUE_VERSION", "GLUE_COMMAND_CRITERIA", "GLUE_PYTHON_VERSION"})


def s3_dataset(bucket: str, key: str = "") -> DatasetId:
    """
    Name an S3 object, a prefix or, without a key, the root of a bucket.

    :param bucket: Name of the bucket.
    :param key: Object key or prefix; slashes at both ends are dropped, so a prefix is one dataset however it
        is written. Nothing left means the bucket's root, ``/``.
    :raises InvalidIdentifierError: If the bucket is empty or holds a slash.
    """
    if not bucket or "/" in bucket:
        raise InvalidIdentifierError(text=bucket, wanted="the name of an S3 bucket")
    return DatasetId(f"s3://{bucket}", key.strip("/") or "/")


def s3_dataset_from_uri(uri: str) -> DatasetId:
    """
    Name what an S3 URI points at; ``s3a`` and ``s3n`` count as ``s3``.

    :raises InvalidIdentifierError: If the text is no S3 URI.
    """
    match = _S3_URI.fullmatch(uri)
    if not match:
        raise InvalidIdentifierError(text=uri, wanted="an S3 URI 's3://bucket/key'")
    return s3_dataset(match[1], match[2] or "")


def glue_table(
    database: str, table: str, *, region: str, account: str, partition: str | None = None
) -> DatasetId:
    """
    Name a table of the Glue Data Catalog.

    :param database: Database, in a federated catalog preceded by the catalog and a slash.
    :param table: Table, as Glue spells it (lower case).
    :param region: AWS region.
    :param account: 12-digit account number.
    :param partition: AWS partition; that of the region when left out.
    :raises InvalidIdentifierError: If a part is empty.
    """
    if not (database and table and region and account):
        raise InvalidIdentifierError(
            text=f"{database}.{table} in {account}/{region}",
            wanted="a Glue table with database, name, region and account",
        )
    where = f"arn:{partition or partition_of(region)}:glue:{region}:{account}"
    return DatasetId(where, f"table/{database}/{table}")


def glue_table_arn(
    database: str, table: str, *, region: str, account: str, partition: str | None = None
) -> str:
    """
    Return the ARN of a Glue table; it is the table's source identifier in the catalog.

    :raises InvalidIdentifierError: If a part is empty.
    """
    named = glue_table(database, table, region=region, account=account, partition=partition)
    return named.source_identifier


def glue_table_of(dataset: DatasetId) -> tuple[str, str] | None:
    """
    Return database and table if the dataset is a Glue table, else ``None``.

    In a federated catalog the database is preceded by the catalog and a slash.
    """
    match = _GLUE_ARN.fullmatch(dataset.source_identifier)
    return (match[1], match[2]) if match else None


def dynamodb_table(name: str, *, region: str, account: str, partition: str | None = None) -> DatasetId:
    """
    Name a DynamoDB table; its source identifier is the table's ARN.

    :param name: The table's name, in its own case.
    :param region: AWS region.
    :param account: 12-digit account number.
    :param partition: AWS partition; that of the region when left out.
    :raises InvalidIdentifierError: If a part is empty.
    """
    if not (name and region and account):
        raise InvalidIdentifierError(
            text=f"{name} in {account}/{region}", wanted="a DynamoDB table with name, region and account"
        )
    return DatasetId(f"arn:{partition or partition_of(region)}:dynamodb:{region}:{account}:table", name)


def location_to_dataset(location: str, connection: Mapping[str, object] | None = None) -> DatasetId:
    """
    Name the data behind a Glue table from its ``StorageDescriptor.Location``.

    S3 URIs and DynamoDB ARNs say all that is needed; Delta Lake's symlink manifests stand for the Delta
    table they belong to. The location of a JDBC or MongoDB table (``database.schema.table``) does not: the
    host stands in its Glue connection.

    :param connection: The Glue connection that the table's parameter ``connectionName`` names, as
        ``GetConnection`` gives it; ``None`` if it names none.
    :raises InvalidIdentifierError: If the location is neither, and no database's with its connection.
    """
    if match := _DYNAMODB_ARN.fullmatch(location):
        return DatasetId(match[1], match[2])
    if _S3_URI.fullmatch(location):
        return s3_dataset_from_uri(location.rstrip("/").removesuffix(_DELTA_MANIFESTS))
    if connection is not None:
        return database_dataset(connection, location)
    raise InvalidIdentifierError(text=location, wanted="the location of data in S3 or DynamoDB")


def source_field_names(table: Mapping[str, object]) -> dict[str, str]:
    """
    Return the source's own spelling of the fields behind a crawled table's columns, by column.

    Glue writes columns in lower case. What a field was called stands in the JSON SerDe's ``paths``, for the
    keys of a DynamoDB table in ``hashKey`` and ``rangeKey``, and for a Delta table in the schema its
    parameters hold. A spelling that is ambiguous is left out.

    :param table: The ``Table`` of ``GetTable``.
    """
    storage = _mapping(table.get("StorageDescriptor"))
    serde = _mapping(_mapping(storage.get("SerdeInfo")).get("Parameters"))
    parameters = {**_mapping(table.get("Parameters")), **_mapping(storage.get("Parameters"))}
    names = (
        *str(serde.get("paths") or "").split(","),
        *(str(parameters.get(key) or "") for key in ("hashKey", "rangeKey")),
        *_spark_field_names(parameters),
    )
    spelled: dict[str, str] = {}
    ambiguous = set()
    for name in filter(None, names):
        if spelled.setdefault(name.lower(), name) != name:
            ambiguous.add(name.lower())
    return {column: name for column, name in spelled.items() if column not in ambiguous}


def catalog_source_identifier(
    namespace: str,
    name: str,
    *,
    facets: Mapping[str, object],
    run_facets: Mapping[str, object],
    caller_region: str,
    caller_account: str,
) -> str:
    """
    Return the source identifier the catalog gives a dataset of an OpenLineage run event.

    In this order: a Redshift endpoint becomes the ARN of the table, or of the view if the facet
    ``datasetType`` says so; the dataset's first usable ``TABLE`` symlink names the Glue table; a Glue account
    namespace with ``table/…`` is joined by a colon; anything else is ``namespace/name``. A symlink that
    starts with the ARN of a Glue account is usable in every run, ``database.table`` in a Glue run only.

    How a view is told from a table is not documented, and was chosen here.

    :param namespace: The dataset's namespace.
    :param name: The dataset's name.
    :param facets: The dataset's facets; only ``symlinks`` and ``datasetType`` count.
    :param run_facets: The run's facets; only ``environment-properties`` counts.
    :param caller_region: Region of whoever posted the event, used where the run names none.
    :param caller_account: Account of whoever posted the event; the account of every ``db.table`` symlink.
    """
    plain = plain_source_identifier(namespace, name, account=caller_account)
    if ":redshift" in plain and plain != f"{namespace}/{name}":
        return plain.replace(":table/", ":view/", 1) if _is_view(facets) else plain
    environment = _environment(run_facets)
    is_glue_run = bool(_GLUE_RUN_KEYS & environment.keys())
    named = environment.get("AWS_DEFAULT_REGION")
    region = named if isinstance(named, str) and named else caller_region
    for symlink_namespace, symlink_name in _table_symlinks(facets):
        if symlink_name.startswith("table/") and _GLUE_NAMESPACE.fullmatch(symlink_namespace):
            return f"{symlink_namespace}:{symlink_name}"
        database, dot, table = symlink_name.partition(".")
        if is_glue_run and database and dot and table and "." not in table and "/" not in symlink_name:
            return glue_table_arn(database, table, region=region, account=caller_account)
    return plain


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _spark_field_names(parameters: Mapping[str, object]) -> Iterable[str]:
    """Return the fields of the schema that Spark's parameters spread over several parts; none if broken."""
    prefix = "spark.sql.sources.schema."
    try:
        parts = int(str(parameters.get(f"{prefix}numParts", 0)))
        text = "".join(str(parameters.get(f"{prefix}part.{number}", "")) for number in range(parts))
        fields = json.loads(text)["fields"] if text else []
        return [str(each["name"]) for each in fields]
    except (ValueError, LookupError, TypeError):
        return []


def _is_view(facets: Mapping[str, object]) -> bool:
    """Tell whether the dataset is a view, as the facet ``datasetType`` says it."""
    facet = facets.get("datasetType")
    return isinstance(facet, Mapping) and str(facet.get("datasetType", "")).upper() == "VIEW"


def _environment(run_facets: Mapping[str, object]) -> Mapping[str, object]:
    """Return the inner object of the facet ``environment-properties``; empty when it is not there."""
    inner: object = run_facets
    for _ in range(2):
        inner = inner.get("environment-properties") if isinstance(inner, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _table_symlinks(facets: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return namespace and name of every well-formed symlink of type TABLE, in order."""
    facet = facets.get("symlinks")
    identifiers = facet.get("identifiers") if isinstance(facet, Mapping) else None
    found = []
    for each in identifiers if isinstance(identifiers, list | tuple) else ():
        if isinstance(each, Mapping) and str(each.get("type", "")).upper() == "TABLE":
            namespace, name = each.get("namespace"), each.get("name")
            if isinstance(namespace, str) and isinstance(name, str):
                found.append((namespace, name))
    return found
