"""Objects and items in memory, behind the engine's reader protocols."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from airflow_lineage_provider.local_aws.engine.databases import DatabaseTable
from airflow_lineage_provider.local_aws.engine.reader import AttributeValue, DynamoTable, StoredObject


class MemoryObjects:
    """One bucket's objects by key; remembers which were opened."""

    def __init__(self, objects: Mapping[str, str | bytes]) -> None:
        self._objects = {
            key: content.encode() if isinstance(content, str) else content for key, content in objects.items()
        }
        self.opened: list[str] = []

    def list(self, bucket: str, prefix: str) -> Sequence[StoredObject]:
        keys = sorted(key for key in self._objects if key.startswith(prefix))
        return [StoredObject(bucket, key, len(self._objects[key])) for key in keys]

    def open(self, stored: StoredObject) -> BinaryIO:
        self.opened.append(stored.key)
        return io.BytesIO(self._objects[stored.key])


class MemoryItems:
    """One DynamoDB table ``Orders`` with the key ``user_id`` and ``order_id``."""

    def __init__(self, *items: Mapping[str, AttributeValue], name: str = "Orders") -> None:
        self._items = items
        self._name = name

    def describe(self, table: str) -> DynamoTable | None:
        if table != self._name:
            return None
        return DynamoTable(
            name=self._name,
            arn=f"arn:aws:dynamodb:us-east-1:123456789012:table/{self._name}",
            hash_key="user_id",
            range_key="order_id",
            key_types={"user_id": "S", "order_id": "N"},
            item_count=len(self._items),
            size_bytes=sum(_size(item) for item in self._items),
        )

    def scan(self, table: str) -> Iterator[Mapping[str, AttributeValue]]:
        yield from self._items


def _size(item: Mapping[str, Any]) -> int:
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())


class MemoryDatabase:
    """A relational database of the given tables."""

    def __init__(self, *tables: DatabaseTable) -> None:
        self._tables = tables

    def tables(self) -> Iterator[DatabaseTable]:
        yield from self._tables


class MemoryCollections:
    """A database of documents, by collection; a sample is the first of them."""

    def __init__(self, **collections: Sequence[Mapping[str, object]]) -> None:
        self._collections = collections

    def exists(self, collection: str) -> bool:
        return collection in self._collections

    def documents(self, collection: str, *, sample: int | None) -> Iterator[Mapping[str, object]]:
        yield from self._collections[collection][:sample]
