"""
Tables of the Glue Data Catalog as Airflow assets: their URI, and a fingerprint of their schema.

The URI is ``glue://REGION/ACCOUNT/DATABASE/TABLE``, each part percent-encoded, so it is ASCII whatever the
table is called. The partition is not in it, because the region tells it. In a federated catalog the database
is preceded by the catalog and a slash, as in the table's ARN.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.identifiers import DatasetId
from airflow_lineage_provider.lineage.naming import glue_table

__all__ = ["dataset_of_table_uri", "glue_table_uri", "schema_fingerprint"]

_URI = re.compile(r"glue://([a-z0-9-]+)/(\d{12})/(.+)/([^/]+)", re.DOTALL | re.IGNORECASE)


def glue_table_uri(database: str, table: str, *, region: str, account: str) -> str:
    """
    Return the URI of a table of the Glue Data Catalog, as an Airflow asset.

    :param database: Database, in a federated catalog preceded by the catalog and a slash.
    :param table: Table, as Glue spells it (lower case).
    :param region: AWS region.
    :param account: 12-digit account number.
    :raises InvalidIdentifierError: If a part is empty.
    """
    glue_table(database, table, region=region, account=account)
    return f"glue://{region}/{account}/{quote(database, safe='/')}/{quote(table, safe='')}"


def dataset_of_table_uri(uri: str) -> DatasetId:
    """
    Return the dataset that a table's URI stands for: the one lineage knows the table by.

    :raises InvalidIdentifierError: If the text is no such URI.
    """
    match = _URI.fullmatch(uri)
    if not match:
        raise InvalidIdentifierError(text=uri, wanted="a URI 'glue://REGION/ACCOUNT/DATABASE/TABLE'")
    region, account, database, table = match.groups()
    return glue_table(unquote(database), unquote(table), region=region.lower(), account=account)


def schema_fingerprint(table: Mapping[str, object]) -> str:
    """
    Return the SHA-256 of a table's schema: names and types of columns and partition keys, in their order.

    Comments, parameters, statistics and the location do not count. Names are compared in lower case, as Glue
    does. The order counts, because in some formats (CSV) it decides what a column holds.

    :param table: The ``Table`` of ``GetTable``.
    """
    storage = table.get("StorageDescriptor")
    columns = storage.get("Columns") if isinstance(storage, Mapping) else None
    schema = {"columns": _fields(columns), "partition_keys": _fields(table.get("PartitionKeys"))}
    text = json.dumps(schema, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _fields(columns: object) -> list[list[str]]:
    """Return name and type of every column."""
    given = columns if isinstance(columns, list | tuple) else ()
    return [[str(each["Name"]).lower(), str(each.get("Type") or "")] for each in given]
