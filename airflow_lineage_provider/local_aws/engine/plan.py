"""What a crawl's changes are planned in: the catalog's state, the crawler's policy, the writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration

__all__ = ["CatalogEntry", "ChangePlan", "ChangePolicy", "Message", "Write", "partition_label"]


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A table as the catalog has it, in the form of a ``TableInput``, and its ``PartitionInput`` forms."""

    name: str
    definition: Mapping[str, Any]
    partitions: tuple[Mapping[str, Any], ...] = ()

    @property
    def parameters(self) -> Mapping[str, str]:
        """The table's ``Parameters``."""
        return self.definition.get("Parameters") or {}

    @property
    def location(self) -> str:
        """The table's ``Location``."""
        return str(self.definition.get("StorageDescriptor", {}).get("Location", ""))


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """
    What the crawler may do.

    ``delete_behavior`` is Glue's word. ``known_folders`` are the folders of earlier crawls when only new ones
    count (CRAWL_NEW_FOLDERS_ONLY after the first crawl), else ``None``.
    """

    crawler_name: str
    table_prefix: str = ""
    update_in_database: bool = True
    delete_behavior: str = "DEPRECATE_IN_DATABASE"
    configuration: CrawlerConfiguration = field(default_factory=CrawlerConfiguration)
    known_folders: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """
    One write to the catalog.

    ``subject`` is TABLE or PARTITION; ``action`` is ADD, UPDATE, DELETE or TOUCH (in place, no new version).
    ``indexed`` asks for an index over a new table's partition keys. ``label`` is the name in the summary.
    """

    subject: str
    action: str
    table: str
    label: str
    definition: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A line for the crawl's log."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What to write, in order, what to log, and the names of the tables written or confirmed."""

    writes: tuple[Write, ...]
    messages: tuple[Message, ...]
    tables: tuple[str, ...]


def partition_label(table: str, definition: Mapping[str, Any], values: Sequence[str]) -> str:
    """Return what the summary and the log call a partition: ``table/key=value/…``."""
    keys = [key["Name"] for key in definition.get("PartitionKeys") or []]
    if len(keys) != len(values):
        return f"{table}/{','.join(values)}"
    return f"{table}/" + "/".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
