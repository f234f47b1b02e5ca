"""
Reading a MongoDB or DocumentDB target: one table from the documents of a collection.

The include path is ``database/collection``; AWS documents no wildcards. A collection that is missing, or has
no documents, gives no table.

.. seealso:: AWS Glue Web API Reference, ``MongoDBTarget``; AWS Glue Developer Guide, "Crawler properties".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.engine.bson_types import infer_bson
from airflow_lineage_provider.local_aws.engine.databases import CollectionReader
from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError, InvalidIncludePathError
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import NO_STATISTICS, FoundTable
from airflow_lineage_provider.local_aws.engine.schema import NOTHING, DataType, StructOf, merge

__all__ = ["SAMPLED_DOCUMENTS", "MongoDBTarget", "crawl_mongodb"]

SAMPLED_DOCUMENTS = 1000
"""How many documents are read with ``ScanAll`` off; AWS's number is unknown."""

_CANCEL_EVERY = 256


@dataclass(frozen=True, slots=True)
class MongoDBTarget:
    """
    One collection to crawl.

    :param connection: Name of the Glue connection.
    :param classification: ``mongodb`` or ``documentdb``.
    """

    connection: str
    classification: str
    database: str
    collection: str
    scan_all: bool = True

    @property
    def location(self) -> str:
        """The ``Location`` of the collection's table in the catalog."""
        return f"{self.database}.{self.collection}"

    @staticmethod
    def split_path(path: str) -> tuple[str, str]:
        """
        Return database and collection of an include path; the collection's name may hold slashes.

        :raises InvalidIncludePathError: If one is missing.
        """
        database, _, collection = path.partition("/")
        if not database or not collection:
            raise InvalidIncludePathError(path=path, wanted="database/collection")
        return database, collection


def crawl_mongodb(
    reader: CollectionReader, target: MongoDBTarget, *, cancelled: Callable[[], bool] = lambda: False
) -> FoundTable | None:
    """
    Return the table of a collection; columns stand in the order they were first seen.

    :return: ``None`` if there is no such collection, or nothing in it.
    :raises CrawlCancelledError: If ``cancelled`` said yes.
    :raises SourceUnreachableError: If the server does not answer.
    """
    if not reader.exists(target.collection):
        return None
    types: dict[str, DataType] = {}
    sample = None if target.scan_all else SAMPLED_DOCUMENTS
    for count, document in enumerate(reader.documents(target.collection, sample=sample)):
        if count % _CANCEL_EVERY == 0 and cancelled():
            raise CrawlCancelledError
        for name, value in document.items():
            types[name] = merge(types.get(name, NOTHING), infer_bson(value))
    if not types:
        return None
    return FoundTable(
        base_name=f"{target.database}_{target.collection}",
        location=target.location,
        format=TableFormat(
            classification=target.classification,
            parameters=(("connectionName", target.connection),),
            type_of_data="table",
            keeps_empty_serde=True,
        ),
        compression="none",
        record=StructOf(tuple(types.items())),
        statistics=NO_STATISTICS,
        folders=frozenset({target.location}),
    )
