"""What the engine reads databases through: tables with their columns, documents of collections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["CollectionReader", "DatabaseColumn", "DatabaseReader", "DatabaseTable"]


@dataclass(frozen=True, slots=True)
class DatabaseColumn:
    """
    One column of a table.

    ``data_type`` is the database's own text with everything behind it resolved: a domain is its base type,
    ``[]`` stands after the element's type. ``raw_type`` is what the column was declared as.
    """

    name: str
    data_type: str
    raw_type: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class DatabaseTable:
    """
    One table or view.

    ``schema`` is empty in databases without schemas.
    """

    schema: str
    name: str
    columns: tuple[DatabaseColumn, ...] = ()
    is_view: bool = False
    comment: str = ""


class DatabaseReader(Protocol):
    """A relational database, seen with one user's rights."""

    def tables(self) -> Iterable[DatabaseTable]:
        """
        Yield the tables and views the user may read, by schema and name; none of the system's.

        :raises SourceUnreachableError: If the database does not answer.
        """


class CollectionReader(Protocol):
    """One database of documents."""

    def exists(self, collection: str) -> bool:
        """
        Tell whether there is such a collection.

        :raises SourceUnreachableError: If the server does not answer.
        """

    def documents(self, collection: str, *, sample: int | None) -> Iterator[Mapping[str, object]]:
        """
        Yield the documents of a collection, decoded by pymongo's ``bson``.

        :param sample: How many to choose at random; ``None`` gives all.
        :raises SourceUnreachableError: If the server does not answer.
        """
