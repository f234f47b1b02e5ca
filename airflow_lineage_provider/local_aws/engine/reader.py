"""What the engine reads from: objects that can be listed and opened, tables that can be scanned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

__all__ = ["AttributeValue", "DynamoTable", "ItemReader", "ObjectReader", "StoredObject"]

AttributeValue = Mapping[str, Any]
"""One DynamoDB attribute in the service's JSON form, for example ``{"N": "79.99"}``."""


@dataclass(frozen=True, slots=True, order=True)
class StoredObject:
    """One object as a listing shows it; ``size`` is in bytes."""

    bucket: str
    key: str
    size: int

    @property
    def uri(self) -> str:
        """The object's ``s3://`` address."""
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class DynamoTable:
    """
    What DescribeTable says of a DynamoDB table.

    ``key_types`` gives the DynamoDB type (``S``, ``N`` or ``B``) of each key attribute.
    """

    name: str
    arn: str
    hash_key: str
    range_key: str | None
    key_types: Mapping[str, str]
    item_count: int
    size_bytes: int


class ObjectReader(Protocol):
    """
    A store of objects.

    Real S3 fits: ``list`` is ListObjectsV2, page by page, ``open`` a stream that gets ranges of the object as
    they are read. The engine lists a target once, then opens objects from several threads at the same time; a
    stream itself is used by one thread, and closed. Large objects are not read whole: the engine reads 64 KiB
    at the beginning, then what the format needs, which for some is at the end.
    """

    def list(self, bucket: str, prefix: str) -> Iterable[StoredObject]:
        """
        List the objects whose key starts with ``prefix``, by key.

        :raises SourceMissingError: If there is no such bucket.
        """

    def open(self, stored: StoredObject) -> BinaryIO:
        """
        Open an object for reading from its beginning; the stream can be sought in, from its end as well.

        Reading a few bytes must cost no more than getting one range of some kilobytes. What goes wrong while
        it is read is raised by the stream, in whatever way the store has.

        :raises SourceMissingError: If the object is gone.
        """


class ItemReader(Protocol):
    """A store of items."""

    def describe(self, table: str) -> DynamoTable | None:
        """Describe a table; ``None`` if there is none of that name."""

    def scan(self, table: str) -> Iterator[Mapping[str, AttributeValue]]:
        """Yield every item of a table."""
