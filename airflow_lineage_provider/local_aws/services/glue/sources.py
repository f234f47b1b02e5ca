"""The engine's readers over moto's S3 and DynamoDB: no HTTP, no credentials, no IAM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, TypeVar

from moto.dynamodb.exceptions import ResourceNotFoundException
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket, s3_backends
from moto.utilities.utils import get_partition

from airflow_lineage_provider.local_aws.engine.errors import SourceMissingError
from airflow_lineage_provider.local_aws.engine.reader import AttributeValue, DynamoTable, StoredObject
from airflow_lineage_provider.local_aws.services.glue.stored_bytes import open_bytes

__all__ = ["DynamoTables", "S3Objects"]

_ATTEMPTS = 20

Answer = TypeVar("Answer")


class S3Objects:
    """
    The objects of moto's S3 as an account sees them.

    :param account_id: The account that reads.
    :param region_name: Decides the partition; S3 is one per partition.
    """

    def __init__(self, account_id: str, region_name: str) -> None:
        self._backend = s3_backends[account_id][get_partition(region_name)]

    def bucket_exists(self, name: str) -> bool:
        """Tell whether there is such a bucket."""
        return self._bucket(name) is not None

    def list(self, bucket: str, prefix: str) -> list[StoredObject]:
        """List objects by key; delete markers and old versions are no objects."""
        holder = self._bucket(bucket)
        if holder is None:
            raise SourceMissingError(message=f"S3 bucket {bucket} does not exist.")
        keys = _undisturbed(lambda: self._backend.list_objects(holder, prefix or None, None, None, None)[0])
        return [StoredObject(bucket, key.name, key.size) for key in keys]

    def open(self, stored: StoredObject) -> BinaryIO:
        """Open an object's newest version; a large one is not copied."""
        key = self._backend.get_object(stored.bucket, stored.key)
        try:
            if key is not None:
                return open_bytes(key)
        except ValueError:
            pass  # deleted since the line before
        raise SourceMissingError(message=f"S3 object {stored.uri} vanished during the crawl.")

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object."""
        self._backend.put_object(bucket, key, content)

    def delete(self, stored: StoredObject) -> None:
        """Delete an object."""
        self._backend.delete_object(stored.bucket, stored.key)

    def _bucket(self, name: str) -> FakeBucket | None:
        try:
            return self._backend.get_bucket(name)
        except MissingBucket:
            return None


class DynamoTables:
    """
    The tables of moto's DynamoDB.

    Counts and sizes are those of this moment; DynamoDB's own figures would be up to six hours old.

    :param account_id: The account that reads.
    :param region_name: The crawler's region.
    """

    def __init__(self, account_id: str, region_name: str) -> None:
        self._backend = dynamodb_backends[account_id][region_name]

    def exists(self, name: str) -> bool:
        """Tell whether there is such a table."""
        return self._table(name) is not None

    def describe(self, table: str) -> DynamoTable | None:
        """Describe a table, with its current number and size of items."""
        found = self._table(table)
        if found is None:
            return None
        items = _undisturbed(found.all_items)
        types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in found.attr}
        keys = [key for key in (found.hash_key_attr, found.range_key_attr) if key is not None]
        return DynamoTable(
            name=found.name,
            arn=found.table_arn,
            hash_key=found.hash_key_attr,
            range_key=found.range_key_attr,
            key_types={key: types[key] for key in keys},
            item_count=len(items),
            size_bytes=sum(item.size() for item in items),
        )

    def scan(self, table: str) -> Iterator[Mapping[str, AttributeValue]]:
        """Yield the items as they were when the scan began."""
        found = self._table(table)
        for item in _undisturbed(found.all_items) if found is not None else ():
            yield {name: _plain(value) for name, value in dict(item.attrs).items()}

    def _table(self, name: str) -> Table | None:
        try:
            return self._backend.get_table(name)
        except ResourceNotFoundException:
            return None


def _plain(value: DynamoType) -> dict[str, Any]:
    """Return an attribute in DynamoDB's JSON form."""
    if value.is_map():
        return {value.type: {name: _plain(item) for name, item in value.value.items()}}
    if value.is_list():
        return {value.type: [_plain(item) for item in value.value]}
    return {value.type: value.value}


def _undisturbed(read: Callable[[], Answer]) -> Answer:
    """Read a collection that other threads write to: moto has no lock, so reading may have to start over."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return read()
        except RuntimeError:
            continue
    return read()
