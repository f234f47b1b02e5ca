"""Objects and DynamoDB tables as the role of a crawler may read them, where rights are enforced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from airflow_lineage_provider.local_aws.enforcement.crawl_access import CrawlAccess
from airflow_lineage_provider.local_aws.engine.reader import (
    AttributeValue,
    DynamoTable,
    ItemReader,
    ObjectReader,
    StoredObject,
)

__all__ = ["GuardedItems", "GuardedObjects"]


class GuardedObjects:
    """
    Objects that a role may read.

    :param reader: The objects.
    :param access: The role's rights.
    """

    def __init__(self, reader: ObjectReader, access: CrawlAccess) -> None:
        self._reader = reader
        self._access = access

    def list(self, bucket: str, prefix: str) -> list[StoredObject]:
        """
        List objects.

        :raises AccessRefusedError: If the role may not.
        """
        self._access.check_objects(bucket, prefix)
        return [*self._reader.list(bucket, prefix)]

    def open(self, stored: StoredObject) -> BinaryIO:
        """
        Open an object.

        :raises AccessRefusedError: If the role may not.
        """
        self._access.check_object(stored.bucket, stored.key)
        return self._reader.open(stored)


class GuardedItems:
    """
    DynamoDB tables that a role may read.

    :param reader: The tables.
    :param access: The role's rights.
    """

    def __init__(self, reader: ItemReader, access: CrawlAccess) -> None:
        self._reader = reader
        self._access = access

    def describe(self, table: str) -> DynamoTable | None:
        """
        Describe a table.

        :raises AccessRefusedError: If the role may not.
        """
        self._access.check_items("DescribeTable", table)
        return self._reader.describe(table)

    def scan(self, table: str) -> Iterator[Mapping[str, AttributeValue]]:
        """
        Yield the items.

        :raises AccessRefusedError: If the role may not.
        """
        self._access.check_items("Scan", table)
        yield from self._reader.scan(table)
